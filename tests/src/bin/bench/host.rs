//! Hosts under load, and what is asked of them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use http::StatusCode;

use crate::Result;
use crate::load::{self, Expected, Shot};
use crate::process::Server;

const READY_MAX: Duration = Duration::from_mins(2);
const PAUSE_BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// How a host is to be set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostSetup {
    pub(crate) data_dir: PathBuf,
    /// A server's URL; without it a SQLite file in the folder.
    pub(crate) database: Option<String>,
    pub(crate) plugins: Vec<PathBuf>,
    pub(crate) bundled: bool,
    pub(crate) customers: u32,
}

impl HostSetup {
    pub(crate) fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), ..Self::default() }
    }

    pub(crate) fn plugins<'a>(mut self, files: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        self.plugins.extend(files.into_iter().cloned());
        self
    }

    /// Starts it with everything in it, and with a key.
    pub(crate) async fn start(&self) -> Result<Server> {
        let mut arguments = self.arguments();
        arguments.push("--prepare".to_owned());
        arguments.push(format!("--customers={}", self.customers));
        for plugin in &self.plugins {
            arguments.push(format!("--plugin={}", text(plugin)?));
        }
        let server = Server::start(&arguments).await?;
        until_ready(&server).await?;
        Ok(server)
    }

    /// Starts it as it was left; answers how long that took from the process's beginning until it
    /// listened, and until it was ready.
    pub(crate) async fn start_again(&self) -> Result<(Server, Duration, Duration)> {
        let server = Server::start(&self.arguments()).await?;
        let listens = server.spawned_at.elapsed();
        let ready = until_ready(&server).await?;
        Ok((server, listens, ready))
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["serve-galleria".to_owned()];
        arguments.push(format!("--data-dir={}", self.data_dir.display()));
        arguments.extend(self.database.iter().map(|url| format!("--database={url}")));
        if self.bundled {
            arguments.push("--bundled".to_owned());
        }
        arguments
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{} is not text", path.display()).into())
}

async fn until_ready(server: &Server) -> Result<Duration> {
    let shot = Shot::get("/readyz", Expected::Body(b""))?;
    let began = Instant::now();
    loop {
        let answer = load::ask(server.greeting.address, shot.clone()).await?;
        if answer.status == StatusCode::OK {
            return Ok(server.spawned_at.elapsed());
        }
        if began.elapsed() > READY_MAX {
            return Err(format!("the host doesn't get ready: {answer}").into());
        }
        tokio::time::sleep(PAUSE_BETWEEN_LOOKS).await;
    }
}

/// Every one of the customers that the host named, from this path on: `{path}/{id}`.
pub(crate) fn customers(server: &Server, path: &str) -> Result<Vec<Shot>> {
    let greeting = &server.greeting;
    let shots = greeting.customers.iter().map(|id| {
        Shot::get(&format!("{path}/{id}"), Expected::Holding(StatusCode::OK, id.clone()))?
            .with_key(&greeting.api_key)
    });
    shots.collect()
}

/// Entries to be written at this path, about these customers.
pub(crate) fn entries(path: &str, about: &[String], key: Option<&str>) -> Result<Vec<Shot>> {
    let shots = about.iter().enumerate().map(|(number, customer)| {
        let body = serde_json::json!({
            "customer": customer,
            "text": "what there is to say about it, in a sentence of common length",
            "amount": number,
        });
        let expected = Expected::Holding(StatusCode::CREATED, "\"id\":\"".to_owned());
        let shot = Shot::post(path, body.to_string(), expected)?;
        if let Some(key) = key { shot.with_key(key) } else { Ok(shot) }
    });
    shots.collect()
}

/// Switches a plugin as an admin does.
pub(crate) async fn switch(server: &Server, plugin: &str, on: bool) -> Result<()> {
    let verb = if on { "enable" } else { "disable" };
    let path = format!("/admin/v1/plugins/{plugin}/{verb}");
    let expected = Expected::Body(b"");
    let shot = Shot::post(&path, "{}".to_owned(), expected)?.with_key(&server.greeting.api_key)?;
    let answer = load::ask(server.greeting.address, shot).await?;
    if answer.status.is_success() { Ok(()) } else { Err(format!("{path}: {answer}").into()) }
}
