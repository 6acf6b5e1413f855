//! The loop that sends: each webhook by itself, so that a slow one holds up no other.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use galleria_domain::{Event, StoreId, WebhookId};
use galleria_storage::Wake;
use galleria_storage::events::parked::{self, ParkedEvent};
use galleria_storage::events::{EventFilter, cursors};
use galleria_storage::webhooks::{self as stored, WebhookDelivery};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant as Tick;

use super::send::{Target, send};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::events::delivery::{self, Batch, Outcome, POLL, POLL_HELD_BACK};
use crate::unit;

/// How many events of a webhook are sent in one go.
const BATCH: u32 = 32;
/// How many of them at once.
const AT_ONCE: usize = 8;
/// How long a go takes new events; those that are left wait for the next one.
const GO_MAX: Duration = Duration::from_secs(20);
/// For how long a host has a webhook for itself: a go and the last answers. If the host dies
/// meanwhile, another one goes on after that.
const LEASE: Duration = Duration::from_secs(45);
/// How many webhooks are sent to at once.
const WEBHOOKS_AT_ONCE: usize = 32;
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Sends what is to be sent, for ever. Several hosts may do so at once: each batch is sent by one.
pub async fn run(app: App, home: StoreId) {
    let caller = Caller::system(home);
    let mut watch = app.database().wakes().watch(Wake::Events);
    let mut running = JoinSet::new();
    let mut at_work = HashSet::new();
    loop {
        let pause = match look(&app, &caller).await {
            Ok((due, held_back)) => {
                for id in due {
                    if running.len() < WEBHOOKS_AT_ONCE && at_work.insert(id.clone()) {
                        running.spawn(go(app.clone(), caller.clone(), id));
                    }
                }
                if held_back { POLL_HELD_BACK } else { POLL }
            }
            Err(error) => {
                tracing::warn!(%error, "can't see which webhooks have something to send");
                PAUSE_AFTER_FAILURE
            }
        };
        tokio::select! {
            () = watch.sleep(pause) => {}
            Some(ended) = running.join_next() => match ended {
                Ok(id) => { at_work.remove(&id); }
                // Which one it was isn't known; those that still run are found by their lease.
                Err(error) => {
                    tracing::error!(%error, "sending to a webhook ended unexpectedly");
                    running.shutdown().await;
                    at_work.clear();
                }
            },
        }
    }
}

async fn look(app: &App, caller: &Caller) -> Result<(Vec<WebhookId>, bool)> {
    unit!(app.read(caller), work => {
        let now = work.now();
        let due = cursors::webhooks_due(work.unit(), now).await?;
        Ok((due, delivery::held_back(work).await?))
    })
}

async fn go(app: App, caller: Caller, id: WebhookId) -> WebhookId {
    let gone = async {
        send_batch(&app, &caller, &id).await?;
        send_again(&app, &caller, &id).await
    };
    if let Err(error) = gone.await {
        tracing::warn!(webhook = %id, %error, "could not send to a webhook");
        tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
    }
    id
}

async fn find(
    app: &App,
    caller: &Caller,
    id: &WebhookId,
) -> Result<Option<(Target, Option<Batch>)>> {
    unit!(app.read(caller), work => {
        let Some(webhook) = stored::get(work.unit(), id).await? else { return Ok(None) };
        let Some(secret) = stored::secret(work.unit(), id).await? else { return Ok(None) };
        if !webhook.active {
            return Ok(None);
        }
        let kinds = Some(webhook.kinds).filter(|kinds| !kinds.is_empty());
        let filter = EventFilter { store: Some(webhook.store), kinds, aggregate: None };
        let batch = delivery::next(work, id.as_str(), &filter, BATCH).await?;
        Ok(Some((Target { url: webhook.url, secret }, batch)))
    })
}

