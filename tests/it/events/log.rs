//! What is written, and in which order it is read.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use galleria_app::{AppError, addresses, customers, events, unit};
use galleria_domain::{
    AddressDraft, Change, CustomerChange, CustomerDraft, DefaultsChange, EventKind, NewEvent,
};
use galleria_tests::database::{on_both, on_postgres};
use galleria_tests::shop::TestShop;
use serde_json::json;

use super::{event, happens, read, read_now, ripe, whole_log};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_there_if_and_only_if_its_unit_committed() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let before = whole_log(&shop).await.len();
        let owner = shop.owner();
        let undone: Result<(), AppError> = unit!(shop.app.write(&owner), work => {
            events::append(work, event(EventKind::OrderPlaced, "ord_1", 1)).await?;
            Err(AppError::NotFound("order"))
        });
        assert!(undone.is_err());
        // Given up without a word, as by a client that went away.
        let mut work = shop.app.write(&owner);
        events::append(&mut work, event(EventKind::OrderPlaced, "ord_1", 2)).await.unwrap();
        drop(work);
        unit!(shop.app.write(&owner), work => {
            events::append(work, event(EventKind::OrderPlaced, "ord_1", 3)).await
        })
        .unwrap();
        let log = whole_log(&shop).await;
        let new: Vec<_> = log[before..].iter().map(|event| event.payload.clone()).collect();
        assert_eq!(new, [json!(3)]);
        let event = log.last().unwrap();
        assert_eq!((&event.store, &event.actor), (&shop.store, &owner.principal.actor));
        assert_eq!((event.aggregate.as_str(), event.aggregate_version), ("ord_1", 3));
        assert_eq!((&event.correlation_id, event.at), (&owner.request_id, shop.app.now()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_payload_is_too_large_is_refused_with_all_that_came_with_it() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let before = test.dump().await;
        let payload = json!("x".repeat(65 * 1024));
        let refused = unit!(shop.app.write(&shop.owner()), work => {
            let kind = EventKind::OrderPlaced;
            let large = NewEvent { kind, aggregate: "ord_1", aggregate_version: 1, payload: payload.clone() };
            events::append(work, large).await
        });
        assert!(matches!(refused, Err(AppError::Internal(_))));
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_loses_nothing_while_eight_write_and_some_are_slow() {
    const WRITERS: u64 = 8;
    const EACH: u64 = 40;
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (log, start) = read(&shop, None).await.unwrap();
        let before = log.len();
        let done = Arc::new(AtomicBool::new(false));
        let following = tokio::spawn({
            let (shop, done) = (shop.clone(), Arc::clone(&done));
            async move {
                let (mut seen, mut after) = (Vec::new(), start);
                loop {
                    // Before the last look: whatever was committed by then is found by it.
                    let was_done = done.load(Ordering::SeqCst);
                    if was_done {
                        ripe(&shop.app, &shop.owner()).await;
                    }
                    let (found, next) = read_now(&shop, Some(after)).await.unwrap();
                    assert!(found.iter().all(|event| event.position > after));
                    seen.extend(found);
                    after = next;
                    if was_done {
                        return seen;
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let shop = shop.clone();
                tokio::spawn(async move {
                    let owner = shop.owner();
                    for number in 0..EACH {
                        let aggregate = format!("ord_{}", (writer + number) % 5);
                        unit!(shop.app.write(&owner), work => {
                            let payload = writer * EACH + number;
                            let happened = event(EventKind::OrderPlaced, &aggregate, payload);
                            events::append(work, happened).await?;
                            if number % 8 == writer {
                                tokio::time::sleep(Duration::from_millis(20)).await;
                            }
                            Ok(())
                        })
                        .unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
        let seen = following.await.unwrap();
        assert!(seen.windows(2).all(|pair| pair[0].position < pair[1].position));
        let mut numbers = super::numbers(&seen);
        numbers.sort_unstable();
        assert_eq!(numbers, (0..WRITERS * EACH).collect::<Vec<_>>());
        // Those of each writer came one after the other, and are told so.
        let mut last = HashMap::new();
        for number in super::numbers(&seen) {
            let (writer, number) = (number / EACH, number % EACH);
            assert_eq!(last.insert(writer, number).map_or(0, |last| last + 1), number);
        }
        assert_eq!(whole_log(&shop).await.len() - before, seen.len());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_for_units_that_began_to_write_before_it() {
    on_postgres(|test| async move {
        let shop = TestShop::open(&test).await;
        let (_, start) = read(&shop, None).await.unwrap();
        let owner = shop.owner();
        let mut slow = shop.app.write(&owner);
        events::append(&mut slow, event(EventKind::OrderPlaced, "ord_1", 1)).await.unwrap();
        happens(&shop, "ord_2", 2).await;
        let (found, next) = read_now(&shop, Some(start)).await.unwrap();
        assert_eq!(found, []);
        let held_back = unit!(shop.app.read(&owner), work => events::held_back(work).await);
        assert!(held_back.unwrap());
        assert!(matches!(slow.finish(Ok(())).await, galleria_app::Ended::Done(Ok(()))));
        let (found, _) = read(&shop, Some(next)).await.unwrap();
        assert_eq!(super::numbers(&found), [1, 2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_go_on_after_a_database_was_restored_on_a_younger_server() {
    on_postgres(|test| async move {
        let shop = TestShop::open(&test).await;
        happens(&shop, "ord_1", 0).await;
        // As the dump of a server that has run for long.
        test.tamper("UPDATE events SET turn = turn + 1000000000000").await;
        shop.app.database().close().await;
        let shop = TestShop {
            app: galleria_app::App::new(test.open().await, Arc::new(shop.clock.clone())),
            ..shop
        };
        let before = whole_log(&shop).await;
        happens(&shop, "ord_1", 1).await;
        let after = whole_log(&shop).await;
        assert_eq!(after.len(), before.len() + 1);
        assert_eq!(after.last().unwrap().payload, json!(1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_customers_is_told_without_anything_personal() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (_, start) = read(&shop, None).await.unwrap();
        let owner = shop.owner();
        let draft = CustomerDraft { email: Some("carla@example.com".into()), ..CustomerDraft::default() };
        let id = unit!(shop.app.write(&owner), work => customers::create(work, draft.clone()).await)
            .unwrap()
            .customer
            .id;
        let change = CustomerChange {
            first_name: Some("Carla".into()),
            email: Change::Set("karla@example.com".into()),
            ..CustomerChange::default()
        };
        unit!(shop.app.write(&owner), work => {
            customers::update(work, &id, &change, None).await?;
            customers::deactivate(work, &id, None).await?;
            customers::activate(work, &id, None).await?;
            customers::unlock(work, &id).await?;
            let address = AddressDraft {
                first_name: Some("Carla".into()),
                last_name: Some("Stone".into()),
                line1: Some("1 High Street".into()),
                city: Some("Berlin".into()),
                postal_code: Some("10115".into()),
                country: Some("DE".into()),
                ..AddressDraft::default()
            };
            let address = addresses::create(work, &id, address).await?.address.id;
            let defaults = DefaultsChange { billing: Change::Set(address.clone()), ..DefaultsChange::default() };
            addresses::set_defaults(work, &id, &defaults, None).await?;
            addresses::delete(work, &id, &address, None).await?;
            customers::delete(work, &id, None).await
        })
        .unwrap();
        let (log, _) = read(&shop, Some(start)).await.unwrap();
        let told: Vec<_> = log.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(
            told,
            [
                "customer.created",
                "customer.updated",
                "customer.email-changed",
                "customer.updated",
                "customer.deactivated",
                "customer.updated",
                "customer.activated",
                "customer.unlocked",
                "customer.address-created",
                "customer.updated",
                "customer.defaults-changed",
                "customer.updated",
                "customer.defaults-changed",
                "customer.address-deleted",
                "customer.deleted",
            ]
        );
        assert!(log.iter().all(|event| event.aggregate == id.as_str()));
        assert!(log.windows(2).all(|pair| pair[0].aggregate_version <= pair[1].aggregate_version));
        assert_eq!(log[1].payload, json!({ "fields": ["email", "first_name"] }));
        for text in ["arla", "example.com", "Stone", "High Street", "10115"] {
            assert_eq!(test.count_containing("events", text).await, 0, "{text}");
        }
    })
    .await;
}
