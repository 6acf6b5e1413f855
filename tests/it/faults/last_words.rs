//! Why a plugin failed: what it says itself, and what it is counted as.

use std::collections::BTreeSet;

use galleria::Galleria;
use galleria_manifest::Instances;
use galleria_tests::component::{manifest, renamed, with_manifest};
use galleria_tests::database::on_sqlite;
use galleria_tests::guests::{honest, large};
use galleria_tests::host::TestHost;
use galleria_tests::logs::Logs;
use galleria_tests::plugins::components;
use http::Method;

#[tokio::test(flavor = "multi_thread")]
async fn why_a_plugin_panicked_is_told_in_the_log_and_not_in_the_answer() {
    on_sqlite(|test| async move {
        let logs = Logs::listen();
        let host = TestHost::start(&test).await;
        host.plug(&renamed(&components().rogue, "last-words", "0.1.0"), &["storage:use"]).await;
        let answer = host.visit(Method::GET, "/store/v1/x/last-words/abuses/panic").await;
        assert_eq!(answer.status, 502);
        assert!(!answer.text().contains("that panics"), "{}", answer.text());
        let request = answer.headers["x-request-id"].to_str().unwrap();
        let told = logs.lines(&["WARN", "plugin=last-words ", "a plugin that panics", request]);
        assert_eq!(told.len(), 1, "{told:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_writes_when_nothing_is_wrong_is_no_warning_and_bounded() {
    on_sqlite(|test| async move {
        let logs = Logs::listen();
        let host = TestHost::start(&test).await;
        host.plug(&renamed(&components().rogue, "chatty", "0.1.0"), &["storage:use"]).await;
        let answer = host.visit(Method::GET, "/store/v1/x/chatty/abuses/output").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "written"));
        assert_eq!(logs.lines(&["plugin=chatty ", "stderr"]), Vec::<String>::new());
        // It writes a mebibyte to each of its outputs, which the SDK makes one. 4 KiB are kept.
        let dropped = "galleria_plugin_log_bytes_dropped_total{plugin=\"chatty\"}";
        assert_eq!(host.counter(dropped).await, (2 << 20) - (4 << 10));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_for_which_no_memory_is_left_is_counted_as_that() {
    on_sqlite(|test| async move {
        let host = TestHost::start_as(&test, Galleria::builder().plugin_memory(64 << 20)).await;
        host.plug(&honest("modest"), &[]).await;
        host.plug(&large("late", 40), &[]).await;
        // The first one keeps its instance, and with it most of what there is.
        let mut keeping = manifest(&large("first", 40));
        keeping.instances = Instances::Warm;
        let first = host.plug(&with_manifest(&large("first", 40), &keeping), &[]).await;
        host.galleria.plugins().grant(host.owner(), &first, &BTreeSet::new(), true).await.unwrap();
        assert_eq!(host.visit(Method::GET, "/store/v1/x/first/").await.status, 200);
        assert_eq!(host.visit(Method::GET, "/store/v1/x/late/").await.status, 502);
        let counted = (host.failures("late", "memory").await, host.failures("late", "trap").await);
        assert_eq!(counted, (1, 0));
        assert_eq!(host.visit(Method::GET, "/store/v1/x/modest/").await.status, 200);
    })
    .await;
}
