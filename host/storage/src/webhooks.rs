//! Webhooks: addresses that events are sent to, and what came of sending them.

use std::collections::BTreeSet;
use std::fmt;

use galleria_domain::{EventId, EventKind, Instant, StoreId, WebhookId};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, parsed, signed, to_json, unsigned};
use crate::unit::Unit;

/// An address that events are sent to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The store whose events are sent.
    pub store: StoreId,
    /// Where to.
    pub url: String,
    /// Which kinds; none: all there are.
    pub kinds: BTreeSet<EventKind>,
    /// Whether anything is sent.
    pub active: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Grows by one with each change.
    pub version: u64,
}

/// The key that what is sent to a webhook is signed with.
#[derive(Clone, Eq, PartialEq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// From its text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows nothing of it.
impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[derive(sqlx::FromRow)]
struct WebhookRow {
    id: String,
    store_id: String,
    url: String,
    kinds: String,
    active: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = StorageError;

    fn try_from(row: WebhookRow) -> Result<Self> {
        Ok(Self {
            id: parsed("webhooks.id", &row.id)?,
            store: parsed("webhooks.store_id", &row.store_id)?,
            url: row.url,
            kinds: from_json("webhooks.kinds", &row.kinds)?,
            active: row.active,
            created_at: Instant::from_micros(row.created_at),
            updated_at: Instant::from_micros(row.updated_at),
            version: unsigned("webhooks.version", row.version)?,
        })
    }
}

/// Stores a new one.
pub async fn insert(unit: &mut Unit, webhook: &Webhook, secret: &WebhookSecret) -> Result<()> {
    const SQL: &str = "INSERT INTO webhooks \
         (id, store_id, url, kinds, secret, active, created_at, updated_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(webhook.id.as_str())
        .bind(webhook.store.as_str())
        .bind(webhook.url.as_str())
        .bind(to_json(&webhook.kinds))
        .bind(secret.as_str())
        .bind(webhook.active)
        .bind(webhook.created_at.as_micros())
        .bind(webhook.updated_at.as_micros())
        .bind(signed(webhook.version))
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Changes one that is at the version before; says `false` if it isn't.
pub async fn update(unit: &mut Unit, webhook: &Webhook) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks SET url = $1, kinds = $2, active = $3, updated_at = $4, \
         version = $5 WHERE id = $6 AND version = $5 - 1";
    unit.require_write()?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(webhook.url.as_str())
        .bind(to_json(&webhook.kinds))
        .bind(webhook.active)
        .bind(webhook.updated_at.as_micros())
        .bind(signed(webhook.version))
        .bind(webhook.id.as_str())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(updated > 0)
}

/// Gives one another secret.
pub async fn set_secret(unit: &mut Unit, id: &WebhookId, secret: &WebhookSecret) -> Result<()> {
    const SQL: &str = "UPDATE webhooks SET secret = $1 WHERE id = $2";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(secret.as_str()).bind(id.as_str()).execute(c).await.map(drop))?;
    Ok(())
}

/// Deletes one, with what is written about its deliveries.
pub async fn delete(unit: &mut Unit, id: &WebhookId) -> Result<()> {
    const SQL: &str = "DELETE FROM webhooks WHERE id = $1";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL).bind(id.as_str()).execute(c).await.map(drop))?;
    Ok(())
}

/// One webhook.
pub async fn get(unit: &mut Unit, id: &WebhookId) -> Result<Option<Webhook>> {
    const SQL: &str = "SELECT id, store_id, url, kinds, active, created_at, updated_at, version \
         FROM webhooks WHERE id = $1";
    let row: Option<WebhookRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(c).await)?;
    row.map(Webhook::try_from).transpose()
}

/// The secret of one.
pub async fn secret(unit: &mut Unit, id: &WebhookId) -> Result<Option<WebhookSecret>> {
    const SQL: &str = "SELECT secret FROM webhooks WHERE id = $1";
    let found: Option<String> =
        on!(unit, c => sqlx::query_scalar(SQL).bind(id.as_str()).fetch_optional(c).await)?;
    Ok(found.map(WebhookSecret::new))
}

