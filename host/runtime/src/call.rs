//! One HTTP call of a plugin: one unit of work, run again if another unit got in between.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use galleria_app::idempotency::{self, StoredAnswer};
use galleria_app::{
    App, AppError, Caller, Ended, Mode, RUNS_MAX, Work, pause_before_rerun, too_many_reruns,
};
use galleria_manifest::Audience;
use tokio_util::task::AbortOnDropHandle;

use crate::bindings::http::exports::galleria::plugin::http as wit;
use crate::engine::{GuestEngine, limit_store};
use crate::generation::Generation;
use crate::instances::{Instance, Instances, WarmKey};
use crate::limits::{CallLimits, Overrun, guest_ticks, metered};
use crate::request::{OnceKey, PluginFailure, PluginRefusal, PluginResponse};

const HEADERS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 16 << 10;
const REFUSAL_TEXT_BYTES_MAX: usize = 4 << 10;
/// Mistakes that a refusal may list, and how long their texts may be together.
const REFUSAL_ERRORS_MAX: usize = 1_000;
const REFUSAL_ERRORS_BYTES_MAX: usize = 256 << 10;

/// A call that the routes have been found for.
pub(crate) struct Call<'a> {
    pub(crate) app: &'a App,
    pub(crate) engine: &'a Arc<GuestEngine>,
    pub(crate) generation: &'a Arc<Generation>,
    /// Acting through the plugin: with the rights of both.
    pub(crate) caller: Arc<Caller>,
    pub(crate) audience: Audience,
    pub(crate) mode: Mode,
    pub(crate) request: Arc<wit::Request>,
    pub(crate) once: Option<OnceKey>,
}

/// How one run of a call ended.
enum Run {
    Done(Result<PluginResponse, PluginFailure>),
    Again,
}

