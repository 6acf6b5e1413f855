//! What a plugin's table looks like, and how it grows with the declaration.

use std::collections::{BTreeMap, BTreeSet};

use galleria_manifest::{Entity, FieldKind};
use serde::{Deserialize, Serialize};

use super::{EntityError, Result, names};

/// What a plugin's table looks like. Kept as JSON beside its name, so that it can be read, and a
/// person's rows be found in it, without the plugin.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    /// Grows with each change.
    pub(super) number: u32,
    /// The field that names the person whom a row is about.
    pub(super) subject: Option<String>,
    /// Every field that any version of the plugin declared.
    pub(super) fields: BTreeMap<String, FieldKind>,
    /// The fields that have columns; all others are in the body.
    pub(super) columns: BTreeMap<String, FieldKind>,
    /// The fields whose values no two rows share, by the name of the index.
    pub(super) unique: BTreeMap<String, Vec<String>>,
    /// The indexes that there are.
    pub(super) indexes: BTreeSet<IndexShape>,
}

/// What an index is made of; its name follows from that.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexShape {
    /// Whether no two rows of a store may have the same values.
    pub(super) unique: bool,
    /// The fields, in their order.
    pub(super) fields: Vec<String>,
}

impl Layout {
    /// The layout that a declaration asks for, on top of what is there already.
    pub(super) fn extended(&self, name: &str, entity: &Entity) -> Result<Self> {
        let mut next = self.clone();
        for (field, declared) in &entity.fields {
            names::checked(field)?;
            let before = next.fields.insert(field.clone(), declared.kind);
            if before.is_some_and(|before| before != declared.kind) {
                return Err(EntityError::Refused(format!(
                    "the field `{field}` of the entity `{name}` has another type than the rows that are stored"
                )));
            }
        }
        next.subject.clone_from(&entity.subject);
        next.unique = unique(entity);
        next.indexes = indexes(entity);
        for field in next.indexes.iter().flat_map(|index| &index.fields) {
            let kind = entity.fields.get(field).map(|field| field.kind);
            let Some(kind) = kind.filter(|kind| *kind != FieldKind::Json) else {
                return Err(EntityError::Refused(format!(
                    "the entity `{name}` has no field `{field}` that could be indexed"
                )));
            };
            next.columns.insert(field.clone(), kind);
        }
        if next != *self {
            next.number += 1;
        }
        Ok(next)
    }

    /// The fields that have columns, in the order of the columns.
    pub(super) fn column_names(&self) -> impl Iterator<Item = String> + '_ {
        self.columns.keys().map(|field| names::column(field))
    }
}

fn unique(entity: &Entity) -> BTreeMap<String, Vec<String>> {
    let unique = entity.indexes.iter().filter(|(_, index)| index.unique);
    unique.map(|(name, index)| (name.clone(), index.fields.clone())).collect()
}

fn indexes(entity: &Entity) -> BTreeSet<IndexShape> {
    let mut shapes = BTreeSet::new();
    for index in entity.indexes.values() {
        if index.unique {
            shapes.insert(IndexShape { unique: true, fields: index.fields.clone() });
        }
        // Rows without a value are many in a unique index, and need an order of their own.
        let optional = |name: &String| entity.fields.get(name).is_none_or(|field| field.optional);
        if !index.unique || index.fields.iter().any(optional) {
            shapes.insert(IndexShape { unique: false, fields: index.fields.clone() });
        }
    }
    if let Some(subject) = &entity.subject
        && !shapes.iter().any(|shape| shape.fields.first() == Some(subject))
    {
        shapes.insert(IndexShape { unique: false, fields: vec![subject.clone()] });
    }
    shapes
}
