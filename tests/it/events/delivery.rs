//! How plugins are told: once, in order, whatever races.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use galleria_app::events::{self, Subscribe};
use galleria_app::installations::{self, Data, Upload};
use galleria_app::{App, AppError, unit};
use galleria_domain::{EventKind, EventPosition, PluginId};
use galleria_manifest::Manifest;
use galleria_tests::database::{on_both, on_postgres};
use galleria_tests::shop::TestShop;

use super::{advance, event, follow, happens, next_batch, numbers, plugin, rest};

async fn due(shop: &TestShop) -> Vec<PluginId> {
    super::ripe(&shop.app, &shop.owner()).await;
    unit!(shop.app.read(&shop.owner()), work => events::plugins_due(work).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_told_what_it_subscribed_to_and_only_moves_past_the_rest() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        assert_eq!(next_batch(&shop, 64).await, None);
        for number in 0..3 {
            happens(&shop, "ord_1", number).await;
        }
        unit!(shop.app.write(&shop.owner()), work => {
            for number in 0..2_000 {
                events::append(work, event(EventKind::CartCreated, "crt_1", number)).await?;
            }
            Ok(())
        })
        .unwrap();
        happens(&shop, "ord_1", 3).await;
        let first = next_batch(&shop, 2).await.unwrap();
        assert_eq!(numbers(&first.events), [0, 1]);
        assert_eq!(next_batch(&shop, 2).await, Some(first.clone()), "nothing moves by looking");
        assert!(advance(&shop, &first).await);
        assert!(!advance(&shop, &first).await, "no batch is taken twice");
        assert_eq!(rest(&shop).await, [2, 3]);
        assert_eq!(next_batch(&shop, 64).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_subscribed_to_nothing_is_moved_on_all_the_same() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        happens(&shop, "ord_1", 1).await;
        let (owner, nothing) = (shop.owner(), BTreeSet::new());
        super::ripe(&shop.app, &owner).await;
        let batch = unit!(shop.app.read(&owner), work => {
            events::next_batch(work, &plugin(), &nothing, 64).await
        });
        let batch = batch.unwrap().unwrap();
        assert_eq!(batch.events, []);
        assert!(advance(&shop, &batch).await);
        assert_eq!(next_batch(&shop, 64).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_takes_effect_once_however_many_deliver_it() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        for number in 0..30 {
            happens(&shop, "ord_1", number).await;
        }
        let other = if test.is_shared() {
            App::new(test.open().await, Arc::new(shop.clock.clone()))
        } else {
            shop.app.clone()
        };
        // What a delivery does is to write an event of another kind: as true as where it stands.
        let deliver = |app: App| {
            let shop = TestShop { app, ..shop.clone() };
            tokio::spawn(async move {
                let owner = shop.owner();
                while let Some(batch) = next_batch(&shop, 4).await {
                    let done: Result<(), AppError> = unit!(shop.app.write(&owner), work => {
                        if !events::advance(work, &batch).await? {
                            return Err(AppError::NotFound("batch"));
                        }
                        for number in numbers(&batch.events) {
                            events::append(work, event(EventKind::JobFinished, "job_1", number))
                                .await?;
                        }
                        Ok(())
                    });
                    assert!(matches!(done, Ok(()) | Err(AppError::NotFound("batch"))), "{done:?}");
                }
            })
        };
        let racing = [
            deliver(shop.app.clone()),
            deliver(other.clone()),
            deliver(shop.app.clone()),
            deliver(other),
        ];
        for one in racing {
            one.await.unwrap();
        }
        let mut effects = super::whole_log(&shop).await;
        effects.retain(|event| event.kind == EventKind::JobFinished);
        assert_eq!(numbers(&effects), (0..30).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_before_the_unit_was_lost_is_done_again_and_counts_once() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        happens(&shop, "ord_1", 1).await;
        let batch = next_batch(&shop, 64).await.unwrap();
        // T20: the plugin wrote, the cursor moved, and the host died before the commit.
        let mut work = shop.app.write(&shop.owner());
        assert!(events::advance(&mut work, &batch).await.unwrap());
        events::append(&mut work, event(EventKind::JobFinished, "job_1", 1)).await.unwrap();
        work.undo().await;
        assert_eq!(rest(&shop).await, [1]);
        let log = super::whole_log(&shop).await;
        assert!(log.iter().all(|event| event.kind != EventKind::JobFinished));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_switched_on_again_catches_up_or_skips() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let manifest = "manifest = 1\nid = \"listener\"\nversion = \"1.0.0\"\nhost = \"*\"\n\
            [texts.en]\ntitle = \"T\"\n";
        let manifest = Manifest::from_toml(manifest).unwrap();
        let upload = Upload { digest: "sha256:1", manifest: &manifest, component: b"component" };
        let listener = plugin();
        unit!(shop.app.write(&owner), work => {
            installations::install(work, upload, false).await?;
            installations::enable(work, &listener).await?;
            events::subscribe(work, &listener, Subscribe::WhereItStopped).await
        })
        .unwrap();
        assert_eq!(rest(&shop).await, [] as [u64; 0]);
        assert_eq!(due(&shop).await, []);
        happens(&shop, "ord_1", 1).await;
        assert_eq!(due(&shop).await, std::slice::from_ref(&listener));
        unit!(shop.app.write(&owner), work => installations::disable(work, &listener, false).await)
            .unwrap();
        happens(&shop, "ord_1", 2).await;
        assert_eq!(due(&shop).await, [], "who is off is told nothing");
        let enable = |from| {
            let (shop, owner, listener) = (shop.clone(), owner.clone(), listener.clone());
            async move {
                unit!(shop.app.write(&owner), work => {
                    installations::enable(work, &listener).await?;
                    events::subscribe(work, &listener, from).await
                })
                .unwrap();
            }
        };
        enable(Subscribe::WhereItStopped).await;
        assert_eq!(due(&shop).await, std::slice::from_ref(&listener));
        assert_eq!(rest(&shop).await, [1, 2]);
        unit!(shop.app.write(&owner), work => installations::disable(work, &listener, false).await)
            .unwrap();
        happens(&shop, "ord_1", 3).await;
        enable(Subscribe::Now).await;
        happens(&shop, "ord_1", 4).await;
        assert_eq!(rest(&shop).await, [4]);
        follow(&shop, Subscribe::Beginning).await;
        assert_eq!(rest(&shop).await, [1, 2, 3, 4]);
        unit!(shop.app.write(&owner), work => {
            installations::disable(work, &listener, false).await?;
            installations::uninstall(work, &listener, Data::Keep).await
        })
        .unwrap();
        happens(&shop, "ord_1", 5).await;
        assert_eq!(next_batch(&shop, 64).await, None, "who has gone follows no more");
        let told: Vec<_> = super::whole_log(&shop)
            .await
            .into_iter()
            .filter(|event| event.aggregate == "plugin:listener")
            .map(|event| event.kind.as_str())
            .collect();
        let (on, off) = ("plugin.enabled", "plugin.disabled");
        assert_eq!(told, [on, off, on, off, on, off]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_is_done_with_is_forgotten_after_thirty_days() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        happens(&shop, "ord_1", 1).await;
        happens(&shop, "ord_1", 2).await;
        let first = next_batch(&shop, 1).await.unwrap();
        assert!(advance(&shop, &first).await);
        let prune = || {
            let shop = shop.clone();
            async move {
                unit!(shop.app.write(&shop.owner()), work => events::prune(work).await).unwrap()
            }
        };
        shop.clock.advance(Duration::from_hours(30 * 24));
        assert_eq!(prune().await, 0, "so long it is kept in any case");
        shop.clock.advance(Duration::from_secs(1));
        assert!(prune().await > 0);
        assert_eq!(prune().await, 0);
        assert_eq!(numbers(&super::whole_log(&shop).await), [2], "the listener has not seen it");
        let gone = super::read(&shop, Some(EventPosition::START)).await.map(drop);
        assert!(matches!(gone, Err(AppError::Conflict { kind: "events-gone", .. })), "{gone:?}");
        assert_eq!(rest(&shop).await, [2]);
        assert_eq!(prune().await, 1);
        happens(&shop, "ord_1", 3).await;
        assert_eq!(rest(&shop).await, [3], "numbers are given once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_is_woken_by_a_commit() {
    on_postgres(|test| async move {
        let shop = TestShop::open(&test).await;
        let other = test.open().await;
        let mut watch = other.wakes().watch(galleria_app::Wake::Events);
        // Listening begins in the background: by then, some wake arrives within the poll.
        let woken = async {
            loop {
                happens(&shop, "ord_1", 1).await;
                let began = tokio::time::Instant::now();
                watch.sleep(Duration::from_mins(1)).await;
                if began.elapsed() < Duration::from_millis(240) {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), woken).await.unwrap();
        let found = TestShop { app: App::new(other, Arc::new(shop.clock.clone())), ..shop };
        assert!(!super::whole_log(&found).await.is_empty());
    })
    .await;
}
