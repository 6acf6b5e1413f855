//! The storefront, as customers and strangers see it.

mod account;
mod reach;

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost};
use serde_json::json;

use super::customers::{CUSTOMERS, make};
use super::refused;

const PASSWORD: &str = "eight loud lamps";
const OTHER: &str = "nine still ponds";
const ACCOUNTS: &str = "/store/v1/customers";
const SESSION: &str = "/store/v1/session";
const ME: &str = "/store/v1/me";
const OWN_PASSWORD: &str = "/store/v1/me/password";
const OWN_ADDRESSES: &str = "/store/v1/me/addresses";
const OWN_DEFAULTS: &str = "/store/v1/me/defaults";

/// A customer in the storefront.
struct Customer<'h> {
    id: String,
    client: Client<'h>,
}

impl<'h> Customer<'h> {
    async fn register(host: &'h TestHost, email: &str) -> Self {
        let body = json!({ "email": email, "password": PASSWORD, "first_name": "Ada" });
        Self::of(host, &Client::nobody(host).post(ACCOUNTS, &body).await)
    }

    fn of(host: &'h TestHost, welcome: &Answer) -> Self {
        assert!((200..=201).contains(&welcome.status), "{}", welcome.text());
        let said = welcome.json();
        let client = Client::bearer(host, said["token"].as_str().unwrap());
        Self { id: said["customer"].as_str().unwrap().to_owned(), client }
    }

    /// Where staff finds them.
    fn path(&self) -> String {
        format!("{CUSTOMERS}/{}", self.id)
    }

    async fn address(&self) -> Answer {
        let address = json!({ "line1": "Weg 1", "city": "Bern", "country": "CH" });
        self.client.post(OWN_ADDRESSES, &address).await
    }
}

async fn login(host: &TestHost, email: &str, password: &str) -> Answer {
    Client::nobody(host).post(SESSION, &json!({ "email": email, "password": password })).await
}

