//! The routes, all together.

use std::future::{Ready, ready};
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use aide::openapi::OpenApi;
use axum::Router;
use axum::extract::State;
use axum::routing::get as get_undescribed;

use crate::layers::Around;
use crate::problem::Problem;
use crate::state::HttpState;
use crate::{admin, health, metrics, openapi, plugins, store};

/// The API as a part of a service: paths that aren't its own are the service's business.
pub fn router(state: HttpState) -> Router {
    around(routes(), state)
}

/// The API as a whole service: every other path is answered with a problem, too.
pub fn standalone(state: HttpState) -> Router {
    around(routes().fallback(no_such_path), state)
}

fn around(routes: Router<HttpState>, state: HttpState) -> Router {
    routes.layer(Around(state.clone())).with_state(state)
}

fn routes() -> Router<HttpState> {
    let (routes, api) = described();
    let api = Arc::new(api);
    routes
        .route(
            "/openapi.json",
            get_undescribed(move |State(state): State<HttpState>| {
                ready(openapi::show(&state, &api))
            }),
        )
        .route("/healthz", get_undescribed(health::live))
        .route("/metrics", get_undescribed(metrics::show))
        .method_not_allowed_fallback(no_such_method)
}

/// The routes that the API's description shows, and that description.
pub(crate) fn described() -> (Router<HttpState>, OpenApi) {
    let mut api = OpenApi::default();
    let routes = ApiRouter::new()
        .nest("/admin/v1", admin::router())
        .nest("/store/v1", store::router())
        .api_route("/readyz", get(health::ready));
    let routes = routes.finish_api(&mut api);
    openapi::complete(&mut api);
    (routes.merge(plugins::router()), api)
}

pub(crate) fn no_such_path() -> Ready<Problem> {
    ready(Problem::not_found("path"))
}

fn no_such_method() -> Ready<Problem> {
    ready(Problem::method_not_allowed())
}
