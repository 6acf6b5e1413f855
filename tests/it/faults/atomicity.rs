//! A call is one unit of work: wherever it ends, all of it is there or nothing.

use galleria_app::{customers, unit};
use galleria_domain::{CustomerDraft, CustomerKind, PluginId};
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use serde_json::json;

/// Ways of not coming to a good end, and what the client is told of each.
const ENDS: [(&str, u16); 5] =
    [("trap", 502), ("panic", 502), ("refuse", 409), ("nonsense", 502), ("exit", 502)];
/// More failures than these bring a plugin its rest.
const FAILURES_BEFORE_REST: usize = 4;
/// Further than there are steps.
const ALL: usize = 999;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_ends_badly_after_any_host_call_leaves_nothing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let rogue = host.plug_trusted(&components().rogue).await;
        let customer = customer(&host).await;
        let steps = step_names(&host, &customer).await;
        let mut before = test.dump().await;
        let mut failures = 0;
        for (how, status) in ENDS {
            for until in 0..=steps.len() {
                if failures == FAILURES_BEFORE_REST {
                    begin_anew(&host, &rogue).await;
                    (before, failures) = (test.dump().await, 0);
                }
                let mark = format!("{how}-{until}");
                let answer = take_steps(&host, &customer, until, how, &mark).await;
                let after = if until == 0 { "nothing" } else { steps[until - 1].as_str() };
                assert_eq!(answer.0, status, "{how} after {after}: {}", answer.1);
                assert_eq!(test.dump().await, before, "{how} after {after}");
                failures += 1;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_stopped_leaves_nothing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().rogue).await;
        let customer = customer(&host).await;
        let steps = step_names(&host, &customer).await.len();
        let before = test.dump().await;
        for how in ["loop", "nap"] {
            let mark = format!("stopped-{how}");
            let answer = take_steps(&host, &customer, steps, how, &mark).await;
            assert_eq!(answer.0, 504, "{how}: {}", answer.1);
            assert_eq!(test.dump().await, before, "{how}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_ends_well_leaves_all_of_it() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().rogue).await;
        let customer = customer(&host).await;
        let before = test.dump().await;
        let steps = step_names(&host, &customer).await;
        assert_eq!(steps.len(), 20, "every function of the contract is a step: {steps:?}");
        let after = test.dump().await;
        for table in ["audit_log", "customers", "facets", "plugin_usage"] {
            assert_ne!(after[table], before[table], "{table}");
        }
        let note = host.get("/admin/v1/x/rogue/notes/well-a").await;
        assert_eq!(note.json()["count"], 7, "{}", note.text());
        for gone in ["well-b", "well-c"] {
            assert_eq!(host.get(&format!("/admin/v1/x/rogue/notes/{gone}")).await.status, 404);
        }
    })
    .await;
}

async fn customer(host: &TestHost) -> String {
    let draft = CustomerDraft {
        kind: Some(CustomerKind::Guest),
        email: Some("ada@example.com".to_owned()),
        ..CustomerDraft::default()
    };
    let made = unit!(host.galleria.app().write(host.owner()), work => {
        customers::create(work, draft.clone()).await
    });
    made.unwrap().customer.id.to_string()
}

/// Takes all steps to a good end; answers their names.
async fn step_names(host: &TestHost, customer: &str) -> Vec<String> {
    let answer = take_steps(host, customer, ALL, "answer", "well").await;
    assert_eq!(answer.0, 200, "{}", answer.1);
    serde_json::from_str(&answer.1).unwrap()
}

async fn take_steps(
    host: &TestHost,
    customer: &str,
    until: usize,
    how: &str,
    mark: &str,
) -> (u16, String) {
    let plan = json!({ "until": until, "how": how, "customer": customer, "mark": mark });
    let answer = host.post("/admin/v1/x/rogue/steps", &plan).await;
    (answer.status, answer.text())
}

/// Forgets how often the plugin failed.
async fn begin_anew(host: &TestHost, plugin: &PluginId) {
    let plugins = host.galleria.plugins();
    plugins.disable(host.owner(), plugin, false).await.unwrap();
    plugins.enable(host.owner(), plugin).await.unwrap();
}
