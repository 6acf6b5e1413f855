//! Switching, upgrading and rolling back under load: nobody's request fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use galleria_domain::PluginId;
use galleria_tests::component::{manifest, renamed, with_manifest};
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost};
use galleria_tests::plugins::{components, next_hello};
use tokio::task::JoinHandle;

use crate::faults::neighbours::Neighbours;

const CLIENTS: usize = 6;
const CHANGES: usize = 10;
/// Requests that are answered between two changes, at least.
const BETWEEN: u64 = 40;

/// Clients of one path, and the answers they got.
struct Load {
    clients: Vec<JoinHandle<BTreeSet<(u16, String)>>>,
    enough: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
}

impl Load {
    fn begin(host: &Arc<TestHost>, path: &'static str) -> Self {
        let (enough, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let client = |_| {
            let (host, enough) = (Arc::clone(host), Arc::clone(&enough));
            let answered = Arc::clone(&answered);
            tokio::spawn(async move {
                let mut seen = BTreeSet::new();
                while !enough.load(Ordering::Relaxed) {
                    let Answer { status, body, .. } = host.get(path).await;
                    seen.insert((status, String::from_utf8_lossy(&body).into_owned()));
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                seen
            })
        };
        Self { clients: (0..CLIENTS).map(client).collect(), enough, answered }
    }

    /// Waits until the clients have been answered for a while.
    async fn go_on(&self) {
        let until = self.answered.load(Ordering::Relaxed) + BETWEEN;
        while self.answered.load(Ordering::Relaxed) < until {
            assert!(!self.clients.iter().all(JoinHandle::is_finished), "the clients gave up");
            tokio::task::yield_now().await;
        }
    }

    /// All different answers.
    async fn end(self) -> BTreeSet<(u16, String)> {
        self.enough.store(true, Ordering::Relaxed);
        let mut seen = BTreeSet::new();
        for client in self.clients {
            seen.extend(client.await.unwrap());
        }
        seen
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrades_and_rollbacks_under_load_lose_no_request() {
    on_both(|test| async move {
        let host: Arc<_> = TestHost::start(&test).await.into();
        let (old, new) = (components().hello.clone(), next_hello());
        let plugin = host.plug(&old, &[]).await;
        let load = Load::begin(&host, "/store/v1/x/hello/hello/Ada");
        load.go_on().await;
        for _ in 0..CHANGES {
            host.install(&new).await.unwrap();
            assert_eq!(host.get("/store/v1/x/hello/hello/Eve").await.text(), "Howdy, Eve!");
            load.go_on().await;
            host.galleria.plugins().rollback(host.owner(), &plugin).await.unwrap();
            assert_eq!(host.get("/store/v1/x/hello/hello/Eve").await.text(), "Hello, Eve!");
            load.go_on().await;
        }
        let wanted = [(200, "Hello, Ada!".to_owned()), (200, "Howdy, Ada!".to_owned())];
        assert_eq!(load.end().await, BTreeSet::from(wanted));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_a_plugin_under_load_fails_nobody_else() {
    on_both(|test| async move {
        let host: Arc<_> = TestHost::start(&test).await.into();
        let neighbours = Neighbours::move_in(&host).await;
        let twin = renamed(&components().hello, "toggled", "0.1.0");
        let plugin: PluginId = host.plug(&twin, &[]).await;
        let load = Load::begin(&host, "/admin/v1/x/toggled/hello/Ada");
        let visits = Load::begin(&host, "/store/v1/x/toggled/hello/Ada");
        for _ in 0..CHANGES {
            host.galleria.plugins().disable(host.owner(), &plugin, false).await.unwrap();
            assert_eq!(host.get("/store/v1/x/toggled/hello/Eve").await.status, 404);
            visits.go_on().await;
            host.galleria.plugins().enable(host.owner(), &plugin).await.unwrap();
            assert_eq!(host.get("/store/v1/x/toggled/hello/Eve").await.text(), "Hello, Eve!");
            visits.go_on().await;
        }
        let seen = visits.end().await;
        let statuses: BTreeSet<u16> = seen.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, BTreeSet::from([200, 404]), "{seen:?}");
        assert_eq!(seen.len(), 2, "only the whole answer, or the defined refusal: {seen:?}");
        // Its routes are for visitors alone, so that staff never finds one, on or off.
        assert!(load.end().await.iter().all(|(status, _)| *status == 404));
        neighbours.saw_nothing().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_wants_more_waits_while_the_old_version_serves() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let plugin = host.plug(&components().hello, &[]).await;
        let mut wider = manifest(&next_hello());
        let asks = manifest(&components().rogue).permissions["storage:use"].clone();
        wider.permissions.insert("storage:use".to_owned(), asks);
        host.install(&with_manifest(&next_hello(), &wider)).await.unwrap();
        assert_eq!(host.get("/store/v1/x/hello/hello/Ada").await.text(), "Hello, Ada!");
        let consent = BTreeSet::from(["storage:use".to_owned()]);
        host.galleria.plugins().grant(host.owner(), &plugin, &consent, false).await.unwrap();
        assert_eq!(host.get("/store/v1/x/hello/hello/Ada").await.text(), "Howdy, Ada!");
    })
    .await;
}
