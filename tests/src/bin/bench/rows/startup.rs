use std::time::Duration;

use crate::contest::Plan;
use crate::host::HostSetup;
use crate::report::{Figure, Found};
use crate::statistics::Spread;
use crate::{Result, Setup};

const READY_MAX_MS: f64 = 200.0;

/// The first start compiles and fills the cache; those after it are measured.
pub(super) async fn run(plan: Plan, setup: &Setup) -> Result<Found> {
    let folder = super::folder(setup)?;
    let host = HostSetup { bundled: true, ..HostSetup::new(folder.path()) };
    host.start().await?.stop().await?;
    let mut listens = Vec::new();
    let mut ready = Vec::new();
    for _ in 0..plan.rounds.max(5) {
        let (server, listens_after, ready_after) = host.start_again().await?;
        listens.push(millis(listens_after));
        ready.push(millis(ready_after));
        server.stop().await?;
    }
    let (Some(listens), Some(ready)) = (Spread::of(listens), Spread::of(ready)) else {
        return Err("no start was measured".into());
    };
    let figures = vec![
        Figure::new("until it listens, median", listens.median, "ms"),
        Figure::new("until /readyz answers 200, median", ready.median, "ms").at_most(READY_MAX_MS),
        Figure::new("the same, shortest", ready.min, "ms"),
        Figure::new("the same, longest", ready.max, "ms"),
    ];
    Ok(Found { figures, ..Found::default() })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
