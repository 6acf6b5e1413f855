//! How events come to those who follow the log: plugins and webhooks.
//!
//! None of this asks for a permission: only the host delivers. Whoever delivers to plugins does so
//! in a loop:
//!
//! 1. In a unit that reads: [`plugins_due`], and for each of them [`next_batch`]. Events never
//!    change, so that reading them beside the units that write is right, and keeps the delivery
//!    out of their conflicts.
//! 2. In a unit that writes: [`advance`], then the plugin. If `advance` says `false`, another host
//!    was faster: undo. What the plugin writes and where it stands become true together, so that
//!    each event takes effect once (I13).
//! 3. If the plugin fails, undo; take the batch apart with a `max` of 1, and [`park`] the event
//!    that fails alone, in a unit of its own.
//! 4. [`next_retry`] in a unit that reads; in one that writes, [`retried`] with `Ok(())` and then
//!    the plugin, and if that fails, undo and [`retried`] with the reason in another unit.
//! 5. Sleep on a [`Watch`](galleria_storage::Watch) for
//!    [`Wake::Events`](galleria_storage::Wake::Events): [`POLL`] at most, and [`POLL_HELD_BACK`]
//!    while [`held_back`].

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use galleria_domain::{Event, EventKind, EventPosition, Instant, PluginId, WebhookId};
use galleria_storage::events::parked::{self, ParkedEvent, ParkedState, Parking};
use galleria_storage::events::{self as stored, EventFilter, cursors};
use galleria_storage::{installations, webhooks};

use crate::error::Result;
use crate::work::Work;

/// The most events in a batch.
pub const BATCH_MAX: u32 = 64;
/// How often an event is tried before it is given up.
pub const ATTEMPTS_MAX: u32 = 10;
/// How long whoever delivers sleeps at most.
pub const POLL: Duration = Duration::from_millis(250);
/// How long they sleep while events are there that can't be read yet.
pub const POLL_HELD_BACK: Duration = Duration::from_millis(5);

/// How many events are passed over at once that nobody subscribed to.
const SCAN_MAX: u32 = 1_024;
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_hours(1);
/// How long the reason of a failure may be, in bytes.
const REASON_MAX_BYTES: usize = 1_000;

/// From where on a plugin follows the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Subscribe {
    /// From now on; what came before is skipped, also what is parked.
    Now,
    /// From the beginning of the log, as far as it is kept.
    Beginning,
    /// From where it stopped; from now on, if it never followed the log.
    WhereItStopped,
}

/// Events that come next for a consumer.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    consumer: String,
    from: EventPosition,
    to: EventPosition,
    /// The events, in order. There may be none: then there was nothing in it for this consumer,
    /// and it only has to [`advance`].
    pub events: Vec<Event>,
    /// Those that have to wait, since an earlier one of the same thing is parked.
    held_up: Vec<Event>,
}

impl Batch {
    /// Where the consumer stood when it was read.
    pub(crate) fn from(&self) -> EventPosition {
        self.from
    }
}

/// What came of delivering an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It was taken.
    Taken,
    /// It failed; says why.
    Failed(String),
    /// It failed, and trying again is in vain; says why.
    GivenUp(String),
    /// It was not tried, since an earlier one of the same thing failed.
    Behind,
}

/// Lets a plugin follow the log. It needs to be said once, and again to skip; being disabled and
/// enabled changes nothing about where it stands.
pub async fn subscribe(work: &mut Work, plugin: &PluginId, from: Subscribe) -> Result<()> {
    start(work, plugin.as_str(), from).await
}

pub(crate) async fn start(work: &mut Work, consumer: &str, from: Subscribe) -> Result<()> {
    let unit = work.unit();
    let at = match from {
        Subscribe::WhereItStopped if cursors::get(unit, consumer).await?.is_some() => return Ok(()),
        Subscribe::Now | Subscribe::WhereItStopped => stored::end(unit).await?,
        Subscribe::Beginning => stored::pruned(unit).await?,
    };
    cursors::delete(unit, consumer).await?;
    Ok(cursors::put(unit, consumer, at).await?)
}

/// Lets a plugin follow the log no more; where it stood and what is parked for it is forgotten.
pub async fn unsubscribe(work: &mut Work, plugin: &PluginId) -> Result<()> {
    Ok(cursors::delete(work.unit(), plugin.as_str()).await?)
}

