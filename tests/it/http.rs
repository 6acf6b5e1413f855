//! What clients see over HTTP, on a whole host.

mod about;
mod audit;
mod customers;
mod input;
mod keys;
mod plugins;
mod sessions;
mod settings;
mod staff;
mod storefront;
mod uploads;

use galleria_tests::browser::Browser;
use galleria_tests::host::Answer;
use serde_json::Value;

/// Checks that an answer is a refusal of this kind.
#[track_caller]
fn assert_refused(answered: &Answer, status: u16, kind: &str) {
    let found = (answered.status, answered.problem());
    assert_eq!(found, (status, Some(kind.to_owned())), "{}", answered.text());
}

/// The items of a page.
fn items(page: &Answer) -> Vec<Value> {
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()["items"].as_array().unwrap().clone()
}

/// All items of a list, which is walked in pages of this size.
async fn walk(owner: &Browser<'_>, path: &str, limit: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    let sign = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = owner.get(&format!("{path}{sign}limit={limit}{cursor}")).await;
        let found = items(&page);
        assert!(found.len() <= limit);
        all.extend(found);
        match page.json()["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// The paths of the fields that are wrong.
fn wrong_fields(refused: &Answer) -> Vec<String> {
    assert_refused(refused, 422, "invalid");
    let errors = refused.json()["errors"].as_array().unwrap().clone();
    errors.iter().map(|error| error["path"].as_str().unwrap().to_owned()).collect()
}

/// The paths and codes of the mistakes that a refusal of this kind names, after a look at all that
/// a refusal has to say.
#[track_caller]
fn refused(answered: &Answer, status: u16, kind: &str) -> Vec<(String, String)> {
    assert_refused(answered, status, kind);
    let said = answered.json();
    assert_eq!(said["status"], status, "{said}");
    for text in ["title", "detail"] {
        assert!(said[text].as_str().is_some_and(|text| !text.is_empty()), "{said}");
    }
    let text = |error: &Value, field| error[field].as_str().unwrap().to_owned();
    let errors = said["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| (text(error, "path"), text(error, "code"))).collect()
}
