use std::error::Error as StdError;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Another unit of work got in between; running the unit again may go through.
    #[error("another unit of work got in between")]
    Again(#[source] BoxError),
    /// A unique value is there already; says which one (`customers.email`).
    #[error("{0} is taken")]
    Taken(&'static str),
    /// What is stored doesn't parse; says the column.
    #[error("the stored {column} is not readable: {reason}")]
    Corrupt {
        /// Table and column.
        column: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The unit may only read.
    #[error("a unit of work that only reads was asked to write")]
    ReadOnly,
    /// The database was written by a newer version of this program.
    #[error(
        "the database is newer than this program (it has migration {0}); use the newer program"
    )]
    Newer(i64),
    /// The database can't be used as it is.
    #[error("{0}")]
    Unusable(String),
    /// The database did not answer, or not in time; the same call may go through later.
    #[error("the database did not do it")]
    Unavailable(#[source] BoxError),
}

/// A cause of a foreign type.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// What the store answers.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

impl StorageError {
    /// Whether the same call may go through a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Again(_) | Self::Unavailable(_))
    }

    /// Something stored that can't be read.
    #[expect(clippy::needless_pass_by_value, reason = "errors are handed over as they come")]
    pub(crate) fn corrupt(column: &'static str, reason: impl ToString) -> Self {
        Self::Corrupt { column, reason: reason.to_string() }
    }
}

/// SQLSTATEs of PostgreSQL after which running the whole unit again is right.
const SERIALIZATION_FAILURE: &str = "40001";
const DEADLOCK_DETECTED: &str = "40P01";
const LOCK_NOT_AVAILABLE: &str = "55P03";

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        let again = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| {
                [SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE].contains(&&*code)
            });
        if again { Self::Again(error.into()) } else { Self::Unavailable(error.into()) }
    }
}

/// Whether a statement failed because a unique value is there already.
pub(crate) fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
