//! What the suites of Galleria share: databases to run on, a clock to turn, and the bench.

#![forbid(unsafe_code)]

pub mod browser;
pub mod client;
pub mod clock;
pub mod component;
pub mod database;
pub mod guests;
pub mod host;
pub mod logs;
pub mod misfits;
pub mod mutate;
pub mod naughty;
pub mod plugins;
pub mod postbox;
pub mod shop;
pub mod smtp;

/// A program of this crate: cargo builds it beside the tests.
pub fn program(name: &str) -> std::path::PathBuf {
    let tests = std::env::current_exe().expect("a process knows its program");
    let folder = tests.ancestors().nth(2).expect("tests run in target/*/deps");
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
