//! Staff acting for customers: T74 to T77, on whole hosts and both databases.

mod ends;
mod gate;
mod limits;

use galleria_tests::browser::Browser;
use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::Answer;
use serde_json::{Value, json};

use crate::links::{ADA, Person, Shop, is, is_refused};

const REDEEM: &str = "/store/v1/impersonation/redeem";
const FINISH: &str = "/store/v1/impersonation";
const LIST: &str = "/admin/v1/impersonations";
const START: &[&str] = &["impersonate:start"];
const START_FULL: &[&str] = &["impersonate:start", "impersonate:start-full"];

fn path_of(customer: &str) -> String {
    format!("/admin/v1/customers/{customer}/impersonations")
}

async fn begin(staff: &Browser<'_>, customer: &str, mode: &str) -> Answer {
    let body = json!({ "mode": mode, "reason": "she called" });
    staff.post(&path_of(customer), &body).await
}

/// The token that a code is exchanged for.
async fn hand_over(shop: &Shop, begun: &Value) -> String {
    let code = json!({ "code": begun["code"] });
    let handed = is(&shop.nobody().post(REDEEM, &code).await, 200);
    handed["token"].as_str().unwrap().to_owned()
}

/// Staff in the storefront, acting for a customer.
async fn act<'s>(shop: &'s Shop, staff: &Browser<'_>, customer: &str, mode: &str) -> Client<'s> {
    let begun = is(&begin(staff, customer, mode).await, 201);
    let token = hand_over(shop, &begun).await;
    shop.client(&token)
}

/// The entries about an action, the newest first.
async fn audit(shop: &Shop, action: &str) -> Vec<Value> {
    let path = format!("/admin/v1/audit?action={action}");
    let page = is(&shop.agent().get(&path).await, 200);
    page["items"].as_array().unwrap().clone()
}

async fn running(shop: &Shop) -> Vec<Value> {
    is(&shop.agent().get(LIST).await, 200)["items"].as_array().unwrap().clone()
}

async fn seen(shop: &Shop, person: &Person) -> Value {
    is(&shop.agent().get(&format!("/admin/v1/customers/{}", person.id)).await, 200)
}

#[tokio::test]
async fn t74_a_storefront_knows_who_acts_and_until_when() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        let answer = acting.get("/store/v1/me").await;
        let me = is(&answer, 200);
        assert_eq!(me["id"], json!(ada.id));
        assert_eq!(me["impersonation"]["by"], json!(owner.staff));
        assert_eq!(me["impersonation"]["finish_url"], json!(FINISH));
        assert!(me["impersonation"]["since"].is_string());
        assert!(me["impersonation"]["expires"].is_string());
        assert_eq!(answer.headers["galleria-impersonation"], "1");
        let running = running(&shop).await;
        assert_eq!(running.len(), 1);
        assert_eq!(running[0]["reason"], json!("she called"));
        let own = shop.client(&ada.token).get("/store/v1/me").await;
        assert_eq!(is(&own, 200)["impersonation"], json!(null));
        assert!(!own.headers.contains_key("galleria-impersonation"));
    })
    .await;
}

#[tokio::test]
async fn t74_it_takes_a_permission_of_its_own_and_a_reason() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let clerk = owner.hire("clerk@example.com", &["customers:read", "customers:write"]).await;
        for mode in ["full", "cart-only", "read-only"] {
            is_refused(&begin(&clerk, &ada.id, mode).await, 403, "permission-denied");
        }
        assert_eq!(is(&clerk.get(LIST).await, 200)["items"], json!([]));
        let agent = owner.hire("agent@example.com", START).await;
        is_refused(&begin(&agent, &ada.id, "full").await, 403, "permission-denied");
        is(&begin(&agent, &ada.id, "read-only").await, 201);
        assert_eq!(is(&agent.get(LIST).await, 200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(is(&clerk.get(LIST).await, 200)["items"], json!([]), "it is somebody else's");
    })
    .await;
}

#[tokio::test]
async fn t74_each_target_is_judged() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let (ada, bea) = (shop.customer(ADA).await, shop.customer("bea@example.com").await);
        let owner = Browser::owner(&shop.host).await;
        let agent = owner.hire("agent@example.com", START_FULL).await;
        let full = begin(&agent, &ada.id, "full").await;
        is(&full, 201);
        let none = "cus_00000000000000000000000000";
        is_refused(&begin(&agent, none, "full").await, 404, "not-found");

        let path = format!("/admin/v1/customers/{}", bea.id);
        is(&shop.agent().order(&format!("{path}/deactivate")).await, 200);
        is_refused(&begin(&agent, &bea.id, "full").await, 409, "impersonation-refused");
        let denied = audit(&shop, "impersonation.deny").await;
        assert_eq!(denied[0]["detail"]["code"], json!("inactive"));
        assert_eq!(denied[0]["actor"], json!(format!("staff:{}", agent.staff)));
        is(&shop.agent().order(&format!("{path}/activate")).await, 200);

        database
            .tamper(&format!(
                "UPDATE staff_users SET linked_customer_id = '{}' WHERE id = '{}'",
                bea.id, agent.staff
            ))
            .await;
        is_refused(&begin(&agent, &bea.id, "full").await, 409, "impersonation-refused");
        is(&begin(&owner, &bea.id, "full").await, 201);

        let guest = json!({ "email": "guest@example.com" });
        let guest = is(&shop.agent().post("/admin/v1/customers", &guest).await, 201);
        let acting = act(&shop, &agent, guest["id"].as_str().unwrap(), "cart-only").await;
        is(&acting.post("/store/v1/carts", &json!({})).await, 201);
    })
    .await;
}

