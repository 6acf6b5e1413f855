//! What plugins keep about one person; read and erased without the plugins.

use std::sync::Arc;

use galleria_domain::{CustomerId, StoreId, StoredEntity};

use super::schema::{Made, all_made};
use super::{EntityError, Result, RowParts, names, sql};
use crate::conn::on;
use crate::error::StorageError;
use crate::unit::Unit;

/// A plugin's table that has rows about persons.
pub struct SubjectTable {
    made: Made,
    column: String,
}

impl SubjectTable {
    /// Whose it is.
    pub fn plugin(&self) -> &str {
        &self.made.plugin
    }

    /// The entity, by its name in the plugin's manifest.
    pub fn entity(&self) -> &str {
        &self.made.entity
    }
}

/// A row about a person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubjectRow {
    /// Whose it is.
    pub plugin: String,
    /// The entity, by its name in the plugin's manifest.
    pub entity: String,
    /// The row.
    pub row: StoredEntity,
}

/// All tables of all plugins, also of those that are off or gone, that have rows about persons.
pub async fn subject_tables(unit: &mut Unit) -> Result<Vec<SubjectTable>> {
    let tables = all_made(unit).await?.into_iter().filter_map(|made| {
        let column = names::column(made.layout.subject.as_ref()?);
        Some(SubjectTable { made, column })
    });
    Ok(tables.collect())
}

/// The rows of one table about a customer, in the order of their ids, behind the row `after`.
pub async fn subject_export(
    unit: &mut Unit,
    table: &SubjectTable,
    store: &StoreId,
    customer: &CustomerId,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<SubjectRow>> {
    let SubjectTable { made, column } = table;
    let kinds = &made.layout.columns;
    let columns = names::concat(made.layout.column_names().map(|column| format!(", {column}")));
    let text: Arc<str> = format!(
        "SELECT id, version, created_at, updated_at, body{columns} FROM {} \
         WHERE store_id = $1 AND {column} = $2 AND id > $3 ORDER BY id LIMIT $4",
        made.table
    )
    .into();
    let rows = on!(unit, conn => {
        let query = sqlx::query(sql(&text)).bind(store.as_str()).bind(customer.as_str());
        let rows = query.bind(after.unwrap_or_default()).bind(i64::from(limit)).fetch_all(conn).await;
        rows?.iter().map(|row| RowParts::read(row, kinds)).collect::<sqlx::Result<Vec<_>>>()
    });
    let rows = rows.map_err(EntityError::from).map_err(moved)?;
    let row = |row: RowParts| SubjectRow {
        plugin: made.plugin.clone(),
        entity: made.entity.clone(),
        row: row.stored(kinds),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Deletes all rows of all plugins about a customer; answers plugin, entity and how many rows, for
/// the receipt.
pub async fn subject_erase(
    unit: &mut Unit,
    store: &StoreId,
    customer: &CustomerId,
) -> Result<Vec<(String, String, u64)>> {
    unit.require_write()?;
    let mut erased = Vec::new();
    for SubjectTable { made, column } in subject_tables(unit).await? {
        let text: Arc<str> =
            format!("DELETE FROM {} WHERE store_id = $1 AND {column} = $2", made.table).into();
        let rows = on!(unit, conn => {
            sqlx::query(sql(&text)).bind(store.as_str()).bind(customer.as_str()).execute(conn).await
                .map(|done| done.rows_affected())
        });
        erased.push((made.plugin, made.entity, rows.map_err(EntityError::from).map_err(moved)?));
    }
    Ok(erased)
}

/// The tables were listed in this very unit: one that isn't there was renamed by a rival.
fn moved(error: EntityError) -> EntityError {
    match error {
        EntityError::Moved => StorageError::Again("a table was renamed meanwhile".into()).into(),
        error => error,
    }
}
