//! What customers do about their accounts with what is mailed to them.

use std::time::Duration;

use galleria_app::authentication::{self, Client, LoggedIn, Login, LoginOutcome};
use galleria_app::{AppError, Caller, accounts, customers, unit};
use galleria_domain::{Customer, CustomerDraft, CustomerId};
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::logs::Logs;
use galleria_tests::postbox::{Postbox, token_in};
use galleria_tests::shop::TestShop;
use serde_json::json;

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "nine green bottles";
const OTHER: &str = "ten yellow lemons";

async fn register(shop: &TestShop, email: &str, language: Option<&str>) -> LoggedIn {
    let draft = CustomerDraft {
        email: Some(email.to_owned()),
        language: language.map(str::to_owned),
        ..CustomerDraft::default()
    };
    let at = shop.visitor("192.0.2.7");
    let client = Client::default();
    authentication::customer_register(&shop.app, &at, draft, PASSWORD, client).await.unwrap()
}

fn id_of(logged_in: &LoggedIn) -> CustomerId {
    logged_in.caller.principal.customer().unwrap().clone()
}

async fn look_at(shop: &TestShop, id: &CustomerId) -> Customer {
    let seen = unit!(shop.app.read(&shop.owner()), work => customers::get(work, id).await);
    seen.unwrap().customer
}

async fn gets_in(shop: &TestShop, email: &str, password: &str) -> bool {
    let login = Login { email, password, client: Client::default() };
    let at = shop.visitor("192.0.2.8");
    let outcome = authentication::customer_login(&shop.app, &at, &login).await.unwrap();
    matches!(outcome, LoginOutcome::LoggedIn(_))
}

async fn is_in_force(shop: &TestShop, logged_in: &LoggedIn) -> bool {
    let at = shop.visitor("192.0.2.7");
    authentication::session_resume(&shop.app, &at, logged_in.token.as_str()).await.is_ok()
}

async fn verify(shop: &TestShop, token: &str) -> Result<(), AppError> {
    let at = shop.visitor("192.0.2.7");
    unit!(shop.app.write(&at), work => accounts::verify_email(work, token).await)
}

async fn forgot(shop: &TestShop, email: &str) -> Result<(), AppError> {
    let at = shop.visitor("192.0.2.7");
    unit!(shop.app.write(&at), work => accounts::forgot_password(work, email).await)
}

async fn reset(shop: &TestShop, token: &str, password: &str) -> Result<(), AppError> {
    accounts::reset_password(&shop.app, &shop.visitor("192.0.2.7"), token, password).await
}

/// Whether it was refused because of exactly this field.
fn is_wrong(answer: &Result<(), AppError>, path: &str) -> bool {
    matches!(answer, Err(AppError::Invalid(errors)) if errors.iter().all(|at| at.path == path))
}

async fn send(shop: &TestShop, postbox: &Postbox) {
    postbox.empty(&shop.app, &shop.store).await;
}

#[tokio::test]
async fn whoever_opens_an_account_is_asked_whether_the_email_is_theirs() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        let id = id_of(&register(&shop, ADA, None).await);
        assert_eq!(look_at(&shop, &id).await.email_verified_at, None);
        send(&shop, &postbox).await;
        let mails = postbox.take();
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, ADA));
        assert_eq!(mails[0].from_name, "Galerie");
        let token = token_in(&mails[0].text).unwrap();
        for table in ["mails", "proofs"] {
            assert_eq!(database.count_containing(table, &token).await, 0, "{table}");
        }
        verify(&shop, &token).await.unwrap();
        assert_eq!(look_at(&shop, &id).await.email_verified_at, Some(shop.app.now()));
        assert!(is_wrong(&verify(&shop, &token).await, "token"), "it works once");
        for bad in ["", "x", "' OR 1=1 --"] {
            assert!(is_wrong(&verify(&shop, bad).await, "token"));
        }
    })
    .await;
}

#[tokio::test]
async fn an_email_is_verified_within_seven_days_and_not_by_what_resets_passwords() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        register(&shop, ADA, None).await;
        send(&shop, &postbox).await;
        let token = postbox.token();
        assert!(is_wrong(&reset(&shop, &token, OTHER).await, "token"));
        shop.clock.advance(Duration::from_hours(7 * 24));
        assert!(is_wrong(&verify(&shop, &token).await, "token"));
        forgot(&shop, ADA).await.unwrap();
        send(&shop, &postbox).await;
        assert!(is_wrong(&verify(&shop, &postbox.token()).await, "token"));
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_once_within_an_hour_and_ends_all_sessions() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        let session = register(&shop, ADA, None).await;
        send(&shop, &postbox).await;
        postbox.take();
        forgot(&shop, " ADA@example.com").await.unwrap();
        send(&shop, &postbox).await;
        let token = postbox.token();
        assert_eq!(database.count_containing("proofs", &token).await, 0);
        assert_eq!(database.count_containing("mails", &token).await, 0);
        // A password that isn't good enough doesn't use it up.
        assert!(is_wrong(&reset(&shop, &token, "short").await, "password"));
        assert!(is_wrong(&reset(&shop, &token, PASSWORD).await, "password"), "it was the last one");
        assert!(is_in_force(&shop, &session).await);
        reset(&shop, &token, OTHER).await.unwrap();
        assert!(!is_in_force(&shop, &session).await);
        assert!(gets_in(&shop, ADA, OTHER).await && !gets_in(&shop, ADA, PASSWORD).await);
        assert!(is_wrong(&reset(&shop, &token, "eleven pink pigs").await, "token"));
        assert!(look_at(&shop, &id_of(&session)).await.email_verified_at.is_some());
        send(&shop, &postbox).await;
        let told = postbox.take();
        assert_eq!((told.len(), token_in(&told[0].text)), (1, None));
        assert!(told[0].subject.contains("changed"));
    })
    .await;
}

