//! Hooks that answer nonsense, or nothing.

use galleria_app::hooks::HookFailure;
use galleria_app::{Caller, unit};
use galleria_domain::Stage;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;

use super::{cart, draft, failures, tell, twin};

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_whole_and_named() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let plugin = host.plug_trusted(&components().hooking).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        for (at, (what, expected)) in [
            ("positive", "adjustment 0 has the wrong sign"),
            ("wrong-currency", "isn't in the currency of the cart"),
            ("no-currency", "isn't in the currency of the cart"),
            ("foreign-line", "is about a line that the cart doesn't have"),
            ("wrong-scope", "is about something that isn't adjusted at this stage"),
            ("huge", "is too large"),
            ("no-json", "has data that is no JSON"),
            ("long-code", "of a length that isn't allowed"),
            ("twice-named", "is named twice in a language"),
            ("one-of-many", "adjustment 1 has the wrong sign"),
            ("too-many", "has more than 256 adjustments"),
        ]
        .into_iter()
        .enumerate()
        {
            if at % 4 == 0 {
                // Before it is left alone for failing too often.
                host.galleria.plugins().disable(host.owner(), &plugin, false).await.unwrap();
                host.galleria.plugins().enable(host.owner(), &plugin).await.unwrap();
            }
            let view = cart(&caller, &[("hooking", what)]);
            let mut work = app.write(&caller);
            let replies = app.hooks().adjust(&mut work, &view, Stage::OrderDiscount).await;
            let replies = replies.unwrap();
            match &replies[0].outcome {
                Err(HookFailure::BadAnswer(why)) => {
                    assert!(why.contains(expected), "{what}: {why}");
                }
                other => panic!("{what}: {other:?}"),
            }
            work.undo().await;
        }
        assert_eq!(host.failures("hooking", "bad-response").await, 11);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unit_goes_on_after_a_trap_a_loop_and_a_nap() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().hooking).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        for (how, failure) in [
            ("trap", HookFailure::Trapped),
            ("loop", HookFailure::Overrun("cpu")),
            ("nap", HookFailure::Overrun("wall")),
            ("refuse", HookFailure::Refused("as I was told".to_owned())),
        ] {
            let view = cart(&caller, &[("hooking", how)]);
            let replies = unit!(app.write(&caller), work => {
                tell(work, "crt_before", 1, serde_json::json!({})).await?;
                let replies = app.hooks().adjust(work, &view, Stage::OrderDiscount).await?;
                tell(work, "crt_after", 1, serde_json::json!({})).await?;
                Ok(replies)
            });
            let failures = failures(&replies.unwrap());
            assert_eq!(failures, [("hooking".to_owned(), Some(failure))], "{how}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_are_asked_share_one_allowance_of_time() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let plugins = ["one", "three", "two"];
        for plugin in plugins {
            host.plug_trusted(&twin(plugin, 100)).await;
        }
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        let view = cart(&caller, &plugins.map(|plugin| (plugin, "loop")));
        let mut work = app.write(&caller);
        let replies = app.hooks().before_place(&mut work, &draft(view)).await.unwrap();
        let failures = failures(&replies);
        assert_eq!(failures[0].1, Some(HookFailure::Overrun("cpu")));
        assert_eq!(failures[2], ("two".to_owned(), Some(HookFailure::OutOfTime)));
        work.undo().await;
        // Nobody is blamed for what others used up.
        assert_eq!(host.failures("two", "cpu").await, 0);
        assert_eq!(host.failures("two", "out-of-time").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_fails_again_and_again_is_asked_no_more_for_a_while() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().hooking).await;
        host.plug_trusted(&twin("other", 100)).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        let view = cart(&caller, &[("hooking", "trap")]);
        for turn in 0..7 {
            let mut work = app.write(&caller);
            let replies = app.hooks().adjust(&mut work, &view, Stage::OrderDiscount).await.unwrap();
            let expected = if turn < 5 { HookFailure::Trapped } else { HookFailure::Resting };
            assert_eq!(replies[0].outcome, Err(expected), "turn {turn}");
            assert!(replies[1].outcome.is_ok(), "no other rests");
            work.undo().await;
        }
        assert_eq!(host.failures("hooking", "trap").await, 5);
        assert_eq!(host.failures("hooking", "resting").await, 2);
    })
    .await;
}
