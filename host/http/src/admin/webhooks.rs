//! Webhooks: addresses that events are sent to.

use std::collections::BTreeSet;

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use galleria_app::unit;
use galleria_app::webhooks::{
    self, CreatedWebhook, Webhook, WebhookChange, WebhookDelivery, WebhookDraft,
};
use galleria_domain::{EventId, EventKind, Instant, StoreId, WebhookId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::edit::{Given, into_shop};
use crate::extract::{At, Body, IfMatch, Listing, NoFilter, Params, StaffCaller};
use crate::idempotency::once;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/webhooks", get(list).post(create))
        .api_route("/webhooks/{webhook}", get(read).patch(update).delete(remove))
        .api_route("/webhooks/{webhook}/rotate-secret", post(rotate))
        .api_route("/webhooks/{webhook}/deliveries", get(deliveries))
}

/// A webhook to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WebhookCreate {
    /// Where to send: `https://…`.
    url: String,
    /// Which kinds of events: `order.placed`; all, if none is named.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    kinds: BTreeSet<EventKind>,
}

/// What is to be different about a webhook; what isn't named stays.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct WebhookWrite {
    /// Where to send.
    url: Given<String>,
    /// Which kinds of events.
    #[schemars(with = "Given<Vec<String>>")]
    kinds: Given<BTreeSet<EventKind>>,
    /// Whether anything is sent; what happens meanwhile is sent later.
    active: Given<bool>,
    /// Skip what has not been sent yet.
    skip: bool,
}

/// An address that events are sent to.
#[derive(JsonSchema, Serialize)]
struct WebhookView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: WebhookId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// The store whose events are sent.
    #[schemars(with = "String")]
    store: StoreId,
    /// Where to.
    url: String,
    /// Which kinds of events; none: all there are.
    #[schemars(with = "Vec<String>")]
    kinds: BTreeSet<EventKind>,
    /// Whether anything is sent.
    active: bool,
    /// When it was made.
    #[schemars(with = "String")]
    created_at: Instant,
    /// When it last changed.
    #[schemars(with = "String")]
    updated_at: Instant,
}

/// A webhook, and the secret that it was just given.
#[derive(JsonSchema, Serialize)]
struct CreatedWebhookView {
    /// The webhook.
    webhook: WebhookView,
    /// `whsec_` and the key of the signatures in base64; shown this once. `null` if the request
    /// was sent again.
    secret: Option<String>,
}

/// What came of sending an event once.
#[derive(JsonSchema, Serialize)]
struct DeliveryView {
    /// The event; also in the header `webhook-id`.
    #[schemars(with = "String")]
    event: EventId,
    /// Which try it was, from 1.
    attempt: u32,
    /// When it was sent.
    #[schemars(with = "String")]
    at: Instant,
    /// How long the answer took, in milliseconds.
    duration_ms: u64,
    /// The status of the answer, if there was one.
    status: Option<u16>,
    /// What went wrong.
    error: Option<String>,
}

async fn list(
    caller: StaffCaller,
    query: Listing<NoFilter>,
) -> Result<Found<PageView<WebhookView>>> {
    let page = query.page.request()?;
    let page = unit!(caller.read(), work => webhooks::list(work, &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn create(
    caller: StaffCaller,
    body: Body<WebhookCreate>,
) -> Result<Created<CreatedWebhookView>> {
    let WebhookCreate { url, kinds } = body.value;
    let draft = WebhookDraft { url, kinds };
    Ok(once!(body.once, caller.write(), work => {
        let made = webhooks::create(work, &draft).await?;
        let location = format!("/admin/v1/webhooks/{}", made.webhook.id);
        let shown = made.into();
        let answer = Created::at(&location, &shown)?;
        // The secret is not among the answers kept.
        answer.later(&CreatedWebhookView { secret: None, ..shown })
    })?)
}

async fn read(
    caller: StaffCaller,
    At(id): At<WebhookId>,
    _: Params<NoFilter>,
) -> Result<Found<WebhookView>> {
    show(unit!(caller.read(), work => webhooks::get(work, &id).await)?)
}

async fn update(
    caller: StaffCaller,
    At(id): At<WebhookId>,
    IfMatch(expected): IfMatch,
    body: Body<WebhookWrite>,
) -> Result<Found<WebhookView>> {
    let change = body.value.into();
    show(unit!(caller.write(), work => webhooks::update(work, &id, &change, expected).await)?)
}

async fn remove(
    caller: StaffCaller,
    At(id): At<WebhookId>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => webhooks::delete(work, &id, expected).await)?;
    Ok(Done::done())
}

async fn rotate(caller: StaffCaller, At(id): At<WebhookId>) -> Result<Found<CreatedWebhookView>> {
    let rotated = unit!(caller.write(), work => webhooks::rotate_secret(work, &id).await)?;
    Ok(Found::of(&rotated.into())?)
}

async fn deliveries(
    caller: StaffCaller,
    At(id): At<WebhookId>,
    query: Listing<NoFilter>,
) -> Result<Found<PageView<DeliveryView>>> {
    let page = query.page.request()?;
    let page = unit!(caller.read(), work => webhooks::deliveries(work, &id, &page).await)?;
    Ok(Found::of(&page.into())?)
}

fn show(webhook: Webhook) -> Result<Found<WebhookView>> {
    let version = webhook.version;
    Ok(Found::of(&WebhookView::from(webhook))?.at_version(version))
}

into_shop!(WebhookWrite => WebhookChange { url, kinds, active, skip });

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        let Webhook { id, store, url, kinds, active, created_at, updated_at, version } = webhook;
        Self { id, version, store, url, kinds, active, created_at, updated_at }
    }
}

impl From<CreatedWebhook> for CreatedWebhookView {
    fn from(created: CreatedWebhook) -> Self {
        let CreatedWebhook { webhook, secret } = created;
        Self { webhook: webhook.into(), secret: Some(secret.as_str().to_owned()) }
    }
}

impl From<WebhookDelivery> for DeliveryView {
    fn from(delivery: WebhookDelivery) -> Self {
        let WebhookDelivery { seq: _, event, attempt, at, duration_ms, status, error } = delivery;
        Self { event, attempt, at, duration_ms, status, error }
    }
}
