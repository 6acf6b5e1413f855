//! Events that a plugin fails on (T94): tried later, given up in the end, and holding up nothing
//! but what happened to the same thing.

use std::time::Duration;

use galleria_app::events::{self, ParkedEvent, ParkedFilter, ParkedState, Subscribe, dead_letters};
use galleria_app::{AppError, unit};
use galleria_domain::{PageRequest, Permission};
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;

use super::{advance, follow, happens, next_batch, numbers, plugin, rest};

const HOUR_AND_MORE: Duration = Duration::from_mins(90);

/// Parks the next event.
async fn park(shop: &TestShop) {
    let batch = next_batch(shop, 1).await.unwrap();
    let parked = unit!(shop.app.write(&shop.owner()), work => {
        events::park(work, &batch, "can't do this").await
    });
    assert!(parked.unwrap());
}

async fn next_retry(shop: &TestShop) -> Option<ParkedEvent> {
    unit!(shop.app.read(&shop.owner()), work => events::next_retry(work, &plugin()).await).unwrap()
}

async fn retried(shop: &TestShop, parked: &ParkedEvent, how: Result<(), &str>) -> bool {
    unit!(shop.app.write(&shop.owner()), work => {
        events::retried(work, parked, how.map_err(str::to_owned)).await
    })
    .unwrap()
}

/// All parked events: their numbers, states and how often they failed.
async fn parked(shop: &TestShop) -> Vec<(u64, ParkedState, u32)> {
    let filter = ParkedFilter::default();
    let page = unit!(shop.app.read(&shop.owner()), work => {
        dead_letters::list(work, &filter, &PageRequest::first(200)).await
    });
    let shown = |parked: &ParkedEvent| {
        let number = numbers(std::slice::from_ref(&parked.event))[0];
        (number, parked.parking.state, parked.parking.attempts)
    };
    page.unwrap().items.iter().map(shown).collect()
}