impl Call<'_> {
    /// Runs the call, counts how it went, and lets the plugin rest if it fails too often.
    pub(crate) async fn answer(self) -> Result<PluginResponse, PluginFailure> {
        let generation = self.generation;
        let began = Instant::now();
        generation
            .breaker
            .admit(began)
            .map_err(|left| PluginFailure::Resting { retry_after_s: left.as_secs().max(1) })?;
        let answer = self.run_to_the_end().await;
        let stats = &generation.context.stats;
        stats.count_call(began.elapsed());
        if let Err(failure) = &answer {
            stats.count_failure(failure.kind());
        }
        let failed = answer.as_ref().is_err_and(PluginFailure::is_fault_of_plugin);
        if generation.breaker.record(Instant::now(), failed) {
            tracing::error!(plugin = %generation.context.id, "the plugin failed too often and rests for a while");
        }
        answer
    }

    async fn run_to_the_end(&self) -> Result<PluginResponse, PluginFailure> {
        let Some(instances) = &self.generation.instances else {
            return Err(PluginFailure::NoRoute);
        };
        for run in 1..=RUNS_MAX {
            match self.run_once(instances, run).await {
                Run::Done(answer) => return answer,
                Run::Again => {
                    self.generation.context.stats.count_rerun();
                    pause_before_rerun(run).await;
                }
            }
        }
        Err(PluginFailure::Host(too_many_reruns()))
    }

    async fn run_once(&self, instances: &Arc<Instances>, run: u32) -> Run {
        let turn = match self.generation.turn().await {
            Ok(turn) => turn,
            Err(failure) => return Run::Done(Err(failure)),
        };
        let mut work = self.app.work_of(Arc::clone(&self.caller), self.mode);
        work.set_run(run);
        if let Some(once) = &self.once {
            match idempotency::find(&mut work, &once.key, &once.request_hash).await {
                Ok(None) => {}
                Ok(Some(answer)) => return Run::Done(Ok(again(answer))),
                Err(error) if error.is_again() => return Run::Again,
                Err(error) => return Run::Done(Err(PluginFailure::Host(error))),
            }
        }
        let key = WarmKey { audience: self.audience, store: self.caller.store.clone() };
        let guest = self.guest(instances, instances.take(&key), work);
        let ended =
            match tokio::time::timeout(CallLimits::HTTP.wall, apart(self.engine, guest)).await {
                Ok(ended) => ended,
                Err(_elapsed) => return Run::Done(Err(self.overrun(Overrun::Wall))),
            };
        // The next call of the plugin needn't wait until this one is durable.
        drop(turn);
        match ended {
            GuestEnd::Answered { answer, work, instance } => {
                let run = self.settle(check(answer), work).await;
                instances.give_back(&key, *instance);
                run
            }
            GuestEnd::UnitFailed(error) if error.is_again() => Run::Again,
            GuestEnd::UnitFailed(error) => Run::Done(Err(PluginFailure::Host(error))),
            GuestEnd::Overrun(overrun) => Run::Done(Err(self.overrun(overrun))),
            GuestEnd::Trapped(error) => Run::Done(Err(self.trapped(&error))),
        }
    }

    /// The guest's part of the call, which may move to a thread of the guests.
    fn guest(
        &self,
        instances: &Arc<Instances>,
        ready: Option<Instance>,
        work: Work,
    ) -> impl Future<Output = GuestEnd> + Send + use<> {
        let (request, instances) = (Arc::clone(&self.request), Arc::clone(instances));
        async move {
            let made = match ready {
                Some(instance) => Ok(instance),
                None => instances.make().await,
            };
            let mut instance = match made {
                Ok(instance) => instance,
                Err(error) => {
                    let overrun = error.downcast_ref().copied();
                    return overrun.map_or(GuestEnd::Trapped(error), GuestEnd::Overrun);
                }
            };
            let store = &mut instance.store;
            store.data_mut().begin(work, CallLimits::HTTP);
            limit_store(store, &CallLimits::HTTP);
            let answer =
                instance.http.galleria_plugin_http().call_handle(&mut *store, &request).await;
            let state = store.data_mut();
            state.plugin.stats.count_cpu(state.meter.cpu_ms());
            let overrun = state.meter.overrun;
            let ended = state.end(answer.is_err());
            match (answer, ended) {
                (_, (_, Some(error))) => GuestEnd::UnitFailed(error),
                (Ok(answer), (work, None)) => {
                    GuestEnd::Answered { answer, work, instance: Box::new(instance) }
                }
                (Err(error), (_, None)) => match overrun {
                    Some(overrun) => GuestEnd::Overrun(overrun),
                    None => GuestEnd::Trapped(error),
                },
            }
        }
    }

    /// Commits what a good answer stands for; a refusal leaves nothing behind.
    async fn settle(&self, answer: Result<PluginResponse, PluginFailure>, mut work: Work) -> Run {
        let response = match answer {
            Ok(response) => response,
            Err(failure) => {
                drop(work);
                if let PluginFailure::BadResponse(reason) = &failure {
                    self.answered_badly(reason);
                }
                return Run::Done(Err(failure));
            }
        };
        let kept = match &self.once {
            Some(once) => keep(&mut work, once, &response).await,
            None => Ok(()),
        };
        match work.finish(kept).await {
            Ended::Done(Ok(())) => Run::Done(Ok(response)),
            Ended::Done(Err(error)) => Run::Done(Err(PluginFailure::Host(error))),
            Ended::Again => Run::Again,
        }
    }

    fn overrun(&self, overrun: Overrun) -> PluginFailure {
        let (plugin, request) = (&self.generation.context.id, &self.caller.request_id);
        tracing::error!(%plugin, %request, route = self.request.route, %overrun, "the plugin was stopped");
        PluginFailure::Overrun(overrun)
    }

    fn answered_badly(&self, reason: &str) {
        let (plugin, request) = (&self.generation.context.id, &self.caller.request_id);
        tracing::error!(%plugin, %request, route = self.request.route, reason, "the plugin's answer can't be used");
    }

    fn trapped(&self, error: &wasmtime::Error) -> PluginFailure {
        let (plugin, request) = (&self.generation.context.id, &self.caller.request_id);
        let cause = error.root_cause();
        tracing::error!(%plugin, %request, route = self.request.route, %cause, "the plugin trapped");
        tracing::debug!(%plugin, %request, "{error:?}");
        PluginFailure::Trapped
    }
}

