//! The only SQL of Galleria: units of work and queries, on SQLite and on PostgreSQL.
//!
//! Everything goes through a [`Unit`]: one transaction, begun by its first query. A query is a
//! function that takes the unit, one module per resource; its text is written once for both
//! databases and runs through the `on!` macro.

#![forbid(unsafe_code)]

pub mod addresses;
pub mod api_keys;
pub mod audit;
pub mod carts;
pub mod checkout_links;
pub mod credentials;
pub mod customer_list;
pub mod customers;
pub mod entities;
pub mod events;
pub mod facets;
pub mod idempotency;
pub mod impersonations;
pub mod installations;
pub mod jobs;
pub mod login_attempts;
pub mod mails;
pub mod orders;
pub mod products;
pub mod proofs;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod shipping_methods;
pub mod staff;
pub mod stores;
pub mod tax_rates;
pub mod visits;
pub mod webhooks;

mod conn;
mod customer_search;
mod database;
mod erase;
mod error;
mod postgres;
mod row;
mod sql;
mod sqlite;
mod unit;
mod wakes;

pub use database::{Connections, Database, DatabaseUrl};
pub use error::{BoxError, Result, StorageError};
pub use unit::{Mode, Unit};
pub use wakes::{Wake, Wakes, Watch};
