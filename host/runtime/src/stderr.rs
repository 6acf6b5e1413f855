//! What a guest writes to its standard error: usually why it panicked.
//!
//! Kept for the length of a call and written to the log when its end is known. It never reaches a
//! client: the words are meant for whoever runs the shop.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use galleria_domain::PluginId;
use parking_lot::Mutex;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::host::log::printable;

/// What is kept of one call, in bytes; the rest is counted and dropped.
const KEPT_BYTES_MAX: usize = 4 << 10;
/// What a guest may write at a time, in bytes: the host copies that much, whatever it keeps.
const WRITE_BYTES_MAX: usize = 64 << 10;

/// The standard error of one instance; all its streams write to the same place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stderr(Arc<Mutex<Written>>);

#[derive(Debug, Default)]
struct Written {
    kept: Vec<u8>,
    dropped_bytes: usize,
}

impl Written {
    fn take_in(&mut self, bytes: &[u8]) {
        let room = KEPT_BYTES_MAX - self.kept.len();
        let (kept, dropped) = bytes.split_at(bytes.len().min(room));
        self.kept.extend_from_slice(kept);
        self.dropped_bytes = self.dropped_bytes.saturating_add(dropped.len());
    }

    /// Each line that has something in it, and a note if there was more.
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.kept);
        let lines = text.lines().filter(|line| !line.trim().is_empty()).map(printable);
        let note = (self.dropped_bytes > 0)
            .then(|| format!("({} more bytes were dropped)", self.dropped_bytes));
        lines.chain(note).collect()
    }
}

impl Stderr {
    /// Writes to the log what the guest has written since the last time: as warnings if its call
    /// failed, for then it may say why. Answers how many bytes were dropped.
    pub(crate) fn tell(&self, plugin: &PluginId, request: Option<&str>, failed: bool) -> usize {
        let written = std::mem::take(&mut *self.0.lock());
        for line in written.lines() {
            if failed {
                tracing::warn!(target: "plugin", %plugin, request, stream = "stderr", "{line}");
            } else {
                tracing::debug!(target: "plugin", %plugin, request, stream = "stderr", "{line}");
            }
        }
        written.dropped_bytes
    }

    /// Whether there is nothing to tell.
    pub(crate) fn is_silent(&self) -> bool {
        self.0.lock().kept.is_empty()
    }
}

impl IsTerminal for Stderr {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stderr {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // For the next WASI, which isn't linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Stderr {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.lock().take_in(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES_MAX)
    }
}

impl Pollable for Stderr {
    fn ready<'a, 'this>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'this>>
    where
        'a: 'this,
        Self: 'this,
    {
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let stderr = Stderr::default();
        for piece in pieces {
            stderr.0.lock().take_in(piece);
        }
        let written = stderr.0.lock();
        written.lines()
    }

    #[test]
    fn lines_are_put_together_from_pieces_and_told_apart() {
        assert_eq!(lines(&[b"\nthread ", b"panicked\nwhy", b"\n\n"]), ["thread panicked", "why"]);
    }

    #[test]
    fn nothing_in_a_line_steers_a_terminal_or_breaks_the_encoding() {
        assert_eq!(lines(&[b"a\x1b[31m\rb\xff"]), ["a\\u{1b}[31m\\rb\u{fffd}"]);
    }

    #[test]
    fn what_is_too_much_is_dropped_with_one_note() {
        let lines = lines(&[&[b'x'; 3_000], &[b'y'; 3_000], &[b'z'; 3_000]]);
        let (text, note) = (&lines[0], &lines[1]);
        assert_eq!(text.len(), KEPT_BYTES_MAX);
        assert_eq!(note, "(4904 more bytes were dropped)");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_call_is_told_of_once() {
        let stderr = Stderr::default();
        stderr.0.lock().take_in(&[b'x'; 5_000]);
        let plugin = "quiet".parse().unwrap();
        assert_eq!(stderr.tell(&plugin, None, true), 5_000 - KEPT_BYTES_MAX);
        assert!(stderr.is_silent());
        assert_eq!(stderr.tell(&plugin, None, true), 0);
    }
}
