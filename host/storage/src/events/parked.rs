//! Events that a consumer failed on: tried again later, and in the end left for people to look at.
//!
//! Per consumer and thing, one of them is `retrying` and the later ones are `waiting` behind it.
//! Those that are `dead` hold nobody up.

use galleria_domain::{Event, EventId, EventPosition, Instant};

use super::{COLUMNS, EventRow};
use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{parsed, unsigned};
use crate::sql::{Sql, Value, bind_all, fetch_all};
use crate::unit::Unit;

/// How many things are looked up in one statement.
const CHUNK: usize = 500;

/// What is to become of a parked event.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ParkedState {
    /// It is tried again.
    Retrying,
    /// It waits for an earlier one of the same thing.
    Waiting,
    /// It is tried no more.
    Dead,
}

impl ParkedState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retrying => "retrying",
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }
}

impl std::str::FromStr for ParkedState {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Retrying, Self::Waiting, Self::Dead]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or("is no state of a parked event")
    }
}

/// How a parked event stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parking {
    /// What is to become of it.
    pub state: ParkedState,
    /// How often it failed.
    pub attempts: u32,
    /// When it is to be tried again.
    pub next_at: Instant,
    /// Why it last failed, in words; empty if it never was tried.
    pub last_error: String,
    /// The consumer's version when it last failed; empty if it never was tried.
    pub consumer_version: String,
}

/// An event that is parked.
#[derive(Clone, Debug, PartialEq)]
pub struct ParkedEvent {
    /// For whom: a plugin's id or a webhook's.
    pub consumer: String,
    /// The event.
    pub event: Event,
    /// How it stands.
    pub parking: Parking,
    /// Since when.
    pub parked_at: Instant,
}

#[derive(sqlx::FromRow)]
struct ParkedRow {
    consumer: String,
    state: String,
    attempts: i64,
    next_at: i64,
    last_error: String,
    consumer_version: String,
    parked_at: i64,
    #[sqlx(flatten)]
    event: EventRow,
}

impl TryFrom<ParkedRow> for ParkedEvent {
    type Error = StorageError;

    fn try_from(row: ParkedRow) -> Result<Self> {
        Ok(Self {
            consumer: row.consumer,
            event: row.event.try_into()?,
            parking: Parking {
                state: parsed("event_parked.state", &row.state)?,
                attempts: unsigned("event_parked.attempts", row.attempts)?,
                next_at: Instant::from_micros(row.next_at),
                last_error: row.last_error,
                consumer_version: row.consumer_version,
            },
            parked_at: Instant::from_micros(row.parked_at),
        })
    }
}

fn select() -> Sql {
    let mut sql = Sql::new(
        "SELECT p.consumer, p.state, p.attempts, p.next_at, p.last_error, \
         p.consumer_version, p.parked_at, ",
    );
    sql.push(COLUMNS);
    sql.push(" FROM event_parked p JOIN events e ON e.turn = p.turn AND e.seq = p.seq WHERE ");
    sql
}

