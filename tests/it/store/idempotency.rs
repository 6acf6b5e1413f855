//! Requests sent again: the answer they got, and their effect once.

use std::time::Duration;

use galleria_app::{AppError, Caller, idempotency, stores, unit};
use galleria_domain::{Actor, CustomerId, FieldCode, Rights, StoreChange};
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;

/// Makes a store under a key, as a port does; answers the body.
async fn make(shop: &TestShop, caller: &Caller, key: &str, hash: &str) -> Result<String, AppError> {
    let draft = StoreChange {
        name: Some("Second".into()),
        default_currency: Some("EUR".into()),
        ..StoreChange::default()
    };
    unit!(shop.app.write(caller), work => {
        if let Some(answer) = idempotency::find(work, key, hash).await? {
            assert_eq!((answer.status, answer.headers.len()), (201, 1));
            return Ok(String::from_utf8(answer.body).unwrap());
        }
        let made = stores::create(work, &draft).await?.id.to_string();
        let headers = vec![("etag".to_owned(), "\"1\"".to_owned())];
        idempotency::keep(work, key, hash, 201, headers, made.clone().into_bytes()).await?;
        Ok(made)
    })
}

async fn count_stores(shop: &TestShop) -> usize {
    let owner = shop.owner();
    unit!(shop.app.read(&owner), work => stores::list(work).await).unwrap().len()
}

#[tokio::test]
async fn a_request_sent_again_gets_its_answer_again_and_does_nothing() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let first = make(&shop, &shop.owner(), "key", "hash").await.unwrap();
        let second = make(&shop, &shop.owner(), "key", "hash").await.unwrap();
        assert_eq!(first, second);
        assert_eq!(count_stores(&shop).await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_sent_many_times_at_once_takes_effect_once() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let requests: Vec<_> = (0..8)
            .map(|_| {
                let shop = shop.clone();
                tokio::spawn(async move { make(&shop, &shop.owner(), "key", "hash").await })
            })
            .collect();
        let mut answers = Vec::new();
        for request in requests {
            match request.await.unwrap() {
                Ok(answer) => answers.push(answer),
                // Rivals got in between too often; then it did nothing.
                Err(error) => assert!(error.is_again(), "{error:?}"),
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
        assert_eq!(count_stores(&shop).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_used_for_another_request_is_refused() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        make(&shop, &shop.owner(), "key", "hash").await.unwrap();
        let answer = make(&shop, &shop.owner(), "key", "other").await;
        assert!(matches!(answer, Err(AppError::IdempotencyMismatch)));
        assert_eq!(count_stores(&shop).await, 2);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_given_the_answer_that_somebody_else_got() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        make(&shop, &shop.owner(), "key", "hash").await.unwrap();
        let customer = Actor::Customer(CustomerId::generate());
        let mut acting = shop.owner();
        acting.principal.on_behalf_of = Some(CustomerId::generate());
        let there = galleria_domain::StoreId::generate();
        for other in [
            shop.caller(customer, Rights::nothing()),
            shop.caller(Actor::System, Rights::everything()),
            shop.visitor("192.0.2.1"),
            acting,
            Caller { plugin: "a".parse().ok(), ..shop.owner() },
            Caller { store: there, ..shop.owner() },
        ] {
            let found = unit!(shop.app.read(&other), work => {
                idempotency::find(work, "key", "hash").await
            });
            assert_eq!(found.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn what_failed_keeps_no_answer() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let failed = unit!(shop.app.write(&owner), work => {
            idempotency::keep(work, "key", "hash", 201, vec![], vec![]).await?;
            Err::<(), _>(AppError::NotFound("customer"))
        });
        assert!(failed.is_err());
        make(&shop, &owner, "key", "other").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_kept_for_three_days() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let first = make(&shop, &owner, "key", "hash").await.unwrap();
        shop.clock.advance(Duration::from_hours(72));
        assert_eq!(make(&shop, &owner, "key", "hash").await.unwrap(), first);
        shop.clock.advance(Duration::from_secs(1));
        // Also where it wasn't cleared away yet.
        assert_ne!(make(&shop, &owner, "key", "hash").await.unwrap(), first);
        shop.clock.advance(Duration::from_hours(73));
        let pruned = unit!(shop.app.write(&owner), work => idempotency::prune(work).await);
        assert_eq!(pruned.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_has_at_most_255_characters() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        assert!(make(&shop, &owner, &"ä".repeat(255), "hash").await.is_ok());
        for (bad, code) in [
            (String::new(), FieldCode::Required),
            ("k".repeat(256), FieldCode::TooLong),
            ("a\0b".to_owned(), FieldCode::Malformed),
        ] {
            let answer = make(&shop, &owner, &bad, "hash").await;
            let Err(AppError::Invalid(errors)) = answer else { panic!("{answer:?}") };
            assert_eq!((errors[0].path.as_str(), errors[0].code), ("Idempotency-Key", code));
        }
    })
    .await;
}
