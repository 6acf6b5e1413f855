//! What admins do with plugins.

use galleria_tests::browser::Browser;
use galleria_tests::component::{manifest, renamed, with_manifest, with_raw_manifests};
use galleria_tests::database::on_both;
use galleria_tests::host::{Answer, TestHost};
use galleria_tests::plugins::{components, next_hello};
use http::Method;
use serde_json::{Value, json};

use super::assert_refused;

const PLUGINS: &str = "/admin/v1/plugins";
const HELLO: &str = "/admin/v1/plugins/hello";
const ROGUE: &str = "/admin/v1/plugins/rogue";
const GREETING: &str = "/store/v1/x/hello/hello/Ada";

/// What a change to a plugin has led to.
#[track_caller]
fn changed(answered: &Answer) -> Value {
    assert_eq!(answered.status, 200, "{}", answered.text());
    answered.json()
}

/// What came of an upload, and the plugin as it is then.
#[track_caller]
fn uploaded(answered: &Answer) -> (String, Value) {
    assert_eq!(answered.status, 201, "{}", answered.text());
    let said = answered.json();
    (said["outcome"].as_str().unwrap().to_owned(), said["plugin"].clone())
}

/// Uploads a plugin, grants all that it asks for, and enables it.
pub(super) async fn plug(owner: &Browser<'_>, file: &[u8]) {
    let (_, plugin) = uploaded(&owner.upload(PLUGINS, file).await);
    let path = format!("{PLUGINS}/{}", plugin["id"].as_str().unwrap());
    let asked = plugin["permissions"].as_array().unwrap().iter();
    let asked: Vec<_> = asked.map(|asked| &asked["permission"]).collect();
    let grant = json!({ "permissions": asked });
    changed(&owner.post(&format!("{path}/grant"), &grant).await);
    changed(&owner.press(&format!("{path}/enable")).await);
}

