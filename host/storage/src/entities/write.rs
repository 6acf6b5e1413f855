//! Writing entities. Every write is one statement as long as it goes through.

use galleria_domain::{
    ENTITY_BATCH_MAX, EntityId, Expectation, FieldCode, FieldError, Instant, StoreId, StoredEntity,
};

use super::usage::{Meter, charge};
use super::value::{Column, Parts, bind_column, check_id, split};
use super::{EntityError, EntityTable, Result, field_of, sql, value, version, version_column};
use crate::conn::on;
use crate::error::StorageError;
use crate::unit::Unit;

/// One step of a batch.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// As [`put`].
    Put {
        /// Where.
        table: &'a EntityTable,
        /// Which one; `None` for one with an id of the host's making.
        id: Option<&'a str>,
        /// The fields, as one JSON object.
        body: &'a str,
        /// What must be there before.
        expect: Expectation,
    },
    /// As [`delete`].
    Delete {
        /// Where.
        table: &'a EntityTable,
        /// Which one.
        id: &'a str,
        /// What must be there before.
        expect: Expectation,
    },
}

/// A row to be written.
struct Draft {
    id: String,
    /// Whether the id is the host's, so that nothing can be there.
    is_fresh: bool,
    parts: Parts,
    size: i64,
}

/// Where and when something is written.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The entity's table.
    pub table: &'a EntityTable,
    /// The store that the row belongs to.
    pub store: &'a StoreId,
    /// The time of the unit.
    pub now: Instant,
}

/// Writes an entity whole and answers what is stored now.
///
/// One statement; a second one where an entity with unique indexes is replaced whatever version it
/// has, and where the lease of the [`Meter`] is used up.
pub async fn put(
    unit: &mut Unit,
    place: Place<'_>,
    meter: &Meter,
    id: Option<&str>,
    body: &str,
    expect: Expectation,
) -> Result<StoredEntity> {
    unit.require_write()?;
    let draft = draft(place.table, id, body).map_err(EntityError::Invalid)?;
    put_draft(unit, place, meter, draft, expect).await
}

fn draft(table: &EntityTable, id: Option<&str>, body: &str) -> Result<Draft, Vec<FieldError>> {
    if let Some(id) = id {
        check_id("id", id).map_err(|error| vec![error])?;
    }
    let parts = split(&table.entity, &table.layout, body).map_err(|mut errors| {
        for error in &mut errors {
            let inner = std::mem::take(&mut error.path);
            error.path = if inner.is_empty() { "body".to_owned() } else { format!("body.{inner}") };
        }
        errors
    })?;
    let is_fresh = id.is_none();
    let id = id.map_or_else(|| EntityId::generate().to_string(), str::to_owned);
    let size = i64::try_from(id.len() + body.len()).unwrap_or(i64::MAX);
    Ok(Draft { id, is_fresh, parts, size })
}

async fn put_draft(
    unit: &mut Unit,
    place: Place<'_>,
    meter: &Meter,
    draft: Draft,
    expect: Expectation,
) -> Result<StoredEntity> {
    let Place { table, store, now } = place;
    if draft.is_fresh && matches!(expect, Expectation::Version(_)) {
        return Err(EntityError::Stale(0));
    }
    let known_id = (!draft.is_fresh).then_some(draft.id.as_str());
    charge(unit, table, meter, store, known_id, draft.size.unsigned_abs(), now).await?;
    let texts = &table.texts;
    let written = match expect {
        Expectation::Version(version) => {
            run(unit, place, &texts.update_version, &draft, Some(version_column(version))).await?
        }
        Expectation::Anything if !draft.is_fresh && !table.has_unique() => {
            run(unit, place, &texts.upsert, &draft, None).await?
        }
        Expectation::Anything if !draft.is_fresh => {
            match run(unit, place, &texts.insert, &draft, None).await? {
                None => run(unit, place, &texts.update, &draft, None).await?,
                written => written,
            }
        }
        Expectation::Anything | Expectation::Absent => {
            run(unit, place, &texts.insert, &draft, None).await?
        }
    };
    let Some((stored_version, created_at)) = written else {
        return Err(why_not_written(unit, place, &draft, expect).await?);
    };
    Ok(StoredEntity {
        body: value::join(table.layout.columns.keys(), &draft.parts.columns, &draft.parts.rest),
        id: draft.id,
        version: version(stored_version),
        created_at: Instant::from_micros(created_at),
        updated_at: now,
    })
}

