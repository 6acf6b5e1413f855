//! The store, on both databases: units of work, and everything about who may come in.

mod audit;
mod bootstrap;
mod entities;
mod idempotency;
mod installations;
mod keys;
mod logins;
mod passwords;
pub(crate) mod people;
mod sessions;
mod settings;
mod staff;
mod units;
