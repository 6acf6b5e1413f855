//! One version of a plugin, loaded and linked with what was granted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use galleria_app::{App, Caller, Ended, Mode};
use galleria_domain::{Permission, PluginId, Rights, StaffPermission, StoreId};
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::{Component, InstancePre};

use crate::bindings::http::HttpPluginPre;
use crate::bindings::lifecycle::LifecyclePluginPre;
use crate::breaker::Breaker;
use crate::engine::GuestEngine;
use crate::inspect::{Inspection, InvalidComponent};
use crate::instances::{Instances, new_store};
use crate::limits::CallLimits;
use crate::link::{HTTP_EXPORT, LIFECYCLE_EXPORT, exports, linker};
use crate::request::PluginFailure;
use crate::state::{CallState, PluginContext};
use crate::stats::PluginStats;

/// Calls of one plugin that run at once.
const RUNNING_MAX: usize = 32;
/// Calls of one plugin that wait for their turn; more are told to come back.
const WAITING_MAX: u32 = 64;

/// What a generation is made from.
pub(crate) struct GenerationParts {
    pub(crate) id: PluginId,
    pub(crate) digest: String,
    pub(crate) inspection: Inspection,
    pub(crate) component: Component,
    pub(crate) granted: BTreeSet<Permission>,
    pub(crate) warm_granted: bool,
    pub(crate) stats: Arc<PluginStats>,
}

/// One version of a plugin in memory: prepared, then probed, then serving, then draining; retired
/// when the last call that began on it has ended and it is dropped.
pub(crate) struct Generation {
    pub(crate) context: Arc<PluginContext>,
    pub(crate) warm_granted: bool,
    pub(crate) breaker: Breaker,
    /// None if it answers no HTTP.
    pub(crate) instances: Option<Arc<Instances>>,
    engine: Arc<GuestEngine>,
    lifecycle: Option<LifecyclePluginPre<CallState>>,
    turns: Semaphore,
    waiting: AtomicU32,
}

impl Generation {
    /// Links a component. What doesn't fit is refused here, never at a call.
    pub(crate) fn prepare(
        engine: &Arc<GuestEngine>,
        slots: &Arc<Semaphore>,
        parts: GenerationParts,
    ) -> Result<Self, InvalidComponent> {
        let GenerationParts { id, digest, inspection, component, granted, warm_granted, stats } = parts;
        let declared = |permission: Permission| {
            inspection.manifest.permissions.contains_key(permission.as_str())
        };
        let linker = linker(&engine.engine, declared).map_err(refused)?;
        let pre = linker.instantiate_pre(&component).map_err(refused)?;
        let granted_rights = Rights::only(granted.iter().copied().map(StaffPermission::Host));
        let (http_exported, lifecycle_exported) =
            (exports(&inspection, HTTP_EXPORT), exports(&inspection, LIFECYCLE_EXPORT));
        let context = Arc::new(PluginContext {
            id,
            digest,
            manifest: inspection.manifest,
            granted,
            granted_rights: Arc::new(granted_rights),
            stats,
        });
        let instances = http_exported.then(|| http(engine, slots, &context, &pre, warm_granted)).transpose()?;
        let lifecycle =
            lifecycle_exported.then(|| LifecyclePluginPre::new(pre)).transpose().map_err(refused)?;
        Ok(Self {
            context,
            warm_granted,
            breaker: Breaker::new(Instant::now()),
            instances,
            engine: Arc::clone(engine),
            lifecycle,
            turns: Semaphore::new(RUNNING_MAX),
            waiting: AtomicU32::new(0),
        })
    }

