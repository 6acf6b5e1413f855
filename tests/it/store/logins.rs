//! Logging in: the same answer for every wrong one, and slower with every failure.

use std::time::Duration;

use galleria_app::authentication::{self, Client, Login, LoginOutcome};
use galleria_app::{AppError, Caller};
use galleria_app::{audit, credentials, sessions::Subject, staff, unit};
use galleria_domain::{Actor, CustomerId, PageRequest, Permission, StaffChange};
use galleria_tests::database::on_both;
use galleria_tests::shop::{OWNER_EMAIL, PASSWORD, TestShop};

use crate::store::people::{CUSTOMER_EMAIL, register};

fn with<'a>(email: &'a str, password: &'a str) -> Login<'a> {
    Login { email, password, client: Client::default() }
}

async fn staff_login(shop: &TestShop, at: &Caller, email: &str, password: &str) -> LoginOutcome {
    authentication::staff_login(&shop.app, at, &with(email, password)).await.unwrap()
}

async fn customer_login(shop: &TestShop, at: &Caller, email: &str, password: &str) -> LoginOutcome {
    authentication::customer_login(&shop.app, at, &with(email, password)).await.unwrap()
}

/// An address that nobody has failed from yet.
fn fresh_address(shop: &TestShop, number: u32) -> Caller {
    shop.visitor(&format!("198.51.{}.{}", number / 250, number % 250))
}

#[tokio::test]
async fn the_right_password_lets_staff_in_with_their_rights_and_two_tokens() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let at = shop.visitor("192.0.2.7");
        let outcome = staff_login(&shop, &at, "OWNER@Example.com ", PASSWORD).await;
        let LoginOutcome::LoggedIn(owner) = outcome else { panic!("{outcome:?}") };
        assert_eq!(owner.caller.principal.actor, Actor::Staff(shop.owner.clone()));
        assert!(owner.caller.rights.has(Permission::PluginsManage));
        let csrf = owner.csrf.unwrap();
        assert!(authentication::csrf_matches(&owner.session, csrf.as_str()));
        assert!(!authentication::csrf_matches(&owner.session, owner.token.as_str()));
        let staff =
            unit!(shop.app.read(&owner.caller), work => staff::get(work, &shop.owner).await);
        assert_eq!(staff.unwrap().last_ip.unwrap().to_string(), "192.0.2.7");
    })
    .await;
}

#[tokio::test]
async fn neither_an_unknown_email_nor_a_resting_account_can_be_told_from_a_wrong_password() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (resting, _) = shop.hire("resting@example.com", &[Permission::CustomersRead]).await;
        let owner = shop.owner();
        let change = StaffChange { active: Some(false), ..StaffChange::default() };
        unit!(shop.app.write(&owner), work => staff::update(work, &resting, &change, None).await)
            .unwrap();
        let long = "x".repeat(100_000);
        for (number, (email, password)) in (0..).zip([
            (OWNER_EMAIL, "another password"),
            (OWNER_EMAIL, ""),
            (OWNER_EMAIL, long.as_str()),
            ("nobody@example.com", PASSWORD),
            ("no email at all", PASSWORD),
            ("resting@example.com", PASSWORD),
        ]) {
            let at = fresh_address(&shop, number);
            let outcome = staff_login(&shop, &at, email, password).await;
            assert!(matches!(outcome, LoginOutcome::Refused), "{email}: {outcome:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn from_the_fifth_failure_on_an_account_waits_whether_it_exists_or_not() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        for email in [OWNER_EMAIL, "nobody@example.com"] {
            let at = fresh_address(&shop, 1);
            for _ in 0..5 {
                let outcome = staff_login(&shop, &at, email, "wrong").await;
                assert!(matches!(outcome, LoginOutcome::Refused), "{outcome:?}");
            }
            // Not even with the right one.
            let outcome = staff_login(&shop, &at, email, PASSWORD).await;
            assert!(matches!(outcome, LoginOutcome::Wait { retry_after_s: 1 }), "{outcome:?}");
            shop.clock.advance(Duration::from_secs(1));
            let outcome = staff_login(&shop, &at, email, "wrong").await;
            assert!(matches!(outcome, LoginOutcome::Refused), "{outcome:?}");
            let outcome = staff_login(&shop, &at, email, "wrong").await;
            assert!(matches!(outcome, LoginOutcome::Wait { retry_after_s: 2 }), "{outcome:?}");
        }
        shop.clock.advance(Duration::from_secs(2));
        let outcome = staff_login(&shop, &fresh_address(&shop, 2), OWNER_EMAIL, PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::LoggedIn(_)), "{outcome:?}");
        // And nothing is held against it any more.
        for _ in 0..4 {
            staff_login(&shop, &fresh_address(&shop, 3), OWNER_EMAIL, "wrong").await;
        }
        let outcome = staff_login(&shop, &fresh_address(&shop, 4), OWNER_EMAIL, PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::LoggedIn(_)), "{outcome:?}");
    })
    .await;
}

#[tokio::test]
async fn twenty_failures_in_an_hour_lock_staff_out_until_somebody_unlocks_them() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (clerk, _) = shop.hire("clerk@example.com", &[Permission::CustomersRead]).await;
        for number in 0..20 {
            let at = fresh_address(&shop, number);
            let outcome = staff_login(&shop, &at, "clerk@example.com", "wrong").await;
            assert!(!matches!(outcome, LoginOutcome::LoggedIn(_)), "{outcome:?}");
        }
        shop.clock.advance(Duration::from_hours(2));
        let at = fresh_address(&shop, 100);
        let outcome = staff_login(&shop, &at, "clerk@example.com", PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::Locked { .. }), "{outcome:?}");
        let owner = shop.owner();
        let seen = unit!(shop.app.read(&owner), work => staff::get(work, &clerk).await).unwrap();
        assert!(seen.locked_until.is_some());
        unit!(shop.app.write(&owner), work => staff::unlock(work, &clerk).await).unwrap();
        let outcome = staff_login(&shop, &at, "clerk@example.com", PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::LoggedIn(_)), "{outcome:?}");
        let seen = unit!(shop.app.read(&owner), work => staff::get(work, &clerk).await).unwrap();
        assert_eq!(seen.locked_until, None);
    })
    .await;
}

