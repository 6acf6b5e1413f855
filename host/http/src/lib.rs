//! x
#![forbid(unsafe_code)]
mod answer;
mod client;
mod extract;
mod idempotency;
mod openapi { pub(crate) use crate::openapi_x::text_parameter; }
mod openapi_x;
mod problem;
mod server;
