//! A whole host that serves on loopback, as clients and admins see it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use galleria::{Builder, Galleria};
use galleria_app::api_keys::{self, ApiKeyDraft};
use galleria_app::bootstrap::FirstOwner;
use galleria_app::installations::InstallOutcome;
use galleria_app::{Caller, Clock, SystemClock, unit};
use galleria_domain::{Actor, PageRequest, Permission, PluginId, StaffPermission};
use galleria_runtime::ChangeError;
use http::{HeaderMap, Method};
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::component;
use crate::database::TestDatabase;
use crate::program;
use crate::shop::{OWNER_EMAIL, PASSWORD};

/// A host that serves.
#[derive(Debug)]
pub struct TestHost {
    /// What serves.
    pub galleria: Galleria,
    /// Where: `http://127.0.0.1:…`.
    pub url: String,
    client: reqwest::Client,
    owner: Caller,
    key: Mutex<String>,
    key_permissions: Mutex<BTreeSet<StaffPermission>>,
    folder: Arc<TempDir>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// An answer of the host, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// What kind of problem it is: `plugin-failed`; nothing if it is none.
    pub fn problem(&self) -> Option<String> {
        let is_problem = self.headers.get("content-type")? == "application/problem+json";
        let kind = self.json()["type"].as_str()?.strip_prefix("/problems/")?.to_owned();
        is_problem.then_some(kind)
    }

