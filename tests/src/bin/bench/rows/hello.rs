use crate::contest::{self, Lane, Plan, Target};
use crate::host::HostSetup;
use crate::load::{Expected, Load, Shot};
use crate::process::Server;
use crate::report::Found;
use crate::{Result, Setup};

const FRESH: Target = Target::Throughput(0.50);
const WARM: Target = Target::Throughput(0.85);

pub(super) async fn run(plan: Plan, setup: &Setup) -> Result<Found> {
    let components = super::components(setup)?;
    let folder = super::folder(setup)?;
    let native = Server::start(&["serve-native".to_owned()]).await?;
    let host = HostSetup::new(folder.path())
        .plugins([&components.hello, &components.hello_warm])
        .start()
        .await?;
    let load = |path: &str| {
        let shot = Shot::get(path, Expected::Body(b"Hello, world!"))?;
        Ok::<_, crate::Error>(Load { clients: setup.clients, shots: [shot].into() })
    };
    let lane = |name, server, path, target| {
        Ok::<_, crate::Error>(Lane { name, server, load: load(path)?, target })
    };
    let lanes = [
        lane("native axum", &native, "/hello/world", None)?,
        lane("plugin, fresh", &host, "/store/v1/x/hello/hello/world", Some(FRESH))?,
        lane("plugin, warm", &host, "/store/v1/x/hello-warm/hello/world", Some(WARM))?,
    ];
    let lanes = contest::run(plan, &lanes).await?;
    native.stop().await?;
    host.stop().await?;
    Ok(Found { lanes, ..Found::default() })
}
