use std::sync::Arc;

use arc_swap::ArcSwap;
use galleria_domain::Instant;
use galleria_storage::{Database, Mode};
use parking_lot::RwLock;

use crate::caller::Caller;
use crate::catalog::{Catalog, StoredCatalog};
use crate::clock::Clock;
use crate::facets::FacetCatalog;
use crate::hooks::{Hooks, NoHooks};
use crate::passwords::Passwords;
use crate::payments::PaymentProviders;
use crate::settings::Validators;
use crate::touches::Touches;
use crate::webhooks::{NoTransport, WebhookTransport};
use crate::work::Work;

/// The shop: what can be done is in the modules of this crate, each taking a [`Work`].
///
/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    database: Database,
    clock: Arc<dyn Clock>,
    catalog: RwLock<Arc<dyn Catalog>>,
    facets: ArcSwap<FacetCatalog>,
    hooks: RwLock<Arc<dyn Hooks>>,
    webhook_transport: RwLock<Arc<dyn WebhookTransport>>,
    payments: RwLock<Arc<PaymentProviders>>,
    passwords: Passwords,
    validators: Validators,
    touches: Touches,
}

impl App {
    /// A shop on an open database.
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            database,
            clock,
            catalog: RwLock::new(Arc::new(StoredCatalog)),
            facets: ArcSwap::default(),
            hooks: RwLock::new(Arc::new(NoHooks)),
            webhook_transport: RwLock::new(Arc::new(NoTransport)),
            payments: RwLock::new(Arc::new(PaymentProviders::bundled())),
            passwords: Passwords::new(),
            validators: Validators::default(),
            touches: Touches::default(),
        }))
    }

    /// Begins a unit of work that reads one snapshot.
    pub fn read(&self, caller: &Caller) -> Work {
        self.work(caller, Mode::Read)
    }

    /// Begins a unit of work that may write.
    pub fn write(&self, caller: &Caller) -> Work {
        self.work(caller, Mode::Write)
    }

    /// Begins a unit of work.
    pub fn work(&self, caller: &Caller, mode: Mode) -> Work {
        self.work_of(Arc::new(caller.clone()), mode)
    }

    /// Begins a unit of work of a caller who is shared.
    pub fn work_of(&self, caller: Arc<Caller>, mode: Mode) -> Work {
        Work::new(self.clone(), caller, mode)
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// Where products come from: the shop's own tables, unless the embedder brought a catalogue.
    pub fn catalog(&self) -> Arc<dyn Catalog> {
        Arc::clone(&self.0.catalog.read())
    }

    /// Takes products from the embedder's catalogue instead.
    pub fn set_catalog(&self, catalog: Arc<dyn Catalog>) {
        *self.0.catalog.write() = catalog;
    }

    /// What customers can be found by, of the plugins that are enabled at this moment.
    pub fn facets(&self) -> Arc<FacetCatalog> {
        self.0.facets.load_full()
    }

    /// Swaps what customers can be found by; the port for plugins does, whenever it swaps those.
    pub fn set_facets(&self, catalog: FacetCatalog) {
        self.0.facets.store(Arc::new(catalog));
    }

    /// What webhooks are sent with.
    pub fn webhook_transport(&self) -> Arc<dyn WebhookTransport> {
        Arc::clone(&self.0.webhook_transport.read())
    }

    /// Sends webhooks with this from now on; nothing is sent before.
    pub fn set_webhook_transport(&self, transport: Arc<dyn WebhookTransport>) {
        *self.0.webhook_transport.write() = transport;
    }

    /// Who is asked in the middle of the shop's own work.
    pub fn hooks(&self) -> Arc<dyn Hooks> {
        Arc::clone(&self.0.hooks.read())
    }

    /// Asks these from now on; nobody is asked before. The port for plugins does.
    pub fn set_hooks(&self, hooks: Arc<dyn Hooks>) {
        *self.0.hooks.write() = hooks;
    }

    /// The ways to pay.
    pub fn payments(&self) -> Arc<PaymentProviders> {
        Arc::clone(&self.0.payments.read())
    }

    /// Takes payments in these ways from now on.
    pub fn set_payments(&self, providers: PaymentProviders) {
        *self.0.payments.write() = Arc::new(providers);
    }

    /// Where everything is stored.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn validators(&self) -> &Validators {
        &self.0.validators
    }

    pub(crate) fn touches(&self) -> &Touches {
        &self.0.touches
    }
}
