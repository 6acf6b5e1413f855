//! The staff and their roles.

use galleria_tests::browser::Browser;
use galleria_tests::clock::TestClock;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use http::Method;
use serde_json::{Value, json};

use super::{assert_refused, items, wrong_fields};

const STAFF: &str = "/admin/v1/staff";
const ROLES: &str = "/admin/v1/roles";
const KEYS: &str = "/admin/v1/api-keys";
const AUDIT: &str = "/admin/v1/audit";

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_the_staff_is_made_found_changed_and_deleted() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let role = json!({ "name": "Clerk", "permissions": ["stores:read"] });
        let role = owner.post(ROLES, &role).await.json()["id"].clone();
        let draft = json!({ "email": "Eve@Example.com", "name": "Eve", "roles": [role] });
        let made = owner.post(STAFF, &draft).await;
        assert_eq!((made.status, &made.headers["etag"]), (201, &"\"v1\"".parse().unwrap()));
        let path = made.location();
        let found = owner.get(&path).await;
        assert_eq!((found.json(), &found.headers["etag"]), (made.json(), &made.headers["etag"]));
        let said = made.json();
        assert_eq!((&said["name"], &said["roles"][0]), (&json!("Eve"), &role));
        assert_eq!((&said["active"], &said["last_login_at"]), (&json!(true), &Value::Null));
        let change = json!({ "name": "Eva", "roles": [] });
        let changed = owner.patch(&path, Some(1), &change).await;
        assert_eq!((changed.status, &changed.headers["etag"]), (200, &"\"v2\"".parse().unwrap()));
        let said = changed.json();
        assert_eq!(
            (&said["name"], &said["roles"], &said["version"]),
            (&json!("Eva"), &json!([]), &json!(2))
        );
        assert_eq!(owner.delete(&path, Some(2)).await.status, 204);
        assert_refused(&owner.get(&path).await, 404, "not-found");
        assert_refused(&owner.delete(&path, None).await, 404, "not-found");
        assert_eq!(items(&owner.get(STAFF).await).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_about_a_member_of_the_staff_is_named_and_nobody_is_made() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let before = test.dump().await;
        let nowhere = "rol_00000000000000000000000000000000";
        for (draft, wrong) in [
            (json!({ "email": "eve", "name": " " }), &["email", "name"][..]),
            (json!({ "email": "e@example.com", "name": "E", "roles": [nowhere] }), &["roles.0"]),
            (json!({ "email": "e@example.com", "name": "E", "roles": ["x"] }), &["roles.0"]),
            (json!({ "email": "e@example.com" }), &["name"]),
            (json!({ "email": "e@example.com", "name": "E", "owner": true }), &["owner"]),
        ] {
            assert_eq!(wrong_fields(&owner.post(STAFF, &draft).await), wrong, "{draft}");
        }
        let twin = json!({ "email": "OWNER@example.com", "name": "Twin" });
        assert_refused(&owner.post(STAFF, &twin).await, 409, "email-taken");
        for id in ["stf_1", "x", "stf_00000000000000000000000000000000", "%2e%2e"] {
            assert_refused(&owner.get(&format!("{STAFF}/{id}")).await, 404, "not-found");
        }
        assert_refused(&owner.send(Method::PUT, STAFF, &[], None).await, 405, "method-not-allowed");
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_seen_another_version_changes_nothing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let person = json!({ "email": "eve@example.com", "name": "Eve" });
        let person = owner.post(STAFF, &person).await.location();
        let role = json!({ "name": "Clerk", "permissions": [] });
        let role = owner.post(ROLES, &role).await.location();
        for path in [person, role] {
            assert_eq!(owner.patch(&path, Some(1), &json!({ "name": "A" })).await.status, 200);
            let before = test.dump().await;
            for stale in [1, 3] {
                let refused = owner.patch(&path, Some(stale), &json!({ "name": "B" })).await;
                assert_refused(&refused, 412, "stale");
                assert_eq!(refused.headers["etag"], "\"v2\"");
                assert_refused(&owner.delete(&path, Some(stale)).await, 412, "stale");
            }
            let tag = [("if-match", "v2")];
            let body = json!({ "name": "B" });
            let unreadable = owner.send(Method::PATCH, &path, &tag, Some(&body)).await;
            assert_refused(&unreadable, 400, "malformed");
            assert_eq!(test.dump().await, before);
            assert_eq!(owner.get(&path).await.json()["name"], "A");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_can_neither_go_nor_be_demoted() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let path = format!("{STAFF}/{}", owner.staff);
        for change in [json!({ "active": false }), json!({ "roles": [] })] {
            assert_refused(&owner.patch(&path, None, &change).await, 409, "last-owner");
        }
        assert_refused(&owner.delete(&path, None).await, 409, "last-owner");
        let role = items(&owner.get(ROLES).await)[0].clone();
        let role_path = format!("{ROLES}/{}", role["id"].as_str().unwrap());
        assert_refused(&owner.delete(&role_path, None).await, 409, "owner-role");
        let renamed = owner.patch(&role_path, None, &json!({ "name": "Boss" })).await;
        assert_refused(&renamed, 422, "invalid");
        // With another owner, the first may go.
        let heir = json!({ "email": "heir@example.com", "name": "Heir", "roles": [role["id"]] });
        assert_eq!(owner.post(STAFF, &heir).await.status, 201);
        assert_eq!(owner.delete(&path, None).await.status, 204);
        assert_refused(&owner.get(STAFF).await, 401, "unauthenticated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesser_role_is_refused_everything_it_does_not_allow_and_changes_nothing() {
    on_both(|test| async move {
        let host = TestHost::start_at(&test, TestClock::new()).await;
        let owner = Browser::owner(&host).await;
        let clerk = owner.hire("clerk@example.com", &["customers:read"]).await;
        let me = format!("{STAFF}/{}", clerk.staff);
        let boss = format!("{STAFF}/{}", owner.staff);
        let role = items(&owner.get(ROLES).await)[0]["id"].clone();
        let role_path = format!("{ROLES}/{}", role.as_str().unwrap());
        let key = items(&owner.get(KEYS).await)[0]["id"].as_str().unwrap().to_owned();
        let before = test.dump().await;
        let person = json!({ "email": "eve@example.com", "name": "Eve" });
        let password = json!({ "new_password": "nine slow ferries" });
        let asked = [
            (Method::GET, STAFF, None),
            (Method::POST, STAFF, Some(person)),
            (Method::GET, &boss, None),
            (Method::PATCH, &boss, Some(json!({ "active": false }))),
            (Method::DELETE, &boss, None),
            (Method::POST, &format!("{boss}/password"), Some(password)),
            (Method::POST, &format!("{boss}/unlock"), None),
            // One's own roles aren't one's own to change.
            (Method::PATCH, &me, Some(json!({ "roles": [role] }))),
            (Method::GET, ROLES, None),
            (Method::POST, ROLES, Some(json!({ "name": "R", "permissions": [] }))),
            (Method::GET, &role_path, None),
            (Method::PATCH, &role_path, Some(json!({ "name": "R" }))),
            (Method::DELETE, &role_path, None),
            (Method::GET, KEYS, None),
            (Method::POST, KEYS, Some(json!({ "name": "K", "permissions": [] }))),
            (Method::DELETE, &format!("{KEYS}/{key}"), None),
            (Method::GET, AUDIT, None),
            (Method::GET, "/admin/v1/audit/verification", None),
            (Method::GET, "/admin/v1/stores", None),
            (Method::GET, "/admin/v1/settings", None),
            (Method::PATCH, "/admin/v1/settings", Some(json!({ "value": {} }))),
            (Method::GET, "/admin/v1/settings/hello", None),
            (Method::GET, "/admin/v1/plugins", None),
            (Method::GET, "/admin/v1/plugins/hello", None),
            (Method::POST, "/admin/v1/plugins", Some(json!({}))),
            (Method::POST, "/admin/v1/plugins/hello/grant", Some(json!({ "permissions": [] }))),
            (Method::POST, "/admin/v1/plugins/hello/enable", None),
            (Method::POST, "/admin/v1/plugins/hello/disable", None),
            (Method::POST, "/admin/v1/plugins/hello/rollback", None),
            (Method::POST, "/admin/v1/plugins/hello/discard", None),
            (Method::DELETE, "/admin/v1/plugins/hello", None),
        ];
        let mut complaints = Vec::new();
        for (method, path, body) in asked {
            let answered = clerk.send(method.clone(), path, &[], body.as_ref()).await;
            if (answered.status, answered.problem().as_deref()) != (403, Some("permission-denied"))
            {
                complaints.push(format!("{method} {path}: {}", answered.text()));
            }
        }
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(test.dump().await, before);
        let shown = clerk.get("/admin/v1/session").await.json();
        assert_eq!(
            (&shown["owner"], &shown["permissions"]),
            (&json!(false), &json!(["customers:read"]))
        );
        assert_eq!(clerk.get(&me).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_a_right_that_they_do_not_have() {
    on_both(|test| async move {
        let host = TestHost::start_at(&test, TestClock::new()).await;
        let owner = Browser::owner(&host).await;
        let rights = ["staff:read", "staff:write", "api-keys:write", "stores:read"];
        let manager = owner.hire("manager@example.com", &rights).await;
        let boss = format!("{STAFF}/{}", owner.staff);
        let role = items(&owner.get(ROLES).await)[0]["id"].clone();
        let before = test.dump().await;
        let person = json!({ "email": "eve@example.com", "name": "Eve", "roles": [role] });
        let password = json!({ "new_password": "nine slow ferries" });
        let own = format!("{STAFF}/{}", manager.staff);
        let for_owner = json!({ "name": "K", "staff": owner.staff.as_str(), "permissions": [] });
        for (method, path, body) in [
            (Method::POST, ROLES, json!({ "name": "R", "permissions": ["plugins:manage"] })),
            (Method::POST, ROLES, json!({ "name": "R", "permissions": ["x:rogue:rogue:use"] })),
            (Method::POST, STAFF, person),
            (Method::PATCH, &own, json!({ "roles": [role] })),
            (Method::PATCH, &boss, json!({ "name": "Nobody" })),
            (Method::DELETE, &boss, Value::Null),
            (Method::POST, &format!("{boss}/password"), password),
            (Method::POST, KEYS, json!({ "name": "K", "permissions": ["plugins:manage"] })),
            (Method::POST, KEYS, for_owner),
        ] {
            let refused = manager.send(method, path, &[], Some(&body)).await;
            assert_refused(&refused, 403, "permission-denied");
        }
        assert_eq!(test.dump().await, before);
        let own = json!({ "name": "R", "permissions": ["stores:read"] });
        assert_eq!(manager.post(ROLES, &own).await.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_listed_changed_and_deleted() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let draft = json!({ "name": "Clerk", "permissions": ["stores:read", "x:rogue:rogue:use"] });
        let made = owner.post(ROLES, &draft).await;
        assert_eq!((made.status, made.json()["owner"].as_bool()), (201, Some(false)));
        let path = made.location();
        assert_eq!(owner.get(&path).await.json(), made.json());
        assert_refused(&owner.post(ROLES, &draft).await, 409, "role-name-taken");
        let plugins_own = json!({ "name": "X", "permissions": ["stores:read", "clock:read"] });
        assert_eq!(wrong_fields(&owner.post(ROLES, &plugins_own).await), ["permissions.1"]);
        let unknown = json!({ "name": "X", "permissions": ["everything"] });
        assert_eq!(wrong_fields(&owner.post(ROLES, &unknown).await), ["permissions.0"]);
        let changed = owner.patch(&path, Some(1), &json!({ "permissions": [] })).await.json();
        assert_eq!((&changed["name"], &changed["permissions"]), (&json!("Clerk"), &json!([])));
        assert_eq!(items(&owner.get(ROLES).await).len(), 2);
        assert_eq!(owner.delete(&path, Some(2)).await.status, 204);
        assert_refused(&owner.get(&path).await, 404, "not-found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_or_gains_a_right_has_to_log_in_again() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let clerk = owner.hire("clerk@example.com", &["stores:read"]).await;
        let other = owner.hire("other@example.com", &["stores:read"]).await;
        let stores = "/admin/v1/stores";
        assert_eq!(clerk.get(stores).await.status, 200);
        let me = owner.get(&format!("{STAFF}/{}", clerk.staff)).await.json();
        let role = format!("{ROLES}/{}", me["roles"][0].as_str().unwrap());
        assert_eq!(owner.patch(&role, None, &json!({ "permissions": [] })).await.status, 200);
        assert_refused(&clerk.get(stores).await, 401, "unauthenticated");
        assert_eq!(other.get(stores).await.status, 200, "it is another role");
        let path = format!("{STAFF}/{}", other.staff);
        assert_eq!(owner.patch(&path, None, &json!({ "active": false })).await.status, 200);
        assert_refused(&other.get(stores).await, 401, "unauthenticated");
    })
    .await;
}
