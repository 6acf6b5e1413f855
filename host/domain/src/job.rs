//! Jobs: long work of plugins, done in slices, with a cursor that is saved between them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::adjustment::json_fits;
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{JobId, PluginId, StoreId, is_slug};
use crate::names::named;
use crate::principal::Actor;
use crate::text::TextRule;
use crate::time::Instant;

/// The most bytes of what a job is told to do, of its cursor and of its result, as JSON.
pub const JOB_JSON_MAX_BYTES: usize = 64 * 1024;
/// The most bytes that are kept of what went wrong with a job.
pub const JOB_ERROR_MAX_BYTES: usize = 1_024;
/// How often in a row a slice may fail before the job has failed.
pub const JOB_ATTEMPTS_MAX: u32 = 10;

/// The longest wait between two tries.
const RETRY_MAX: Duration = Duration::from_hours(1);

const KEY: TextRule = TextRule::line(256);
const PROGRESS_TEXT: TextRule = TextRule::line(256);

named! {
    /// How far a job is.
    JobState, "state of a job" {
        /// It waits for its next slice.
        Queued = "queued",
        /// A host has it to itself, and does a slice of it.
        Running = "running",
        /// It has come to its end.
        Done = "done",
        /// It was given up.
        Failed = "failed",
        /// Somebody stopped it.
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// Whether nothing more is done for it, unless somebody asks for that.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Whether a job can go from this state to that one in one step. What is over can begin again
    /// where it was, but for what is done.
    pub const fn can_become(self, next: Self) -> bool {
        match self {
            // A job whose last host went away may be given up without another slice.
            Self::Queued => matches!(next, Self::Running | Self::Cancelled),
            // Running again: its host went away, and another one took it.
            Self::Running => true,
            Self::Failed | Self::Cancelled => matches!(next, Self::Queued),
            Self::Done => false,
        }
    }
}

/// How much of a job is done, in units of the job's own.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct JobProgress {
    /// How many.
    pub done: u64,
    /// Out of how many, if that is known.
    pub total: Option<u64>,
    /// What it is doing, in words; no personal data.
    pub text: Option<String>,
}

impl JobProgress {
    /// Everything that is wrong with it.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        // Both are stored as signed numbers.
        let numbers = [("progress.done", Some(self.done)), ("progress.total", self.total)];
        for (path, number) in numbers {
            if number.is_some_and(|number| i64::try_from(number).is_err()) {
                mistakes.add(path, FieldCode::Range, "is too large");
            }
        }
        if let Some(text) = &self.text {
            mistakes.keep("progress.text", PROGRESS_TEXT.check(text));
        }
        mistakes.finish(())
    }
}

/// Long work of a plugin.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Job {
    /// Names it for ever.
    pub id: JobId,
    /// The store that it works in.
    pub store: StoreId,
    /// Whose it is.
    pub plugin: PluginId,
    /// Which of the plugin's jobs.
    pub name: String,
    /// What it was told to do.
    pub input: Value,
    /// Where the next slice goes on; the first one begins without.
    pub cursor: Option<Value>,
    /// How much of it is done.
    pub progress: JobProgress,
    /// What came of it, once it is done.
    pub result: Option<Value>,
    /// How far it is.
    pub state: JobState,
    /// How often in a row its slice has failed.
    pub attempts: u32,
    /// Its next slice isn't done before.
    pub run_at: Instant,
    /// The host that does a slice of it.
    pub lease_owner: Option<String>,
    /// Until when that host has it to itself.
    pub lease_until: Option<Instant>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// While it isn't over, the plugin has no other job in the store under this key.
    pub unique_key: Option<String>,
    /// Who began it.
    pub created_by: Actor,
    /// When it was begun.
    pub created_at: Instant,
    /// When it was over.
    pub finished_at: Option<Instant>,
}

/// Everything that is wrong with a job that is to begin.
pub fn job_check(
    name: &str,
    input: &Value,
    unique_key: Option<&str>,
) -> Result<(), Vec<FieldError>> {
    let mut mistakes = Mistakes::new();
    if !is_slug(name) {
        let message = "is no name of a job; write small letters, digits and hyphens";
        mistakes.add("name", FieldCode::Malformed, message);
    }
    if !json_fits(input, JOB_JSON_MAX_BYTES) {
        mistakes.add("input", FieldCode::TooLong, "has more than 65536 bytes");
    }
    match unique_key {
        Some("") => mistakes.add("unique_key", FieldCode::TooShort, "is empty"),
        Some(key) => {
            mistakes.keep("unique_key", KEY.check(key));
        }
        None => {}
    }
    mistakes.finish(())
}

/// How long to wait after so many failures in a row: 1 s, doubled with each, at most an hour.
pub fn job_retry_delay(attempts: u32) -> Duration {
    let seconds = 1_u64.checked_shl(attempts.saturating_sub(1)).unwrap_or(u64::MAX);
    Duration::from_secs(seconds).min(RETRY_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_wait_after_a_failure_doubles_up_to_an_hour() {
        let seconds: Vec<_> =
            [1, 2, 3, 10, 12, 13, 64, 65, u32::MAX].map(|at| job_retry_delay(at).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 512, 2_048, 3_600, 3_600, 3_600, 3_600]);
    }

    #[test]
    fn what_is_done_stays_done_and_what_failed_can_begin_again() {
        for next in JobState::ALL {
            assert!(!JobState::Done.can_become(*next), "{next}");
        }
        assert!(JobState::Failed.can_become(JobState::Queued));
        assert!(JobState::Cancelled.can_become(JobState::Queued));
        assert!(!JobState::Cancelled.can_become(JobState::Running));
        assert!(!JobState::Queued.can_become(JobState::Done));
    }

    #[test]
    fn every_mistake_about_a_job_is_named() {
        let large = json!("x".repeat(JOB_JSON_MAX_BYTES));
        let errors = job_check("Export!", &large, Some("")).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["name", "input", "unique_key"]);
        assert_eq!(job_check("export", &json!({ "all": true }), Some("all")), Ok(()));
        assert_eq!(job_check("export", &Value::Null, None), Ok(()));
    }

    #[test]
    fn progress_is_kept_as_far_as_it_can_be_shown() {
        let good = JobProgress { done: 1, total: Some(2), text: Some("half".into()) };
        assert_eq!(good.validate(), Ok(()));
        let bad = JobProgress { done: u64::MAX, total: Some(u64::MAX), text: Some("\0".into()) };
        assert_eq!(bad.validate().unwrap_err().len(), 3);
    }

    proptest! {
        #[test]
        fn no_wait_is_shorter_than_the_one_before(attempts in 1..u32::MAX) {
            prop_assert!(job_retry_delay(attempts) <= job_retry_delay(attempts + 1));
        }
    }
}
