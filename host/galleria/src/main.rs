//! The `galleria` program.

#![forbid(unsafe_code)]

mod cli;
mod demo;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The host compiles plugins in a child process of this very program.
    if let Some(code) = galleria::compile_child() {
        return code;
    }
    cli::run()
}
