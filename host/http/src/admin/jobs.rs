//! Jobs: long work of plugins.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use galleria_app::jobs::{self, JobFilter};
use galleria_app::unit;
use galleria_domain::{Actor, Instant, Job, JobId, JobProgress, JobState, PluginId, StoreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Found, PageView, Result};
use crate::extract::{At, Listing, NoFilter, Params, StaffCaller};
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/jobs", get(list))
        .api_route("/jobs/{job}", get(read))
        .api_route("/jobs/{job}/cancel", post(cancel))
        .api_route("/jobs/{job}/retry", post(retry))
}

/// Which jobs to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JobQuery {
    /// Those of this plugin.
    #[schemars(with = "Option<String>")]
    plugin: Option<PluginId>,
    /// Those of this kind, as their plugin calls it.
    name: Option<String>,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    #[schemars(with = "Option<String>")]
    state: Option<JobState>,
}

/// Long work of a plugin, done in slices.
#[derive(JsonSchema, Serialize)]
struct JobView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: JobId,
    /// The store that it works in.
    #[schemars(with = "String")]
    store: StoreId,
    /// Whose it is.
    #[schemars(with = "String")]
    plugin: PluginId,
    /// Which of the plugin's jobs.
    name: String,
    /// What it was told to do.
    input: Value,
    /// How much of it is done.
    progress: ProgressView,
    /// What came of it, once it is done.
    result: Option<Value>,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    #[schemars(with = "String")]
    state: JobState,
    /// How often in a row its slice has failed; the tenth time, the job has.
    attempts: u32,
    /// Its next slice isn't done before.
    #[schemars(with = "String")]
    run_at: Instant,
    /// The host that does a slice of it.
    host: Option<String>,
    /// What went wrong last.
    last_error: Option<String>,
    /// Who began it.
    #[schemars(with = "String")]
    created_by: Actor,
    /// When it was begun.
    #[schemars(with = "String")]
    created_at: Instant,
    /// When it was over.
    #[schemars(with = "Option<String>")]
    finished_at: Option<Instant>,
}

/// How much of a job is done.
#[derive(JsonSchema, Serialize)]
struct ProgressView {
    /// How many, in units of the job's own.
    done: u64,
    /// Out of how many, if that is known.
    total: Option<u64>,
    /// What it is doing, in words.
    text: Option<String>,
}

async fn list(caller: StaffCaller, query: Listing<JobQuery>) -> Result<Found<PageView<JobView>>> {
    let (page, filter) = (query.page.request()?, query.filter.into());
    let page = unit!(caller.read(), work => jobs::list(work, &filter, &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn read(
    caller: StaffCaller,
    At(id): At<JobId>,
    _: Params<NoFilter>,
) -> Result<Found<JobView>> {
    let job = unit!(caller.read(), work => jobs::get(work, &id).await)?;
    Ok(Found::of(&job.into())?)
}

// Sent again, it does what it did: nothing that is over is cancelled or goes on twice.
async fn cancel(caller: StaffCaller, At(id): At<JobId>) -> Result<Found<JobView>> {
    let job = unit!(caller.write(), work => jobs::cancel(work, &id).await)?;
    Ok(Found::of(&job.into())?)
}

async fn retry(caller: StaffCaller, At(id): At<JobId>) -> Result<Found<JobView>> {
    let job = unit!(caller.write(), work => jobs::retry(work, &id).await)?;
    Ok(Found::of(&job.into())?)
}

impl From<JobQuery> for JobFilter {
    fn from(query: JobQuery) -> Self {
        let JobQuery { plugin, name, state } = query;
        Self { plugin, name, state }
    }
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        let JobProgress { done, total, text } = job.progress;
        Self {
            id: job.id,
            store: job.store,
            plugin: job.plugin,
            name: job.name,
            input: job.input,
            progress: ProgressView { done, total, text },
            result: job.result,
            state: job.state,
            attempts: job.attempts,
            run_at: job.run_at,
            host: job.lease_owner,
            last_error: job.last_error,
            created_by: job.created_by,
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}
