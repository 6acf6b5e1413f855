//! Which store a request belongs to: found without asking the database each time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use galleria_app::{App, Caller, stores, unit};
use galleria_domain::{Store, StoreId};
use parking_lot::Mutex;

use crate::problem::Problem;

/// How long what was read is good for: changes made by another host are seen after that.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The stores there are, as read a moment ago.
#[derive(Debug, Default)]
pub(crate) struct StoreDirectory(Mutex<Option<(Instant, Arc<Stores>)>>);

#[derive(Debug)]
struct Stores {
    default: Arc<Store>,
    all: Vec<Arc<Store>>,
}

impl StoreDirectory {
    /// The store with this id.
    pub(crate) async fn get(&self, app: &App, id: &StoreId) -> Result<Arc<Store>, Problem> {
        let stores = self.stores(app).await?;
        let found = stores.all.iter().find(|store| store.id == *id);
        found.cloned().ok_or_else(|| Problem::not_found("store"))
    }

    /// The store that answers to this host name, else the default one.
    pub(crate) async fn of_host(&self, app: &App, host: &str) -> Result<Arc<Store>, Problem> {
        let stores = self.stores(app).await?;
        let answers = |store: &&Arc<Store>| store.hosts.iter().any(|name| name == host);
        Ok(stores.all.iter().find(answers).unwrap_or(&stores.default).clone())
    }

    /// Forgets what was read, after a change.
    pub(crate) fn forget(&self) {
        *self.0.lock() = None;
    }

    async fn stores(&self, app: &App) -> Result<Arc<Stores>, Problem> {
        let known = self.0.lock().clone();
        if let Some((read, stores)) = known
            && read.elapsed() < GOOD_FOR
        {
            return Ok(stores);
        }
        let stores = Arc::new(read(app).await?);
        *self.0.lock() = Some((Instant::now(), stores.clone()));
        Ok(stores)
    }
}

async fn read(app: &App) -> galleria_app::Result<Stores> {
    // Nobody asks yet: who does depends on the store.
    let nobody = Caller::system(StoreId::from_bytes([0; 16]));
    unit!(app.read(&nobody), work => {
        let default = Arc::new(stores::find_for_host(work, None).await?);
        let all = stores::list(work).await?.into_iter().map(Arc::new).collect();
        Ok(Stores { default, all })
    })
}
