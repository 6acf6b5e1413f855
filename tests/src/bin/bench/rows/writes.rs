use std::time::Duration;

use crate::contest::{self, Lane, Plan, Standing, Target};
use crate::disk::fsyncs_per_second;
use crate::host::{self, HostSetup};
use crate::load::Load;
use crate::process::Server;
use crate::report::{Figure, Found};
use crate::{Result, Setup};

const MANY_CLIENTS: usize = 64;
const AT_MANY: Target = Target::Rate(4.0);
const CUSTOMERS: u32 = 1_000;
const OF_THE_DISK: Duration = Duration::from_secs(1);

pub(super) async fn run(plan: Plan, setup: &Setup) -> Result<Found> {
    let components = super::components(setup)?;
    let folder = super::folder(setup)?;
    let host = HostSetup { customers: CUSTOMERS, ..HostSetup::new(folder.path()) };
    let host = host.plugins([&components.bench, &components.bench_warm]);
    let before = fsyncs_per_second(folder.path(), OF_THE_DISK)?;
    let data_dir = format!("--data-dir={}", folder.path().display());
    let one_by_one = Server::start(&["serve-one-by-one".to_owned(), data_dir]).await?;
    let host = host.start().await?;
    let mut lanes = contest(plan, &one_by_one, &host, 1).await?;
    lanes.append(&mut contest(plan, &one_by_one, &host, MANY_CLIENTS).await?);
    let after = fsyncs_per_second(folder.path(), OF_THE_DISK)?;
    one_by_one.stop().await?;
    host.stop().await?;
    let figures = vec![
        Figure::new("fsyncs of the disk by itself, before", before, "/s"),
        Figure::new("fsyncs of the disk by itself, after", after, "/s"),
    ];
    Ok(Found { lanes, figures, ..Found::default() })
}

async fn contest(
    plan: Plan,
    one_by_one: &Server,
    host: &Server,
    clients: usize,
) -> Result<Vec<Standing>> {
    let greeting = &host.greeting;
    let load = |path, key| {
        let shots = host::entries(path, &greeting.customers, key)?.into();
        Ok::<_, crate::Error>(Load { clients, shots })
    };
    let key = Some(greeting.api_key.as_str());
    let target = (clients == MANY_CLIENTS).then_some(AT_MANY);
    let yardstick = load("/entries", None)?;
    let fresh = load("/admin/v1/x/bench/entries", key)?;
    let warm = load("/admin/v1/x/bench-warm/entries", key)?;
    let lanes = [
        Lane {
            name: "one transaction, one fsync each",
            server: one_by_one,
            load: yardstick,
            target: None,
        },
        Lane { name: "plugin, fresh", server: host, load: fresh, target },
        Lane { name: "plugin, warm", server: host, load: warm, target: None },
    ];
    contest::run(plan, &lanes).await
}

/// The same writes on a server; how durable they are is the server's business.
pub(super) async fn run_on_server(plan: Plan, setup: &Setup, database: String) -> Result<Found> {
    let components = super::components(setup)?;
    let folder = super::folder(setup)?;
    let host = HostSetup {
        database: Some(database),
        customers: CUSTOMERS,
        ..HostSetup::new(folder.path())
    };
    let host = host.plugins([&components.bench]).start().await?;
    let greeting = &host.greeting;
    let lane = |name, clients| {
        let key = Some(greeting.api_key.as_str());
        let shots = host::entries("/admin/v1/x/bench/entries", &greeting.customers, key)?.into();
        let load = Load { clients, shots };
        Ok::<_, crate::Error>(Lane { name, server: &host, load, target: None })
    };
    let lanes =
        [lane("plugin, fresh, one client", 1)?, lane("plugin, fresh, many clients", MANY_CLIENTS)?];
    let lanes = contest::run(plan, &lanes).await?;
    host.stop().await?;
    let note = "a server that the bench starts by itself runs without fsync";
    Ok(Found { lanes, ..Found::note(note) })
}
