use crate::bindings::imports::galleria::log::logging::{Host, Level};
use crate::fault::HostError;
use crate::host::HostFunction;
use crate::state::CallState;

/// The longest line; what is longer is cut.
const LINE_BYTES_MAX: usize = 4 << 10;

impl Host for CallState {
    async fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        let request = match self.enter(HostFunction::LoggingLog) {
            Ok(work) => work.caller().request_id.to_string(),
            // A plugin that may not log is no worse off for trying.
            Err(HostError::Fault(_)) => return Ok(()),
            Err(HostError::End(error)) => return Err(error),
        };
        let Some(left) = self.log_bytes_left.checked_sub(message.len()) else {
            self.plugin.stats.count_dropped_log(message.len());
            return Ok(());
        };
        self.log_bytes_left = left;
        write_line(&self.plugin.id, &request, level, &printable(&message));
        Ok(())
    }
}

fn write_line(plugin: &galleria_domain::PluginId, request: &str, level: Level, line: &str) {
    match level {
        Level::Debug => tracing::debug!(target: "plugin", %plugin, request, "{line}"),
        Level::Info => tracing::info!(target: "plugin", %plugin, request, "{line}"),
        Level::Warning => tracing::warn!(target: "plugin", %plugin, request, "{line}"),
        Level::Error => tracing::error!(target: "plugin", %plugin, request, "{line}"),
    }
}

/// One line, whatever the plugin sends: nobody can forge a second one, or colours, or turn the
/// direction of what stands behind.
pub(crate) fn printable(message: &str) -> String {
    let cut = message.floor_char_boundary(LINE_BYTES_MAX);
    let mut line = String::with_capacity(cut);
    for c in message[..cut].chars() {
        if steers(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// Controls, line and paragraph separators, and what sets the direction of text.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_one_line() {
        assert_eq!(printable("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(printable("a\u{2028}b\u{202e}c"), "a\\u{2028}b\\u{202e}c");
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        assert!(printable(&"ü".repeat(LINE_BYTES_MAX)).len() <= LINE_BYTES_MAX);
    }
}