fn at(path: &str, code: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), code.to_owned())]
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_is_logged_in_and_sees_what_they_said_of_themselves() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let nobody = Client::nobody(&host);
        let said = json!({
            "first_name": "Åsa", "last_name": "Ek", "title": "Dr.", "phone": "08 1",
            "company": "Ek & Co", "date_of_birth": "1984-02-29", "language": "sv-SE",
            "time_zone": "Europe/Stockholm", "accepts_marketing": true, "email": "asa@example.com",
        });
        let mut body = said.clone();
        body["password"] = json!(PASSWORD);
        let welcome = nobody.post(ACCOUNTS, &body).await;
        assert_eq!((welcome.status, &welcome.json()["must_change_password"]), (201, &json!(false)));
        assert!(!welcome.text().contains(PASSWORD));
        let customer = Customer::of(&host, &welcome);
        let me = customer.client.get(ME).await;
        assert_eq!((me.status, &me.headers["etag"]), (200, &"\"v1\"".parse().unwrap()));
        let mut expected = said;
        for (field, value) in [
            ("id", json!(customer.id)),
            ("version", json!(1)),
            ("number", json!(1)),
            ("email_verified_at", json!(null)),
            ("phone_alt", json!(null)),
            ("gender", json!(null)),
            ("vat_number", json!(null)),
            ("tax_exempt", json!(false)),
            ("assurance", json!("password")),
            ("impersonation", json!(null)),
            ("default_billing_id", json!(null)),
            ("default_shipping_id", json!(null)),
            ("created_at", me.json()["created_at"].clone()),
        ] {
            expected[field] = value;
        }
        assert_eq!(me.json(), expected);
        let seen = Client::owner(&host).get(&customer.path()).await.json();
        assert_eq!(
            (&seen["kind"], &seen["created_via"]),
            (&json!("registered"), &json!("storefront"))
        );
        assert_eq!((&seen["stage"], &seen["last_ip"]), (&json!("lead"), &json!("127.0.0.1")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_opens_an_account_with_more_than_people_say_of_themselves() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let nobody = Client::nobody(&host);
        Customer::register(&host, "ada@example.com").await;
        let before = test.dump().await;
        let account = json!({ "email": "eve@example.com", "password": PASSWORD });
        for (field, value) in [
            ("kind", json!("guest")),
            ("stage", json!("customer")),
            ("active", json!(true)),
            ("tax_exempt", json!(true)),
            ("admin_comment", json!("x")),
            ("external_ref", json!("x")),
            ("custom", json!({})),
            ("id", json!("x")),
            ("email_verified_at", json!("2026-01-01T00:00:00Z")),
        ] {
            let mut body = account.clone();
            body[field] = value;
            assert_eq!(
                refused(&nobody.post(ACCOUNTS, &body).await, 422, "invalid"),
                at(field, "unknown")
            );
        }
        for (email, password, mistake) in [
            ("eve", PASSWORD, at("email", "malformed")),
            ("eve@example.com", "short", at("password", "too-short")),
            ("eve@example.com", &"x".repeat(129), at("password", "too-long")),
            ("eve@example.com", "password", at("password", "range")),
        ] {
            let body = json!({ "email": email, "password": password });
            assert_eq!(refused(&nobody.post(ACCOUNTS, &body).await, 422, "invalid"), mistake);
        }
        let taken = json!({ "email": "ADA@Example.com", "password": PASSWORD });
        assert_eq!(
            refused(&nobody.post(ACCOUNTS, &taken).await, 409, "email-taken"),
            at("email", "taken")
        );
        assert_eq!(test.dump().await["customers"], before["customers"]);
        assert_eq!(test.dump().await["sessions"], before["sessions"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_register_one_email_at_once_one_gets_it() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let nobody = Client::nobody(&host);
        for round in 0..3 {
            let body = |email: String| json!({ "email": email, "password": PASSWORD });
            let (lower, upper) =
                (body(format!("a{round}@example.com")), body(format!("A{round}@EXAMPLE.com")));
            let (one, other) =
                tokio::join!(nobody.post(ACCOUNTS, &lower), nobody.post(ACCOUNTS, &upper));
            let (won, lost) = if one.status == 201 { (one, other) } else { (other, one) };
            assert_eq!(won.status, 201, "{}", won.text());
            refused(&lost, 409, "email-taken");
        }
        let count = Client::owner(&host).get(&format!("{CUSTOMERS}/count")).await.json();
        assert_eq!(count["count"], 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_does_not_say_why() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        Customer::register(&host, "ada@example.com").await;
        let off = Customer::register(&host, "off@example.com").await;
        assert_eq!(owner.order(&format!("{}/deactivate", off.path())).await.status, 200);
        let gone = Customer::register(&host, "gone@example.com").await;
        assert_eq!(owner.delete(&gone.path()).await.status, 204);
        make(&owner, &json!({ "email": "guest@example.com" })).await;
        make(&owner, &json!({ "kind": "registered", "email": "mute@example.com" })).await;
        let mut answers = Vec::new();
        for (email, password) in [
            ("ada@example.com", OTHER),
            ("nobody@example.com", PASSWORD),
            ("off@example.com", PASSWORD),
            ("gone@example.com", PASSWORD),
            ("guest@example.com", PASSWORD),
            ("mute@example.com", PASSWORD),
            ("no email", PASSWORD),
            ("", ""),
            ("ada@example.com", &"x".repeat(5_000)),
        ] {
            let answer = login(&host, email, password).await;
            refused(&answer, 401, "login-refused");
            let mut headers = answer.headers.clone();
            for its_own in ["x-request-id", "date"] {
                headers.remove(its_own);
            }
            answers.push((answer.body, headers));
        }
        for answer in &answers {
            assert_eq!(answer, &answers[0]);
        }
        assert_eq!(login(&host, " ADA@example.com", PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_again_and_again_has_to_wait_whoever_they_try_to_be() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        Customer::register(&host, "ada@example.com").await;
        for email in ["ada@example.com", "nobody@example.com"] {
            for _ in 0..5 {
                refused(&login(&host, email, OTHER).await, 401, "login-refused");
            }
            let answer = login(&host, email, PASSWORD).await;
            refused(&answer, 429, "rate-limited");
            assert_eq!(answer.headers["retry-after"], "1");
        }
    })
    .await;
}
