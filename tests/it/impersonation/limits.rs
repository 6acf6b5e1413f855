//! T74: what staff can't do in the name of a customer, and acting for one cart alone.

use galleria_tests::browser::Browser;
use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::Answer;
use serde_json::json;

use super::{act, hand_over};
use crate::links::{ADA, PASSWORD, Shop, is, is_refused, place};

/// What is for the customer alone, whatever the mode.
async fn forbidden(acting: &Client<'_>) -> Vec<Answer> {
    let password = json!({ "current_password": PASSWORD, "new_password": "ten yellow lemons" });
    let email = json!({ "email": "eve@example.com", "current_password": PASSWORD });
    vec![
        acting.post("/store/v1/me/password", &password).await,
        acting.post("/store/v1/me/email", &email).await,
        acting.delete("/store/v1/sessions").await,
        acting.patch("/store/v1/me", &json!({ "accepts_marketing": true })).await,
    ]
}

#[tokio::test]
async fn t74_some_things_are_for_the_customer_alone_in_every_mode() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        for mode in ["full", "cart-only", "read-only"] {
            let acting = act(&shop, &owner, &ada.id, mode).await;
            for answer in forbidden(&acting).await {
                is_refused(&answer, 403, "forbidden-while-impersonating");
            }
        }
        let login = json!({ "email": ADA, "password": PASSWORD });
        is(&shop.nobody().post("/store/v1/session", &login).await, 200);
    })
    .await;
}

#[tokio::test]
async fn t74_a_mode_allows_what_it_says() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let lines = format!("/store/v1/carts/{cart}/lines");
        let (line, name) = (json!({ "sku": "TEA", "quantity": 1 }), json!({ "first_name": "A" }));
        let owner = Browser::owner(&shop.host).await;
        let modes = [
            ("full", [200, 200, 200]),
            ("cart-only", [200, 403, 403]),
            ("read-only", [403, 403, 200]),
        ];
        for (mode, expected) in modes {
            let acting = act(&shop, &owner, &ada.id, mode).await;
            is(&acting.get("/store/v1/me").await, 200);
            is(&acting.get(&format!("/store/v1/carts/{cart}")).await, 200);
            let answers = [
                acting.post(&lines, &line).await,
                acting.patch("/store/v1/me", &name).await,
                acting.get("/store/v1/me/orders").await,
            ];
            for (answer, status) in answers.iter().zip(expected) {
                assert_eq!(answer.status, status, "{mode}: {}", answer.text());
                if status == 403 {
                    is_refused(answer, 403, "forbidden-while-impersonating");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t74_checking_out_now_is_about_one_cart() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let (cart, other) = (shop.cart_for(&ada).await, shop.cart_for(&ada).await);
        let owner = Browser::owner(&shop.host).await;
        let path = format!("/admin/v1/carts/{cart}/checkout-now");
        let begun = is(&owner.post(&path, &json!({ "reason": "on the phone" })).await, 201);
        assert_eq!(begun["impersonation"]["mode"], json!("cart-only"));
        assert_eq!(begun["impersonation"]["cart"], json!(cart));
        let acting = shop.client(&hand_over(&shop, &begun).await);
        assert_eq!(is(&acting.get("/store/v1/carts/current").await, 200)["id"], json!(cart));
        for answer in [
            acting.get(&format!("/store/v1/carts/{other}")).await,
            acting.post("/store/v1/carts", &json!({})).await,
        ] {
            is_refused(&answer, 403, "forbidden-while-impersonating");
        }
        let placed = is(&place(&acting, &cart).await, 200);
        let order = placed["order"]["id"].as_str().unwrap();
        is(&acting.get(&format!("/store/v1/me/orders/{order}")).await, 200);
        let seen = is(&shop.agent().get(&format!("/admin/v1/orders/{order}")).await, 200);
        assert_eq!(seen["placed_via"], json!("agent-checkout"));
        assert_eq!(shop.cart(&other).await["status"], json!("open"));
        is_refused(&owner.post(&path, &json!({ "reason": "again" })).await, 409, "cart-closed");
    })
    .await;
}

#[tokio::test]
async fn t74_the_cookie_of_the_storefront_stands_beside_the_staffs_own_logins() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let (ada, bea) = (shop.customer(ADA).await, shop.customer("bea@example.com").await);
        let owner = Browser::owner(&shop.host).await;
        let begun = is(&super::begin(&owner, &ada.id, "full").await, 201);
        let code = json!({ "code": begun["code"], "token_in": "cookie" });
        let handed = shop.nobody().post(super::REDEEM, &code).await;
        assert_eq!(is(&handed, 200)["token"], json!(null));
        let cookie = handed.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let acting = cookie.split(';').next().unwrap().to_owned();
        let both = format!("galleria_customer={}; {acting}", bea.token);
        let tab = shop.nobody().with("cookie", &both).with("sec-fetch-site", "same-origin");
        assert_eq!(is(&tab.get("/store/v1/me").await, 200)["id"], json!(ada.id));
        let elsewhere = shop.nobody().with("cookie", &both).with("sec-fetch-site", "cross-site");
        let forged = elsewhere.patch("/store/v1/me", &json!({ "first_name": "Eve" })).await;
        is_refused(&forged, 403, "cross-site");
        let finished = tab.delete(super::FINISH).await;
        is(&finished, 204);
        assert!(finished.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        let after = is(&tab.get("/store/v1/me").await, 200);
        assert_eq!(after["id"], json!(bea.id), "the browser's own customer is back");
    })
    .await;
}
