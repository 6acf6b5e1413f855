use super::{Mistakes, is_name, name_rule};
use crate::{Entity, FieldKind, Index, Manifest};

/// How many entities a plugin may have.
const MAX_ENTITIES: usize = 50;
/// How many fields an entity may have.
const MAX_FIELDS: usize = 64;
/// How many indexes an entity may have.
const MAX_INDEXES: usize = 8;
/// How many fields an index may have.
const MAX_INDEX_FIELDS: usize = 4;
/// How many rows an entity may have in a store.
const MAX_ROWS: u64 = 1_000_000;
/// What the host keeps of every row, and looks up by; fields and indexes can't be called so.
const TAKEN: &[&str] = &["id", "version", "created", "created_at", "updated_at", "store"];

pub(super) fn check(manifest: &Manifest, found: &mut Mistakes) {
    found.at_most("entities", manifest.entities.len(), MAX_ENTITIES);
    let allowed = manifest.entities.is_empty() || manifest.asks_for("storage:use");
    found.require(allowed, "entities", || "need the permission storage:use".to_owned());
    for (name, entity) in &manifest.entities {
        check_entity(&format!("entities.{name}"), name, entity, found);
    }
}

fn check_entity(path: &str, name: &str, entity: &Entity, found: &mut Mistakes) {
    found.require(is_name(name), path, name_rule);
    found.require(!entity.fields.is_empty(), path, || "has no fields".to_owned());
    found.at_most(&format!("{path}.fields"), entity.fields.len(), MAX_FIELDS);
    for field in entity.fields.keys() {
        check_name(&format!("{path}.fields.{field}"), field, found);
    }
    if let Some(rows) = entity.max_rows {
        found.require((1..=MAX_ROWS).contains(&rows), &format!("{path}.max-rows"), || {
            format!("is not between 1 and {MAX_ROWS}")
        });
    }
    if let Some(subject) = &entity.subject {
        let text = entity.fields.get(subject).is_some_and(|field| field.kind == FieldKind::Text);
        found.require(text, &format!("{path}.subject"), || {
            format!("`{subject}` is not a text field of the entity")
        });
    }
    found.at_most(&format!("{path}.indexes"), entity.indexes.len(), MAX_INDEXES);
    for (name, index) in &entity.indexes {
        let path = format!("{path}.indexes.{name}");
        check_name(&path, name, found);
        check_index(&format!("{path}.fields"), entity, index, found);
    }
}

fn check_name(path: &str, name: &str, found: &mut Mistakes) {
    found.require(is_name(name), path, name_rule);
    found.require(!TAKEN.contains(&name), path, || format!("`{name}` is kept by the host itself"));
}

fn check_index(path: &str, entity: &Entity, index: &Index, found: &mut Mistakes) {
    found.require((1..=MAX_INDEX_FIELDS).contains(&index.fields.len()), path, || {
        format!("an index has 1 to {MAX_INDEX_FIELDS} fields")
    });
    for (at, name) in index.fields.iter().enumerate() {
        match entity.fields.get(name) {
            None => found.add(path, format!("`{name}` is not a field of the entity")),
            Some(field) if field.kind == FieldKind::Json => {
                found.add(path, format!("`{name}` is JSON, which can't be indexed"));
            }
            Some(_) => {}
        }
        found.require(!index.fields[..at].contains(name), path, || {
            format!("`{name}` is there twice")
        });
    }
}
