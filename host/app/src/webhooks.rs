//! Webhooks: events sent to addresses outside, signed as *Standard Webhooks* says.
//!
//! A webhook follows the log of events like a plugin does, with a cursor, retries and dead letters
//! of its own; see [`events::delivery`](crate::events::delivery). An event may arrive twice, with
//! the same `webhook-id`; those of one thing arrive in order.

mod run;
mod send;
mod transport;

use std::collections::BTreeSet;
use std::time::Duration;

use data_encoding::BASE64;
use galleria_domain::{
    CursorValue, EventKind, FieldCode, FieldError, InvalidCursor, Page, PageRequest, Permission,
    QueryPrint, WebhookId,
};
use galleria_storage::events::cursors;
use galleria_storage::webhooks as stored;
pub use galleria_storage::webhooks::{Webhook, WebhookDelivery, WebhookSecret};
use serde_json::json;

pub use self::run::run;
pub use self::send::{SECRET_PREFIX, signature};
pub use self::transport::{NoTransport, Sent, WebhookRequest, WebhookTransport};
use crate::audit::{self, bad_cursor};
use crate::error::{AppError, Result};
use crate::events::Subscribe;
use crate::events::delivery::start;
use crate::version::{expect_version, require_updated};
use crate::work::Work;

/// The most webhooks and deliveries on a page.
pub const PAGE_MAX: u32 = 200;
/// How many webhooks a store can have.
pub const WEBHOOKS_MAX: u64 = 50;
/// The most bytes of an address.
pub const URL_MAX_BYTES: usize = 2_048;
/// How long it is known what came of sending.
pub const DELIVERIES_KEPT: Duration = Duration::from_hours(7 * 24);

const PRUNED_AT_ONCE: u32 = 5_000;

/// What a webhook is to be made of.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct WebhookDraft {
    /// Where to send: `https://…`.
    pub url: String,
    /// Which kinds of events; none: all there are.
    pub kinds: BTreeSet<EventKind>,
}

/// What is to be different about a webhook; what is `None` stays.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct WebhookChange {
    /// Where to send.
    pub url: Option<String>,
    /// Which kinds of events.
    pub kinds: Option<BTreeSet<EventKind>>,
    /// Whether anything is sent.
    pub active: Option<bool>,
    /// Skip what has not been sent yet, and what is parked.
    pub skip: bool,
}

/// A webhook that was just made, or got another secret, which is never seen again.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// What its signatures are made with.
    pub secret: WebhookSecret,
}

/// Makes a webhook for the events of the store from now on; needs [`Permission::EventsManage`].
pub async fn create(work: &mut Work, draft: &WebhookDraft) -> Result<CreatedWebhook> {
    work.caller().require(Permission::EventsManage)?;
    check_url(work, &draft.url)?;
    let store = work.caller().store.clone();
    if stored::count(work.unit(), &store).await? >= WEBHOOKS_MAX {
        return Err(AppError::Quota { which: "webhooks", allowed: WEBHOOKS_MAX });
    }
    let now = work.now();
    let webhook = Webhook {
        id: WebhookId::generate(),
        store,
        url: draft.url.clone(),
        kinds: draft.kinds.clone(),
        active: true,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let secret = fresh_secret();
    stored::insert(work.unit(), &webhook, &secret).await?;
    start(work, webhook.id.as_str(), Subscribe::Now).await?;
    record(work, "webhook.create", &webhook).await?;
    Ok(CreatedWebhook { webhook, secret })
}

/// One webhook of the store of the call; needs [`Permission::EventsRead`].
pub async fn get(work: &mut Work, id: &WebhookId) -> Result<Webhook> {
    work.caller().require(Permission::EventsRead)?;
    find(work, id).await
}

async fn find(work: &mut Work, id: &WebhookId) -> Result<Webhook> {
    let found = stored::get(work.unit(), id).await?;
    found
        .filter(|webhook| webhook.store == work.caller().store)
        .ok_or(AppError::NotFound("webhook"))
}

/// A page of the webhooks of the store of the call, the oldest first; needs
/// [`Permission::EventsRead`].
pub async fn list(work: &mut Work, page: &PageRequest) -> Result<Page<Webhook>> {
    work.caller().require(Permission::EventsRead)?;
    let limit = page.limit.clamp(1, PAGE_MAX);
    let store = work.caller().store.clone();
    let print = QueryPrint::of(["webhooks", store.as_str()]);
    let malformed = || bad_cursor(InvalidCursor::Malformed);
    let after: Option<WebhookId> = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some([CursorValue::Text(id)]) => Some(id.parse().map_err(|_| malformed())?),
        Some(_) => return Err(malformed()),
    };
    let rows = stored::list(work.unit(), &store, after.as_ref(), limit + 1).await?;
    let position = |webhook: &Webhook| vec![CursorValue::Text(webhook.id.to_string())];
    Ok(Page::from_rows(rows, limit, print, position))
}

