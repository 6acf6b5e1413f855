use sqlx::{Postgres, Transaction};

use crate::conn::Conn;
use crate::database::{Database, Pool};
use crate::error::{Result, StorageError};
use crate::sqlite::{Reading, WriteTurn};
use crate::wakes::{Wake, WakeSet};

/// What a unit of work may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Reads one snapshot; never waits for writers.
    Read,
    /// Reads and writes; all of it becomes true together, or none of it.
    Write,
}

/// A unit of work: the only way to the database, for everyone.
///
/// It takes a connection when the first query asks for one, so that a unit that never does costs
/// nothing. Dropped without [`commit`](Unit::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct Unit {
    database: Database,
    mode: Mode,
    alone: bool,
    /// Whether it may not write for now, whatever its mode.
    kept_from_writing: bool,
    state: State,
    queries: u32,
    wakes: WakeSet,
}

#[derive(Debug)]
enum State {
    Unopened,
    SqliteRead(Reading),
    SqliteWrite(WriteTurn),
    Postgres(Transaction<'static, Postgres>),
    /// Another has it, who gives it back.
    Lent,
}

impl Unit {
    pub(crate) fn new(database: Database, mode: Mode) -> Self {
        let wakes = WakeSet::default();
        Self {
            database,
            mode,
            alone: false,
            kept_from_writing: false,
            state: State::Unopened,
            queries: 0,
            wakes,
        }
    }

    /// What it may do.
    pub fn mode(&self) -> Mode {
        if self.kept_from_writing { Mode::Read } else { self.mode }
    }

    /// Keeps it from writing for a while, or no longer; answers how it was before.
    pub fn keep_from_writing(&mut self, kept: bool) -> bool {
        std::mem::replace(&mut self.kept_from_writing, kept)
    }

    /// Lends it to somebody who has to own it. Until it is put back in this one's place, this one
    /// does nothing but fail.
    #[must_use]
    pub fn lend(&mut self) -> Self {
        let mut lent = Self { state: State::Lent, ..Self::new(self.database.clone(), self.mode) };
        std::mem::swap(self, &mut lent);
        lent
    }

    /// Lets the unit write while nobody else does, if it is to write at all; nothing once it has
    /// begun. On SQLite that is so anyway.
    pub fn keep_others_out(&mut self) {
        self.alone = true;
    }

    /// How many queries ran in it so far.
    pub fn queries(&self) -> u32 {
        self.queries
    }

    /// Refuses, unless the unit may write.
    pub fn require_write(&self) -> Result<()> {
        if self.mode() == Mode::Write { Ok(()) } else { Err(StorageError::ReadOnly) }
    }

    /// Wakes those who watch for this, if the unit is committed.
    pub fn wake_after_commit(&mut self, wake: Wake) {
        self.wakes.insert(wake);
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.database.pool(), Pool::Postgres(_))
    }

    /// The connection, begun if this is the first query.
    pub(crate) async fn conn(&mut self) -> Result<Conn<'_>> {
        self.queries += 1;
        if matches!(self.state, State::Unopened) {
            self.state = match (self.database.pool(), self.mode) {
                (Pool::Sqlite(store), Mode::Read) => {
                    State::SqliteRead(store.readers.begin().await?)
                }
                (Pool::Sqlite(store), Mode::Write) => State::SqliteWrite(store.write().await?),
                (Pool::Postgres(store), Mode::Read) => State::Postgres(store.read().await?),
                (Pool::Postgres(store), Mode::Write) => {
                    State::Postgres(store.write(self.alone).await?)
                }
            };
        }
        Ok(match &mut self.state {
            State::SqliteRead(reading) => Conn::Sqlite(reading.connection()),
            State::SqliteWrite(turn) => Conn::Sqlite(turn.connection()),
            State::Postgres(transaction) => Conn::Postgres(transaction),
            State::Lent => return Err(lent()),
            State::Unopened => unreachable!("it was opened above"),
        })
    }

    /// Makes what was written true and durable. [`StorageError::Again`] asks to run the unit again.
    pub async fn commit(self) -> Result<()> {
        let committed = match self.state {
            // What was only read has nothing to wait for.
            State::Unopened | State::SqliteRead(_) => Ok(()),
            State::SqliteWrite(turn) => turn.commit().await,
            State::Postgres(transaction) => Ok(transaction.commit().await?),
            State::Lent => Err(lent()),
        };
        // Even if it failed, since that may mean that nobody knows; being woken in vain is harmless.
        self.database.wakes().wake(self.wakes);
        committed
    }

    /// Undoes everything and waits until that is done; dropping the unit undoes it as well.
    pub async fn rollback(self) -> Result<()> {
        match self.state {
            State::Postgres(transaction) => Ok(transaction.rollback().await?),
            State::SqliteWrite(turn) => turn.rollback().await,
            State::Unopened | State::SqliteRead(_) | State::Lent => Ok(()),
        }
    }

    /// Sets a mark to [return to](Unit::undo_to_mark) if the next statement fails.
    ///
    /// After a failed statement PostgreSQL refuses all others in the transaction; SQLite undoes
    /// the one statement and goes on, so that it needs no mark.
    pub(crate) async fn mark(&mut self) -> Result<()> {
        self.on_postgres("SAVEPOINT mark").await
    }

    /// Undoes what came after the mark, and goes on from there.
    pub(crate) async fn undo_to_mark(&mut self) -> Result<()> {
        self.on_postgres("ROLLBACK TO SAVEPOINT mark").await
    }

    /// Begins a part of the unit that is done whole or not at all.
    pub(crate) async fn begin_part(&mut self) -> Result<()> {
        self.run("SAVEPOINT part").await
    }

    /// Ends the part and keeps it.
    pub(crate) async fn keep_part(&mut self) -> Result<()> {
        self.run("RELEASE SAVEPOINT part").await
    }

    /// Ends the part and undoes it; the unit goes on from before.
    pub(crate) async fn undo_part(&mut self) -> Result<()> {
        self.run("ROLLBACK TO SAVEPOINT part").await?;
        self.keep_part().await
    }

    /// Begins what a plugin writes while it answers a hook: done whole or not at all, whatever it
    /// was in the middle of when it ended.
    pub async fn begin_hook(&mut self) -> Result<()> {
        self.run("SAVEPOINT hook").await
    }

    /// Ends what a plugin writes, and keeps it.
    pub async fn keep_hook(&mut self) -> Result<()> {
        self.run("RELEASE SAVEPOINT hook").await
    }

    /// Ends what a plugin writes, and undoes it with all parts in it; the unit goes on from before.
    pub async fn undo_hook(&mut self) -> Result<()> {
        self.run("ROLLBACK TO SAVEPOINT hook").await?;
        self.keep_hook().await
    }

    async fn run(&mut self, sql: &'static str) -> Result<()> {
        match self.conn().await? {
            Conn::Sqlite(conn) => sqlx::query(sql).execute(conn).await.map(|_| ())?,
            Conn::Postgres(conn) => sqlx::query(sql).execute(conn).await.map(|_| ())?,
        }
        Ok(())
    }

    async fn on_postgres(&mut self, sql: &'static str) -> Result<()> {
        if self.is_postgres()
            && let Conn::Postgres(conn) = self.conn().await?
        {
            sqlx::query(sql).execute(conn).await?;
        }
        Ok(())
    }
}

fn lent() -> StorageError {
    StorageError::Unusable("the unit of work is lent to another".to_owned())
}
