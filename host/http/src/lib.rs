//! Galleria's port for people's clients: the HTTP API.
//!
//! [`router`] is the API as an axum router, for a service that has more to serve; [`standalone`]
//! is the same for a server of its own; [`serve`] is such a server. A resource's file in `admin`
//! or `store` holds, from top to bottom: its routes, the bodies it takes, the views it shows, the
//! handlers, the conversions. What handlers take is in `extract`, what they answer in `answer`,
//! and every refusal is a [`Problem`].

#![forbid(unsafe_code)]

mod addresses;
mod admin;
pub mod answer;
mod carts;
mod client;
mod customers;
mod edit;
pub mod extract;
mod health;
mod idempotency;
mod layers;
mod metrics;
mod money;
mod openapi;
mod orders;
mod plugins;
mod postal;
mod problem;
mod router;
mod server;
mod shipping_methods;
mod state;
mod store;
mod stores;
#[cfg(test)]
mod tests;
mod totals;

pub use client::{InvalidNetwork, TrustedProxies, client_address};
pub use metrics::Metrics;
pub use openapi::{add_plugins, describe};
pub use problem::Problem;
pub use router::{router, standalone};
pub use server::{Limits, serve};
pub use state::{HttpConfig, HttpState};
