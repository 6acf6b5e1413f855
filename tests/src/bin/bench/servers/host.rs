//! The host itself, as an embedder sets it up.

use std::path::PathBuf;

use galleria::Galleria;
use galleria_app::Caller;
use galleria_domain::PluginId;
use galleria_manifest::Instances;
use galleria_storage::DatabaseUrl;

use super::{Greeting, greet, listen, shop};
use crate::Result;

/// How the host is set up.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct HostArguments {
    /// Where it keeps what it keeps.
    #[arg(long)]
    data_dir: PathBuf,
    /// Where the data is, if not in a SQLite file there.
    #[arg(long)]
    database: Option<String>,
    /// Makes a key, customers, and the plugins ready, before it serves.
    #[arg(long)]
    prepare: bool,
    /// So many customers at least.
    #[arg(long, default_value_t = 0)]
    customers: u32,
    /// Component files to be installed and enabled.
    #[arg(long)]
    plugin: Vec<PathBuf>,
    /// With the plugins that come with the host.
    #[arg(long)]
    bundled: bool,
}

pub(super) async fn serve(arguments: HostArguments) -> Result<()> {
    let mut builder = Galleria::builder().data_dir(&arguments.data_dir);
    if let Some(url) = &arguments.database {
        builder = builder.database(DatabaseUrl::parse(url));
    }
    if !arguments.bundled {
        builder = builder.without_bundled_plugins();
    }
    let galleria = builder.build().await?;
    let prepared =
        if arguments.prepare { Some(prepare(&galleria, &arguments).await?) } else { None };
    let (listener, address) = listen().await?;
    let mut greeting = Greeting::at(address);
    if let Some(shop) = prepared {
        (greeting.api_key, greeting.customers) = (shop.api_key, shop.customers);
    }
    greet(&greeting)?;
    galleria.serve(listener, std::future::pending()).await;
    Ok(())
}

async fn prepare(galleria: &Galleria, arguments: &HostArguments) -> Result<shop::Shop> {
    let mut plugins = Vec::new();
    for file in &arguments.plugin {
        plugins.push(enable(galleria, std::fs::read(file)?).await?);
    }
    if arguments.bundled {
        for (_, component) in galleria::BUNDLED {
            plugins.push(enable(galleria, component.to_vec()).await?);
        }
    }
    shop::prepare(galleria.app(), galleria.store(), arguments.customers, &plugins).await
}

/// Installs a plugin, grants all that it asks for, and enables it.
async fn enable(galleria: &Galleria, component: Vec<u8>) -> Result<PluginId> {
    let caller = Caller::system(galleria.store().clone());
    let manifest = galleria_runtime::inspect(&component)?.manifest;
    let id: PluginId = manifest.id.parse().map_err(|_| "a plugin's id is wrong")?;
    let plugins = galleria.plugins();
    plugins.install_if_newer(&caller, &component).await?;
    let permissions = manifest.permissions.into_keys().collect();
    let warm = manifest.instances == Instances::Warm;
    plugins.grant(&caller, &id, &permissions, warm).await?;
    plugins.enable(&caller, &id).await?;
    Ok(id)
}
