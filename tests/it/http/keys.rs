//! Keys that programs log in with.

use std::time::Duration;

use galleria_tests::browser::Browser;
use galleria_tests::clock::TestClock;
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost, answer};
use http::Method;
use serde_json::{Value, json};

use super::{assert_refused, items, walk, wrong_fields};

const KEYS: &str = "/admin/v1/api-keys";

/// Asks with a key.
async fn with_key(host: &TestHost, method: Method, path: &str, key: &str) -> Answer {
    answer(host.request(method, path).bearer_auth(key)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_lets_a_program_in_until_it_is_revoked_or_expires() {
    on_both(|test| async move {
        let clock = TestClock::new();
        let host = TestHost::start_at(&test, clock.clone()).await;
        let owner = Browser::owner(&host).await;
        let draft = json!({
            "name": "Sync",
            "permissions": ["stores:read"],
            "expires_at": "2026-03-07T13:00:00Z",
        });
        let made = owner.post("/admin/v1/api-keys", &draft).await;
        let long = json!({ "name": "Long", "permissions": ["stores:read"] });
        let long = owner.post("/admin/v1/api-keys", &long).await;
        let secret = made.json()["secret"].as_str().unwrap().to_owned();
        let stores = "/admin/v1/stores";
        assert_eq!(with_key(&host, Method::GET, stores, &secret).await.status, 200);
        // Neither more than the key may, nor what its owner may.
        let staff = with_key(&host, Method::GET, "/admin/v1/staff", &secret).await;
        assert_refused(&staff, 403, "permission-denied");
        clock.advance(Duration::from_hours(1));
        let expired = with_key(&host, Method::GET, stores, &secret).await;
        assert_refused(&expired, 401, "unauthenticated");
        let secret = long.json()["secret"].as_str().unwrap().to_owned();
        assert_eq!(with_key(&host, Method::GET, stores, &secret).await.status, 200);
        let owner = Browser::owner(&host).await;
        assert_eq!(owner.delete(&long.location(), None).await.status, 204);
        let revoked = with_key(&host, Method::GET, stores, &secret).await;
        assert_refused(&revoked, 401, "unauthenticated");
        assert!(revoked.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_of_the_shop_lets_nobody_in() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let good = host.bearer();
        let (start, last) = good.split_at(good.len() - 1);
        let swapped = format!("{start}{}", if last == "A" { "B" } else { "A" });
        let session = owner.cookie.split_once('=').unwrap().1;
        for header in [
            format!("Bearer {swapped}"),
            format!("Bearer {start}"),
            format!("Bearer {good}x"),
            format!("Bearer {session}x"),
            format!("Basic {good}"),
            format!("Bearer {good} {good}"),
            "Bearer".to_owned(),
            good.clone(),
        ] {
            let request = host.request(Method::GET, "/admin/v1/stores");
            let refused = answer(request.header("authorization", &header)).await;
            assert_refused(&refused, 401, "unauthenticated");
        }
        let headers = [("authorization", "Bearer galleria_wrong")];
        let both = owner.send(Method::GET, "/admin/v1/stores", &headers, None).await;
        assert_refused(&both, 401, "unauthenticated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_worth_what_its_owner_is() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let clerk = owner.hire("clerk@example.com", &["stores:read"]).await.staff;
        let draft = json!({
            "name": "Sync",
            "staff": clerk.as_str(),
            "permissions": ["stores:read", "staff:read"],
        });
        let made = owner.post("/admin/v1/api-keys", &draft).await;
        let secret = made.json()["secret"].as_str().unwrap().to_owned();
        let ask = async |path| with_key(&host, Method::GET, path, &secret).await;
        assert_eq!(ask("/admin/v1/stores").await.status, 200);
        assert_refused(&ask("/admin/v1/staff").await, 403, "permission-denied");
        let path = format!("/admin/v1/staff/{clerk}");
        let off = owner.patch(&path, None, &json!({ "active": false })).await;
        assert_eq!(off.status, 200, "{}", off.text());
        assert_refused(&ask("/admin/v1/stores").await, 401, "unauthenticated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_by_page_and_owner_and_their_secret_is_shown_once() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let clerk = owner.hire("clerk@example.com", &["stores:read"]).await;
        let (mut made, draft) = (Vec::new(), |at: u32| {
            json!({ "name": format!("Key {at}"), "staff": clerk.staff.as_str(), "permissions": [] })
        });
        for at in 0..5 {
            let once = format!("key-{at}");
            let once = [("idempotency-key", once.as_str())];
            let first = owner.send(Method::POST, KEYS, &once, Some(&draft(at))).await;
            let again = owner.send(Method::POST, KEYS, &once, Some(&draft(at))).await;
            assert_eq!((first.status, again.status), (201, 201));
            assert_eq!(again.headers["idempotent-replayed"], "true");
            let (first, again) = (first.json(), again.json());
            assert!(first["secret"].as_str().unwrap().starts_with("galleria_key_"));
            assert_eq!((&again["key"], &again["secret"]), (&first["key"], &Value::Null));
            made.push(first["key"].clone());
        }
        let listed = walk(&owner, &format!("{KEYS}?staff={}", clerk.staff), 2).await;
        assert_eq!(listed, made);
        assert!(items(&owner.get(KEYS).await).len() > made.len(), "the owner's program has one");
        let path = format!("{KEYS}/{}", made[0]["id"].as_str().unwrap());
        assert_eq!(owner.delete(&path, None).await.status, 204);
        let listed = walk(&owner, &format!("{KEYS}?staff={}", clerk.staff), 9).await;
        let revoked: Vec<_> = listed.iter().map(|key| key["revoked_at"].is_string()).collect();
        assert_eq!(revoked, [true, false, false, false, false]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_needs_a_name_and_a_time_to_end_within_five_years() {
    on_both(|test| async move {
        let host = TestHost::start_at(&test, TestClock::new()).await;
        let owner = Browser::owner(&host).await;
        let count = items(&owner.get(KEYS).await).len();
        for (draft, wrong) in [
            (json!({ "name": " ", "permissions": ["clock:read"] }), &["name", "permissions.0"][..]),
            (
                json!({ "name": "K", "permissions": [], "expires_at": "2026-03-07T12:00:00Z" }),
                &["expires_at"],
            ),
            (
                json!({ "name": "K", "permissions": [], "expires_at": "2031-03-08T00:00:00Z" }),
                &["expires_at"],
            ),
            (json!({ "name": "K", "permissions": [], "expires_at": "tomorrow" }), &["expires_at"]),
        ] {
            assert_eq!(wrong_fields(&owner.post(KEYS, &draft).await), wrong, "{draft}");
        }
        assert_eq!(items(&owner.get(KEYS).await).len(), count);
    })
    .await;
}
