//! The store for several hosts: every unit is a serializable transaction.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Postgres, Transaction};

use crate::error::Result;
use crate::events;

const WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE writers IN ROW EXCLUSIVE MODE";
const WRITE_ALONE: &str =
    "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE writers IN EXCLUSIVE MODE";
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(1);

/// An open PostgreSQL database.
#[derive(Debug)]
pub(crate) struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    pub(crate) async fn open(url: &str, connections_max: u32) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("galleria")
            .statement_cache_capacity(512)
            .options([
                ("statement_timeout", "5s"),
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "10s"),
                ("synchronous_commit", "on"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(CONNECTION_WAIT_MAX)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        sqlx::migrate!("migrations/postgres").run(&pool).await?;
        sqlx::query(events::cursors::CONTINUE_TURNS).execute(&pool).await?;
        Ok(Self { pool })
    }

    pub(crate) fn pool(&self) -> PgPool {
        self.pool.clone()
    }

    pub(crate) async fn read(&self) -> Result<Transaction<'static, Postgres>> {
        // One snapshot for the whole unit, which can neither block nor be blocked.
        Ok(self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
    }

    /// Begins a unit that writes, beside the others or `alone`.
    ///
    /// Serializable units beside each other may starve one that meets many: run again and again, it
    /// fails again and again. So all of them share a lock that nobody else asks for, and the
    /// starving one takes it for itself. The lock comes before the snapshot (`LOCK TABLE` takes
    /// none), so that what is read under it can't be outdated already.
    pub(crate) async fn write(&self, alone: bool) -> Result<Transaction<'static, Postgres>> {
        Ok(self.pool.begin_with(if alone { WRITE_ALONE } else { WRITE }).await?)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}
