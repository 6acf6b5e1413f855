//! T74: what ends an impersonation.

use std::time::Duration;

use galleria_tests::browser::Browser;
use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use serde_json::{Value, json};

use super::{FINISH, LIST, START_FULL, act, audit, running};
use crate::links::{ADA, Shop, is, is_refused, place};

async fn is_over(shop: &Shop, acting: &Client<'_>, cause: &str) {
    is_refused(&acting.get("/store/v1/me").await, 401, "unauthenticated");
    let lines = json!({});
    is_refused(&acting.post("/store/v1/carts", &lines).await, 401, "unauthenticated");
    assert_eq!(running(shop).await, Vec::<Value>::new());
    let finished = audit(shop, "impersonation.finish").await;
    assert_eq!(finished.len(), 1, "it ends once");
    assert_eq!(finished[0]["detail"]["cause"], json!(cause));
}

#[tokio::test]
async fn t74_finishing_ends_it_once_and_leaves_the_staff_logged_in() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        for _ in 0..2 {
            is(&acting.delete(FINISH).await, 204);
        }
        is_over(&shop, &acting, "finished").await;
        is(&owner.get("/admin/v1/session").await, 200);
    })
    .await;
}

#[tokio::test]
async fn t74_it_ends_with_the_login_that_began_it() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let other = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        is(&other.delete("/admin/v1/session", None).await, 204);
        is(&acting.get("/store/v1/me").await, 200);
        is(&owner.delete("/admin/v1/session", None).await, 204);
        is_over(&shop, &acting, "logout").await;
    })
    .await;
}

#[tokio::test]
async fn t74_it_ends_when_the_permission_is_taken_away() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let agent = owner.hire("agent@example.com", START_FULL).await;
        let acting = act(&shop, &agent, &ada.id, "full").await;
        is(&acting.get("/store/v1/me").await, 200);
        let staff = format!("/admin/v1/staff/{}", agent.staff);
        let roles = json!({ "roles": [] });
        is(&owner.patch(&staff, None, &roles).await, 200);
        is_over(&shop, &acting, "logout").await;
    })
    .await;
}

#[tokio::test]
async fn t74_it_ends_when_the_customer_is_deactivated() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        let path = format!("/admin/v1/customers/{}/deactivate", ada.id);
        is(&shop.agent().order(&path).await, 200);
        is_over(&shop, &acting, "target-changed").await;
    })
    .await;
}

#[tokio::test]
async fn t74_it_ends_in_the_middle_of_a_checkout_if_its_time_is_over() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let owner = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        let path = format!("/store/v1/carts/{cart}");
        let payable = is(&acting.get(&path).await, 200)["totals"]["payable"].clone();
        shop.clock.advance(Duration::from_mins(15));
        let payment = json!({ "provider": "test-card", "data": { "token": "ok" } });
        let body = json!({ "payable": payable, "payment": payment });
        let once = acting.with("idempotency-key", "once");
        let placed = once.post(&format!("{path}/place"), &body).await;
        is_refused(&placed, 401, "unauthenticated");
        assert_eq!(shop.cart(&cart).await["status"], json!("open"));
        is_over(&shop, &acting, "expired").await;
    })
    .await;
}

#[tokio::test]
async fn t74_it_ends_after_an_hour_however_busy_it_is() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        for minute in (10..60).step_by(10) {
            shop.clock.advance(Duration::from_mins(10));
            let change = json!({ "company": format!("minute {minute}") });
            is(&acting.patch("/store/v1/me", &change).await, 200);
        }
        shop.clock.advance(Duration::from_mins(10));
        is_refused(&acting.get("/store/v1/me").await, 401, "unauthenticated");
        let finished = audit(&shop, "impersonation.finish").await;
        assert_eq!(finished[0]["detail"]["cause"], json!("expired"));
        assert_eq!(finished[0]["detail"]["requests"], json!(5));
    })
    .await;
}

#[tokio::test]
async fn t74_whoever_manages_them_sees_and_ends_those_of_others() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let agent = owner.hire("agent@example.com", START_FULL).await;
        let rival = owner.hire("rival@example.com", START_FULL).await;
        let acting = act(&shop, &agent, &ada.id, "full").await;
        let id = running(&shop).await[0]["id"].as_str().unwrap().to_owned();
        let one = format!("{LIST}/{id}");
        is_refused(&rival.delete(&one, None).await, 403, "permission-denied");
        is(&acting.get("/store/v1/me").await, 200);
        for _ in 0..2 {
            is(&owner.delete(&one, None).await, 204);
        }
        is_over(&shop, &acting, "revoked").await;
    })
    .await;
}

#[tokio::test]
async fn what_was_ordered_meanwhile_is_put_down_with_it() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let owner = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        let placed = is(&place(&acting, &cart).await, 200);
        let order = placed["order"]["id"].clone();
        let path = format!("/admin/v1/orders/{}", order.as_str().unwrap());
        let seen = is(&shop.agent().get(&path).await, 200);
        assert_eq!(seen["placed_via"], json!("impersonation"));
        assert_eq!(seen["actor"], json!(format!("staff:{}", owner.staff)));
        is(&acting.delete(FINISH).await, 204);
        let finished = audit(&shop, "impersonation.finish").await;
        assert_eq!(finished[0]["detail"]["orders"], json!([order]));
    })
    .await;
}
