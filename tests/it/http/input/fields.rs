//! Fields that say something wrong.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::super::customers::CUSTOMERS;
use super::super::refused;
use super::{ADDRESS, Place};

/// What a field may not be, and what is said about it.
type Bad = (&'static str, Value, &'static str);

fn customer() -> Vec<Bad> {
    let long = |chars: usize| json!("ä".repeat(chars + 1));
    vec![
        ("kind", json!("king"), "unknown"),
        ("stage", json!("king"), "unknown"),
        ("active", json!("true"), "malformed"),
        ("email", json!("nonsense"), "malformed"),
        ("email", json!("a@b@c"), "malformed"),
        ("email", json!(""), "required"),
        ("email", json!(format!("{}@example.com", "x".repeat(300))), "too-long"),
        ("email_alt", json!("nonsense"), "malformed"),
        ("phone", long(64), "too-long"),
        ("phone_alt", long(64), "too-long"),
        ("fax", long(64), "too-long"),
        ("title", long(64), "too-long"),
        ("first_name", long(256), "too-long"),
        ("last_name", long(256), "too-long"),
        ("company", long(256), "too-long"),
        ("gender", long(64), "too-long"),
        ("date_of_birth", json!("1983-02-29"), "malformed"),
        ("date_of_birth", json!("29.02.1984"), "malformed"),
        ("date_of_birth", json!("1984-02-29T00:00:00Z"), "malformed"),
        ("date_of_birth", json!("9999-12-31"), "range"),
        ("date_of_birth", json!("1066-10-14"), "range"),
        ("date_of_birth", json!(19_840_229), "malformed"),
        ("language", json!("no language"), "malformed"),
        ("time_zone", json!("Mars/Olympus"), "unknown"),
        ("vat_number", long(64), "too-long"),
        ("tax_exempt", json!(1), "malformed"),
        ("accepts_marketing", json!("no"), "malformed"),
        ("admin_comment", json!("x".repeat((64 << 10) + 1)), "too-long"),
        ("admin_comment", json!("a\0b"), "malformed"),
        ("external_ref", long(256), "too-long"),
        ("custom", json!({ "k": "x".repeat(16 << 10) }), "too-long"),
        ("custom", json!({ "k": "a\0b" }), "malformed"),
        ("custom", json!([]), "malformed"),
    ]
}

fn address() -> Vec<Bad> {
    let long = |chars: usize| json!("ä".repeat(chars + 1));
    vec![
        ("label", long(64), "too-long"),
        ("first_name", long(256), "too-long"),
        ("last_name", long(256), "too-long"),
        ("company", long(256), "too-long"),
        ("line1", long(256), "too-long"),
        ("line1", json!(""), "required"),
        ("line2", long(256), "too-long"),
        ("city", long(256), "too-long"),
        ("city", json!("\u{3000}"), "required"),
        ("county", long(256), "too-long"),
        ("region", long(256), "too-long"),
        ("region_code", long(32), "too-long"),
        ("postal_code", long(32), "too-long"),
        ("country", json!("Switzerland"), "unknown"),
        ("country", json!("XX"), "unknown"),
        ("country", json!(""), "unknown"),
        ("phone", long(64), "too-long"),
        ("validated", json!(true), "unknown"),
        ("default_billing", json!(true), "unknown"),
    ]
}

fn store() -> Vec<Bad> {
    vec![
        ("name", json!(""), "required"),
        ("name", json!("x".repeat(1_000)), "too-long"),
        ("default_currency", json!("euro"), "unknown"),
        ("default_currency", json!("XXX"), "unknown"),
        ("time_zone", json!("Mars/Olympus"), "unknown"),
        ("price_mode", json!("free"), "unknown"),
        ("hosts", json!("shop.example"), "malformed"),
    ]
}

async fn check(
    client: &Client<'_>,
    (method, path): (&str, &str),
    good: &Value,
    bad: &[Bad],
    complaints: &mut Vec<String>,
) {
    for (field, value, code) in bad {
        let mut body = good.clone();
        body[*field] = value.clone();
        let answer = client.json(method, path, &body).await;
        let is_right = answer.status == 422
            && refused(&answer, 422, "invalid") == [((*field).to_owned(), (*code).to_owned())];
        if !is_right {
            let value: String = value.to_string().chars().take(30).collect();
            complaints.push(format!("{method} {path} {field} {value} {code}: {}", answer.text()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_value_is_named_by_its_field_whether_new_or_changed() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let before = test.dump().await;
        let mut complaints = Vec::new();
        let (staff, own, nothing) = (&place.staff, &place.customer, json!({}));
        let whole: Value = serde_json::from_str(ADDRESS).unwrap();
        let shop = json!({ "name": "B", "default_currency": "EUR" });
        let addresses = format!("{}/addresses", place.path);
        for (client, ask, good, bad) in [
            (staff, ("POST", CUSTOMERS), &nothing, customer()),
            (staff, ("PATCH", &place.path), &nothing, customer()),
            (staff, ("POST", &addresses), &whole, address()),
            (staff, ("PATCH", &place.address), &nothing, address()),
            (own, ("POST", "/store/v1/me/addresses"), &whole, address()),
            (own, ("PATCH", &place.own_address), &nothing, address()),
            (staff, ("POST", "/admin/v1/stores"), &shop, store()),
            (staff, ("PATCH", &place.store), &nothing, store()),
        ] {
            check(client, ask, good, &bad, &mut complaints).await;
        }
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_mistakes_are_named_at_once() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let body = json!({
            "kind": "registered", "phone": "\u{7}", "date_of_birth": "soon", "time_zone": "Mars/Olympus",
        });
        let mut named = refused(&owner.post(CUSTOMERS, &body).await, 422, "invalid");
        named.sort();
        let said = [("date_of_birth", "malformed"), ("email", "required"), ("phone", "malformed"), ("time_zone", "unknown")];
        assert_eq!(named, said.map(|(path, code)| (path.to_owned(), code.to_owned())));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wrong_is_never_repeated() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let secret = "hunter2";
        for route in place.routes() {
            for field in route.body.as_object().unwrap().keys() {
                let mut body = route.body.clone();
                body[field] = json!([secret]);
                let answer = place.client(&route).json(route.method, &route.path, &body).await;
                assert!((400..500).contains(&answer.status), "{}", answer.text());
                assert!(!answer.text().contains(secret), "{}", answer.text());
            }
        }
    })
    .await;
}