/// Runs a statement that writes a row; answers its version and when it was made.
async fn run(
    unit: &mut Unit,
    place: Place<'_>,
    text: &std::sync::Arc<str>,
    draft: &Draft,
    expected: Option<i64>,
) -> Result<Option<(i64, i64)>> {
    Ok(on!(unit, conn => {
        let mut query = sqlx::query_as(sql(text))
            .bind(place.store.as_str())
            .bind(&draft.id)
            .bind(place.now.as_micros())
            .bind(&draft.parts.rest)
            .bind(draft.size);
        for column in &draft.parts.columns {
            query = bind_column!(query, column);
        }
        if let Some(expected) = expected {
            query = query.bind(expected);
        }
        query.fetch_optional(conn).await?
    }))
}

/// Finds out what a write met.
async fn why_not_written(
    unit: &mut Unit,
    place: Place<'_>,
    draft: &Draft,
    expect: Expectation,
) -> Result<EntityError> {
    let there = version_of(unit, place.table, place.store, &draft.id).await?;
    match (expect, there) {
        (Expectation::Version(_), None) => return Ok(EntityError::Stale(0)),
        (Expectation::Version(expected), Some(there)) if expected != there => {
            return Ok(EntityError::Stale(there));
        }
        (Expectation::Absent, Some(_)) => return Ok(EntityError::Exists),
        _ => {}
    }
    for (index, fields) in &place.table.layout.unique {
        let text = &place.table.texts.clash[index];
        let columns = fields.iter().filter_map(|field| {
            let at = place.table.layout.columns.keys().position(|column| column == field)?;
            draft.parts.columns.get(at)
        });
        let other: Option<String> = on!(unit, conn => {
            let mut query = sqlx::query_scalar(sql(text)).bind(place.store.as_str()).bind(&draft.id);
            for column in columns {
                query = bind_column!(query, column);
            }
            query.fetch_optional(conn).await?
        });
        if other.is_some() {
            return Ok(EntityError::Clash { index: index.clone() });
        }
    }
    // Gone again: a unit that got in between.
    Ok(StorageError::Again("a row was written and deleted meanwhile".into()).into())
}

async fn version_of(
    unit: &mut Unit,
    table: &EntityTable,
    store: &StoreId,
    id: &str,
) -> Result<Option<u64>> {
    let there: Option<i64> = on!(unit, conn => {
        let query = sqlx::query_scalar(sql(&table.texts.version));
        query.bind(store.as_str()).bind(id).fetch_optional(conn).await?
    });
    Ok(there.map(version))
}

/// Deletes an entity; answers whether it was there. One statement, two if a version was expected
/// that isn't there.
pub async fn delete(
    unit: &mut Unit,
    table: &EntityTable,
    store: &StoreId,
    id: &str,
    expect: Expectation,
) -> Result<bool> {
    unit.require_write()?;
    check_id("id", id).map_err(|error| EntityError::Invalid(vec![error]))?;
    let expected = match expect {
        Expectation::Anything => None,
        Expectation::Version(version) => Some(version_column(version)),
        Expectation::Absent => {
            let there = version_of(unit, table, store, id).await?;
            return there.map_or(Ok(false), |_| Err(EntityError::Exists));
        }
    };
    let text = if expected.is_some() { &table.texts.delete_version } else { &table.texts.delete };
    let deleted = on!(unit, conn => {
        let mut query = sqlx::query(sql(text)).bind(store.as_str()).bind(id);
        if let Some(expected) = expected {
            query = query.bind(expected);
        }
        query.execute(conn).await?.rows_affected()
    });
    if deleted == 0 && expected.is_some() {
        let there = version_of(unit, table, store, id).await?;
        return Err(EntityError::Stale(there.unwrap_or_default()));
    }
    Ok(deleted > 0)
}

