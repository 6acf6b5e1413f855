//! The audit log: who did what to what.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use galleria_app::audit::{self, AuditFilter, ChainState};
use galleria_app::unit;
use galleria_domain::{
    Actor, AuditEntry, AuditEvent, CustomerId, Instant, PluginId, RequestId, StoreId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Found, PageView, Result};
use crate::extract::{Listing, NoFilter, Params, StaffCaller};
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new().api_route("/audit", get(list)).api_route("/audit/verification", get(verify))
}

/// Which entries to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// What was done: `customer.update`.
    action: Option<String>,
    /// To what, by its id.
    object: Option<String>,
    /// By whom: `staff:stf_…`, `customer:cus_…`, `plugin:…`, `system`.
    #[schemars(with = "Option<String>")]
    actor: Option<Actor>,
    /// From then on.
    #[schemars(with = "Option<String>")]
    from: Option<Instant>,
    /// Before then.
    #[schemars(with = "Option<String>")]
    until: Option<Instant>,
}

/// An entry of the audit log.
#[derive(JsonSchema, Serialize)]
struct AuditEntryView {
    /// Counts the entries, from 1, without gaps.
    seq: u64,
    /// When it was done.
    #[schemars(with = "String")]
    at: Instant,
    /// In which store.
    #[schemars(with = "Option<String>")]
    store: Option<StoreId>,
    /// By whom.
    #[schemars(with = "String")]
    actor: Actor,
    /// The customer for whom they acted.
    #[schemars(with = "Option<String>")]
    on_behalf_of: Option<CustomerId>,
    /// Through which plugin.
    #[schemars(with = "Option<String>")]
    plugin: Option<PluginId>,
    /// What was done.
    action: String,
    /// To what, by its id.
    object: String,
    /// Why, where a reason had to be given.
    reason: Option<String>,
    /// What else there is to say.
    detail: Option<Value>,
    /// Where from; of staff alone.
    ip: Option<String>,
    /// In which request.
    #[schemars(with = "Option<String>")]
    request: Option<RequestId>,
    /// The hash of the entry, which the next one holds as well.
    hash: String,
}

/// Whether the audit log is as it was written.
#[derive(JsonSchema, Serialize)]
struct VerificationView {
    /// Whether every entry follows the one before it.
    whole: bool,
    /// How many entries were found to be right; the first wrong one comes behind them.
    entries: u64,
    /// The hash of the last entry, to be kept elsewhere and compared: nothing else shows that the
    /// end was cut off.
    hash: Option<String>,
    /// What is wrong.
    mistake: Option<String>,
}

async fn list(
    caller: StaffCaller,
    query: Listing<AuditQuery>,
) -> Result<Found<PageView<AuditEntryView>>> {
    let (page, filter) = (query.page.request()?, query.filter.into());
    let page = unit!(caller.read(), work => audit::list(work, &filter, &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn verify(caller: StaffCaller, _: Params<NoFilter>) -> Result<Found<VerificationView>> {
    let state = unit!(caller.read(), work => audit::verify(work).await)?;
    Ok(Found::of(&state.into())?)
}

impl From<AuditQuery> for AuditFilter {
    fn from(query: AuditQuery) -> Self {
        let AuditQuery { action, object, actor, from, until } = query;
        Self { action, object, actor, from, until }
    }
}

impl From<AuditEntry> for AuditEntryView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { seq, event, prev_hash: _, hash } = entry;
        let AuditEvent {
            at,
            store,
            actor,
            on_behalf_of,
            plugin,
            action,
            object,
            reason,
            detail,
            before: _,
            after: _,
            ip,
            request,
        } = event;
        // It was written as JSON; a text that isn't any more is still worth seeing.
        let detail = detail.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        let (ip, hash) = (ip.map(|ip| ip.to_string()), hash.to_string());
        Self {
            seq,
            at,
            store,
            actor,
            on_behalf_of,
            plugin,
            action,
            object,
            reason,
            detail,
            ip,
            request,
            hash,
        }
    }
}

impl From<ChainState> for VerificationView {
    fn from(state: ChainState) -> Self {
        match state {
            ChainState::Whole(link) => Self {
                whole: true,
                entries: link.seq,
                hash: Some(link.hash.to_string()),
                mistake: None,
            },
            ChainState::Broken(broken) => Self {
                whole: false,
                entries: broken.seq().saturating_sub(1),
                hash: None,
                mistake: Some(broken.to_string()),
            },
        }
    }
}
