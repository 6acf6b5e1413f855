use crate::contest::{self, Lane, Plan, Target};
use crate::host::{self, HostSetup};
use crate::load::Load;
use crate::report::Found;
use crate::{Result, Setup};

const FRESH: Target = Target::Throughput(0.65);
const WARM: Target = Target::Throughput(0.85);
const CUSTOMERS: u32 = 10_000;
const CUSTOMERS_QUICK: u32 = 500;

/// On a server, if its URL is given, else on SQLite.
pub(super) async fn run(plan: Plan, setup: &Setup, database: Option<String>) -> Result<Found> {
    let components = super::components(setup)?;
    let folder = super::folder(setup)?;
    let host = HostSetup {
        database,
        customers: if setup.quick { CUSTOMERS_QUICK } else { CUSTOMERS },
        ..HostSetup::new(folder.path())
    };
    let host = host.plugins([&components.bench, &components.bench_warm]).start().await?;
    let lane = |name, path, target| {
        let shots = host::customers(&host, path)?.into();
        let load = Load { clients: setup.clients, shots };
        Ok::<_, crate::Error>(Lane { name, server: &host, load, target })
    };
    let lanes = [
        lane("native route", "/admin/v1/customers", None)?,
        lane("plugin, fresh", "/admin/v1/x/bench/customers", Some(FRESH))?,
        lane("plugin, warm", "/admin/v1/x/bench-warm/customers", Some(WARM))?,
    ];
    let lanes = contest::run(plan, &lanes).await?;
    host.stop().await?;
    Ok(Found { lanes, ..Found::default() })
}