enum GuestEnd {
    Answered { answer: Result<wit::Response, wit::Refusal>, work: Work, instance: Box<Instance> },
    UnitFailed(AppError),
    Overrun(Overrun),
    Trapped(wasmtime::Error),
}

/// Runs guest code where it is asked for as long as it is quick, and on the guests' own threads
/// from the moment it has used up a tick.
///
/// A hop to another thread and back costs more than most calls. A guest that computes gives up its
/// thread at the next tick (1 ms), so that a thread of the server is held up by no guest for longer
/// than that, once.
pub(crate) async fn apart<F>(engine: &GuestEngine, guest: F) -> F::Output
where
    F: Future<Output: Send> + Send + 'static,
{
    let mut guest = Box::pin(guest);
    let quick = poll_fn(|context| {
        let ticks_before = guest_ticks();
        match guest.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Gave up its thread rather than wait for something.
            Poll::Pending if guest_ticks() != ticks_before => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    match quick {
        Some(output) => output,
        None => match AbortOnDropHandle::new(engine.threads().spawn(metered(guest))).await {
            Ok(output) => output,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        },
    }
}

/// Takes an answer for what it is, if it is one.
fn check(answer: Result<wit::Response, wit::Refusal>) -> Result<PluginResponse, PluginFailure> {
    match answer {
        Ok(response) => check_response(response),
        Err(refusal) => Err(check_refusal(refusal)),
    }
}

fn check_response(response: wit::Response) -> Result<PluginResponse, PluginFailure> {
    let wit::Response { status, headers, body } = response;
    let header_bytes: usize = headers.iter().map(|pair| pair.name.len() + pair.value.len()).sum();
    if !(200..=599).contains(&status) {
        return Err(PluginFailure::BadResponse("its status is not between 200 and 599"));
    }
    if body.len() > CallLimits::HTTP.response_bytes {
        return Err(PluginFailure::BadResponse("its body is too long"));
    }
    if headers.len() > HEADERS_MAX || header_bytes > HEADER_BYTES_MAX {
        return Err(PluginFailure::BadResponse("it has too many headers"));
    }
    let headers = headers.into_iter().map(|pair| (pair.name, pair.value)).collect();
    Ok(PluginResponse { status, headers, body, replayed: false })
}

/// Keeps an answer under its key, in the unit of work that it stands for.
async fn keep(
    work: &mut Work,
    once: &OnceKey,
    response: &PluginResponse,
) -> galleria_app::Result<()> {
    let PluginResponse { status, headers, body, .. } = response.clone();
    idempotency::keep(work, &once.key, &once.request_hash, status, headers, body).await
}

/// An answer that was given before.
fn again(answer: StoredAnswer) -> PluginResponse {
    let StoredAnswer { status, headers, body, .. } = answer;
    PluginResponse { status, headers, body, replayed: true }
}

fn check_refusal(refusal: wit::Refusal) -> PluginFailure {
    let wit::Refusal { status, kind, detail, errors } = refusal;
    let well_named = (1..=64).contains(&kind.len())
        && kind.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let error_bytes: usize =
        errors.iter().map(|fault| fault.path.len() + fault.code.len() + fault.message.len()).sum();
    let is_short = detail.len() <= REFUSAL_TEXT_BYTES_MAX
        && errors.len() <= REFUSAL_ERRORS_MAX
        && error_bytes <= REFUSAL_ERRORS_BYTES_MAX;
    if !well_named || !(matches!(status, 400..=499) || status == 503) || !is_short {
        return PluginFailure::BadResponse("its refusal is malformed");
    }
    let errors = errors.into_iter().map(|fault| (fault.path, fault.code, fault.message)).collect();
    PluginFailure::Refused(PluginRefusal { status, kind, detail, errors })
}
