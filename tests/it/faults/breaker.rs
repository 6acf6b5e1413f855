//! A plugin that fails again and again is left alone for a while.

use galleria_tests::component::renamed;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use http::Method;

#[tokio::test(flavor = "multi_thread")]
async fn after_five_failures_a_plugin_rests_and_no_other_does() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let rogue = host.plug(&components().rogue, &["storage:use"]).await;
        let twin = renamed(&components().rogue, "rogue-twin", "0.1.0");
        let twin = host.plug(&twin, &["storage:use"]).await;
        for _ in 0..5 {
            let failed =
                host.visit(Method::GET, &format!("/store/v1/x/{rogue}/abuses/panic")).await;
            assert_eq!(failed.problem().as_deref(), Some("plugin-failed"));
        }
        let resting = host.visit(Method::GET, &format!("/store/v1/x/{rogue}/abuses/slow")).await;
        assert_eq!((resting.status, resting.problem().as_deref()), (503, Some("unavailable")));
        let again: u64 = resting.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=30).contains(&again), "{again}");
        assert_eq!(host.failures(rogue.as_str(), "trap").await, 5);
        let other = host.visit(Method::GET, &format!("/store/v1/x/{twin}/abuses/slow")).await;
        assert_eq!(other.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_no_failures() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let rogue = host.plug(&components().rogue, &["storage:use"]).await;
        for _ in 0..10 {
            let refused =
                host.visit(Method::GET, &format!("/store/v1/x/{rogue}/abuses/file")).await;
            assert_eq!(refused.status, 403);
        }
        let served = host.visit(Method::GET, &format!("/store/v1/x/{rogue}/abuses/slow")).await;
        assert_eq!(served.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_switched_off_and_on_begins_anew() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let rogue = host.plug(&components().rogue, &["storage:use"]).await;
        for _ in 0..5 {
            host.visit(Method::GET, &format!("/store/v1/x/{rogue}/abuses/panic")).await;
        }
        let plugins = host.galleria.plugins();
        plugins.disable(host.owner(), &rogue, false).await.unwrap();
        plugins.enable(host.owner(), &rogue).await.unwrap();
        let served = host.visit(Method::GET, &format!("/store/v1/x/{rogue}/abuses/slow")).await;
        assert_eq!(served.status, 200);
    })
    .await;
}
