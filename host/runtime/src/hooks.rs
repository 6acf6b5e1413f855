//! Asks plugins in the middle of the shop's own units of work.

mod answers;
mod questions;
mod shown;

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use galleria_app::Work;
use galleria_app::hooks::{HookFailure, HookReply, Hooks, Pinned, Replies};
use galleria_domain::{
    CartProblem, CartView, CustomerId, CustomerTraits, Decision, HookKind, ImpersonationView,
    LoginView, OrderDraft, ProposedAdjustment, Stage,
};
use galleria_manifest::HookName;

use crate::generation::Generation;
use crate::limits::{CallLimits, Overrun};
use crate::offers::{AskFailure, Asked, Question};
use crate::snapshot::{Hooking, Snapshot};
use crate::state::PluginContext;

/// What all plugins that are asked the same may use together.
const CPU_MS_ALL: u32 = 200;
const WALL_ALL: Duration = Duration::from_secs(1);

/// The shop's way to the plugins that serve. It doesn't keep the port open.
pub(crate) struct HookRunner {
    snapshot: Weak<ArcSwap<Snapshot>>,
}

impl std::fmt::Debug for HookRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HookRunner").finish_non_exhaustive()
    }
}

/// What is left for those who haven't been asked yet.
struct Budget {
    cpu_ms_left: u32,
    ends_at: Instant,
}

impl Budget {
    fn new() -> Self {
        Self { cpu_ms_left: CPU_MS_ALL, ends_at: Instant::now() + WALL_ALL }
    }

    /// What the next one may use; nothing if nothing is left.
    fn limits(&self, own: CallLimits) -> Option<CallLimits> {
        let wall = own.wall.min(self.ends_at.saturating_duration_since(Instant::now()));
        let cpu_ms = own.cpu_ms.min(self.cpu_ms_left);
        (cpu_ms > 0 && !wall.is_zero()).then_some(CallLimits { wall, cpu_ms, ..own })
    }
}

/// A question to all who answer one hook.
struct Round<Q, A: Question, T> {
    name: HookName,
    kind: HookKind,
    limits: CallLimits,
    /// Whether to ask a plugin at all.
    asks: fn(&PluginContext, &Q) -> bool,
    /// What exactly it is asked.
    question: fn(&PluginContext, &Q) -> A,
    /// What its answer means.
    check: fn(&PluginContext, &Q, A::Answer) -> Result<T, HookFailure>,
}

impl HookRunner {
    pub(crate) fn new(snapshot: &Arc<ArcSwap<Snapshot>>) -> Self {
        Self { snapshot: Arc::downgrade(snapshot) }
    }

    /// What serves, for as long as the unit runs.
    fn snapshot(&self, work: &mut Work) -> Option<Arc<Snapshot>> {
        let pinned = work.pinned().clone().map(Arc::downcast::<Snapshot>);
        if let Some(Ok(snapshot)) = pinned {
            return Some(snapshot);
        }
        let snapshot = self.snapshot.upgrade()?.load_full();
        *work.pinned() = Some(Arc::clone(&snapshot) as Pinned);
        Some(snapshot)
    }

    async fn ask_all<Q: Sync, A: Question, T: Send>(
        &self,
        work: &mut Work,
        about: &Q,
        round: Round<Q, A, T>,
    ) -> galleria_app::Result<Vec<HookReply<T>>> {
        let Some(snapshot) = self.snapshot(work) else { return Ok(Vec::new()) };
        let mut budget = Budget::new();
        let mut replies = Vec::new();
        for Hooking { generation, on_failure } in snapshot.hooking(round.name) {
            if !(round.asks)(&generation.context, about) {
                continue;
            }
            let outcome = ask_one(work, generation, about, &round, &mut budget).await?;
            let plugin = generation.context.id.clone();
            if let Err(failure) = &outcome {
                let (hook, request) = (round.kind, &work.caller().request_id);
                tracing::error!(%plugin, %request, %hook, %failure, "the plugin didn't answer");
            }
            replies.push(HookReply { plugin, on_failure: *on_failure, outcome });
        }
        Ok(replies)
    }
}

