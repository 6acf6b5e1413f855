//! Takes over who had which role elsewhere, by the roles' system names.

use std::collections::BTreeMap;

use galleria_sdk::audit;
use galleria_sdk::clock::Timestamp;
use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ledger::{Grant, Ledger, Source, Tally, Wish};
use crate::members::limit;
use crate::role::Role;

/// Rows to take over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Import {
    rows: Vec<Row>,
    /// Whether the rows that are right are taken over although others are wrong.
    #[serde(default)]
    skip_wrong: bool,
}

/// A customer has a role, until an instant or for ever.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    customer: String,
    /// The role's system name.
    role: String,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// What an import did.
#[derive(Serialize)]
pub(crate) struct Imported {
    #[serde(flatten)]
    tally: Tally,
    /// What was wrong with the rows that were skipped.
    skipped: Vec<Skipped>,
}

/// A mistake in a row.
#[derive(Serialize)]
struct Skipped {
    path: String,
    code: String,
    message: String,
}

pub(crate) fn import(
    Json(Import { rows, skip_wrong }): Json<Import>,
    ActorName(by): ActorName,
) -> Result<Json<Imported>> {
    limit("rows", rows.len())?;
    let wishes = wishes(rows)?;
    let mut ledger = Ledger::load(&wishes)?;
    let mut wrong = Vec::new();
    for wish in &wishes {
        let faults = ledger.faults(wish);
        if faults.is_empty() {
            ledger.grant(wish, Source::Import, &by);
        }
        wrong.extend(faults);
    }
    if !(wrong.is_empty() || skip_wrong) {
        return Err(Problem::invalid(wrong));
    }
    let tally = ledger.finish()?;
    audit::append("members.imported", &format!("+{}", tally.given))?;
    let skipped = wrong.into_iter().map(Skipped::from).collect();
    Ok(Json(Imported { tally, skipped }))
}

fn wishes(rows: Vec<Row>) -> Result<Vec<Wish>> {
    // Many rows, few roles: each name is looked up once.
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut wishes = Vec::with_capacity(rows.len());
    for (at, Row { customer, role, expires_at }) in rows.into_iter().enumerate() {
        let id = if let Some(id) = ids.get(&role) {
            id.clone()
        } else {
            let found = Role::by_system_name().equal(role.as_str()).first()?;
            // Without such a role the ledger finds none under the empty id, and says so.
            let id = found.map_or_else(String::new, |found| found.id);
            ids.insert(role, id.clone());
            id
        };
        let grant =
            Grant { field: "role".into(), role: id, expires_at: expires_at.map(|end| end.0) };
        let (give, take) = (vec![grant], Vec::new());
        let path = format!("rows.{at}");
        wishes.push(Wish { path, customer_field: "customer", customer, give, take });
    }
    Ok(wishes)
}

impl From<FieldFault> for Skipped {
    fn from(FieldFault { path, code, message }: FieldFault) -> Self {
        Self { path, code, message }
    }
}
