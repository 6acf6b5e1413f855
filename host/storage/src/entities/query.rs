//! Looking entities up by an index.
//!
//! A page behind a cursor is read in segments: first the rows that equal the last one of the page
//! before in all fields but the last, then those that equal it in all but the last two, and so on.
//! Each segment is one stretch of the index, which both databases find at once, also where values
//! are missing; a comparison of whole tuples wouldn't be either.

use std::fmt::Write as _;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use galleria_domain::{
    Bound, Cursor, CursorValue, ENTITY_COUNT_MAX, ENTITY_PAGE_MAX, FieldCode, IndexValue, Lookup,
    Mistake as _, Mistakes, QueryPrint, StoreId, StoredEntity,
};
use galleria_manifest::FieldKind;

use super::read::ANSWER_MAX_BYTES;
use super::value::{Column, bind_column, check_key};
use super::{EntityError, EntityTable, Result, RowParts, full_name, names, sql};
use crate::conn::on;
use crate::unit::Unit;

/// One page of entities.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntityPage {
    /// In the order of the index.
    pub items: Vec<StoredEntity>,
    /// Leads to the page behind this one; `None` at the end.
    pub next: Option<String>,
}

/// One of the columns that rows are ordered by.
#[derive(Clone, Debug)]
struct Key {
    column: String,
    kind: FieldKind,
    /// Which of the table's own columns it is; `None` for `id` and `created_at`.
    at: Option<usize>,
}

/// A lookup, checked and translated.
struct Plan<'a> {
    table: &'a EntityTable,
    store: &'a StoreId,
    lookup: &'a Lookup,
    /// What the rows equal in.
    fixed: Vec<Key>,
    /// What they are ordered by; the first is the one that can be in a range.
    ordered: Vec<Key>,
}

/// A condition on one column, with the value to bind.
struct Condition {
    text: String,
    value: Option<Column>,
}

/// Looks entities up. One statement for the first page, and usually two for those behind it, at
/// most two more than the index has fields.
///
/// A page has fewer entities than asked for if they are large; then it still leads to the next.
pub async fn query(
    unit: &mut Unit,
    table: &EntityTable,
    store: &StoreId,
    lookup: &Lookup,
) -> Result<EntityPage> {
    let plan = Plan::new(table, store, lookup)?;
    let print = plan.print();
    let mut segments = vec![Vec::new()];
    if let Some(cursor) = &lookup.cursor {
        segments = plan.segments(&plan.position(cursor, &print)?);
    }
    let limit = lookup.limit.min(ENTITY_PAGE_MAX) as usize;
    let mut rows = Vec::new();
    let mut room = Room { rows: limit + 1, bytes: ANSWER_MAX_BYTES };
    for segment in segments {
        if room.rows > 0 && room.bytes > 0 {
            plan.read(unit, segment, &mut rows, &mut room).await?;
        }
    }
    // The row too many says that there is more; so does a page that was full by its bytes.
    let goes_on = rows.len() > limit || room.bytes == 0;
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| goes_on)
        .map(|row| Cursor::new(print, plan.position_of(row)).to_string());
    let items = rows.into_iter().map(|row| row.stored(&table.layout.columns)).collect();
    Ok(EntityPage { items, next })
}

/// How much more a page can take.
struct Room {
    rows: usize,
    bytes: usize,
}

/// Counts what a query would find, up to its limit and never further than 100,000. One statement.
pub async fn count(
    unit: &mut Unit,
    table: &EntityTable,
    store: &StoreId,
    lookup: &Lookup,
) -> Result<u64> {
    let plan = Plan::new(table, store, lookup)?;
    if lookup.cursor.is_some() {
        return Err(EntityError::invalid("cursor", FieldCode::Range, "makes no sense for a count"));
    }
    let (conditions, values) = numbered(plan.conditions());
    let limit = i64::from(lookup.limit.min(ENTITY_COUNT_MAX));
    let text = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM {} WHERE store_id = $1{conditions} LIMIT ${}) AS found",
        table.table,
        values.len() + 2
    );
    let text: Arc<str> = text.into();
    let found: i64 = on!(unit, conn => {
        let mut query = sqlx::query_scalar(sql(&text)).bind(store.as_str());
        for value in &values {
            query = bind_column!(query, value);
        }
        query.bind(limit).fetch_one(conn).await?
    });
    Ok(u64::try_from(found).unwrap_or_default())
}

