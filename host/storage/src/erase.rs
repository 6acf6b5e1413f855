//! Deleting a whole database of Galleria's, for demonstrations that begin anew.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::database::{Database, DatabaseUrl, lock_file};
use crate::error::{Result, StorageError};

impl Database {
    /// Whether nothing of Galleria's is there yet.
    pub async fn is_absent(url: &DatabaseUrl) -> Result<bool> {
        match url {
            DatabaseUrl::Sqlite(path) => Ok(!path.exists()),
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                let is_there: bool =
                    sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
                        .fetch_one(&mut connection)
                        .await?;
                connection.close().await?;
                Ok(!is_there)
            }
        }
    }

    /// Deletes all that Galleria has stored there, and nothing else. There is no way back.
    ///
    /// A SQLite file that a host has open is refused with [`StorageError::Unusable`]; on PostgreSQL
    /// no host may be at work.
    pub async fn erase(url: &DatabaseUrl) -> Result<()> {
        match url {
            DatabaseUrl::Sqlite(path) => erase_file(path),
            DatabaseUrl::Postgres(url) => erase_tables(url).await,
        }
    }
}

fn erase_file(path: &Path) -> Result<()> {
    let _lock = lock_file(path)?;
    // The log before the file: a file without its log is whole, a log without its file is noise.
    for suffix in ["-wal", "-shm", ""] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let file = Path::new(&file).display();
                return Err(StorageError::Unusable(format!("can't delete {file}: {error}")));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn erase_tables(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let mut all = connection.begin().await?;
    let has_plugins: bool = sqlx::query_scalar("SELECT to_regclass('plugin_entities') IS NOT NULL")
        .fetch_one(&mut *all)
        .await?;
    let mut drops = Vec::new();
    if has_plugins {
        let tables: Vec<String> = sqlx::query_scalar("SELECT table_name FROM plugin_entities")
            .fetch_all(&mut *all)
            .await?;
        drops.extend(tables.iter().map(|table| drop_of("TABLE", table)));
    }
    for migration in sqlx::migrate!("migrations/postgres").iter() {
        drops.extend(made_by(migration.sql.as_str()));
    }
    drops.push(drop_of("TABLE", "_sqlx_migrations"));
    for drop in drops {
        sqlx::query(AssertSqlSafe(drop)).execute(&mut *all).await?;
    }
    all.commit().await?;
    Ok(connection.close().await?)
}

/// What undoes the tables and functions that a migration makes.
fn made_by(migration: &str) -> impl Iterator<Item = String> {
    migration.lines().filter_map(|line| {
        let (kind, rest) = ["TABLE", "FUNCTION"].into_iter().find_map(|kind| {
            Some((kind, line.strip_prefix("CREATE ")?.strip_prefix(kind)?.strip_prefix(' ')?))
        })?;
        let name = rest.split([' ', '(']).next()?;
        Some(drop_of(kind, name))
    })
}

fn drop_of(kind: &str, name: &str) -> String {
    format!("DROP {kind} IF EXISTS \"{}\" CASCADE", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_a_migration_makes_is_undone() {
        let migration = "CREATE TABLE stores (\n  id TEXT\n);\n  CREATE INDEX x ON stores (id);\n\
             CREATE FUNCTION count_it() RETURNS trigger AS $$ $$;\nCREATE TABLE a\"b (id TEXT);";
        assert_eq!(
            made_by(migration).collect::<Vec<_>>(),
            [
                "DROP TABLE IF EXISTS \"stores\" CASCADE",
                "DROP FUNCTION IF EXISTS \"count_it\" CASCADE",
                "DROP TABLE IF EXISTS \"a\"\"b\" CASCADE",
            ]
        );
    }

    #[tokio::test]
    async fn a_file_that_is_open_is_not_deleted_and_one_that_is_closed_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        let url = DatabaseUrl::Sqlite(path.clone());
        assert!(Database::is_absent(&url).await.unwrap());
        let open = Database::open(&url, crate::Connections::default()).await.unwrap();
        assert!(matches!(Database::erase(&url).await, Err(StorageError::Unusable(_))));
        assert!(path.exists());
        open.close().await;
        drop(open);
        Database::erase(&url).await.unwrap();
        assert!(Database::is_absent(&url).await.unwrap());
        Database::erase(&url).await.unwrap();
    }
}
