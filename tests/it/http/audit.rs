//! The audit log.

use std::collections::BTreeSet;
use std::time::Duration;

use galleria_tests::browser::Browser;
use galleria_tests::clock::TestClock;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::{items, walk, wrong_fields};

const ROLES: &str = "/admin/v1/roles";
const AUDIT: &str = "/admin/v1/audit";

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_says_who_did_what_and_is_found_by_each_of_it() {
    on_both(|test| async move {
        let clock = TestClock::new();
        let host = TestHost::start_at(&test, clock.clone()).await;
        let owner = Browser::owner(&host).await;
        clock.advance(Duration::from_mins(5));
        let draft = json!({ "name": "Clerk", "permissions": ["stores:read"] });
        let made = owner.post(ROLES, &draft).await;
        let id = made.json()["id"].as_str().unwrap().to_owned();
        clock.advance(Duration::from_mins(5));
        assert_eq!(owner.delete(&made.location(), None).await.status, 204);
        let entries = items(&owner.get(&format!("{AUDIT}?object={id}")).await);
        let entry = &entries[1];
        assert_eq!(entries.len(), 2);
        assert_eq!(
            (&entries[0]["action"], &entry["action"]),
            (&json!("role.delete"), &json!("role.create"))
        );
        assert_eq!(entry["actor"], format!("staff:{}", owner.staff));
        assert_eq!(entry["detail"], json!({ "permissions": ["stores:read"] }));
        assert_eq!(
            (&entry["at"], &entry["ip"]),
            (&json!("2026-03-07T12:05:00Z"), &json!("127.0.0.1"))
        );
        assert_eq!(entry["request"], made.headers["x-request-id"].to_str().unwrap());
        let found = async |filter: String| items(&owner.get(&format!("{AUDIT}?{filter}")).await);
        assert_eq!(found("action=role.create".into()).await, *std::slice::from_ref(entry));
        let filter = "from=2026-03-07T12:05:00Z&until=2026-03-07T12:10:00Z";
        assert_eq!(found(filter.into()).await, *std::slice::from_ref(entry));
        let by_owner = found(format!("actor=staff:{}", owner.staff)).await;
        assert!(by_owner.contains(entry));
        assert!(by_owner.iter().all(|other| other["actor"] == entry["actor"]));
        assert_eq!(found("action=role.update".into()).await, Vec::<Value>::new());
        for (wrong, path) in [
            ("actions=role.create", "actions"),
            ("actor=somebody", "actor"),
            ("from=yesterday", "from"),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("cursor=x", "cursor"),
        ] {
            assert_eq!(wrong_fields(&owner.get(&format!("{AUDIT}?{wrong}")).await), [path]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_walked_to_its_first_entry_while_it_grows() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        for at in 0..7 {
            let draft = json!({ "name": format!("Role {at}"), "permissions": [] });
            assert_eq!(owner.post(ROLES, &draft).await.status, 201);
        }
        let first = owner.get(&format!("{AUDIT}?limit=3")).await;
        let next = first.json()["next"].as_str().unwrap().to_owned();
        let newest = items(&first)[0]["seq"].as_u64().unwrap();
        let draft = json!({ "name": "In between", "permissions": [] });
        assert_eq!(owner.post(ROLES, &draft).await.status, 201);
        let second = items(&owner.get(&format!("{AUDIT}?limit=3&cursor={next}")).await);
        assert_eq!(second[0]["seq"].as_u64(), Some(newest - 3), "what is new moves no page");
        let all = walk(&owner, AUDIT, 3).await;
        let seqs: Vec<_> = all.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, (1..=newest + 1).rev().collect::<Vec<_>>());
        let hashes: BTreeSet<_> = all.iter().map(|entry| entry["hash"].to_string()).collect();
        assert_eq!(hashes.len(), all.len());
        // A cursor belongs to the list that it came from.
        let elsewhere = format!("{AUDIT}?action=role.create&cursor={next}");
        assert_eq!(wrong_fields(&owner.get(&elsewhere).await), ["cursor"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_log_that_was_changed_behind_its_back_says_where() {
    on_both(|test| async move {
        let path = "/admin/v1/audit/verification";
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let draft = json!({ "name": "Clerk", "permissions": [] });
        assert_eq!(owner.post(ROLES, &draft).await.status, 201);
        let newest = items(&owner.get(&format!("{AUDIT}?limit=1")).await)[0].clone();
        let whole = owner.get(path).await.json();
        assert_eq!((&whole["whole"], &whole["entries"]), (&json!(true), &newest["seq"]));
        assert_eq!((&whole["hash"], &whole["mistake"]), (&newest["hash"], &Value::Null));
        test.disarm_audit_log().await;
        test.tamper("UPDATE audit_log SET object = 'x' WHERE seq = 2").await;
        let broken = owner.get(path).await.json();
        assert_eq!((&broken["whole"], &broken["entries"]), (&json!(false), &json!(1)));
        assert!(broken["mistake"].as_str().unwrap().contains('2'), "{broken}");
        assert_eq!(broken["hash"], Value::Null);
    })
    .await;
}
