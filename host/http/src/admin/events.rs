//! What happened: the feed of events, and those that somebody failed on.

use std::collections::BTreeSet;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::extract::State;
use galleria_app::events::{
    self, EventFilter, Feed, ParkedEvent, ParkedFilter, ParkedState, Parking, dead_letters,
};
use galleria_app::{Wake, unit};
use galleria_domain::{
    Actor, CustomerId, Event, EventId, EventKind, EventPosition, FieldCode, Instant, Mistake as _,
    RequestId, StoreId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant as Tick;

use crate::answer::{Done, Found, PageView, Result};
use crate::extract::{At, Listing, NoFilter, Params, StaffCaller};
use crate::problem::Problem;
use crate::state::HttpState;

/// How long a request for more events may wait, in seconds.
const WAIT_MAX_S: u32 = 30;
/// How often who waits looks without having been woken: another host may have told in vain.
const LOOK: Duration = Duration::from_secs(1);
const LIMIT_DEFAULT: u32 = 100;
/// What `after` is for those who want nothing of the past.
const END: &str = "end";

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/events", get(feed))
        .api_route("/events/parked", get(parked))
        .api_route("/events/parked/{consumer}", get(parked_of).delete(discard_all))
        .api_route("/events/parked/{consumer}/replay", post(replay_all))
        .api_route("/events/parked/{consumer}/{event}", get(read).delete(discard))
        .api_route("/events/parked/{consumer}/{event}/replay", post(replay))
}

/// Which events are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FeedQuery {
    /// Behind which position: `next` of the answer before, or `end` for nothing of the past; from
    /// the oldest on, if it isn't given.
    after: Option<String>,
    /// Of these kinds, parted by commas: `order.placed,order.paid`.
    kind: Option<String>,
    /// Of this thing, by its id.
    aggregate: Option<String>,
    /// How many: 1 to 500.
    #[serde(default = "limit_default")]
    #[schemars(range(min = 1, max = 500))]
    limit: u32,
    /// For how many seconds to wait if there are none: 0 to 30.
    #[serde(default)]
    #[schemars(range(min = 0, max = 30))]
    wait: u32,
}

fn limit_default() -> u32 {
    LIMIT_DEFAULT
}

/// A part of the feed.
#[derive(JsonSchema, Serialize)]
struct FeedView {
    /// What happened, in order.
    items: Vec<EventView>,
    /// What to pass as `after` next time, whether there were events or not.
    next: String,
    /// Whether there is more to look at right now.
    more: bool,
}

/// Something that happened.
#[derive(JsonSchema, Serialize)]
struct EventView {
    /// Names it for ever; whoever gets it twice knows it by this.
    #[schemars(with = "String")]
    id: EventId,
    /// Where it stands in the feed.
    position: String,
    /// What happened: `order.placed`.
    #[schemars(with = "String")]
    kind: EventKind,
    /// The shape of the payload.
    schema_version: u32,
    /// In which store.
    #[schemars(with = "String")]
    store: StoreId,
    /// To what, by its id.
    aggregate: String,
    /// The version of that from then on.
    aggregate_version: u64,
    /// When.
    #[schemars(with = "String")]
    at: Instant,
    /// By whom.
    #[schemars(with = "String")]
    actor: Actor,
    /// The customer for whom they acted.
    #[schemars(with = "Option<String>")]
    on_behalf_of: Option<CustomerId>,
    /// In which request.
    #[schemars(with = "String")]
    correlation_id: RequestId,
    /// Ids and figures.
    payload: Value,
}

/// Which parked events to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ParkedQuery {
    /// `dead`, `retrying` or `waiting`; all, if it isn't given.
    state: Option<String>,
}

/// Which dead letters are meant.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SinceQuery {
    /// Those that died under this version of the plugin or webhook, or a later one; all, if it
    /// isn't given.
    since: Option<String>,
}

/// An event that a plugin or a webhook failed on.
#[derive(JsonSchema, Serialize)]
struct ParkedView {
    /// Who: a plugin's id or a webhook's.
    consumer: String,
    /// `retrying`, `waiting` for an earlier one of the same thing, or `dead`: tried no more.
    state: &'static str,
    /// How often it failed.
    attempts: u32,
    /// When it is tried again.
    #[schemars(with = "String")]
    next_at: Instant,
    /// Why it last failed.
    last_error: String,
    /// The version of the plugin or webhook when it last failed.
    consumer_version: String,
    /// Since when it is here.
    #[schemars(with = "String")]
    parked_at: Instant,
    /// The event.
    event: EventView,
}

/// To how many it was done.
#[derive(JsonSchema, Serialize)]
struct DoneToView {
    /// How many; 1,000 at most: then there may be more.
    count: u32,
}

