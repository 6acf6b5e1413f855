//! Sessions: they end by themselves, and with what they were given for.

use std::time::Duration;

use galleria_app::authentication::{self, Client, LoggedIn, Login, LoginOutcome};
use galleria_app::sessions::{self, Session, Subject};
use galleria_app::{AppError, Caller, customers, stores, unit};
use galleria_domain::{Actor, Permission, Scope, StoreChange};
use galleria_tests::database::on_both;
use galleria_tests::shop::{OWNER_EMAIL, PASSWORD, TestShop};

use crate::store::people::{CUSTOMER_EMAIL, register};

async fn log_in_staff(shop: &TestShop) -> LoggedIn {
    let login = Login { email: OWNER_EMAIL, password: PASSWORD, client: Client::default() };
    let at = shop.visitor("192.0.2.1");
    match authentication::staff_login(&shop.app, &at, &login).await.unwrap() {
        LoginOutcome::LoggedIn(logged_in) => *logged_in,
        outcome => panic!("{outcome:?}"),
    }
}

async fn log_in_customer(shop: &TestShop) -> LoggedIn {
    let client = Client { user_agent: Some("Mosaic/1.0\r\nX: y"), session_token: None };
    let login = Login { email: CUSTOMER_EMAIL, password: PASSWORD, client };
    let at = shop.visitor("192.0.2.1");
    match authentication::customer_login(&shop.app, &at, &login).await.unwrap() {
        LoginOutcome::LoggedIn(logged_in) => *logged_in,
        outcome => panic!("{outcome:?}"),
    }
}

async fn resume(shop: &TestShop, logged_in: &LoggedIn) -> Result<(Caller, Session), AppError> {
    let at = shop.visitor("192.0.2.1");
    authentication::session_resume(&shop.app, &at, logged_in.token.as_str()).await
}

fn is_over<T>(answer: &Result<T, AppError>) -> bool {
    matches!(answer, Err(AppError::Unauthenticated))
}

/// Comes back, and waits until that was put down.
async fn be_seen(shop: &TestShop, logged_in: &LoggedIn) {
    let now = galleria_app::Clock::now(&shop.clock);
    resume(shop, logged_in).await.unwrap();
    for _ in 0..2_000 {
        if resume(shop, logged_in).await.unwrap().1.last_seen_at == now {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it was never put down that somebody was seen");
}

#[tokio::test]
async fn a_customer_reaches_their_own_data_alone() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let ada = register(&shop, CUSTOMER_EMAIL).await;
        let eve = register(&shop, "eve@example.com").await;
        let (caller, session) = resume(&shop, &log_in_customer(&shop).await).await.unwrap();
        assert_eq!(caller.principal.actor, Actor::Customer(ada.clone()));
        for permission in
            [Permission::CustomersRead, Permission::CustomersReadPii, Permission::CustomersWrite]
        {
            assert_eq!(*caller.require(permission).unwrap(), Scope::Own(ada.clone()));
        }
        assert!(!caller.may(Permission::CustomersDelete));
        assert_eq!(session.user_agent.as_deref(), Some("Mosaic/1.0X: y"));
        let own = unit!(shop.app.read(&caller), work => customers::get(work, &ada).await);
        assert!(own.is_ok());
        let other = unit!(shop.app.read(&caller), work => customers::get(work, &eve).await);
        assert!(matches!(other, Err(AppError::NotFound("customer"))));
    })
    .await;
}

#[tokio::test]
async fn a_session_of_staff_ends_after_half_an_hour_of_rest() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = log_in_staff(&shop).await;
        shop.clock.advance(Duration::from_mins(29));
        be_seen(&shop, &owner).await;
        shop.clock.advance(Duration::from_mins(29));
        be_seen(&shop, &owner).await;
        shop.clock.advance(Duration::from_mins(30));
        assert!(is_over(&resume(&shop, &owner).await));
    })
    .await;
}

#[tokio::test]
async fn a_session_of_staff_ends_after_half_a_day_however_busy() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = log_in_staff(&shop).await;
        for _ in 0..28 {
            shop.clock.advance(Duration::from_mins(25));
            be_seen(&shop, &owner).await;
        }
        shop.clock.advance(Duration::from_mins(20));
        assert!(is_over(&resume(&shop, &owner).await));
    })
    .await;
}

#[tokio::test]
async fn a_session_of_a_customer_rests_two_weeks_and_lives_ninety_days() {
    const DAY: Duration = Duration::from_hours(24);
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        register(&shop, CUSTOMER_EMAIL).await;
        let resting = log_in_customer(&shop).await;
        shop.clock.advance(14 * DAY);
        assert!(is_over(&resume(&shop, &resting).await));
        let busy = log_in_customer(&shop).await;
        for _ in 0..8 {
            shop.clock.advance(11 * DAY);
            be_seen(&shop, &busy).await;
        }
        shop.clock.advance(2 * DAY);
        assert!(is_over(&resume(&shop, &busy).await));
    })
    .await;
}

