use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use super::failure::Failure;

/// How much is logged.
const VARIABLE: &str = "GALLERIA_LOG";

/// Lets the log go to stderr.
pub(super) fn start(as_json: bool, usual: &str) -> Result<(), Failure> {
    let wanted = std::env::var(VARIABLE).unwrap_or_else(|_| usual.to_owned());
    let filter = EnvFilter::builder()
        .parse(&wanted)
        .map_err(|error| Failure::usage(format!("{VARIABLE}={wanted} says nothing: {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if as_json {
        log.json().flatten_event(true).init();
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).init();
    }
    Ok(())
}
