//! Lets plugins do their jobs, slice by slice.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use galleria_app::jobs::{self, LeasedJob, SliceOutcome};
use galleria_app::{
    App, AppError, Caller, Ended, RUNS_MAX, Wake, Work, pause_before_rerun, too_many_reruns, unit,
};
use galleria_domain::{Job, JobProgress, Permission, PluginId, StoreId};
use serde_json::Value;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::bindings::offers::exports::galleria::plugin::job_slices as wit;
use crate::generation::Generation;
use crate::limits::CallLimits;
use crate::link::cron_entries;
use crate::offers::{AskFailure, Asked, Offers, Question, not_exported};
use crate::snapshot::Snapshot;
use crate::state::CallState;

/// How many slices are done at once.
const SLICES_AT_ONCE: usize = 2;
/// How long it is slept at most while nothing is due.
const POLL: Duration = Duration::from_millis(250);
/// How long it is slept while no plugin that serves has jobs.
const POLL_WITHOUT: Duration = Duration::from_secs(1);
/// How often it is looked whether there are new stores that something is due in.
const PLAN_EVERY: Duration = Duration::from_mins(1);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What jobs are done with; it doesn't keep the port open.
#[derive(Clone)]
pub(crate) struct JobRunner {
    pub(crate) app: App,
    pub(crate) home: StoreId,
    pub(crate) snapshot: Weak<ArcSwap<Snapshot>>,
    /// How this host is shown to admins.
    pub(crate) host: Arc<str>,
    /// Says when to begin nothing more.
    pub(crate) stop: CancellationToken,
}

impl JobRunner {
    /// Does jobs until the port is closed. Several hosts may do so at once: each slice is one's.
    ///
    /// When told to stop, it ends the slices at hand, so that no other host has to wait until their
    /// leases run out.
    pub(crate) async fn run(self) {
        let mut running = JoinSet::new();
        self.go_on(&mut running).await;
        while let Some(ended) = running.join_next().await {
            say(ended);
        }
    }