/// Changes a webhook that is at the version `expected`, if one is named; needs
/// [`Permission::EventsManage`].
pub async fn update(
    work: &mut Work,
    id: &WebhookId,
    change: &WebhookChange,
    expected: Option<u64>,
) -> Result<Webhook> {
    work.caller().require(Permission::EventsManage)?;
    let before = find(work, id).await?;
    expect_version(before.version, expected)?;
    let mut next = before.clone();
    if let Some(url) = &change.url {
        check_url(work, url)?;
        next.url.clone_from(url);
    }
    if let Some(kinds) = &change.kinds {
        next.kinds.clone_from(kinds);
    }
    next.active = change.active.unwrap_or(next.active);
    if change.skip {
        start(work, id.as_str(), Subscribe::Now).await?;
    }
    if next != before {
        next.version += 1;
        next.updated_at = work.now();
        require_updated(stored::update(work.unit(), &next).await?, next.version)?;
    }
    record(work, "webhook.update", &next).await?;
    Ok(next)
}

/// Gives a webhook another secret: from now on, nothing is signed with the one before. Needs
/// [`Permission::EventsManage`].
pub async fn rotate_secret(work: &mut Work, id: &WebhookId) -> Result<CreatedWebhook> {
    work.caller().require(Permission::EventsManage)?;
    let webhook = find(work, id).await?;
    let secret = fresh_secret();
    stored::set_secret(work.unit(), id, &secret).await?;
    record(work, "webhook.rotate-secret", &webhook).await?;
    Ok(CreatedWebhook { webhook, secret })
}

/// Deletes a webhook, with all that it has not been sent; needs [`Permission::EventsManage`].
pub async fn delete(work: &mut Work, id: &WebhookId, expected: Option<u64>) -> Result<()> {
    work.caller().require(Permission::EventsManage)?;
    let webhook = find(work, id).await?;
    expect_version(webhook.version, expected)?;
    cursors::delete(work.unit(), id.as_str()).await?;
    stored::delete(work.unit(), id).await?;
    record(work, "webhook.delete", &webhook).await
}

/// What came of sending to a webhook, the latest first; needs [`Permission::EventsRead`].
pub async fn deliveries(
    work: &mut Work,
    id: &WebhookId,
    page: &PageRequest,
) -> Result<Page<WebhookDelivery>> {
    work.caller().require(Permission::EventsRead)?;
    find(work, id).await?;
    let limit = page.limit.clamp(1, PAGE_MAX);
    let print = QueryPrint::of(["webhook-deliveries", id.as_str()]);
    let before = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some([CursorValue::Number(seq)]) => Some(*seq),
        Some(_) => return Err(bad_cursor(InvalidCursor::Malformed)),
    };
    let rows = stored::deliveries(work.unit(), id, before, limit + 1).await?;
    Ok(Page::from_rows(rows, limit, print, |row| vec![CursorValue::Number(row.seq)]))
}

/// Forgets what came of sending a while ago, a bounded number; says how many.
pub async fn prune_deliveries(work: &mut Work) -> Result<u64> {
    let before = work.now().minus(DELIVERIES_KEPT);
    Ok(stored::prune_deliveries(work.unit(), before, PRUNED_AT_ONCE).await?)
}

fn check_url(work: &Work, url: &str) -> Result<()> {
    let mistake = if url.len() > URL_MAX_BYTES {
        Some((FieldCode::TooLong, "is longer than 2048 bytes".to_owned()))
    } else {
        let checked = work.app().webhook_transport().check(url);
        checked.err().map(|reason| (FieldCode::Malformed, reason))
    };
    match mistake {
        None => Ok(()),
        Some((code, message)) => Err(vec![FieldError::new("url", code, message)].into()),
    }
}

fn fresh_secret() -> WebhookSecret {
    WebhookSecret::new(format!("{SECRET_PREFIX}{}", BASE64.encode(&rand::random::<[u8; 32]>())))
}

/// The address isn't part of the record: it may hold a secret.
async fn record(work: &mut Work, action: &str, webhook: &Webhook) -> Result<()> {
    let detail = json!({ "kinds": webhook.kinds, "active": webhook.active });
    audit::append(work, action, webhook.id.as_str(), &detail).await
}
