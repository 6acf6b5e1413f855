//! Jobs that are due again and again.

use galleria_domain::{CronExpression, Instant, JobId, PluginId, StoreId, TimeZoneName};
use galleria_storage::jobs::{self as stored, Cron, DueCron};
use galleria_storage::stores;
use serde_json::Value;

use super::{NewJob, begin};
use crate::error::{AppError, Result};
use crate::work::Work;

/// How many stores a plan is made for.
const STORES_MAX: u32 = 1_000;
/// How many are put down as due by one unit.
const DUE_AT_ONCE: u32 = 64;
/// What the key of such a job begins with.
const KEY: &str = "cron:";

/// A kind of job that a plugin wants to be due again and again, in every store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CronEntry {
    /// The kind of job.
    pub name: String,
    /// When.
    pub expression: CronExpression,
    /// On the clocks of which time zone; those of each store without.
    pub time_zone: Option<TimeZoneName>,
}

/// Plans all that a plugin wants to be due again and again, and nothing else of it, in all stores.
///
/// What was planned already, just so, keeps its time. By the host itself, whenever it begins to
/// serve a version of the plugin, and now and then, since there may be new stores.
pub async fn plan_cron(work: &mut Work, plugin: &PluginId, entries: &[CronEntry]) -> Result<()> {
    let now = work.now();
    let mut left = stored::list_cron(work.unit(), plugin).await?;
    let stores =
        if entries.is_empty() { Vec::new() } else { stores::list(work.unit(), STORES_MAX).await? };
    for store in stores {
        for entry in entries {
            let zone = entry.time_zone.as_ref().unwrap_or(&store.time_zone);
            let is_it = |cron: &Cron| {
                cron.store == store.id
                    && cron.name == entry.name
                    && cron.expression == entry.expression
                    && cron.time_zone == *zone
            };
            if let Some(at) = left.iter().position(is_it) {
                left.swap_remove(at);
                continue;
            }
            let Some(next_at) = entry.expression.next_after(now, zone) else { continue };
            left.retain(|cron| cron.store != store.id || cron.name != entry.name);
            let cron = planned(plugin, &store.id, entry, zone, next_at);
            stored::put_cron(work.unit(), &cron).await?;
        }
    }
    for cron in left {
        stored::delete_cron(work.unit(), &cron).await?;
    }
    Ok(())
}

fn planned(
    plugin: &PluginId,
    store: &StoreId,
    entry: &CronEntry,
    zone: &TimeZoneName,
    next_at: Instant,
) -> Cron {
    Cron {
        plugin: plugin.clone(),
        name: entry.name.clone(),
        store: store.clone(),
        expression: entry.expression.clone(),
        time_zone: zone.clone(),
        next_at,
    }
}

/// Begins the jobs whose time has come, once whatever number of hosts there is; says which.
///
/// What was due many times while no host ran is done once. While the job of the time before isn't
/// over, no other is begun. A plugin that isn't enabled misses its times. In a unit of its own, by
/// the host itself.
pub async fn due_cron(work: &mut Work) -> Result<Vec<JobId>> {
    let now = work.now();
    let mut begun = Vec::new();
    for DueCron { cron, enabled } in stored::due_cron(work.unit(), now, DUE_AT_ONCE).await? {
        // A schedule that has no next time stays out of the way.
        let next_at = cron.expression.next_after(now, &cron.time_zone).unwrap_or(Instant::MAX);
        if !stored::advance_cron(work.unit(), &cron, next_at).await? || !enabled {
            continue;
        }
        begun.extend(begin_due(work, &cron).await?);
    }
    Ok(begun)
}

/// Begins one in its own store. Whoever has too many jobs already misses this time.
async fn begin_due(work: &mut Work, cron: &Cron) -> Result<Option<JobId>> {
    let new = NewJob {
        plugin: cron.plugin.clone(),
        name: cron.name.clone(),
        input: Value::Null,
        run_at: None,
        unique_key: Some(format!("{KEY}{}", cron.name)),
    };
    let there = work.caller().clone();
    let here = crate::Caller { store: cron.store.clone(), ..there.clone() };
    work.set_caller(here);
    let begun = begin(work, new).await;
    work.set_caller(there);
    match begun {
        Ok(id) => Ok(Some(id)),
        Err(AppError::Quota { .. }) => {
            tracing::warn!(plugin = %cron.plugin, job = cron.name, "too many jobs wait already");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