/// A twin of the greeting that needs the greeting.
fn twin() -> Vec<u8> {
    let file = renamed(&components().hello, "twin", "0.1.0");
    let mut manifest = serde_json::to_value(manifest(&file)).unwrap();
    manifest["requires"] = json!({ "hello": "^0.1" });
    with_raw_manifests(&file, &[manifest.to_string().as_bytes()])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_uploaded_looked_at_enabled_asked_and_disabled() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let answered = owner.upload(PLUGINS, &components().hello).await;
        let (outcome, plugin) = uploaded(&answered);
        assert_eq!((outcome.as_str(), answered.location().as_str()), ("installed", HELLO));
        assert_eq!((&plugin["id"], &plugin["title"]), (&json!("hello"), &json!("Hello")));
        assert_eq!((&plugin["state"], &plugin["serving"]), (&json!("disabled"), &Value::Null));
        assert_eq!(plugin["reach"], json!(["answers 1 route for anybody"]));
        assert!(plugin["digest"].as_str().unwrap().starts_with("sha256:"));
        assert_eq!(owner.get(PLUGINS).await.json(), json!({ "items": [plugin] }));
        assert_eq!(owner.get(HELLO).await.json(), plugin);
        let is_off = async || {
            assert_refused(&host.visit(Method::GET, GREETING).await, 404, "not-found");
            let staff = owner.get("/admin/v1/x/hello/hello/Ada").await;
            assert_refused(&staff, 404, "plugin-off");
        };
        is_off().await;
        for _ in 0..2 {
            let plugin = changed(&owner.press(&format!("{HELLO}/enable")).await);
            assert_eq!(
                (&plugin["state"], &plugin["serving"]),
                (&json!("enabled"), &json!("0.1.0"))
            );
            assert_eq!(host.visit(Method::GET, GREETING).await.text(), "Hello, Ada!");
        }
        // It serves, but has no such route for staff.
        let staff = owner.get("/admin/v1/x/hello/hello/Ada").await;
        assert_refused(&staff, 404, "not-found");
        let (outcome, plugin) = uploaded(&owner.upload(PLUGINS, &components().hello).await);
        assert_eq!((outcome.as_str(), &plugin["state"]), ("unchanged", &json!("enabled")));
        for _ in 0..2 {
            let plugin = changed(&owner.press(&format!("{HELLO}/disable")).await);
            assert_eq!((&plugin["state"], &plugin["serving"]), (&json!("disabled"), &Value::Null));
            is_off().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_not_there_can_not_be_changed() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        for plugin in ["nobody", "No%20body", "x"] {
            let path = format!("{PLUGINS}/{plugin}");
            assert_refused(&owner.get(&path).await, 404, "not-found");
            assert_refused(&owner.delete(&path, None).await, 404, "not-found");
            let grant = json!({ "permissions": [] });
            assert_refused(&owner.post(&format!("{path}/grant"), &grant).await, 404, "not-found");
            for verb in ["enable", "disable", "rollback", "discard"] {
                let answered = owner.press(&format!("{path}/{verb}")).await;
                assert_refused(&answered, 404, "not-found");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_does_only_what_was_granted_and_says_in_words_what_it_reaches() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let (_, plugin) = uploaded(&owner.upload(PLUGINS, &components().rogue).await);
        assert_eq!(plugin["state"], "waiting-consent");
        let reach = [
            "answers 6 routes for staff",
            "answers 2 routes for anybody",
            "keeps `note` rows",
            "sets the facet `mark` of customers",
        ];
        assert_eq!(plugin["reach"], json!(reach));
        let asks = plugin["permissions"].as_array().unwrap().iter();
        let storage = asks.clone().find(|asked| asked["permission"] == "storage:use").unwrap();
        assert_eq!((&storage["required"], &storage["granted"]), (&json!(true), &json!(false)));
        let sentence = storage["sentence"].as_str().unwrap();
        assert!(sentence.ends_with(": Has something to leave half done."), "{sentence}");
        let enabled = owner.press(&format!("{ROGUE}/enable")).await;
        assert_refused(&enabled, 409, "consent-missing");
        assert!(enabled.json()["detail"].as_str().unwrap().contains("storage:use"));
        let grant = async |grant: Value| owner.post(&format!("{ROGUE}/grant"), &grant).await;
        for (wrong, path) in [
            (json!({ "permissions": ["customers:delete"] }), "permissions.customers:delete"),
            (json!({ "permissions": ["storage:use"], "warm": true }), "warm"),
        ] {
            let refused = grant(wrong).await;
            assert_refused(&refused, 422, "invalid");
            assert_eq!(refused.json()["errors"][0]["path"], path);
        }
        let granted = changed(&grant(json!({ "permissions": ["storage:use"] })).await);
        let asks = granted["permissions"].as_array().unwrap().iter();
        let held: Vec<_> = asks.filter(|asked| asked["granted"] == true).collect();
        assert_eq!((held.len(), &held[0]["permission"]), (1, &json!("storage:use")));
        changed(&owner.press(&format!("{ROGUE}/enable")).await);
        let taken = grant(json!({ "permissions": [] })).await;
        assert_refused(&taken, 409, "required-permission");
        assert_eq!(owner.get("/admin/v1/x/rogue/notes").await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_of_a_plugin_for_staff_is_for_staff_with_the_right_to_it() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        plug(&owner, &components().rogue).await;
        let notes = "/admin/v1/x/rogue/notes";
        let user = owner.hire("user@example.com", &["x:rogue:rogue:use"]).await;
        let manager = owner.hire("manager@example.com", &["plugins:manage"]).await;
        assert_eq!(owner.post(&format!("{notes}/a"), &json!({})).await.status, 201);
        assert_eq!(user.get(&format!("{notes}/a.1")).await.json()["name"], "a.1");
        assert_refused(&manager.get(notes).await, 403, "permission-denied");
        assert_refused(&host.visit(Method::GET, notes).await, 401, "unauthenticated");
        let store = host.visit(Method::GET, "/store/v1/x/rogue/notes").await;
        assert_refused(&store, 404, "not-found");
        // The same token against forgery as everywhere.
        let bare = host.request(Method::POST, &format!("{notes}/b")).header("cookie", &user.cookie);
        let bare = galleria_tests::host::answer(bare.header("sec-fetch-site", "same-origin")).await;
        assert_refused(&bare, 403, "cross-site");
        assert_eq!(owner.get(&format!("{notes}/b.1")).await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_takes_over_and_gives_way_again() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let greets = async || host.visit(Method::GET, GREETING).await.text();
        plug(&owner, &components().hello).await;
        assert_refused(&owner.press(&format!("{HELLO}/rollback")).await, 409, "nothing-before");
        let (outcome, plugin) = uploaded(&owner.upload(PLUGINS, &next_hello()).await);
        assert_eq!((outcome.as_str(), &plugin["version"]), ("upgraded", &json!("0.2.0")));
        assert_eq!((&plugin["serving"], &plugin["can_roll_back"]), (&json!("0.2.0"), &json!(true)));
        assert_eq!(greets().await, "Howdy, Ada!");
        for (version, greeting) in [("0.1.0", "Hello, Ada!"), ("0.2.0", "Howdy, Ada!")] {
            let plugin = changed(&owner.press(&format!("{HELLO}/rollback")).await);
            assert_eq!(
                (&plugin["version"], &plugin["serving"]),
                (&json!(version), &json!(version))
            );
            assert_eq!(greets().await, greeting);
        }
        let older = owner.upload(PLUGINS, &components().hello).await;
        assert_refused(&older, 409, "plugin-older");
        assert_eq!(greets().await, "Howdy, Ada!");
        let older = owner.upload(&format!("{PLUGINS}?allow_older=true"), &components().hello).await;
        assert_eq!(uploaded(&older).1["serving"], "0.1.0");
        assert_eq!(greets().await, "Hello, Ada!");
        let audit = owner.get("/admin/v1/audit?object=plugin:hello&limit=4").await.json();
        let actions = audit["items"].as_array().unwrap().iter().map(|entry| &entry["action"]);
        assert!(actions.clone().any(|action| action == "plugin.rollback"), "{audit}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_needs_more_waits_for_consent_while_the_old_one_serves() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let greets = async || host.visit(Method::GET, GREETING).await.text();
        plug(&owner, &components().hello).await;
        let mut wider = manifest(&next_hello());
        let asks = manifest(&components().rogue).permissions["storage:use"].clone();
        wider.permissions.insert("storage:use".to_owned(), asks);
        let wider = with_manifest(&next_hello(), &wider);
        let (outcome, plugin) = uploaded(&owner.upload(PLUGINS, &wider).await);
        assert_eq!((outcome.as_str(), &plugin["serving"]), ("waiting-consent", &json!("0.1.0")));
        let pending = &plugin["pending"];
        assert_eq!((&pending["version"], &pending["removed"]), (&json!("0.2.0"), &json!([])));
        assert_eq!(pending["added"][0]["permission"], "storage:use");
        assert_eq!(greets().await, "Hello, Ada!");
        let given_up = changed(&owner.press(&format!("{HELLO}/discard")).await);
        assert_eq!(given_up["pending"], Value::Null);
        assert_refused(&owner.press(&format!("{HELLO}/discard")).await, 409, "nothing-pending");
        assert_eq!(uploaded(&owner.upload(PLUGINS, &wider).await).0, "waiting-consent");
        let consent = json!({ "permissions": ["storage:use"] });
        let plugin = changed(&owner.post(&format!("{HELLO}/grant"), &consent).await);
        assert_eq!((&plugin["serving"], &plugin["pending"]), (&json!("0.2.0"), &Value::Null));
        assert_eq!(greets().await, "Howdy, Ada!");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_kept_survives_its_removal_unless_it_is_to_be_dropped() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let (notes, settings) = ("/admin/v1/x/rogue/notes", "/admin/v1/settings/rogue");
        plug(&owner, &components().rogue).await;
        assert_eq!(owner.post(&format!("{notes}/a"), &json!({})).await.status, 201);
        let mild = json!({ "value": { "mood": "mild" } });
        assert_eq!(owner.put(settings, None, &mild).await.status, 200);
        assert_refused(&owner.delete(ROGUE, None).await, 409, "plugin-enabled");
        for (query, found, mood) in
            [("", 200, "mild"), ("?data=keep", 200, "mild"), ("?data=drop", 404, "foul")]
        {
            changed(&owner.press(&format!("{ROGUE}/disable")).await);
            assert_eq!(owner.delete(&format!("{ROGUE}{query}"), None).await.status, 204);
            assert_refused(&owner.get(ROGUE).await, 404, "not-found");
            assert_eq!(owner.get(PLUGINS).await.json()["items"], json!([]));
            assert_refused(&owner.get(&format!("{notes}/a.1")).await, 404, "plugin-off");
            plug(&owner, &components().rogue).await;
            assert_eq!(owner.get(&format!("{notes}/a.1")).await.status, found, "{query}");
            assert_eq!(owner.get(settings).await.json()["value"]["mood"], mood, "{query}");
        }
        let unclear = owner.delete(&format!("{ROGUE}?data=burn"), None).await;
        assert_refused(&unclear, 422, "invalid");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_others_need_stays_unless_they_are_stopped_as_well() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        let (twin, twin_path) = (twin(), format!("{PLUGINS}/twin"));
        uploaded(&owner.upload(PLUGINS, &twin).await);
        let lonely = owner.press(&format!("{twin_path}/enable")).await;
        assert_refused(&lonely, 409, "dependency-missing");
        plug(&owner, &components().hello).await;
        changed(&owner.press(&format!("{twin_path}/enable")).await);
        let blocked = owner.press(&format!("{HELLO}/disable")).await;
        assert_refused(&blocked, 409, "dependants");
        assert!(blocked.json()["detail"].as_str().unwrap().contains("twin"));
        let unfit = renamed(&components().hello, "hello", "1.0.0");
        assert_refused(&owner.upload(PLUGINS, &unfit).await, 409, "dependants");
        let both = [GREETING, "/store/v1/x/twin/hello/Ada"];
        for path in both {
            assert_eq!(host.visit(Method::GET, path).await.text(), "Hello, Ada!");
        }
        changed(&owner.press(&format!("{HELLO}/disable?force=true")).await);
        for path in both {
            assert_refused(&host.visit(Method::GET, path).await, 404, "not-found");
        }
        assert_eq!(owner.get(&twin_path).await.json()["state"], "disabled");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_a_plugin_are_set_before_it_serves_and_while_it_does() {
    on_both(|test| async move {
        let path = "/admin/v1/settings/rogue";
        let host = TestHost::start(&test).await;
        let owner = Browser::owner(&host).await;
        assert_refused(&owner.get(path).await, 404, "not-found");
        uploaded(&owner.upload(PLUGINS, &components().rogue).await);
        uploaded(&owner.upload(PLUGINS, &components().hello).await);
        assert_refused(&owner.get("/admin/v1/settings/hello").await, 404, "not-found");
        let found = owner.get(path).await;
        assert_eq!(
            (found.json()["value"].clone(), &found.headers["etag"]),
            (json!({ "mood": "foul" }), &"\"v0\"".parse().unwrap())
        );
        assert_eq!(found.json()["schema"]["properties"]["mood"]["type"], "string");
        let mild = json!({ "value": { "mood": "mild" } });
        assert_eq!(owner.put(path, Some(0), &mild).await.headers["etag"], "\"v1\"");
        plug(&owner, &components().rogue).await;
        assert_refused(&owner.put(path, Some(7), &mild).await, 412, "stale");
        let wrong = json!({ "value": { "mood": 7, "colour": "red" } });
        let refused = owner.put(path, Some(1), &wrong).await;
        assert_refused(&refused, 422, "invalid");
        assert_eq!(refused.json()["errors"].as_array().map(Vec::len), Some(2));
        let reader = owner.hire("reader@example.com", &["settings:read"]).await;
        assert_refused(&reader.put(path, None, &mild).await, 403, "permission-denied");
        assert_eq!(reader.get(path).await.json()["value"]["mood"], "mild");
        assert_eq!(owner.delete(path, Some(1)).await.status, 204);
        assert_eq!(owner.get(path).await.json()["value"]["mood"], "foul");
    })
    .await;
}
