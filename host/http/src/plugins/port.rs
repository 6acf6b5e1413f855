use std::fmt::Debug;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use galleria_manifest::Manifest;
use galleria_runtime::{
    OnceKey, PluginFailure, PluginRequest, PluginResponse, PluginStatsView, Plugins,
};

/// What this port needs of the plugins.
pub trait PluginPort: Debug + Send + Sync + 'static {
    /// Hands a request to a plugin: one unit of work. With a key in `once`, the answer is kept in
    /// that same unit, and one that was kept before is given again.
    fn handle(
        &self,
        request: PluginRequest,
        once: Option<OnceKey>,
    ) -> BoxFuture<'_, Result<PluginResponse, PluginFailure>>;

    /// The manifests of the plugins that serve.
    fn manifests(&self) -> Vec<Manifest>;

    /// What is counted about each plugin, by id.
    fn stats(&self) -> Vec<(String, PluginStatsView)>;

    /// Whether the plugins that are enabled are loaded.
    fn is_ready(&self) -> bool;
}

impl PluginPort for Plugins {
    fn handle(
        &self,
        request: PluginRequest,
        once: Option<OnceKey>,
    ) -> BoxFuture<'_, Result<PluginResponse, PluginFailure>> {
        self.handle(request, once).boxed()
    }

    fn manifests(&self) -> Vec<Manifest> {
        self.manifests()
    }

    fn stats(&self) -> Vec<(String, PluginStatsView)> {
        self.stats().into_iter().map(|(plugin, stats)| (plugin, stats.view())).collect()
    }

    /// They are loaded before [`Plugins::start`] returns.
    fn is_ready(&self) -> bool {
        true
    }
}

/// A host without plugins.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPlugins;

impl PluginPort for NoPlugins {
    fn handle(
        &self,
        _: PluginRequest,
        _: Option<OnceKey>,
    ) -> BoxFuture<'_, Result<PluginResponse, PluginFailure>> {
        std::future::ready(Err(PluginFailure::Off)).boxed()
    }

    fn manifests(&self) -> Vec<Manifest> {
        Vec::new()
    }

    fn stats(&self) -> Vec<(String, PluginStatsView)> {
        Vec::new()
    }

    fn is_ready(&self) -> bool {
        true
    }
}
