//! The SQL of one table, put together once.

use std::collections::BTreeMap;
use std::sync::Arc;

use galleria_domain::PluginId;
use galleria_manifest::{Entity, FieldKind};

use super::layout::Layout;
use super::{Result, names};

/// One entity of a plugin: its declaration, what its table looks like, and the SQL to work with it.
///
/// Good as long as the table keeps its layout; then queries answer
/// [`EntityError::Moved`](super::EntityError::Moved).
#[derive(Debug)]
pub struct EntityTable {
    pub(super) plugin: PluginId,
    pub(super) name: String,
    pub(super) entity: Entity,
    pub(super) layout: Layout,
    /// The table's name.
    pub(super) table: String,
    pub(super) texts: Texts,
}

/// Statements; what their numbers mean is said where they are bound.
#[derive(Debug)]
pub(super) struct Texts {
    /// What a row is read by.
    pub(super) selected: String,
    pub(super) get: Arc<str>,
    pub(super) get_many_sqlite: Arc<str>,
    pub(super) get_many_postgres: Arc<str>,
    pub(super) version: Arc<str>,
    pub(super) size: Arc<str>,
    pub(super) insert: Arc<str>,
    pub(super) upsert: Arc<str>,
    pub(super) update: Arc<str>,
    pub(super) update_version: Arc<str>,
    pub(super) delete: Arc<str>,
    pub(super) delete_version: Arc<str>,
    /// By the number's field.
    pub(super) increment: BTreeMap<String, Arc<str>>,
    /// Finds a row that has the values of a unique index; by the index's name.
    pub(super) clash: BTreeMap<String, Arc<str>>,
}

/// The first number of the columns' values in a statement that writes a row.
const FIRST_COLUMN: usize = 6;

impl EntityTable {
    pub(super) fn new(
        plugin: &PluginId,
        name: &str,
        entity: &Entity,
        table: String,
        layout: Layout,
    ) -> Result<Self> {
        for field in layout.fields.keys().chain(entity.fields.keys()) {
            names::checked(field)?;
        }
        let texts = Texts::new(&table, &layout);
        Ok(Self {
            plugin: plugin.clone(),
            name: name.to_owned(),
            entity: entity.clone(),
            layout,
            table,
            texts,
        })
    }

    /// Its name in the manifest.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has a unique index.
    pub(super) fn has_unique(&self) -> bool {
        !self.layout.unique.is_empty()
    }
}

impl Texts {
    fn new(table: &str, layout: &Layout) -> Self {
        let columns: Vec<_> = layout.column_names().collect();
        let mut selected = String::from("id, version, created_at, updated_at, body");
        for column in &columns {
            selected.push_str(", ");
            selected.push_str(column);
        }
        let select = format!("SELECT {selected} FROM {table} WHERE store_id = $1");
        let this = "WHERE store_id = $1 AND id = $2";
        let insert = insert(table, &columns);
        let assigned = assigned(&columns, |at| format!("${}", FIRST_COLUMN + at));
        let update = format!(
            "UPDATE {table} SET version = version + 1, updated_at = $3, body = $4, size = $5{assigned} \
             {this}{}",
            no_clash(table, layout)
        );
        let excluded = self::assigned(&columns, |at| format!("excluded.{}", columns[at]));
        let returning = "RETURNING version, created_at";
        let expected = FIRST_COLUMN + columns.len();
        Self {
            get: format!("{select} AND id = $2").into(),
            get_many_sqlite: format!("{select} AND id IN (SELECT value FROM json_each($2))").into(),
            get_many_postgres: format!(
                "{select} AND id IN (SELECT json_array_elements_text(CAST($2 AS json)))"
            )
            .into(),
            version: format!("SELECT version FROM {table} {this}").into(),
            size: format!("SELECT size FROM {table} {this}").into(),
            upsert: format!(
                "{insert} ON CONFLICT (store_id, id) DO UPDATE SET version = {table}.version + 1, \
                 updated_at = excluded.updated_at, body = excluded.body, size = excluded.size{excluded} \
                 {returning}"
            )
            .into(),
            insert: format!("{insert} ON CONFLICT DO NOTHING {returning}").into(),
            update_version: format!("{update} AND version = ${expected} {returning}").into(),
            update: format!("{update} {returning}").into(),
            delete: format!("DELETE FROM {table} {this}").into(),
            delete_version: format!("DELETE FROM {table} {this} AND version = $3").into(),
            increment: increments(table, layout),
            clash: clashes(table, layout),
            selected,
        }
    }
}

