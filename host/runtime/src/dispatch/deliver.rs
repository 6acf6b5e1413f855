//! One batch of events, in the unit of work that also notes that it was taken.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use galleria_app::events::{self, Batch, ParkedEvent};
use galleria_app::{
    App, AppError, Caller, Ended, RUNS_MAX, Work, pause_before_rerun, too_many_reruns, unit,
};
use galleria_domain::{Event, EventKind, StoreId};
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::bindings::imports::galleria::shared::identity;
use crate::bindings::offers::exports::galleria::plugin::events as wit;
use crate::generation::Generation;
use crate::limits::CallLimits;
use crate::offers::{AskFailure, Asked, Offers, Question, not_exported};
use crate::state::CallState;

/// What became of a batch.
pub(super) enum Delivered {
    /// The plugin has dealt with it, and that is true.
    Taken,
    /// Another host was faster.
    Elsewhere,
    /// The plugin failed, and nothing happened.
    Failed(Failure),
}

/// How a plugin failed to take an event.
pub(super) struct Failure {
    /// For admins.
    pub(super) reason: String,
    /// Whether trying again is in vain.
    pub(super) is_final: bool,
    /// Whether it is to blame: it trapped, or used too much.
    pub(super) is_fault_of_plugin: bool,
    kind: &'static str,
}

/// The way of events to one plugin.
pub(super) struct Delivery<'a> {
    app: &'a App,
    generation: &'a Arc<Generation>,
    kinds: BTreeSet<EventKind>,
    /// The host, which looks after where the plugin stands.
    host: Caller,
}

/// One attempt at a unit.
enum Run {
    Done(Delivered),
    Again,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(app: &'a App, home: &StoreId, generation: &'a Arc<Generation>) -> Self {
        let context = &generation.context;
        let may = context.granted.contains(&galleria_domain::Permission::EventsReceive);
        let kinds = context.manifest.events.iter().filter(|_| may);
        let kinds = kinds.filter_map(|kind| kind.parse().ok()).collect();
        Self { app, generation, kinds, host: Caller::system(home.clone()) }
    }

    pub(super) async fn next_batch(&self, max: u32) -> galleria_app::Result<Option<Batch>> {
        let plugin = &self.generation.context.id;
        unit!(self.app.read(&self.host), work => {
            events::next_batch(work, plugin, &self.kinds, max).await
        })
    }

    pub(super) async fn deliver(&self, batch: &Batch) -> galleria_app::Result<Delivered> {
        self.again_and_again(&batch.events, Noted::Batch(batch)).await
    }

    /// Puts an event aside that failed alone.
    pub(super) async fn park(&self, batch: &Batch, failure: &Failure) -> galleria_app::Result<()> {
        tracing::error!(plugin = %self.generation.context.id, reason = failure.reason, events = ?ids(&batch.events), "the plugin failed to take an event, which is parked");
        let outcome = if failure.is_final {
            events::Outcome::GivenUp(failure.reason.clone())
        } else {
            events::Outcome::Failed(failure.reason.clone())
        };
        let outcomes = vec![outcome; batch.events.len()];
        // `false`: another host was faster, and has seen to it.
        unit!(self.app.write(&self.host), work => events::settle(work, batch, &outcomes).await)
            .map(drop)
    }

    /// Tries a parked event again whose time has come; `false` if there is none.
    pub(super) async fn retry_one(&self) -> galleria_app::Result<bool> {
        let plugin = &self.generation.context.id;
        let parked = unit!(self.app.read(&self.host), work => {
            events::next_retry(work, plugin).await
        })?;
        let Some(parked) = parked else { return Ok(false) };
        let told = std::slice::from_ref(&parked.event);
        if let Delivered::Failed(failure) =
            self.again_and_again(told, Noted::Parked(&parked)).await?
        {
            unit!(self.app.write(&self.host), work => {
                events::retried(work, &parked, Err(failure.reason.clone())).await
            })?;
        }
        Ok(true)
    }

    async fn again_and_again(
        &self,
        told: &[Event],
        noted: Noted<'_>,
    ) -> galleria_app::Result<Delivered> {
        for run in 1..=RUNS_MAX {
            match self.once(told, noted, run).await? {
                Run::Done(delivered) => return Ok(delivered),
                Run::Again => {
                    self.generation.context.stats.count_rerun();
                    pause_before_rerun(run).await;
                }
            }
        }
        Err(too_many_reruns())
    }

