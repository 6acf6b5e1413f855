//! Keys that programs log in with.

use std::collections::BTreeSet;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, get};
use galleria_app::api_keys::{self, ApiKey, ApiKeyDraft, CreatedApiKey};
use galleria_app::unit;
use galleria_domain::{ApiKeyId, Instant, StaffId, StaffPermission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::extract::{At, Body, Listing, StaffCaller};
use crate::idempotency::once;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/api-keys", get(list).post(create))
        .api_route("/api-keys/{key}", delete(revoke))
}

/// Which keys to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ApiKeyFilter {
    /// Those of this member of the staff.
    #[schemars(with = "Option<String>")]
    staff: Option<StaffId>,
}

/// A key to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ApiKeyCreate {
    /// What it is for.
    name: String,
    /// For whom the program acts; for yourself, if nobody is named.
    #[schemars(with = "Option<String>")]
    staff: Option<StaffId>,
    /// What it may be used for, as far as whoever it acts for may do it.
    #[schemars(with = "Vec<String>")]
    permissions: BTreeSet<StaffPermission>,
    /// When it ends; in a year.
    #[schemars(with = "Option<String>")]
    expires_at: Option<Instant>,
}

/// A key that a program logs in with.
#[derive(JsonSchema, Serialize)]
struct ApiKeyView {
    /// Names it; a part of what the program shows.
    #[schemars(with = "String")]
    id: ApiKeyId,
    /// What it is for.
    name: String,
    /// For whom the program acts.
    #[schemars(with = "String")]
    staff: StaffId,
    /// What it may be used for.
    #[schemars(with = "Vec<String>")]
    permissions: BTreeSet<StaffPermission>,
    /// When it was made.
    #[schemars(with = "String")]
    created_at: Instant,
    /// When it ends.
    #[schemars(with = "String")]
    expires_at: Instant,
    /// When it was last used, to the minute.
    #[schemars(with = "Option<String>")]
    last_used_at: Option<Instant>,
    /// When it was revoked.
    #[schemars(with = "Option<String>")]
    revoked_at: Option<Instant>,
}

/// A key that was just made.
#[derive(JsonSchema, Serialize)]
struct CreatedApiKeyView {
    /// The key.
    key: ApiKeyView,
    /// What to send as `Authorization: Bearer`; shown this once. `null` if the request was sent
    /// again.
    secret: Option<String>,
}

async fn list(
    caller: StaffCaller,
    query: Listing<ApiKeyFilter>,
) -> Result<Found<PageView<ApiKeyView>>> {
    let (page, of) = (query.page.request()?, query.filter.staff);
    let page = unit!(caller.read(), work => api_keys::list(work, of.as_ref(), &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn create(
    caller: StaffCaller,
    body: Body<ApiKeyCreate>,
) -> Result<Created<CreatedApiKeyView>> {
    let draft = body.value.into();
    Ok(once!(body.once, caller.write(), work => {
        let CreatedApiKey { key, bearer } = api_keys::create(work, &draft).await?;
        let location = format!("/admin/v1/api-keys/{}", key.id);
        let secret = Some(bearer.as_str().to_owned());
        let shown = CreatedApiKeyView { key: key.into(), secret };
        let answer = Created::at(&location, &shown)?;
        // The secret is in nobody's database, and so not among the answers kept either.
        answer.later(&CreatedApiKeyView { secret: None, ..shown })
    })?)
}

async fn revoke(caller: StaffCaller, At(id): At<ApiKeyId>) -> Result<Done> {
    unit!(caller.write(), work => api_keys::revoke(work, &id).await)?;
    Ok(Done::done())
}

impl From<ApiKeyCreate> for ApiKeyDraft {
    fn from(body: ApiKeyCreate) -> Self {
        let ApiKeyCreate { name, staff, permissions, expires_at } = body;
        Self { name, staff, permissions, expires_at }
    }
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey {
            id,
            name,
            staff,
            permissions,
            created_at,
            expires_at,
            last_used_at,
            revoked_at,
        } = key;
        Self { id, name, staff, permissions, created_at, expires_at, last_used_at, revoked_at }
    }
}