#[tokio::test]
async fn nothing_tells_whether_an_email_has_an_account_and_mails_come_every_quarter_of_an_hour() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        let id = id_of(&register(&shop, ADA, None).await);
        send(&shop, &postbox).await;
        postbox.take();
        forgot(&shop, "nobody@example.com").await.unwrap();
        for _ in 0..3 {
            forgot(&shop, ADA).await.unwrap();
        }
        send(&shop, &postbox).await;
        let first = postbox.token();
        shop.clock.advance(Duration::from_mins(15) - Duration::from_micros(1));
        forgot(&shop, ADA).await.unwrap();
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 0);
        shop.clock.advance(Duration::from_micros(1));
        forgot(&shop, ADA).await.unwrap();
        send(&shop, &postbox).await;
        let second = postbox.token();
        assert!(is_wrong(&reset(&shop, &first, OTHER).await, "token"), "the last one counts");
        shop.clock.advance(Duration::from_hours(1));
        assert!(is_wrong(&reset(&shop, &second, OTHER).await, "token"), "an hour is over");
        let owner = shop.owner();
        unit!(shop.app.write(&owner), work => customers::deactivate(work, &id, None).await)
            .unwrap();
        forgot(&shop, ADA).await.unwrap();
        assert_eq!(postbox.empty(&shop.app, &shop.store).await, 0);
        assert!(is_wrong(&forgot(&shop, "no email").await, "email"));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_forgets_many_passwords_is_told_to_wait() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        for at in 0..20 {
            forgot(&shop, &format!("somebody{at}@example.com")).await.unwrap();
        }
        let refused = forgot(&shop, ADA).await;
        assert!(matches!(refused, Err(AppError::RateLimited { .. })));
        shop.clock.advance(Duration::from_hours(1));
        forgot(&shop, ADA).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn another_email_counts_once_it_is_confirmed_and_the_old_one_is_told() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        let ada = register(&shop, ADA, Some("de-CH")).await;
        send(&shop, &postbox).await;
        let welcome = postbox.take();
        assert!(welcome[0].subject.starts_with("Bitte"), "{}", welcome[0].subject);
        let new = "countess@example.com";
        let change = async |email: &str, password: &str| {
            accounts::change_email(&shop.app, &ada.caller, email, password).await
        };
        assert!(is_wrong(&change(new, OTHER).await, "current_password"));
        assert!(is_wrong(&change("nonsense", PASSWORD).await, "email"));
        change(new, PASSWORD).await.unwrap();
        send(&shop, &postbox).await;
        let mails = postbox.take();
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, new));
        assert_eq!(look_at(&shop, &id_of(&ada)).await.email.unwrap().as_str(), ADA);
        assert!(!gets_in(&shop, new, PASSWORD).await);
        verify(&shop, &token_in(&mails[0].text).unwrap()).await.unwrap();
        let after = look_at(&shop, &id_of(&ada)).await;
        assert_eq!(after.email.unwrap().as_str(), new);
        assert!(after.email_verified_at.is_some());
        assert!(gets_in(&shop, new, PASSWORD).await && !gets_in(&shop, ADA, PASSWORD).await);
        send(&shop, &postbox).await;
        let told = postbox.take();
        assert_eq!((told.len(), told[0].to.as_str()), (1, ADA));
        // What was mailed to the email before is worth nothing any more.
        assert!(is_wrong(&verify(&shop, &token_in(&welcome[0].text).unwrap()).await, "token"));
    })
    .await;
}

