//! Does a job.

use galleria_sdk::Fault;
use galleria_sdk::jobs::{Outcome, Progress, Slice};
use serde::Deserialize;

use crate::{bad, count};

#[derive(Deserialize)]
struct Plan {
    slices: u64,
    #[serde(rename = "do", default)]
    what: String,
    /// In which slice.
    #[serde(default)]
    at: u64,
}

/// Counts its slices.
#[expect(clippy::needless_pass_by_value, reason = "handlers are handed what they take")]
pub(crate) fn count_slices(slice: Slice) -> Result<Outcome, Fault> {
    let plan: Plan = slice.input()?;
    let at = slice.cursor::<u64>()?.unwrap_or(0);
    let done = at + 1;
    count(&format!("slice {done}"))?;
    if at == plan.at {
        bad::end(&plan.what)?;
    }
    if done == plan.slices {
        return Outcome::done(serde_json::json!({ "slices": done }));
    }
    Outcome::more(done, Progress::of(done, Some(plan.slices)).saying("counting"))
}
