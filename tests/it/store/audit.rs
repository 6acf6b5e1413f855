//! The audit log: a chain that shows every change to it.

use galleria_app::audit::{self, AuditFilter, ChainState};
use galleria_app::{AppError, Caller, unit};
use galleria_domain::{Actor, AuditLink, BrokenChain, PageRequest, Permission, Rights};
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;
use serde_json::json;

async fn append(shop: &TestShop, caller: &Caller, objects: &[&str]) {
    for object in objects {
        unit!(shop.app.write(caller), work => {
            audit::append(work, "test.done", object, &json!({ "n": 1 })).await
        })
        .unwrap();
    }
}

async fn verify(shop: &TestShop) -> ChainState {
    let owner = shop.owner();
    unit!(shop.app.read(&owner), work => audit::verify(work).await).unwrap()
}

async fn last(shop: &TestShop) -> AuditLink {
    match verify(shop).await {
        ChainState::Whole(link) => link,
        broken @ ChainState::Broken(_) => panic!("{broken:?}"),
    }
}

#[tokio::test]
async fn an_entry_says_who_did_what_where_and_in_which_request() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        append(&shop, &owner, &["cus_1"]).await;
        let filter = AuditFilter { object: Some("cus_1".into()), ..AuditFilter::default() };
        let page = unit!(shop.app.read(&owner), work => {
            audit::list(work, &filter, &PageRequest::first(9)).await
        });
        let entry = page.unwrap().items.remove(0);
        assert_eq!(entry.event.actor, Actor::Staff(shop.owner.clone()));
        assert_eq!(entry.event.store, Some(shop.store.clone()));
        assert_eq!(entry.event.request, Some(owner.request_id.clone()));
        assert_eq!(entry.event.ip.unwrap().to_string(), "192.0.2.1");
        assert_eq!(entry.event.detail.as_deref(), Some(r#"{"n":1}"#));
    })
    .await;
}

#[tokio::test]
async fn the_address_of_a_customer_or_visitor_is_not_kept_for_ever() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        append(&shop, &shop.visitor("198.51.100.7"), &["thing"]).await;
        let owner = shop.owner();
        let page = unit!(shop.app.read(&owner), work => {
            audit::list(work, &AuditFilter::default(), &PageRequest::first(1)).await
        });
        assert_eq!(page.unwrap().items[0].event.ip, None);
    })
    .await;
}

#[tokio::test]
async fn the_log_is_read_page_by_page_the_newest_first() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        append(&shop, &owner, &["a", "b", "c", "d", "e"]).await;
        let filter = AuditFilter { action: Some("test.done".into()), ..AuditFilter::default() };
        let (mut seen, mut request) = (Vec::new(), PageRequest::first(2));
        loop {
            let page =
                unit!(shop.app.read(&owner), work => audit::list(work, &filter, &request).await);
            let page = page.unwrap();
            seen.extend(page.items.into_iter().map(|entry| entry.event.object));
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, ["e", "d", "c", "b", "a"]);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_read_the_log_reads_nothing_of_it() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let rights = Rights::only([Permission::CustomersRead.into()]);
        let clerk = shop.caller(Actor::Staff(shop.owner.clone()), rights);
        let answer = unit!(shop.app.read(&clerk), work => {
            audit::list(work, &AuditFilter::default(), &PageRequest::first(1)).await
        });
        assert!(matches!(answer, Err(AppError::PermissionDenied(name)) if name == "audit:read"));
    })
    .await;
}

