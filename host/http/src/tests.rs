//! The API as clients see it, on a shop of its own.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use galleria_app::bootstrap::{Beginning, FirstOwner, begin};
use galleria_app::{App, SystemClock};
use galleria_domain::StoreChange;
use galleria_runtime::{Plugins, PluginsConfig};
use galleria_storage::{Connections, Database, DatabaseUrl};
use http::header::{ALLOW, CONTENT_TYPE, ETAG, SET_COOKIE};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{HttpConfig, HttpState, standalone};

const OWNER: &str = "owner@shop.example";
const PASSWORD: &str = "mauve otter 47 lantern";

struct Shop {
    router: Router,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("shop.db"));
        let database = Database::open(&url, Connections::default()).await.unwrap();
        let app = App::new(database, Arc::new(SystemClock));
        let store = StoreChange {
            name: Some("Shop".into()),
            default_currency: Some("EUR".into()),
            ..StoreChange::default()
        };
        let (email, name, password) = (OWNER.into(), "Owner".into(), PASSWORD.into());
        let owner = Some(FirstOwner { email, name, password });
        let begun = begin(&app, &Beginning { store, owner }).await.unwrap();
        let mut plugins = PluginsConfig::new(folder.path().join("compiled"));
        // Nothing is compiled here.
        plugins.compiler = Some("no-compiler".into());
        let plugins = Plugins::start(app.clone(), begun.store.id, plugins).await.unwrap();
        let state = HttpState::new(app, plugins, HttpConfig::default());
        Self { router: standalone(state), _folder: folder }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, json }
    }

    async fn login(&self) -> Staff<'_> {
        let body = json!({ "email": OWNER, "password": PASSWORD });
        let answer = self.ask("POST", "/admin/v1/session", &[], body).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let csrf = answer.json["csrf_token"].as_str().unwrap().to_owned();
        Staff { shop: self, cookie, csrf }
    }
}

/// The owner, in a browser.
struct Staff<'s> {
    shop: &'s Shop,
    cookie: String,
    csrf: String,
}

impl Staff<'_> {
    async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask_with(method, path, &[], body).await
    }

    async fn ask_with(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let own = [
            ("cookie", self.cookie.as_str()),
            ("x-csrf-token", self.csrf.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        self.shop.ask(method, path, &[&own, more].concat(), body).await
    }
}

fn assert_problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(
        (answer.status, &answer.json["status"]),
        (status, &json!(status)),
        "{}",
        answer.json
    );
    assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.json["type"], format!("/problems/{kind}"));
    assert!(answer.json["title"].is_string() && answer.json["detail"].is_string());
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.headers["x-request-id"].to_str().unwrap().starts_with("req_"));
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let shop = Shop::open().await;
    let owner = shop.login().await;
    let long = format!("/admin/v1/staff?cursor={}", "x".repeat(17_000));
    for (method, path, body, status, kind) in [
        ("GET", "/", json!(null), 404, "not-found"),
        ("GET", "/admin/v1", json!(null), 404, "not-found"),
        ("GET", "/admin/v1/nothing", json!(null), 404, "not-found"),
        ("GET", "/store/v1/nothing", json!(null), 404, "not-found"),
        ("GET", "/admin/v1/staff/1", json!(null), 404, "not-found"),
        ("GET", "/admin/v1/staff/%FF", json!(null), 404, "not-found"),
        ("GET", "/admin/v1/x/hello/", json!(null), 404, "plugin-off"),
        ("GET", "/admin/v1/x/No!/", json!(null), 404, "not-found"),
        ("GET", "/store/v1/x/hello", json!(null), 404, "not-found"),
        ("TRACE", "/store/v1/x/hello/a/b", json!(null), 405, "method-not-allowed"),
        ("DELETE", "/admin/v1/staff", json!(null), 405, "method-not-allowed"),
        ("POST", "/healthz", json!(null), 405, "method-not-allowed"),
        ("GET", "/admin/v1/staff?limit=0", json!(null), 422, "invalid"),
        ("GET", "/admin/v1/staff?limt=1", json!(null), 422, "invalid"),
        ("GET", "/admin/v1/staff?cursor=x", json!(null), 422, "invalid"),
        ("GET", "/admin/v1/staff?cursor=%ff", json!(null), 400, "malformed"),
        ("GET", &long, json!(null), 400, "malformed"),
        ("POST", "/admin/v1/staff", json!(null), 415, "not-json"),
        ("POST", "/admin/v1/staff", json!([]), 422, "invalid"),
        (
            "POST",
            "/admin/v1/staff",
            json!({ "email": "a@b.example", "name": "A", "x": 1 }),
            422,
            "invalid",
        ),
        ("POST", "/admin/v1/staff", json!({ "email": OWNER, "name": "A" }), 409, "email-taken"),
        ("GET", "/store/v1/me", json!(null), 401, "unauthenticated"),
        (
            "POST",
            "/store/v1/session",
            json!({ "email": "a@b.example", "password": "x" }),
            401,
            "login-refused",
        ),
    ] {
        let answer = owner.ask(method, path, body).await;
        assert_problem(&answer, status, kind);
    }
    let answer = owner.ask("DELETE", "/admin/v1/staff", json!(null)).await;
    assert_eq!(answer.headers[ALLOW], "GET,HEAD,POST");
    let answer = shop.ask("GET", "/admin/v1/staff", &[], json!(null)).await;
    assert_problem(&answer, 401, "unauthenticated");
    let store = [("galleria-store", "sto_00000000000000000000000000000000")];
    let answer = shop.ask("GET", "/store/v1/me", &store, json!(null)).await;
    assert_problem(&answer, 404, "not-found");
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let shop = Shop::open().await;
    let owner = shop.login().await;
    let body = json!({ "email": "eve", "name": "", "roles": ["rol_1"] });
    let answer = owner.ask("POST", "/admin/v1/staff", body).await;
    assert_eq!(answer.json["errors"][0]["path"], "roles.0");
    assert_eq!(answer.json["errors"][0]["code"], "malformed");
    let answer = owner.ask("POST", "/admin/v1/staff", json!({ "email": "eve", "name": "" })).await;
    let paths: Vec<_> =
        answer.json["errors"].as_array().unwrap().iter().map(|e| &e["path"]).collect();
    assert_eq!(paths, ["email", "name"]);
}

