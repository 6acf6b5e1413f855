//! The log of events: what happened, written in the unit that made it true.
//!
//! Readers go on from where they stopped, and must never pass an event that becomes visible only
//! later. On PostgreSQL numbers are handed out before commits, so that `seq` alone isn't enough:
//! `turn` is the number of the writing transaction, and readers see only turns before the oldest
//! transaction that still runs and writes, in whichever database of the server. On SQLite there is one writer, and every turn is 0.
//!
//! `(turn, seq)` keeps the order of the events of one thing: of two units that change it, one sees
//! what the other committed, and got its turn after that.

pub mod cursors;
pub mod parked;

use std::collections::BTreeSet;

use galleria_domain::{
    Actor, CustomerId, EVENT_SCHEMA_VERSION, Event, EventId, EventKind, EventPosition, Instant,
    NewEvent, RequestId, StoreId,
};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, parsed, parsed_if, signed, unsigned};
use crate::sql::{Sql, fetch_all};
use crate::unit::Unit;
use crate::wakes::Wake;

/// What all events are read with.
const COLUMNS: &str = "e.turn, e.seq, e.id, e.store_id, e.kind, e.schema_version, e.aggregate, \
     e.aggregate_version, e.at, e.actor, e.on_behalf_of, e.correlation_id, e.payload";
/// The first turn that may still get events, on PostgreSQL.
const HORIZON: &str = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
     + (SELECT shift FROM event_epoch))";

/// Where, when and by whom a thing was done.
#[derive(Clone, Copy, Debug)]
pub struct EventOrigin<'a> {
    /// In which store.
    pub store: &'a StoreId,
    /// When.
    pub at: Instant,
    /// By whom.
    pub actor: &'a Actor,
    /// The customer for whom they acted.
    pub on_behalf_of: Option<&'a CustomerId>,
    /// In which request.
    pub request: &'a RequestId,
}

/// Which events are wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EventFilter {
    /// Of this store; of any, if nothing is said.
    pub store: Option<StoreId>,
    /// Of these kinds; of any, if nothing is said.
    pub kinds: Option<BTreeSet<EventKind>>,
    /// Of this thing.
    pub aggregate: Option<String>,
}

/// A stretch of the log that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct EventStretch {
    /// What was wanted of it, in order.
    pub events: Vec<Event>,
    /// How far it goes: the next one begins behind that.
    pub to: EventPosition,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    turn: i64,
    seq: i64,
    id: String,
    store_id: String,
    kind: String,
    schema_version: i64,
    aggregate: String,
    aggregate_version: i64,
    at: i64,
    actor: String,
    on_behalf_of: Option<String>,
    correlation_id: String,
    payload: String,
}

impl TryFrom<EventRow> for Event {
    type Error = StorageError;

    fn try_from(row: EventRow) -> Result<Self> {
        Ok(Self {
            id: parsed("events.id", &row.id)?,
            position: EventPosition { turn: row.turn, seq: row.seq },
            store: parsed("events.store_id", &row.store_id)?,
            kind: parsed("events.kind", &row.kind)?,
            schema_version: unsigned("events.schema_version", row.schema_version)?,
            aggregate: row.aggregate,
            aggregate_version: unsigned("events.aggregate_version", row.aggregate_version)?,
            at: Instant::from_micros(row.at),
            actor: parsed("events.actor", &row.actor)?,
            on_behalf_of: parsed_if("events.on_behalf_of", row.on_behalf_of.as_deref())?,
            correlation_id: parsed("events.correlation_id", &row.correlation_id)?,
            payload: from_json("events.payload", &row.payload)?,
        })
    }
}