/// How many a store has.
pub async fn count(unit: &mut Unit, store: &StoreId) -> Result<u64> {
    const SQL: &str = "SELECT COUNT(*) FROM webhooks WHERE store_id = $1";
    let count: i64 =
        on!(unit, c => sqlx::query_scalar(SQL).bind(store.as_str()).fetch_one(c).await)?;
    unsigned("webhooks", count)
}

/// The webhooks of a store, from the oldest on, behind one of them if given, `limit` at most.
pub async fn list(
    unit: &mut Unit,
    store: &StoreId,
    after: Option<&WebhookId>,
    limit: u32,
) -> Result<Vec<Webhook>> {
    const SQL: &str = "SELECT id, store_id, url, kinds, active, created_at, updated_at, version \
         FROM webhooks WHERE store_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let rows: Vec<WebhookRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(store.as_str())
        .bind(after.map_or("", WebhookId::as_str))
        .bind(i64::from(limit))
        .fetch_all(c).await)?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// What came of sending an event once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WebhookDelivery {
    /// Its number.
    pub seq: i64,
    /// The event.
    pub event: EventId,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// When it was sent.
    pub at: Instant,
    /// How long the answer took, in milliseconds.
    pub duration_ms: u64,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What went wrong, in words.
    pub error: Option<String>,
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    seq: i64,
    event_id: String,
    attempt: i64,
    at: i64,
    duration_ms: i64,
    status: Option<i64>,
    error: Option<String>,
}

impl TryFrom<DeliveryRow> for WebhookDelivery {
    type Error = StorageError;

    fn try_from(row: DeliveryRow) -> Result<Self> {
        let status = row.status.map(|status| unsigned("webhook_deliveries.status", status));
        Ok(Self {
            seq: row.seq,
            event: parsed("webhook_deliveries.event_id", &row.event_id)?,
            attempt: unsigned("webhook_deliveries.attempt", row.attempt)?,
            at: Instant::from_micros(row.at),
            duration_ms: unsigned("webhook_deliveries.duration_ms", row.duration_ms)?,
            status: status.transpose()?,
            error: row.error,
        })
    }
}

/// Writes down what came of sending an event; its `seq` is given by the database.
pub async fn insert_delivery(
    unit: &mut Unit,
    webhook: &WebhookId,
    delivery: &WebhookDelivery,
) -> Result<()> {
    const SQL: &str = "INSERT INTO webhook_deliveries \
         (webhook_id, event_id, attempt, at, duration_ms, status, error) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(webhook.as_str())
        .bind(delivery.event.as_str())
        .bind(i64::from(delivery.attempt))
        .bind(delivery.at.as_micros())
        .bind(signed(delivery.duration_ms))
        .bind(delivery.status.map(i64::from))
        .bind(delivery.error.as_deref())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// What came of sending to a webhook, the latest first, before one of them if given.
pub async fn deliveries(
    unit: &mut Unit,
    webhook: &WebhookId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<WebhookDelivery>> {
    const SQL: &str = "SELECT seq, event_id, attempt, at, duration_ms, status, error \
         FROM webhook_deliveries WHERE webhook_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    let rows: Vec<DeliveryRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(webhook.as_str())
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(c).await)?;
    rows.into_iter().map(WebhookDelivery::try_from).collect()
}

/// Forgets deliveries from before `before`, `max` at most; says how many.
pub async fn prune_deliveries(unit: &mut Unit, before: Instant, max: u32) -> Result<u64> {
    const SQL: &str = "DELETE FROM webhook_deliveries WHERE seq IN (SELECT seq \
         FROM webhook_deliveries WHERE at < $1 ORDER BY at LIMIT $2)";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(before.as_micros())
        .bind(i64::from(max))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}
