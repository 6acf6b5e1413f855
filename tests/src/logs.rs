//! The log of this test process, to be looked at by tests.

use std::io;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged so far, one line for each event.
#[derive(Clone, Debug, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Begins to listen, or listens on: all tests of a process have one log.
    pub fn listen() -> Self {
        static LOGS: OnceLock<Logs> = OnceLock::new();
        LOGS.get_or_init(|| {
            let logs = Self::default();
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
                .with_ansi(false)
                .with_writer(logs.clone());
            // Somebody who listens already keeps listening; then nothing is seen here.
            let _another = subscriber.try_init();
            logs
        })
        .clone()
    }

    /// The lines in which all of these texts stand.
    pub fn lines(&self, texts: &[&str]) -> Vec<String> {
        let all = String::from_utf8_lossy(&self.0.lock()).into_owned();
        let fits = |line: &&str| texts.iter().all(|text| line.contains(text));
        all.lines().filter(fits).map(str::to_owned).collect()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
