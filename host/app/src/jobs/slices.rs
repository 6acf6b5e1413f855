//! Slices: what a host does for a job at once.

use std::time::Duration;

use galleria_domain::{
    FieldCode, FieldError, Instant, JOB_ATTEMPTS_MAX, JOB_ERROR_MAX_BYTES, JOB_JSON_MAX_BYTES, Job,
    JobProgress, JobState, PluginId, job_retry_delay,
};
use galleria_storage::jobs::{self as stored, FencedJob};
use serde_json::Value;

use super::settled;
use crate::error::Result;
use crate::work::Work;

/// How long a host has a job to itself. A slice has to be over well before.
pub const LEASE: Duration = Duration::from_mins(1);

/// Why a slice failed whose host went away.
const LOST: &str = "the host went away in the middle of a slice";
/// How many jobs that were lost for good are put down by one unit.
const LOST_AT_ONCE: usize = 16;

/// A job that a host has to itself for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct LeasedJob {
    /// The job.
    pub job: Job,
    /// What proves that it is this lease that counts.
    fence: u64,
}

/// What came of a slice that went well.
#[derive(Clone, Debug, PartialEq)]
pub enum SliceOutcome {
    /// The job has come to its end.
    Done {
        /// What came of it; at most 64 KiB of JSON.
        result: Value,
    },
    /// There is more to do.
    More {
        /// Where the next slice goes on; at most 64 KiB of JSON.
        cursor: Value,
        /// How much is done.
        progress: JobProgress,
        /// When the next slice is due; at once without.
        run_at: Option<Instant>,
    },
}

/// Takes the job that has been due the longest among those of these plugins, in all stores, for
/// [`LEASE`]; `host` names the one that takes it, as it is shown to admins. `None` if none is due.
///
/// One whose host went away in the middle of a slice is due once its lease is over; that counts as a
/// failure of the slice. In a unit of its own, by the host itself.
pub async fn lease_next(
    work: &mut Work,
    host: &str,
    plugins: &[PluginId],
) -> Result<Option<LeasedJob>> {
    let now = work.now();
    for _ in 0..LOST_AT_ONCE {
        let found = stored::first_due(work.unit(), plugins, now).await?;
        let Some(FencedJob { mut job, fence, .. }) = found else { return Ok(None) };
        if job.state == JobState::Running {
            job.attempts += 1;
            job.last_error = Some(LOST.to_owned());
            if job.attempts >= JOB_ATTEMPTS_MAX {
                let settled = settled(&job, JobState::Failed);
                stored::settle(work.unit(), &job.id, fence, now, &settled).await?;
                continue;
            }
        }
        let until = now.plus(LEASE);
        if !stored::lease(work.unit(), &job.id, fence, host, until, job.attempts).await? {
            return Ok(None);
        }
        job.state = JobState::Running;
        job.lease_owner = Some(host.to_owned());
        job.lease_until = Some(until);
        return Ok(Some(LeasedJob { job, fence: fence + 1 }));
    }
    Ok(None)
}

/// When to look again: when the next job of these plugins is due, or the next of what is due again
/// and again. `None` if nothing is.
pub async fn next_due_at(work: &mut Work, plugins: &[PluginId]) -> Result<Option<Instant>> {
    let job = stored::next_due_at(work.unit(), plugins).await?;
    let cron = stored::next_cron_at(work.unit()).await?;
    Ok(job.into_iter().chain(cron).min())
}

/// Ends a slice, in the very unit in which the plugin did it. `false` if another host has the job by
/// now, or somebody cancelled it: then the unit has to be undone.
///
/// [`AppError::Invalid`](crate::AppError::Invalid) if the plugin's cursor, progress or result can't be kept.
pub async fn slice_done(
    work: &mut Work,
    leased: &LeasedJob,
    outcome: SliceOutcome,
) -> Result<bool> {
    let now = work.now();
    let mut job = leased.job.clone();
    job.attempts = 0;
    job.last_error = None;
    let state = match outcome {
        SliceOutcome::Done { result } => {
            require_fits("result", &result)?;
            job.result = Some(result);
            job.progress.done = job.progress.total.unwrap_or(job.progress.done);
            JobState::Done
        }
        SliceOutcome::More { cursor, progress, run_at } => {
            require_fits("cursor", &cursor)?;
            progress.validate()?;
            job.cursor = Some(cursor);
            job.progress = progress;
            job.run_at = run_at.unwrap_or(now).max(now);
            JobState::Queued
        }
    };
    let settled = settled(&job, state);
    Ok(stored::settle(work.unit(), &job.id, leased.fence, now, &settled).await?)
}

fn require_fits(path: &str, value: &Value) -> Result<()> {
    if value.to_string().len() <= JOB_JSON_MAX_BYTES {
        return Ok(());
    }
    Err(vec![FieldError::new(path, FieldCode::TooLong, "has more than 65536 bytes")].into())
}

/// Puts down that a slice failed, in a unit of its own. If trying again could mend it, that is done
/// after a while, longer each time; the tenth failure in a row is the job's. `reason` is a sentence
/// for admins: no secrets, no personal data.
///
/// Answers what became of the job, or `None` if another host has it by now, or somebody cancelled
/// it.
pub async fn slice_failed(
    work: &mut Work,
    leased: &LeasedJob,
    reason: &str,
    retry: bool,
) -> Result<Option<JobState>> {
    let now = work.now();
    let mut job = leased.job.clone();
    job.attempts += 1;
    job.last_error = Some(shortened(reason));
    let goes_on = retry && job.attempts < JOB_ATTEMPTS_MAX;
    let state = if goes_on { JobState::Queued } else { JobState::Failed };
    if goes_on {
        let delay = job_retry_delay(job.attempts);
        // Up to a quarter more, so that what failed together isn't tried together.
        job.run_at = now.plus(delay + delay.mul_f64(rand::random_range(0.0..0.25)));
    }
    let settled = settled(&job, state);
    let kept = stored::settle(work.unit(), &job.id, leased.fence, now, &settled).await?;
    Ok(kept.then_some(state))
}

/// One line, whatever it was, and not too long.
fn shortened(reason: &str) -> String {
    let line: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line[..line.floor_char_boundary(JOB_ERROR_MAX_BYTES)].to_owned()
}
