//! The roles of the staff.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use galleria_app::{roles, unit};
use galleria_domain::{Role, RoleId, StaffPermission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::extract::{At, Body, IfMatch, NoFilter, Params, StaffCaller};
use crate::idempotency::once;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/roles", get(list).post(create))
        .api_route("/roles/{role}", get(read).patch(update).delete(delete))
}

/// A role to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RoleCreate {
    /// What people call it; unique.
    name: String,
    /// What it allows: `customers:read`, or `x:{plugin}:{name}`.
    #[schemars(with = "Vec<String>")]
    permissions: Vec<StaffPermission>,
}

/// What is to be different about a role; what isn't named stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RoleUpdate {
    /// What people call it.
    name: Option<String>,
    /// What it allows.
    #[schemars(with = "Option<Vec<String>>")]
    permissions: Option<Vec<StaffPermission>>,
}

/// A role of the staff.
#[derive(JsonSchema, Serialize)]
struct RoleView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: RoleId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// What people call it.
    name: String,
    /// Whether it allows everything, and can't be changed or deleted.
    owner: bool,
    /// What it allows.
    #[schemars(with = "Vec<String>")]
    permissions: Vec<StaffPermission>,
}

async fn list(caller: StaffCaller, _: Params<NoFilter>) -> Result<Found<PageView<RoleView>>> {
    let items = unit!(caller.read(), work => roles::list(work).await)?;
    let items = items.into_iter().map(RoleView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn create(caller: StaffCaller, body: Body<RoleCreate>) -> Result<Created<RoleView>> {
    let RoleCreate { name, permissions } = body.value;
    Ok(once!(body.once, caller.write(), work => {
        let made = roles::create(work, &name, permissions.iter().cloned()).await?;
        let (location, version) = (format!("/admin/v1/roles/{}", made.id), made.version);
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?)
}

async fn read(caller: StaffCaller, At(id): At<RoleId>) -> Result<Found<RoleView>> {
    let found = unit!(caller.read(), work => roles::get(work, &id).await)?;
    show(found)
}

async fn update(
    caller: StaffCaller,
    At(id): At<RoleId>,
    IfMatch(expected): IfMatch,
    body: Body<RoleUpdate>,
) -> Result<Found<RoleView>> {
    let RoleUpdate { name, permissions } = body.value;
    let changed = unit!(caller.write(), work => {
        roles::update(work, &id, name.as_deref(), permissions.clone(), expected).await
    })?;
    show(changed)
}

async fn delete(
    caller: StaffCaller,
    At(id): At<RoleId>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => roles::delete(work, &id, expected).await)?;
    Ok(Done::done())
}

fn show(role: Role) -> Result<Found<RoleView>> {
    let version = role.version;
    Ok(Found::of(&role.into())?.at_version(version))
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        let Role { id, version, name, owner, permissions } = role;
        Self { id, version, name, owner, permissions: permissions.into_iter().collect() }
    }
}
