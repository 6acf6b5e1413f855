//! Databases for tests: a SQLite file in a folder of its own, and a database of its own on a
//! PostgreSQL server.
//!
//! The server is the one in `GALLERIA_TEST_POSTGRES_URL`, or one that is started for this test
//! process from the machine's own binaries. Where neither can be had, the PostgreSQL parts are
//! skipped, and one line says so; with `GALLERIA_REQUIRE_POSTGRES=1` that is a failure.

mod cluster;
mod dump;
mod server;

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt as _;
use galleria_storage::{Connections, Database, DatabaseUrl};

/// A database that exists as long as one run of one test.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    url: DatabaseUrl,
}

impl TestDatabase {
    /// Where it is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Whether it is on a PostgreSQL server, where several hosts may work at once.
    pub fn is_shared(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// Opens it; its tables are made if they aren't there.
    pub async fn open(&self) -> Database {
        Database::open(&self.url, Connections { max: 8 })
            .await
            .expect("a fresh test database opens")
    }

    /// Runs SQL on it behind the product's back: what an intruder could do.
    pub async fn tamper(&self, sql: &str) {
        self.try_tamper(sql).await.expect("the database does what an intruder asks of it");
    }

    /// As [`tamper`](Self::tamper), where the database may refuse.
    pub async fn try_tamper(&self, sql: &str) -> Result<(), String> {
        let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
        let done = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(path)
                    .busy_timeout(std::time::Duration::from_secs(5));
                let mut connection =
                    sqlx::ConnectOptions::connect(&options).await.expect("the file opens");
                sql.execute(&mut connection).await.map(drop)
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = server::connect(url).await.expect("the server answers");
                sql.execute(&mut connection).await.map(drop)
            }
        };
        done.map_err(|error| error.to_string())
    }

    /// Takes away what keeps the audit log from being changed, as whoever has taken the database
    /// over would.
    pub async fn disarm_audit_log(&self) {
        let sql = if self.is_shared() {
            "DROP TRIGGER audit_log_no_change ON audit_log"
        } else {
            "DROP TRIGGER audit_log_no_update; DROP TRIGGER audit_log_no_delete"
        };
        self.tamper(sql).await;
    }

    /// How many rows of a table have this text anywhere in them: to look for what must not be
    /// stored.
    pub async fn count_containing(&self, table: &str, text: &str) -> usize {
        let rows = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let mut connection =
                    sqlx::ConnectOptions::connect(&options).await.expect("the file opens");
                let sql = format!("SELECT name FROM pragma_table_info('{table}')");
                let columns: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                    .fetch_all(&mut connection)
                    .await
                    .expect("the table has columns");
                let all = columns.join("||'|'||").replace("||'|'||", ",'')||'|'||COALESCE(");
                let sql = format!("SELECT COALESCE({all},'') FROM {table}");
                sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql))
                    .fetch_all(&mut connection)
                    .await
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = server::connect(url).await.expect("the server answers");
                let sql = format!("SELECT row_to_json(t)::text FROM {table} t");
                sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql))
                    .fetch_all(&mut connection)
                    .await
            }
        };
        let rows = rows.expect("the table can be read");
        rows.iter().filter(|row| row.contains(text)).count()
    }
}

/// Runs the body of a test on SQLite and, where there is a server, on PostgreSQL.
///
/// Each run has a database of its own with all tables and no rows.
pub async fn on_both<F, R>(body: F)
where
    F: Fn(TestDatabase) -> R,
    R: Future<Output = ()>,
{
    on_sqlite(&body).await;
    on_postgres(&body).await;
}

/// Runs the body of a test on SQLite.
pub async fn on_sqlite<F, R>(body: F)
where
    F: FnOnce(TestDatabase) -> R,
    R: Future<Output = ()>,
{
    eprintln!("on SQLite:");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    body(TestDatabase { url: DatabaseUrl::Sqlite(folder.path().join("galleria.db")) }).await;
}

/// Runs the body of a test on PostgreSQL, if there is a server.
pub async fn on_postgres<F, R>(body: F)
where
    F: FnOnce(TestDatabase) -> R,
    R: Future<Output = ()>,
{
    on_server(server::Tables::Made, body).await;
}

/// Runs the body of a test on a PostgreSQL database without a single table.
pub async fn on_postgres_without_tables<F, R>(body: F)
where
    F: FnOnce(TestDatabase) -> R,
    R: Future<Output = ()>,
{
    on_server(server::Tables::None, body).await;
}

async fn on_server<F, R>(tables: server::Tables, body: F)
where
    F: FnOnce(TestDatabase) -> R,
    R: Future<Output = ()>,
{
    let Some(server) = server::find().await else { return };
    eprintln!("on PostgreSQL:");
    let (name, url) = server.create_database(tables).await;
    let run = body(TestDatabase { url: DatabaseUrl::Postgres(url) });
    let ended = AssertUnwindSafe(run).catch_unwind().await;
    // Also after a panic: a server of the developer's own is left as it was.
    server.drop_database(&name).await;
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}
