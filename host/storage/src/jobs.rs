//! Jobs of plugins.

mod cron;

use galleria_domain::{Instant, Job, JobId, JobProgress, JobState, PluginId, StoreId};
use serde_json::Value;

use crate::conn::on;
use crate::error::{Result, StorageError, is_taken};
use crate::row::{from_json, instant_if, micros_if, parsed, signed, to_json, unsigned};
use crate::sql::{Sql, fetch_all, fetch_number};
use crate::unit::Unit;
use crate::wakes::Wake;

pub use cron::{
    Cron, DueCron, advance_cron, delete_cron, due_cron, list_cron, next_cron_at, put_cron,
};

/// A job as it is stored, and what proves who works on it.
#[derive(Clone, Debug, PartialEq)]
pub struct FencedJob {
    /// The job.
    pub job: Job,
    /// Grows with each lease and each end of one: whoever holds an older one has lost the job.
    pub fence: u64,
    /// Where it stands among all jobs; grows with each that is stored.
    pub seq: i64,
}

/// Which jobs are wanted; what is `None` doesn't restrict.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct JobFilter {
    /// Of this plugin.
    pub plugin: Option<PluginId>,
    /// Of this kind.
    pub name: Option<String>,
    /// In this state.
    pub state: Option<JobState>,
}

/// What a job is to be like after a slice, or after somebody intervened.
#[derive(Clone, Debug)]
pub struct Settled<'a> {
    /// How far it has come: anything but running.
    pub state: JobState,
    /// Where the next slice goes on.
    pub cursor: Option<&'a Value>,
    /// How much is done.
    pub progress: &'a JobProgress,
    /// What came of it.
    pub result: Option<&'a Value>,
    /// How often in a row its slice has failed.
    pub attempts: u32,
    /// When its next slice is due.
    pub run_at: Instant,
    /// What went wrong last.
    pub last_error: Option<&'a str>,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    seq: i64,
    id: String,
    store_id: String,
    plugin: String,
    name: String,
    input: String,
    cursor: Option<String>,
    progress_done: i64,
    progress_total: Option<i64>,
    progress_text: Option<String>,
    result: Option<String>,
    state: String,
    attempts: i64,
    run_at: i64,
    lease_owner: Option<String>,
    lease_until: Option<i64>,
    fence: i64,
    last_error: Option<String>,
    unique_key: Option<String>,
    created_by: String,
    created_at: i64,
    finished_at: Option<i64>,
}

impl TryFrom<JobRow> for FencedJob {
    type Error = StorageError;

    fn try_from(row: JobRow) -> Result<Self> {
        let total = row.progress_total.map(|total| unsigned("jobs.progress_total", total));
        let cursor = row.cursor.as_deref().map(|text| from_json("jobs.cursor", text));
        let result = row.result.as_deref().map(|text| from_json("jobs.result", text));
        let progress = JobProgress {
            done: unsigned("jobs.progress_done", row.progress_done)?,
            total: total.transpose()?,
            text: row.progress_text,
        };
        Ok(Self {
            job: Job {
                id: parsed("jobs.id", &row.id)?,
                store: parsed("jobs.store_id", &row.store_id)?,
                plugin: parsed("jobs.plugin", &row.plugin)?,
                name: row.name,
                input: from_json("jobs.input", &row.input)?,
                cursor: cursor.transpose()?,
                progress,
                result: result.transpose()?,
                state: parsed("jobs.state", &row.state)?,
                attempts: unsigned("jobs.attempts", row.attempts)?,
                run_at: Instant::from_micros(row.run_at),
                lease_owner: row.lease_owner,
                lease_until: instant_if(row.lease_until),
                last_error: row.last_error,
                unique_key: row.unique_key,
                created_by: parsed("jobs.created_by", &row.created_by)?,
                created_at: Instant::from_micros(row.created_at),
                finished_at: instant_if(row.finished_at),
            },
            fence: unsigned("jobs.fence", row.fence)?,
            seq: row.seq,
        })
    }
}

const SELECT: &str = "SELECT seq, id, store_id, plugin, name, input, cursor, progress_done, \
     progress_total, progress_text, result, state, attempts, run_at, lease_owner, lease_until, fence, \
     last_error, unique_key, created_by, created_at, finished_at FROM jobs WHERE ";

