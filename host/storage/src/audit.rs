//! The audit log: rows are only ever added, each chained to the one before.

use galleria_domain::{Actor, AuditEntry, AuditEvent, AuditLink, Instant};
use sqlx::QueryBuilder;

use crate::conn::on;
use crate::error::{Result, StorageError, is_taken};
use crate::row::{parsed, parsed_if, signed, unsigned};
use crate::unit::Unit;

/// Which entries are wanted; what is `None` doesn't matter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuditFilter {
    /// What was done.
    pub action: Option<String>,
    /// To what.
    pub object: Option<String>,
    /// By whom.
    pub actor: Option<Actor>,
    /// From then on.
    pub from: Option<Instant>,
    /// Before then.
    pub until: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct AuditRow {
    seq: i64,
    at: i64,
    actor: String,
    on_behalf_of: Option<String>,
    plugin: Option<String>,
    action: String,
    object: String,
    store_id: Option<String>,
    reason: Option<String>,
    detail: Option<String>,
    before_hash: Option<String>,
    after_hash: Option<String>,
    ip: Option<String>,
    request_id: Option<String>,
    prev_hash: String,
    hash: String,
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StorageError;

    fn try_from(row: AuditRow) -> Result<Self> {
        let event = AuditEvent {
            at: Instant::from_micros(row.at),
            store: parsed_if("audit_log.store_id", row.store_id.as_deref())?,
            actor: parsed("audit_log.actor", &row.actor)?,
            on_behalf_of: parsed_if("audit_log.on_behalf_of", row.on_behalf_of.as_deref())?,
            plugin: parsed_if("audit_log.plugin", row.plugin.as_deref())?,
            action: row.action,
            object: row.object,
            reason: row.reason,
            detail: row.detail,
            before: parsed_if("audit_log.before_hash", row.before_hash.as_deref())?,
            after: parsed_if("audit_log.after_hash", row.after_hash.as_deref())?,
            ip: parsed_if("audit_log.ip", row.ip.as_deref())?,
            request: parsed_if("audit_log.request_id", row.request_id.as_deref())?,
        };
        Ok(Self {
            seq: unsigned("audit_log.seq", row.seq)?,
            event,
            prev_hash: parsed("audit_log.prev_hash", &row.prev_hash)?,
            hash: parsed("audit_log.hash", &row.hash)?,
        })
    }
}

/// Where the chain has come to.
pub async fn last(unit: &mut Unit) -> Result<AuditLink> {
    const SQL: &str = "SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1";
    let row: Option<(i64, String)> = on!(unit, c => sqlx::query_as(SQL).fetch_optional(c).await)?;
    let Some((seq, hash)) = row else { return Ok(AuditLink::START) };
    Ok(AuditLink { seq: unsigned("audit_log.seq", seq)?, hash: parsed("audit_log.hash", &hash)? })
}

/// Adds an entry. If another unit has added one with the same number, this unit is to be run again.
pub async fn insert(unit: &mut Unit, entry: &AuditEntry) -> Result<()> {
    const SQL: &str = "INSERT INTO audit_log (seq, at, actor, on_behalf_of, plugin, action, object, \
         store_id, reason, detail, before_hash, after_hash, ip, request_id, prev_hash, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    unit.require_write()?;
    let event = &entry.event;
    let text = |value: Option<&dyn std::fmt::Display>| value.map(ToString::to_string);
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(signed(entry.seq))
        .bind(event.at.as_micros())
        .bind(event.actor.to_string())
        .bind(event.on_behalf_of.as_ref().map(AsRef::<str>::as_ref))
        .bind(event.plugin.as_ref().map(AsRef::<str>::as_ref))
        .bind(event.action.as_str())
        .bind(event.object.as_str())
        .bind(event.store.as_ref().map(AsRef::<str>::as_ref))
        .bind(event.reason.as_deref())
        .bind(event.detail.as_deref())
        .bind(text(event.before.as_ref().map(|hash| hash as _)))
        .bind(text(event.after.as_ref().map(|hash| hash as _)))
        .bind(text(event.ip.as_ref().map(|ip| ip as _)))
        .bind(event.request.as_ref().map(AsRef::<str>::as_ref))
        .bind(entry.prev_hash.to_string())
        .bind(entry.hash.to_string())
        .execute(c).await.map(drop));
    inserted.map_err(|error| {
        if is_taken(&error) { StorageError::Again(error.into()) } else { error.into() }
    })
}

/// Entries behind `seq` from the oldest on, `limit` at most: to follow the chain.
pub async fn list_after(unit: &mut Unit, seq: u64, limit: u32) -> Result<Vec<AuditEntry>> {
    const SQL: &str = "SELECT seq, at, actor, on_behalf_of, plugin, action, object, store_id, reason, \
         detail, before_hash, after_hash, ip, request_id, prev_hash, hash FROM audit_log \
         WHERE seq > $1 ORDER BY seq LIMIT $2";
    let rows: Vec<AuditRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(signed(seq))
        .bind(i64::from(limit))
        .fetch_all(c).await)?;
    rows.into_iter().map(AuditEntry::try_from).collect()
}

/// Entries that pass a filter, the newest first, before `before` if given, `limit` at most.
pub async fn list(
    unit: &mut Unit,
    filter: &AuditFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<AuditEntry>> {
    let rows: Vec<AuditRow> =
        on!(unit, c => list_query(filter, before, limit).build_query_as().fetch_all(c).await)?;
    rows.into_iter().map(AuditEntry::try_from).collect()
}

fn list_query<DB: sqlx::Database>(
    filter: &AuditFilter,
    before: Option<u64>,
    limit: u32,
) -> QueryBuilder<DB>
where
    i64: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
    String: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
{
    let mut query = QueryBuilder::new(
        "SELECT seq, at, actor, on_behalf_of, plugin, action, object, store_id, reason, detail, \
         before_hash, after_hash, ip, request_id, prev_hash, hash FROM audit_log WHERE seq < ",
    );
    query.push_bind(before.map_or(i64::MAX, signed));
    if let Some(action) = &filter.action {
        query.push(" AND action = ").push_bind(action.clone());
    }
    if let Some(object) = &filter.object {
        query.push(" AND object = ").push_bind(object.clone());
    }
    if let Some(actor) = &filter.actor {
        query.push(" AND actor = ").push_bind(actor.to_string());
    }
    if let Some(from) = filter.from {
        query.push(" AND at >= ").push_bind(from.as_micros());
    }
    if let Some(until) = filter.until {
        query.push(" AND at < ").push_bind(until.as_micros());
    }
    query.push(" ORDER BY seq DESC LIMIT ").push_bind(i64::from(limit));
    query
}
