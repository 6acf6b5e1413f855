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
    /// Whether it can serve: plugins are loaded before it listens, and the database answers.
    ready: bool,
    /// How many plugins serve.
    plugins: usize,
}

/// `GET /healthz`: the process lives and can answer.
pub(crate) fn live() -> Ready<StatusCode> {
    std::future::ready(StatusCode::OK)
}

/// `GET /readyz`.
pub(crate) async fn ready(State(state): State<HttpState>) -> (StatusCode, Json<ReadyView>) {
    let ready = galleria_app::health::check(&state.app).await.is_ok();
    let plugins = state.plugins.manifests().len();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ReadyView { ready, plugins }))
}
