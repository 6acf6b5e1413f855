//! Texts that break programs, in every text of a customer and of an address.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost};
use galleria_tests::naughty::{CONTROLS, LINES};
use serde_json::{Value, json};

use super::super::customers::{CUSTOMERS, make};
use super::super::refused;

/// Free text of one line, and how many characters it may have.
const CUSTOMER: &[(&str, usize)] = &[
    ("phone", 64),
    ("phone_alt", 64),
    ("fax", 64),
    ("title", 64),
    ("first_name", 256),
    ("last_name", 256),
    ("company", 256),
    ("gender", 64),
    ("vat_number", 64),
    ("external_ref", 256),
];

const ADDRESS: &[(&str, usize)] = &[
    ("label", 64),
    ("first_name", 256),
    ("last_name", 256),
    ("company", 256),
    ("line1", 256),
    ("line2", 256),
    ("city", 256),
    ("county", 256),
    ("region", 256),
    ("region_code", 32),
    ("postal_code", 32),
    ("phone", 64),
];

fn filled(good: &Value, fields: &[(&str, usize)], text: &str) -> Value {
    let mut body = good.clone();
    for (field, _) in fields {
        body[*field] = json!(text);
    }
    body
}

/// The mistakes that a text is in these fields.
fn mistakes(fields: &[(&str, usize)], text: &str) -> Vec<(String, String)> {
    let mistake = |(field, chars_max): &(&str, usize)| {
        let is_blank = text.trim().is_empty() && matches!(*field, "line1" | "city");
        let code = if is_blank {
            "required"
        } else if text.chars().count() > *chars_max {
            "too-long"
        } else if text.chars().any(char::is_control) {
            "malformed"
        } else {
            return None;
        };
        Some(((*field).to_owned(), code.to_owned()))
    };
    let mut mistakes: Vec<_> = fields.iter().filter_map(mistake).collect();
    mistakes.sort();
    mistakes
}

fn named(answer: &Answer) -> Vec<(String, String)> {
    let mut named = refused(answer, 422, "invalid");
    named.sort();
    named
}

/// Gives a text to every field at once, when it is made and when it is changed.
async fn check(owner: &Client<'_>, list: &str, good: &Value, fields: &[(&str, usize)], text: &str) {
    let mistakes = mistakes(fields, text);
    let body = filled(good, fields, text);
    let made = owner.post(list, &body).await;
    if mistakes.is_empty() {
        assert_eq!(made.status, 201, "{text:?}: {}", made.text());
    } else {
        assert_eq!(named(&made), mistakes, "{text:?}");
    }
    let path = owner.post(list, good).await.location();
    let changed = owner.patch(&path, &filled(&json!({}), fields, text)).await;
    let read = owner.get(&path).await.json();
    if mistakes.is_empty() {
        assert_eq!(changed.status, 200, "{text:?}: {}", changed.text());
        let shown = owner.get(&made.location()).await.json();
        for (field, _) in fields {
            assert_eq!((&shown[field], &read[field]), (&json!(text), &json!(text)), "{field}");
        }
    } else {
        assert_eq!(named(&changed), mistakes, "{text:?}");
        assert_eq!(read["version"], 1, "{text:?}");
    }
    assert_eq!(owner.delete(&path).await.status, 204);
    if mistakes.is_empty() {
        assert_eq!(owner.delete(&made.location()).await.status, 204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_of_a_customer_comes_back_as_it_was_given_or_is_refused_by_name() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        for text in LINES.iter().chain(CONTROLS) {
            check(&owner, CUSTOMERS, &json!({}), CUSTOMER, text).await;
        }
        let count = owner.get(&format!("{CUSTOMERS}/count")).await.json();
        assert_eq!(count["count"], 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_of_an_address_comes_back_as_it_was_given_or_is_refused_by_name() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let customer = make(&owner, &json!({})).await.location();
        let addresses = format!("{customer}/addresses");
        let good = json!({ "line1": "Weg 1", "city": "Bern", "country": "CH" });
        for text in LINES.iter().chain(CONTROLS) {
            check(&owner, &addresses, &good, ADDRESS, text).await;
        }
        assert_eq!(owner.get(&addresses).await.json()["items"], json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_custom_fields_and_names_in_them_come_back_as_they_were_given() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        for text in LINES {
            let body = json!({ "admin_comment": format!("{text}\n\t{text}"), "custom": { *text: [text, { "a": text }] } });
            let path = make(&owner, &body).await.location();
            let shown = owner.get(&path).await.json();
            assert_eq!((&shown["admin_comment"], &shown["custom"]), (&body["admin_comment"], &body["custom"]));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_can_be_looked_for_and_finds_its_own() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        for text in LINES {
            let made = make(&owner, &json!({ "last_name": text })).await;
            let query =
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
            let found = owner.get(&format!("{CUSTOMERS}?limit=1&q={query}")).await;
            if text.trim().is_empty() {
                assert_eq!(
                    refused(&found, 422, "invalid"),
                    [("q".to_owned(), "required".to_owned())]
                );
            } else {
                assert_eq!(found.status, 200, "{text:?}: {}", found.text());
                assert_eq!(found.json()["items"][0]["id"], made.json()["id"], "{text:?}");
            }
        }
    })
    .await;
}
