//! Tells plugins of events: each plugin by itself, so that a slow one holds up no other.

mod deliver;

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use galleria_app::events::{self, delivery};
use galleria_app::{App, Caller, Wake, unit};
use galleria_domain::{PluginId, StoreId};
use tokio::task::JoinSet;

use crate::generation::Generation;
use crate::snapshot::Snapshot;
use deliver::{Delivered, Delivery};

/// How many plugins are told at once.
const PLUGINS_AT_ONCE: usize = 4;
/// How many events are told in one unit at first; more as long as that goes quickly.
const BATCH_FIRST: u32 = 16;
/// A batch that takes longer is the last one of its size: others wait to write meanwhile.
const BATCH_SLOW: Duration = Duration::from_millis(50);
/// How long a plugin is told before it is looked whether it still serves.
const GO_MAX: Duration = Duration::from_secs(2);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long a plugin is left alone that doesn't serve here.
const PAUSE_WITHOUT: Duration = Duration::from_millis(500);

/// What the dispatcher works with; it doesn't keep the port open.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    pub(crate) app: App,
    pub(crate) home: StoreId,
    pub(crate) snapshot: Weak<arc_swap::ArcSwap<Snapshot>>,
}

impl Dispatcher {
    /// Tells plugins of events until the port is closed. Several hosts may do so at once: each
    /// batch is told by one.
    pub(crate) async fn run(self) {
        let mut watch = self.app.database().wakes().watch(Wake::Events);
        let mut running = JoinSet::new();
        let mut at_work = HashSet::new();
        while self.snapshot.strong_count() > 0 {
            let pause = match self.look().await {
                Ok((due, held_back)) => {
                    for plugin in due {
                        if running.len() < PLUGINS_AT_ONCE && at_work.insert(plugin.clone()) {
                            running.spawn(self.clone().go(plugin));
                        }
                    }
                    if held_back { delivery::POLL_HELD_BACK } else { delivery::POLL }
                }
                Err(error) => {
                    tracing::warn!(%error, "can't see which plugins there are events for");
                    PAUSE_AFTER_FAILURE
                }
            };
            tokio::select! {
                () = watch.sleep(pause) => {}
                Some(ended) = running.join_next() => match ended {
                    Ok(plugin) => { at_work.remove(&plugin); }
                    // Which one it was isn't known; what was begun is undone, and told again.
                    Err(error) => {
                        tracing::error!(%error, "telling a plugin of events ended unexpectedly");
                        running.shutdown().await;
                        at_work.clear();
                    }
                },
            }
        }
    }

    async fn look(&self) -> galleria_app::Result<(Vec<PluginId>, bool)> {
        let caller = Caller::system(self.home.clone());
        unit!(self.app.read(&caller), work => {
            Ok((events::plugins_due(work).await?, events::held_back(work).await?))
        })
    }

    /// Tells one plugin what there is.
    async fn go(self, plugin: PluginId) -> PluginId {
        let snapshot = self.snapshot.upgrade().map(|snapshot| snapshot.load_full());
        let generation =
            snapshot.and_then(|snapshot| snapshot.generation(plugin.as_str()).map(Arc::clone));
        let Some(generation) = generation else {
            tokio::time::sleep(PAUSE_WITHOUT).await;
            return plugin;
        };
        if let Err(left) = generation.background.admit(Instant::now()) {
            tokio::time::sleep(left.min(PAUSE_AFTER_FAILURE)).await;
            return plugin;
        }
        let told = self.tell(&generation).await;
        // Let through after a rest, and nothing went wrong with the plugin itself.
        generation.background.record(Instant::now(), false);
        if let Err(error) = told {
            tracing::warn!(%plugin, %error, "the plugin could not be told of events");
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
        }
        plugin
    }

    async fn tell(&self, generation: &Arc<Generation>) -> galleria_app::Result<()> {
        let delivery = Delivery::new(&self.app, &self.home, generation);
        let began = Instant::now();
        let (mut size, mut one_by_one) = (BATCH_FIRST, 0_usize);
        while began.elapsed() < GO_MAX && self.serves(generation) {
            let max = if one_by_one > 0 { 1 } else { size };
            let Some(batch) = delivery.next_batch(max).await? else { break };
            let (count, told_at) = (batch.events.len(), Instant::now());
            match delivery.deliver(&batch).await? {
                Delivered::Taken => {}
                Delivered::Elsewhere => break,
                Delivered::Failed(failure) if count > 1 => {
                    tracing::debug!(plugin = %generation.context.id, reason = failure.reason, "a batch of events failed; they are told one by one");
                    one_by_one = count;
                    continue;
                }
                Delivered::Failed(failure) => {
                    delivery.park(&batch, &failure).await?;
                    if generation.background.record(Instant::now(), failure.is_fault_of_plugin) {
                        break;
                    }
                }
            }
            one_by_one = one_by_one.saturating_sub(1);
            size = if told_at.elapsed() > BATCH_SLOW {
                (size / 2).max(1)
            } else {
                (size * 2).min(delivery::BATCH_MAX)
            };
        }
        while began.elapsed() < GO_MAX && self.serves(generation) {
            if !delivery.retry_one().await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether this very version still serves: one that was switched off or replaced is told of
    /// nothing more.
    fn serves(&self, generation: &Arc<Generation>) -> bool {
        let snapshot = self.snapshot.upgrade().map(|snapshot| snapshot.load_full());
        let id = generation.context.id.as_str();
        snapshot.is_some_and(|snapshot| {
            snapshot.generation(id).is_some_and(|serving| Arc::ptr_eq(serving, generation))
        })
    }
}
