//! Events come to plugins: each takes effect once, whatever happens meanwhile.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use galleria_app::events::delivery::Subscribe;
use galleria_app::events::{ParkedFilter, ParkedState, dead_letters};
use galleria_app::{App, Caller, unit};
use galleria_domain::PageRequest;
use galleria_tests::component::renamed;
use galleria_tests::database::{on_both, on_postgres};
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use serde_json::{Value, json};

use super::{notes, tell};

/// A machine that does ten things at once gets as long as it needs.
const LONG: Duration = Duration::from_mins(2);

/// Says so many things about so many aggregates, in units of ten.
async fn tell_many(app: &App, caller: &Caller, aggregates: usize, versions: u64, payload: &Value) {
    for version in 1..=versions {
        unit!(app.write(caller), work => {
            for aggregate in 0..aggregates {
                tell(work, &format!("ord_{aggregate}"), version, payload.clone()).await?;
            }
            Ok(())
        })
        .unwrap();
    }
}

/// Waits until the plugin has counted so many events.
async fn counted(host: &TestHost, plugin: &str, events: usize) -> BTreeMap<String, i64> {
    let began = Instant::now();
    loop {
        let notes = notes(host, plugin).await;
        let count = notes.keys().filter(|id| id.starts_with("evt_")).count();
        if count >= events {
            return notes;
        }
        assert!(began.elapsed() < LONG, "{count} of {events} events were told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Each event once, and each thing's in their order.
fn assert_exact(notes: &BTreeMap<String, i64>, events: usize) {
    let counts: Vec<_> = notes.iter().filter(|(id, _)| id.starts_with("evt_")).collect();
    assert_eq!(counts.len(), events);
    assert!(counts.iter().all(|(_, count)| **count == 1), "{counts:?}");
    assert!(!notes.contains_key("disorder"), "{notes:?}");
}

async fn parked(host: &TestHost, state: ParkedState) -> usize {
    let filter = ParkedFilter { state: Some(state), ..ParkedFilter::default() };
    let owner = host.owner();
    let page = unit!(host.galleria.app().read(owner), work => {
        dead_letters::list(work, &filter, &PageRequest::first(100)).await
    });
    page.unwrap().items.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_takes_effect_once_and_in_its_order() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().hooking).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        tell_many(app, &caller, 10, 20, &json!({})).await;
        assert_exact(&counted(&host, "hooking", 200).await, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_poison_is_put_aside_and_the_others_go_on() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().hooking).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        unit!(app.write(&caller), work => {
            for at in 0..20 {
                let what = if at == 7 { "write-trap" } else { "" };
                tell(work, &format!("ord_{at}"), 1, json!({ "do": what })).await?;
            }
            // Behind the one that fails: it waits for that one.
            tell(work, "ord_7", 2, json!({})).await
        })
        .unwrap();
        let notes = counted(&host, "hooking", 19).await;
        assert_exact(&notes, 19);
        assert!(!notes.contains_key("written") && !notes.contains_key("ord_7"));
        assert_eq!(parked(&host, ParkedState::Retrying).await, 1);
        assert_eq!(parked(&host, ParkedState::Waiting).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_plugin_gives_up_is_a_dead_letter_at_once() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().hooking).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        unit!(app.write(&caller), work => {
            tell(work, "ord_1", 1, json!({ "do": "drop" })).await?;
            tell(work, "ord_1", 2, json!({})).await
        })
        .unwrap();
        assert_exact(&counted(&host, "hooking", 1).await, 1);
        assert_eq!(parked(&host, ParkedState::Dead).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_off_catches_up_or_skips_as_the_admin_says() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let first = host.plug_trusted(&components().hooking).await;
        let second = renamed(&components().hooking, "skipping", "0.1.0");
        let second = host.plug_trusted(&second).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        let plugins = host.galleria.plugins();
        for plugin in [&first, &second] {
            plugins.disable(host.owner(), plugin, false).await.unwrap();
        }
        tell_many(app, &caller, 5, 1, &json!({})).await;
        plugins.enable(host.owner(), &first).await.unwrap();
        // From then on they are in the past for everybody.
        assert_exact(&counted(&host, "hooking", 5).await, 5);
        plugins.enable_from(host.owner(), &second, Subscribe::Now).await.unwrap();
        unit!(app.write(&caller), work => tell(work, "ord_9", 1, json!({})).await).unwrap();
        counted(&host, "hooking", 6).await;
        assert_exact(&counted(&host, "skipping", 1).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_stops_in_the_middle_loses_no_event_and_tells_none_twice() {
    on_both(|test| async move {
        let mut host = TestHost::start(&test).await;
        host.plug_trusted(&components().hooking).await;
        for life in 0..4 {
            let (app, caller) =
                (host.galleria.app().clone(), Caller::system(host.galleria.store().clone()));
            for version in 1..=10 {
                unit!(app.write(&caller), work => {
                    for aggregate in 0..10 {
                        let aggregate = format!("ord_{life}_{aggregate}");
                        tell(work, &aggregate, version, json!({})).await?;
                    }
                    Ok(())
                })
                .unwrap();
            }
            drop(app);
            host = host.restart(&test).await;
        }
        assert_exact(&counted(&host, "hooking", 400).await, 400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_one_database_tell_no_event_twice() {
    on_postgres(|test| async move {
        let (one, other) = (TestHost::start(&test).await, TestHost::start(&test).await);
        one.plug_trusted(&components().hooking).await;
        other.plug_trusted(&components().hooking).await;
        for host in [&one, &other] {
            let (app, caller) =
                (host.galleria.app(), Caller::system(host.galleria.store().clone()));
            unit!(app.write(&caller), work => {
                for at in 0..100 {
                    tell(work, &format!("{}_{at}", host.url), 1, json!({})).await?;
                }
                Ok(())
            })
            .unwrap();
        }
        assert_exact(&counted(&one, "hooking", 200).await, 200);
    })
    .await;
}
