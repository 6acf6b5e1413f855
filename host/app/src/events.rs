//! Events: what happened, on record in the unit that made it true, and told afterwards.
//!
//! [`append`] writes to the log. [`delivery`] lets plugins and webhooks follow it, each with a
//! cursor of its own; [`dead_letters`] keeps what they failed on; [`feed`] is for everybody else.

pub mod dead_letters;
pub mod delivery;

use std::time::Duration;

use galleria_domain::{Event, EventId, EventPosition, FieldCode, FieldError, NewEvent, Permission};
use galleria_storage::events as stored;
pub use galleria_storage::events::EventFilter;
use galleria_storage::events::EventOrigin;
pub use galleria_storage::events::parked::{ParkedEvent, ParkedFilter, ParkedState, Parking};

pub use self::delivery::{
    Batch, Outcome, Subscribe, advance, held_back, next_batch, next_retry, park, plugins_due,
    retried, settle, subscribe, unsubscribe,
};
use crate::error::{AppError, Result};
use crate::work::Work;

/// The most events on a page of the feed.
pub const PAGE_MAX: u32 = 500;
/// How long events are kept at least; longer, while somebody is not done with them.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

/// How many events are looked at for one page.
const SCAN_MAX: u32 = 10_000;
const PRUNED_AT_ONCE: u32 = 5_000;

/// Puts on record what happened, in the unit that makes it true: it is told if the unit commits,
/// and never happened otherwise. It asks for no permission: what was done was checked before.
pub async fn append(work: &mut Work, event: NewEvent<'_>) -> Result<()> {
    let payload = event.payload_text().map_err(|error| AppError::Internal(error.to_string()))?;
    let now = work.now();
    let (caller, unit) = work.caller_and_unit();
    let origin = EventOrigin {
        store: &caller.store,
        at: now,
        actor: &caller.principal.actor,
        on_behalf_of: caller.principal.on_behalf_of.as_ref(),
        request: &caller.request_id,
    };
    Ok(stored::insert(unit, &EventId::generate(), &event, &payload, &origin).await?)
}

/// A part of the feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Behind what the next part begins, whether this one has events or not.
    pub next: EventPosition,
    /// Whether the log goes on at this moment.
    pub more: bool,
}

/// What happened in the store of the call behind a position, or since the log begins; needs
/// [`Permission::EventsRead`].
///
/// [`AppError::Conflict`] `events-gone` if part of that is forgotten already: never a feed with a
/// hole.
pub async fn feed(
    work: &mut Work,
    filter: &EventFilter,
    after: Option<EventPosition>,
    limit: u32,
) -> Result<Feed> {
    work.caller().require(Permission::EventsRead)?;
    let filter = EventFilter { store: Some(work.caller().store.clone()), ..filter.clone() };
    let pruned = stored::pruned(work.unit()).await?;
    let end = stored::end(work.unit()).await?;
    let after = after.unwrap_or(pruned);
    if after < pruned {
        return Err(AppError::conflict(
            "events-gone",
            "events behind this position are forgotten; read the state anew and begin at the end",
        ));
    }
    if after > end {
        let message = "lies behind the end of the feed";
        return Err(vec![FieldError::new("after", FieldCode::Range, message)].into());
    }
    let limit = limit.clamp(1, PAGE_MAX);
    let stretch = stored::read(work.unit(), after, &filter, SCAN_MAX, limit).await?;
    let more = match stored::read(work.unit(), stretch.to, &EventFilter::default(), 1, 1).await {
        Ok(rest) => !rest.events.is_empty(),
        Err(error) => return Err(error.into()),
    };
    Ok(Feed { events: stretch.events, next: stretch.to, more })
}

/// The end of the feed: what happens from now on comes behind it. Needs
/// [`Permission::EventsRead`].
pub async fn end(work: &mut Work) -> Result<EventPosition> {
    work.caller().require(Permission::EventsRead)?;
    Ok(stored::end(work.unit()).await?)
}

/// Forgets events that are old enough and that everybody is done with, a bounded number; says how
/// many.
pub async fn prune(work: &mut Work) -> Result<u64> {
    let before = work.now().minus(KEPT);
    Ok(stored::prune(work.unit(), before, PRUNED_AT_ONCE).await?)
}
