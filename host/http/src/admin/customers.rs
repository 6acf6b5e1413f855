//! Customers.

mod query;
mod view;
mod write;

use std::collections::BTreeSet;

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::extract::State;
use galleria_app::customers::{self, BulkAction, SeenCustomer};
use galleria_app::sessions::Subject;
use galleria_app::{credentials, facets, unit};
use galleria_domain::{
    CustomerDraft, CustomerFilter, CustomerId, CustomerStage, FieldCode, FieldError,
};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::extract::{At, Body, IfMatch, NoFilter, Params, StaffCaller};
use crate::idempotency::{Once, once};
use crate::problem::Problem;
use crate::state::HttpState;
use query::CustomerQuery;
use view::{BulkView, CountView, CustomerView, SessionsView};
use write::{BulkOrder, CustomerCreate, CustomerUpdate, PasswordSet};

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/customers", get(list).post(create))
        .api_route("/customers/count", get(count))
        .api_route("/customers/bulk", post(bulk))
        .api_route("/customers/{customer}", get(read).patch(update).delete(delete))
        .api_route("/customers/{customer}/activate", post(activate))
        .api_route("/customers/{customer}/deactivate", post(deactivate))
        .api_route("/customers/{customer}/unlock", post(unlock))
        .api_route("/customers/{customer}/revoke-sessions", post(revoke_sessions))
        .api_route("/customers/{customer}/password", post(set_password))
        .api_route("/leads", get(list_leads))
}

async fn list(
    State(state): State<HttpState>,
    caller: StaffCaller,
    query: CustomerQuery,
) -> Result<Found<PageView<CustomerView>>> {
    let CustomerQuery { page, filter, sort } = query;
    let (page, facets) = (page.request()?, state.app.facets());
    let page = unit!(caller.read(), work => {
        customers::list(work, &facets, &filter, &sort, &page).await
    })?;
    Ok(Found::of(&page.into())?)
}

// Leads are those with an email who haven't bought anything yet.
async fn list_leads(
    state: State<HttpState>,
    caller: StaffCaller,
    query: CustomerQuery,
) -> Result<Found<PageView<CustomerView>>> {
    if query.filter.stage.is_some_and(|stage| stage != CustomerStage::Lead) {
        let error = FieldError::new("stage", FieldCode::Range, "can only be lead here");
        return Err(Problem::invalid(vec![error]));
    }
    let filter = CustomerFilter { stage: Some(CustomerStage::Lead), ..query.filter };
    list(state, caller, CustomerQuery { filter, ..query }).await
}

async fn count(
    State(state): State<HttpState>,
    caller: StaffCaller,
    query: CustomerQuery,
) -> Result<Found<CountView>> {
    let facets = state.app.facets();
    let count = unit!(caller.read(), work => customers::count(work, &facets, &query.filter).await)?;
    Ok(Found::of(&CountView { count })?)
}

async fn create(caller: StaffCaller, body: Body<CustomerCreate>) -> Result<Created<CustomerView>> {
    let draft = CustomerDraft::from(body.value);
    Ok(once!(body.once, caller.write(), work => {
        let made = customers::create(work, draft.clone()).await?;
        let location = format!("/admin/v1/customers/{}", made.customer.id);
        let version = made.customer.version;
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?)
}

async fn read(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(id): At<CustomerId>,
    _: Params<NoFilter>,
) -> Result<Found<CustomerView>> {
    let catalog = state.app.facets();
    let (seen, facets) = unit!(caller.read(), work => {
        let seen = customers::get(work, &id).await?;
        let facets = facets::of_customer(work, &catalog, &id, seen.customer.kind).await?;
        Ok((seen, facets))
    })?;
    let version = seen.customer.version;
    let view = CustomerView::from(seen).with_facets(facets);
    Ok(Found::of(&view)?.at_version(version))
}

async fn update(
    caller: StaffCaller,
    At(id): At<CustomerId>,
    IfMatch(expected): IfMatch,
    body: Body<CustomerUpdate>,
) -> Result<Found<CustomerView>> {
    let change = body.value.into();
    show(unit!(caller.write(), work => customers::update(work, &id, &change, expected).await)?)
}

async fn delete(
    caller: StaffCaller,
    At(id): At<CustomerId>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => customers::delete(work, &id, expected).await)?;
    Ok(Done::done())
}

async fn activate(
    caller: StaffCaller,
    At(id): At<CustomerId>,
    IfMatch(expected): IfMatch,
    once: Once,
) -> Result<Found<CustomerView>> {
    Ok(once!(once, caller.write(), work => {
        shown(customers::activate(work, &id, expected).await?)
    })?)
}

async fn deactivate(
    caller: StaffCaller,
    At(id): At<CustomerId>,
    IfMatch(expected): IfMatch,
    once: Once,
) -> Result<Found<CustomerView>> {
    Ok(once!(once, caller.write(), work => {
        shown(customers::deactivate(work, &id, expected).await?)
    })?)
}

async fn unlock(caller: StaffCaller, At(id): At<CustomerId>, once: Once) -> Result<Done> {
    Ok(once!(once, caller.write(), work => {
        customers::unlock(work, &id).await?;
        Ok(Done::done())
    })?)
}

async fn revoke_sessions(
    caller: StaffCaller,
    At(id): At<CustomerId>,
    once: Once,
) -> Result<Found<SessionsView>> {
    Ok(once!(once, caller.write(), work => {
        let sessions = customers::revoke_sessions(work, &id).await?;
        Found::of(&SessionsView { sessions })
    })?)
}

// Without `Idempotency-Key`: setting the same password again does no more than setting it once.
async fn set_password(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(id): At<CustomerId>,
    body: Body<PasswordSet>,
) -> Result<Done> {
    let subject = Subject::Customer(id);
    credentials::set(&state.app, &caller.caller, &subject, &body.value.new_password).await?;
    Ok(Done::done())
}

async fn bulk(caller: StaffCaller, body: Body<BulkOrder>) -> Result<Found<BulkView>> {
    let BulkOrder { ids, action } = body.value;
    let action = BulkAction::from(action);
    Ok(once!(body.once, caller.write(), work => {
        let refused = customers::bulk(work, &ids, action).await?;
        let not_found: Vec<_> = refused.into_iter().map(|refusal| refusal.id).collect();
        // Whoever is named twice is treated once.
        let asked = ids.iter().collect::<BTreeSet<_>>().len();
        let done = asked.saturating_sub(not_found.len());
        Found::of(&BulkView { done, not_found })
    })?)
}

fn show(seen: SeenCustomer) -> Result<Found<CustomerView>> {
    Ok(shown(seen)?)
}

fn shown(seen: SeenCustomer) -> galleria_app::Result<Found<CustomerView>> {
    let version = seen.customer.version;
    Ok(Found::of(&CustomerView::from(seen))?.at_version(version))
}
