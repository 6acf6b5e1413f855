//! One plugin for each abuse: a clean refusal, a counter, a log line, no effect, and neighbours
//! that see nothing of it.

use std::sync::Arc;

use futures_util::future::join_all;
use galleria_domain::PluginId;
use galleria_tests::component::renamed;
use galleria_tests::database::{on_postgres, on_sqlite};
use galleria_tests::host::{Answer, TestHost};
use galleria_tests::logs::Logs;
use galleria_tests::plugins::components;
use http::Method;

use super::neighbours::Neighbours;

/// What a plugin is granted unless an abuse is about something else.
const USUAL: &[&str] = &["storage:use", "clock:read", "log:write", "settings:read"];
/// At once; fewer than bring a plugin its rest.
const AT_ONCE: usize = 3;
/// What the stock of all plugins may hold when nobody abuses anything.
const HELD_MAX_BYTES: usize = 512 << 20;

/// An abuse, and what the client and the operator see of it.
struct Abuse {
    name: &'static str,
    verb: Verb,
    status: u16,
    /// The kind of problem; `None` for an answer that is none.
    problem: Option<&'static str>,
    /// The kind of failure that is counted; `None` if nothing failed.
    counted: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Verb {
    Get,
    Post,
}

impl From<Verb> for Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Get => Self::GET,
            Verb::Post => Self::POST,
        }
    }
}

const fn get(
    name: &'static str,
    status: u16,
    problem: &'static str,
    counted: &'static str,
) -> Abuse {
    Abuse { name, verb: Verb::Get, status, problem: Some(problem), counted: Some(counted) }
}

const fn post(
    name: &'static str,
    status: u16,
    problem: &'static str,
    counted: &'static str,
) -> Abuse {
    Abuse { verb: Verb::Post, ..get(name, status, problem, counted) }
}

/// What is allowed, or comes to nothing without a failure.
const fn fine(name: &'static str, verb: Verb, status: u16) -> Abuse {
    Abuse { name, verb, status, problem: None, counted: None }
}

const SLOW: &str = "plugin-too-slow";
const FAILED: &str = "plugin-failed";

/// Uses too much, or falls over.
const SPENDING: &[Abuse] = &[
    get("loop", 504, SLOW, "cpu"),
    get("loop-calling", 502, FAILED, "host-calls"),
    get("nap", 504, SLOW, "wall"),
    fine("slow", Verb::Get, 200),
    get("recursion", 502, FAILED, "trap"),
    get("huge-allocation", 502, FAILED, "memory"),
    get("small-allocations", 502, FAILED, "memory"),
    get("growing-memory", 502, FAILED, "memory"),
    get("panic", 502, FAILED, "trap"),
    get("unreachable", 502, FAILED, "trap"),
    get("division", 502, FAILED, "trap"),
    get("index", 502, FAILED, "trap"),
    get("exit", 502, FAILED, "trap"),
    get("exit-with-code", 502, FAILED, "trap"),
];

/// Asks too much of the host.
const FLOODING: &[Abuse] = &[
    get("host-calls", 502, FAILED, "host-calls"),
    get("queries", 502, FAILED, "host-calls"),
    post("writes", 502, FAILED, "host-calls"),
    fine("log-lines", Verb::Get, 200),
    get("log-line", 502, FAILED, "trap"),
    get("overlapping-list", 502, FAILED, "trap"),
    get("long-list", 502, FAILED, "trap"),
    get("handles", 502, FAILED, "trap"),
    get("pollables", 502, FAILED, "trap"),
    get("random", 502, FAILED, "trap"),
    fine("output", Verb::Get, 200),
];

/// Reaches for what isn't its own.
const REACHING: &[Abuse] = &[
    get("file", 403, "denied", "refused"),
    get("folder", 403, "denied", "refused"),
    get("connection", 403, "denied", "refused"),
    get("listener", 403, "denied", "refused"),
    get("name-lookup", 403, "denied", "refused"),
    get("environment", 403, "denied", "refused"),
    get("customers", 403, "denied", "refused"),
    post("make-customer", 403, "denied", "refused"),
    get("write", 403, "denied", "refused"),
    get("undeclared-entity", 422, "invalid", "refused"),
    get("undeclared-index", 422, "invalid", "refused"),
    post("undeclared-facet", 403, "denied", "refused"),
    get("forged-cursor", 422, "invalid", "refused"),
    post("json-bomb", 422, "invalid", "refused"),
    post("huge-entity", 422, "invalid", "refused"),
    fine("strange-ids", Verb::Post, 200),
];