    async fn go_on(&self, running: &mut JoinSet<()>) {
        let mut watch = self.app.database().wakes().watch(Wake::Jobs);
        let mut planned_at: Option<Instant> = None;
        // Nothing is dropped between a job's being taken and its slice's being begun.
        while let Some(able) = self.able().filter(|_| !self.stop.is_cancelled()) {
            let pause = if able.is_empty() {
                planned_at = None;
                POLL_WITHOUT
            } else {
                if planned_at.is_none_or(|at| at.elapsed() > PLAN_EVERY) {
                    planned_at = Some(Instant::now());
                    self.plan(&able).await;
                }
                match self.begin(&able, running).await {
                    Ok(()) => POLL,
                    Err(error) => {
                        tracing::warn!(%error, "can't see which jobs are due");
                        PAUSE_AFTER_FAILURE
                    }
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = watch.sleep(pause) => {}
                Some(ended) = running.join_next() => say(ended),
            }
        }
    }

    /// Those that do jobs and may; nothing once the port is closed.
    fn able(&self) -> Option<Vec<Arc<Generation>>> {
        let snapshot = self.snapshot.upgrade()?.load_full();
        let able = snapshot.generations().filter(|generation| {
            let context = &generation.context;
            !context.manifest.jobs.is_empty()
                && context.granted.contains(&Permission::JobsRun)
                && !generation.background.rests(Instant::now())
        });
        Some(able.cloned().collect())
    }

    /// Sees to it that what is due again and again is planned in new stores as well.
    async fn plan(&self, able: &[Arc<Generation>]) {
        let caller = Caller::system(self.home.clone());
        for generation in able {
            let plugin = &generation.context.id;
            // They were read before, when the plugin was taken in.
            let Ok(entries) = cron_entries(&generation.context.manifest) else { continue };
            let planned = unit!(self.app.write(&caller), work => {
                jobs::plan_cron(work, plugin, &entries).await
            });
            if let Err(error) = planned {
                tracing::warn!(%plugin, %error, "what is due again and again could not be planned");
            }
        }
    }

    /// Begins what is due, as far as there is room.
    async fn begin(
        &self,
        able: &[Arc<Generation>],
        running: &mut JoinSet<()>,
    ) -> galleria_app::Result<()> {
        let caller = Caller::system(self.home.clone());
        let plugins: Vec<PluginId> = able.iter().map(|one| one.context.id.clone()).collect();
        let due_at = unit!(self.app.read(&caller), work => {
            jobs::next_due_at(work, &plugins).await
        })?;
        if due_at.is_none_or(|at| at > self.app.now()) {
            return Ok(());
        }
        unit!(self.app.write(&caller), work => jobs::due_cron(work).await)?;
        while running.len() < SLICES_AT_ONCE {
            let leased = unit!(self.app.write(&caller), work => {
                jobs::lease_next(work, &self.host, &plugins).await
            })?;
            let Some(leased) = leased else { break };
            let found = able.iter().find(|one| one.context.id == leased.job.plugin);
            let Some(generation) = found.cloned() else { break };
            running.spawn(self.clone().slice(generation, leased));
        }
        Ok(())
    }

    /// Does one slice, and puts down how it ended.
    async fn slice(self, generation: Arc<Generation>, leased: LeasedJob) {
        let job = &leased.job;
        let (plugin, name) = (&job.plugin, &job.name);
        // One that begins to rest only now has this slice before it; after a rest it decides.
        let _rests_after_it = generation.background.admit(Instant::now());
        let done = if generation.context.manifest.jobs.contains_key(name) {
            self.again_and_again(&generation, &leased).await
        } else {
            let failure = Failure::new("the plugin has no such job any more", "refused", false);
            Ok(Err(Failure { retry: false, ..failure }))
        };
        let failure = match done {
            Ok(Ok(())) => {
                generation.background.record(Instant::now(), false);
                return;
            }
            Ok(Err(failure)) => failure,
            // The host's own failure; the job is tried again when its lease is over.
            Err(error) => {
                tracing::error!(%plugin, job = %job.id, name, %error, "a slice of a job could not be done");
                return;
            }
        };
        tracing::error!(%plugin, job = %job.id, name, reason = failure.reason, "a slice of a job failed");
        generation.context.stats.count_failure(failure.kind);
        generation.background.record(Instant::now(), failure.is_fault_of_plugin);
        let caller = Caller::system(self.home.clone());
        let put_down = unit!(self.app.write(&caller), work => {
            jobs::slice_failed(work, &leased, &failure.reason, failure.retry).await
        });
        if let Err(error) = put_down {
            tracing::warn!(%plugin, job = %leased.job.id, %error, "the failure of a job could not be put down");
        }
    }

    async fn again_and_again(
        &self,
        generation: &Arc<Generation>,
        leased: &LeasedJob,
    ) -> galleria_app::Result<Result<(), Failure>> {
        for run in 1..=RUNS_MAX {
            match self.once(generation, leased, run).await {
                Err(error) if error.is_again() => {
                    generation.context.stats.count_rerun();
                    pause_before_rerun(run).await;
                }
                ended => return ended,
            }
        }
        Err(too_many_reruns())
    }

    async fn once(
        &self,
        generation: &Arc<Generation>,
        leased: &LeasedJob,
        run: u32,
    ) -> galleria_app::Result<Result<(), Failure>> {
        let mut work = self.app.write(&generation.caller(&leased.job.store));
        work.set_run(run);
        let began = Instant::now();
        let question = Slice::of(&leased.job);
        let Asked { mut work, answer, .. } =
            generation.ask(work, CallLimits::SLICE, question).await;
        generation.context.stats.count_call(began.elapsed());
        let outcome = match answer {
            Ok(Ok(outcome)) => read(outcome),
            Ok(Err(reason)) => Err(Failure::new(reason, "refused", false)),
            Err(AskFailure::Unit(error)) => {
                work.undo().await;
                return Err(error);
            }
            Err(AskFailure::Busy) => {
                Err(Failure::new("the host has too much to do", "busy", false))
            }
            Err(AskFailure::Overrun(overrun)) => {
                Err(Failure::new(overrun.to_string(), overrun.as_str(), true))
            }
            Err(AskFailure::Trapped(error)) => {
                tracing::debug!(plugin = %generation.context.id, "{error:?}");
                Err(Failure::new(error.root_cause().to_string(), "trap", true))
            }
        };
        let ended = match outcome {
            Ok(outcome) => {
                work.set_caller(Caller::system(self.home.clone()));
                jobs::slice_done(&mut work, leased, outcome).await
            }
            Err(failure) => {
                work.undo().await;
                return Ok(Err(failure));
            }
        };
        finish(work, ended).await
    }
}

/// Says that a slice ended in no way that it should.
fn say(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        // What it did is undone, and its lease runs out.
        tracing::error!(%error, "a slice of a job ended unexpectedly");
    }
}

