//! Connections that read, each lent to one unit at a time.
//!
//! Not sqlx's pool: that asks each connection that comes back whether it is still there, in a task
//! of its own, and waits for the end of a transaction that only read. Each of these is a way to the
//! connection's thread and back, and costs more than most queries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use sqlx_core::transaction::TransactionManager;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Transactions;
use crate::error::Result;

/// How long a unit waits for a connection at most.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// A connection that nobody wanted for so long is closed, and its cache with it.
const IDLE_MAX: Duration = Duration::from_mins(10);

/// The connections.
#[derive(Debug)]
pub(crate) struct Readers {
    places: Arc<Semaphore>,
    places_max: u32,
    stock: Arc<Stock>,
}

#[derive(Debug)]
struct Stock {
    options: SqliteConnectOptions,
    /// Since when they are idle, the longest first: the last one back is the first to be lent.
    idle: Mutex<Vec<(Instant, SqliteConnection)>>,
}

impl Readers {
    /// Opens the first one, so that what is wrong with the file shows at once.
    pub(super) async fn open(options: SqliteConnectOptions, max: u32) -> Result<Self> {
        let first = options.connect().await?;
        let stock = Stock { options, idle: Mutex::new(vec![(Instant::now(), first)]) };
        let places = Arc::new(Semaphore::new(max as usize));
        Ok(Self { places, places_max: max, stock: Arc::new(stock) })
    }

    /// Lends a connection, in a transaction that sees one snapshot.
    pub(crate) async fn begin(&self) -> Result<Reading> {
        let place = tokio::time::timeout(WAIT_MAX, Arc::clone(&self.places).acquire_owned())
            .await
            .map_err(|_elapsed| sqlx::Error::PoolTimedOut)?
            .map_err(|_closed| sqlx::Error::PoolClosed)?;
        let idle = self.stock.idle.lock().pop();
        let mut connection = match idle {
            Some((_, connection)) => connection,
            None => self.stock.options.connect().await?,
        };
        // One that can't even begin is not kept.
        Transactions::begin(&mut connection, None).await?;
        let stock = Arc::clone(&self.stock);
        Ok(Reading { connection: Some(connection), stock, _place: place })
    }

    /// Waits for all of them to come back, and closes them.
    pub(super) async fn close(&self) {
        let all = self.places.acquire_many(self.places_max).await;
        self.places.close();
        drop(all);
        let idle = std::mem::take(&mut *self.stock.idle.lock());
        for (_, connection) in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "a connection could not be closed");
            }
        }
    }
}

/// A connection, lent to one unit for one transaction.
#[derive(Debug)]
pub(crate) struct Reading {
    // Invariant: `Some` until dropped.
    connection: Option<SqliteConnection>,
    stock: Arc<Stock>,
    _place: OwnedSemaphorePermit,
}

impl Reading {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("it is there until dropped")
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Ended on the connection's own thread, before whatever the next unit asks of it.
        Transactions::start_rollback(&mut connection);
        let now = Instant::now();
        let mut idle = self.stock.idle.lock();
        idle.push((now, connection));
        if idle.first().is_some_and(|(since, _)| now.duration_since(*since) > IDLE_MAX) {
            idle.remove(0);
        }
    }
}
