//! What the suites of Galleria share: databases to run on, a clock to turn, and the bench.

#![forbid(unsafe_code)]

pub mod clock;
pub mod database;
