use std::time::{Duration, Instant};

use crate::contest::Plan;
use crate::host::{self, HostSetup};
use crate::load::{self, Expected, Load, Shot, Tally};
use crate::process::Server;
use crate::report::{Figure, Found};
use crate::statistics::number;
use crate::{Result, Setup};

/// Off and on five times a second.
const PAUSE: Duration = Duration::from_millis(100);
const CUSTOMERS: u32 = 1_000;
const CLIENTS_EACH: usize = 16;
/// How the staff is told that a plugin is off.
const OFF: &str = "/problems/plugin-off";

pub(super) async fn run(plan: Plan, setup: &Setup) -> Result<Found> {
    let components = super::components(setup)?;
    let folder = super::folder(setup)?;
    let setup = HostSetup { customers: CUSTOMERS, ..HostSetup::new(folder.path()) };
    let server = setup.plugins([&components.hello, &components.bench]).start().await?;
    let time = plan.round() * u32::try_from(plan.rounds)?;
    let hello = Shot::get("/store/v1/x/hello/hello/world", Expected::Body(b"Hello, world!"))?;
    let native = host::customers(&server, "/admin/v1/customers")?;
    let toggled: Vec<_> = host::customers(&server, "/admin/v1/x/bench/customers")?
        .into_iter()
        .map(|shot| Shot { expected: Expected::OrOff("\"first_name\"", OFF), ..shot })
        .collect();
    let load = |shots| Load { clients: CLIENTS_EACH, shots };
    let (hello, native, toggled) =
        (load([hello].into()), load(native.into()), load(toggled.into()));
    let address = server.greeting.address;
    let (hello, native, toggled, switched) = tokio::join!(
        load::fire(address, &hello, time),
        load::fire(address, &native, time),
        load::fire(address, &toggled, time),
        switch_on_and_off(&server, time),
    );
    let (hello, native, toggled, switches) = (hello?.0, native?.0, toggled?.0, switched?);
    server.stop().await?;
    Ok(judge(&hello, &native, &toggled, number(switches) / time.as_secs_f64()))
}

/// Ends with the plugin on; answers how often it was switched.
async fn switch_on_and_off(server: &Server, time: Duration) -> Result<u64> {
    let mut ticks = tokio::time::interval(PAUSE);
    let until = Instant::now() + time;
    let mut switches = 0;
    while Instant::now() < until {
        for on in [false, true] {
            ticks.tick().await;
            host::switch(server, "bench", on).await?;
            switches += 1;
        }
    }
    Ok(switches)
}

fn judge(hello: &Tally, native: &Tally, toggled: &Tally, per_second: f64) -> Found {
    let answered = |what: &str, tally: &Tally| {
        Figure::new(format!("{what}: right answers"), number(tally.times.len() as u64), "")
    };
    let failed = |what: &str, tally: &Tally| {
        Figure::new(format!("{what}: anything else"), number(tally.errors), "").at_most(0.0)
    };
    let figures = vec![
        Figure::new("switched off or on", per_second, "/s"),
        answered("another plugin's route", hello),
        failed("another plugin's route", hello),
        answered("the host's own route", native),
        failed("the host's own route", native),
        answered("the plugin's own route", toggled),
        Figure::new("the plugin's own route: says that it is off", number(toggled.refused), ""),
        failed("the plugin's own route", toggled),
    ];
    let tallies = [hello, native, toggled];
    let wrong = tallies.iter().find_map(|tally| tally.first_error.clone());
    let notes =
        [("ran while it was off", toggled.refused), ("ran at all", toggled.times.len() as u64)]
            .into_iter()
            .filter(|(_, count)| *count == 0)
            .map(|(what, _)| format!("not one request {what}: this proves nothing"));
    Found { figures, notes: notes.collect(), wrong, ..Found::default() }
}
