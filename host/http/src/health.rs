//! Whether the host lives, and whether it can serve.

use std::future::Ready;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::state::HttpState;

/// What the host can do at the moment.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ReadyView {
    /// Whether it can serve: the database answers and the plugins are loaded.
    ready: bool,
    /// Whether the database answers.
    database: bool,
    /// Whether the plugins that are enabled are loaded.
    plugins: bool,
}

/// `GET /healthz`: the process lives and can answer.
pub(crate) fn live() -> Ready<StatusCode> {
    std::future::ready(StatusCode::NO_CONTENT)
}

/// `GET /readyz`.
pub(crate) async fn ready(State(state): State<HttpState>) -> (StatusCode, Json<ReadyView>) {
    let database = galleria_app::health::check(&state.app).await.is_ok();
    let plugins = state.plugins.is_ready();
    let ready = database && plugins;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ReadyView { ready, database, plugins }))
}