#[tokio::test]
async fn an_email_of_somebody_else_is_not_taken_over_and_not_given_away() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        let ada = register(&shop, ADA, None).await;
        register(&shop, "grace@example.com", None).await;
        send(&shop, &postbox).await;
        postbox.take();
        let grace = "Grace@example.com";
        accounts::change_email(&shop.app, &ada.caller, grace, PASSWORD).await.unwrap();
        send(&shop, &postbox).await;
        let token = postbox.token();
        let taken = verify(&shop, &token).await;
        assert!(matches!(taken, Err(AppError::Conflict { kind: "email-taken", .. })));
        assert_eq!(look_at(&shop, &id_of(&ada)).await.email.unwrap().as_str(), ADA);
        // Nobody floods other people's mailboxes.
        for at in 0..4 {
            let email = format!("victim{at}@example.com");
            accounts::change_email(&shop.app, &ada.caller, &email, PASSWORD).await.unwrap();
        }
        let more = accounts::change_email(&shop.app, &ada.caller, "v@example.com", PASSWORD).await;
        assert!(matches!(more, Err(AppError::RateLimited { .. })));
        // Nor does anybody but themselves ask for it.
        let on_behalf = Caller {
            principal: galleria_domain::Principal {
                actor: shop.owner().principal.actor,
                on_behalf_of: Some(id_of(&ada)),
            },
            ..shop.owner()
        };
        let refused =
            accounts::change_email(&shop.app, &on_behalf, "x@example.com", PASSWORD).await;
        assert!(matches!(refused, Err(AppError::PermissionDenied(_))));
    })
    .await;
}

/// N7.
#[tokio::test]
async fn whoever_is_deactivated_cannot_log_in_and_is_out_at_once() {
    on_both(|database| async move {
        let shop = TestShop::open(&database).await;
        let postbox = Postbox::default();
        let ada = register(&shop, ADA, None).await;
        forgot(&shop, ADA).await.unwrap();
        send(&shop, &postbox).await;
        let mails = postbox.take();
        let tokens: Vec<_> = mails.iter().filter_map(|mail| token_in(&mail.text)).collect();
        assert!(is_in_force(&shop, &ada).await);
        let owner = shop.owner();
        let id = id_of(&ada);
        unit!(shop.app.write(&owner), work => customers::deactivate(work, &id, None).await)
            .unwrap();
        assert!(!is_in_force(&shop, &ada).await);
        assert!(!gets_in(&shop, ADA, PASSWORD).await);
        assert!(is_wrong(&verify(&shop, &tokens[0]).await, "token"));
        assert!(is_wrong(&reset(&shop, &tokens[1], OTHER).await, "token"));
        unit!(shop.app.write(&owner), work => customers::activate(work, &id, None).await).unwrap();
        assert!(!is_in_force(&shop, &ada).await, "what ended stays ended");
        assert!(gets_in(&shop, ADA, PASSWORD).await);
    })
    .await;
}

/// The secret in the newest mail that a host wrote into a file.
async fn mailed(host: &TestHost, count: usize) -> String {
    let folder = host.folder().path().join("mail");
    for _ in 0..600 {
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default();
        files.retain(|path: &std::path::PathBuf| path.extension().is_some_and(|e| e == "eml"));
        if files.len() >= count {
            files.sort();
            let text = std::fs::read_to_string(files.last().unwrap()).unwrap();
            let (_, body) = text.split_once("\r\n\r\n").unwrap();
            return token_in(body).expect("the mail has a secret");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no mail was written");
}

#[tokio::test]
async fn over_http_secrets_go_by_mail_and_nowhere_else() {
    on_both(|database| async move {
        let logs = Logs::listen();
        let host = TestHost::start(&database).await;
        let account = json!({ "email": ADA, "password": PASSWORD });
        let registered = host.post_as_nobody("/store/v1/customers", &account).await;
        assert_eq!(registered.status, 201, "{}", registered.text());
        let first = mailed(&host, 1).await;
        let proof = json!({ "token": first });
        let verified = host.post_as_nobody("/store/v1/email/verify", &proof).await;
        assert_eq!(verified.status, 204, "{}", verified.text());
        let known =
            host.post_as_nobody("/store/v1/password/forgot", &json!({ "email": ADA })).await;
        let unknown = json!({ "email": "nobody@example.com" });
        let unknown = host.post_as_nobody("/store/v1/password/forgot", &unknown).await;
        assert_eq!((known.status, &known.body), (204, &unknown.body));
        assert_eq!(known.status, unknown.status);
        let second = mailed(&host, 2).await;
        let mails = host.get("/admin/v1/mails").await;
        assert_eq!(mails.json()["items"].as_array().unwrap().len(), 2, "{}", mails.text());
        for token in [&first, &second] {
            assert!(!mails.text().contains(token.as_str()));
            assert!(logs.lines(&[token]).is_empty());
            assert_eq!(database.count_containing("audit_log", token).await, 0);
            assert_eq!(database.count_containing("events", token).await, 0);
        }
        let reset = json!({ "token": second, "password": OTHER });
        assert_eq!(host.post_as_nobody("/store/v1/password/reset", &reset).await.status, 204);
        let again = host.post_as_nobody("/store/v1/password/reset", &reset).await;
        assert_eq!((again.status, &again.json()["errors"][0]["path"]), (422, &json!("token")));
        let nobody = json!({ "email": "x@example.com", "current_password": OTHER });
        assert_eq!(host.post_as_nobody("/store/v1/me/email", &nobody).await.status, 401);
    })
    .await;
}
