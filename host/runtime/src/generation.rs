//! One version of a plugin, loaded and linked with what was granted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use galleria_app::entities::{EntitySpace, StorageQuota};
use galleria_app::installations::{effective, runs_warm};
use galleria_app::{App, Caller, Mode, Work, unit};
use galleria_domain::{Installation, Permission, PluginId, Rights, StaffPermission, StoreId};
use galleria_manifest::Manifest;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::{Component, InstancePre};

use crate::bindings::http::HttpPluginPre;
use crate::bindings::lifecycle::LifecyclePluginPre;
use crate::breaker::Breaker;
use crate::engine::GuestEngine;
use crate::inspect::InvalidComponent;
use crate::instances::{Instances, new_store};
use crate::limits::CallLimits;
use crate::link::{HTTP_EXPORT, LIFECYCLE_EXPORT, is_export, linker};
use crate::plugins::ChangeError;
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
    pub(crate) manifest: Manifest,
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
        let GenerationParts { id, digest, manifest, component, granted, warm_granted, stats } =
            parts;
        let declared =
            |permission: Permission| manifest.permissions.contains_key(permission.as_str());
        let linker = linker(&engine.engine, declared).map_err(refused)?;
        let pre = linker.instantiate_pre(&component).map_err(refused)?;
        let granted_rights = Rights::only(granted.iter().copied().map(StaffPermission::Host));
        let exported = |interface| exports(&component, &engine.engine, interface);
        let (http_exported, lifecycle_exported) =
            (exported(HTTP_EXPORT), exported(LIFECYCLE_EXPORT));
        let entities =
            EntitySpace::new(id.clone(), manifest.entities.clone(), StorageQuota::default());
        let context = Arc::new(PluginContext {
            entities,
            id,
            digest,
            manifest,
            granted,
            granted_rights: Arc::new(granted_rights),
            stats,
        });
        let instances =
            http_exported.then(|| http(engine, slots, &context, &pre, warm_granted)).transpose()?;
        let lifecycle = lifecycle_exported
            .then(|| LifecyclePluginPre::new(pre))
            .transpose()
            .map_err(refused)?;
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

    /// Whether it is what an installation wants to serve.
    pub(crate) fn serves_as(&self, target: &Installation) -> bool {
        let context = &self.context;
        context.digest == target.digest
            && context.granted == effective(&context.manifest, &target.granted)
            && self.warm_granted == runs_warm(target, &context.manifest)
    }

    /// Makes the tables of the manifest's entities, or extends those of another version: they only
    /// grow, so that the version that serves meanwhile goes on with them.
    pub(crate) async fn declare(&self, app: &App, caller: &Caller) -> galleria_app::Result<()> {
        if self.context.manifest.entities.is_empty() {
            return Ok(());
        }
        unit!(app.write(caller), work => self.context.entities.declare(work).await)
    }

    /// Tries whether an instance can be made.
    pub(crate) async fn try_out(&self) -> Result<(), InvalidComponent> {
        match &self.instances {
            Some(instances) => instances.try_one().await.map_err(|error| unfit(&error)),
            None => Ok(()),
        }
    }

    /// Tries whether an instance can be made, and asks the plugin whether it is fit to serve.
    pub(crate) async fn probe(&self, app: &App, store: &StoreId) -> Result<(), InvalidComponent> {
        self.try_out().await?;
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
        mut work: Work,
        previous: Option<&str>,
    ) -> (Work, Result<(), ChangeError>) {
        let Some(lifecycle) = &self.lifecycle else { return (work, Ok(())) };
        let mut guest = new_store(&self.engine, &self.context, CallLimits::LIFECYCLE);
        let store = work.caller().store.clone();
        let acting = work.set_caller(self.caller(&store));
        guest.data_mut().begin(work, CallLimits::LIFECYCLE);
        let call = async {
            let instance = lifecycle.instantiate_async(&mut guest).await?;
            instance.galleria_plugin_lifecycle().call_prepare(&mut guest, previous).await
        };
        let answer = self.within_limits(call).await;
        let (mut work, failed) = guest.data_mut().end();
        work.set_caller(acting);
        let answer = match (answer, failed) {
            (_, Some(error)) => Err(error.into()),
            (Ok(Ok(())), None) => Ok(()),
            (Ok(Err(reason)), None) => Err(InvalidComponent::Start(reason).into()),
            (Err(error), None) => Err(unfit(&error).into()),
        };
        (work, answer)
    }

    /// Throws away instances that nobody used for a while.
    pub(crate) fn sweep(&self) {
        if let Some(instances) = &self.instances {
            instances.sweep();
        }
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

    async fn within_limits<T>(
        &self,
        call: impl Future<Output = wasmtime::Result<T>>,
    ) -> wasmtime::Result<T> {
        tokio::time::timeout(CallLimits::LIFECYCLE.wall, call)
            .await
            .unwrap_or_else(|_elapsed| Err(crate::limits::Overrun::Wall.into()))
    }
}

/// Whether a component exports an interface, in a version that this host can call.
fn exports(component: &Component, engine: &wasmtime::Engine, interface: &str) -> bool {
    component.component_type().exports(engine).any(|(name, _)| is_export(name, interface))
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