fn insert(table: &str, columns: &[String]) -> String {
    let names = names::concat(columns.iter().map(|column| format!(", {column}")));
    let values = names::concat((0..columns.len()).map(|at| format!(", ${}", FIRST_COLUMN + at)));
    format!(
        "INSERT INTO {table} (store_id, id, version, created_at, updated_at, body, size{names}) \
         VALUES ($1, $2, 1, $3, $3, $4, $5{values})"
    )
}

fn assigned(columns: &[String], value: impl Fn(usize) -> String) -> String {
    let columns = columns.iter().enumerate();
    names::concat(columns.map(|(at, column)| format!(", {column} = {}", value(at))))
}

/// The number of a field's value in a statement that writes a row, and its column.
fn numbered(layout: &Layout, field: &str) -> (usize, String) {
    let at = layout.columns.keys().position(|column| column == field);
    (FIRST_COLUMN + at.unwrap_or_default(), names::column(field))
}

/// That no other row has the values of a unique index. A row that keeps its values is not looked
/// for, so that it meets no rivals on the index.
fn no_clash(table: &str, layout: &Layout) -> String {
    let condition = |fields: &Vec<String>| {
        let numbered: Vec<_> = fields.iter().map(|field| numbered(layout, field)).collect();
        let same = |(number, column): &(usize, String)| {
            format!("{table}.{column} IS NOT DISTINCT FROM ${number}")
        };
        let taken = |(number, column): &(usize, String)| format!(" AND other.{column} = ${number}");
        let same: Vec<_> = numbered.iter().map(same).collect();
        let taken = names::concat(numbered.iter().map(taken));
        format!(
            " AND (({}) OR NOT EXISTS (SELECT 1 FROM {table} AS other \
             WHERE other.store_id = $1{taken} AND other.id <> $2))",
            same.join(" AND ")
        )
    };
    names::concat(layout.unique.values().map(condition))
}

/// `$1` store, `$2` id, `$3` how much, `$4` and `$5` bounds of the value before, `$6` now.
fn increments(table: &str, layout: &Layout) -> BTreeMap<String, Arc<str>> {
    let numbers = layout.columns.iter().filter(|(_, kind)| **kind == FieldKind::Number);
    numbers
        .map(|(field, _)| {
            let column = names::column(field);
            let text = format!(
                "UPDATE {table} SET {column} = COALESCE({column}, 0) + $3, version = version + 1, \
                 updated_at = $6 WHERE store_id = $1 AND id = $2 \
                 AND COALESCE({column}, 0) BETWEEN $4 AND $5 RETURNING {column}"
            );
            (field.clone(), text.into())
        })
        .collect()
}

/// `$1` store, `$2` id, then the values of the index.
fn clashes(table: &str, layout: &Layout) -> BTreeMap<String, Arc<str>> {
    let text = |(name, fields): (&String, &Vec<String>)| {
        let fields = fields.iter().enumerate();
        let values = names::concat(
            fields.map(|(at, field)| format!(" AND {} = ${}", names::column(field), at + 3)),
        );
        let text =
            format!("SELECT id FROM {table} WHERE store_id = $1{values} AND id <> $2 LIMIT 1");
        (name.clone(), text.into())
    };
    layout.unique.iter().map(text).collect()
}
