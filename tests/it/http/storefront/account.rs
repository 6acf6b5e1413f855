//! A customer's account, their passwords and their sessions.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::json;

use super::super::refused;
use super::{Customer, ME, OTHER, OWN_PASSWORD, PASSWORD, SESSION, at, login};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_changes_themselves_and_not_how_the_shop_treats_them() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let (owner, ada) = (Client::owner(&host), Customer::register(&host, "ada@example.com").await);
        let note = json!({ "admin_comment": "pays late", "custom": { "secret": 1 } });
        let noted = owner.patch(&ada.path(), &note).await;
        assert_eq!(noted.status, 200);
        let me = ada.client.get(ME).await;
        assert!(!me.text().contains("late") && !me.text().contains("secret"), "{}", me.text());
        let change = json!({ "last_name": "Lovelace", "phone": "1", "company": null, "accepts_marketing": false });
        let changed = ada.client.having_seen(&me).patch(ME, &change).await;
        assert_eq!((changed.status, &changed.json()["last_name"]), (200, &json!("Lovelace")));
        let before = test.dump().await;
        refused(&ada.client.having_seen(&me).patch(ME, &json!({ "phone": "2" })).await, 412, "stale");
        for field in ["email", "kind", "stage", "active", "tax_exempt", "admin_comment", "external_ref", "custom", "id"] {
            let answer = ada.client.patch(ME, &json!({ field: null, "phone": "2" })).await;
            assert_eq!(refused(&answer, 422, "invalid"), at(field, "unknown"));
        }
        let answer = ada.client.patch(ME, &json!({ "first_name": null })).await;
        assert_eq!(refused(&answer, 422, "invalid"), at("first_name", "malformed"));
        assert_eq!(test.dump().await, before);
        assert_eq!(owner.get(&ada.path()).await.json()["admin_comment"], "pays late");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_sessions_but_the_one_it_begins() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let ada = Customer::register(&host, "ada@example.com").await;
        let phone = Customer::of(&host, &login(&host, "ada@example.com", PASSWORD).await);
        let before = test.dump().await;
        for (current, new, mistake) in [
            (OTHER, OTHER, at("current_password", "range")),
            (PASSWORD, PASSWORD, at("new_password", "range")),
            (PASSWORD, "short", at("new_password", "too-short")),
            (PASSWORD, "password", at("new_password", "range")),
        ] {
            let body = json!({ "current_password": current, "new_password": new });
            assert_eq!(
                refused(&ada.client.post(OWN_PASSWORD, &body).await, 422, "invalid"),
                mistake
            );
        }
        assert_eq!(test.dump().await["credentials"], before["credentials"]);
        assert_eq!(test.dump().await["sessions"], before["sessions"]);
        let body = json!({ "current_password": PASSWORD, "new_password": OTHER });
        let changed = Customer::of(&host, &ada.client.post(OWN_PASSWORD, &body).await);
        assert_eq!(changed.client.get(ME).await.json()["id"], ada.id);
        for ended in [&ada, &phone] {
            refused(&ended.client.get(ME).await, 401, "unauthenticated");
        }
        refused(&login(&host, "ada@example.com", PASSWORD).await, 401, "login-refused");
        assert_eq!(login(&host, "ada@example.com", OTHER).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_from_the_staff_has_to_be_changed() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let (owner, ada) =
            (Client::owner(&host), Customer::register(&host, "ada@example.com").await);
        let set = json!({ "new_password": OTHER });
        let path = format!("{}/password", ada.path());
        assert_eq!(owner.post(&path, &set).await.status, 204);
        refused(&ada.client.get(ME).await, 401, "unauthenticated");
        let welcome = login(&host, "ada@example.com", OTHER).await;
        assert_eq!(welcome.json()["must_change_password"], true);
        let ada = Customer::of(&host, &welcome);
        let body = json!({ "current_password": OTHER, "new_password": "ten deep wells" });
        assert_eq!(
            ada.client.post(OWN_PASSWORD, &body).await.json()["must_change_password"],
            false
        );
        let again = login(&host, "ada@example.com", "ten deep wells").await;
        assert_eq!(again.json()["must_change_password"], false);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deactivated_is_out_at_once_and_stays_out() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let (owner, ada) =
            (Client::owner(&host), Customer::register(&host, "ada@example.com").await);
        let off = owner.order(&format!("{}/deactivate", ada.path())).await;
        assert_eq!((off.status, &off.json()["active"]), (200, &json!(false)));
        refused(&ada.client.get(ME).await, 401, "unauthenticated");
        refused(&ada.address().await, 401, "unauthenticated");
        refused(&login(&host, "ada@example.com", PASSWORD).await, 401, "login-refused");
        assert_eq!(owner.order(&format!("{}/activate", ada.path())).await.status, 200);
        refused(&ada.client.get(ME).await, 401, "unauthenticated");
        let back = Customer::of(&host, &login(&host, "ada@example.com", PASSWORD).await);
        let revoked = owner.order(&format!("{}/revoke-sessions", ada.path())).await;
        assert_eq!(revoked.json(), json!({ "sessions": 1 }));
        refused(&back.client.get(ME).await, 401, "unauthenticated");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_one_session_or_all() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let one = Customer::register(&host, "ada@example.com").await;
        let two = Customer::of(&host, &login(&host, "ada@example.com", PASSWORD).await);
        let three = Customer::of(&host, &login(&host, "ada@example.com", PASSWORD).await);
        let bob = Customer::register(&host, "bob@example.com").await;
        assert_eq!(one.client.delete(SESSION).await.status, 204);
        refused(&one.client.get(ME).await, 401, "unauthenticated");
        assert_eq!(two.client.delete("/store/v1/sessions").await.status, 204);
        for ended in [two, three] {
            refused(&ended.client.get(ME).await, 401, "unauthenticated");
        }
        assert_eq!(bob.client.get(ME).await.status, 200);
        // Who isn't logged in needn't be told off for logging out, but a wrong token is one.
        assert_eq!(Client::nobody(&host).delete(SESSION).await.status, 204);
        refused(&one.client.delete(SESSION).await, 401, "unauthenticated");
        refused(&Client::nobody(&host).delete("/store/v1/sessions").await, 401, "unauthenticated");
    })
    .await;
}
