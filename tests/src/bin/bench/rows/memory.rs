use std::path::PathBuf;
use std::time::Duration;

use crate::host::HostSetup;
use crate::load::{self, Expected, Load, Shot};
use crate::process::Server;
use crate::procfs::Memory;
use crate::report::{Figure, Found};
use crate::statistics::number;
use crate::{Result, Setup};

/// Until what a start needed is given back.
const REST: Duration = Duration::from_secs(2);
const LOAD: Duration = Duration::from_secs(1);

pub(super) async fn run(setup: &Setup) -> Result<Found> {
    let components = super::components(setup)?;
    let folder = super::folder(setup)?;
    let host = HostSetup::new(folder.path());
    let mut figures = Vec::new();
    let (server, mut before) = at_rest(&host, &[]).await?;
    server.stop().await?;
    figures.extend(both("no plugin", before));
    let bundled = bundled(setup)?;
    let files = bundled.iter().chain([&components.hello, &components.bench]);
    for file in files {
        let (server, memory) = at_rest(&host, std::slice::from_ref(file)).await?;
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or("a plugin");
        figures.extend(both(&format!("with {name} besides"), memory));
        let more = number(memory.pss_kib) - number(before.pss_kib);
        figures.push(Figure::new(format!("  which is more by (PSS, {name})"), more, "KiB"));
        before = memory;
        if *file == components.hello {
            let after = after_load(setup, &server).await?;
            figures.extend(both("the same after a second of load on hello", after));
        }
        server.stop().await?;
    }
    Ok(Found { figures, ..Found::default() })
}

/// Puts in these plugins, starts again from the cache, and waits for what a start leaves behind.
async fn at_rest(host: &HostSetup, plugins: &[PathBuf]) -> Result<(Server, Memory)> {
    host.clone().plugins(plugins).start().await?.stop().await?;
    let (server, ..) = host.start_again().await?;
    tokio::time::sleep(REST).await;
    let memory = server.memory()?;
    Ok((server, memory))
}

async fn after_load(setup: &Setup, server: &Server) -> Result<Memory> {
    let shot = Shot::get("/store/v1/x/hello/hello/world", Expected::Body(b"Hello, world!"))?;
    let load = Load { clients: setup.clients, shots: [shot].into() };
    let (tally, _) = load::fire(server.greeting.address, &load, LOAD).await?;
    if let Some(error) = tally.first_error {
        return Err(error.into());
    }
    tokio::time::sleep(REST).await;
    server.memory()
}

/// The plugins that come with the host, as files.
fn bundled(setup: &Setup) -> Result<Vec<PathBuf>> {
    let folder = super::kept_folder(setup, "components");
    let files = galleria::BUNDLED.iter().map(|(id, component)| {
        let path = folder.join(format!("{id}.wasm"));
        std::fs::write(&path, component)?;
        Ok(path)
    });
    files.collect()
}

fn both(what: &str, memory: Memory) -> [Figure; 2] {
    [
        Figure::new(format!("{what}: RSS"), number(memory.rss_kib), "KiB"),
        Figure::new(format!("{what}: PSS"), number(memory.pss_kib), "KiB"),
    ]
}
