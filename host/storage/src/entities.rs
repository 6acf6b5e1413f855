//! What plugins keep: a table for each entity of a manifest, with a typed column for each field
//! that is indexed.
//!
//! [`declare`] makes and extends the tables; an [`EntityTable`] holds the SQL of one of them,
//! written once, for whoever works with it. Sorting and comparing is the same on both databases:
//! text by its bytes, what has no value first.

use std::collections::BTreeMap;
use std::sync::Arc;

use galleria_domain::{FieldCode, FieldError, Instant, PluginId, StoredEntity};
use galleria_manifest::{Entity, FieldKind};
use sqlx::{ColumnIndex, Decode, Row, Type};

use crate::error::StorageError;

mod ddl;
mod layout;
mod names;
mod query;
mod read;
mod schema;
mod subject;
mod table;
mod usage;
mod value;
mod write;

pub use query::{EntityPage, count, query};
pub use read::{get, get_many};
pub use schema::{declare, drop_all, is_declared, load};
pub use subject::{SubjectRow, SubjectTable, subject_erase, subject_export, subject_tables};
pub use table::EntityTable;
pub use usage::{Meter, StorageQuota, Usage, usage};
pub use write::{Place, Step, batch, delete, increment, put};

/// Why nothing was done with a plugin's data. The unit of work can go on, unless it says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntityError {
    /// What was given can't be accepted.
    #[error("{} mistakes in what was given", .0.len())]
    Invalid(Vec<FieldError>),
    /// Another version is there than the one expected; 0 if nothing is.
    #[error("it is at version {0} by now")]
    Stale(u64),
    /// Nothing was to be there, but something is.
    #[error("an entity with this id is there already")]
    Exists,
    /// A unique index has the values already.
    #[error("the unique index `{index}` has these values already")]
    Clash {
        /// The index, by its name in the manifest.
        index: String,
    },
    /// There is no such entity.
    #[error("there is no such entity")]
    NotFound,
    /// The number would leave its bounds.
    #[error("the number would become too small or too large")]
    OutOfBounds,
    /// An allowance is used up.
    #[error("no more than {allowed} {which} are allowed")]
    Quota {
        /// Which allowance: `rows`, `bytes` or `answer-bytes`.
        which: &'static str,
        /// How much it is.
        allowed: u64,
    },
    /// The declaration doesn't fit what is stored; says what and why, in a sentence without a full
    /// stop.
    #[error("{0}")]
    Refused(String),
    /// The table got another layout meanwhile: [`load`] it and run the unit again. This unit can't
    /// go on.
    #[error("the table got another layout meanwhile")]
    Moved,
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What functions of this module answer.
pub type Result<T, E = EntityError> = std::result::Result<T, E>;

/// SQLSTATE for a table that isn't there.
const UNDEFINED_TABLE: &str = "42P01";

impl From<sqlx::Error> for EntityError {
    fn from(error: sqlx::Error) -> Self {
        let moved = error.as_database_error().is_some_and(|error| {
            error.code().is_some_and(|code| code == UNDEFINED_TABLE)
                || error.message().starts_with("no such table: p_")
        });
        if moved {
            return Self::Moved;
        }
        // Values are looked for before they are written, so only a rival can have written them.
        if crate::error::is_taken(&error) {
            return Self::Storage(StorageError::Again(error.into()));
        }
        Self::Storage(error.into())
    }
}

impl EntityError {
    fn invalid(path: &str, code: FieldCode, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(path, code, message)])
    }
}

/// SQL that was put together here, from texts of this module and checked names.
fn sql(text: &Arc<str>) -> sqlx::AssertSqlSafe<Arc<str>> {
    sqlx::AssertSqlSafe(Arc::clone(text))
}

/// A row, taken apart.
struct RowParts {
    id: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    rest: String,
    columns: Vec<value::Column>,
}

impl RowParts {
    /// Reads `id, version, created_at, updated_at, body` and the columns.
    fn read<R>(row: &R, kinds: &BTreeMap<String, FieldKind>) -> sqlx::Result<Self>
    where
        R: Row,
        usize: ColumnIndex<R>,
        String: for<'r> Decode<'r, R::Database> + Type<R::Database>,
        i64: for<'r> Decode<'r, R::Database> + Type<R::Database>,
        bool: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    {
        let columns = kinds.values().enumerate().map(|(at, kind)| {
            Ok(match kind {
                FieldKind::Number => value::Column::Number(row.try_get(5 + at)?),
                FieldKind::Flag => value::Column::Flag(row.try_get(5 + at)?),
                FieldKind::Text | FieldKind::Json => value::Column::Text(row.try_get(5 + at)?),
            })
        });
        Ok(Self {
            columns: columns.collect::<sqlx::Result<_>>()?,
            id: row.try_get(0)?,
            version: row.try_get(1)?,
            created_at: row.try_get(2)?,
            updated_at: row.try_get(3)?,
            rest: row.try_get(4)?,
        })
    }

    fn stored(self, kinds: &BTreeMap<String, FieldKind>) -> StoredEntity {
        StoredEntity {
            body: value::join(kinds.keys(), &self.columns, &self.rest),
            id: self.id,
            version: version(self.version),
            created_at: Instant::from_micros(self.created_at),
            updated_at: Instant::from_micros(self.updated_at),
        }
    }
}

/// Versions count from one, and never get near the sign.
fn version(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

/// A version that is asked for, as the column has it; what is too large is never there.
fn version_column(asked: u64) -> i64 {
    i64::try_from(asked).unwrap_or(i64::MAX)
}

/// Which plugin's entity, for prints of queries.
fn full_name(plugin: &PluginId, entity: &str) -> String {
    format!("{plugin}/{entity}")
}

/// Refuses an entity's field that can't be what is asked of it.
fn field_of<'e>(
    entity: &'e Entity,
    path: &str,
    field: &str,
) -> Result<&'e galleria_manifest::Field> {
    entity
        .fields
        .get(field)
        .ok_or_else(|| EntityError::invalid(path, FieldCode::Unknown, "is no field of the entity"))
}