#[tokio::test]
async fn that_somebody_was_seen_is_put_down_once_a_minute_at_most() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = log_in_staff(&shop).await;
        let seen_at = owner.session.last_seen_at;
        shop.clock.advance(Duration::from_secs(59));
        for _ in 0..20 {
            assert_eq!(resume(&shop, &owner).await.unwrap().1.last_seen_at, seen_at);
        }
        shop.clock.advance(Duration::from_secs(1));
        be_seen(&shop, &owner).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_never_a_token_lets_nobody_in() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = log_in_staff(&shop).await;
        let at = shop.visitor("192.0.2.1");
        let hash = galleria_domain::Sha256Hash::of(owner.token.as_str().as_bytes()).to_string();
        let csrf = owner.csrf.clone().unwrap();
        for bad in ["", "x", hash.as_str(), owner.session.id.as_str(), csrf.as_str()] {
            assert!(is_over(&authentication::session_resume(&shop.app, &at, bad).await));
        }
    })
    .await;
}

#[tokio::test]
async fn no_token_stands_in_the_database() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = log_in_staff(&shop).await;
        let csrf = owner.csrf.clone().unwrap();
        for secret in [owner.token.as_str(), csrf.as_str(), PASSWORD] {
            assert_eq!(test.count_containing("sessions", secret).await, 0);
            assert_eq!(test.count_containing("staff_credentials", secret).await, 0);
            assert_eq!(test.count_containing("audit_log", secret).await, 0);
        }
        assert_eq!(test.count_containing("sessions", owner.session.id.as_str()).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_customer_of_one_store_is_a_stranger_in_another() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        register(&shop, CUSTOMER_EMAIL).await;
        let ada = log_in_customer(&shop).await;
        let owner = shop.owner();
        let draft = StoreChange {
            name: Some("Second".into()),
            default_currency: Some("EUR".into()),
            ..StoreChange::default()
        };
        let second = unit!(shop.app.write(&owner), work => stores::create(work, &draft).await);
        let there = Caller { store: second.unwrap().id, ..shop.visitor("192.0.2.1") };
        let token = ada.token.as_str();
        assert!(is_over(&authentication::session_resume(&shop.app, &there, token).await));
        let login = Login { email: CUSTOMER_EMAIL, password: PASSWORD, client: Client::default() };
        let outcome = authentication::customer_login(&shop.app, &there, &login).await.unwrap();
        assert!(matches!(outcome, LoginOutcome::Refused));
        assert!(resume(&shop, &ada).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn logging_out_ends_one_session_and_logging_out_everywhere_all() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (one, two) = (log_in_staff(&shop).await, log_in_staff(&shop).await);
        let three = log_in_staff(&shop).await;
        let listed = unit!(shop.app.read(&two.caller), work => {
            sessions::list(work, &Subject::Staff(shop.owner.clone())).await
        });
        assert_eq!(listed.unwrap().len(), 3);
        let ended = unit!(shop.app.write(&one.caller), work => {
            authentication::logout(work, &one.session.id).await
        });
        assert!(ended.unwrap());
        assert!(is_over(&resume(&shop, &one).await));
        assert!(resume(&shop, &two).await.is_ok());
        let ended = unit!(shop.app.write(&two.caller), work => {
            authentication::logout_everywhere(work).await
        });
        assert_eq!(ended.unwrap(), 2);
        assert!(is_over(&resume(&shop, &two).await) && is_over(&resume(&shop, &three).await));
    })
    .await;
}

#[tokio::test]
async fn a_customer_who_is_deactivated_is_out_at_once() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let id = register(&shop, CUSTOMER_EMAIL).await;
        let ada = log_in_customer(&shop).await;
        let owner = shop.owner();
        unit!(shop.app.write(&owner), work => customers::deactivate(work, &id, None).await)
            .unwrap();
        assert!(is_over(&resume(&shop, &ada).await));
        unit!(shop.app.write(&owner), work => customers::activate(work, &id, None).await).unwrap();
        assert!(is_over(&resume(&shop, &ada).await));
    })
    .await;
}

#[tokio::test]
async fn sessions_that_are_over_are_cleared_away_and_others_are_not() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        log_in_staff(&shop).await;
        shop.clock.advance(Duration::from_hours(1));
        let owner = log_in_staff(&shop).await;
        let pruned = unit!(shop.app.write(&owner.caller), work => sessions::prune(work).await);
        assert_eq!(pruned.unwrap(), 1);
        assert!(resume(&shop, &owner).await.is_ok());
    })
    .await;
}
