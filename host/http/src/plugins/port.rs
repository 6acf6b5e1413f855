use std::fmt::Debug;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use galleria_manifest::Manifest;
use galleria_runtime::{PluginFailure, PluginRequest, PluginResponse, PluginStatsView};

use crate::idempotency::Once;

/// What this port needs of the plugins.
pub trait PluginPort: Debug + Send + Sync + 'static {
    /// Hands a request to a plugin: one unit of work. With a key in `once`, the answer is kept in
    /// that same unit, and one that was kept before is given again.
    fn handle(
        &self,
        request: PluginRequest,
        once: Once,
    ) -> BoxFuture<'_, Result<PluginResponse, PluginFailure>>;

    /// The manifests of the plugins that serve.
    fn manifests(&self) -> Vec<Arc<Manifest>>;

    /// What is counted about each plugin, by id.
    fn stats(&self) -> Vec<(String, PluginStatsView)>;

    /// Whether the plugins that are enabled are loaded.
    fn is_ready(&self) -> bool;
}

/// A host without plugins.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPlugins;

impl PluginPort for NoPlugins {
    fn handle(
        &self,
        _: PluginRequest,
        _: Once,
    ) -> BoxFuture<'_, Result<PluginResponse, PluginFailure>> {
        std::future::ready(Err(PluginFailure::Off)).boxed()
    }

    fn manifests(&self) -> Vec<Arc<Manifest>> {
        Vec::new()
    }

    fn stats(&self) -> Vec<(String, PluginStatsView)> {
        Vec::new()
    }

    fn is_ready(&self) -> bool {
        true
    }
}
