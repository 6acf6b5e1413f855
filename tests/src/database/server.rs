//! The PostgreSQL server of this test process, and databases on it.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use galleria_storage::{Connections, Database, DatabaseUrl};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection};
use tokio::sync::OnceCell;

use super::cluster::Cluster;

/// Names the server to use, instead of one that is started.
const URL_VARIABLE: &str = "GALLERIA_TEST_POSTGRES_URL";
/// With `1`, tests fail where PostgreSQL is missing.
const REQUIRE_VARIABLE: &str = "GALLERIA_REQUIRE_POSTGRES";
/// Sorts unlike bytes, so that a query that relies on the server's order is found out.
const LOCALE: &str = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'";

/// A server with the right to make databases.
pub(super) struct Server {
    /// Without a database's name.
    base: Base,
    /// A database with all tables, of which others are copies.
    template: Option<String>,
}

enum Base {
    /// Somebody's server; the URL names a database on it.
    Given(String),
    Own(Cluster),
}

/// What a fresh database has in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tables {
    None,
    Made,
}

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();
static DATABASES_MADE: AtomicU32 = AtomicU32::new(0);

/// The server of this process, started by whoever asks first.
pub(super) async fn find() -> Option<&'static Server> {
    let find = async || match start().await {
        Ok(server) => Some(server),
        Err(reason) => {
            let required = std::env::var(REQUIRE_VARIABLE).is_ok_and(|value| value == "1");
            assert!(!required, "PostgreSQL is required ({REQUIRE_VARIABLE}=1): {reason}");
            // Not with a macro that the test runner would swallow.
            let _ = writeln!(std::io::stderr(), "PostgreSQL parts are skipped: {reason}");
            None
        }
    };
    SERVER.get_or_init(find).await.as_ref()
}

async fn start() -> Result<Server, String> {
    if let Ok(url) = std::env::var(URL_VARIABLE) {
        connect(&url).await.map_err(|error| format!("{URL_VARIABLE} doesn't answer: {error}"))?;
        return Ok(Server { base: Base::Given(url), template: None });
    }
    let mut server = Server { base: Base::Own(Cluster::start().await?), template: None };
    let (name, url) = server.create_database(Tables::None).await;
    let database = Database::open(&DatabaseUrl::Postgres(url), Connections { max: 1 }).await;
    database.map_err(|error| format!("the tables can't be made: {error}"))?.close().await;
    server.template = Some(name);
    Ok(server)
}

pub(super) async fn connect(url: &str) -> sqlx::Result<PgConnection> {
    url.parse::<sqlx::postgres::PgConnectOptions>()?.connect().await
}

impl Server {
    /// Makes a database; answers its name and its URL.
    pub(super) async fn create_database(&self, tables: Tables) -> (String, String) {
        let number = DATABASES_MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("galleria_test_{}_{number}", std::process::id());
        match (&self.template, tables) {
            (Some(template), Tables::Made) => {
                self.run(format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
                    .await
            }
            // A server without ICU, or too old for it, sorts by bytes.
            _ => {
                match self.run(format!("CREATE DATABASE {name} TEMPLATE template0 {LOCALE}")).await
                {
                    Ok(()) => Ok(()),
                    Err(_) => {
                        self.run(format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE 'C'"))
                            .await
                    }
                }
            }
        }
        .expect("a test database can be made");
        let url = self.url(&name);
        (name, url)
    }

    pub(super) async fn drop_database(&self, name: &str) {
        if let Err(error) = self.run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await {
            eprintln!("the test database {name} stays behind: {error}");
        }
    }

    async fn run(&self, sql: String) -> sqlx::Result<()> {
        let url = match &self.base {
            Base::Given(url) => url.clone(),
            Base::Own(cluster) => cluster.url("postgres"),
        };
        let mut connection = connect(&url).await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        Ok(())
    }

    fn url(&self, database: &str) -> String {
        match &self.base {
            Base::Own(cluster) => cluster.url(database),
            Base::Given(url) => replace_database(url, database),
        }
    }
}

/// The same URL with another database: `postgres://host/one?x` becomes `postgres://host/two?x`.
fn replace_database(url: &str, database: &str) -> String {
    let (url, query) = url.split_once('?').map_or((url, None), |(url, query)| (url, Some(query)));
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    let query = query.map_or_else(String::new, |query| format!("?{query}"));
    format!("{}/{database}{query}", &url[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_is_replaced() {
        for (before, after) in [
            ("postgres://host", "postgres://host/new"),
            ("postgres://host/", "postgres://host/new"),
            ("postgres://me:pw@host:5433/old", "postgres://me:pw@host:5433/new"),
            ("postgres:///old?host=%2Frun", "postgres:///new?host=%2Frun"),
        ] {
            assert_eq!(replace_database(before, "new"), after);
        }
    }
}
