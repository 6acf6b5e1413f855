//! The merchant's staff.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::extract::State;
use galleria_app::sessions::Subject;
use galleria_app::{credentials, staff, unit};
use galleria_domain::{Instant, RoleId, StaffChange, StaffDraft, StaffId, StaffUser};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::extract::{At, Body, IfMatch, Listing, NoFilter, StaffCaller};
use crate::idempotency::{Once, once};
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/staff", get(list).post(create))
        .api_route("/staff/{staff}", get(read).patch(update).delete(delete))
        .api_route("/staff/{staff}/password", post(set_password))
        .api_route("/staff/{staff}/unlock", post(unlock))
}

/// A member of the staff to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StaffCreate {
    /// What they log in with; unique among the staff.
    email: String,
    /// What they are called.
    name: String,
    /// Ids of their roles.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    roles: Vec<RoleId>,
    /// Whether they may log in; they may.
    active: Option<bool>,
}

/// What is to be different about a member of the staff; what isn't named stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StaffUpdate {
    /// What they log in with.
    email: Option<String>,
    /// What they are called.
    name: Option<String>,
    /// Ids of their roles.
    #[schemars(with = "Option<Vec<String>>")]
    roles: Option<Vec<RoleId>>,
    /// Whether they may log in.
    active: Option<bool>,
}

/// A password for somebody else.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordSet {
    /// The password; they have to choose another when they next log in.
    new_password: String,
}

/// A member of the staff.
#[derive(JsonSchema, Serialize)]
pub(super) struct StaffView {
    /// Names them for ever.
    #[schemars(with = "String")]
    id: StaffId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// What they log in with.
    email: String,
    /// What they are called.
    name: String,
    /// Ids of their roles.
    #[schemars(with = "Vec<String>")]
    roles: Vec<RoleId>,
    /// Whether they may log in.
    active: bool,
    /// Until when they can't log in after too many failures.
    #[schemars(with = "Option<String>")]
    locked_until: Option<Instant>,
    /// When they were made.
    #[schemars(with = "String")]
    created_at: Instant,
    /// When they last logged in.
    #[schemars(with = "Option<String>")]
    last_login_at: Option<Instant>,
}

async fn list(caller: StaffCaller, query: Listing<NoFilter>) -> Result<Found<PageView<StaffView>>> {
    let page = query.page.request()?;
    let page = unit!(caller.read(), work => staff::list(work, &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn create(caller: StaffCaller, body: Body<StaffCreate>) -> Result<Created<StaffView>> {
    let draft = body.value.into();
    Ok(once!(body.once, caller.write(), work => {
        let made = staff::create(work, &draft).await?;
        let (location, version) = (format!("/admin/v1/staff/{}", made.id), made.version);
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?)
}

async fn read(caller: StaffCaller, At(id): At<StaffId>) -> Result<Found<StaffView>> {
    let found = unit!(caller.read(), work => staff::get(work, &id).await)?;
    show(found)
}

async fn update(
    caller: StaffCaller,
    At(id): At<StaffId>,
    IfMatch(expected): IfMatch,
    body: Body<StaffUpdate>,
) -> Result<Found<StaffView>> {
    let change = body.value.into();
    let changed = unit!(caller.write(), work => staff::update(work, &id, &change, expected).await)?;
    show(changed)
}

async fn delete(
    caller: StaffCaller,
    At(id): At<StaffId>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => staff::delete(work, &id, expected).await)?;
    Ok(Done::done())
}

// Without `Idempotency-Key`: setting the same password again does no more than setting it once.
async fn set_password(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(id): At<StaffId>,
    body: Body<PasswordSet>,
) -> Result<Done> {
    let subject = Subject::Staff(id);
    credentials::set(&state.app, &caller.caller, &subject, &body.value.new_password).await?;
    Ok(Done::done())
}

async fn unlock(caller: StaffCaller, At(id): At<StaffId>, once: Once) -> Result<Done> {
    Ok(once!(once, caller.write(), work => {
        staff::unlock(work, &id).await?;
        Ok(Done::done())
    })?)
}

fn show(staff: StaffUser) -> Result<Found<StaffView>> {
    let version = staff.version;
    Ok(Found::of(&staff.into())?.at_version(version))
}

impl From<StaffCreate> for StaffDraft {
    fn from(body: StaffCreate) -> Self {
        let StaffCreate { email, name, roles, active } = body;
        Self { email: Some(email), name: Some(name), roles, active }
    }
}

impl From<StaffUpdate> for StaffChange {
    fn from(body: StaffUpdate) -> Self {
        let StaffUpdate { email, name, roles, active } = body;
        Self { email, name, roles, active }
    }
}

impl From<StaffUser> for StaffView {
    fn from(staff: StaffUser) -> Self {
        // Taken apart by name: a new field doesn't compile until someone decides who sees it.
        let StaffUser {
            id,
            version,
            email,
            name,
            roles,
            active,
            linked_customer: _,
            locked_until,
            created_at,
            last_login_at,
            last_ip: _,
        } = staff;
        let (email, roles) = (email.to_string(), roles.into_iter().collect());
        Self { id, version, email, name, roles, active, locked_until, created_at, last_login_at }
    }
}
