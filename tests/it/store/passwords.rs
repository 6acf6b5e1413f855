//! Passwords: chosen well, changed with the one before, and not used twice.

use galleria_app::authentication::{self, Client, Login, LoginOutcome};
use galleria_app::sessions::Subject;
use galleria_app::{AppError, Caller, credentials};
use galleria_domain::{CustomerDraft, CustomerId, FieldCode, Permission, Rights};
use galleria_tests::database::on_both;
use galleria_tests::shop::{OWNER_EMAIL, PASSWORD, TestShop};

use crate::store::people::{CUSTOMER_EMAIL, register};

fn mistake<T>(answer: Result<T, AppError>) -> (String, FieldCode) {
    match answer {
        Err(AppError::Invalid(mut errors)) => {
            let error = errors.remove(0);
            (error.path, error.code)
        }
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it went through"),
    }
}

fn customer(shop: &TestShop, id: &CustomerId) -> Caller {
    let actor = galleria_domain::Actor::Customer(id.clone());
    shop.caller(actor, Rights::of_customer(id.clone()))
}

async fn may_log_in(shop: &TestShop, password: &str) -> bool {
    let login = Login { email: CUSTOMER_EMAIL, password, client: Client::default() };
    let at = shop.visitor("192.0.2.1");
    let outcome = authentication::customer_login(&shop.app, &at, &login).await.unwrap();
    matches!(outcome, LoginOutcome::LoggedIn(_))
}

#[tokio::test]
async fn a_changed_password_ends_all_sessions_and_begins_another() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let id = register(&shop, CUSTOMER_EMAIL).await;
        let login = Login { email: CUSTOMER_EMAIL, password: PASSWORD, client: Client::default() };
        let at = shop.visitor("192.0.2.1");
        let outcome = authentication::customer_login(&shop.app, &at, &login).await.unwrap();
        let LoginOutcome::LoggedIn(before) = outcome else { panic!("{outcome:?}") };
        let client = Client::default();
        let new = "eight loud lamps";
        let after = credentials::change(&shop.app, &customer(&shop, &id), PASSWORD, new, client)
            .await
            .unwrap();
        let resume = async |token: &str| {
            authentication::session_resume(&shop.app, &at, token).await.map(drop)
        };
        let old = resume(before.token.as_str()).await;
        assert!(matches!(old, Err(AppError::Unauthenticated)));
        assert!(resume(after.token.as_str()).await.is_ok());
        assert!(!may_log_in(&shop, PASSWORD).await);
        assert!(may_log_in(&shop, new).await);
    })
    .await;
}

#[tokio::test]
async fn a_password_is_changed_only_with_the_one_before() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let caller = customer(&shop, &register(&shop, CUSTOMER_EMAIL).await);
        let answer =
            credentials::change(&shop.app, &caller, "wrong", "eight loud lamps", Client::default());
        assert_eq!(mistake(answer.await), ("current_password".into(), FieldCode::Range));
        assert!(may_log_in(&shop, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn the_password_in_force_and_the_four_before_it_cannot_be_chosen_again() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let caller = customer(&shop, &register(&shop, CUSTOMER_EMAIL).await);
        let number = |n: u32| format!("lamp post number {n}");
        let mut current = PASSWORD.to_owned();
        for n in 1..=5 {
            let client = Client::default();
            credentials::change(&shop.app, &caller, &current, &number(n), client).await.unwrap();
            current = number(n);
        }
        for used in 1..=5 {
            let (new, client) = (number(used), Client::default());
            let answer = credentials::change(&shop.app, &caller, &current, &new, client).await;
            assert_eq!(mistake(answer), ("new_password".into(), FieldCode::Range), "{used}");
        }
        // The very first one is forgotten by now.
        credentials::change(&shop.app, &caller, &current, PASSWORD, Client::default())
            .await
            .unwrap();
        assert!(may_log_in(&shop, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn a_weak_password_is_refused_wherever_one_is_chosen() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let at = shop.visitor("192.0.2.1");
        let draft = CustomerDraft { email: Some("eve@example.com".into()), ..Default::default() };
        let client = Client::default();
        let answer =
            authentication::customer_register(&shop.app, &at, draft, "password1", client).await;
        assert_eq!(mistake(answer), ("password".into(), FieldCode::Range));
        let owner = shop.owner();
        let answer = credentials::change(&shop.app, &owner, PASSWORD, "short", client).await;
        assert_eq!(mistake(answer), ("new_password".into(), FieldCode::TooShort));
        let answer = credentials::change(&shop.app, &owner, PASSWORD, OWNER_EMAIL, client).await;
        assert_eq!(mistake(answer), ("new_password".into(), FieldCode::Range));
        let id = register(&shop, CUSTOMER_EMAIL).await;
        let subject = Subject::Customer(id);
        let answer = credentials::set(&shop.app, &owner, &subject, "12345678").await;
        assert_eq!(mistake(answer), ("new_password".into(), FieldCode::Range));
    })
    .await;
}

#[tokio::test]
async fn nobody_sets_a_password_without_the_right_or_while_acting_for_somebody() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let ada = register(&shop, CUSTOMER_EMAIL).await;
        let subject = Subject::Customer(ada.clone());
        let denied = |answer: Result<(), AppError>| {
            assert!(matches!(answer, Err(AppError::PermissionDenied(_))), "{answer:?}");
        };
        let new = "eight loud lamps";
        // A customer's own right to write their own data isn't enough.
        denied(credentials::set(&shop.app, &customer(&shop, &ada), &subject, new).await);
        let (_, clerk) = shop.hire("clerk@example.com", &[Permission::CustomersRead]).await;
        denied(credentials::set(&shop.app, &clerk, &subject, new).await);
        let mut acting = shop.owner();
        acting.principal.on_behalf_of = Some(ada.clone());
        denied(credentials::set(&shop.app, &acting, &subject, new).await);
        let change = credentials::change(&shop.app, &acting, PASSWORD, new, Client::default());
        denied(change.await.map(drop));
        let plugin = Caller { plugin: "a".parse().ok(), ..shop.owner() };
        denied(credentials::set(&shop.app, &plugin, &subject, new).await);
        assert!(may_log_in(&shop, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn an_email_opens_one_account() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        register(&shop, CUSTOMER_EMAIL).await;
        let at = shop.visitor("192.0.2.1");
        let email = Some("ADA@example.com".to_owned());
        let draft = CustomerDraft { email, ..CustomerDraft::default() };
        let client = Client::default();
        let answer =
            authentication::customer_register(&shop.app, &at, draft, "eight loud lamps", client);
        let answer = answer.await.map(drop);
        assert!(
            matches!(answer, Err(AppError::Conflict { kind: "email-taken", .. })),
            "{answer:?}"
        );
        assert!(may_log_in(&shop, PASSWORD).await);
    })
    .await;
}
