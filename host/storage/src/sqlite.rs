//! The embedded store: many readers, one writer, one fsync for many units.
//!
//! Units that write take turns on the one writing connection, each in a savepoint of a transaction
//! that they share. A unit that is done queues for one more turn, its *committing turn*; everyone
//! who was in the queue before has then had a turn, so that the commit makes all of them durable
//! with one fsync. Nobody waits for a timer, and a lone unit commits at once.

mod readers;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Sqlite, SqliteConnection};
use sqlx_core::transaction::TransactionManager;
use tokio::sync::{Mutex, OnceCell, OwnedMutexGuard};

pub(crate) use readers::{Readers, Reading};

use crate::error::{Result, StorageError};

type Transactions = <Sqlite as sqlx::Database>::TransactionManager;

/// The oldest SQLite without the WAL-reset race, which can lose commits.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open SQLite database.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    pub(crate) readers: Readers,
    writer: Arc<Mutex<Writer>>,
}

#[derive(Debug)]
struct Writer {
    connection: SqliteConnection,
    /// Those whose savepoints are released but not yet committed.
    batch: Arc<Batch>,
}

/// Units that become durable with the same commit; tells how that ended.
#[derive(Debug, Default)]
struct Batch {
    outcome: OnceCell<std::result::Result<(), String>>,
}

impl SqliteStore {
    pub(crate) async fn open(path: &Path, readers_max: u32) -> Result<Self> {
        let options = options(path);
        let mut connection = options.connect().await?;
        require_version(&mut connection).await?;
        // Not `run`: its future can't be shown to be `Send`.
        sqlx::migrate!("migrations/sqlite").run_direct(None, &mut connection, false).await?;
        let readers = Readers::open(options.pragma("query_only", "ON"), readers_max).await?;
        let writer = Writer { connection, batch: Arc::default() };
        Ok(Self { readers, writer: Arc::new(Mutex::new(writer)) })
    }

    /// Waits for the writer and begins a savepoint on it.
    pub(crate) async fn write(&self) -> Result<WriteTurn> {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        if Transactions::get_transaction_depth(&writer.connection) == 0 {
            Transactions::begin(&mut writer.connection, Some(sql("BEGIN IMMEDIATE"))).await?;
        }
        Transactions::begin(&mut writer.connection, None).await?;
        Ok(WriteTurn { writer: Some(writer), store: Arc::clone(&self.writer) })
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        let _waits_for_the_last_turn = self.writer.lock().await;
    }
}

fn sql(text: &'static str) -> sqlx::SqlStr {
    sqlx::SqlSafeStr::into_sql_str(text)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(512)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        // What is erased must not stay readable in free pages.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", "-65536")
        .pragma("mmap_size", "0")
}

async fn require_version(connection: &mut SqliteConnection) -> Result<()> {
    let text: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?;
    let mut parts = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_VERSION_MIN {
        return Err(StorageError::Unusable(format!(
            "SQLite {text} can lose commits; 3.51.3 is the oldest that will do"
        )));
    }
    Ok(())
}

/// The writer, held by one unit, inside its savepoint.
#[derive(Debug)]
pub(crate) struct WriteTurn {
    // Invariant: `Some` until the turn is over.
    writer: Option<OwnedMutexGuard<Writer>>,
    store: Arc<Mutex<Writer>>,
}

impl WriteTurn {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.writer.as_mut().expect("a turn holds the writer until it is over").connection
    }

    /// Ends the turn and returns once what was written is durable.
    ///
    /// Runs on a task of its own: a caller that goes away must not leave a batch behind that
    /// nobody commits.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let task = tokio::spawn(async move {
            let mut writer = self.writer.take().expect("a turn ends once");
            Transactions::commit(&mut writer.connection).await?;
            let batch = Arc::clone(&writer.batch);
            drop(writer);
            Self::commit_batch(&self.store, &batch).await
        });
        task.await.map_err(|error| StorageError::Unavailable(error.into()))?
    }

    /// Undoes what the turn wrote, and returns once what it may have seen of others is durable: a
    /// refusal must not tell of what could still be lost.
    pub(crate) async fn rollback(mut self) -> Result<()> {
        let mut writer = self.writer.take().expect("a turn ends once");
        Transactions::start_rollback(&mut writer.connection);
        let batch = Arc::clone(&writer.batch);
        drop(writer);
        Self::commit_batch(&self.store, &batch).await
    }

    async fn commit_batch(store: &Mutex<Writer>, batch: &Arc<Batch>) -> Result<()> {
        let mut writer = store.lock().await;
        let outcome = match batch.outcome.get() {
            Some(outcome) => outcome.clone(),
            None => writer.end_batch().await,
        };
        outcome.map_err(|reason| StorageError::Unavailable(reason.into()))
    }
}

impl Drop for WriteTurn {
    fn drop(&mut self) {
        if let Some(writer) = &mut self.writer {
            // Undone on the connection's own thread, before whatever the next turn asks of it.
            Transactions::start_rollback(&mut writer.connection);
        }
    }
}

impl Writer {
    /// Commits what all turns since the last commit wrote, and tells them.
    async fn end_batch(&mut self) -> std::result::Result<(), String> {
        let batch = std::mem::take(&mut self.batch);
        let outcome =
            Transactions::commit(&mut self.connection).await.map_err(|error| error.to_string());
        if outcome.is_err() {
            Transactions::start_rollback(&mut self.connection);
        }
        let outcome_told = outcome.clone();
        batch.outcome.set(outcome_told).expect("a batch ends once");
        outcome
    }
}