impl<'a> Plan<'a> {
    fn new(table: &'a EntityTable, store: &'a StoreId, lookup: &'a Lookup) -> Result<Self> {
        let mut keys = index_keys(table, &lookup.index)?;
        let fields = keys.len();
        if lookup.index != "id" {
            keys.push(Key { column: "id".to_owned(), kind: FieldKind::Text, at: None });
        }
        let mut mistakes = Mistakes::new();
        if lookup.limit == 0 {
            mistakes.add("limit", FieldCode::Range, "must be at least 1");
        }
        if lookup.equal.len() > fields {
            mistakes.add("equal", FieldCode::TooLong, "has more values than the index has fields");
        }
        for (at, (value, key)) in lookup.equal.iter().zip(&keys).enumerate() {
            check_value(&format!("equal.{at}"), value, key.kind, &mut mistakes);
        }
        let ranged = keys[..fields].get(lookup.equal.len());
        for (path, bound) in [("lower", &lookup.lower), ("upper", &lookup.upper)] {
            match (bound, ranged) {
                (Some(bound), Some(key)) => {
                    check_value(path, bound.value(), key.kind, &mut mistakes);
                }
                (Some(_), None) => {
                    mistakes.add(path, FieldCode::Range, "has no field of the index left");
                }
                (None, _) => {}
            }
        }
        mistakes.finish(()).map_err(EntityError::Invalid)?;
        let ordered = keys.split_off(lookup.equal.len());
        Ok(Self { table, store, lookup, fixed: keys, ordered })
    }

    /// What all rows of the answer meet.
    fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<_> = self
            .fixed
            .iter()
            .zip(&self.lookup.equal)
            .map(|(key, value)| compare(key, "=", value.clone().into()))
            .collect();
        let bounds = [(&self.lookup.lower, ">", ">="), (&self.lookup.upper, "<", "<=")];
        for (bound, excluding, including) in bounds {
            let (Some(bound), Some(key)) = (bound, self.ordered.first()) else { continue };
            let operator = if matches!(bound, Bound::Including(_)) { including } else { excluding };
            conditions.push(compare(key, operator, bound.value().clone().into()));
        }
        conditions
    }

    /// The stretches of the index behind a row, the nearest first.
    fn segments(&self, position: &[Column]) -> Vec<Vec<Condition>> {
        let mut segments = Vec::new();
        for last in (0..self.ordered.len()).rev() {
            let equal = || {
                let pairs = self.ordered[..last].iter().zip(position);
                pairs.map(|(key, value)| match value.value() {
                    Some(_) => compare(key, "=", value.clone()),
                    None => is_missing(key, true),
                })
            };
            let (key, value) = (&self.ordered[last], &position[last]);
            let has_value = value.value().is_some();
            let mut beyond = Vec::new();
            match (self.lookup.descending, has_value) {
                (false, true) => beyond.push(compare(key, ">", value.clone())),
                (false, false) => beyond.push(is_missing(key, false)),
                (true, true) => {
                    beyond.push(compare(key, "<", value.clone()));
                    if key.at.is_some() {
                        beyond.push(is_missing(key, true));
                    }
                }
                // Nothing comes behind what has no value.
                (true, false) => {}
            }
            segments
                .extend(beyond.into_iter().map(|condition| equal().chain([condition]).collect()));
        }
        segments
    }

    async fn read(
        &self,
        unit: &mut Unit,
        segment: Vec<Condition>,
        rows: &mut Vec<RowParts>,
        room: &mut Room,
    ) -> Result<()> {
        let mut conditions = self.conditions();
        conditions.extend(segment);
        let (conditions, values) = numbered(conditions);
        let text = format!(
            "SELECT {} FROM {} WHERE store_id = $1{conditions} ORDER BY {} LIMIT ${}",
            self.table.texts.selected,
            self.table.table,
            self.order(),
            values.len() + 2
        );
        let text: Arc<str> = text.into();
        let kinds = &self.table.layout.columns;
        on!(unit, conn => {
            let mut query = sqlx::query(sql(&text)).bind(self.store.as_str());
            for value in &values {
                query = bind_column!(query, value);
            }
            let mut found = query.bind(i64::try_from(room.rows).unwrap_or(i64::MAX)).fetch(conn);
            while let Some(row) = found.try_next().await? {
                let row = RowParts::read(&row, kinds)?;
                room.rows -= 1;
                room.bytes = room.bytes.saturating_sub(row.size());
                rows.push(row);
                if room.bytes == 0 {
                    break;
                }
            }
        });
        Ok(())
    }

    fn order(&self) -> String {
        let direction = |key: &Key| match (self.lookup.descending, key.at.is_some()) {
            (false, true) => "ASC NULLS FIRST",
            (false, false) => "ASC",
            (true, true) => "DESC NULLS LAST",
            (true, false) => "DESC",
        };
        let keys: Vec<_> =
            self.ordered.iter().map(|key| format!("{} {}", key.column, direction(key))).collect();
        // All is fixed where an id is looked up; then one row is in any order.
        if keys.is_empty() { "id".to_owned() } else { keys.join(", ") }
    }

    /// Tells this query from all others.
    fn print(&self) -> QueryPrint {
        let Lookup { index, equal, lower, upper, descending, limit: _, cursor: _ } = self.lookup;
        QueryPrint::of([
            "entities".to_owned(),
            full_name(&self.table.plugin, &self.table.name),
            self.store.to_string(),
            index.clone(),
            format!("{equal:?}"),
            format!("{lower:?}"),
            format!("{upper:?}"),
            descending.to_string(),
            format!("{:?}", self.ordered.iter().map(|key| &key.column).collect::<Vec<_>>()),
        ])
    }

    /// Where a cursor points to, if it belongs to this query.
    fn position(&self, cursor: &str, print: &QueryPrint) -> Result<Vec<Column>> {
        let cursor = cursor.parse::<Cursor>();
        let values =
            cursor.as_ref().map_err(|error| *error).and_then(|cursor| cursor.position(print));
        let values = values
            .map_err(|error| EntityError::invalid("cursor", error.code(), error.to_string()))?;
        let columns = self.ordered.iter().zip(values).map(|(key, value)| match (key.kind, value) {
            (FieldKind::Text, CursorValue::Text(text)) if check_key(text).is_ok() => {
                Some(Column::Text(Some(text.clone())))
            }
            (FieldKind::Number, CursorValue::Number(number)) => Some(Column::Number(Some(*number))),
            (FieldKind::Flag, CursorValue::Flag(flag)) => Some(Column::Flag(Some(*flag))),
            (kind, CursorValue::Null) if key.at.is_some() => Some(Column::empty(kind)),
            _ => None,
        });
        let columns: Option<Vec<_>> = columns.collect();
        columns
            .filter(|columns| columns.len() == self.ordered.len() && columns.len() == values.len())
            .ok_or_else(|| {
                EntityError::invalid("cursor", FieldCode::Malformed, "is no cursor of this query")
            })
    }

    fn position_of(&self, row: &RowParts) -> Vec<CursorValue> {
        let value = |key: &Key| match key.at {
            Some(at) => {
                row.columns.get(at).and_then(Column::value).map_or(CursorValue::Null, cursor_value)
            }
            None if key.kind == FieldKind::Number => CursorValue::Number(row.created_at),
            None => CursorValue::Text(row.id.clone()),
        };
        self.ordered.iter().map(value).collect()
    }
}

