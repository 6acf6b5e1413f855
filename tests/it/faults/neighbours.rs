//! Plugins that do their work while another misbehaves, and customers who use them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use serde_json::json;
use tokio::task::JoinHandle;

/// How long a client thinks between two requests.
const PAUSE: Duration = Duration::from_millis(5);

/// Traffic on well-behaved plugins and on the host's own routes.
pub(crate) struct Neighbours {
    clients: Vec<JoinHandle<Vec<String>>>,
    enough: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
}

impl Neighbours {
    /// Plugs the neighbours in, and begins to use them.
    pub(crate) async fn move_in(host: &Arc<TestHost>) -> Self {
        host.plug_trusted(&components().hello).await;
        host.plug_trusted(&components().customer_roles).await;
        Self::use_them(host)
    }

    /// Begins to use those that are plugged in.
    pub(crate) fn use_them(host: &Arc<TestHost>) -> Self {
        let (enough, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let uses = [Use::Greeting, Use::Greeting, Use::Roles, Use::NewRole, Use::Host];
        let client = |(number, which)| {
            let (host, enough) = (Arc::clone(host), Arc::clone(&enough));
            tokio::spawn(client(host, which, number, enough, Arc::clone(&answered)))
        };
        Self { clients: uses.into_iter().enumerate().map(client).collect(), enough, answered }
    }

    /// How many requests were answered so far.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Stops the traffic: everything was answered, and answered well.
    pub(crate) async fn saw_nothing(self) {
        self.enough.store(true, Ordering::Relaxed);
        let mut complaints = Vec::new();
        for client in self.clients {
            complaints.extend(client.await.unwrap());
        }
        assert_eq!(complaints, Vec::<String>::new());
        assert!(self.answered.load(Ordering::Relaxed) > 0, "nobody asked for anything");
    }
}

#[derive(Clone, Copy, Debug)]
enum Use {
    Greeting,
    Roles,
    NewRole,
    Host,
}

async fn client(
    host: Arc<TestHost>,
    which: Use,
    number: usize,
    enough: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut turn = 0;
    while !enough.load(Ordering::Relaxed) {
        turn += 1;
        let (answer, wanted) = match which {
            Use::Greeting => (host.get("/store/v1/x/hello/hello/Ada").await, 200),
            Use::Roles => (host.get("/admin/v1/x/customer-roles/roles").await, 200),
            Use::NewRole => {
                let name = format!("role-{number}-{turn}");
                let role = json!({ "system_name": name, "names": { "en": name } });
                let made = host.post("/admin/v1/x/customer-roles/roles", &role).await;
                match made.json()["id"].as_str() {
                    // There may be only so many of them.
                    Some(id) => {
                        let path = format!("/admin/v1/x/customer-roles/roles/{id}");
                        (host.delete(&path).await, 204)
                    }
                    None => (made, 201),
                }
            }
            Use::Host => (host.get("/admin/v1/stores").await, 200),
        };
        if answer.status != wanted {
            complaints.push(format!("{which:?}: {} {}", answer.status, answer.text()));
        }
        answered.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
    complaints
}
