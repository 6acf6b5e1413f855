//! Compiles plugins, and nothing else: the child of hosts that run inside a test.

use std::process::ExitCode;

fn main() -> ExitCode {
    galleria::compile_child().unwrap_or_else(|| {
        eprintln!("galleria-compile is started by hosts, not by people");
        ExitCode::FAILURE
    })
}