    /// Where the thing is that was just made.
    ///
    /// # Panics
    /// If the answer doesn't say.
    pub fn location(&self) -> String {
        self.headers["location"].to_str().expect("a path is ASCII").to_owned()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl TestHost {
    /// Starts a host on a database, without any plugin.
    pub async fn start(database: &TestDatabase) -> Self {
        Self::start_at(database, SystemClock).await
    }

    /// Starts a host whose time comes from this clock.
    pub async fn start_at(database: &TestDatabase, clock: impl Clock) -> Self {
        Self::start_as(database, Galleria::builder().clock(clock)).await
    }

    /// Starts a host that is built in a particular way.
    pub async fn start_as(database: &TestDatabase, builder: Builder) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder can be made"));
        Self::start_in(database, folder, builder).await
    }

    async fn start_in(database: &TestDatabase, folder: Arc<TempDir>, builder: Builder) -> Self {
        // The clients of the tests bring none of their own; the first host of a process is enough.
        let _installed_already = rustls::crypto::ring::default_provider().install_default();
        let owner = FirstOwner {
            email: OWNER_EMAIL.to_owned(),
            name: "Olive".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let galleria = builder
            .data_dir(folder.path())
            .database(database.url().clone())
            .compiler(program("galleria-compile"))
            .first_owner(owner)
            .without_bundled_plugins()
            .allow_private_webhooks()
            .build()
            .await
            .expect("a host starts on a good database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = galleria.clone();
        let served = tokio::spawn(async move {
            let shutdown = async move {
                // Whoever drops the host wants it to stop as well.
                let _told_or_dropped = stopped.await;
            };
            serving.serve(listener, shutdown).await;
        });
        let owner = owner_of(&galleria).await;
        let host = Self {
            galleria,
            url: format!("http://{address}"),
            client: reqwest::Client::new(),
            owner,
            key: Mutex::default(),
            key_permissions: Mutex::default(),
            folder,
            stop,
            served,
        };
        let of_staff = Permission::ALL.iter().filter(|permission| permission.is_for_staff());
        host.allow(of_staff.copied().map(StaffPermission::Host).collect()).await;
        host
    }

    /// Stops it, and starts it again on the same database and folder.
    pub async fn restart(self, database: &TestDatabase) -> Self {
        let folder = Arc::clone(&self.folder);
        self.stop().await;
        Self::start_in(database, folder, Galleria::builder()).await
    }

    /// Stops it as an operator would.
    pub async fn stop(self) {
        let Self { galleria, stop, served, .. } = self;
        drop(galleria);
        let _gone_already = stop.send(());
        served.await.expect("serving doesn't panic");
    }

    /// The owner of the shop, logged in.
    pub fn owner(&self) -> &Caller {
        &self.owner
    }

    /// What the owner's program shows.
    pub fn bearer(&self) -> String {
        self.key.lock().clone()
    }

    /// Its data folder, which is there as long as somebody holds it.
    pub fn folder(&self) -> Arc<TempDir> {
        Arc::clone(&self.folder)
    }

    /// The folder of compiled components.
    pub fn compiled(&self) -> PathBuf {
        self.folder.path().join("compiled")
    }

    /// Installs a component, grants some of what it asks for, and enables it.
    ///
    /// # Panics
    /// If any of it is refused.
    pub async fn plug(&self, file: &[u8], granted: &[&str]) -> PluginId {
        self.try_plug(file, granted).await.expect("the plugin is taken in")
    }

    /// Installs a component with all that it asks for, and enables it.
    pub async fn plug_trusted(&self, file: &[u8]) -> PluginId {
        let manifest = component::manifest(file);
        let everything: Vec<&str> = manifest.permissions.keys().map(String::as_str).collect();
        self.plug(file, &everything).await
    }

    /// Tries to install a component, to grant it something, and to enable it.
    pub async fn try_plug(&self, file: &[u8], granted: &[&str]) -> Result<PluginId, ChangeError> {
        self.install(file).await?;
        let manifest = component::manifest(file);
        let plugin: PluginId = manifest.id.parse().expect("the manifest was taken");
        let granted = granted.iter().map(|name| (*name).to_owned()).collect();
        let plugins = self.galleria.plugins();
        plugins.grant(&self.owner, &plugin, &granted, false).await?;
        plugins.enable(&self.owner, &plugin).await?;
        let names = manifest.staff_permissions.into_keys();
        let of_plugin = |name| StaffPermission::Plugin { plugin: plugin.clone(), name };
        self.allow(names.map(of_plugin).collect()).await;
        Ok(plugin)
    }

    /// Offers a file to be installed.
    pub async fn install(&self, file: &[u8]) -> Result<InstallOutcome, ChangeError> {
        self.galleria.plugins().install(&self.owner, file.to_vec(), true).await
    }

    /// Asks as an owner's program; the storefront, as a visitor.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    /// Sends JSON as an owner's program.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Changes something as an owner's program.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    /// Deletes something as an owner's program.
    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }

    /// Asks as anybody could.
    pub async fn visit(&self, method: Method, path: &str) -> Answer {
        answer(self.client.request(method, format!("{}{path}", self.url))).await
    }

    /// Sends JSON without any credentials.
    pub async fn post_as_nobody(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// A request of nobody in particular, to be put together; [`answer`] sends it.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// The value of a counter in `/metrics`; 0 if it isn't there.
    pub async fn counter(&self, line: &str) -> u64 {
        let metrics = self.visit(Method::GET, "/metrics").await.text();
        let value = metrics.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok());
        value.unwrap_or(0)
    }

    /// How often a plugin failed in a way, as `/metrics` counts it.
    pub async fn failures(&self, plugin: &str, kind: &str) -> u64 {
        let name = "galleria_plugin_failures_total";
        self.counter(&format!("{name}{{plugin=\"{plugin}\",kind=\"{kind}\"}}")).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if path.starts_with("/admin/") {
            request = request.bearer_auth(self.bearer());
        }
        answer(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Gives the owner's program a key for more.
    async fn allow(&self, permissions: Vec<StaffPermission>) {
        let permissions = {
            let mut all = self.key_permissions.lock();
            all.extend(permissions);
            all.clone()
        };
        let draft = ApiKeyDraft {
            name: "the owner's program".to_owned(),
            staff: None,
            permissions,
            expires_at: None,
        };
        let made = unit!(self.galleria.app().write(&self.owner), work => {
            api_keys::create(work, &draft).await
        });
        made.expect("an owner makes keys").bearer.as_str().clone_into(&mut self.key.lock());
    }
}

/// Sends a request, and reads the answer to its end.
///
/// # Panics
/// If the host doesn't answer.
pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the host answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.expect("the answer comes to its end");
    Answer { status, headers, body }
}

/// The owner, who may do everything.
async fn owner_of(galleria: &Galleria) -> Caller {
    let system = Caller::system(galleria.store().clone());
    let staff = unit!(galleria.app().read(&system), work => {
        galleria_app::staff::list(work, &PageRequest::first(1)).await
    });
    let staff = staff.expect("the staff can be listed").items;
    let id = staff.first().expect("the shop has an owner").id.clone();
    let mut caller = Caller::system(galleria.store().clone());
    caller.principal.actor = Actor::Staff(id);
    caller
}
