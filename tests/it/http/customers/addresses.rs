//! Addresses of customers.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::super::refused;
use super::{id, make};

pub(crate) fn address(city: &str) -> Value {
    json!({
        "label": "Office", "first_name": "Åsa", "last_name": "Ek", "company": "Ek & Co",
        "line1": "Weg 1", "line2": "2. Stock", "city": city, "county": "Mitte",
        "region": "Bern", "region_code": "BE", "postal_code": "3011", "country": "CH",
        "phone": "031 1",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_answered_as_it_was_given() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let customer = make(&owner, &json!({})).await;
        let addresses = format!("{}/addresses", customer.location());
        let made = owner.post(&addresses, &address("Bern")).await;
        assert_eq!((made.status, &made.headers["etag"]), (201, &"\"v1\"".parse().unwrap()));
        let mut expected = address("Bern");
        for (field, value) in [
            ("id", json!(id(&made))),
            ("version", json!(1)),
            ("validated", json!(false)),
            ("default_billing", json!(false)),
            ("default_shipping", json!(false)),
            ("created_at", made.json()["created_at"].clone()),
        ] {
            expected[field] = value;
        }
        assert_eq!(made.json(), expected);
        let path = made.location();
        assert_eq!(path, format!("{addresses}/{}", id(&made)));
        assert_eq!(owner.get(&path).await.json(), expected);
        assert_eq!(
            owner.get(&addresses).await.json(),
            json!({ "items": [expected], "next": null })
        );

        let clear = json!({
            "label": null, "company": null, "line2": null, "county": null, "region": null,
            "region_code": null, "phone": null, "first_name": "", "postal_code": "", "city": "Chur",
        });
        let changed = owner.having_seen(&made).patch(&path, &clear).await;
        for (field, value) in clear.as_object().unwrap() {
            expected[field] = value.clone();
        }
        expected["version"] = json!(2);
        assert_eq!((changed.status, changed.json()), (200, expected));
        for field in ["first_name", "last_name", "line1", "city", "postal_code", "country"] {
            let answer = owner.patch(&path, &json!({ field: null, "label": "x" })).await;
            assert_eq!(
                refused(&answer, 422, "invalid"),
                [(field.to_owned(), "malformed".to_owned())]
            );
        }
        assert_eq!(owner.having_seen(&changed).delete(&path).await.status, 204);
        refused(&owner.get(&path).await, 404, "not-found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_an_address_lacks_is_said_at_once() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let customer = make(&owner, &json!({})).await;
        let addresses = format!("{}/addresses", customer.location());
        let before = test.dump().await;
        let answer =
            owner.post(&addresses, &json!({ "line1": " ", "region_code": "x".repeat(33) })).await;
        let mut mistakes = refused(&answer, 422, "invalid");
        mistakes.sort();
        let said = [
            ("city", "required"),
            ("country", "required"),
            ("line1", "required"),
            ("region_code", "too-long"),
        ];
        assert_eq!(mistakes, said.map(|(path, code)| (path.to_owned(), code.to_owned())));
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bills_and_parcels_go_to_addresses_of_ones_own() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let customer = make(&owner, &json!({})).await;
        let path = customer.location();
        let (addresses, defaults) = (format!("{path}/addresses"), format!("{path}/defaults"));
        let home = owner.post(&addresses, &address("Bern")).await;
        let work = owner.post(&addresses, &address("Chur")).await;
        let other = make(&owner, &json!({})).await;
        let theirs = owner.post(&format!("{}/addresses", other.location()), &address("Genf")).await;

        let both = json!({ "billing": id(&home), "shipping": id(&work) });
        let set = owner.having_seen(&customer).put(&defaults, &both).await;
        assert_eq!((set.status, set.json()), (200, both.clone()));
        let read = owner.get(&path).await;
        assert_eq!(read.headers["etag"], set.headers["etag"]);
        assert_eq!(read.json()["default_billing_id"], id(&home));
        let flags = |address: &Value| {
            (
                address["default_billing"].as_bool().unwrap(),
                address["default_shipping"].as_bool().unwrap(),
            )
        };
        assert_eq!(flags(&owner.get(&home.location()).await.json()), (true, false));
        let listed = owner.get(&addresses).await.json();
        let listed: Vec<_> = listed["items"].as_array().unwrap().iter().map(flags).collect();
        assert_eq!(listed, [(true, false), (false, true)]);

        // What isn't named stays; what is somebody else's is refused, and the rest with it.
        let before = test.dump().await;
        let answer =
            owner.put(&defaults, &json!({ "billing": id(&theirs), "shipping": null })).await;
        assert_eq!(
            refused(&answer, 422, "invalid"),
            [("billing".to_owned(), "unknown".to_owned())]
        );
        assert_eq!(owner.put(&defaults, &json!({})).await.json(), both);
        assert_eq!(test.dump().await, before);
        let cleared = owner.put(&defaults, &json!({ "shipping": null })).await;
        assert_eq!(cleared.json(), json!({ "billing": id(&home), "shipping": null }));

        // No other address becomes the default when the default is deleted.
        assert_eq!(owner.delete(&home.location()).await.status, 204);
        let read = owner.get(&path).await.json();
        assert_eq!(
            (&read["default_billing_id"], &read["default_shipping_id"]),
            (&json!(null), &json!(null))
        );

        // An address is found with its own customer only.
        let astray = format!("{addresses}/{}", id(&theirs));
        let before = test.dump().await;
        refused(&owner.get(&astray).await, 404, "not-found");
        refused(&owner.patch(&astray, &json!({ "city": "Rom" })).await, 404, "not-found");
        refused(&owner.delete(&astray).await, 404, "not-found");
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_a_hundred_addresses_at_most() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let customer = make(&owner, &json!({})).await;
        let addresses = format!("{}/addresses", customer.location());
        let small = json!({ "line1": "Weg 1", "city": "Bern", "country": "CH" });
        for number in 0..100 {
            let made = owner.post(&addresses, &small).await;
            assert_eq!(made.status, 201, "{number}: {}", made.text());
        }
        let answer = owner.post(&addresses, &small).await;
        assert_eq!(refused(&answer, 422, "invalid"), [(String::new(), "too-long".to_owned())]);
        let listed = owner.get(&addresses).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 100);
    })
    .await;
}
