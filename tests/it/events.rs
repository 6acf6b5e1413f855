//! Events: on record in the unit that made them true, and told to all who follow.

mod delivery;
mod feed;
mod log;
mod parking;
mod webhooks;

use std::collections::BTreeSet;
use std::time::Duration;

use galleria_app::events::{self, Batch, EventFilter, Subscribe};
use galleria_app::{App, AppError, Caller, unit};
use galleria_domain::{Event, EventKind, EventPosition, NewEvent, PluginId};
use galleria_tests::shop::TestShop;
use serde_json::json;

fn plugin() -> PluginId {
    "listener".parse().unwrap()
}

fn kinds() -> BTreeSet<EventKind> {
    BTreeSet::from([EventKind::OrderPlaced, EventKind::OrderPaid])
}

/// An event whose payload is a number.
fn event(kind: EventKind, aggregate: &str, number: u64) -> NewEvent<'_> {
    NewEvent { kind, aggregate, aggregate_version: number, payload: json!(number) }
}

/// Waits until all that is committed can be read: on PostgreSQL, units of other tests on the same
/// server hold it back as well.
async fn ripe(app: &App, caller: &Caller) {
    let held_back =
        || async { unit!(app.read(caller), work => events::held_back(work).await).unwrap() };
    while held_back().await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Lets something happen, in a unit of its own.
async fn happens(shop: &TestShop, aggregate: &str, number: u64) {
    let owner = shop.owner();
    unit!(shop.app.write(&owner), work => {
        events::append(work, event(EventKind::OrderPlaced, aggregate, number)).await
    })
    .unwrap();
}

async fn follow(shop: &TestShop, from: Subscribe) {
    unit!(shop.app.write(&shop.owner()), work => events::subscribe(work, &plugin(), from).await)
        .unwrap();
}

async fn next_batch(shop: &TestShop, max: u32) -> Option<Batch> {
    ripe(&shop.app, &shop.owner()).await;
    let (plugin, kinds) = (plugin(), kinds());
    unit!(shop.app.read(&shop.owner()), work => {
        events::next_batch(work, &plugin, &kinds, max).await
    })
    .unwrap()
}

async fn advance(shop: &TestShop, batch: &Batch) -> bool {
    unit!(shop.app.write(&shop.owner()), work => events::advance(work, batch).await).unwrap()
}

/// What the payloads say.
fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.payload.as_u64().unwrap()).collect()
}

/// Everything that the listener is still to be told, in order, whether events or gaps.
async fn rest(shop: &TestShop) -> Vec<u64> {
    let mut all = Vec::new();
    while let Some(batch) = next_batch(shop, 64).await {
        assert!(advance(shop, &batch).await);
        all.extend(numbers(&batch.events));
    }
    all
}

/// The whole log of the store.
async fn whole_log(shop: &TestShop) -> Vec<Event> {
    read(shop, None).await.unwrap().0
}

/// The log behind a position, and where it ends, once all that is committed can be read.
async fn read(
    shop: &TestShop,
    after: Option<EventPosition>,
) -> Result<(Vec<Event>, EventPosition), AppError> {
    ripe(&shop.app, &shop.owner()).await;
    read_now(shop, after).await
}

/// The log behind a position, as far as it can be read now.
async fn read_now(
    shop: &TestShop,
    after: Option<EventPosition>,
) -> Result<(Vec<Event>, EventPosition), AppError> {
    let (mut all, mut after) = (Vec::new(), after);
    let filter = EventFilter::default();
    loop {
        let part = unit!(shop.app.read(&shop.owner()), work => {
            events::feed(work, &filter, after, events::PAGE_MAX).await
        })?;
        all.extend(part.events);
        after = Some(part.next);
        if !part.more {
            return Ok((all, part.next));
        }
    }
}
