//! What serves at this moment: generations and the routes to them, swapped whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use galleria_domain::{OnFailure, Permission};
use galleria_manifest::{Audience, HookEntry, HookName, Manifest, Method, Route};
use matchit::Router;

use crate::generation::Generation;
use crate::request::{PluginFailure, Root};

/// All plugins that serve. Whoever began on a snapshot ends on it.
#[derive(Default)]
pub(crate) struct Snapshot {
    plugins: BTreeMap<String, Arc<Serving>>,
    /// Who answers which hook, in the order in which they are asked.
    hooks: BTreeMap<HookName, Vec<Hooking>>,
}

/// One plugin that answers a hook.
pub(crate) struct Hooking {
    pub(crate) generation: Arc<Generation>,
    pub(crate) on_failure: OnFailure,
}

/// One plugin that serves.
pub(crate) struct Serving {
    pub(crate) generation: Arc<Generation>,
    admin: Router<Vec<usize>>,
    store: Router<Vec<usize>>,
}

/// Where a request goes.
pub(crate) struct Destination<'s> {
    pub(crate) generation: &'s Arc<Generation>,
    pub(crate) route: &'s Route,
    /// The route's parameters, percent-decoded.
    pub(crate) params: Vec<(String, String)>,
}

impl Snapshot {
    pub(crate) fn of(generations: impl IntoIterator<Item = Arc<Generation>>) -> Self {
        let serving = |generation: Arc<Generation>| {
            (generation.context.id.as_str().to_owned(), Arc::new(Serving::new(generation)))
        };
        let plugins: BTreeMap<_, _> = generations.into_iter().map(serving).collect();
        let hooks = HookName::ALL.iter().map(|name| (*name, hooking(&plugins, *name)));
        let hooks = hooks.filter(|(_, hooking)| !hooking.is_empty()).collect();
        Self { plugins, hooks }
    }

    /// Who answers a hook, in the order in which they are asked.
    pub(crate) fn hooking(&self, name: HookName) -> &[Hooking] {
        self.hooks.get(&name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn generation(&self, plugin: &str) -> Option<&Arc<Generation>> {
        self.plugins.get(plugin).map(|serving| &serving.generation)
    }

    pub(crate) fn generations(&self) -> impl Iterator<Item = &Arc<Generation>> {
        self.plugins.values().map(|serving| &serving.generation)
    }

    pub(crate) fn route(
        &self,
        plugin: &str,
        root: Root,
        method: Method,
        path: &str,
    ) -> Result<Destination<'_>, PluginFailure> {
        let serving = self.plugins.get(plugin).ok_or(PluginFailure::Off)?;
        serving.route(root, method, path)
    }
}

impl Serving {
    fn new(generation: Arc<Generation>) -> Self {
        let routes = &generation.context.manifest.routes;
        let (admin, store) = (router(routes, Root::Admin), router(routes, Root::Store));
        Self { generation, admin, store }
    }

    fn route(
        &self,
        root: Root,
        method: Method,
        path: &str,
    ) -> Result<Destination<'_>, PluginFailure> {
        let router = match root {
            Root::Admin => &self.admin,
            Root::Store => &self.store,
        };
        let found = router.at(path).map_err(|_| PluginFailure::NoRoute)?;
        let routes = &manifest(&self.generation).routes;
        let route = found.value.iter().map(|at| &routes[*at]).find(|route| route.method == method);
        let Some(route) = route else {
            let methods = found.value.iter().map(|at| routes[*at].method).collect();
            return Err(PluginFailure::MethodNotAllowed(methods));
        };
        let params =
            found.params.iter().map(|(name, value)| (name.to_owned(), decode(value))).collect();
        Ok(Destination { generation: &self.generation, route, params })
    }
}

/// Those that answer a hook and were granted that, by their priorities and then by their ids.
fn hooking(plugins: &BTreeMap<String, Arc<Serving>>, name: HookName) -> Vec<Hooking> {
    let needed: Option<Permission> = name.permission().parse().ok();
    let entry = |serving: &Arc<Serving>| {
        let context = &serving.generation.context;
        let entry = context.manifest.hooks.entry(name)?;
        let is_granted = needed.is_some_and(|needed| context.granted.contains(&needed));
        is_granted.then(|| (entry, Arc::clone(&serving.generation)))
    };
    let mut all: Vec<_> = plugins.values().filter_map(entry).collect();
    // They come by their ids already, and equal ones stay as they are.
    all.sort_by_key(|(entry, _)| entry.priority);
    let hooking = |(entry, generation): (HookEntry, _)| {
        let on_failure = match entry.on_failure {
            galleria_manifest::OnFailure::Open => OnFailure::Open,
            galleria_manifest::OnFailure::Closed => OnFailure::Closed,
        };
        Hooking { generation, on_failure }
    };
    all.into_iter().map(hooking).collect()
}

fn manifest(generation: &Generation) -> &Manifest {
    &generation.context.manifest
}

/// The routes of one root, by path; the manifest's check has made sure that they fit together.
fn router(routes: &[Route], root: Root) -> Router<Vec<usize>> {
    let mut by_path: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, route) in
        routes.iter().enumerate().filter(|(_, route)| root_of(route.audience) == root)
    {
        by_path.entry(&route.path).or_default().push(at);
    }
    let mut router = Router::new();
    for (path, routes) in by_path {
        if let Err(error) = router.insert(path, routes) {
            tracing::warn!(path, %error, "a plugin's route can't be reached");
        }
    }
    router
}

/// Where the routes for an audience are found.
pub(crate) fn root_of(audience: Audience) -> Root {
    match audience {
        Audience::Staff => Root::Admin,
        Audience::Customer | Audience::Visitor => Root::Store,
    }
}

/// Percent-decodes; what isn't UTF-8 then becomes U+FFFD.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
