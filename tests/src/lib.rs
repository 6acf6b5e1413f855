//! What the suites of Galleria share: databases to run on, a clock to turn, and the bench.

#![forbid(unsafe_code)]

pub mod clock;
pub mod component;
pub mod database;
pub mod guests;
pub mod host;
pub mod misfits;
pub mod mutate;
pub mod naughty;
pub mod plugins;
pub mod shop;
