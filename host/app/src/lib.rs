//! What a Galleria shop can do, and who may do it.
//!
//! One module per resource; each function takes the [`Work`] in hand, checks the caller's rights,
//! applies the rules of `galleria-domain` and queries `galleria-storage`. Both ports, HTTP and
//! plugins, call these same functions, so that they can't see two different shops.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod addresses;
pub mod api_keys;
pub mod audit;
pub mod authentication;
pub mod bootstrap;
pub mod carts;
pub mod catalog;
pub mod checkout_links;
pub mod credentials;
pub mod customers;
pub mod entities;
pub mod events;
pub mod facets;
pub mod health;
pub mod hooks;
pub mod idempotency;
pub mod impersonations;
pub mod installations;
pub mod jobs;
pub mod login_attempts;
pub mod mail;
pub mod orders;
pub mod payments;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod shipping_methods;
pub mod staff;
pub mod stores;
pub mod tax_rates;
pub mod visits;
pub mod webhooks;

mod app;
mod caller;
mod clock;
mod error;
mod passwords;
mod tokens;
mod touches;
mod version;
mod work;

pub use app::App;
pub use caller::Caller;
pub use clock::{Clock, SystemClock};
pub use error::{AppError, Result};
pub use galleria_storage::{Mode, StorageError, Wake};
pub use tokens::Token;
pub use work::{Ended, RUNS_MAX, Work, pause_before_rerun, too_many_reruns};
