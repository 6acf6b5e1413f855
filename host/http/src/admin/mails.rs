//! Mails: which went out, and which didn't. What they say isn't shown.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use galleria_app::mail::{self, MailFilter, SeenMail};
use galleria_app::unit;
use galleria_domain::{CustomerId, Instant, MailId, PluginId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Found, PageView, Result};
use crate::extract::{Listing, StaffCaller};
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new().api_route("/mails", get(list))
}

/// Which mails to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MailQuery {
    /// Those to this customer.
    #[schemars(with = "Option<String>")]
    customer: Option<CustomerId>,
    /// How far they have come.
    state: Option<MailState>,
    /// Those of this kind: `verify-email`, `reset-password`, `plugin`.
    template: Option<String>,
}

/// How far a mail has come.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum MailState {
    /// It is still to be handed over.
    Queued,
    /// It was handed over.
    Sent,
    /// It could not be, and isn't tried again.
    Failed,
}

/// A mail that is to be sent or was.
#[derive(JsonSchema, Serialize)]
struct MailView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: MailId,
    /// The customer whom it is for.
    #[schemars(with = "Option<String>")]
    customer: Option<CustomerId>,
    /// The plugin that wrote it.
    #[schemars(with = "Option<String>")]
    plugin: Option<PluginId>,
    /// The address; `a***@e***` without the permission to see who customers are.
    to: String,
    /// Its subject.
    subject: String,
    /// What kind of mail it is.
    template: String,
    /// `queued`, `sent` or `failed`.
    state: String,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next, if it is.
    #[schemars(with = "Option<String>")]
    next_at: Option<Instant>,
    /// Why it could not be sent, the last time.
    last_error: Option<String>,
    /// When it was put into the outbox.
    #[schemars(with = "String")]
    created_at: Instant,
    /// When it was handed over.
    #[schemars(with = "Option<String>")]
    sent_at: Option<Instant>,
}

async fn list(caller: StaffCaller, query: Listing<MailQuery>) -> Result<Found<PageView<MailView>>> {
    let (page, filter) = (query.page.request()?, query.filter.into());
    let page = unit!(caller.read(), work => mail::list(work, &filter, &page).await)?;
    Ok(Found::of(&page.into())?)
}

impl From<MailQuery> for MailFilter {
    fn from(query: MailQuery) -> Self {
        let MailQuery { customer, state, template } = query;
        let state = state.map(|state| match state {
            MailState::Queued => "queued".to_owned(),
            MailState::Sent => "sent".to_owned(),
            MailState::Failed => "failed".to_owned(),
        });
        Self { customer, state, template }
    }
}

impl From<SeenMail> for MailView {
    fn from(mail: SeenMail) -> Self {
        let SeenMail {
            id,
            store: _,
            customer,
            plugin,
            to,
            subject,
            template,
            state,
            attempts,
            next_at,
            last_error,
            created_at,
            sent_at,
        } = mail;
        Self {
            id,
            customer,
            plugin,
            to,
            subject,
            template,
            state,
            attempts,
            next_at,
            last_error,
            created_at,
            sent_at,
        }
    }
}