/// Commits what a slice did, if the job is still this host's.
async fn finish(
    work: Work,
    ended: galleria_app::Result<bool>,
) -> galleria_app::Result<Result<(), Failure>> {
    match ended {
        Ok(true) => match work.finish(Ok(())).await {
            Ended::Done(ended) => ended.map(Ok),
            Ended::Again => {
                Err(galleria_app::StorageError::Again("another unit got in between".into()).into())
            }
        },
        // Another host has it by now, or it was cancelled.
        Ok(false) => {
            work.undo().await;
            Ok(Ok(()))
        }
        Err(AppError::Invalid(mistakes)) => {
            work.undo().await;
            let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
            Ok(Err(Failure::new(first, "bad-response", true)))
        }
        Err(error) => {
            work.undo().await;
            Err(error)
        }
    }
}

/// How a slice failed.
struct Failure {
    reason: String,
    kind: &'static str,
    is_fault_of_plugin: bool,
    /// Whether trying again could mend it.
    retry: bool,
}

impl Failure {
    fn new(reason: impl Into<String>, kind: &'static str, is_fault_of_plugin: bool) -> Self {
        Self { reason: reason.into(), kind, is_fault_of_plugin, retry: true }
    }
}

/// Takes an outcome for what it is, if it is one.
fn read(outcome: wit::SliceOutcome) -> Result<SliceOutcome, Failure> {
    let json = |text: &str, what: &str| {
        serde_json::from_str::<Value>(text)
            .map_err(|_| Failure::new(format!("the {what} is no JSON"), "bad-response", true))
    };
    Ok(match outcome {
        wit::SliceOutcome::Done(result) => SliceOutcome::Done { result: json(&result, "result")? },
        wit::SliceOutcome::More(wit::Checkpoint { cursor, progress }) => {
            let wit::Progress { done, total, text } = progress;
            SliceOutcome::More {
                cursor: json(&cursor, "cursor")?,
                progress: JobProgress { done, total, text },
                run_at: None,
            }
        }
    })
}

/// One slice, as it is asked for.
struct Slice {
    name: String,
    input: String,
    cursor: Option<String>,
}

impl Slice {
    fn of(job: &Job) -> Self {
        Self {
            name: job.name.clone(),
            input: job.input.to_string(),
            cursor: job.cursor.as_ref().map(ToString::to_string),
        }
    }
}

impl Question for Slice {
    type Answer = Result<wit::SliceOutcome, String>;

    async fn ask(
        self,
        offers: &Offers,
        instance: &Instance,
        store: &mut Store<CallState>,
    ) -> wasmtime::Result<Self::Answer> {
        let indices = offers.jobs.as_ref().ok_or_else(not_exported)?;
        let guest = indices.load(&mut *store, instance)?;
        guest.call_run(store, &self.name, &self.input, self.cursor.as_ref()).await
    }
}
