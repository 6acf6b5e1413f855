//! One version of a plugin, loaded and linked with what was granted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use galleria_app::entities::{EntitySpace, StorageQuota};
use galleria_app::installations::{effective, runs_warm};
use galleria_app::{App, Caller, Mode, RUNS_MAX, Work, pause_before_rerun, too_many_reruns, unit};
use galleria_domain::{
    Actor, Installation, Permission, PluginId, Principal, Rights, StaffPermission, StoreId,
};
use galleria_manifest::Manifest;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::{Component, InstancePre};

use crate::bindings::http::HttpPluginPre;
use crate::bindings::lifecycle::LifecyclePluginPre;
use crate::breaker::Breaker;
use crate::engine::GuestEngine;
use crate::inspect::InvalidComponent;
use crate::instances::{Instances, new_store};
use crate::limits::{CallLimits, Overrun, metered};
use crate::link::{HTTP_EXPORT, LIFECYCLE_EXPORT, is_export, linker};
use crate::offers::Offers;
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
    /// What it offers besides HTTP.
    pub(crate) offers: Offers,
    /// Counts failures in events and jobs apart, so that one that always fails there doesn't keep
    /// requests away.
    pub(crate) background: Breaker,
    pub(crate) engine: Arc<GuestEngine>,
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
        let offers = Offers::new(pre.clone(), Arc::clone(slots), exported).map_err(refused)?;
        let lifecycle = lifecycle_exported
            .then(|| LifecyclePluginPre::new(pre))
            .transpose()
            .map_err(refused)?;
        Ok(Self {
            context,
            warm_granted,
            breaker: Breaker::new(Instant::now()),
            instances,
            offers,
            background: Breaker::new(Instant::now()),
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

    /// Makes the tables of the manifest's entities, or makes those of another version fit, in the
    /// unit of work in which this version takes over: it should begin with that. If the unit comes
    /// to nothing, the version before has its tables and indexes as they were.
    pub(crate) async fn declare(&self, work: &mut Work) -> galleria_app::Result<()> {
        if self.context.manifest.entities.is_empty() {
            return Ok(());
        }
        self.context.entities.declare(work).await
    }

    /// Tries whether an instance can be made.
    pub(crate) async fn try_out(&self) -> Result<(), InvalidComponent> {
        match &self.instances {
            Some(instances) => instances.try_one().await.map_err(|error| unfit(&error)),
            None => Ok(()),
        }
    }

    /// Tries whether an instance can be made, and asks the plugin whether it is fit to serve.
    pub(crate) async fn probe(&self, app: &App, store: &StoreId) -> Result<(), ChangeError> {
        self.try_out().await?;
        let Some(lifecycle) = &self.lifecycle else { return Ok(()) };
        let caller = self.caller(store);
        for run in 1..=RUNS_MAX {
            let entities = &self.context.entities;
            let fits = unit!(app.read(&caller), work => entities.is_declared(work).await)?;
            // Only where its tables aren't there yet, or not as it wants them, others who write
            // have to wait for a version that may never serve.
            let mut work = app.work(&caller, if fits { Mode::Read } else { Mode::Write });
            work.set_run(run);
            let declared = if fits { Ok(()) } else { self.declare(&mut work).await };
            let (work, answer) = match declared {
                Ok(()) => self.tell(lifecycle, work, Turn::Probe).await,
                Err(error) => (work, Err(error.into())),
            };
            work.undo().await;
            entities.forget_tables();
            match answer {
                Err(ChangeError::App(error)) if error.is_again() => pause_before_rerun(run).await,
                answer => return answer,
            }
        }
        Err(too_many_reruns().into())
    }

    /// Lets the plugin lay down its first data, inside the unit of work that turns it on.
    pub(crate) async fn lay_down(
        &self,
        mut work: Work,
        previous: Option<&str>,
    ) -> (Work, Result<(), ChangeError>) {
        let Some(lifecycle) = &self.lifecycle else { return (work, Ok(())) };
        let store = work.caller().store.clone();
        let acting = work.set_caller(self.caller(&store));
        let (mut work, answer) = self.tell(lifecycle, work, Turn::Prepare(previous)).await;
        work.set_caller(acting);
        (work, answer)
    }

    /// Tells the plugin of a turn in its life, in a unit of work, and gives that back.
    async fn tell(
        &self,
        lifecycle: &LifecyclePluginPre<CallState>,
        work: Work,
        turn: Turn<'_>,
    ) -> (Work, Result<(), ChangeError>) {
        let mut guest = new_store(&self.engine, &self.context, CallLimits::LIFECYCLE);
        guest.data_mut().begin(work, CallLimits::LIFECYCLE);
        let call = metered(async {
            let instance = lifecycle.instantiate_async(&mut guest).await?;
            let lifecycle = instance.galleria_plugin_lifecycle();
            match turn {
                Turn::Probe => lifecycle.call_probe(&mut guest).await,
                Turn::Prepare(previous) => lifecycle.call_prepare(&mut guest, previous).await,
            }
        });
        let answer = within_limits(call).await;
        let state = guest.data_mut();
        let overrun = state.meter.overrun;
        let (work, failed) = state.end(answer.is_err());
        let answer = match (answer, failed) {
            (_, Some(error)) => Err(error.into()),
            (Ok(Ok(())), None) => Ok(()),
            (Ok(Err(reason)), None) => Err(InvalidComponent::Start(reason).into()),
            (Err(error), None) => Err(unfit(&overrun.map_or(error, Into::into)).into()),
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

    /// The plugin answering what came of somebody's doing: it acts for itself, for the sake of the
    /// customer whom that is about.
    pub(crate) fn caller_within(&self, asking: &Caller) -> Caller {
        let mut caller = self.caller(&asking.store);
        let Principal { actor, on_behalf_of } = &asking.principal;
        caller.principal.on_behalf_of = match (on_behalf_of, actor) {
            (Some(customer), _) | (None, Actor::Customer(customer)) => Some(customer.clone()),
            (None, _) => None,
        };
        caller.locale = asking.locale.clone();
        caller.request_id = asking.request_id.clone();
        caller.ip.clone_from(&asking.ip);
        caller
    }

    /// The plugin acting for itself.
    pub(crate) fn caller(&self, store: &StoreId) -> Caller {
        let mut caller = Caller::system(store.clone());
        caller.principal.actor = Actor::Plugin(self.context.id.clone());
        caller.rights = Arc::clone(&self.context.granted_rights);
        caller.plugin = Some(self.context.id.clone());
        caller
    }
}

/// A turn in the life of a version.
enum Turn<'a> {
    /// It is asked whether it is fit to serve. Nothing that it writes then stays.
    Probe,
    /// It is to lay down its first data, after the version that served before.
    Prepare(Option<&'a str>),
}

async fn within_limits<T>(call: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    tokio::time::timeout(CallLimits::LIFECYCLE.wall, call)
        .await
        .unwrap_or_else(|_elapsed| Err(Overrun::Wall.into()))
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