/// Answers what is no answer.
const ANSWERING: &[Abuse] = &[
    get("status-0", 502, FAILED, "bad-response"),
    get("status-99", 502, FAILED, "bad-response"),
    get("status-101", 502, FAILED, "bad-response"),
    get("status-199", 502, FAILED, "bad-response"),
    get("status-600", 502, FAILED, "bad-response"),
    get("status-65535", 502, FAILED, "bad-response"),
    fine("status-204", Verb::Get, 204),
    fine("status-304", Verb::Get, 304),
    fine("status-599", Verb::Get, 599),
    get("huge-body", 502, FAILED, "bad-response"),
    fine("largest-body", Verb::Get, 200),
    get("many-headers", 502, FAILED, "bad-response"),
    get("long-header", 502, FAILED, "bad-response"),
    fine("split-header", Verb::Get, 200),
    fine("strange-header", Verb::Get, 200),
    get("bad-utf8", 502, FAILED, "trap"),
    fine("cookie", Verb::Get, 200),
    fine("hop-by-hop", Verb::Get, 200),
    fine("wrong-length", Verb::Get, 200),
    get("bad-kind", 502, FAILED, "bad-response"),
    get("long-kind", 502, FAILED, "bad-response"),
    get("no-kind", 502, FAILED, "bad-response"),
    get("long-refusal", 502, FAILED, "bad-response"),
    get("many-errors", 502, FAILED, "bad-response"),
];

#[tokio::test(flavor = "multi_thread")]
async fn who_spends_too_much_is_stopped_alone() {
    on_sqlite(|test| async move { suffer(&TestHost::start(&test).await.into(), SPENDING).await })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_floods_the_host_is_stopped_alone() {
    on_sqlite(|test| async move { suffer(&TestHost::start(&test).await.into(), FLOODING).await })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_floods_the_host_is_stopped_alone_on_a_server_too() {
    on_postgres(|test| async move { suffer(&TestHost::start(&test).await.into(), FLOODING).await })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reaches_too_far_is_refused() {
    on_sqlite(|test| async move { suffer(&TestHost::start(&test).await.into(), REACHING).await })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reaches_too_far_is_refused_on_a_server_too() {
    on_postgres(|test| async move { suffer(&TestHost::start(&test).await.into(), REACHING).await })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_nonsense_is_not_passed_on() {
    on_sqlite(|test| async move { suffer(&TestHost::start(&test).await.into(), ANSWERING).await })
        .await;
}

/// Lets every abuse happen, with neighbours at work meanwhile, and says all that was wrong.
async fn suffer(host: &Arc<TestHost>, abuses: &[Abuse]) {
    let logs = Logs::listen();
    let mut plugged = Vec::new();
    for abuse in abuses {
        let id = format!("rogue-{}", abuse.name);
        let file = renamed(&components().rogue, &id, "0.1.0");
        plugged.push((abuse, host.plug(&file, USUAL).await));
    }
    let neighbours = Neighbours::move_in(host).await;
    let mut complaints = Vec::new();
    for (abuse, plugin) in &plugged {
        let before = neighbours.answered();
        complaints.extend(commit(host, abuse, plugin).await);
        complaints.extend(aftermath(host, abuse, plugin, &logs).await);
        let alive = host.visit(Method::GET, "/healthz").await;
        assert_eq!(alive.status, 200, "after {}", abuse.name);
        // However short the abuse was, the neighbours had their turn.
        while neighbours.answered() == before {
            tokio::task::yield_now().await;
        }
    }
    neighbours.saw_nothing().await;
    let held = host.galleria.plugins().memory_bytes();
    assert!(held < HELD_MAX_BYTES, "{held} bytes are held, as if instances weren't given back");
    assert_eq!(complaints, Vec::<String>::new());
}

/// Several clients run into it at once.
async fn commit(host: &TestHost, abuse: &Abuse, plugin: &PluginId) -> Vec<String> {
    let path = format!("/store/v1/x/{plugin}/abuses/{}", abuse.name);
    let clients = (0..AT_ONCE).map(|_| host.visit(abuse.verb.into(), &path));
    let answers = join_all(clients).await;
    answers.iter().filter_map(|answer| complaint(abuse, plugin, answer)).collect()
}

fn complaint(abuse: &Abuse, plugin: &PluginId, answer: &Answer) -> Option<String> {
    let wanted = abuse.problem.map(|kind| match abuse.counted {
        Some("refused") => format!("x/{plugin}/{kind}"),
        _ => kind.to_owned(),
    });
    let is_clean = !answer.headers.contains_key("set-cookie");
    let fits = answer.status == abuse.status && answer.problem() == wanted && is_clean;
    let text: String = answer.text().chars().take(300).collect();
    (!fits).then(|| format!("{}: {} {text}", abuse.name, answer.status))
}

/// What is left of it: a number, a line in the log, and nothing in the database.
async fn aftermath(host: &TestHost, abuse: &Abuse, plugin: &PluginId, logs: &Logs) -> Vec<String> {
    let mut complaints = Vec::new();
    if let Some(kind) = abuse.counted {
        let counted = host.failures(plugin.as_str(), kind).await;
        if counted != AT_ONCE as u64 {
            complaints.push(format!("{}: {counted} times {kind}", abuse.name));
        }
        let is_fault = kind != "refused";
        if is_fault && logs.lines(&["ERROR", &format!("plugin={plugin} ")]).is_empty() {
            complaints.push(format!("{}: no line in the log", abuse.name));
        }
    }
    let notes = host.get(&format!("/admin/v1/x/{plugin}/notes")).await;
    if notes.json()["items"] != serde_json::json!([]) {
        complaints.push(format!("{}: left {} {}", abuse.name, notes.status, notes.text()));
    }
    complaints
}