/// The plugins that are enabled and have something before them, be it only events that they did
/// not subscribe to.
pub async fn plugins_due(work: &mut Work) -> Result<Vec<PluginId>> {
    let now = work.now();
    Ok(cursors::plugins_due(work.unit(), now).await?)
}

/// Whether events are there that can't be read yet, because a unit that began earlier still runs.
pub async fn held_back(work: &mut Work) -> Result<bool> {
    Ok(stored::held_back(work.unit()).await?)
}

/// What comes next for a plugin that subscribed to these kinds: at most `max` events; `None` if
/// there is nothing.
pub async fn next_batch(
    work: &mut Work,
    plugin: &PluginId,
    kinds: &BTreeSet<EventKind>,
    max: u32,
) -> Result<Option<Batch>> {
    let filter = EventFilter { kinds: Some(kinds.clone()), ..EventFilter::default() };
    next(work, plugin.as_str(), &filter, max).await
}

pub(crate) async fn next(
    work: &mut Work,
    consumer: &str,
    filter: &EventFilter,
    max: u32,
) -> Result<Option<Batch>> {
    let unit = work.unit();
    let Some(from) = cursors::get(unit, consumer).await? else { return Ok(None) };
    let stretch = stored::read(unit, from, filter, SCAN_MAX, max.clamp(1, BATCH_MAX)).await?;
    if stretch.to == from {
        return Ok(None);
    }
    let aggregates: BTreeSet<&str> =
        stretch.events.iter().map(|event| event.aggregate.as_str()).collect();
    let aggregates: Vec<_> = aggregates.into_iter().collect();
    let held_up: HashSet<_> =
        parked::held_up(unit, consumer, &aggregates).await?.into_iter().collect();
    let (held_up, events) =
        stretch.events.into_iter().partition(|event| held_up.contains(&event.aggregate));
    Ok(Some(Batch { consumer: consumer.to_owned(), from, to: stretch.to, events, held_up }))
}

/// Moves the consumer behind the batch, in the unit in which the batch takes effect; `false` if
/// another host was faster: then the unit has to be undone.
pub async fn advance(work: &mut Work, batch: &Batch) -> Result<bool> {
    settle(work, batch, &[]).await
}

/// Moves a plugin behind a batch that fails, and parks its events, to be tried again; `false` if
/// another host was faster. The later events of the same things wait for them.
pub async fn park(work: &mut Work, batch: &Batch, reason: &str) -> Result<bool> {
    let outcomes = vec![Outcome::Failed(reason.to_owned()); batch.events.len()];
    settle(work, batch, &outcomes).await
}

/// Moves the consumer behind the batch, and parks those of its events that were not taken; what
/// nothing is said about was taken. `false` if another host was faster: then the unit has to be
/// undone.
pub async fn settle(work: &mut Work, batch: &Batch, outcomes: &[Outcome]) -> Result<bool> {
    let now = work.now();
    if !cursors::advance(work.unit(), &batch.consumer, batch.from, batch.to).await? {
        return Ok(false);
    }
    let failed = outcomes.iter().any(|outcome| *outcome != Outcome::Taken);
    let version = if failed { version_of(work, &batch.consumer).await? } else { String::new() };
    let waiting = Parking {
        state: ParkedState::Waiting,
        attempts: 0,
        next_at: now,
        last_error: String::new(),
        consumer_version: version.clone(),
    };
    let mut held_up = BTreeSet::new();
    for (event, outcome) in batch.events.iter().zip(outcomes) {
        let parking = match outcome {
            Outcome::Taken => continue,
            _ if held_up.contains(event.aggregate.as_str()) => waiting.clone(),
            Outcome::Behind => waiting.clone(),
            Outcome::Failed(reason) => failed_again(0, reason, version.clone(), now),
            Outcome::GivenUp(reason) => {
                let dead = failed_again(ATTEMPTS_MAX - 1, reason, version.clone(), now);
                let dead = Parking { attempts: 1, ..dead };
                parked::insert(work.unit(), &batch.consumer, event, &dead, now).await?;
                // It holds up nothing: what comes after it may go better.
                continue;
            }
        };
        held_up.insert(event.aggregate.as_str());
        parked::insert(work.unit(), &batch.consumer, event, &parking, now).await?;
    }
    for event in &batch.held_up {
        held_up.insert(event.aggregate.as_str());
        parked::insert(work.unit(), &batch.consumer, event, &waiting, now).await?;
    }
    for aggregate in held_up {
        parked::line_up(work.unit(), &batch.consumer, aggregate, now).await?;
    }
    Ok(true)
}

