//! Notes: what it keeps honestly.

use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) const NOTES: Table<Note> = Table::new();
/// Counts the pairs that were written.
const TALLY: &str = "tally";

#[derive(Deserialize, Entity, Serialize)]
#[entity("note")]
pub(crate) struct Note {
    pub(crate) name: String,
    pub(crate) count: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Box<RawValue>>,
}

/// How a note is shown.
#[derive(Serialize)]
pub(crate) struct NoteView {
    id: String,
    name: String,
    count: i64,
}

impl Note {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), count: 0, data: None }
    }
}

impl From<Stored<Note>> for NoteView {
    fn from(stored: Stored<Note>) -> Self {
        Self { id: stored.id, name: stored.value.name, count: stored.value.count }
    }
}

pub(crate) fn list(paging: Paging) -> Result<Json<Page<NoteView>>> {
    Ok(Json(Note::by_name().page(paging).fetch()?.map(NoteView::from)))
}

pub(crate) fn read(Path(name): Path<String>) -> Result<Json<NoteView>> {
    let found = Note::by_name().equal(name).first()?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("note"))?.into()))
}

/// Writes two notes and counts them on a third: all three, or none.
pub(crate) fn write_pair(Path(name): Path<String>) -> Result<Created<u64>> {
    let first = NOTES.insert(&Note::named(&format!("{name}.1")))?;
    if NOTES.find(TALLY)?.is_none() {
        NOTES.insert_as(TALLY, &Note::named(TALLY))?;
    }
    let tally = NOTES.increment(TALLY, "count", 1, None)?;
    NOTES.insert(&Note::named(&format!("{name}.2")))?;
    Ok(Created(format!("/notes/{}", first.id), tally.unsigned_abs()))
}
