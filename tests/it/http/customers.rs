//! Customers and their addresses, as programs of the staff see them.

mod addresses;
mod lists;
mod repeats;

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost};
use serde_json::{Value, json};

use super::refused;

pub(super) const CUSTOMERS: &str = "/admin/v1/customers";

/// A customer, as just made.
pub(super) async fn make(owner: &Client<'_>, body: &Value) -> Answer {
    let made = owner.post(CUSTOMERS, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made
}

/// The id in an answer.
pub(super) fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// A program that may do this and nothing else.
pub(super) async fn program<'h>(host: &'h TestHost, permissions: &[&str]) -> Client<'h> {
    let order = json!({ "name": "a program", "permissions": permissions });
    let made = Client::owner(host).post("/admin/v1/api-keys", &order).await;
    assert_eq!(made.status, 201, "{}", made.text());
    Client::bearer(host, made.json()["secret"].as_str().unwrap())
}

fn everything() -> Value {
    json!({
        "kind": "registered",
        "stage": "lead",
        "active": true,
        "email": "Åsa.Ek@bücher.example",
        "email_alt": "asa@example.com",
        "phone": "+46 8 123 45",
        "phone_alt": "08-999",
        "fax": "08-998",
        "title": "Dr.",
        "first_name": "Åsa",
        "last_name": "Ek",
        "company": "Ek & Co",
        "gender": "f",
        "date_of_birth": "1984-02-29",
        "language": "sv-SE",
        "time_zone": "Europe/Stockholm",
        "vat_number": "SE556",
        "tax_exempt": true,
        "accepts_marketing": false,
        "admin_comment": "one\ntwo",
        "external_ref": "erp-1",
        "custom": { "a": [1, { "b": null }], "ü": 1.5 },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_answered_with_all_that_was_given_and_all_that_follows() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let given = everything();
        let made = make(&owner, &given).await;
        let shown = made.json();
        assert_eq!(made.headers["etag"], "\"v1\"");
        assert_eq!(made.location(), format!("{CUSTOMERS}/{}", id(&made)));
        for (field, value) in given.as_object().unwrap() {
            assert_eq!(&shown[field], value, "{field}");
        }
        let staff = shown["created_by"].as_str().unwrap().to_owned();
        assert!(staff.starts_with("staff:"), "{staff}");
        let follows = json!({
            "version": 1, "number": 1, "created_via": "admin", "masked": false,
            "email_verified_at": null, "default_billing_id": null, "default_shipping_id": null,
            "orders_count": 0, "total_spent": [], "first_purchase_at": null,
            "last_order_at": null, "last_login_at": null, "last_activity_at": null,
            "anonymized_at": null, "last_ip": null,
        });
        for (field, value) in follows.as_object().unwrap() {
            assert_eq!(&shown[field], value, "{field}");
        }
        // No field more: what else there is, is nobody's business yet.
        let known = given.as_object().unwrap().len() + follows.as_object().unwrap().len();
        assert_eq!(
            shown.as_object().unwrap().len(),
            known + ["id", "created_at", "created_by"].len()
        );

        let read = owner.get(&made.location()).await;
        assert_eq!((read.status, &read.headers["etag"]), (200, &made.headers["etag"]));
        let mut with_facets = shown.clone();
        with_facets["facets"] = json!({});
        assert_eq!(read.json(), with_facets);
        assert_eq!(owner.send("HEAD", &made.location(), "").await.status, 200);
        assert_eq!(owner.get(CUSTOMERS).await.json()["items"], json!([shown]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_whom_nothing_is_known_is_a_guest_who_was_seen() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let shown = make(&Client::owner(&host), &json!({})).await.json();
        for (field, value) in [
            ("kind", json!("guest")),
            ("stage", json!("visitor")),
            ("active", json!(true)),
            ("email", json!(null)),
            ("first_name", json!("")),
            ("accepts_marketing", json!(null)),
            ("custom", json!({})),
        ] {
            assert_eq!(shown[field], value, "{field}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_touches_what_it_names_and_nothing_else() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let made = make(&owner, &everything()).await;
        let path = made.location();
        let clear = json!({
            "phone": null, "phone_alt": null, "fax": null, "title": null, "company": null,
            "gender": null, "date_of_birth": null, "language": null, "time_zone": null,
            "vat_number": null, "accepts_marketing": null, "external_ref": null,
            "email_alt": null, "first_name": "Bo", "custom": {}, "stage": "customer",
        });
        let changed = owner.having_seen(&made).patch(&path, &clear).await;
        assert_eq!((changed.status, &changed.headers["etag"]), (200, &"\"v2\"".parse().unwrap()));
        let mut expected = made.json();
        for (field, value) in clear.as_object().unwrap() {
            expected[field] = value.clone();
        }
        expected["version"] = json!(2);
        assert_eq!(changed.json(), expected);
        // What is the same already is no new version, whether it is named or not.
        for same in [json!({}), clear] {
            assert_eq!(owner.patch(&path, &same).await.headers["etag"], "\"v2\"", "{same}");
        }
        // What can't be empty isn't cleared, and the rest of that change doesn't happen either.
        for field in ["first_name", "last_name", "kind", "stage", "active", "tax_exempt", "custom"]
        {
            let null = json!({ field: null, "phone": "1" });
            let answer = owner.patch(&path, &null).await;
            assert_eq!(
                refused(&answer, 422, "invalid"),
                [(field.to_owned(), "malformed".to_owned())]
            );
        }
        assert_eq!(owner.get(&path).await.headers["etag"], "\"v2\"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_seen_an_older_version_changes_nothing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let first = make(&owner, &everything()).await;
        let path = first.location();
        let second = owner.having_seen(&first).patch(&path, &json!({ "phone": "2" })).await;
        let addresses = format!("{path}/addresses");
        let address = json!({ "line1": "Weg 1", "city": "Basel", "country": "CH" });
        let old_address = owner.post(&addresses, &address).await;
        let address = old_address.location();
        let new_address = owner.patch(&address, &json!({ "city": "Bern" })).await;
        let (activate, deactivate) = (format!("{path}/activate"), format!("{path}/deactivate"));
        let defaults = format!("{path}/defaults");
        let asks = [
            ("PATCH", &path, &second, json!({ "phone": "3" })),
            ("DELETE", &path, &second, Value::Null),
            ("POST", &activate, &second, Value::Null),
            ("POST", &deactivate, &second, Value::Null),
            ("PUT", &defaults, &second, json!({ "billing": id(&old_address) })),
            ("PATCH", &address, &new_address, json!({ "city": "Chur" })),
            ("DELETE", &address, &new_address, Value::Null),
        ];
        let before = test.dump().await;
        for (method, path, now, body) in &asks {
            // The version before, and one that isn't there yet.
            for version in ["\"v1\"", "\"v3\""] {
                let stale = owner.with("if-match", version);
                let answer = match body {
                    Value::Null => stale.send(method, path, "").await,
                    body => stale.json(method, path, body).await,
                };
                refused(&answer, 412, "stale");
                assert_eq!(answer.headers["etag"], now.headers["etag"], "{method} {path}");
            }
        }
        assert_eq!(test.dump().await, before);
        // Whoever says that it doesn't matter to them, or says nothing, goes ahead.
        for client in [owner.with("if-match", "*"), owner.clone()] {
            assert_eq!(client.send("POST", &deactivate, "").await.status, 200);
            assert_eq!(client.send("POST", &activate, "").await.status, 200);
        }
        assert_eq!(owner.having_seen(&new_address).delete(&address).await.status, 204);
        let last = owner.get(&path).await;
        assert_eq!(owner.having_seen(&last).delete(&path).await.status, 204);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_the_same_version_at_once_one_is_told_so() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let mut seen = make(&owner, &json!({})).await;
        let path = seen.location();
        for round in 0..10 {
            let change = |name: &str| json!({ "first_name": format!("{name} {round}") });
            let client = owner.having_seen(&seen);
            let (ada, bob) = (change("Ada"), change("Bob"));
            let (one, other) = tokio::join!(client.patch(&path, &ada), client.patch(&path, &bob));
            let (won, lost) = if one.status == 200 { (one, other) } else { (other, one) };
            assert_eq!(won.status, 200, "{}", won.text());
            refused(&lost, 412, "stale");
            seen = owner.get(&path).await;
            assert_eq!(seen.json()["first_name"], won.json()["first_name"]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_customer_is_not_there_and_their_email_is_free() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let draft = json!({ "kind": "registered", "email": "a@example.com" });
        let made = make(&owner, &draft).await;
        let path = made.location();
        let taken = owner.post(CUSTOMERS, &draft).await;
        assert_eq!(refused(&taken, 409, "email-taken"), [("email".to_owned(), "taken".to_owned())]);
        assert_eq!(owner.having_seen(&made).delete(&path).await.status, 204);
        let change = json!({ "phone": "1" });
        for answer in [
            owner.get(&path).await,
            owner.patch(&path, &change).await,
            owner.delete(&path).await,
            owner.order(&format!("{path}/activate")).await,
            owner.get(&format!("{path}/addresses")).await,
        ] {
            refused(&answer, 404, "not-found");
        }
        assert_eq!(owner.get(&format!("{CUSTOMERS}/count")).await.json(), json!({ "count": 0 }));
        assert_eq!(make(&owner, &draft).await.json()["number"], 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_treated_at_once_and_once_each() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let bulk = format!("{CUSTOMERS}/bulk");
        let one = make(&owner, &json!({})).await;
        let two = make(&owner, &json!({})).await;
        let gone = make(&owner, &json!({})).await;
        assert_eq!(owner.delete(&gone.location()).await.status, 204);
        let ids = json!([id(&one), id(&gone), id(&two), id(&one)]);
        for (action, active) in
            [("deactivate", false), ("activate", true), ("unlock", true), ("revoke-sessions", true)]
        {
            let done = owner.post(&bulk, &json!({ "ids": ids, "action": action })).await;
            assert_eq!(done.json(), json!({ "done": 2, "not_found": [id(&gone)] }), "{action}");
            assert_eq!(owner.get(&two.location()).await.json()["active"], active);
        }
        let deleted = owner.post(&bulk, &json!({ "ids": ids, "action": "delete" })).await;
        assert_eq!(deleted.json(), json!({ "done": 2, "not_found": [id(&gone)] }));
        for customer in [one, two] {
            refused(&owner.get(&customer.location()).await, 404, "not-found");
        }
        let many = vec![id(&gone); 1_001];
        let too_many = owner.post(&bulk, &json!({ "ids": many, "action": "unlock" })).await;
        assert_eq!(refused(&too_many, 422, "invalid"), [("ids".to_owned(), "too-long".to_owned())]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_the_right_to_personal_data_sees_nobody_and_can_not_guess() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let made = make(&Client::owner(&host), &everything()).await;
        let path = made.location();
        let reader = program(&host, &["customers:read"]).await;
        for shown in
            [reader.get(&path).await.json(), reader.get(CUSTOMERS).await.json()["items"][0].clone()]
        {
            assert_eq!(shown["masked"], true);
            for field in ["email", "first_name", "phone", "admin_comment", "last_ip", "custom"] {
                assert!(!shown.as_object().unwrap().contains_key(field), "{field}");
            }
            assert!(!shown.to_string().contains("Ek"), "{shown}");
        }
        for query in ["q=ek", "email=asa", "sort=name", "city=bern", "dob=1984-02-29", "ip=::1"] {
            let answer = reader.get(&format!("{CUSTOMERS}?{query}")).await;
            refused(&answer, 403, "permission-denied");
            assert!(answer.text().contains("customers:read-pii"), "{query}: {}", answer.text());
        }
        refused(&reader.get(&format!("{CUSTOMERS}/count?q=ek")).await, 403, "permission-denied");
        refused(&reader.get(&format!("{path}/addresses")).await, 403, "permission-denied");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_belongs_to_one_store() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let store = json!({ "name": "Elsewhere", "default_currency": "CHF" });
        let store = owner.post("/admin/v1/stores", &store).await;
        assert_eq!(store.status, 201, "{}", store.text());
        let there = owner.with("galleria-store", &id(&store));
        let draft = json!({ "kind": "registered", "email": "same@example.com" });
        let here = make(&owner, &draft).await;
        let other = make(&there, &draft).await;
        assert_eq!((&here.json()["number"], &other.json()["number"]), (&json!(1), &json!(1)));
        let before = test.dump().await;
        let path = here.location();
        for answer in [
            there.get(&path).await,
            there.patch(&path, &json!({ "phone": "1" })).await,
            there.delete(&path).await,
            there.order(&format!("{path}/deactivate")).await,
            there
                .post(&format!("{path}/password"), &json!({ "new_password": "seven loud lamps" }))
                .await,
        ] {
            refused(&answer, 404, "not-found");
        }
        let order = json!({ "ids": [id(&here)], "action": "delete" });
        let bulk = there.post(&format!("{CUSTOMERS}/bulk"), &order).await;
        assert_eq!(bulk.json(), json!({ "done": 0, "not_found": [id(&here)] }));
        assert_eq!(test.dump().await, before);
        let listed = there.get(CUSTOMERS).await.json();
        assert_eq!(listed["items"], json!([other.json()]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_made_changed_and_answers_to_its_host_at_once() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let stores = "/admin/v1/stores";
        let draft = json!({
            "name": "Zürich", "hosts": ["Zuerich.Example"], "default_currency": "CHF",
            "currencies": ["CHF", "EUR"], "languages": ["de-CH", "fr"],
            "time_zone": "Europe/Zurich", "price_mode": "incl",
        });
        let made = owner.post(stores, &draft).await;
        let mut expected = draft.clone();
        expected["hosts"] = json!(["zuerich.example"]);
        expected["id"] = json!(id(&made));
        expected["version"] = json!(1);
        assert_eq!((made.status, made.json()), (201, expected.clone()));
        let path = made.location();
        assert_eq!(owner.get(&path).await.json(), expected);
        assert_eq!(owner.get(stores).await.json()["items"].as_array().unwrap().len(), 2);
        // Whoever asks the new host is in the new store.
        let there = owner.with("host", "zuerich.example:443");
        let customer = make(&there, &json!({})).await;
        refused(&owner.get(&customer.location()).await, 404, "not-found");
        let changed = owner.having_seen(&made).patch(&path, &json!({ "hosts": [] })).await;
        assert_eq!((changed.status, &changed.json()["hosts"]), (200, &json!([])));
        assert_eq!(changed.json()["name"], "Zürich");
        refused(&there.get(&customer.location()).await, 404, "not-found");
        refused(
            &owner.having_seen(&made).patch(&path, &json!({ "name": "B" })).await,
            412,
            "stale",
        );
        let name = owner.patch(&path, &json!({ "name": null })).await;
        assert_eq!(refused(&name, 422, "invalid"), [("name".to_owned(), "malformed".to_owned())]);
        let taken = json!({ "name": "B", "default_currency": "EUR", "hosts": ["a.example"] });
        assert_eq!(owner.post(stores, &taken).await.status, 201);
        refused(&owner.patch(&path, &json!({ "hosts": ["A.example"] })).await, 409, "host-taken");
    })
    .await;
}
