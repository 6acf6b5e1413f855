//! Entities by their ids.

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use galleria_domain::{ENTITY_BATCH_MAX, FieldCode, StoreId, StoredEntity};

use super::value::check_id;
use super::{EntityError, EntityTable, Result, RowParts, sql};
use crate::conn::on;
use crate::unit::Unit;

/// How many bytes of bodies one answer has at most.
pub(super) const ANSWER_MAX_BYTES: usize = 8 << 20;

/// The entity with this id. One statement.
pub async fn get(
    unit: &mut Unit,
    table: &EntityTable,
    store: &StoreId,
    id: &str,
) -> Result<Option<StoredEntity>> {
    check_id("id", id).map_err(|error| EntityError::Invalid(vec![error]))?;
    let kinds = &table.layout.columns;
    let row = on!(unit, conn => {
        let query = sqlx::query(sql(&table.texts.get)).bind(store.as_str()).bind(id);
        let row = query.fetch_optional(conn).await?;
        row.map(|row| RowParts::read(&row, kinds)).transpose()?
    });
    Ok(row.map(|row| row.stored(kinds)))
}

/// Those with these ids (at most 500) that there are, in the order of the ids. One statement.
pub async fn get_many(
    unit: &mut Unit,
    table: &EntityTable,
    store: &StoreId,
    ids: &[String],
) -> Result<Vec<StoredEntity>> {
    if ids.len() > ENTITY_BATCH_MAX {
        return Err(EntityError::invalid("ids", FieldCode::TooLong, "are more than 500"));
    }
    let mistakes =
        ids.iter().enumerate().filter_map(|(at, id)| check_id(&format!("ids.{at}"), id).err());
    let mistakes: Vec<_> = mistakes.collect();
    if !mistakes.is_empty() {
        return Err(EntityError::Invalid(mistakes));
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = serde_json::Value::from(ids).to_string();
    let text = if unit.is_postgres() {
        &table.texts.get_many_postgres
    } else {
        &table.texts.get_many_sqlite
    };
    let kinds = &table.layout.columns;
    let mut found = HashMap::new();
    let mut bytes = 0;
    on!(unit, conn => {
        let mut rows = sqlx::query(sql(text)).bind(store.as_str()).bind(list).fetch(conn);
        while let Some(row) = rows.try_next().await? {
            let stored = RowParts::read(&row, kinds)?.stored(kinds);
            bytes += stored.body.len();
            if bytes > ANSWER_MAX_BYTES {
                break;
            }
            found.insert(stored.id.clone(), stored);
        }
    });
    if bytes > ANSWER_MAX_BYTES {
        return Err(EntityError::Quota { which: "answer-bytes", allowed: ANSWER_MAX_BYTES as u64 });
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}