/// Asks one plugin; what it wrote is kept if its answer is one, and undone otherwise.
async fn ask_one<Q: Sync, A: Question, T: Send>(
    work: &mut Work,
    generation: &Arc<Generation>,
    about: &Q,
    round: &Round<Q, A, T>,
    budget: &mut Budget,
) -> galleria_app::Result<Result<T, HookFailure>> {
    let stats = &generation.context.stats;
    let began = Instant::now();
    let Some(limits) = budget.limits(round.limits) else {
        stats.count_failure(HookFailure::OutOfTime.kind());
        return Ok(Err(HookFailure::OutOfTime));
    };
    if generation.breaker.admit(began).is_err() {
        stats.count_failure(HookFailure::Resting.kind());
        return Ok(Err(HookFailure::Resting));
    }
    let question = (round.question)(&generation.context, about);
    let asked = ask_within(work, generation, round.kind, limits, question).await;
    let (answer, cpu_ms) = match asked {
        Ok(asked) => asked,
        Err(error) => {
            // Whatever became of the unit, the plugin had its try.
            generation.count(began, None);
            return Err(error);
        }
    };
    budget.cpu_ms_left = budget.cpu_ms_left.saturating_sub(cpu_ms);
    let outcome = match answer {
        Ok(answer) => (round.check)(&generation.context, about, answer),
        Err(failure) => Err(told(generation, &failure, limits, round.limits)),
    };
    work.end_hook(outcome.is_ok()).await?;
    let failure = outcome.as_ref().err();
    generation.count(began, failure.map(|failure| (failure.kind(), failure.is_fault_of_plugin())));
    Ok(outcome)
}

/// Lends the unit to the plugin, and gets it back whatever happens.
async fn ask_within<A: Question>(
    work: &mut Work,
    generation: &Arc<Generation>,
    kind: HookKind,
    limits: CallLimits,
    question: A,
) -> galleria_app::Result<(Result<A::Answer, AskFailure>, u32)> {
    work.begin_hook(kind.may_write()).await?;
    let acting = work.set_caller(generation.caller_within(work.caller()));
    let lent = work.lend();
    let Asked { work: returned, answer, cpu_ms } = generation.ask(lent, limits, question).await;
    *work = returned;
    work.set_caller(acting);
    match answer {
        Err(AskFailure::Unit(error)) => Err(error),
        answer => Ok((answer, cpu_ms)),
    }
}

/// What a failure is to those who asked. A limit that was lower than usual, because others had
/// used up the time, is nobody's fault.
fn told(
    generation: &Generation,
    failure: &AskFailure,
    limits: CallLimits,
    own: CallLimits,
) -> HookFailure {
    match failure {
        AskFailure::Overrun(Overrun::Cpu) if limits.cpu_ms < own.cpu_ms => HookFailure::OutOfTime,
        AskFailure::Overrun(Overrun::Wall) if limits.wall < own.wall => HookFailure::OutOfTime,
        AskFailure::Overrun(overrun) => HookFailure::Overrun(overrun.as_str()),
        AskFailure::Trapped(error) => {
            tracing::debug!(plugin = %generation.context.id, "{error:?}");
            HookFailure::Trapped
        }
        AskFailure::Busy | AskFailure::Unit(_) => HookFailure::Busy,
    }
}

impl Hooks for HookRunner {
    fn wants(&self, work: &mut Work, hook: HookKind) -> bool {
        let snapshot = self.snapshot(work);
        snapshot.is_some_and(|snapshot| !snapshot.hooking(name_of(hook)).is_empty())
    }

    fn traits<'a>(
        &'a self,
        work: &'a mut Work,
        customer: &'a CustomerId,
    ) -> Replies<'a, CustomerTraits> {
        Box::pin(self.ask_all(work, customer, questions::traits()))
    }

    fn adjust<'a>(
        &'a self,
        work: &'a mut Work,
        cart: &'a CartView,
        stage: Stage,
    ) -> Replies<'a, Vec<ProposedAdjustment>> {
        Box::pin(async move { self.ask_all(work, &(cart, stage), questions::adjust()).await })
    }

    fn validate_cart<'a>(
        &'a self,
        work: &'a mut Work,
        cart: &'a CartView,
    ) -> Replies<'a, Vec<CartProblem>> {
        Box::pin(self.ask_all(work, cart, questions::validate_cart()))
    }

    fn before_place<'a>(
        &'a self,
        work: &'a mut Work,
        order: &'a OrderDraft,
    ) -> Replies<'a, Decision> {
        Box::pin(self.ask_all(work, order, questions::before_place()))
    }

    fn login_gate<'a>(&'a self, work: &'a mut Work, login: &'a LoginView) -> Replies<'a, Decision> {
        Box::pin(self.ask_all(work, login, questions::login_gate()))
    }

    fn impersonation_gate<'a>(
        &'a self,
        work: &'a mut Work,
        request: &'a ImpersonationView,
    ) -> Replies<'a, Decision> {
        Box::pin(self.ask_all(work, request, questions::impersonation_gate()))
    }
}

/// The hook as manifests name it.
const fn name_of(hook: HookKind) -> HookName {
    match hook {
        HookKind::Traits => HookName::Traits,
        HookKind::Adjust => HookName::Adjust,
        HookKind::ValidateCart => HookName::ValidateCart,
        HookKind::BeforePlace => HookName::BeforePlace,
        HookKind::LoginGate => HookName::LoginGate,
        HookKind::ImpersonationGate => HookName::ImpersonationGate,
    }
}
