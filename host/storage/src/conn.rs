use sqlx::{PgConnection, SqliteConnection};

/// What a query runs on: either kind of connection, always inside a unit of work.
pub(crate) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// Runs an expression on the connection of a unit, whichever database it is.
///
/// Written once, compiled once per database: the two cannot drift apart.
macro_rules! on {
    ($unit:expr, $conn:ident => $body:expr) => {
        match $unit.conn().await? {
            $crate::conn::Conn::Sqlite($conn) => $body,
            $crate::conn::Conn::Postgres($conn) => $body,
        }
    };
}

pub(crate) use on;