    /// Tries whether an instance can be made, and asks the plugin whether it is fit to serve.
    pub(crate) async fn probe(&self, app: &App, store: &StoreId) -> Result<(), InvalidComponent> {
        if let Some(instances) = &self.instances {
            instances.try_one().await.map_err(|error| unfit(&error))?;
        }
        let Some(lifecycle) = &self.lifecycle else { return Ok(()) };
        let mut guest = new_store(&self.engine, &self.context, CallLimits::LIFECYCLE);
        guest.data_mut().begin(app.work(&self.caller(store), Mode::Read), CallLimits::LIFECYCLE);
        let call = async {
            let instance = lifecycle.instantiate_async(&mut guest).await?;
            instance.galleria_plugin_lifecycle().call_probe(&mut guest).await
        };
        match self.within_limits(call).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(InvalidComponent::Start(reason)),
            Err(error) => Err(unfit(&error)),
        }
    }

    /// Lets the plugin lay down its first data, inside the unit of work that turns it on.
    pub(crate) async fn lay_down(
        &self,
        work: galleria_app::Work,
        previous: Option<&str>,
    ) -> (Option<galleria_app::Work>, Result<(), InvalidComponent>) {
        let Some(lifecycle) = &self.lifecycle else { return (Some(work), Ok(())) };
        let mut guest = new_store(&self.engine, &self.context, CallLimits::LIFECYCLE);
        let mut work = work;
        let store = work.caller().store.clone();
        let acting = work.set_caller(self.caller(&store));
        guest.data_mut().begin(work, CallLimits::LIFECYCLE);
        let call = async {
            let instance = lifecycle.instantiate_async(&mut guest).await?;
            instance.galleria_plugin_lifecycle().call_prepare(&mut guest, previous).await
        };
        let answer = match self.within_limits(call).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(InvalidComponent::Start(reason)),
            Err(error) => Err(unfit(&error)),
        };
        let (work, failed) = guest.data_mut().end();
        let work = work.map(|mut work| {
            work.set_caller(acting);
            work
        });
        let answer = match failed {
            Some(error) => Err(InvalidComponent::Start(error.to_string())),
            None => answer,
        };
        (work, answer)
    }

    /// Waits for one of the plugin's turns; answers `Busy` if too many wait already.
    pub(crate) async fn turn(&self) -> Result<SemaphorePermit<'_>, PluginFailure> {
        if let Ok(turn) = self.turns.try_acquire() {
            return Ok(turn);
        }
        let _waiting = Waiting::begin(&self.waiting)?;
        self.turns.acquire().await.map_err(|_closed| PluginFailure::Off)
    }

    /// The plugin acting for itself.
    fn caller(&self, store: &StoreId) -> Caller {
        let mut caller = Caller::system(store.clone());
        caller.principal.actor = galleria_domain::Actor::Plugin(self.context.id.clone());
        caller.rights = Arc::clone(&self.context.granted_rights);
        caller.plugin = Some(self.context.id.clone());
        caller
    }

    async fn within_limits<T>(&self, call: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
        tokio::time::timeout(CallLimits::LIFECYCLE.wall, call)
            .await
            .unwrap_or_else(|_elapsed| Err(crate::limits::Overrun::Wall.into()))
    }
}

/// Ends a unit of work without a value, whichever way.
pub(crate) async fn settle(ended: Ended<()>) -> galleria_app::Result<()> {
    match ended {
        Ended::Done(answer) => answer,
        Ended::Again => Err(galleria_app::too_many_reruns()),
    }
}

fn http(
    engine: &Arc<GuestEngine>,
    slots: &Arc<Semaphore>,
    context: &Arc<PluginContext>,
    pre: &InstancePre<CallState>,
    warm_granted: bool,
) -> Result<Arc<Instances>, InvalidComponent> {
    let pre = HttpPluginPre::new(pre.clone()).map_err(refused)?;
    let (engine, slots, context) = (Arc::clone(engine), Arc::clone(slots), Arc::clone(context));
    Ok(Arc::new(Instances::new(engine, slots, context, pre, warm_granted)))
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn refused(error: wasmtime::Error) -> InvalidComponent {
    InvalidComponent::Import(format!("the component doesn't fit this host: {error:#}"))
}

fn unfit(error: &wasmtime::Error) -> InvalidComponent {
    InvalidComponent::Start(error.root_cause().to_string())
}

struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicU32) -> Result<Self, PluginFailure> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let this = Self(waiting);
        if before >= WAITING_MAX { Err(PluginFailure::Busy) } else { Ok(this) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