impl RowParts {
    /// Roughly what it takes in an answer.
    fn size(&self) -> usize {
        let texts = self.columns.iter().map(|column| match column {
            Column::Text(Some(text)) => text.len(),
            _ => 8,
        });
        self.id.len() + self.rest.len() + texts.sum::<usize>()
    }
}

fn cursor_value(value: IndexValue) -> CursorValue {
    match value {
        IndexValue::Text(text) => CursorValue::Text(text),
        IndexValue::Number(number) => CursorValue::Number(number),
        IndexValue::Flag(flag) => CursorValue::Flag(flag),
    }
}

/// The columns of an index, without the id that follows.
fn index_keys(table: &EntityTable, index: &str) -> Result<Vec<Key>> {
    let built_in = |column: &str, kind| vec![Key { column: column.to_owned(), kind, at: None }];
    match index {
        "id" => return Ok(built_in("id", FieldKind::Text)),
        "created" => return Ok(built_in("created_at", FieldKind::Number)),
        _ => {}
    }
    let Some(declared) = table.entity.indexes.get(index) else {
        return Err(EntityError::invalid("index", FieldCode::Unknown, "is no index of the entity"));
    };
    let key = |field: &String| {
        let at = table.layout.columns.keys().position(|column| column == field)?;
        Some(Key {
            column: names::column(field),
            kind: *table.layout.columns.get(field)?,
            at: Some(at),
        })
    };
    // A field without a column: the table is older than the declaration.
    declared.fields.iter().map(key).collect::<Option<_>>().ok_or(EntityError::Moved)
}

fn check_value(path: &str, value: &IndexValue, kind: FieldKind, mistakes: &mut Mistakes) {
    match (value, kind) {
        (IndexValue::Number(_), FieldKind::Number) | (IndexValue::Flag(_), FieldKind::Flag) => {}
        (IndexValue::Text(text), FieldKind::Text) => {
            if let Err((code, message)) = check_key(text) {
                mistakes.add(path, code, message);
            }
        }
        _ => mistakes.add(path, FieldCode::Malformed, "is of another type than the field"),
    }
}

fn compare(key: &Key, operator: &str, value: Column) -> Condition {
    Condition { text: format!("{} {operator} ", key.column), value: Some(value) }
}

fn is_missing(key: &Key, missing: bool) -> Condition {
    let text = if missing { "IS NULL" } else { "IS NOT NULL" };
    Condition { text: format!("{} {text}", key.column), value: None }
}

/// Conditions as text, numbered from `$2`, and the values to bind.
fn numbered(conditions: Vec<Condition>) -> (String, Vec<Column>) {
    let mut text = String::new();
    let mut values = Vec::new();
    for condition in conditions {
        text.push_str(" AND ");
        text.push_str(&condition.text);
        if let Some(value) = condition.value {
            values.push(value);
            write!(text, "${}", values.len() + 1).expect("a string takes any text");
        }
    }
    (text, values)
}
