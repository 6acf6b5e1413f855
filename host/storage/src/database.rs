use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Result, StorageError};
use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;
use crate::unit::{Mode, Unit};
use crate::wakes::Wakes;

/// An open database: an embedded SQLite file, or a PostgreSQL server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Pool,
    wakes: Wakes,
    /// Held for as long as the file is open: two hosts on one file would undo each other's order.
    _lock: Option<File>,
}

#[derive(Debug)]
pub(crate) enum Pool {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// Where the data is.
#[derive(Clone, Eq, PartialEq)]
pub enum DatabaseUrl {
    /// A SQLite file, made if it isn't there.
    Sqlite(PathBuf),
    /// A server: `postgres://…`.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `postgres://…`, `sqlite:PATH`, or a plain path of a SQLite file.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Self::Postgres(text.to_owned());
        }
        let path =
            text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")).unwrap_or(text);
        Self::Sqlite(path.into())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            // The rest of it may hold a password.
            Self::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

/// How many connections are kept at most.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connections {
    /// On SQLite beside the writer, on PostgreSQL in all.
    pub max: u32,
}

impl Default for Connections {
    fn default() -> Self {
        Self { max: 16 }
    }
}

impl Database {
    /// Opens the database and brings its tables up to date.
    ///
    /// Several hosts may do so at once on PostgreSQL: one of them migrates, the others wait. A
    /// database that a newer program has migrated is refused with [`StorageError::Newer`]; a
    /// SQLite file that another host has open with [`StorageError::Unusable`].
    pub async fn open(url: &DatabaseUrl, connections: Connections) -> Result<Self> {
        let (pool, wakes, lock) = match url {
            DatabaseUrl::Sqlite(path) => {
                let lock = lock_file(path)?;
                let store = SqliteStore::open(path, connections.max).await?;
                (Pool::Sqlite(store), Wakes::alone(), Some(lock))
            }
            DatabaseUrl::Postgres(url) => {
                let store = PostgresStore::open(url, connections.max).await?;
                let wakes = Wakes::shared(url.clone(), store.pool());
                (Pool::Postgres(store), wakes, None)
            }
        };
        Ok(Self(Arc::new(Inner { pool, wakes, _lock: lock })))
    }

    /// Begins a unit of work.
    pub fn unit(&self, mode: Mode) -> Unit {
        Unit::new(self.clone(), mode)
    }

    /// Whether other hosts may be working on the same data.
    pub fn is_shared(&self) -> bool {
        matches!(self.0.pool, Pool::Postgres(_))
    }

    /// Wakes those who follow what is committed.
    pub fn wakes(&self) -> &Wakes {
        &self.0.wakes
    }

    /// Waits for units that are at work, then closes all connections.
    pub async fn close(&self) {
        self.0.wakes.close();
        match &self.0.pool {
            Pool::Sqlite(store) => store.close().await,
            Pool::Postgres(store) => store.close().await,
        }
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.0.pool
    }
}

pub(crate) fn lock_file(path: &Path) -> Result<File> {
    let unusable = |what: &str, error: &dyn fmt::Display| {
        StorageError::Unusable(format!("{what} {}: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| unusable("can't make the folder of", &error))?;
    }
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(lock)
        .map_err(|error| unusable("can't open the lock of", &error))?;
    file.try_lock().map_err(|error| unusable("another host has it open:", &error))?;
    Ok(file)
}

impl From<sqlx::migrate::MigrateError> for StorageError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(version) => Self::Newer(version),
            error => Self::Unusable(format!("the tables can't be brought up to date: {error}")),
        }
    }
}
