use std::ops::Deref;
use std::sync::Arc;

use galleria_app::App;
use galleria_runtime::Plugins;

use crate::client::TrustedProxies;
use crate::extract::Cookies;
use crate::metrics::Metrics;
use crate::stores::StoreDirectory;

/// What every handler can reach. Cheap to clone: each layer and each handler has its own.
#[derive(Clone, Debug)]
pub struct HttpState(Arc<Shared>);

/// What the clones of an [`HttpState`] share.
#[derive(Debug)]
pub struct Shared {
    /// The shop.
    pub app: App,
    /// The plugins.
    pub plugins: Plugins,
    /// How the port was set up.
    pub config: HttpConfig,
    /// What is counted.
    pub metrics: Metrics,
    pub(crate) stores: StoreDirectory,
}

/// How the port is set up.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HttpConfig {
    /// Whether clients reach the host over HTTPS: then cookies are `Secure` and browsers are told
    /// to never come without. Without it only loopback is safe. Off.
    pub https: bool,
    /// Whose `X-Forwarded-For` counts. Nobody's.
    pub trusted_proxies: TrustedProxies,
    /// Origins besides the host's own whose pages may use its cookies: `https://console.example`.
    /// They have to be of the same site, or browsers don't send the cookies. None.
    pub origins: Vec<String>,
}

impl HttpConfig {
    pub(crate) fn cookies(&self) -> Cookies {
        Cookies { secure: self.https }
    }
}

impl HttpState {
    /// The state of a port onto this shop.
    pub fn new(app: App, plugins: Plugins, config: HttpConfig) -> Self {
        let metrics = Metrics::new(plugins.clone());
        Self(Arc::new(Shared { app, plugins, config, metrics, stores: StoreDirectory::default() }))
    }
}

impl Deref for HttpState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
