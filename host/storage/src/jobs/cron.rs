//! What is due again and again, and when next.

use galleria_domain::{CronExpression, Instant, PluginId, StoreId, TimeZoneName};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::parsed;
use crate::sql::{Sql, fetch_all};
use crate::unit::Unit;

/// A kind of job that is due again and again in a store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cron {
    /// Whose job it is.
    pub plugin: PluginId,
    /// Which kind of job.
    pub name: String,
    /// In which store.
    pub store: StoreId,
    /// When.
    pub expression: CronExpression,
    /// On the clocks of which time zone.
    pub time_zone: TimeZoneName,
    /// When next.
    pub next_at: Instant,
}

/// A kind of job whose time has come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DueCron {
    /// What is due.
    pub cron: Cron,
    /// Whether its plugin is to serve at all.
    pub enabled: bool,
}

#[derive(sqlx::FromRow)]
struct CronRow {
    plugin: String,
    name: String,
    store_id: String,
    expression: String,
    time_zone: String,
    next_at: i64,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    #[sqlx(flatten)]
    cron: CronRow,
    enabled: bool,
}

impl TryFrom<CronRow> for Cron {
    type Error = StorageError;

    fn try_from(row: CronRow) -> Result<Self> {
        Ok(Self {
            plugin: parsed("cron.plugin", &row.plugin)?,
            name: row.name,
            store: parsed("cron.store_id", &row.store_id)?,
            expression: parsed("cron.expression", &row.expression)?,
            time_zone: parsed("cron.time_zone", &row.time_zone)?,
            next_at: Instant::from_micros(row.next_at),
        })
    }
}

/// All of a plugin.
pub async fn list_cron(unit: &mut Unit, plugin: &PluginId) -> Result<Vec<Cron>> {
    let mut sql = Sql::new(
        "SELECT plugin, name, store_id, expression, time_zone, next_at FROM cron WHERE plugin = ",
    );
    sql.bind(plugin.as_str()).push(" ORDER BY name, store_id");
    let rows: Vec<CronRow> = fetch_all!(unit, sql)?;
    rows.into_iter().map(Cron::try_from).collect()
}

/// Stores one, or puts it in the place of the one that was there.
pub async fn put_cron(unit: &mut Unit, cron: &Cron) -> Result<()> {
    const SQL: &str = "INSERT INTO cron (plugin, name, store_id, expression, time_zone, next_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (plugin, name, store_id) DO UPDATE SET \
         expression = excluded.expression, time_zone = excluded.time_zone, \
         next_at = excluded.next_at";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(cron.plugin.as_str())
        .bind(cron.name.as_str())
        .bind(cron.store.as_str())
        .bind(cron.expression.as_str())
        .bind(cron.time_zone.as_str())
        .bind(cron.next_at.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Removes one.
pub async fn delete_cron(unit: &mut Unit, cron: &Cron) -> Result<()> {
    const SQL: &str = "DELETE FROM cron WHERE plugin = $1 AND name = $2 AND store_id = $3";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(cron.plugin.as_str())
        .bind(cron.name.as_str())
        .bind(cron.store.as_str())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// What is due by now, the longest waiting first, `limit` at most.
pub async fn due_cron(unit: &mut Unit, now: Instant, limit: u32) -> Result<Vec<DueCron>> {
    let mut sql = Sql::new(
        "SELECT cron.plugin, cron.name, cron.store_id, cron.expression, cron.time_zone, \
         cron.next_at, EXISTS (SELECT 1 FROM installations i WHERE i.plugin = cron.plugin \
         AND i.state = 'enabled') AS enabled FROM cron WHERE cron.next_at <= ",
    );
    sql.bind(now.as_micros()).push(" ORDER BY cron.next_at LIMIT ").bind(i64::from(limit));
    let rows: Vec<DueRow> = fetch_all!(unit, sql)?;
    let due = |row: DueRow| Ok(DueCron { cron: row.cron.try_into()?, enabled: row.enabled });
    rows.into_iter().map(due).collect()
}

/// When the next one is due, if there is one.
pub async fn next_cron_at(unit: &mut Unit) -> Result<Option<Instant>> {
    const SQL: &str = "SELECT next_at FROM cron ORDER BY next_at LIMIT 1";
    let at: Option<i64> = on!(unit, c => sqlx::query_scalar(SQL).fetch_optional(c).await)?;
    Ok(at.map(Instant::from_micros))
}

/// Puts the next time of one that is due down, unless somebody else has; says whether it did.
pub async fn advance_cron(unit: &mut Unit, cron: &Cron, next_at: Instant) -> Result<bool> {
    const SQL: &str = "UPDATE cron SET next_at = $5 \
         WHERE plugin = $1 AND name = $2 AND store_id = $3 AND next_at = $4";
    unit.require_write()?;
    let done = on!(unit, c => sqlx::query(SQL)
        .bind(cron.plugin.as_str())
        .bind(cron.name.as_str())
        .bind(cron.store.as_str())
        .bind(cron.next_at.as_micros())
        .bind(next_at.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}
