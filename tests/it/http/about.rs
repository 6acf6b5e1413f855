//! What the host says about itself: its API, its counters, its health.

use galleria_tests::browser::Browser;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use http::Method;
use serde_json::{Value, json};

use super::assert_refused;
use super::plugins::plug;

const GREETING: &str = "/store/v1/x/hello/hello/Ada";
const DISABLE: &str = "/admin/v1/plugins/hello/disable";
const ENABLE: &str = "/admin/v1/plugins/hello/enable";

async fn paths(host: &TestHost) -> Value {
    let described = host.visit(Method::GET, "/openapi.json").await;
    assert_eq!(described.status, 200);
    described.json()["paths"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_of_the_api_follows_the_plugins() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let before = paths(&host).await;
        for path in ["/admin/v1/staff", "/admin/v1/settings", "/store/v1/session", "/readyz"] {
            assert!(before[path].is_object(), "{path}");
        }
        plug(&owner, &components().hello).await;
        plug(&owner, &components().rogue).await;
        let with = paths(&host).await;
        let greeting = &with["/store/v1/x/hello/hello/{name}"]["get"];
        assert_eq!(
            (&greeting["summary"], &greeting["tags"]),
            (&json!("Says hello."), &json!(["hello"]))
        );
        assert_eq!(greeting["parameters"][0]["name"], "name");
        let notes = &with["/admin/v1/x/rogue/notes/{name}"]["post"];
        assert_eq!(notes["description"], "Needs x:rogue:rogue:use.");
        assert_eq!(owner.press(DISABLE).await.status, 200);
        let without = paths(&host).await;
        assert_eq!(without["/store/v1/x/hello/hello/{name}"], Value::Null);
        assert!(without["/admin/v1/x/rogue/notes"].is_object());
        assert_eq!(owner.press("/admin/v1/plugins/rogue/disable").await.status, 200);
        assert_eq!(paths(&host).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_failures_are_counted_for_each_plugin() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        plug(&owner, &components().hello).await;
        plug(&owner, &components().rogue).await;
        for _ in 0..3 {
            assert_eq!(host.visit(Method::GET, GREETING).await.status, 200);
        }
        let trapped = host.visit(Method::GET, "/store/v1/x/rogue/abuses/panic").await;
        assert_refused(&trapped, 502, "plugin-failed");
        let calls = async |plugin| {
            host.counter(&format!("galleria_plugin_calls_total{{plugin=\"{plugin}\"}}")).await
        };
        assert_eq!((calls("hello").await, calls("rogue").await), (3, 1));
        assert_eq!(host.failures("rogue", "trap").await, 1);
        assert_eq!(host.failures("hello", "trap").await, 0);
        let line = "galleria_plugin_duration_seconds_count{plugin=\"hello\"}";
        assert_eq!(host.counter(line).await, 3);
        let line = "galleria_http_requests_total{method=\"GET\",\
            route=\"/store/v1/x/{plugin}/{*path}\",status=\"200\"}";
        assert_eq!(host.counter(line).await, 3);
        let metrics = host.visit(Method::GET, "/metrics").await;
        let kind = metrics.headers["content-type"].to_str().unwrap();
        assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
        assert!(metrics.text().ends_with("# EOF\n"));
        assert!(!metrics.text().contains("Ada"), "no label comes from a client");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_lives_and_is_ready_whatever_its_plugins_do() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let ready = async || {
            assert_eq!(host.visit(Method::GET, "/healthz").await.status, 200);
            let ready = host.visit(Method::GET, "/readyz").await;
            (ready.status, ready.json())
        };
        assert_eq!(ready().await, (200, json!({ "ready": true, "plugins": 0 })));
        plug(&owner, &components().hello).await;
        assert_eq!(ready().await, (200, json!({ "ready": true, "plugins": 1 })));
        assert_eq!(owner.press(DISABLE).await.status, 200);
        assert_eq!(ready().await, (200, json!({ "ready": true, "plugins": 0 })));
        assert_eq!(owner.press(ENABLE).await.status, 200);
        let refused = host.visit(Method::POST, "/healthz").await;
        assert_refused(&refused, 405, "method-not-allowed");
        assert_refused(&host.visit(Method::GET, "/nothing").await, 404, "not-found");
    })
    .await;
}
