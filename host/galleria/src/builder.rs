use std::path::{Path, PathBuf};
use std::sync::Arc;

use galleria_app::bootstrap::{self, Beginning, FirstOwner};
use galleria_app::catalog::Catalog;
use galleria_app::mail::MailTransport;
use galleria_app::{App, AppError, Caller, Clock, SystemClock};
use galleria_domain::{StaffId, StoreChange, StoreId};
use galleria_http::{HttpConfig, HttpState, Limits};
use galleria_runtime::{Plugins, PluginsConfig};
use galleria_storage::{Connections, Database, DatabaseUrl, StorageError};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::{BUNDLED, housekeeping, mail, webhooks};

/// The file of the embedded database, within the data folder.
const DATABASE_FILE: &str = "galleria.db";
/// The folder of compiled plugins, within the data folder.
const COMPILED_FOLDER: &str = "compiled";

/// Sets a host up; see [`Galleria::builder`].
#[derive(Debug)]
#[must_use]
pub struct Builder {
    data_dir: PathBuf,
    database: Option<DatabaseUrl>,
    connections: Connections,
    clock: Arc<dyn Clock>,
    compiler: Option<PathBuf>,
    plugin_memory_bytes_max: Option<usize>,
    http: HttpConfig,
    limits: Limits,
    beginning: Beginning,
    catalog: Option<Arc<dyn Catalog>>,
    mail: Option<Arc<dyn MailTransport>>,
    private_webhooks: bool,
    bundled: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("galleria-data"),
            database: None,
            connections: Connections::default(),
            clock: Arc::new(SystemClock),
            compiler: None,
            plugin_memory_bytes_max: None,
            http: HttpConfig::default(),
            limits: Limits::default(),
            beginning: Beginning { store: first_store(), owner: None },
            catalog: None,
            mail: None,
            private_webhooks: false,
            bundled: true,
        }
    }
}

impl Builder {
    /// The folder for everything that is kept in files; `./galleria-data` by default.
    pub fn data_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data_dir = folder.into();
        self
    }

    /// Where the data is; by default a SQLite file in the data folder.
    pub fn database(mut self, url: DatabaseUrl) -> Self {
        self.database = Some(url);
        self
    }

    /// How many connections to the database are kept.
    pub fn connections(mut self, connections: Connections) -> Self {
        self.connections = connections;
        self
    }

    /// Where the time comes from; the machine's clock by default.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where products come from; the shop's own tables by default.
    pub fn catalog(mut self, catalog: impl Catalog) -> Self {
        self.catalog = Some(Arc::new(catalog));
        self
    }

    /// What mails are handed over to, such as [`SmtpMail`](crate::mail::SmtpMail); by default they are
    /// [written](crate::mail::FileMail) into `mail` in the data folder.
    pub fn mail(mut self, transport: impl MailTransport) -> Self {
        self.mail = Some(Arc::new(transport));
        self
    }

    /// Lets webhooks lead to loopback and private addresses, and over plain HTTP: for tests, and for
    /// networks whose machines trust whoever may manage events. Refused by default.
    pub fn allow_private_webhooks(mut self) -> Self {
        self.private_webhooks = true;
        self
    }

    /// The program that compiles plugins: one whose `main` begins with
    /// [`compile_child`](crate::compile_child). By default this very program.
    pub fn compiler(mut self, program: impl Into<PathBuf>) -> Self {
        self.compiler = Some(program.into());
        self
    }

    /// Memory that instances of all plugins may hold together, in bytes; 2 GiB by default.
    pub fn plugin_memory(mut self, bytes_max: usize) -> Self {
        self.plugin_memory_bytes_max = Some(bytes_max);
        self
    }

    /// How the API is reached.
    pub fn http(mut self, config: HttpConfig) -> Self {
        self.http = config;
        self
    }

    /// Time limits and sizes of the accept loop.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What the first store is like, where there is none yet.
    pub fn first_store(mut self, store: StoreChange) -> Self {
        self.beginning.store = store;
        self
    }

    /// Who owns the shop, where nobody does yet.
    pub fn first_owner(mut self, owner: FirstOwner) -> Self {
        self.beginning.owner = Some(owner);
        self
    }

    /// Leaves out the plugins that come with the host: they are neither installed nor enabled.
    pub fn without_bundled_plugins(mut self) -> Self {
        self.bundled = false;
        self
    }

    /// Opens the database, brings its tables up to date, loads the plugins that are enabled.
    pub async fn build(self) -> Result<Galleria, StartError> {
        let url =
            self.database.unwrap_or_else(|| DatabaseUrl::Sqlite(self.data_dir.join(DATABASE_FILE)));
        make_folder(&self.data_dir)?;
        let database = Database::open(&url, self.connections).await?;
        let app = App::new(database, self.clock);
        if let Some(catalog) = self.catalog {
            app.set_catalog(catalog);
        }
        app.set_webhook_transport(Arc::new(webhooks::HttpTransport::new(self.private_webhooks)));
        let begun = bootstrap::begin(&app, &self.beginning).await?;
        let home = begun.store.id;
        let mut plugins = PluginsConfig::new(self.data_dir.join(COMPILED_FOLDER));
        plugins.compiler = self.compiler;
        if let Some(bytes_max) = self.plugin_memory_bytes_max {
            plugins.memory_bytes_max = bytes_max;
        }
        let plugins = Plugins::start(app.clone(), home.clone(), plugins).await?;
        if self.bundled {
            install_bundled(&plugins, &home).await;
        }
        let transport = self.mail.unwrap_or_else(|| mail::default_transport(&self.data_dir));
        let mail_sender = Arc::new(mail::start(app.clone(), home.clone(), transport));
        let housekeeping = Arc::new(housekeeping::start(app.clone(), home.clone()));
        let webhooks = galleria_app::webhooks::run(app.clone(), home.clone());
        let webhook_sender = Arc::new(AbortOnDropHandle::new(tokio::spawn(webhooks)));
        let state = HttpState::new(app.clone(), plugins.clone(), self.http);
        Ok(Galleria {
            app,
            plugins,
            state,
            limits: self.limits,
            home,
            new_owner: begun.owner,
            housekeeping,
            webhook_sender,
            mail_sender,
        })
    }
}