/// Adds to an indexed number of an entity (one without a value counts as 0) and answers its value
/// now; [`EntityError::OutOfBounds`] rather than let it fall below `at_least`. One statement.
pub async fn increment(
    unit: &mut Unit,
    place: Place<'_>,
    id: &str,
    field: &str,
    by: i64,
    at_least: Option<i64>,
) -> Result<i64> {
    let Place { table, store, now } = place;
    unit.require_write()?;
    check_id("id", id).map_err(|error| EntityError::Invalid(vec![error]))?;
    field_of(&table.entity, "field", field)?;
    let unique = table.layout.unique.values().flatten().any(|name| name == field);
    let Some(text) = table.texts.increment.get(field).filter(|_| !unique) else {
        let message = "is no number of an index that isn't unique";
        return Err(EntityError::invalid("field", FieldCode::Range, message));
    };
    let (lowest, highest) = bounds_before(by, at_least);
    let value: Option<i64> = on!(unit, conn => {
        let query = sqlx::query_scalar(sql(text)).bind(store.as_str()).bind(id).bind(by);
        query.bind(lowest).bind(highest).bind(now.as_micros()).fetch_optional(conn).await?
    });
    match value {
        Some(value) => Ok(value),
        None if version_of(unit, table, store, id).await?.is_some() => {
            Err(EntityError::OutOfBounds)
        }
        None => Err(EntityError::NotFound),
    }
}

/// What a number may be before `by` is added, so that the sum neither overflows nor falls below
/// `at_least`. Where there is no such number, the first bound is above the second.
fn bounds_before(by: i64, at_least: Option<i64>) -> (i64, i64) {
    let least = i128::from(at_least.unwrap_or(i64::MIN)) - i128::from(by);
    let most = i128::from(i64::MAX) - i128::from(by);
    let none = (i64::MAX, i64::MIN);
    match (i64::try_from(least.max(i64::MIN.into())), i64::try_from(most.min(i64::MAX.into()))) {
        (Ok(least), Ok(most)) => (least, most),
        _ => none,
    }
}

/// Does up to 500 steps, all or none; answers the version of each entity, 0 where it was deleted.
/// The statements of its steps, and two around them if there are several.
pub async fn batch(
    unit: &mut Unit,
    meter: &Meter,
    store: &StoreId,
    steps: &[Step<'_>],
    now: Instant,
) -> Result<Vec<u64>> {
    unit.require_write()?;
    if steps.len() > ENTITY_BATCH_MAX {
        return Err(EntityError::invalid("steps", FieldCode::TooLong, "are more than 500"));
    }
    let drafts = drafts(steps)?;
    if steps.len() < 2 {
        return run_steps(unit, meter, store, steps, drafts, now).await;
    }
    unit.begin_part().await?;
    let ended = run_steps(unit, meter, store, steps, drafts, now).await;
    match &ended {
        Ok(_) => unit.keep_part().await?,
        // After these the unit is over anyway.
        Err(EntityError::Storage(_) | EntityError::Moved) => {}
        Err(_) => unit.undo_part().await?,
    }
    ended
}

/// The rows to be written, so that everything that is wrong with the steps is known before the
/// first is done.
fn drafts(steps: &[Step<'_>]) -> Result<Vec<Option<Draft>>> {
    let mut mistakes = galleria_domain::Mistakes::new();
    let mut drafts = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        let checked = match step {
            Step::Put { table, id, body, .. } => draft(table, *id, body).map(Some),
            Step::Delete { id, .. } => {
                check_id("id", id).map(|()| None).map_err(|error| vec![error])
            }
        };
        match checked {
            Ok(draft) => drafts.push(draft),
            Err(errors) => mistakes.extend_at(&format!("steps.{at}"), errors),
        }
    }
    mistakes.finish(drafts).map_err(EntityError::Invalid)
}

async fn run_steps(
    unit: &mut Unit,
    meter: &Meter,
    store: &StoreId,
    steps: &[Step<'_>],
    drafts: Vec<Option<Draft>>,
    now: Instant,
) -> Result<Vec<u64>> {
    let mut versions = Vec::with_capacity(steps.len());
    for (step, draft) in steps.iter().zip(drafts) {
        versions.push(match (step, draft) {
            (Step::Put { table, expect, .. }, Some(draft)) => {
                put_draft(unit, Place { table, store, now }, meter, draft, *expect).await?.version
            }
            (Step::Put { .. }, None) => 0,
            (Step::Delete { table, id, expect }, _) => {
                delete(unit, table, store, id, *expect).await?;
                0
            }
        });
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exactly_the_numbers_within_the_bounds_can_be_added_to(
            before in any::<i64>(),
            by in prop_oneof![any::<i64>(), -3..3_i64],
            at_least in proptest::option::of(prop_oneof![any::<i64>(), Just(i64::MAX), -3..3_i64]),
        ) {
            let (lowest, highest) = bounds_before(by, at_least);
            let fits = before.checked_add(by).is_some_and(|sum| at_least.is_none_or(|least| sum >= least));
            prop_assert_eq!((lowest..=highest).contains(&before), fits);
        }
    }
}
