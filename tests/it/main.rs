//! The suites of Galleria, by subject, in one binary.

#![expect(clippy::unwrap_used, reason = "in a test, a panic with its place is what is wanted")]

mod accounts;
mod addresses;
mod catalog;
mod contract;
mod customers;
mod events;
mod faults;
mod hooks;
mod http;
mod impersonation;
mod jobs;
mod links;
mod mail;
mod plugins;
mod points;
mod store;
mod tidy;
mod trade;
