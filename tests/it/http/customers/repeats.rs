//! A POST that is sent again has its effect once.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::json;

use super::super::refused;
use super::{CUSTOMERS, id, make};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_ordered_twice_under_one_key_is_made_once() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host).with("idempotency-key", "order-1");
        let draft = json!({ "first_name": "Ada" });
        let made = make(&owner, &draft).await;
        assert!(!made.headers.contains_key("idempotent-replayed"));
        let again = owner.post(CUSTOMERS, &draft).await;
        assert_eq!((again.status, &again.body), (made.status, &made.body));
        for header in ["etag", "location", "content-type"] {
            assert_eq!(again.headers[header], made.headers[header]);
        }
        assert_eq!(again.headers["idempotent-replayed"], "true");
        // Still the same answer when there is another version, and when there is none any more.
        let other = Client::owner(&host);
        assert_eq!(
            other.patch(&made.location(), &json!({ "first_name": "Eve" })).await.status,
            200
        );
        assert_eq!(owner.post(CUSTOMERS, &draft).await.body, made.body);
        assert_eq!(other.delete(&made.location()).await.status, 204);
        assert_eq!(owner.post(CUSTOMERS, &draft).await.body, made.body);
        assert_eq!(owner.get(&format!("{CUSTOMERS}/count")).await.json()["count"], 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_good_for_one_request_of_one_caller_in_one_store() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let keyed = owner.with("idempotency-key", "k");
        let made = make(&keyed, &json!({ "first_name": "Ada" })).await;
        let before = test.dump().await;
        let bulk = json!({ "ids": [id(&made)], "action": "delete" });
        for answer in [
            keyed.post(CUSTOMERS, &json!({ "first_name": "Eve" })).await,
            keyed.post(&format!("{CUSTOMERS}?x=1"), &json!({ "first_name": "Ada" })).await,
            keyed.post(&format!("{CUSTOMERS}/bulk"), &bulk).await,
            keyed.order(&format!("{}/deactivate", made.location())).await,
        ] {
            refused(&answer, 422, "idempotency-mismatch");
        }
        assert_eq!(test.dump().await, before);
        let store = json!({ "name": "Elsewhere", "default_currency": "CHF" });
        let store = owner.post("/admin/v1/stores", &store).await;
        let there = keyed.with("galleria-store", &id(&store));
        let other = make(&there, &json!({ "first_name": "Eve" })).await;
        assert_ne!(id(&other), id(&made));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_uses_up_no_key() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let keyed = owner.with("idempotency-key", "k");
        let draft = json!({ "kind": "registered", "email": "a@example.com" });
        let first = make(&owner, &draft).await;
        refused(&keyed.post(CUSTOMERS, &json!({ "email": "nonsense" })).await, 422, "invalid");
        refused(&keyed.post(CUSTOMERS, &draft).await, 409, "email-taken");
        assert_eq!(owner.delete(&first.location()).await.status, 204);
        let made = make(&keyed, &draft).await;
        assert_eq!(keyed.post(CUSTOMERS, &draft).await.body, made.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_send_one_key_at_once_all_get_the_one_answer() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        for round in 0..5 {
            let keyed = owner.with("idempotency-key", &format!("k{round}"));
            let draft = json!({ "first_name": format!("Ada {round}") });
            let sent = (0..8).map(|_| keyed.post(CUSTOMERS, &draft));
            let answers = futures_util::future::join_all(sent).await;
            for answer in &answers {
                assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
            }
            let fresh =
                answers.iter().filter(|answer| !answer.headers.contains_key("idempotent-replayed"));
            assert_eq!(fresh.count(), 1);
            let count = owner.get(&format!("{CUSTOMERS}/count")).await.json();
            assert_eq!(count["count"], round + 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_once_is_not_done_again_to_what_came_after() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let made = make(&owner, &json!({})).await;
        let off = format!("{}/deactivate", made.location());
        let keyed = owner.with("idempotency-key", "off");
        let first = keyed.order(&off).await;
        assert_eq!((first.status, &first.json()["active"]), (200, &json!(false)));
        assert_eq!(owner.order(&format!("{}/activate", made.location())).await.status, 200);
        assert_eq!(keyed.order(&off).await.body, first.body);
        assert_eq!(owner.get(&made.location()).await.json()["active"], true);
    })
    .await;
}