#[tokio::test]
async fn a_plugin_cannot_write_in_the_hosts_name() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let plugin: galleria_domain::PluginId = "customer-roles".parse().unwrap();
        let rights = Rights::only([Permission::AuditWrite.into()]);
        let caller =
            Caller { plugin: Some(plugin.clone()), ..shop.caller(Actor::Plugin(plugin), rights) };
        unit!(shop.app.write(&caller), work => {
            audit::append_for_plugin(work, "staff.login", "stf_1").await
        })
        .unwrap();
        let owner = shop.owner();
        let page = unit!(shop.app.read(&owner), work => {
            audit::list(work, &AuditFilter::default(), &PageRequest::first(1)).await
        });
        assert_eq!(page.unwrap().items[0].event.action, "x:customer-roles:staff.login");
        let refused = unit!(shop.app.write(&caller), work => {
            audit::append_for_plugin(work, "Not An Action", "x").await
        });
        assert!(matches!(refused, Err(AppError::Invalid(errors)) if errors[0].path == "action"));
    })
    .await;
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_the_log() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let before = last(&shop).await;
        for sql in ["UPDATE audit_log SET object = 'x'", "DELETE FROM audit_log"] {
            assert!(test.try_tamper(sql).await.is_err(), "{sql}");
        }
        assert_eq!(last(&shop).await, before);
    })
    .await;
}

#[tokio::test]
async fn every_kind_of_tampering_is_found_at_the_first_wrong_entry() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        append(&shop, &shop.owner(), &["a", "b", "c", "d", "e", "f"]).await;
        let end = last(&shop).await.seq;
        test.disarm_audit_log().await;
        let (third, fourth) = (end - 3, end - 2);
        let swap = format!(
            "UPDATE audit_log SET seq = -1 WHERE seq = {third}; \
             UPDATE audit_log SET seq = {third} WHERE seq = {fourth}; \
             UPDATE audit_log SET seq = {fourth} WHERE seq = -1"
        );
        for (sql, undo, broken) in [
            (
                format!("UPDATE audit_log SET object = 'x' WHERE seq = {third}"),
                format!("UPDATE audit_log SET object = 'c' WHERE seq = {third}"),
                BrokenChain::Changed { seq: third },
            ),
            (
                format!("UPDATE audit_log SET actor = 'nobody!' WHERE seq = {third}"),
                format!("UPDATE audit_log SET actor = 'staff:{}' WHERE seq = {third}", shop.owner),
                BrokenChain::Changed { seq: third },
            ),
            (
                format!("UPDATE audit_log SET at = at + 1 WHERE seq = {fourth}"),
                format!("UPDATE audit_log SET at = at - 1 WHERE seq = {fourth}"),
                BrokenChain::Changed { seq: fourth },
            ),
            (swap.clone(), swap, BrokenChain::Unlinked { seq: third }),
        ] {
            test.tamper(&sql).await;
            assert_eq!(verify(&shop).await, ChainState::Broken(broken), "{sql}");
            test.tamper(&undo).await;
            assert_eq!(last(&shop).await.seq, end);
        }
        test.tamper(&format!("DELETE FROM audit_log WHERE seq = {third}")).await;
        let gap = BrokenChain::Gap { expected: third, found: fourth };
        assert_eq!(verify(&shop).await, ChainState::Broken(gap));
    })
    .await;
}

#[tokio::test]
async fn a_cut_tail_shows_in_the_link_that_was_kept_elsewhere() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        append(&shop, &shop.owner(), &["a", "b"]).await;
        let kept = last(&shop).await;
        test.disarm_audit_log().await;
        test.tamper(&format!("DELETE FROM audit_log WHERE seq = {}", kept.seq)).await;
        assert_ne!(last(&shop).await, kept);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_keep_one_chain() {
    on_both(|test| async move {
        const WRITERS: u64 = 8;
        const EACH: u64 = 5;
        let shop = TestShop::open(&test).await;
        let before = last(&shop).await.seq;
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let shop = shop.clone();
                tokio::spawn(async move {
                    for _ in 0..EACH {
                        append_until_done(&shop).await;
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(last(&shop).await.seq, before + WRITERS * EACH);
    })
    .await;
}

/// Rivals may get in between so often that a unit gives up; then it did nothing.
async fn append_until_done(shop: &TestShop) {
    let owner = shop.owner();
    loop {
        let done = unit!(shop.app.write(&owner), work => {
            audit::append(work, "test.done", "x", &json!(null)).await
        });
        match done {
            Err(error) if error.is_again() => {}
            done => return done.unwrap(),
        }
    }
}
