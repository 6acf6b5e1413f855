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
use crate::engine::{GuestEngine, INSTANCES_AT_ONCE, limit_store};
use crate::limits::{CallLimits, Meter};
use crate::state::{CallState, PluginContext};

/// How many instances are prepared ahead while calls come in.
const STOCK: usize = 4;
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

    /// An instance for one call.
    pub(crate) async fn take(self: &Arc<Self>, key: &WarmKey) -> wasmtime::Result<Instance> {
        *self.used_at.lock() = Instant::now();
        if self.warm_granted
            && let Some(instance) = self.warm.lock().get_mut(key).and_then(Vec::pop)
        {
            return Ok(instance);
        }
        let ready = self.stock.lock().pop();
        self.prepare_ahead();
        match ready {
            Some(instance) => Ok(instance),
            None => self.make().await,
        }
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

    async fn make(&self) -> wasmtime::Result<Instance> {
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
        // Under load every processor has work already: a hop to another thread would only add to it.
        let busy = self.slots.available_permits() < INSTANCES_AT_ONCE as usize - 2 * STOCK;
        if self.warm_granted || plenty || busy || self.preparing.swap(true, Ordering::Acquire) {
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