    async fn once(&self, told: &[Event], noted: Noted<'_>, run: u32) -> galleria_app::Result<Run> {
        let mut work = self.app.write(&self.host);
        work.set_run(run);
        match noted.note(&mut work).await {
            Ok(true) => {}
            Ok(false) => {
                work.undo().await;
                return Ok(Run::Done(Delivered::Elsewhere));
            }
            Err(error) => return again_or(error),
        }
        if told.is_empty() {
            return finish(work).await;
        }
        let began = Instant::now();
        let question = Told(told.iter().map(|event| self.told(event)).collect());
        let Asked { work, answer, .. } =
            self.generation.ask(work, CallLimits::EVENTS, question).await;
        let failure = match answer {
            Ok(Ok(())) => None,
            Ok(Err(refused)) => Some(Failure::refused(refused)),
            Err(AskFailure::Unit(error)) => {
                work.undo().await;
                return again_or(error);
            }
            Err(AskFailure::Busy) => {
                work.undo().await;
                return Ok(Run::Again);
            }
            Err(AskFailure::Overrun(overrun)) => {
                Some(Failure::of_plugin(overrun.to_string(), overrun.as_str()))
            }
            Err(AskFailure::Trapped(error)) => {
                tracing::debug!(plugin = %self.generation.context.id, "{error:?}");
                Some(Failure::of_plugin(error.root_cause().to_string(), "trap"))
            }
        };
        let stats = &self.generation.context.stats;
        stats.count_call(began.elapsed());
        let Some(failure) = failure else { return finish(work).await };
        stats.count_failure(failure.kind);
        work.undo().await;
        Ok(Run::Done(Delivered::Failed(failure)))
    }

    /// An event in the contract's words, and as whom the plugin deals with it.
    fn told(&self, event: &Event) -> (Caller, wit::Event) {
        let mut caller = self.generation.caller(&event.store);
        caller.principal.on_behalf_of.clone_from(&event.on_behalf_of);
        caller.request_id = event.correlation_id.clone();
        let event = wit::Event {
            id: event.id.to_string(),
            kind: event.kind.to_string(),
            schema_version: event.schema_version,
            aggregate: event.aggregate.clone(),
            aggregate_version: event.aggregate_version,
            at: event.at.as_micros(),
            store: event.store.to_string(),
            actor: identity::Actor::from(&event.actor),
            on_behalf_of: event.on_behalf_of.as_ref().map(ToString::to_string),
            correlation_id: event.correlation_id.to_string(),
            payload: event.payload.to_string(),
        };
        (caller, event)
    }
}

fn ids(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

fn again_or(error: AppError) -> galleria_app::Result<Run> {
    if error.is_again() { Ok(Run::Again) } else { Err(error) }
}

async fn finish(work: Work) -> galleria_app::Result<Run> {
    match work.finish(Ok(())).await {
        Ended::Done(Ok(())) => Ok(Run::Done(Delivered::Taken)),
        Ended::Done(Err(error)) => Err(error),
        Ended::Again => Ok(Run::Again),
    }
}

impl Failure {
    fn of_plugin(reason: String, kind: &'static str) -> Self {
        Self { reason, is_final: false, is_fault_of_plugin: true, kind }
    }

    fn refused(refused: wit::RetryOrDrop) -> Self {
        let (reason, is_final) = match refused {
            wit::RetryOrDrop::Retry(reason) => (reason, false),
            wit::RetryOrDrop::Drop(reason) => (reason, true),
        };
        Self { reason, is_final, is_fault_of_plugin: false, kind: "refused" }
    }
}

/// What is noted in the unit in which events take effect.
#[derive(Clone, Copy)]
enum Noted<'a> {
    /// That the plugin stands behind this batch.
    Batch(&'a Batch),
    /// That this event isn't parked any more.
    Parked(&'a ParkedEvent),
}

impl Noted<'_> {
    async fn note(self, work: &mut Work) -> galleria_app::Result<bool> {
        match self {
            Self::Batch(batch) => events::advance(work, batch).await,
            Self::Parked(parked) => events::retried(work, parked, Ok(())).await,
        }
    }
}

/// Events, told one after another until one isn't taken.
struct Told(Vec<(Caller, wit::Event)>);

impl Question for Told {
    type Answer = Result<(), wit::RetryOrDrop>;

    async fn ask(
        self,
        offers: &Offers,
        instance: &Instance,
        store: &mut Store<CallState>,
    ) -> wasmtime::Result<Self::Answer> {
        let indices = offers.events.as_ref().ok_or_else(not_exported)?;
        let guest = indices.load(&mut *store, instance)?;
        for (caller, event) in self.0 {
            store.data_mut().act_as(caller);
            if let Err(refused) = guest.call_handle(&mut *store, &event).await? {
                return Ok(Err(refused));
            }
        }
        Ok(Ok(()))
    }
}
