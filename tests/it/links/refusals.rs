//! Links that aren't good, and whoever guesses them.

use std::time::Duration;

use galleria_tests::database::on_both;
use serde_json::{Value, json};

use super::{ADA, Shop, is, is_refused, path_of, place};

const DAY: Duration = Duration::from_hours(24);

/// Refused in the same words, whatever the reason: looking, and taking.
async fn is_gone(shop: &Shop, token: &str) -> Value {
    let looked = shop.nobody().get(&path_of(token)).await;
    is_refused(&looked, 410, "link-gone");
    let taken = shop.nobody().post(&format!("{}/redeem", path_of(token)), &json!({})).await;
    is_refused(&taken, 410, "link-gone");
    assert_eq!(looked.json(), taken.json());
    looked.json()
}

#[tokio::test]
async fn t63_a_link_is_good_until_its_time_is_over_and_not_a_second_longer() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        for (lifetime_s, status) in [(299, 422), (300, 201), (2_592_000, 201), (2_592_001, 422)] {
            let path = format!("/admin/v1/carts/{cart}/links");
            let made = shop.agent().post(&path, &json!({ "lifetime_s": lifetime_s })).await;
            assert_eq!(made.status, status, "{lifetime_s}: {}", made.text());
        }
        let link = shop.link(&cart, &json!({})).await;
        shop.clock.advance((7 * DAY).saturating_sub(Duration::from_secs(1)));
        is(&shop.nobody().get(&link.path()).await, 200);
        shop.clock.advance(Duration::from_secs(1));
        is_gone(&shop, &link.token).await;
        let links = shop.links(&cart).await;
        let states: Vec<_> = links.as_array().unwrap().iter().map(|one| &one["state"]).collect();
        assert_eq!(states, [&json!("expired"), &json!("live"), &json!("expired")]);
    })
    .await;
}

#[tokio::test]
async fn t63_a_link_is_refused_in_the_same_words_whatever_the_reason() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let (ada, bea) = (shop.customer(ADA).await, shop.customer("bea@example.com").await);
        let cleo = shop.customer("cleo@example.com").await;
        let mut said = Vec::new();

        let cart = shop.cart_for(&ada).await;
        let revoked = shop.link(&cart, &json!({})).await;
        let once = shop.link(&cart, &json!({ "max_uses": 1 })).await;
        let ordered = shop.link(&cart, &json!({})).await;
        let path = format!("/admin/v1/links/{}?reason=wrong%20person", revoked.id);
        is(&shop.agent().delete(&path).await, 204);
        is(&shop.agent().delete(&path).await, 204);
        said.push(is_gone(&shop, &revoked.token).await);
        shop.redeem(&once, &json!({})).await;
        said.push(is_gone(&shop, &once.token).await);
        is(&place(&shop.client(&ada.token), &cart).await, 200);
        said.push(is_gone(&shop, &ordered.token).await);

        let cart = shop.cart_for(&bea).await;
        let link = shop.link(&cart, &json!({})).await;
        let bea = format!("/admin/v1/customers/{}", bea.id);
        is(&shop.agent().order(&format!("{bea}/deactivate")).await, 200);
        said.push(is_gone(&shop, &link.token).await);
        let refused = shop.agent().post(&format!("/admin/v1/carts/{cart}/links"), &json!({})).await;
        is_refused(&refused, 409, "customer-inactive");

        let cart = shop.cart_for(&cleo).await;
        let link = shop.link(&cart, &json!({})).await;
        is(&shop.agent().delete(&format!("/admin/v1/customers/{}", cleo.id)).await, 204);
        said.push(is_gone(&shop, &link.token).await);

        let swapped: String = ordered
            .token
            .chars()
            .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        for token in [&swapped, &ordered.token[1..], "x"] {
            said.push(is_gone(&shop, token).await);
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn t63_whoever_is_logged_in_as_somebody_else_is_asked_to_switch_and_nothing_is_mixed() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let (ada, bea) = (shop.customer(ADA).await, shop.customer("bea@example.com").await);
        let cart = shop.cart_for(&ada).await;
        let link = shop.link(&cart, &json!({})).await;
        let before = shop.cart(&cart).await;
        let bea = shop.client(&bea.token);
        let own = is(&bea.post("/store/v1/carts", &json!({})).await, 201)["id"].clone();
        let refused = bea.post(&format!("{}/redeem", link.path()), &json!({})).await;
        is_refused(&refused, 409, "other-customer");
        assert_eq!(is(&bea.get("/store/v1/carts/current").await, 200)["id"], own);
        assert_eq!(shop.cart(&cart).await, before);
        assert_eq!(shop.links(&cart).await[0]["uses"], json!(0));
        is_refused(&bea.get(&format!("/store/v1/carts/{cart}")).await, 404, "not-found");
    })
    .await;
}

#[tokio::test]
async fn t63_an_address_that_guesses_links_has_to_wait() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let link = shop.link(&cart, &json!({})).await;
        let guess = "A".repeat(43);
        for at in 0..20 {
            let answer = shop.nobody().get(&path_of(&guess)).await;
            assert_eq!(answer.status, 410, "guess {at}");
        }
        for token in [&guess, &link.token] {
            is_refused(&shop.nobody().get(&path_of(token)).await, 429, "rate-limited");
            let redeem = format!("{}/redeem", path_of(token));
            is_refused(&shop.nobody().post(&redeem, &json!({})).await, 429, "rate-limited");
        }
        shop.clock.advance(Duration::from_mins(1));
        is(&shop.nobody().get(&link.path()).await, 200);
    })
    .await;
}

#[tokio::test]
async fn links_are_for_those_who_may_make_them() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let link = shop.link(&cart, &json!({})).await;
        let owner = galleria_tests::browser::Browser::owner(&shop.host).await;
        let clerk = owner.hire("clerk@example.com", &["carts:read", "carts:write"]).await;
        let path = format!("/admin/v1/carts/{cart}/links");
        is_refused(&clerk.post(&path, &json!({})).await, 403, "permission-denied");
        is_refused(&clerk.get(&path).await, 403, "permission-denied");
        let one = format!("/admin/v1/links/{}", link.id);
        is_refused(&clerk.delete(&one, None).await, 403, "permission-denied");
        let agent = owner.hire("agent@example.com", &["carts:read", "links:create"]).await;
        is(&agent.post(&path, &json!({})).await, 201);
        is_refused(&agent.post(&path, &json!({ "lock": "lines" })).await, 403, "permission-denied");
        is_refused(
            &agent.post(&path, &json!({ "assurance": "full" })).await,
            403,
            "permission-denied",
        );
        let seen = is(&agent.get(&path).await, 200);
        assert_eq!(seen["items"].as_array().unwrap().len(), 2);
    })
    .await;
}