async fn feed(
    State(state): State<HttpState>,
    caller: StaffCaller,
    Params(query): Params<FeedQuery>,
) -> Result<Found<FeedView>> {
    check(&query)?;
    let filter = EventFilter {
        store: None,
        kinds: kinds(query.kind.as_deref())?,
        aggregate: query.aggregate,
    };
    let after = match query.after.as_deref() {
        None => None,
        Some(END) => Some(unit!(caller.read(), work => events::end(work).await)?),
        Some(text) => Some(position(text)?),
    };
    let deadline = Tick::now() + Duration::from_secs(query.wait.into());
    // From before the first look on: what comes between looking and sleeping ends the sleep.
    let mut watch = state.app.database().wakes().watch(Wake::Events);
    let mut after = after;
    loop {
        let found =
            unit!(caller.read(), work => events::feed(work, &filter, after, query.limit).await)?;
        let left = deadline.saturating_duration_since(Tick::now());
        if !found.events.is_empty() || left.is_zero() {
            return Ok(Found::of(&found.into())?);
        }
        after = Some(found.next);
        if !found.more {
            watch.sleep(left.min(LOOK)).await;
        }
    }
}

fn check(query: &FeedQuery) -> Result<()> {
    for (path, value, range) in
        [("limit", query.limit, 1..=events::PAGE_MAX), ("wait", query.wait, 0..=WAIT_MAX_S)]
    {
        if !range.contains(&value) {
            let message = format!("has to be {} to {}", range.start(), range.end());
            return Err(Problem::invalid_at(path, FieldCode::Range, message));
        }
    }
    Ok(())
}

fn kinds(text: Option<&str>) -> Result<Option<BTreeSet<EventKind>>> {
    let kinds = text.map(|text| text.split(',').map(str::parse).collect());
    kinds.transpose().map_err(|error: galleria_domain::UnknownName| {
        Problem::invalid_at("kind", error.code(), error.to_string())
    })
}

fn position(text: &str) -> Result<EventPosition> {
    text.parse().map_err(|error: galleria_domain::InvalidEventPosition| {
        Problem::invalid_at("after", error.code(), error.to_string())
    })
}

async fn parked(
    caller: StaffCaller,
    query: Listing<ParkedQuery>,
) -> Result<Found<PageView<ParkedView>>> {
    list(caller, None, query).await
}

async fn parked_of(
    caller: StaffCaller,
    At(consumer): At<String>,
    query: Listing<ParkedQuery>,
) -> Result<Found<PageView<ParkedView>>> {
    list(caller, Some(consumer), query).await
}

async fn list(
    caller: StaffCaller,
    consumer: Option<String>,
    query: Listing<ParkedQuery>,
) -> Result<Found<PageView<ParkedView>>> {
    let state = query.filter.state.as_deref().map(str::parse::<ParkedState>).transpose();
    let state =
        state.map_err(|message| Problem::invalid_at("state", FieldCode::Unknown, message))?;
    let filter = ParkedFilter { consumer, state, versions: None };
    let page = query.page.request()?;
    let page = unit!(caller.read(), work => dead_letters::list(work, &filter, &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn read(
    caller: StaffCaller,
    At((consumer, event)): At<(String, EventId)>,
    _: Params<NoFilter>,
) -> Result<Found<ParkedView>> {
    let found = unit!(caller.read(), work => dead_letters::get(work, &consumer, &event).await)?;
    Ok(Found::of(&found.into())?)
}

async fn replay(caller: StaffCaller, At((consumer, event)): At<(String, EventId)>) -> Result<Done> {
    unit!(caller.write(), work => dead_letters::replay(work, &consumer, &event).await)?;
    Ok(Done::done())
}

async fn replay_all(
    caller: StaffCaller,
    At(consumer): At<String>,
    Params(query): Params<SinceQuery>,
) -> Result<Found<DoneToView>> {
    let since = query.since.as_deref();
    let count =
        unit!(caller.write(), work => dead_letters::replay_all(work, &consumer, since).await)?;
    Ok(Found::of(&DoneToView { count })?)
}

async fn discard(
    caller: StaffCaller,
    At((consumer, event)): At<(String, EventId)>,
) -> Result<Done> {
    unit!(caller.write(), work => dead_letters::discard(work, &consumer, &event).await)?;
    Ok(Done::done())
}

async fn discard_all(
    caller: StaffCaller,
    At(consumer): At<String>,
    Params(query): Params<SinceQuery>,
) -> Result<Found<DoneToView>> {
    let since = query.since.as_deref();
    let count =
        unit!(caller.write(), work => dead_letters::discard_all(work, &consumer, since).await)?;
    Ok(Found::of(&DoneToView { count })?)
}

impl From<Feed> for FeedView {
    fn from(feed: Feed) -> Self {
        let Feed { events, next, more } = feed;
        Self { items: events.into_iter().map(Into::into).collect(), next: next.to_string(), more }
    }
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let Event {
            id,
            position,
            store,
            kind,
            schema_version,
            aggregate,
            aggregate_version,
            at,
            actor,
            on_behalf_of,
            correlation_id,
            payload,
        } = event;
        Self {
            id,
            position: position.to_string(),
            kind,
            schema_version,
            store,
            aggregate,
            aggregate_version,
            at,
            actor,
            on_behalf_of,
            correlation_id,
            payload,
        }
    }
}

impl From<ParkedEvent> for ParkedView {
    fn from(parked: ParkedEvent) -> Self {
        let ParkedEvent { consumer, event, parking, parked_at } = parked;
        let Parking { state, attempts, next_at, last_error, consumer_version } = parking;
        Self {
            consumer,
            state: state.as_str(),
            attempts,
            next_at,
            last_error,
            consumer_version,
            parked_at,
            event: event.into(),
        }
    }
}