#[tokio::test]
async fn t74_a_reason_is_asked_for_and_keys_act_for_nobody() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let agent = owner.hire("agent@example.com", START).await;
        let long = "x".repeat(501);
        for reason in [json!(null), json!(""), json!("no"), json!(long)] {
            let body = json!({ "mode": "cart-only", "reason": reason });
            let refused = agent.post(&path_of(&ada.id), &body).await;
            is_refused(&refused, 422, "invalid");
            assert_eq!(refused.json()["errors"][0]["path"], json!("reason"));
        }
        is_refused(&begin(&agent, &ada.id, "full").await, 403, "permission-denied");
        let body = json!({ "mode": "cart-only", "reason": "she called" });
        let key = shop.agent().post(&path_of(&ada.id), &body).await;
        is_refused(&key, 403, "permission-denied");
        assert_eq!(running(&shop).await, Vec::<Value>::new());
    })
    .await;
}

#[tokio::test]
async fn t74_the_code_works_once_within_a_minute_and_its_token_in_every_tab() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let begun = is(&begin(&owner, &ada.id, "full").await, 201);
        let token = hand_over(&shop, &begun).await;
        let code = json!({ "code": begun["code"] });
        is_refused(&shop.nobody().post(REDEEM, &code).await, 422, "invalid");
        for _ in 0..2 {
            is(&shop.client(&token).get("/store/v1/me").await, 200);
        }
        // The second one ends the first.
        let begun = is(&begin(&owner, &ada.id, "full").await, 201);
        is_refused(&shop.client(&token).get("/store/v1/me").await, 401, "unauthenticated");
        shop.clock.advance(std::time::Duration::from_mins(1));
        let code = json!({ "code": begun["code"] });
        is_refused(&shop.nobody().post(REDEEM, &code).await, 422, "invalid");
        for table in ["impersonations", "events", "audit_log"] {
            for secret in [&token, begun["code"].as_str().unwrap()] {
                assert_eq!(database.count_containing(table, secret).await, 0, "{table}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn t74_nobody_acts_for_somebody_while_acting_for_somebody() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let (ada, bea) = (shop.customer(ADA).await, shop.customer("bea@example.com").await);
        let owner = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        let body = json!({ "mode": "full", "reason": "she called" });
        let nested = acting.post(&path_of(&bea.id), &body).await;
        is_refused(&nested, 401, "unauthenticated");
        is_refused(&acting.get("/admin/v1/customers").await, 401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn t75_the_customers_own_logins_are_not_touched() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let before = seen(&shop, &ada).await;
        shop.clock.advance(std::time::Duration::from_mins(10));
        let acting = act(&shop, &owner, &ada.id, "full").await;
        shop.clock.advance(std::time::Duration::from_mins(5));
        is(&acting.get("/store/v1/me").await, 200);
        is(&acting.post("/store/v1/carts", &json!({})).await, 201);
        let after = seen(&shop, &ada).await;
        for field in ["last_login_at", "last_activity_at", "last_ip", "version"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        let own = shop.client(&ada.token);
        is(&own.get("/store/v1/me").await, 200);
        is(&acting.delete(FINISH).await, 204);
        is(&own.get("/store/v1/me/orders").await, 200);
    })
    .await;
}

#[tokio::test]
async fn t76_every_request_that_may_change_something_is_on_record_with_both_people() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let owner = Browser::owner(&shop.host).await;
        let acting = act(&shop, &owner, &ada.id, "full").await;
        let cart = is(&acting.post("/store/v1/carts", &json!({})).await, 201);
        let cart = cart["id"].as_str().unwrap();
        let line = json!({ "sku": "TEA", "quantity": 1 });
        is(&acting.post(&format!("/store/v1/carts/{cart}/lines"), &line).await, 200);
        is(&acting.patch("/store/v1/me", &json!({ "first_name": "Augusta" })).await, 200);
        is(&acting.delete(FINISH).await, 204);
        let actor = json!(format!("staff:{}", owner.staff));
        for action in [
            "impersonation.start",
            "impersonation.finish",
            "cart.create",
            "cart.add-line",
            "customer.update",
            "impersonation.request",
        ] {
            let entries = audit(&shop, action).await;
            assert!(!entries.is_empty(), "{action}");
            assert_eq!(entries[0]["actor"], actor, "{action}");
            assert_eq!(entries[0]["on_behalf_of"], json!(ada.id), "{action}");
        }
        let requests = audit(&shop, "impersonation.request").await;
        let routes: Vec<_> = requests.iter().rev().map(|one| one["detail"].clone()).collect();
        assert_eq!(
            routes,
            [
                json!({ "method": "POST", "route": "/store/v1/carts" }),
                json!({ "method": "POST", "route": "/store/v1/carts/{cart}/lines" }),
                json!({ "method": "PATCH", "route": "/store/v1/me" }),
            ]
        );
        let chain = is(&shop.agent().get("/admin/v1/audit/verification").await, 200);
        assert_eq!(chain["whole"], json!(true));
    })
    .await;
}