/// Fails on whatever is due until nothing is tried any more.
async fn fail_for_good(shop: &TestShop) {
    for _ in 0..200 {
        shop.clock.advance(HOUR_AND_MORE);
        match next_retry(shop).await {
            Some(due) => assert!(retried(shop, &due, Err("still can't")).await),
            None => return,
        }
    }
    panic!("it is tried for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn later_events_of_the_same_thing_wait_and_others_go_on() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        for (number, order) in (0..).zip(["ord_a", "ord_b", "ord_a", "ord_b", "ord_a"]) {
            happens(&shop, order, number).await;
        }
        park(&shop).await;
        assert_eq!(rest(&shop).await, [1, 3]);
        let (retrying, waiting) = (ParkedState::Retrying, ParkedState::Waiting);
        assert_eq!(parked(&shop).await, [(0, retrying, 1), (2, waiting, 0), (4, waiting, 0)]);
        assert_eq!(next_retry(&shop).await, None, "its time has not come");
        shop.clock.advance(Duration::from_secs(2));
        let first = next_retry(&shop).await.unwrap();
        assert!(retried(&shop, &first, Ok(())).await);
        assert!(!retried(&shop, &first, Ok(())).await, "it is taken once");
        let mut taken = Vec::new();
        while let Some(next) = next_retry(&shop).await {
            taken.extend(numbers(std::slice::from_ref(&next.event)));
            assert!(retried(&shop, &next, Ok(())).await);
        }
        assert_eq!(taken, [2, 4]);
        assert_eq!(parked(&shop).await, []);
        happens(&shop, "ord_a", 5).await;
        assert_eq!(rest(&shop).await, [5]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_tried_ten_times_and_then_holds_nobody_up() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        happens(&shop, "ord_a", 0).await;
        park(&shop).await;
        happens(&shop, "ord_a", 1).await;
        assert_eq!(rest(&shop).await, [] as [u64; 0]);
        for attempts in 2..=10 {
            shop.clock.advance(HOUR_AND_MORE);
            let due = next_retry(&shop).await.unwrap();
            assert_eq!(numbers(std::slice::from_ref(&due.event)), [0]);
            assert!(retried(&shop, &due, Err("still can't")).await);
            assert_eq!(parked(&shop).await[0].2, attempts);
        }
        let due = next_retry(&shop).await.unwrap();
        assert_eq!(numbers(std::slice::from_ref(&due.event)), [1], "the thing goes on at once");
        assert!(retried(&shop, &due, Ok(())).await);
        assert_eq!(parked(&shop).await, [(0, ParkedState::Dead, 10)]);
        happens(&shop, "ord_a", 2).await;
        assert_eq!(rest(&shop).await, [2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_replayed_one_or_all_or_dropped() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        for (number, order) in (0..).zip(["ord_a", "ord_b", "ord_c"]) {
            happens(&shop, order, number).await;
            park(&shop).await;
        }
        fail_for_good(&shop).await;
        let dead = parked(&shop).await;
        assert_eq!(dead.iter().map(|dead| dead.1).collect::<Vec<_>>(), [ParkedState::Dead; 3]);
        let owner = shop.owner();
        let filter = ParkedFilter { state: Some(ParkedState::Dead), ..ParkedFilter::default() };
        let all = unit!(shop.app.read(&owner), work => {
            dead_letters::list(work, &filter, &PageRequest::first(200)).await
        });
        let ids: Vec<_> = all.unwrap().items.into_iter().map(|dead| dead.event.id).collect();
        unit!(shop.app.write(&owner), work => {
            dead_letters::replay(work, "listener", &ids[0]).await?;
            dead_letters::discard(work, "listener", &ids[1]).await
        })
        .unwrap();
        let again = unit!(shop.app.write(&owner), work => {
            dead_letters::replay(work, "listener", &ids[0]).await
        });
        assert!(matches!(again, Err(AppError::Conflict { kind: "not-dead", .. })));
        let due = next_retry(&shop).await.unwrap();
        assert_eq!(due.event.id, ids[0]);
        assert!(retried(&shop, &due, Ok(())).await);
        let count = unit!(shop.app.write(&owner), work => {
            dead_letters::replay_all(work, "listener", None).await
        });
        assert_eq!(count.unwrap(), 1);
        assert_eq!(parked(&shop).await, [(2, ParkedState::Retrying, 0)]);
        let due = next_retry(&shop).await.unwrap();
        assert!(retried(&shop, &due, Ok(())).await);
        assert_eq!(parked(&shop).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_since_a_version_are_those_that_died_under_it_or_later() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        for (number, order) in (0..).zip(["ord_a", "ord_b", "ord_c"]) {
            happens(&shop, order, number).await;
            park(&shop).await;
        }
        fail_for_good(&shop).await;
        for (order, version) in [("ord_a", "1.9.0"), ("ord_b", "1.10.0"), ("ord_c", "2.0.0")] {
            let sql = format!(
                "UPDATE event_parked SET consumer_version = '{version}' WHERE aggregate = '{order}'"
            );
            test.tamper(&sql).await;
        }
        let owner = shop.owner();
        let count = unit!(shop.app.write(&owner), work => {
            dead_letters::replay_all(work, "listener", Some("1.10.0")).await
        });
        assert_eq!(count.unwrap(), 2);
        let (dead, retrying) = (ParkedState::Dead, ParkedState::Retrying);
        assert_eq!(parked(&shop).await, [(0, dead, 10), (1, retrying, 0), (2, retrying, 0)]);
        let none = unit!(shop.app.write(&owner), work => {
            dead_letters::discard_all(work, "listener", Some("1.9.1")).await
        });
        assert_eq!(none.unwrap(), 0);
        let nonsense = unit!(shop.app.write(&owner), work => {
            dead_letters::replay_all(work, "listener", Some("latest")).await
        });
        assert!(matches!(nonsense, Err(AppError::Invalid(_))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_dead_letter_comes_before_what_waits_of_the_same_thing() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        happens(&shop, "ord_a", 0).await;
        park(&shop).await;
        fail_for_good(&shop).await;
        happens(&shop, "ord_a", 1).await;
        park(&shop).await;
        unit!(shop.app.write(&shop.owner()), work => {
            dead_letters::replay_all(work, "listener", None).await
        })
        .unwrap();
        let (retrying, waiting) = (ParkedState::Retrying, ParkedState::Waiting);
        assert_eq!(parked(&shop).await, [(0, retrying, 0), (1, waiting, 1)]);
        let due = next_retry(&shop).await.unwrap();
        assert!(retried(&shop, &due, Ok(())).await);
        assert_eq!(parked(&shop).await, [(1, retrying, 1)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_two_hosts_parks_and_what_is_parked_is_not_forgotten() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        follow(&shop, Subscribe::Now).await;
        happens(&shop, "ord_a", 0).await;
        let batch = next_batch(&shop, 1).await.unwrap();
        park(&shop).await;
        assert!(!advance(&shop, &batch).await, "another host was faster");
        fail_for_good(&shop).await;
        shop.clock.advance(Duration::from_hours(31 * 24));
        unit!(shop.app.write(&shop.owner()), work => events::prune(work).await).unwrap();
        assert_eq!(parked(&shop).await, [(0, ParkedState::Dead, 10)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_read_events_replays_and_drops_none() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (_, reader) = shop.hire("reader@example.com", &[Permission::EventsRead]).await;
        let refused = unit!(shop.app.write(&reader), work => {
            dead_letters::replay_all(work, "listener", None).await
        });
        assert!(matches!(refused, Err(AppError::PermissionDenied(_))));
        let refused = unit!(shop.app.write(&reader), work => {
            dead_letters::discard_all(work, "listener", None).await
        });
        assert!(matches!(refused, Err(AppError::PermissionDenied(_))));
        let (_, nobody) = shop.hire("nobody@example.com", &[Permission::CustomersRead]).await;
        let filter = ParkedFilter::default();
        let refused = unit!(shop.app.read(&nobody), work => {
            dead_letters::list(work, &filter, &PageRequest::first(1)).await
        });
        assert!(matches!(refused, Err(AppError::PermissionDenied(_))));
    })
    .await;
}