#[tokio::test]
async fn a_cookie_changes_nothing_without_the_token_against_forgery() {
    let shop = Shop::open().await;
    let owner = shop.login().await;
    let body = json!({ "name": "Clerk", "permissions": ["customers:read"] });
    let (cookie, csrf) = (("cookie", owner.cookie.as_str()), ("x-csrf-token", owner.csrf.as_str()));
    let (same, cross) = (("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site"));
    for headers in [&[cookie, same][..], &[cookie, csrf], &[cookie, csrf, cross]] {
        let answer = shop.ask("POST", "/admin/v1/roles", headers, body.clone()).await;
        assert_problem(&answer, 403, "cross-site");
    }
    let wrong = [cookie, same, ("x-csrf-token", "x")];
    let answer = shop.ask("POST", "/admin/v1/roles", &wrong, body.clone()).await;
    assert_problem(&answer, 403, "cross-site");
    assert_eq!(shop.ask("GET", "/admin/v1/roles", &[cookie], json!(null)).await.status, 200);
    assert_eq!(owner.ask("POST", "/admin/v1/roles", body).await.status, 201);
}

#[tokio::test]
async fn logging_out_ends_the_session_and_everywhere_all_of_them() {
    let shop = Shop::open().await;
    let (one, other, third) = (shop.login().await, shop.login().await, shop.login().await);
    let gone = one.ask("DELETE", "/admin/v1/session", json!(null)).await;
    assert_eq!(gone.status, 204);
    assert!(gone.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(one.ask("GET", "/admin/v1/session", json!(null)).await.status, 401);
    assert_eq!(other.ask("GET", "/admin/v1/session", json!(null)).await.status, 200);
    assert_eq!(other.ask("DELETE", "/admin/v1/sessions", json!(null)).await.status, 204);
    for staff in [&other, &third] {
        assert_eq!(staff.ask("GET", "/admin/v1/session", json!(null)).await.status, 401);
    }
}

#[tokio::test]
async fn a_stale_version_is_refused_with_the_one_stored() {
    let shop = Shop::open().await;
    let owner = shop.login().await;
    let body = json!({ "name": "Clerk", "permissions": [] });
    let made = owner.ask("POST", "/admin/v1/roles", body).await;
    let path = made.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(made.headers[ETAG], "\"v1\"");
    let change = |name: &str| json!({ "name": name });
    let first = owner.ask_with("PATCH", &path, &[("if-match", "\"v1\"")], change("B")).await;
    assert_eq!((first.status, &first.headers[ETAG]), (200, &"\"v2\"".parse().unwrap()));
    let second = owner.ask_with("PATCH", &path, &[("if-match", "\"v1\"")], change("C")).await;
    assert_problem(&second, 412, "stale");
    assert_eq!(second.headers[ETAG], "\"v2\"");
    assert_eq!(owner.ask("GET", &path, json!(null)).await.json["name"], "B");
}

#[tokio::test]
async fn a_post_sent_again_has_its_effect_once() {
    let shop = Shop::open().await;
    let owner = shop.login().await;
    let key = [("idempotency-key", "k-1")];
    let body = json!({ "name": "Clerk", "permissions": [] });
    let first = owner.ask_with("POST", "/admin/v1/roles", &key, body.clone()).await;
    let again = owner.ask_with("POST", "/admin/v1/roles", &key, body).await;
    assert_eq!((again.status, &again.json), (201, &first.json));
    assert_eq!(again.headers[ETAG], first.headers[ETAG]);
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = json!({ "name": "Another", "permissions": [] });
    let other = owner.ask_with("POST", "/admin/v1/roles", &key, other).await;
    assert_problem(&other, 422, "idempotency-mismatch");
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_does_what_it_may() {
    let shop = Shop::open().await;
    let owner = shop.login().await;
    let body = json!({ "name": "Script", "permissions": ["stores:read"] });
    let key = [("idempotency-key", "k")];
    let made = owner.ask_with("POST", "/admin/v1/api-keys", &key, body.clone()).await;
    let again = owner.ask_with("POST", "/admin/v1/api-keys", &key, body).await;
    assert_eq!((made.status, &again.json["key"]), (201, &made.json["key"]));
    assert_eq!(again.json["secret"], json!(null));
    let bearer = format!("Bearer {}", made.json["secret"].as_str().unwrap());
    let bearer = [("authorization", bearer.as_str())];
    assert_eq!(shop.ask("GET", "/admin/v1/stores", &bearer, json!(null)).await.status, 200);
    let refused = shop.ask("GET", "/admin/v1/staff", &bearer, json!(null)).await;
    assert_problem(&refused, 403, "permission-denied");
    let path = format!("/admin/v1/api-keys/{}", made.json["key"]["id"].as_str().unwrap());
    assert_eq!(owner.ask("DELETE", &path, json!(null)).await.status, 204);
    let after = shop.ask("GET", "/admin/v1/stores", &bearer, json!(null)).await;
    assert_problem(&after, 401, "unauthenticated");
}

#[tokio::test]
async fn a_customer_registers_changes_their_account_and_logs_out() {
    let shop = Shop::open().await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "first_name": "Ada" });
    let registered = shop.ask("POST", "/store/v1/customers", &[], body.clone()).await;
    assert_eq!(registered.status, 201, "{}", registered.json);
    let again = shop.ask("POST", "/store/v1/customers", &[], body).await;
    assert_problem(&again, 409, "email-taken");
    let bearer = format!("Bearer {}", registered.json["token"].as_str().unwrap());
    let bearer = [("authorization", bearer.as_str())];
    let change = json!({ "last_name": "Lovelace", "title": null });
    let changed = shop.ask("PATCH", "/store/v1/me", &bearer, change).await;
    assert_eq!((changed.status, &changed.json["last_name"]), (200, &json!("Lovelace")));
    let email = shop.ask("PATCH", "/store/v1/me", &bearer, json!({ "tax_exempt": true })).await;
    assert_problem(&email, 422, "invalid");
    assert_problem(
        &shop.ask("GET", "/admin/v1/staff", &bearer, json!(null)).await,
        401,
        "unauthenticated",
    );
    assert_eq!(shop.ask("DELETE", "/store/v1/session", &bearer, json!(null)).await.status, 204);
    assert_problem(
        &shop.ask("GET", "/store/v1/me", &bearer, json!(null)).await,
        401,
        "unauthenticated",
    );
    let login = json!({ "email": "ADA@example.com", "password": PASSWORD, "token_in": "cookie" });
    let login = shop.ask("POST", "/store/v1/session", &[], login).await;
    assert_eq!((login.status, &login.json["token"]), (200, &json!(null)));
    let cookie = login.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("galleria_customer=") && cookie.contains("HttpOnly"), "{cookie}");
}

#[tokio::test]
async fn the_host_says_how_it_does() {
    let shop = Shop::open().await;
    assert_eq!(shop.ask("GET", "/healthz", &[], json!(null)).await.status, 200);
    let ready = shop.ask("GET", "/readyz", &[], json!(null)).await;
    assert_eq!((ready.status, &ready.json["ready"]), (200, &json!(true)));
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let metrics = shop.router.clone().oneshot(request).await.unwrap();
    let metrics = metrics.into_body().collect().await.unwrap().to_bytes();
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    let line = r#"galleria_http_requests_total{method="GET",route="/healthz",status="200"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test]
async fn the_description_names_every_operation_once_and_all_it_refers_to() {
    let shop = Shop::open().await;
    let api = shop.ask("GET", "/openapi.json", &[], json!(null)).await.json;
    assert_eq!(api["openapi"], "3.1.0");
    let mut ids = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path}"));
            ids.push(id.to_owned());
            assert!(operation["responses"]["default"].is_object(), "{id}");
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(ids.contains(&"admin_staff_staff_patch".to_owned()), "{ids:?}");
    let text = api.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(api["components"]["schemas"][name].is_object(), "{name}");
    }
}
