//! Jobs: long work of plugins, done in slices.
//!
//! Whoever runs jobs leases one ([`lease_next`]) in a unit of its own, lets the plugin do a slice in
//! another, and ends that one with [`slice_done`]: what the slice wrote and where the job goes on
//! become true together. A slice that failed is undone, and put down by [`slice_failed`] in a third.
//! A lease ends after a minute, or with its host; then another host goes on at the cursor. Whoever
//! held it before is told so by `slice_done`, and has to undo what it did: so that no slice takes
//! effect twice.

mod cron;
mod slices;

use std::time::Duration;

use galleria_domain::{
    Actor, CursorValue, Instant, Job, JobId, JobProgress, JobState, Page, PageRequest, Permission,
    PluginId, QueryPrint, job_check,
};
use galleria_storage::StorageError;
pub use galleria_storage::jobs::JobFilter;
use galleria_storage::jobs::{self as stored, FencedJob, Settled};
use serde_json::{Value, json};

use crate::audit::{self, bad_cursor};
use crate::error::{AppError, Result};
use crate::work::Work;

pub use cron::{CronEntry, due_cron, plan_cron};
pub use slices::{
    LEASE, LeasedJob, SliceOutcome, lease_next, next_due_at, slice_done, slice_failed,
};

/// The most jobs on a page.
pub const PAGE_MAX: u32 = 200;
/// How many jobs of a plugin may be queued or running.
pub const LIVE_MAX: u32 = 1_000;
/// How long a job that is over is kept.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

const PRUNED_AT_ONCE: u32 = 500;

/// A job to be begun.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Whose work it is.
    pub plugin: PluginId,
    /// Which of the plugin's jobs, as its manifest names it.
    pub name: String,
    /// What it is told to do; at most 64 KiB of JSON.
    pub input: Value,
    /// When its first slice is due; at once without.
    pub run_at: Option<Instant>,
    /// If another job of the plugin in this store has the same key and isn't over, that one is
    /// meant, and no other begun.
    pub unique_key: Option<String>,
}

/// Begins a job in the caller's store, in the caller's unit: it is there if what else the unit did
/// is. Needs [`Permission::JobsRun`]; a plugin begins its own jobs only.
pub async fn enqueue(work: &mut Work, new: NewJob) -> Result<JobId> {
    work.caller().require(Permission::JobsRun)?;
    if work.caller().plugin.as_ref().is_some_and(|plugin| *plugin != new.plugin) {
        return Err(AppError::PermissionDenied(Permission::JobsRun.to_string()));
    }
    begin(work, new).await
}

/// Begins a job; whoever calls it has the right to.
async fn begin(work: &mut Work, new: NewJob) -> Result<JobId> {
    let NewJob { plugin, name, input, run_at, unique_key } = new;
    job_check(&name, &input, unique_key.as_deref())?;
    let store = work.caller().store.clone();
    if let Some(key) = &unique_key
        && let Some(found) = stored::find_by_key(work.unit(), &store, &plugin, key).await?
    {
        return Ok(found.job.id);
    }
    if stored::count_live(work.unit(), &plugin, LIVE_MAX).await? >= u64::from(LIVE_MAX) {
        return Err(AppError::Quota { which: "jobs", allowed: LIVE_MAX.into() });
    }
    let now = work.now();
    let caller = work.caller();
    let created_by = match &caller.plugin {
        Some(plugin) => Actor::Plugin(plugin.clone()),
        None => caller.principal.actor.clone(),
    };
    let job = Job {
        id: JobId::generate(),
        store,
        plugin,
        name,
        input,
        cursor: None,
        progress: JobProgress::default(),
        result: None,
        state: JobState::Queued,
        attempts: 0,
        run_at: run_at.unwrap_or(now),
        lease_owner: None,
        lease_until: None,
        last_error: None,
        unique_key,
        created_by,
        created_at: now,
        finished_at: None,
    };
    if stored::insert(work.unit(), &job).await? {
        Ok(job.id)
    } else {
        // Looked for in this very unit and not found: another unit was quicker.
        Err(changed_meanwhile())
    }
}

