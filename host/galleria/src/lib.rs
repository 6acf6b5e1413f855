//! The plugin host for headless commerce.
//!
//! Embed it in an axum service of your own, or run the `galleria` program.

#![forbid(unsafe_code)]

mod builder;
mod housekeeping;
pub mod mail;
mod webhooks;

pub use builder::{Builder, Galleria, StartError};
pub use galleria_app as app;
pub use galleria_app::bootstrap::FirstOwner;
pub use galleria_domain as domain;
pub use galleria_http::{HttpConfig, Limits};
pub use galleria_runtime::{Plugins, compile_child};
pub use galleria_storage::{Connections, DatabaseUrl};

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));
