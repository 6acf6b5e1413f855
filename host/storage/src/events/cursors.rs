//! Where consumers, plugins and webhooks, stand in the log of events.

use galleria_domain::{EventPosition, Instant, PluginId, WebhookId};

use super::push_ripe;
use crate::conn::on;
use crate::error::Result;
use crate::row::parsed;
use crate::sql::{Sql, fetch_all};
use crate::unit::Unit;

/// Where a consumer stands; `None` if it doesn't follow the log.
pub async fn get(unit: &mut Unit, consumer: &str) -> Result<Option<EventPosition>> {
    const SQL: &str = "SELECT turn, seq FROM event_cursors WHERE consumer = $1";
    let found: Option<(i64, i64)> =
        on!(unit, c => sqlx::query_as(SQL).bind(consumer).fetch_optional(c).await)?;
    Ok(found.map(|(turn, seq)| EventPosition { turn, seq }))
}

/// Puts a consumer somewhere, wherever it stood.
pub async fn put(unit: &mut Unit, consumer: &str, at: EventPosition) -> Result<()> {
    const SQL: &str = "INSERT INTO event_cursors (consumer, turn, seq, leased_until) \
         VALUES ($1, $2, $3, 0) ON CONFLICT (consumer) DO UPDATE SET turn = excluded.turn, \
         seq = excluded.seq, leased_until = 0";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(consumer).bind(at.turn).bind(at.seq).execute(c).await.map(drop))?;
    Ok(())
}

/// Moves a consumer on; says `false` if it doesn't stand where it was thought to.
pub async fn advance(
    unit: &mut Unit,
    consumer: &str,
    from: EventPosition,
    to: EventPosition,
) -> Result<bool> {
    const SQL: &str = "UPDATE event_cursors SET turn = $1, seq = $2, leased_until = 0 \
         WHERE consumer = $3 AND turn = $4 AND seq = $5";
    unit.require_write()?;
    let moved = on!(unit, c => sqlx::query(SQL)
        .bind(to.turn).bind(to.seq).bind(consumer).bind(from.turn).bind(from.seq)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(moved > 0)
}

/// Keeps what comes behind `from` for one host until `until`; says `false` if another has it, or
/// the consumer doesn't stand there.
pub async fn lease(
    unit: &mut Unit,
    consumer: &str,
    from: EventPosition,
    until: Instant,
    now: Instant,
) -> Result<bool> {
    const SQL: &str = "UPDATE event_cursors SET leased_until = $1 \
         WHERE consumer = $2 AND turn = $3 AND seq = $4 AND leased_until <= $5";
    unit.require_write()?;
    let leased = on!(unit, c => sqlx::query(SQL)
        .bind(until.as_micros()).bind(consumer).bind(from.turn).bind(from.seq)
        .bind(now.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(leased > 0)
}

/// Lets a consumer forget where it stood, and all that is parked for it.
pub async fn delete(unit: &mut Unit, consumer: &str) -> Result<()> {
    const CURSOR: &str = "DELETE FROM event_cursors WHERE consumer = $1";
    const PARKED: &str = "DELETE FROM event_parked WHERE consumer = $1";
    unit.require_write()?;
    for sql in [CURSOR, PARKED] {
        on!(unit, c => sqlx::query(sql).bind(consumer).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// The plugins that are enabled and have something before them: events, or parked ones to be
/// tried again.
pub async fn plugins_due(unit: &mut Unit, now: Instant) -> Result<Vec<PluginId>> {
    let mut sql = Sql::new(
        "SELECT c.consumer FROM event_cursors c \
         JOIN installations i ON i.plugin = c.consumer WHERE i.state = 'enabled' AND ",
    );
    push_due(&mut sql, unit, now);
    let rows: Vec<(String,)> = fetch_all!(unit, &sql)?;
    rows.iter().map(|(plugin,)| parsed("event_cursors.consumer", plugin)).collect()
}

/// The webhooks that are active, not at work, and have something before them.
pub async fn webhooks_due(unit: &mut Unit, now: Instant) -> Result<Vec<WebhookId>> {
    let mut sql = Sql::new(
        "SELECT c.consumer FROM event_cursors c \
         JOIN webhooks w ON w.id = c.consumer WHERE w.active AND ",
    );
    push_due(&mut sql, unit, now);
    let rows: Vec<(String,)> = fetch_all!(unit, &sql)?;
    rows.iter().map(|(webhook,)| parsed("event_cursors.consumer", webhook)).collect()
}

fn push_due(sql: &mut Sql, unit: &Unit, now: Instant) {
    sql.push("((c.leased_until <= ").bind(now.as_micros());
    sql.push(" AND EXISTS (SELECT 1 FROM events e WHERE (e.turn, e.seq) > (c.turn, c.seq)");
    push_ripe(sql, unit, "e.turn");
    sql.push(
        ")) OR EXISTS (SELECT 1 FROM event_parked p WHERE p.consumer = c.consumer \
         AND p.state = 'retrying' AND p.next_at <= ",
    );
    sql.bind(now.as_micros()).push(")) ORDER BY c.consumer");
}

/// After a database was restored on another server, whose transactions count from elsewhere:
/// lets turns go on above all that were given. Nothing happens otherwise.
pub(crate) const CONTINUE_TURNS: &str = "UPDATE event_epoch SET shift = last.turn + 1 \
     - pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
     FROM (SELECT GREATEST((SELECT COALESCE(MAX(turn), 0) FROM events), \
         (SELECT COALESCE(MAX(turn), 0) FROM event_cursors), \
         (SELECT turn FROM event_pruned)) AS turn) AS last \
     WHERE last.turn >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + event_epoch.shift";
