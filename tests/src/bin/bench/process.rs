//! The servers under load: children of this program, each of its own.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use crate::Result;
use crate::procfs::{self, Memory};
use crate::servers::Greeting;

/// Compiling plugins for the first time, or making a million customers, is part of a start.
const START_MAX: Duration = Duration::from_mins(30);
const STOP_MAX: Duration = Duration::from_secs(5);

/// A server that runs as long as this lives.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// The child ends when its standard input does, so that nothing outlives this program.
    life: Option<ChildStdin>,
    pid: u32,
    pub(crate) greeting: Greeting,
    pub(crate) spawned_at: Instant,
}

impl Server {
    /// Starts this program again as a server, and waits until it says where it listens.
    pub(crate) async fn start(arguments: &[String]) -> Result<Self> {
        let spawned_at = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let life = child.stdin.take();
        let pid = child.id().ok_or("the server ended at once")?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut greeting = String::new();
        tokio::time::timeout(START_MAX, BufReader::new(output).read_line(&mut greeting))
            .await
            .map_err(|_| format!("{} doesn't start", arguments.join(" ")))??;
        let greeting = serde_json::from_str(&greeting)
            .map_err(|_| format!("{} said {greeting:?} and no address", arguments.join(" ")))?;
        Ok(Self { child, life, pid, greeting, spawned_at })
    }

    /// The CPU that it and all its threads have used so far; its children aren't counted.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        procfs::cpu(self.pid)
    }

    /// What it holds in memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        procfs::memory(self.pid)
    }

    /// Ends it and waits until it is gone.
    pub(crate) async fn stop(mut self) -> Result<()> {
        drop(self.life.take());
        if tokio::time::timeout(STOP_MAX, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}