#[tokio::test]
async fn a_customer_is_only_ever_made_to_wait() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        register(&shop, CUSTOMER_EMAIL).await;
        for number in 0..30 {
            customer_login(&shop, &fresh_address(&shop, number), CUSTOMER_EMAIL, "wrong").await;
        }
        let at = fresh_address(&shop, 100);
        let outcome = customer_login(&shop, &at, CUSTOMER_EMAIL, PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::Wait { .. }), "{outcome:?}");
        shop.clock.advance(Duration::from_mins(15));
        let outcome = customer_login(&shop, &at, CUSTOMER_EMAIL, PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::LoggedIn(_)), "{outcome:?}");
    })
    .await;
}

#[tokio::test]
async fn an_address_tries_twenty_accounts_a_minute_and_no_more() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let at = shop.visitor("2001:db8:1:2::1");
        for number in 0..20 {
            let email = format!("user{number}@example.com");
            let outcome = customer_login(&shop, &at, &email, "wrong").await;
            assert!(matches!(outcome, LoginOutcome::Refused), "{outcome:?}");
        }
        // The same network, and an account that nobody has tried.
        let near = shop.visitor("2001:db8:1:2:ffff::9");
        let outcome = staff_login(&shop, &near, OWNER_EMAIL, PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::Wait { retry_after_s: 60 }), "{outcome:?}");
        let far = shop.visitor("2001:db8:1:3::1");
        let outcome = staff_login(&shop, &far, OWNER_EMAIL, PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::LoggedIn(_)), "{outcome:?}");
        shop.clock.advance(Duration::from_mins(1));
        let outcome = staff_login(&shop, &near, OWNER_EMAIL, PASSWORD).await;
        assert!(matches!(outcome, LoginOutcome::LoggedIn(_)), "{outcome:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guessing_at_once_gets_no_further_than_guessing_one_by_one() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let guesses: Vec<_> = (0..12)
            .map(|number| {
                let shop = shop.clone();
                tokio::spawn(async move {
                    let at = fresh_address(&shop, number);
                    staff_login(&shop, &at, OWNER_EMAIL, "wrong").await
                })
            })
            .collect();
        let mut refused = 0;
        for guess in guesses {
            refused += u32::from(matches!(guess.await.unwrap(), LoginOutcome::Refused));
        }
        assert_eq!(refused, 5);
    })
    .await;
}

#[tokio::test]
async fn a_failed_login_of_staff_is_in_the_audit_log_and_holds_no_email() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        staff_login(&shop, &fresh_address(&shop, 1), "nobody@example.com", "wrong").await;
        staff_login(&shop, &fresh_address(&shop, 1), OWNER_EMAIL, "wrong").await;
        let owner = shop.owner();
        let page = unit!(shop.app.read(&owner), work => {
            audit::list(work, &audit::AuditFilter::default(), &PageRequest::first(2)).await
        });
        let entries = page.unwrap().items;
        let told: Vec<_> = entries
            .iter()
            .map(|entry| (entry.event.action.as_str(), entry.event.object.as_str()))
            .collect();
        let failed = "staff.login-failed";
        assert_eq!(told, [(failed, shop.owner.as_str()), (failed, "unknown")]);
    })
    .await;
}

#[tokio::test]
async fn the_token_from_before_a_login_is_worth_nothing_after() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let at = shop.visitor("192.0.2.7");
        let first = staff_login(&shop, &at, OWNER_EMAIL, PASSWORD).await;
        let LoginOutcome::LoggedIn(first) = first else { panic!("{first:?}") };
        let client = Client { session_token: Some(first.token.as_str()), ..Client::default() };
        let login = Login { client, ..with(OWNER_EMAIL, PASSWORD) };
        let second = authentication::staff_login(&shop.app, &at, &login).await.unwrap();
        let LoginOutcome::LoggedIn(second) = second else { panic!("{second:?}") };
        assert_ne!(first.token, second.token);
        let resume = async |token: &str| {
            authentication::session_resume(&shop.app, &at, token).await.map(drop)
        };
        assert!(matches!(resume(first.token.as_str()).await, Err(AppError::Unauthenticated)));
        assert!(resume(second.token.as_str()).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn somebody_without_a_password_cannot_log_in() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let id: CustomerId = register(&shop, CUSTOMER_EMAIL).await;
        let store = shop.store.clone();
        let owner = shop.owner();
        unit!(shop.app.write(&owner), work => {
            let subject = Subject::Customer(id.clone());
            galleria_storage::credentials::delete(work.unit(), &subject).await?;
            Ok(())
        })
        .unwrap();
        let at = fresh_address(&shop, 1);
        assert_eq!(at.store, store);
        let outcome = customer_login(&shop, &at, CUSTOMER_EMAIL, "").await;
        assert!(matches!(outcome, LoginOutcome::Refused), "{outcome:?}");
        credentials::set(&shop.app, &owner, &Subject::Customer(id.clone()), PASSWORD)
            .await
            .unwrap();
        let outcome = customer_login(&shop, &at, CUSTOMER_EMAIL, PASSWORD).await;
        let LoginOutcome::LoggedIn(customer) = outcome else { panic!("{outcome:?}") };
        assert!(customer.must_change_password);
        assert_eq!(customer.csrf, None);
    })
    .await;
}
