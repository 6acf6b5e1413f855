//! Settings of the host, and what they rule.

use std::time::Duration;

use galleria_tests::browser::Browser;
use galleria_tests::clock::TestClock;
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost};
use serde_json::json;

use super::assert_refused;

const SETTINGS: &str = "/admin/v1/settings";
const PASSWORD: &str = "eight loud lamps";

async fn register(host: &TestHost, name: &str) -> Answer {
    let email = format!("{name}@example.com");
    let body = json!({ "email": email, "password": PASSWORD });
    host.post_as_nobody("/store/v1/customers", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_has_settings_that_are_read_changed_and_put_back() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let found = owner.get(SETTINGS).await;
        assert_eq!(found.headers["etag"], "\"v0\"");
        assert_eq!(found.json()["value"]["registrations_per_hour"], 20);
        assert_eq!(found.json()["schema"]["type"], "object");
        let change = json!({ "value": { "registrations_per_hour": 3 } });
        let changed = owner.patch(SETTINGS, Some(0), &change).await;
        assert_eq!((changed.status, &changed.headers["etag"]), (200, &"\"v1\"".parse().unwrap()));
        assert_eq!(owner.get(SETTINGS).await.json()["value"]["registrations_per_hour"], 3);
        let nothing = owner.patch(SETTINGS, Some(1), &json!({ "value": {} })).await;
        assert_eq!(nothing.json()["value"]["registrations_per_hour"], 3);
        let back = json!({ "value": { "registrations_per_hour": null } });
        let back = owner.patch(SETTINGS, Some(2), &back).await;
        assert_eq!(back.json()["value"]["registrations_per_hour"], 20);
        assert_eq!(owner.delete(SETTINGS, Some(3)).await.status, 204);
        assert_eq!(owner.get(SETTINGS).await.json()["version"], 0);
        let audit = owner.get("/admin/v1/audit?object=:host").await.json();
        let actions = audit["items"].as_array().unwrap().iter().map(|entry| &entry["action"]);
        let wanted = ["settings.reset", "settings.set", "settings.set", "settings.set"];
        assert_eq!(actions.collect::<Vec<_>>(), wanted);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_or_stale_settings_of_the_host_change_nothing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let good = json!({ "value": { "registrations_per_hour": 3 } });
        assert_eq!(owner.patch(SETTINGS, None, &good).await.status, 200);
        for (value, path, code) in [
            (json!({ "registrations_per_hour": 0 }), "registrations_per_hour", "range"),
            (json!({ "registrations_per_hour": "7" }), "registrations_per_hour", "malformed"),
            (json!({ "colour": "red" }), "colour", "unknown"),
        ] {
            let refused = owner.patch(SETTINGS, None, &json!({ "value": value })).await;
            assert_refused(&refused, 422, "invalid");
            let error = &refused.json()["errors"][0];
            assert_eq!((&error["path"], &error["code"]), (&json!(path), &json!(code)));
        }
        let other = json!({ "value": { "registrations_per_hour": 9 } });
        let stale = owner.patch(SETTINGS, Some(7), &other).await;
        assert_refused(&stale, 412, "stale");
        assert_eq!(stale.headers["etag"], "\"v1\"");
        assert_refused(&owner.delete(SETTINGS, Some(7)).await, 412, "stale");
        let clerk = owner.hire("clerk@example.com", &["settings:read"]).await;
        assert_refused(&clerk.patch(SETTINGS, None, &other).await, 403, "permission-denied");
        assert_refused(&clerk.delete(SETTINGS, None).await, 403, "permission-denied");
        let found = clerk.get(SETTINGS).await.json();
        assert_eq!(
            (&found["version"], &found["value"]["registrations_per_hour"]),
            (&json!(1), &json!(3))
        );
        let stranger = owner.hire("stranger@example.com", &["stores:read"]).await;
        assert_refused(&stranger.get(SETTINGS).await, 403, "permission-denied");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_opens_only_so_many_accounts_within_an_hour() {
    on_both(|test| async move {
        let clock = TestClock::new();
        let host = TestHost::start_at(&test, clock.clone()).await;
        let owner = Browser::owner(&host).await;
        let few = json!({ "value": { "registrations_per_hour": 3 } });
        assert_eq!(owner.patch(SETTINGS, None, &few).await.status, 200);
        // A password that can't be chosen costs nothing: whoever is turned away for it comes back.
        let weak = json!({ "email": "ada@example.com", "password": "short" });
        for _ in 0..4 {
            let answered = host.post_as_nobody("/store/v1/customers", &weak).await;
            assert_refused(&answered, 422, "invalid");
        }
        assert_eq!(register(&host, "ada").await.status, 201);
        // Whether an email has an account can't be asked any oftener.
        assert_refused(&register(&host, "ada").await, 409, "email-taken");
        clock.advance(Duration::from_mins(20));
        assert_eq!(register(&host, "ben").await.status, 201);
        for _ in 0..2 {
            let refused = register(&host, "eve").await;
            assert_refused(&refused, 429, "rate-limited");
            assert_eq!(refused.headers["retry-after"], "2400");
        }
        clock.advance(Duration::from_mins(40));
        assert_eq!(register(&host, "eve").await.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_has_settings_of_its_own() {
    on_both(|test| async move {
        let host = TestHost::start_at(&test, TestClock::new()).await;
        let owner = Browser::owner(&host).await;
        let second = json!({ "name": "Second", "default_currency": "EUR" });
        let made = owner.post("/admin/v1/stores", &second).await.json();
        let second = made["id"].as_str().unwrap();
        let of_second = format!("{SETTINGS}?store={second}");
        let one = json!({ "value": { "registrations_per_hour": 1 } });
        assert_eq!(owner.patch(&of_second, None, &one).await.json()["store"], second);
        let register = async |store: Option<&str>, name: &str| {
            let mut request = host.request(http::Method::POST, "/store/v1/customers");
            if let Some(store) = store {
                request = request.header("galleria-store", store);
            }
            let email = format!("{name}@example.com");
            let body = json!({ "email": email, "password": PASSWORD });
            galleria_tests::host::answer(request.json(&body)).await.status
        };
        assert_eq!(register(Some(second), "ada").await, 201);
        assert_eq!(register(Some(second), "ben").await, 429);
        assert_eq!(register(None, "ada").await, 201);
        assert_eq!(register(None, "ben").await, 201);
        let nowhere = format!("{SETTINGS}?store=sto_00000000000000000000000000000000");
        assert_refused(&owner.patch(&nowhere, None, &one).await, 404, "not-found");
    })
    .await;
}