/// Parks an event for a consumer.
pub async fn insert(
    unit: &mut Unit,
    consumer: &str,
    event: &Event,
    parking: &Parking,
    now: Instant,
) -> Result<()> {
    const SQL: &str = "INSERT INTO event_parked (consumer, turn, seq, event_id, aggregate, state, \
         attempts, next_at, last_error, consumer_version, parked_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(consumer)
        .bind(event.position.turn)
        .bind(event.position.seq)
        .bind(event.id.as_str())
        .bind(event.aggregate.as_str())
        .bind(parking.state.as_str())
        .bind(i64::from(parking.attempts))
        .bind(parking.next_at.as_micros())
        .bind(parking.last_error.as_str())
        .bind(parking.consumer_version.as_str())
        .bind(now.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Those of the things that a consumer has an event parked of which holds up later ones.
pub async fn held_up(unit: &mut Unit, consumer: &str, aggregates: &[&str]) -> Result<Vec<String>> {
    let mut held_up = Vec::new();
    for chunk in aggregates.chunks(CHUNK) {
        let mut sql = Sql::new("SELECT DISTINCT aggregate FROM event_parked WHERE consumer = ");
        sql.bind(consumer).push(" AND state <> 'dead' AND aggregate IN (");
        sql.bind_list(chunk.iter().copied()).push(")");
        let rows: Vec<(String,)> = fetch_all!(unit, &sql)?;
        held_up.extend(rows.into_iter().map(|(aggregate,)| aggregate));
    }
    Ok(held_up)
}

/// The event that is to be tried again first, of those whose time has come.
pub async fn next_due(
    unit: &mut Unit,
    consumer: &str,
    now: Instant,
) -> Result<Option<ParkedEvent>> {
    let mut sql = select();
    sql.push("p.consumer = ").bind(consumer).push(" AND p.state = 'retrying' AND p.next_at <= ");
    sql.bind(now.as_micros()).push(" ORDER BY p.next_at, p.turn, p.seq LIMIT 1");
    let rows: Vec<ParkedRow> = fetch_all!(unit, &sql)?;
    rows.into_iter().next().map(ParkedEvent::try_from).transpose()
}

/// What an event parked for a consumer is to be, as it was seen last.
fn unchanged(sql: &mut Sql, parked: &ParkedEvent) {
    sql.push(" WHERE consumer = ").bind(parked.consumer.as_str());
    sql.push(" AND turn = ").bind(parked.event.position.turn);
    sql.push(" AND seq = ").bind(parked.event.position.seq);
    sql.push(" AND state = ").bind(parked.parking.state.as_str());
    sql.push(" AND attempts = ").bind(i64::from(parked.parking.attempts));
    sql.push(" AND next_at = ").bind(parked.parking.next_at.as_micros());
}

async fn execute(unit: &mut Unit, sql: &Sql) -> Result<u64> {
    unit.require_write()?;
    let Sql { text, values } = sql;
    // The text holds nothing but what this module wrote; values are bound.
    let done = on!(unit, c => {
        let query = sqlx::query(sqlx::AssertSqlSafe(text.as_str()));
        bind_all!(query, values).execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done)
}

/// Parks it differently; says `false` if it isn't any more as it was seen.
pub async fn update(unit: &mut Unit, before: &ParkedEvent, next: &Parking) -> Result<bool> {
    let mut sql = Sql::new("UPDATE event_parked SET state = ");
    sql.bind(next.state.as_str()).push(", attempts = ").bind(i64::from(next.attempts));
    sql.push(", next_at = ").bind(next.next_at.as_micros());
    sql.push(", last_error = ").bind(next.last_error.as_str());
    sql.push(", consumer_version = ").bind(next.consumer_version.as_str());
    unchanged(&mut sql, before);
    Ok(execute(unit, &sql).await? > 0)
}

/// Takes it out; says `false` if it isn't any more as it was seen.
pub async fn delete(unit: &mut Unit, parked: &ParkedEvent) -> Result<bool> {
    let mut sql = Sql::new("DELETE FROM event_parked");
    unchanged(&mut sql, parked);
    Ok(execute(unit, &sql).await? > 0)
}

/// Lets the first event that is parked of a thing be tried, and the later ones wait.
pub async fn line_up(unit: &mut Unit, consumer: &str, aggregate: &str, now: Instant) -> Result<()> {
    const FIRST: &str = " (SELECT turn, seq FROM event_parked WHERE consumer = $1 \
         AND aggregate = $2 AND state <> 'dead' ORDER BY turn, seq LIMIT 1)";
    const OF: &str = " WHERE consumer = $1 AND aggregate = $2 AND state = ";
    for (change, state, is_first) in [
        ("state = 'waiting'", "'retrying'", "<>"),
        ("state = 'retrying', next_at = $3", "'waiting'", "="),
    ] {
        let text = format!(
            "UPDATE event_parked SET {change}{OF}{state} AND (turn, seq) {is_first}{FIRST}"
        );
        let mut values = vec![Value::from(consumer), Value::from(aggregate)];
        if change.contains("$3") {
            values.push(now.as_micros().into());
        }
        execute(unit, &Sql { text, values }).await?;
    }
    Ok(())
}

/// Which parked events are wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ParkedFilter {
    /// Of this consumer.
    pub consumer: Option<String>,
    /// In this state.
    pub state: Option<ParkedState>,
    /// Of these versions of the consumer; of any, if nothing is said.
    pub versions: Option<Vec<String>>,
}

fn push_filter(sql: &mut Sql, filter: &ParkedFilter) {
    if let Some(consumer) = &filter.consumer {
        sql.push(" AND p.consumer = ").bind(consumer.as_str());
    }
    if let Some(state) = filter.state {
        sql.push(" AND p.state = ").bind(state.as_str());
    }
    if let Some(versions) = &filter.versions {
        sql.push(" AND p.consumer_version IN (");
        sql.bind_list(versions.iter().map(String::as_str)).push(")");
    }
}

/// Parked events that pass a filter, in the order of the log, behind one of them if given, `limit`
/// at most.
pub async fn list(
    unit: &mut Unit,
    filter: &ParkedFilter,
    after: Option<(EventPosition, &str)>,
    limit: u32,
) -> Result<Vec<ParkedEvent>> {
    let mut sql = select();
    let (position, consumer) = after.unwrap_or((EventPosition::START, ""));
    sql.push("(p.turn, p.seq, p.consumer) > (").bind(position.turn).push(", ");
    sql.bind(position.seq).push(", ").bind(consumer).push(")");
    push_filter(&mut sql, filter);
    sql.push(" ORDER BY p.turn, p.seq, p.consumer LIMIT ").bind(i64::from(limit));
    let rows: Vec<ParkedRow> = fetch_all!(unit, &sql)?;
    rows.into_iter().map(ParkedEvent::try_from).collect()
}

/// One parked event.
pub async fn get(unit: &mut Unit, consumer: &str, event: &EventId) -> Result<Option<ParkedEvent>> {
    let mut sql = select();
    sql.push("p.consumer = ").bind(consumer).push(" AND p.event_id = ").bind(event.as_str());
    let rows: Vec<ParkedRow> = fetch_all!(unit, &sql)?;
    rows.into_iter().next().map(ParkedEvent::try_from).transpose()
}

/// The versions of a consumer that left dead letters behind.
pub async fn versions(unit: &mut Unit, consumer: &str) -> Result<Vec<String>> {
    const SQL: &str = "SELECT DISTINCT consumer_version FROM event_parked \
         WHERE consumer = $1 AND state = 'dead'";
    Ok(on!(unit, c => sqlx::query_scalar(SQL).bind(consumer).fetch_all(c).await)?)
}
