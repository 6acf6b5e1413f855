//! What the rest of the host sees of plugins.

mod admin;
mod background;
mod load;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use galleria_app::{App, Caller, Mode};
use galleria_domain::{Actor, StaffPermission, StoreId};
use galleria_manifest::{Audience, Manifest, Method, Route};
use tokio::sync::{Mutex, Semaphore};

pub use admin::ChangeError;

use background::Background;

use crate::artifacts::ArtifactCache;
use crate::bindings::http::exports::galleria::plugin::http as wit;
use crate::bindings::imports::galleria::shared::identity;
use crate::call::Call;
use crate::compile::Compiler;
use crate::engine::{GuestEngine, INSTANCES_AT_ONCE, MEMORY_BUDGET_BYTES};
use crate::generation::Generation;
use crate::hooks::HookRunner;
use crate::request::{OnceKey, PluginFailure, PluginRequest, PluginResponse};
use crate::snapshot::{Destination, Snapshot};
use crate::stats::{PluginStatsView, StatsBook};

/// How plugins are run.
#[derive(Clone, Debug)]
pub struct PluginsConfig {
    /// The folder for compiled components; made if it isn't there, private to this user.
    pub cache_folder: PathBuf,
    /// The program whose `main` calls [`compile_child`](crate::compile_child); `None`: this one.
    pub compiler: Option<PathBuf>,
    /// Memory of all plugins together, in bytes.
    pub memory_bytes_max: usize,
}

impl PluginsConfig {
    /// The usual settings, with compiled components in this folder.
    pub fn new(cache_folder: impl Into<PathBuf>) -> Self {
        Self {
            cache_folder: cache_folder.into(),
            compiler: None,
            memory_bytes_max: MEMORY_BUDGET_BYTES,
        }
    }
}

/// Why the port for plugins can't be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The folder for compiled components can't be used.
    #[error("the folder for compiled plugins can't be used")]
    Cache(#[source] std::io::Error),
    /// There is no program to compile with.
    #[error("{0}")]
    Compiler(String),
    /// The engine doesn't start on this machine.
    #[error("the engine for plugins doesn't start: {0}")]
    Engine(String),
    /// The installations can't be read.
    #[error("the installations can't be read")]
    App(#[from] galleria_app::AppError),
}

/// The port for plugins. Cheap to clone.
#[derive(Clone)]
pub struct Plugins(Arc<Inner>);

struct Inner {
    app: App,
    engine: Arc<GuestEngine>,
    slots: Arc<Semaphore>,
    cache: ArtifactCache,
    compiler: Compiler,
    stats: StatsBook,
    snapshot: Arc<ArcSwap<Snapshot>>,
    /// Held by whoever changes what serves, so that two changes don't build on the same snapshot.
    changing: Mutex<watch::Seen>,
    /// The store in which plugins act for themselves.
    home: StoreId,
    background: Background,
}

impl std::fmt::Debug for Plugins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugins").finish_non_exhaustive()
    }
}

impl Plugins {
    /// Opens the port and loads the plugins that are enabled.
    ///
    /// One that can't be loaded is reported in the log and stays off; the shop goes on without it.
    pub async fn start(app: App, home: StoreId, config: PluginsConfig) -> Result<Self, StartError> {
        let engine = GuestEngine::new(config.memory_bytes_max)
            .map_err(|error| StartError::Engine(format!("{error:#}")))?;
        let plugins = Self(Arc::new(Inner {
            app,
            engine: Arc::new(engine),
            slots: Arc::new(Semaphore::new(INSTANCES_AT_ONCE as usize)),
            cache: ArtifactCache::open(&config.cache_folder).map_err(StartError::Cache)?,
            compiler: Compiler::new(config.compiler).map_err(StartError::Compiler)?,
            stats: StatsBook::default(),
            snapshot: Arc::default(),
            changing: Mutex::default(),
            home,
            background: Background::default(),
        }));
        plugins.follow_installations().await?;
        plugins.0.app.set_hooks(Arc::new(HookRunner::new(&plugins.0.snapshot)));
        plugins.watch();
        plugins.tell_and_work();
        Ok(plugins)
    }

    /// Stops telling plugins of events and letting them do jobs; waits until what was begun is
    /// undone. Requests go on being answered.
    pub async fn stop_background(&self) {
        self.0.background.stop().await;
    }