fn make_folder(folder: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| StartError::Folder { folder: folder.to_owned(), source })
}

/// What a store is like that nobody said anything about.
fn first_store() -> StoreChange {
    StoreChange {
        name: Some("My store".to_owned()),
        default_currency: Some("EUR".to_owned()),
        ..StoreChange::default()
    }
}

/// Installs the plugins that come with the host, and newer versions of them; whether they are
/// enabled is for an admin to say.
async fn install_bundled(plugins: &Plugins, home: &StoreId) {
    let caller = Caller::system(home.clone());
    for (id, component) in BUNDLED {
        match plugins.install_if_newer(&caller, component).await {
            Ok(_) => {}
            // The shop opens all the same; the plugin stays what it was.
            Err(error) => {
                tracing::error!(plugin = id, %error, "a bundled plugin can't be installed");
            }
        }
    }
}

/// Why a host doesn't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder can't be made.
    #[error("the folder {} can't be made", folder.display())]
    Folder {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database can't be opened.
    #[error("the database can't be opened")]
    Database(#[from] StorageError),
    /// The shop can't begin.
    #[error("the shop can't be opened")]
    App(#[from] AppError),
    /// Plugins can't be run.
    #[error("plugins can't be run")]
    Plugins(#[from] galleria_runtime::StartError),
}

/// A running host.
#[derive(Clone, Debug)]
pub struct Galleria {
    app: App,
    plugins: Plugins,
    state: HttpState,
    limits: Limits,
    home: StoreId,
    new_owner: Option<StaffId>,
    /// Ends with the last clone.
    housekeeping: Arc<AbortOnDropHandle<()>>,
    /// Ends with the last clone.
    webhook_sender: Arc<AbortOnDropHandle<()>>,
    /// Ends with the last clone.
    mail_sender: Arc<AbortOnDropHandle<()>>,
}

impl Galleria {
    /// Sets a host up.
    ///
    /// ```no_run
    /// # async fn open() -> Result<axum::Router, galleria::StartError> {
    /// let galleria = galleria::Galleria::builder().data_dir("shop").build().await?;
    /// Ok(axum::Router::new().merge(galleria.router()))
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What the shop can do.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The plugins.
    pub fn plugins(&self) -> &Plugins {
        &self.plugins
    }

    /// The default store.
    pub fn store(&self) -> &StoreId {
        &self.home
    }

    /// The first owner, if this start has made them.
    pub fn new_owner(&self) -> Option<&StaffId> {
        self.new_owner.as_ref()
    }

    /// The API, to be merged into a service of one's own.
    pub fn router(&self) -> axum::Router {
        galleria_http::router(self.state.clone())
    }

    /// Serves the API on a listener until `shutdown` resolves, then drains and closes the database.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) {
        let router = galleria_http::standalone(self.state.clone());
        galleria_http::serve(listener, router, self.limits.clone(), shutdown).await;
        self.close().await;
    }

    /// Waits for units of work that run, and closes the database: the last thing an embedder does.
    pub async fn close(self) {
        self.plugins.stop_background().await;
        for task in [&self.housekeeping, &self.webhook_sender, &self.mail_sender] {
            task.abort();
            // Gone with all that it holds: whoever opens the database next finds it free.
            while !task.is_finished() {
                tokio::task::yield_now().await;
            }
        }
        self.app.database().close().await;
    }
}
