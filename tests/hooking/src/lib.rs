//! A plugin that takes part in everything: well, or as badly as a cart's wish, an event's payload or
//! a job's input tells it to.

mod bad;
mod events;
mod hooks;
mod jobs;

use std::collections::BTreeMap;

use galleria_sdk::Fault;
use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};

galleria_sdk::plugin! {
    routes { get "/notes" => notes }
    events { "order.placed" => events::told, "order.paid" => events::told }
    hooks {
        traits => hooks::traits,
        adjust => hooks::adjust,
        validate_cart => hooks::validate,
        before_place => hooks::before_place,
        login_gate => hooks::login,
        impersonation_gate => hooks::impersonate,
    }
    jobs { count => jobs::count_slices }
}

/// Something that is counted, under its id.
#[derive(Deserialize, Entity, Serialize)]
#[entity("note")]
struct Note {
    count: i64,
}

const NOTES: Table<Note> = Table::new();

/// Counts something; answers how often by now.
fn count(id: &str) -> Result<i64, Fault> {
    if NOTES.find(id)?.is_none() {
        NOTES.insert_as(id, &Note { count: 0 })?;
    }
    NOTES.increment(id, "count", 1, None)
}

/// What was counted, and how often.
fn notes(paging: Paging) -> Result<Json<Page<BTreeMap<String, i64>>>> {
    let page = Note::by_count().page(paging).fetch()?;
    Ok(Json(page.map(|note| [(note.id, note.value.count)].into())))
}
