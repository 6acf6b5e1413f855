//! Instances of one generation: made fresh for each call, from a small stock prepared ahead; or,
//! if granted, used again one call at a time, apart for each audience and store.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use galleria_domain::StoreId;
use galleria_manifest::Audience;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::{Store, UpdateDeadline};

use crate::bindings::http::{HttpPlugin, HttpPluginPre};
use crate::engine::{GuestEngine, limit_store};
use crate::limits::{CallLimits, Meter};
use crate::state::{CallState, PluginContext};

/// How many instances are prepared ahead.
const STOCK: usize = 4;
/// After a pause as long as this there is time to prepare some. Where calls come thicker, every
/// processor has work already, and a hop to another thread costs more than making one in place.
const PAUSE_MIN: Duration = Duration::from_millis(2);
/// How often a warm instance is used at most, so that what leaks doesn't add up.
const USES_MAX: u32 = 1_000;
/// Warm instances kept for each audience and store.
const WARM_MAX: usize = 16;
/// What lies unused for so long is thrown away.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// An instance, ready for a call.
pub(crate) struct Instance {
    pub(crate) store: Store<CallState>,
    pub(crate) http: HttpPlugin,
    uses: u32,
    _slot: OwnedSemaphorePermit,
}

/// Whom a warm instance serves: what it saw for one must not reach another.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct WarmKey {
    pub(crate) audience: Audience,
    pub(crate) store: StoreId,
}

/// Makes and keeps the instances of one generation.
pub(crate) struct Instances {
    engine: Arc<GuestEngine>,
    slots: Arc<Semaphore>,
    context: Arc<PluginContext>,
    pre: HttpPluginPre<CallState>,
    warm_granted: bool,
    stock: Mutex<Vec<Instance>>,
    warm: Mutex<HashMap<WarmKey, Vec<Instance>>>,
    used_at: Mutex<Instant>,
    preparing: AtomicBool,
}

impl Instances {
    pub(crate) fn new(
        engine: Arc<GuestEngine>,
        slots: Arc<Semaphore>,
        context: Arc<PluginContext>,
        pre: HttpPluginPre<CallState>,
        warm_granted: bool,
    ) -> Self {
        Self {
            engine,
            slots,
            context,
            pre,
            warm_granted,
            stock: Mutex::default(),
            warm: Mutex::default(),
            used_at: Mutex::new(Instant::now()),
            preparing: AtomicBool::new(false),
        }
    }

    /// An instance for one call, if one lies ready; [`make`](Self::make) one otherwise.
    pub(crate) fn take(self: &Arc<Self>, key: &WarmKey) -> Option<Instance> {
        let now = Instant::now();
        let before = std::mem::replace(&mut *self.used_at.lock(), now);
        if self.warm_granted {
            return self.warm.lock().get_mut(key).and_then(Vec::pop);
        }
        let ready = self.stock.lock().pop();
        if now.duration_since(before) > PAUSE_MIN {
            self.prepare_ahead();
        }
        ready
    }

    /// Takes an instance back whose call ended well; keeps it only where that was granted.
    pub(crate) fn give_back(&self, key: &WarmKey, mut instance: Instance) {
        instance.uses += 1;
        if !self.warm_granted || instance.uses >= USES_MAX {
            return;
        }
        let mut warm = self.warm.lock();
        let kept = match warm.get_mut(key) {
            Some(kept) => kept,
            None => warm.entry(key.clone()).or_default(),
        };
        if kept.len() < WARM_MAX {
            kept.push(instance);
        }
    }

    /// Throws away what nobody has used for a while.
    pub(crate) fn sweep(&self) {
        if self.used_at.lock().elapsed() > IDLE_MAX {
            self.stock.lock().clear();
            self.warm.lock().clear();
        }
    }

    /// Makes one instance and throws it away, to see whether it can be made.
    pub(crate) async fn try_one(&self) -> wasmtime::Result<()> {
        tokio::time::timeout(CallLimits::HTTP.wall, self.make()).await??;
        Ok(())
    }

    /// Makes an instance.
    pub(crate) async fn make(&self) -> wasmtime::Result<Instance> {
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        let mut store = new_store(&self.engine, &self.context, CallLimits::HTTP);
        let http = match self.pre.instantiate_async(&mut store).await {
            Ok(http) => http,
            // A limit that was passed says more than what came of that.
            Err(error) => return Err(store.data().meter.overrun.map_or(error, Into::into)),
        };
        Ok(Instance { store, http, uses: 0, _slot: slot })
    }

    /// Fills the stock up, on the guests' threads, unless that is going on already.
    fn prepare_ahead(self: &Arc<Self>) {
        let plenty = self.stock.lock().len() >= STOCK / 2;
        if plenty || self.preparing.swap(true, Ordering::Acquire) {
            return;
        }
        let instances = Arc::clone(self);
        self.engine.threads().spawn(async move {
            while instances.stock.lock().len() < STOCK {
                match instances.make().await {
                    Ok(instance) => instances.stock.lock().push(instance),
                    // Whoever needs one makes it, and tells what goes wrong.
                    Err(_) => break,
                }
            }
            instances.preparing.store(false, Ordering::Release);
        });
    }
}

/// A store with every limit set.
pub(crate) fn new_store(
    engine: &GuestEngine,
    context: &Arc<PluginContext>,
    limits: CallLimits,
) -> Store<CallState> {
    let meter = Meter::new(limits, Arc::clone(&engine.budget));
    let mut store = Store::new(&engine.engine, CallState::new(Arc::clone(context), meter));
    store.limiter(|state| &mut state.meter);
    store.epoch_deadline_callback(|mut store| {
        store.data_mut().meter.tick()?;
        Ok(UpdateDeadline::Yield(1))
    });
    limit_store(&mut store, &limits);
    store
}