/// Writes an event, whose payload is given as text; whoever follows the log is woken by the commit.
pub async fn insert(
    unit: &mut Unit,
    id: &EventId,
    event: &NewEvent<'_>,
    payload: &str,
    origin: &EventOrigin<'_>,
) -> Result<()> {
    const SQLITE: &str = "INSERT INTO events (turn, id, store_id, kind, schema_version, aggregate, \
         aggregate_version, at, actor, on_behalf_of, correlation_id, payload) \
         VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    const POSTGRES: &str = "INSERT INTO events (turn, id, store_id, kind, schema_version, \
         aggregate, aggregate_version, at, actor, on_behalf_of, correlation_id, payload) \
         VALUES (pg_current_xact_id()::text::bigint + (SELECT shift FROM event_epoch), \
         $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    unit.require_write()?;
    unit.wake_after_commit(Wake::Events);
    let sql = if unit.is_postgres() { POSTGRES } else { SQLITE };
    on!(unit, c => sqlx::query(sql)
        .bind(id.as_str())
        .bind(origin.store.as_str())
        .bind(event.kind.as_str())
        .bind(i64::from(EVENT_SCHEMA_VERSION))
        .bind(event.aggregate)
        .bind(signed(event.aggregate_version))
        .bind(origin.at.as_micros())
        .bind(origin.actor.to_string())
        .bind(origin.on_behalf_of.map(CustomerId::as_str))
        .bind(origin.request.as_str())
        .bind(payload)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// The stretch of the log behind a position: at most `scan_max` events of any sort, and at most
/// `limit` that pass the filter.
pub async fn read(
    unit: &mut Unit,
    after: EventPosition,
    filter: &EventFilter,
    scan_max: u32,
    limit: u32,
) -> Result<EventStretch> {
    // What happened to one thing is found by an index of its own.
    let until = match filter.aggregate {
        Some(_) => Some(end(unit).await?),
        None => scan(unit, after, scan_max).await?,
    };
    let Some(until) = until.filter(|until| *until > after) else {
        return Ok(EventStretch { events: Vec::new(), to: after });
    };
    let query = read_query(after, until, filter, limit);
    let rows: Vec<EventRow> = fetch_all!(unit, &query)?;
    let events = rows.into_iter().map(Event::try_from).collect::<Result<Vec<_>>>()?;
    let full = events.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let to = events.last().filter(|_| full).map_or(until, |last| last.position);
    Ok(EventStretch { events, to })
}

fn read_query(after: EventPosition, until: EventPosition, filter: &EventFilter, limit: u32) -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM events e WHERE (e.turn, e.seq) > (");
    sql.bind(after.turn).push(", ").bind(after.seq).push(") AND (e.turn, e.seq) <= (");
    sql.bind(until.turn).push(", ").bind(until.seq).push(")");
    if let Some(store) = &filter.store {
        sql.push(" AND e.store_id = ").bind(store.as_str());
    }
    match &filter.kinds {
        None => {}
        Some(kinds) if kinds.is_empty() => {
            sql.push(" AND FALSE");
        }
        Some(kinds) => {
            sql.push(" AND e.kind IN (").bind_list(kinds.iter().map(|kind| kind.as_str()));
            sql.push(")");
        }
    }
    if let Some(aggregate) = &filter.aggregate {
        sql.push(" AND e.aggregate = ").bind(aggregate.as_str());
    }
    sql.push(" ORDER BY e.turn, e.seq LIMIT ").bind(i64::from(limit));
    sql
}

/// The last of the next `max` events behind a position, if there is any.
async fn scan(unit: &mut Unit, after: EventPosition, max: u32) -> Result<Option<EventPosition>> {
    let mut sql = Sql::new("SELECT turn, seq FROM (SELECT turn, seq FROM events ");
    sql.push("WHERE (turn, seq) > (").bind(after.turn).push(", ").bind(after.seq).push(")");
    push_ripe(&mut sql, unit, "turn");
    sql.push(" ORDER BY turn, seq LIMIT ").bind(i64::from(max));
    sql.push(") AS next ORDER BY turn DESC, seq DESC LIMIT 1");
    let found: Vec<(i64, i64)> = fetch_all!(unit, &sql)?;
    Ok(found.first().map(|&(turn, seq)| EventPosition { turn, seq }))
}

/// Adds the condition that nothing earlier can become visible any more.
fn push_ripe(sql: &mut Sql, unit: &Unit, turn: &str) {
    if unit.is_postgres() {
        sql.push(" AND ").push(turn).push(" < ").push(HORIZON);
    }
}

/// The end of the log: behind all that can be read now, before all that is still to come.
pub async fn end(unit: &mut Unit) -> Result<EventPosition> {
    const SQLITE: &str = "SELECT MAX((SELECT COALESCE(MAX(seq), 0) FROM events), \
         (SELECT seq FROM event_pruned))";
    if unit.is_postgres() {
        let mut sql = Sql::new("SELECT ");
        sql.push(HORIZON).push(" - 1, 9223372036854775807");
        let found: Vec<(i64, i64)> = fetch_all!(unit, &sql)?;
        return Ok(found
            .first()
            .map_or(EventPosition::START, |&(turn, seq)| EventPosition { turn, seq }));
    }
    let seq: i64 = on!(unit, c => sqlx::query_scalar(SQLITE).fetch_one(c).await)?;
    Ok(EventPosition { turn: 0, seq })
}

/// Whether events are there that can't be read yet, because a unit that began earlier still runs.
pub async fn held_back(unit: &mut Unit) -> Result<bool> {
    if !unit.is_postgres() {
        return Ok(false);
    }
    let mut sql =
        Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM events WHERE turn >= ");
    sql.push(HORIZON).push(" LIMIT 1) AS unripe");
    let count: Vec<(i64,)> = fetch_all!(unit, &sql)?;
    Ok(count.first().is_some_and(|(count,)| *count > 0))
}

/// Up to where the log was forgotten.
pub async fn pruned(unit: &mut Unit) -> Result<EventPosition> {
    const SQL: &str = "SELECT turn, seq FROM event_pruned";
    let (turn, seq) = on!(unit, c => sqlx::query_as(SQL).fetch_one(c).await)?;
    Ok(EventPosition { turn, seq })
}

/// Forgets the oldest events: those from before `before` that every consumer is done with, `max`
/// at most; says how many. What is parked is kept.
pub async fn prune(unit: &mut Unit, before: Instant, max: u32) -> Result<u64> {
    const OLDEST: &str = "SELECT turn, seq FROM (SELECT e.turn, e.seq FROM events e \
         WHERE e.at < $1 AND NOT EXISTS (SELECT 1 FROM event_cursors c \
             WHERE (c.turn, c.seq) < (e.turn, e.seq)) \
         ORDER BY e.turn, e.seq LIMIT $2) AS old ORDER BY turn DESC, seq DESC LIMIT 1";
    const DELETE: &str = "DELETE FROM events WHERE (turn, seq) <= ($1, $2) AND at < $3 \
         AND NOT EXISTS (SELECT 1 FROM event_parked p \
             WHERE p.turn = events.turn AND p.seq = events.seq)";
    const NOTE: &str = "UPDATE event_pruned SET turn = $1, seq = $2 WHERE (turn, seq) < ($1, $2)";
    unit.require_write()?;
    let last: Option<(i64, i64)> = on!(unit, c => sqlx::query_as(OLDEST)
        .bind(before.as_micros())
        .bind(i64::from(max))
        .fetch_optional(c).await)?;
    let Some((turn, seq)) = last else { return Ok(0) };
    let deleted = on!(unit, c => sqlx::query(DELETE)
        .bind(turn)
        .bind(seq)
        .bind(before.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    on!(unit, c => sqlx::query(NOTE).bind(turn).bind(seq).execute(c).await.map(drop))?;
    Ok(deleted)
}
