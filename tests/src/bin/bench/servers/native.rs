//! The yardstick: one axum handler and nothing around it, on the host's own accept loop.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;

use super::{Greeting, greet, listen};
use crate::Result;

pub(super) async fn serve() -> Result<()> {
    let router = Router::new().route("/hello/{name}", get(hello));
    let (listener, address) = listen().await?;
    greet(&Greeting::at(address))?;
    galleria_http::serve(
        listener,
        router,
        galleria_http::Limits::default(),
        std::future::pending(),
    )
    .await;
    Ok(())
}

async fn hello(Path(name): Path<String>) -> String {
    format!("Hello, {name}!")
}
