//! Logging in and out, and what keeps a session from others.

use std::time::Duration;

use galleria_tests::browser::{Browser, try_login};
use galleria_tests::clock::TestClock;
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost, answer};
use galleria_tests::shop::{OWNER_EMAIL, PASSWORD};
use http::Method;
use serde_json::{Value, json};

use super::assert_refused;

const SESSION: &str = "/admin/v1/session";
const ROLES: &str = "/admin/v1/roles";

/// The seconds after which somebody may come back.
fn retry_after(answered: &Answer) -> u64 {
    answered.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_a_cookie_that_neither_scripts_nor_other_sites_can_use() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let answered = try_login(&host, OWNER_EMAIL, PASSWORD).await;
        assert_eq!(answered.status, 200, "{}", answered.text());
        let cookie = answered.headers["set-cookie"].to_str().unwrap();
        let mut parts = cookie.split("; ");
        let token = parts.next().unwrap().strip_prefix("galleria_staff=").unwrap();
        assert!(token.len() >= 43, "256 bits: {cookie}");
        let attributes: Vec<_> = parts.collect();
        assert_eq!(attributes, ["Max-Age=43200", "Path=/", "HttpOnly", "SameSite=Strict"]);
        assert!(!answered.text().contains(token), "scripts can read the body");
        let owner = Browser::of(&host, &answered);
        let me = owner.get(SESSION).await.json();
        assert_eq!((&me["staff"]["email"], &me["owner"]), (&json!(OWNER_EMAIL), &json!(true)));
        assert_eq!(host.visit(Method::GET, SESSION).await.status, 401);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_reads_alone_and_writes_only_with_its_own_token_against_forgery() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let (owner, other) = (Browser::owner(&host).await, Browser::owner(&host).await);
        let ask = async |method: Method, headers: &[(&str, &str)]| {
            let mut request = host.request(method, ROLES).header("cookie", &owner.cookie);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            answer(request.json(&json!({ "name": "Clerk", "permissions": [] }))).await
        };
        let same = ("sec-fetch-site", "same-origin");
        for headers in [
            &[same][..],
            &[same, ("x-csrf-token", "")],
            &[same, ("x-csrf-token", "wrong")],
            &[same, ("x-csrf-token", &other.csrf)],
            &[("x-csrf-token", &owner.csrf)],
            &[("x-csrf-token", &owner.csrf), ("sec-fetch-site", "cross-site")],
            &[("x-csrf-token", &owner.csrf), ("origin", "https://evil.example")],
        ] {
            assert_refused(&ask(Method::POST, headers).await, 403, "cross-site");
        }
        let listed = ask(Method::GET, &[]).await;
        assert_eq!((listed.status, names(&listed)), (200, vec!["owner".to_owned()]));
        let made = ask(Method::POST, &[same, ("x-csrf-token", &owner.csrf)]).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let own_origin = ("origin", host.url.as_str());
        let again = ask(Method::POST, &[own_origin, ("x-csrf-token", &owner.csrf)]).await;
        assert_refused(&again, 409, "role-name-taken");
    })
    .await;
}

