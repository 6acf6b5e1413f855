//! Takes events.

use galleria_sdk::events::{Event, Unhandled};
use serde::Deserialize;

use crate::{NOTES, Note, bad, count};

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "do", default)]
    what: String,
}

/// Counts the event under its own id, and sees to it that those of one thing come in their order.
#[expect(clippy::needless_pass_by_value, reason = "handlers are handed what they take")]
pub(crate) fn told(event: Event) -> Result<(), Unhandled> {
    let Payload { what } = event.payload()?;
    count(&event.id)?;
    let last = NOTES.find(&event.aggregate)?.map_or(0, |note| note.value.count);
    let version = i64::try_from(event.aggregate_version).unwrap_or(i64::MAX);
    if version <= last {
        count("disorder")?;
    }
    NOTES.put(&event.aggregate, &Note { count: version })?;
    if what == "drop" {
        return Err(Unhandled::drop("as I was told"));
    }
    Ok(bad::end(&what)?)
}
