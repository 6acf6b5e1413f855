use std::sync::Arc;

use galleria_domain::Instant;
use galleria_storage::{Database, Mode};

use crate::caller::Caller;
use crate::clock::Clock;
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
}

impl App {
    /// A shop on an open database.
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { database, clock }))
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
        Work::new(self.clone(), caller.clone(), mode)
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// Where everything is stored.
    pub fn database(&self) -> &Database {
        &self.0.database
    }
}