/// A page of the jobs of the caller's store, the newest first; needs [`Permission::JobsManage`], or
/// [`Permission::JobsRun`] for a plugin, which sees its own.
pub async fn list(work: &mut Work, filter: &JobFilter, page: &PageRequest) -> Result<Page<Job>> {
    let mut filter = filter.clone();
    if let Some(plugin) = require(work)? {
        filter.plugin = Some(plugin);
    }
    let limit = page.limit.clamp(1, PAGE_MAX);
    let store = work.caller().store.clone();
    let print = QueryPrint::of(["jobs".to_owned(), store.to_string(), format!("{filter:?}")]);
    let before = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some([CursorValue::Number(seq)]) => Some(*seq),
        Some(_) => return Err(bad_cursor(galleria_domain::InvalidCursor::Malformed)),
    };
    let rows = stored::list(work.unit(), &store, &filter, before, limit + 1).await?;
    let page = Page::from_rows(rows, limit, print, |row| vec![CursorValue::Number(row.seq)]);
    Ok(page.map(|row| row.job))
}

/// A job of the caller's store; needs [`Permission::JobsManage`], or [`Permission::JobsRun`] for a
/// plugin, which sees its own.
pub async fn get(work: &mut Work, id: &JobId) -> Result<Job> {
    Ok(find(work, id).await?.job)
}

/// Cancels a job, also one that a host works on: what the slice at hand does is undone, and no other
/// begins. One that is over stays as it is. Rights as in [`get`].
pub async fn cancel(work: &mut Work, id: &JobId) -> Result<Job> {
    let FencedJob { job, fence, .. } = find(work, id).await?;
    if job.state.is_over() {
        return Ok(job);
    }
    let now = work.now();
    let settled = settled(&job, JobState::Cancelled);
    if !stored::settle(work.unit(), id, fence, now, &settled).await? {
        return Err(changed_meanwhile());
    }
    record(work, "job.cancel", &job).await?;
    get(work, id).await
}

/// Lets a job that failed or was cancelled go on from where it was. Rights as in [`get`].
///
/// [`AppError::Conflict`] `job-not-over` if it is queued, running or done; `job-key-taken` if
/// another job has its key and isn't over.
pub async fn retry(work: &mut Work, id: &JobId) -> Result<Job> {
    let FencedJob { job, fence, .. } = find(work, id).await?;
    if !matches!(job.state, JobState::Failed | JobState::Cancelled) {
        let detail = format!("a job that is {} can't be tried again", job.state);
        return Err(AppError::conflict("job-not-over", detail));
    }
    let now = work.now();
    match stored::revive(work.unit(), id, fence, now).await {
        Ok(true) => {}
        Ok(false) => return Err(changed_meanwhile()),
        Err(StorageError::Taken(_)) => {
            let detail = "another job with the same key isn't over";
            return Err(AppError::conflict("job-key-taken", detail));
        }
        Err(error) => return Err(error.into()),
    }
    record(work, "job.retry", &job).await?;
    get(work, id).await
}

/// Forgets jobs that were over long ago, a bounded number; says how many.
pub async fn prune(work: &mut Work) -> Result<u64> {
    let before = work.now().minus(KEPT);
    Ok(stored::prune(work.unit(), before, PRUNED_AT_ONCE).await?)
}

async fn find(work: &mut Work, id: &JobId) -> Result<FencedJob> {
    let plugin = require(work)?;
    let store = work.caller().store.clone();
    let found = stored::get(work.unit(), &store, id).await?;
    // What is another plugin's doesn't exist for this one.
    found
        .filter(|found| plugin.is_none_or(|plugin| plugin == found.job.plugin))
        .ok_or(AppError::NotFound("job"))
}

/// Refuses whoever may not see jobs; answers the plugin, if one asks for its own.
fn require(work: &Work) -> Result<Option<PluginId>> {
    let caller = work.caller();
    let needed = match &caller.plugin {
        Some(_) => Permission::JobsRun,
        None => Permission::JobsManage,
    };
    caller.require(needed)?;
    Ok(caller.plugin.clone())
}

async fn record(work: &mut Work, action: &str, job: &Job) -> Result<()> {
    let detail = json!({ "plugin": job.plugin, "name": job.name });
    audit::append(work, action, job.id.as_str(), &detail).await
}

/// The job as it is, but for how far it is.
fn settled(job: &Job, state: JobState) -> Settled<'_> {
    Settled {
        state,
        cursor: job.cursor.as_ref(),
        progress: &job.progress,
        result: job.result.as_ref(),
        attempts: job.attempts,
        run_at: job.run_at,
        last_error: job.last_error.as_deref(),
    }
}

fn changed_meanwhile() -> AppError {
    StorageError::Again("another unit has changed the job".into()).into()
}