    /// Answers a request through the plugin that it is for.
    ///
    /// With a key in `once`, the answer is kept in the very unit of work that it stands for, and
    /// one that was kept before is given again instead of calling the plugin.
    pub async fn handle(
        &self,
        request: PluginRequest,
        once: Option<OnceKey>,
    ) -> Result<PluginResponse, PluginFailure> {
        let snapshot = self.0.snapshot.load_full();
        let PluginRequest { plugin, root, method, path, query, headers, body, caller } = request;
        let Destination { generation, route, params } =
            snapshot.route(&plugin, root, method, &path)?;
        admit(generation, route, &caller)?;
        let request = wit::Request {
            method: method_name(method).to_owned(),
            route: route.path.clone(),
            path: crate::snapshot::decode(&path),
            params: pairs(params),
            query: pairs(query),
            headers: pairs(headers),
            body,
            principal: principal(generation, &caller),
        };
        let mut caller = caller;
        caller.rights = generation.context.rights_for(&caller.rights);
        caller.plugin = Some(generation.context.id.clone());
        Call {
            app: &self.0.app,
            engine: &self.0.engine,
            generation,
            caller: Arc::new(caller),
            audience: route.audience,
            mode: if method == Method::Get { Mode::Read } else { Mode::Write },
            request: Arc::new(request),
            once,
        }
        .answer()
        .await
    }

    /// The manifests of the plugins that serve.
    pub fn manifests(&self) -> Vec<Manifest> {
        let snapshot = self.0.snapshot.load();
        snapshot.generations().map(|generation| generation.context.manifest.clone()).collect()
    }

    /// Whether a plugin serves at this moment, and in which version.
    pub fn serving(&self, plugin: &str) -> Option<semver::Version> {
        let snapshot = self.0.snapshot.load();
        snapshot.generation(plugin).map(|generation| generation.context.manifest.version.clone())
    }

    /// Counters of every plugin that was called since the host started.
    pub fn stats(&self) -> Vec<(String, PluginStatsView)> {
        self.0.stats.views()
    }

    /// Memory that instances of all plugins hold, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.0.engine.budget.used_bytes()
    }
}

/// Lets in who the route is for.
fn admit(generation: &Generation, route: &Route, caller: &Caller) -> Result<(), PluginFailure> {
    match (route.audience, &caller.principal.actor) {
        (Audience::Visitor, _) | (Audience::Customer, Actor::Customer(_)) => Ok(()),
        (Audience::Staff, Actor::Staff(_)) => may_call(generation, route, caller),
        (Audience::Customer | Audience::Staff, _) => Err(PluginFailure::Unauthenticated),
    }
}

fn may_call(generation: &Generation, route: &Route, caller: &Caller) -> Result<(), PluginFailure> {
    let Some(name) = &route.permission else { return Ok(()) };
    let (plugin, name) = (generation.context.id.clone(), name.clone());
    let needed = StaffPermission::Plugin { plugin, name };
    if caller.rights.allows(&needed) {
        Ok(())
    } else {
        Err(PluginFailure::PermissionDenied(needed.to_string()))
    }
}

fn principal(generation: &Generation, caller: &Caller) -> identity::Principal {
    let context = &generation.context;
    let declared = context.manifest.staff_permissions.keys().map(String::as_str);
    let actor = identity::Actor::from(&caller.principal.actor);
    let is_staff = matches!(actor, identity::Actor::Staff(_));
    identity::Principal {
        actor,
        on_behalf_of: caller.principal.on_behalf_of.as_ref().map(ToString::to_string),
        permissions: if is_staff {
            caller.rights.of_plugin(&context.id, declared)
        } else {
            Vec::new()
        },
        store: caller.store.to_string(),
        locale: caller.locale.as_str().to_owned(),
        request_id: caller.request_id.to_string(),
    }
}

impl From<&Actor> for identity::Actor {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Visitor(visit) => Self::Visitor(visit.as_ref().map(ToString::to_string)),
            Actor::Customer(customer) => Self::Customer(customer.to_string()),
            Actor::Staff(staff) => Self::Staff(staff.to_string()),
            Actor::Plugin(plugin) => Self::Plugin(plugin.to_string()),
            Actor::System => Self::System,
        }
    }
}

fn pairs(pairs: Vec<(String, String)>) -> Vec<wit::Pair> {
    pairs.into_iter().map(|(name, value)| wit::Pair { name, value }).collect()
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}
