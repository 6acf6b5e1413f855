//! Who is asked, in which order, and what becomes true.

use galleria_app::{AppError, Caller, unit};
use galleria_domain::{CustomerId, ImpersonationView, StaffId};
use galleria_domain::{Decision, HookKind, ImpersonationMode, LoginView, OnFailure, Stage};
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;

use super::{cart, draft, failures, notes, tell, twin};

#[tokio::test(flavor = "multi_thread")]
async fn plugins_are_asked_by_their_priorities_and_then_by_their_ids() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        // Not in the order in which they are loaded.
        for (id, priority) in [("c-late", 500), ("b-usual", 100), ("a-usual", 100), ("d-first", 1)]
        {
            host.plug_trusted(&twin(id, priority)).await;
        }
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        let replies = unit!(app.write(&caller), work => {
            app.hooks().adjust(work, &cart(&caller, &[]), Stage::OrderDiscount).await
        })
        .unwrap();
        let order: Vec<_> = replies.iter().map(|reply| reply.plugin.as_str()).collect();
        assert_eq!(order, ["d-first", "a-usual", "b-usual", "c-late"]);
        for reply in &replies {
            let [adjustment] = reply.outcome.as_ref().unwrap().as_slice() else { panic!() };
            assert_eq!(adjustment.amount.amount, -1);
            assert_eq!(adjustment.label["en"], "One off");
            // All were shown the same.
            assert_eq!(adjustment.data["seen"], 1_000);
            assert_eq!(reply.on_failure, OnFailure::Open);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_declares_a_hook_and_a_stage_and_may_is_asked() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug(&components().hello, &[]).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        let mut work = app.write(&caller);
        assert!(HookKind::ALL.iter().all(|hook| !app.hooks().wants(&mut work, *hook)));
        let cart = cart(&caller, &[]);
        let replies = app.hooks().adjust(&mut work, &cart, Stage::OrderDiscount).await.unwrap();
        assert_eq!(replies, []);
        work.undo().await;
        assert!(host.galleria.plugins().stats().iter().all(|(_, stats)| stats.calls == 0));

        host.plug(
            &components().hooking,
            &["storage:use", "events:receive", "jobs:run", "hooks:adjust"],
        )
        .await;
        let mut work = app.write(&caller);
        let wanted: Vec<_> =
            HookKind::ALL.iter().filter(|hook| app.hooks().wants(&mut work, **hook)).collect();
        assert_eq!(wanted, [&HookKind::Adjust]);
        let fees = app.hooks().adjust(&mut work, &cart, Stage::Fee).await.unwrap();
        assert_eq!(fees, [], "its manifest doesn't name that stage");
        let tenders = app.hooks().adjust(&mut work, &cart, Stage::Tender).await.unwrap();
        assert_eq!(tenders.len(), 1);
        work.undo().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_hook_wrote_is_undone_and_all_else_becomes_true_with_the_unit() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        for (id, priority) in [("good", 1), ("bad", 2), ("late", 3)] {
            host.plug_trusted(&twin(id, priority)).await;
        }
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        for how in ["write-trap", "write-loop", "write-refuse"] {
            let order = draft(cart(&caller, &[("bad", how)]));
            let replies = unit!(app.write(&caller), work => {
                tell(work, "crt_beside", 1, serde_json::json!({})).await?;
                let replies = app.hooks().before_place(work, &order).await?;
                assert_eq!(work.caller().principal, caller.principal, "they are who they were");
                Ok(replies)
            })
            .unwrap();
            let failed: Vec<_> = replies.iter().map(|reply| reply.outcome.is_err()).collect();
            assert_eq!(failed, [false, true, false], "{how}: {:?}", failures(&replies));
            assert_eq!(replies[1].on_failure, OnFailure::Closed);
            let id = order.order.as_str();
            assert_eq!(notes(&host, "good").await.get(id), Some(&1), "{how}");
            assert_eq!(notes(&host, "late").await.get(id), Some(&1), "{how}");
            let bad = notes(&host, "bad").await;
            assert!(!bad.contains_key(id) && !bad.contains_key("written"), "{how}: {bad:?}");
        }
        let order = draft(cart(&caller, &[]));
        let undone: galleria_app::Result<()> = unit!(app.write(&caller), work => {
            app.hooks().before_place(work, &order).await?;
            Err(AppError::NotFound("goods"))
        });
        assert!(matches!(undone, Err(AppError::NotFound("goods"))), "{undone:?}");
        assert!(!notes(&host, "good").await.contains_key(order.order.as_str()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_only_answers_is_kept_from_writing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().hooking).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        let view = cart(&caller, &[("hooking", "write")]);
        let order = draft(cart(&caller, &[("hooking", "write")]));
        let hooks = app.hooks();
        let placed = unit!(app.write(&caller), work => {
            let adjusted = hooks.adjust(work, &view, Stage::OrderDiscount).await?;
            let validated = hooks.validate_cart(work, &view).await?;
            for (_, failure) in failures(&adjusted).into_iter().chain(failures(&validated)) {
                let failure = failure.expect("it is told that it may not").to_string();
                assert!(failure.contains("may write"), "{failure}");
            }
            // The unit itself writes as before.
            tell(work, "crt_x", 1, serde_json::json!({})).await?;
            hooks.before_place(work, &order).await
        })
        .unwrap();
        assert_eq!(placed[0].outcome, Ok(Decision::Allow));
        assert_eq!(notes(&host, "hooking").await.get("written"), Some(&1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_ends_with_the_versions_that_it_began_with() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let plugin = host.plug_trusted(&components().hooking).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        let order = draft(cart(&caller, &[("hooking", "nothing")]));
        let mut work = app.read(&caller);
        assert!(app.hooks().wants(&mut work, HookKind::Adjust));
        host.galleria.plugins().disable(host.owner(), &plugin, false).await.unwrap();
        let replies = app.hooks().before_place(&mut work, &order).await.unwrap();
        assert_eq!(failures(&replies), [("hooking".to_owned(), None)]);
        work.undo().await;
        let mut next = app.read(&caller);
        assert!(!app.hooks().wants(&mut next, HookKind::Adjust));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hook_is_answered_in_words_of_the_shop() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        host.plug_trusted(&components().hooking).await;
        let (app, caller) = (host.galleria.app(), Caller::system(host.galleria.store().clone()));
        let (hooks, customer) = (app.hooks(), CustomerId::generate());
        let now = app.now();
        let traits = unit!(app.write(&caller), work => hooks.traits(work, &customer).await);
        let traits = traits.unwrap().remove(0).outcome.unwrap();
        assert!(traits.tax_exempt && !traits.free_shipping);
        assert_eq!(traits.line_discount.parts_per_million(), 50_000);
        assert_eq!(traits.roles, [format!("friend of {customer}")]);

        let view = cart(&caller, &[("hooking", "fault")]);
        let problems = unit!(app.write(&caller), work => hooks.validate_cart(work, &view).await);
        let problems = problems.unwrap().remove(0).outcome.unwrap();
        assert_eq!(problems[0].line.as_ref(), Some(&view.lines[0].id));
        assert_eq!(problems[0].code, "too-dear");

        let order = draft(cart(&caller, &[("hooking", "deny")]));
        let denied = unit!(app.write(&caller), work => hooks.before_place(work, &order).await);
        assert!(!denied.unwrap().remove(0).outcome.unwrap().is_allowed());

        let store = caller.store.clone();
        for (ip, allowed) in [("192.0.2.1", true), ("192.0.2.66", false)] {
            let login = LoginView {
                customer: customer.clone(),
                store: store.clone(),
                at: now,
                ip: ip.parse().ok(),
            };
            let reply = unit!(app.write(&caller), work => hooks.login_gate(work, &login).await);
            assert_eq!(reply.unwrap().remove(0).outcome.unwrap().is_allowed(), allowed);
        }
        for (reason, allowed) in [(Some("they asked"), true), (None, false)] {
            let request = ImpersonationView {
                staff: StaffId::generate(),
                customer: customer.clone(),
                store: store.clone(),
                mode: ImpersonationMode::CartOnly,
                reason: reason.map(str::to_owned),
                at: now,
            };
            let reply = unit!(app.write(&caller), work => {
                hooks.impersonation_gate(work, &request).await
            });
            assert_eq!(reply.unwrap().remove(0).outcome.unwrap().is_allowed(), allowed);
        }
        assert_eq!(notes(&host, "hooking").await.get(customer.as_str()), Some(&2));
    })
    .await;
}