/// The names of what was listed.
fn names(listed: &Answer) -> Vec<String> {
    let items = listed.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_can_not_log_somebody_in() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let login = json!({ "email": OWNER_EMAIL, "password": PASSWORD });
        let request = host.request(Method::POST, SESSION).json(&login);
        let answered = answer(request.header("sec-fetch-site", "cross-site")).await;
        assert_refused(&answered, 403, "cross-site");
        assert!(!answered.headers.contains_key("set-cookie"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_one_session_and_everywhere_all_of_them() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let one = Browser::owner(&host).await;
        let (other, third) = (Browser::owner(&host).await, Browser::owner(&host).await);
        let listed = other.get("/admin/v1/sessions").await.json();
        // The harness has logged in nowhere.
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(3));
        let gone = one.delete(SESSION, None).await;
        assert_eq!(gone.status, 204);
        let cleared = gone.headers["set-cookie"].to_str().unwrap();
        assert!(cleared.starts_with("galleria_staff=; Max-Age=0; Path=/;"), "{cleared}");
        assert_refused(&one.get(SESSION).await, 401, "unauthenticated");
        assert_refused(&one.delete(SESSION, None).await, 401, "unauthenticated");
        assert_eq!(other.get(SESSION).await.status, 200);
        assert_eq!(other.delete("/admin/v1/sessions", None).await.status, 204);
        for ended in [&other, &third] {
            assert_refused(&ended.get(SESSION).await, 401, "unauthenticated");
        }
        assert_eq!(host.get("/admin/v1/stores").await.status, 200, "a key is no session");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_in_again_in_the_same_browser_ends_the_session_before() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let before = Browser::owner(&host).await;
        let login = json!({ "email": OWNER_EMAIL, "password": PASSWORD });
        let request = host.request(Method::POST, SESSION).header("cookie", &before.cookie);
        let answered = answer(request.json(&login)).await;
        let after = Browser::of(&host, &answered);
        assert_eq!(after.get(SESSION).await.status, 200);
        assert_refused(&before.get(SESSION).await, 401, "unauthenticated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_rests_and_when_it_is_old() {
    on_both(|test| async move {
        let clock = TestClock::new();
        let host = TestHost::start_at(&test, clock.clone()).await;
        let resting = Browser::owner(&host).await;
        clock.advance(Duration::from_mins(29));
        assert_eq!(resting.get(SESSION).await.status, 200);
        clock.advance(Duration::from_mins(61));
        assert_refused(&resting.get(SESSION).await, 401, "unauthenticated");
        let old = Browser::owner(&host).await;
        clock.advance(Duration::from_hours(12));
        // However often it was seen: here, what is stored says that it was seen just now.
        test.tamper("UPDATE sessions SET idle_expires_at = 9000000000000000").await;
        assert_refused(&old.get(SESSION).await, 401, "unauthenticated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_an_account_exists_can_not_be_told_from_the_answer() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        owner.hire("idle@example.com", &[]).await;
        let people = owner.get("/admin/v1/staff").await.json();
        let idle = people["items"][1]["id"].as_str().unwrap();
        let left = json!({ "active": false });
        assert_eq!(owner.patch(&format!("/admin/v1/staff/{idle}"), None, &left).await.status, 200);
        let mut answers = Vec::new();
        for (email, password) in [
            (OWNER_EMAIL, "not the password"),
            ("nobody@example.com", PASSWORD),
            ("idle@example.com", PASSWORD),
            ("no email", PASSWORD),
            ("", ""),
        ] {
            let answered = try_login(&host, email, password).await;
            assert_refused(&answered, 401, "login-refused");
            let Answer { mut headers, body, .. } = answered;
            for own in ["date", "x-request-id"] {
                assert!(headers.remove(own).is_some(), "{own}");
            }
            answers.push((headers, body));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_make_wait_and_then_lock_until_somebody_unlocks() {
    on_both(|test| async move {
        let clock = TestClock::new();
        let host = TestHost::start_at(&test, clock.clone()).await;
        let owner = Browser::owner(&host).await;
        let clerk = owner.hire("clerk@example.com", &[]).await.staff;
        for _ in 0..5 {
            let answered = try_login(&host, "clerk@example.com", "wrong").await;
            assert_refused(&answered, 401, "login-refused");
        }
        let early = try_login(&host, "clerk@example.com", PASSWORD).await;
        assert_refused(&early, 429, "rate-limited");
        assert_eq!(retry_after(&early), 1);
        clock.advance(Duration::from_secs(1));
        Browser::login(&host, "clerk@example.com", PASSWORD).await;
        // The right password has cleared the account, so that it takes as many again.
        for attempt in 0..20 {
            let answered = try_login(&host, "clerk@example.com", "wrong").await;
            let (status, kind) =
                if attempt < 5 { (401, "login-refused") } else { (429, "rate-limited") };
            assert_refused(&answered, status, kind);
        }
        let locked = try_login(&host, "clerk@example.com", PASSWORD).await;
        assert_refused(&locked, 429, "rate-limited");
        assert_eq!(retry_after(&locked), 24 * 3_600);
        let path = format!("/admin/v1/staff/{clerk}");
        assert_eq!(owner.get(&path).await.json()["locked_until"], "2026-03-08T12:00:01Z");
        assert_eq!(owner.press(&format!("{path}/unlock")).await.status, 204);
        assert_eq!(owner.get(&path).await.json()["locked_until"], Value::Null);
        Browser::login(&host, "clerk@example.com", PASSWORD).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_fails_too_often_waits_whatever_account_it_tries() {
    on_both(|test| async move {
        let clock = TestClock::new();
        let host = TestHost::start_at(&test, clock.clone()).await;
        for guess in 0..20 {
            let answered = try_login(&host, &format!("guess{guess}@example.com"), "wrong").await;
            assert_refused(&answered, 401, "login-refused");
        }
        let answered = try_login(&host, OWNER_EMAIL, PASSWORD).await;
        assert_refused(&answered, 429, "rate-limited");
        assert_eq!(retry_after(&answered), 60);
        clock.advance(Duration::from_mins(1));
        Browser::owner(&host).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_address_of_a_stranger_buys_no_further_attempts() {
    on_both(|test| async move {
        let host = TestHost::start_at(&test, TestClock::new()).await;
        let mut last = None;
        for guess in 0..=20 {
            let body = json!({ "email": format!("guess{guess}@example.com"), "password": "wrong" });
            let request = host.request(Method::POST, SESSION).json(&body);
            let forged = request.header("x-forwarded-for", format!("198.51.100.{guess}"));
            last = Some(answer(forged).await);
        }
        assert_refused(&last.unwrap(), 429, "rate-limited");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_own_password_ends_every_session_and_begins_a_fresh_one() {
    on_both(|test| async move {
        const NEXT: &str = "nine slow ferries";
        let path = "/admin/v1/session/password";
        let host = TestHost::start(&test).await;
        let (owner, other) = (Browser::owner(&host).await, Browser::owner(&host).await);
        let wrong = json!({ "current_password": "wrong", "new_password": NEXT });
        let refused = owner.post(path, &wrong).await;
        assert_refused(&refused, 422, "invalid");
        assert_eq!(refused.json()["errors"][0]["path"], "current_password");
        let weak = json!({ "current_password": PASSWORD, "new_password": "short" });
        let refused = owner.post(path, &weak).await;
        assert_eq!(refused.json()["errors"][0]["path"], "new_password");
        let change = json!({ "current_password": PASSWORD, "new_password": NEXT });
        // A key that leaks must not be enough to take an account over.
        assert_refused(&host.post(path, &change).await, 403, "permission-denied");
        let changed = owner.post(path, &change).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        for before in [&owner, &other] {
            assert_refused(&before.get(SESSION).await, 401, "unauthenticated");
        }
        assert_eq!(Browser::of(&host, &changed).get(SESSION).await.status, 200);
        let old = try_login(&host, OWNER_EMAIL, PASSWORD).await;
        assert_refused(&old, 401, "login-refused");
        Browser::login(&host, OWNER_EMAIL, NEXT).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_somebody_else_set_has_to_be_changed_at_the_next_login() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        owner.hire("clerk@example.com", &[]).await;
        let answered = try_login(&host, "clerk@example.com", PASSWORD).await;
        assert_eq!(answered.json()["must_change_password"], true);
        let clerk = Browser::of(&host, &answered);
        let change = json!({ "current_password": PASSWORD, "new_password": "nine slow ferries" });
        let changed = clerk.post("/admin/v1/session/password", &change).await;
        assert_eq!((changed.status, &changed.json()["must_change_password"]), (200, &json!(false)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_shows_a_secret() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let clerk = owner.hire("clerk@example.com", &["stores:read"]).await;
        let draft = json!({ "name": "Sync", "permissions": ["stores:read"] });
        let made = owner.post("/admin/v1/api-keys", &draft).await.json();
        let secret = made["secret"].as_str().unwrap().rsplit_once('_').unwrap().1.to_owned();
        let token = owner.cookie.split_once('=').unwrap().1;
        let own = host.bearer();
        let (_, own) = own.rsplit_once('_').unwrap();
        let secrets =
            [secret.as_str(), token, &owner.csrf, &clerk.csrf, own, PASSWORD, "$argon2", "csrf"];
        let key = format!("/admin/v1/api-keys?staff={}", owner.staff);
        let person = format!("/admin/v1/staff/{}", clerk.staff);
        for path in [
            SESSION,
            "/admin/v1/sessions",
            "/admin/v1/staff",
            person.as_str(),
            ROLES,
            "/admin/v1/api-keys",
            key.as_str(),
            "/admin/v1/audit",
            "/admin/v1/audit/verification",
            "/admin/v1/stores",
            "/admin/v1/plugins",
            "/admin/v1/settings",
            "/metrics",
            "/readyz",
        ] {
            let answered = owner.get(path).await;
            assert_eq!(answered.status, 200, "{path}: {}", answered.text());
            let shown = secrets.iter().find(|secret| answered.text().contains(**secret));
            assert_eq!(shown, None, "{path}: {}", answered.text());
        }
    })
    .await;
}
