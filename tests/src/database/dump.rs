use std::collections::BTreeMap;
use std::time::Duration;

use galleria_storage::DatabaseUrl;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _};

use super::{TestDatabase, server};

/// Where something moves by itself: when a key was last used.
const RESTLESS: &str = "api_keys";

/// Where rows change by themselves, though none comes by itself: mails that are handed over.
const COUNTED: &str = "mails";

/// Every table of SQLite, and a text of all its columns.
const SQLITE_TABLES: &str = "SELECT tables.name, (
        SELECT group_concat('quote(\"' || columns.name || '\")', ' || '','' || ')
        FROM pragma_table_info(tables.name) AS columns
    )
    FROM sqlite_schema AS tables
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'
        AND tables.sql NOT LIKE 'CREATE VIRTUAL%'";

const POSTGRES_TABLES: &str = "SELECT table_name::text FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";

impl TestDatabase {
    /// Every row of every table as text, by table, to be compared with what was there before; of
    /// some tables, how many rows there are.
    pub async fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let mut dump = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let options = options.busy_timeout(Duration::from_secs(5));
                let mut connection = options.connect().await.expect("the file opens");
                let tables: Vec<(String, String)> = sqlx::query_as(SQLITE_TABLES)
                    .fetch_all(&mut connection)
                    .await
                    .expect("SQLite knows its tables");
                let mut dump = BTreeMap::new();
                for (table, columns) in tables {
                    let sql = format!("SELECT {columns} FROM \"{table}\" ORDER BY 1");
                    let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection);
                    dump.insert(table, rows.await.expect("a table can be read"));
                }
                dump
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = server::connect(url).await.expect("the server answers");
                let tables: Vec<String> = sqlx::query_scalar(POSTGRES_TABLES)
                    .fetch_all(&mut connection)
                    .await
                    .expect("PostgreSQL knows its tables");
                let mut dump = BTreeMap::new();
                for table in tables {
                    let sql = format!("SELECT one::text FROM \"{table}\" AS one ORDER BY 1");
                    let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection);
                    dump.insert(table, rows.await.expect("a table can be read"));
                }
                dump
            }
        };
        dump.remove(RESTLESS);
        if let Some(rows) = dump.get_mut(COUNTED) {
            *rows = vec![format!("{} rows", rows.len())];
        }
        dump
    }
}