/// The parked event of a plugin whose time has come; `None` if there is none.
pub async fn next_retry(work: &mut Work, plugin: &PluginId) -> Result<Option<ParkedEvent>> {
    let now = work.now();
    Ok(parked::next_due(work.unit(), plugin.as_str(), now).await?)
}

/// Says how trying a parked event again ended: taken, it is parked no more; failed, it is tried
/// later or given up. `false` if another host was faster: then the unit has to be undone.
pub async fn retried(
    work: &mut Work,
    parked: &ParkedEvent,
    outcome: Result<(), String>,
) -> Result<bool> {
    let now = work.now();
    let (done, holds_up) = match outcome {
        Ok(()) => (parked::delete(work.unit(), parked).await?, false),
        Err(reason) => {
            let version = version_of(work, &parked.consumer).await?;
            let next = failed_again(parked.parking.attempts, &reason, version, now);
            let done = parked::update(work.unit(), parked, &next).await?;
            (done, next.state != ParkedState::Dead)
        }
    };
    if done && !holds_up {
        parked::line_up(work.unit(), &parked.consumer, &parked.event.aggregate, now).await?;
    }
    Ok(done)
}

fn failed_again(attempts: u32, reason: &str, version: String, now: Instant) -> Parking {
    let attempts = attempts.saturating_add(1);
    let dead = attempts >= ATTEMPTS_MAX;
    Parking {
        state: if dead { ParkedState::Dead } else { ParkedState::Retrying },
        attempts,
        next_at: now.plus(backoff(attempts)),
        last_error: reason[..reason.floor_char_boundary(REASON_MAX_BYTES)].replace('\0', " "),
        consumer_version: version,
    }
}

/// How long to wait after so many failures: a second, then twice as long each time, within a
/// quarter more or less, so that those who failed together don't come back together.
fn backoff(attempts: u32) -> Duration {
    let doubled = BACKOFF_FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(20));
    doubled.min(BACKOFF_MAX).mul_f64(rand::random_range(0.75..=1.25))
}

/// The version by which dead letters of a consumer are told apart.
async fn version_of(work: &mut Work, consumer: &str) -> Result<String> {
    if let Ok(webhook) = consumer.parse::<WebhookId>() {
        let found = webhooks::get(work.unit(), &webhook).await?;
        return Ok(found.map_or_else(String::new, |webhook| webhook.version.to_string()));
    }
    let Ok(plugin) = consumer.parse::<PluginId>() else { return Ok(String::new()) };
    let found = installations::get(work.unit(), &plugin).await?;
    Ok(found.and_then(|installation| installation.prepared_version).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_fails_is_tried_ever_later_and_given_up_after_ten_tries() {
        let mut now = Instant::from_micros(0);
        let mut attempts = 0;
        for expected_s in [1, 2, 4, 8, 16, 32, 64, 128, 256_u32] {
            let parking = failed_again(attempts, "no", String::new(), now);
            assert_eq!(parking.state, ParkedState::Retrying);
            let waited = parking.next_at.since(now).as_secs_f64() / f64::from(expected_s);
            assert!((0.74..=1.26).contains(&waited), "{waited} of {expected_s} s");
            (attempts, now) = (parking.attempts, parking.next_at);
        }
        assert_eq!(failed_again(attempts, "no", String::new(), now).state, ParkedState::Dead);
    }

    #[test]
    fn nobody_waits_for_more_than_an_hour_and_a_quarter() {
        assert!(backoff(u32::MAX) <= BACKOFF_MAX.mul_f64(1.25));
    }

    #[test]
    fn a_long_reason_is_cut_between_two_characters() {
        let parking = failed_again(0, &"ä".repeat(1_000), String::new(), Instant::from_micros(0));
        assert_eq!(parking.last_error, "ä".repeat(500));
    }
}