/// Stores a job that waits for its first slice. If another one of its plugin and store has the key
/// and isn't over, nothing is stored, and the answer is `false`.
pub async fn insert(unit: &mut Unit, job: &Job) -> Result<bool> {
    const SQL: &str = "INSERT INTO jobs (id, store_id, plugin, name, input, progress_done, state, \
         attempts, run_at, fence, due_at, unique_key, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, 0, 'queued', 0, $6, 0, $6, $7, $8, $9) \
         ON CONFLICT DO NOTHING";
    unit.require_write()?;
    unit.wake_after_commit(Wake::Jobs);
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(job.id.as_str())
        .bind(job.store.as_str())
        .bind(job.plugin.as_str())
        .bind(job.name.as_str())
        .bind(to_json(&job.input))
        .bind(job.run_at.as_micros())
        .bind(job.unique_key.as_deref())
        .bind(job.created_by.to_string())
        .bind(job.created_at.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

/// Gives a job to a host, if it still is at this fence; its fence is one more then.
pub async fn lease(
    unit: &mut Unit,
    id: &JobId,
    fence: u64,
    owner: &str,
    until: Instant,
    attempts: u32,
) -> Result<bool> {
    const SQL: &str = "UPDATE jobs SET state = 'running', fence = fence + 1, lease_owner = $3, \
         lease_until = $4, due_at = $4, attempts = $5 \
         WHERE id = $1 AND fence = $2 AND due_at IS NOT NULL";
    unit.require_write()?;
    let leased = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(signed(fence))
        .bind(owner)
        .bind(until.as_micros())
        .bind(i64::from(attempts))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(leased > 0)
}

/// Takes a job that isn't over and is at this fence from whoever has it. Answers `false`, and
/// changes nothing, if it isn't so (any more).
pub async fn settle(
    unit: &mut Unit,
    id: &JobId,
    fence: u64,
    now: Instant,
    settled: &Settled<'_>,
) -> Result<bool> {
    const SQL: &str = "UPDATE jobs SET state = $3, cursor = $4, progress_done = $5, \
         progress_total = $6, progress_text = $7, attempts = $8, run_at = $9, last_error = $10, \
         finished_at = $11, due_at = $12, lease_owner = NULL, lease_until = NULL, \
         fence = fence + 1, result = $13 WHERE id = $1 AND fence = $2 AND due_at IS NOT NULL";
    unit.require_write()?;
    unit.wake_after_commit(Wake::Jobs);
    let is_over = settled.state.is_over();
    let done = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(signed(fence))
        .bind(settled.state.as_str())
        .bind(settled.cursor.map(Value::to_string))
        .bind(signed(settled.progress.done))
        .bind(settled.progress.total.map(signed))
        .bind(settled.progress.text.as_deref())
        .bind(i64::from(settled.attempts))
        .bind(settled.run_at.as_micros())
        .bind(settled.last_error)
        .bind(micros_if(is_over.then_some(now)))
        .bind(micros_if((!is_over).then_some(settled.run_at)))
        .bind(settled.result.map(Value::to_string))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Lets a job that is over go on from its cursor. Answers `false` if it isn't at this fence (any
/// more); [`StorageError::Taken`] if another one has its key and isn't over.
pub async fn revive(unit: &mut Unit, id: &JobId, fence: u64, now: Instant) -> Result<bool> {
    const SQL: &str = "UPDATE jobs SET state = 'queued', attempts = 0, run_at = $3, due_at = $3, \
         finished_at = NULL, fence = fence + 1 WHERE id = $1 AND fence = $2 AND due_at IS NULL";
    unit.require_write()?;
    unit.wake_after_commit(Wake::Jobs);
    unit.mark().await?;
    let done = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(signed(fence))
        .bind(now.as_micros())
        .execute(c).await.map(|done| done.rows_affected()));
    match done {
        Ok(done) => Ok(done > 0),
        Err(error) if is_taken(&error) => {
            unit.undo_to_mark().await?;
            Err(StorageError::Taken("jobs.unique_key"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The job of a plugin in a store that has this key and isn't over.
pub async fn find_by_key(
    unit: &mut Unit,
    store: &StoreId,
    plugin: &PluginId,
    key: &str,
) -> Result<Option<FencedJob>> {
    let mut sql = Sql::new(SELECT);
    sql.push("due_at IS NOT NULL AND plugin = ").bind(plugin.as_str());
    sql.push(" AND store_id = ").bind(store.as_str()).push(" AND unique_key = ").bind(key);
    one(unit, &sql).await
}

/// A job of a store.
pub async fn get(unit: &mut Unit, store: &StoreId, id: &JobId) -> Result<Option<FencedJob>> {
    let mut sql = Sql::new(SELECT);
    sql.push("id = ").bind(id.as_str()).push(" AND store_id = ").bind(store.as_str());
    one(unit, &sql).await
}

/// How many jobs of a plugin aren't over, in all stores, counted up to `max`.
pub async fn count_live(unit: &mut Unit, plugin: &PluginId, max: u32) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE due_at IS NOT NULL");
    sql.push(" AND plugin = ").bind(plugin.as_str());
    sql.push(" LIMIT ").bind(i64::from(max)).push(") AS live");
    unsigned("jobs", fetch_number!(unit, sql)?)
}

/// The job among those of these plugins that has been due the longest.
pub async fn first_due(
    unit: &mut Unit,
    plugins: &[PluginId],
    now: Instant,
) -> Result<Option<FencedJob>> {
    if plugins.is_empty() {
        return Ok(None);
    }
    let mut sql = Sql::new(SELECT);
    sql.push("due_at <= ").bind(now.as_micros()).push(" AND plugin IN (");
    sql.bind_list(plugins.iter().map(PluginId::as_str)).push(") ORDER BY due_at, seq LIMIT 1");
    one(unit, &sql).await
}

/// When the next job of these plugins is due, if one is at all.
pub async fn next_due_at(unit: &mut Unit, plugins: &[PluginId]) -> Result<Option<Instant>> {
    if plugins.is_empty() {
        return Ok(None);
    }
    let mut sql = Sql::new("SELECT due_at FROM jobs WHERE due_at IS NOT NULL AND plugin IN (");
    sql.bind_list(plugins.iter().map(PluginId::as_str)).push(") ORDER BY due_at, seq LIMIT 1");
    let rows: Vec<(i64,)> = fetch_all!(unit, sql)?;
    Ok(rows.first().map(|(at,)| Instant::from_micros(*at)))
}

/// Jobs of a store that pass the filter, the newest first, `limit` at most, before `before` if
/// given.
pub async fn list(
    unit: &mut Unit,
    store: &StoreId,
    filter: &JobFilter,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<FencedJob>> {
    let mut sql = Sql::new(SELECT);
    sql.push("store_id = ").bind(store.as_str());
    if let Some(plugin) = &filter.plugin {
        sql.push(" AND plugin = ").bind(plugin.as_str());
    }
    if let Some(name) = &filter.name {
        sql.push(" AND name = ").bind(name.as_str());
    }
    if let Some(state) = filter.state {
        sql.push(" AND state = ").bind(state.as_str());
    }
    if let Some(before) = before {
        sql.push(" AND seq < ").bind(before);
    }
    sql.push(" ORDER BY seq DESC LIMIT ").bind(i64::from(limit));
    let rows: Vec<JobRow> = fetch_all!(unit, sql)?;
    rows.into_iter().map(FencedJob::try_from).collect()
}

/// Removes all jobs of a plugin.
pub async fn delete_of(unit: &mut Unit, plugin: &PluginId) -> Result<()> {
    const SQL: &str = "DELETE FROM jobs WHERE plugin = $1";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL).bind(plugin.as_str()).execute(c).await.map(drop))?;
    Ok(())
}

/// Removes jobs that were over before `before`, `max` at most; says how many.
pub async fn prune(unit: &mut Unit, before: Instant, max: u32) -> Result<u64> {
    const SQL: &str = "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs \
         WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(before.as_micros())
        .bind(i64::from(max))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}

async fn one(unit: &mut Unit, sql: &Sql) -> Result<Option<FencedJob>> {
    let rows: Vec<JobRow> = fetch_all!(unit, sql)?;
    rows.into_iter().next().map(FencedJob::try_from).transpose()
}
