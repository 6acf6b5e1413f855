//! What a component offers besides HTTP, and how an instance of it is asked.

use std::sync::Arc;
use std::time::Instant;

use galleria_app::{AppError, Work};
use galleria_manifest::HookName;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;
use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use crate::bindings::offers::exports::galleria::plugin as wit;
use crate::call::apart;
use crate::generation::Generation;
use crate::instances::new_store;
use crate::limits::{CallLimits, Overrun, metered};
use crate::link::{EVENTS_EXPORT, JOBS_EXPORT};
use crate::state::CallState;

/// The interfaces that a component exports, linked.
pub(crate) struct Offers {
    pre: InstancePre<CallState>,
    slots: Arc<Semaphore>,
    pub(crate) events: Option<wit::events::GuestIndices>,
    pub(crate) jobs: Option<wit::job_slices::GuestIndices>,
    pub(crate) traits: Option<wit::hooks_traits::GuestIndices>,
    pub(crate) adjust: Option<wit::hooks_adjust::GuestIndices>,
    pub(crate) validate_cart: Option<wit::hooks_validate_cart::GuestIndices>,
    pub(crate) before_place: Option<wit::hooks_before_place::GuestIndices>,
    pub(crate) login_gate: Option<wit::hooks_login_gate::GuestIndices>,
    pub(crate) impersonation_gate: Option<wit::hooks_impersonation_gate::GuestIndices>,
}

impl Offers {
    /// Looks up what is exported. What doesn't fit its interface is refused here.
    pub(crate) fn new(
        pre: InstancePre<CallState>,
        slots: Arc<Semaphore>,
        exported: impl Fn(&'static str) -> bool,
    ) -> wasmtime::Result<Self> {
        macro_rules! indices {
            ($interface:expr, $module:ident) => {
                exported($interface).then(|| wit::$module::GuestIndices::new(&pre)).transpose()?
            };
        }
        Ok(Self {
            events: indices!(EVENTS_EXPORT, events),
            jobs: indices!(JOBS_EXPORT, job_slices),
            traits: indices!(HookName::Traits.interface(), hooks_traits),
            adjust: indices!(HookName::Adjust.interface(), hooks_adjust),
            validate_cart: indices!(HookName::ValidateCart.interface(), hooks_validate_cart),
            before_place: indices!(HookName::BeforePlace.interface(), hooks_before_place),
            login_gate: indices!(HookName::LoginGate.interface(), hooks_login_gate),
            impersonation_gate: indices!(
                HookName::ImpersonationGate.interface(),
                hooks_impersonation_gate
            ),
            slots,
            pre,
        })
    }
}

/// Something that an instance is asked.
pub(crate) trait Question: Send + 'static {
    /// What it answers.
    type Answer: Send + 'static;

    /// Asks it of an instance that has a unit of work in hand.
    fn ask(
        self,
        offers: &Offers,
        instance: &Instance,
        store: &mut Store<CallState>,
    ) -> impl Future<Output = wasmtime::Result<Self::Answer>> + Send;
}

/// What came of asking. The unit of work is there again, whatever came of it.
pub(crate) struct Asked<A> {
    pub(crate) work: Work,
    pub(crate) answer: Result<A, AskFailure>,
    /// What the guest used.
    pub(crate) cpu_ms: u32,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum AskFailure {
    /// The unit of work itself failed.
    Unit(AppError),
    /// A limit was passed.
    Overrun(Overrun),
    /// It trapped.
    Trapped(wasmtime::Error),
    /// All instances that there can be are in use.
    Busy,
}

/// An interface that was asked for and isn't exported; what is declared is, so that this is never
/// seen.
pub(crate) fn not_exported() -> wasmtime::Error {
    wasmtime::Error::msg("the component doesn't export what its manifest declares")
}

impl Generation {
    /// Asks an instance of its own, in a unit of work; on the threads of the guests if it takes
    /// long.
    pub(crate) async fn ask<Q: Question>(
        self: &Arc<Self>,
        work: Work,
        limits: CallLimits,
        question: Q,
    ) -> Asked<Q::Answer> {
        let generation = Arc::clone(self);
        apart(&self.engine, async move { generation.ask_here(work, limits, question).await }).await
    }

    async fn ask_here<Q: Question>(
        &self,
        work: Work,
        limits: CallLimits,
        question: Q,
    ) -> Asked<Q::Answer> {
        let ends_at = tokio::time::Instant::now() + limits.wall;
        let offers = &self.offers;
        // Kept until the instance is gone: `guest` is dropped before it.
        let Ok(Ok(_slot)) = timeout_at(ends_at, offers.slots.acquire()).await else {
            return Asked { work, answer: Err(AskFailure::Busy), cpu_ms: 0 };
        };
        let mut guest = new_store(&self.engine, &self.context, limits);
        let mut work = Some(work);
        let asking = metered(async {
            let instance = offers.pre.instantiate_async(&mut guest).await?;
            if let Some(work) = work.take() {
                guest.data_mut().begin(work, limits);
            }
            question.ask(offers, &instance, &mut guest).await
        });
        let answer =
            timeout_at(ends_at, asking).await.unwrap_or_else(|_elapsed| Err(Overrun::Wall.into()));
        let state = guest.data_mut();
        let (cpu_ms, overrun) = (state.meter.cpu_ms(), state.meter.overrun);
        let (work, failed) = match work {
            Some(work) => (work, None),
            None => state.end(answer.is_err()),
        };
        let answer = match (answer, failed) {
            (_, Some(error)) => Err(AskFailure::Unit(error)),
            (Ok(answer), None) => Ok(answer),
            (Err(error), None) => match overrun.or(error.downcast_ref().copied()) {
                Some(overrun) => Err(AskFailure::Overrun(overrun)),
                None => Err(AskFailure::Trapped(error)),
            },
        };
        self.context.stats.count_cpu(cpu_ms);
        Asked { work, answer, cpu_ms }
    }

    /// Counts a call that came to its end, and lets the plugin rest if it fails too often.
    pub(crate) fn count(&self, began: Instant, failure: Option<(&'static str, bool)>) {
        let stats = &self.context.stats;
        stats.count_call(began.elapsed());
        if let Some((kind, _)) = failure {
            stats.count_failure(kind);
        }
        let failed = failure.is_some_and(|(_, is_fault_of_plugin)| is_fault_of_plugin);
        if self.breaker.record(Instant::now(), failed) {
            tracing::error!(plugin = %self.context.id, "the plugin failed too often and rests for a while");
        }
    }
}
