//! The beginning of a shop, which happens once.

use std::sync::Arc;

use galleria_app::bootstrap::{self, Beginning};
use galleria_app::{App, AppError, Caller, audit, unit};
use galleria_domain::PageRequest;
use galleria_storage::Mode;
use galleria_tests::clock::TestClock;
use galleria_tests::database::on_both;
use galleria_tests::shop::{TestShop, beginning};

#[tokio::test]
async fn a_shop_that_has_begun_stays_as_it_is() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let mut other = beginning();
        other.store.name = Some("Another".into());
        let owner = other.owner.as_mut().unwrap();
        owner.email = "usurper@example.com".into();
        // Not even looked at.
        owner.password = "weak".into();
        let begun = bootstrap::begin(&shop.app, &other).await.unwrap();
        assert_eq!((begun.store.id, begun.owner), (shop.store.clone(), None));
        assert_eq!(begun.store.name, "Galerie");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_begin_at_once_make_one_shop_with_one_owner() {
    on_both(|test| async move {
        let app = App::new(test.open().await, Arc::new(TestClock::new()));
        let hosts: Vec<_> = (0..3)
            .map(|_| {
                let app = app.clone();
                tokio::spawn(async move { bootstrap::begin(&app, &beginning()).await.unwrap() })
            })
            .collect();
        let mut begun = Vec::new();
        for host in hosts {
            begun.push(host.await.unwrap());
        }
        assert!(begun.iter().all(|other| other.store.id == begun[0].store.id));
        assert_eq!(begun.iter().filter(|begun| begun.owner.is_some()).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_shop_may_begin_without_an_owner_and_be_given_one_later() {
    on_both(|test| async move {
        let app = App::new(test.open().await, Arc::new(TestClock::new()));
        let without = Beginning { owner: None, ..beginning() };
        let begun = bootstrap::begin(&app, &without).await.unwrap();
        assert_eq!(begun.owner, None);
        let later = bootstrap::begin(&app, &beginning()).await.unwrap();
        assert_eq!(later.store, begun.store);
        assert!(later.owner.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_beginning_with_a_mistake_leaves_nothing_behind() {
    on_both(|test| async move {
        let app = App::new(test.open().await, Arc::new(TestClock::new()));
        let mut bad = beginning();
        bad.owner.as_mut().unwrap().email = "no email".into();
        let answer = bootstrap::begin(&app, &bad).await;
        assert!(matches!(answer, Err(AppError::Invalid(errors)) if errors[0].path == "email"));
        let mut unit = app.database().unit(Mode::Read);
        assert_eq!(galleria_storage::stores::find_default(&mut unit).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_beginning_is_the_first_thing_in_the_audit_log() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let system = Caller::system(shop.store.clone());
        let page = unit!(shop.app.read(&system), work => {
            audit::list(work, &audit::AuditFilter::default(), &PageRequest::first(9)).await
        });
        let actions: Vec<_> =
            page.unwrap().items.into_iter().rev().map(|entry| entry.event.action).collect();
        assert_eq!(actions, ["store.create", "staff.create"]);
    })
    .await;
}