async fn send_batch(app: &App, caller: &Caller, id: &WebhookId) -> Result<()> {
    let Some((target, Some(batch))) = find(app, caller, id).await? else { return Ok(()) };
    if batch.events.is_empty() {
        unit!(app.write(caller), work => delivery::advance(work, &batch).await)?;
        return Ok(());
    }
    let leased = unit!(app.write(caller), work => {
        let now = work.now();
        Ok(cursors::lease(work.unit(), id.as_str(), batch.from(), now.plus(LEASE), now).await?)
    })?;
    if !leased {
        return Ok(());
    }
    let (outcomes, deliveries) = send_all(app, &target, &batch.events).await;
    unit!(app.write(caller), work => {
        if delivery::settle(work, &batch, &outcomes).await? {
            for delivery in &deliveries {
                stored::insert_delivery(work.unit(), id, delivery).await?;
            }
        }
        Ok(())
    })
}

/// Sends events, those of one thing one after the other and no further than to the first that
/// fails.
async fn send_all(
    app: &App,
    target: &Target,
    events: &[Event],
) -> (Vec<Outcome>, Vec<WebhookDelivery>) {
    let mut rows: Vec<Vec<(usize, Event)>> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match rows.iter_mut().find(|row| row[0].1.aggregate == event.aggregate) {
            Some(row) => row.push((at, event.clone())),
            None => rows.push(vec![(at, event.clone())]),
        }
    }
    let (turns, began) = (Arc::new(Semaphore::new(AT_ONCE)), Tick::now());
    let mut sending = JoinSet::new();
    for row in rows {
        let (app, target, turns) = (app.clone(), target.clone(), Arc::clone(&turns));
        sending.spawn(async move {
            let mut sent = Vec::new();
            let turn = turns.acquire().await;
            for (at, event) in row {
                if turn.is_err() || began.elapsed() > GO_MAX {
                    break;
                }
                let (outcome, delivery) = send(&app, &target, &event, 1).await;
                let failed = outcome != Outcome::Taken;
                sent.push((at, outcome, delivery));
                if failed {
                    break;
                }
            }
            sent
        });
    }
    // What is not said to be sent comes later.
    let mut outcomes = vec![Outcome::Behind; events.len()];
    let mut deliveries = Vec::new();
    for (at, outcome, delivery) in sending.join_all().await.into_iter().flatten() {
        outcomes[at] = outcome;
        deliveries.push(delivery);
    }
    (outcomes, deliveries)
}

/// Sends what is parked and whose time has come: one event of a thing at most.
async fn send_again(app: &App, caller: &Caller, id: &WebhookId) -> Result<()> {
    let Some((target, _)) = find(app, caller, id).await? else { return Ok(()) };
    let mut sending = JoinSet::new();
    while sending.len() < AT_ONCE {
        let Some(parked) = claim(app, caller, id).await? else { break };
        let (app, target) = (app.clone(), target.clone());
        sending.spawn(async move {
            let attempt = parked.parking.attempts.saturating_add(1);
            let (outcome, delivery) = send(&app, &target, &parked.event, attempt).await;
            (parked, outcome, delivery)
        });
    }
    for (parked, outcome, delivery) in sending.join_all().await {
        let answer = match outcome {
            Outcome::Taken | Outcome::Behind => Ok(()),
            Outcome::Failed(reason) | Outcome::GivenUp(reason) => Err(reason),
        };
        unit!(app.write(caller), work => {
            if delivery::retried(work, &parked, answer.clone()).await? {
                stored::insert_delivery(work.unit(), id, &delivery).await?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Takes a parked event whose time has come, so that no other host sends it as well.
async fn claim(app: &App, caller: &Caller, id: &WebhookId) -> Result<Option<ParkedEvent>> {
    unit!(app.write(caller), work => {
        let now = work.now();
        let Some(mut parked) = parked::next_due(work.unit(), id.as_str(), now).await? else {
            return Ok(None);
        };
        let mut claimed = parked.parking.clone();
        claimed.next_at = now.plus(LEASE);
        let mine = parked::update(work.unit(), &parked, &claimed).await?;
        parked.parking = claimed;
        Ok(Some(parked).filter(|_| mine))
    })
}
