//! Points for what has become of orders and customers.

use galleria_tests::database::on_both;
use galleria_tests::postbox::token_in;
use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_earns_when_it_is_completed_or_already_when_it_is_paid() {
    on_both(async |database| {
        let mut shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        let order = shop.buy(&anna, &json!(null)).await;
        shop.complete(&order).await;
        shop.until(&anna, (10, 0, 0)).await;
        shop.set(&json!({ "award_on": "paid", "delay": 14 })).await;
        let order = shop.buy(&anna, &json!(null)).await;
        shop.pay(&order).await;
        shop.until(&anna, (10, 10, 0)).await;
        shop.clock.advance(14 * DAY);
        assert_eq!(shop.points(&anna).await, (20, 0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_found_by_their_points() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let (anna, berta) =
            (shop.customer("anna@example.com").await, shop.customer("berta@example.com").await);
        shop.give(&anna, 100).await;
        shop.give(&berta, 7).await;
        let path = "/admin/v1/customers?x.reward-points.points=100";
        let found = shop.owner().get(path).await;
        let found = found.json()["items"].as_array().cloned().unwrap_or_default();
        let ids: Vec<_> = found.iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(anna)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t29_a_plugin_that_was_off_hears_of_everything_when_it_is_on_again() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        let plugins = shop.host.galleria.plugins();
        let plugin = "reward-points".parse().unwrap();
        plugins.disable(shop.host.owner(), &plugin, false).await.unwrap();
        let mut last = None;
        for _ in 0..20 {
            let order = shop.buy(&anna, &json!({ "use": true })).await;
            assert_eq!(order.snapshot().totals.payable.amount, 10_000);
            shop.complete(&order).await;
            last = Some(order);
        }
        plugins.enable(shop.host.owner(), &plugin).await.unwrap();
        shop.until(&anna, (200, 0, 0)).await;
        assert_eq!(shop.history(&anna, 50).await.len(), 20);
        assert!(last.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t29_a_programme_that_is_off_shows_nothing_and_earns_nothing_but_gives_back() {
    on_both(async |database| {
        let mut shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        shop.give(&anna, 40).await;
        let before = shop.buy(&anna, &json!({ "use": 30 })).await;
        shop.set(&json!({ "enabled": false })).await;
        let meanwhile = shop.buy(&anna, &json!({ "use": true })).await;
        assert_eq!(meanwhile.snapshot().totals.payable.amount, 10_000);
        shop.complete(&meanwhile).await;
        shop.cancel(&before.snapshot().id).await;
        shop.until(&anna, (40, 0, 0)).await;
        let seen = shop.host.get("/store/v1/x/reward-points/will-earn?amount=1000&currency=EUR");
        assert_eq!(seen.await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t28_each_store_has_its_own_programme() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let path = "/store/v1/x/reward-points/will-earn?amount=5999&currency=EUR";
        assert_eq!(shop.host.get(path).await.json(), json!({ "points": 5 }));
        let store = shop.host.galleria.store();
        let generous = json!({ "value": {
            "earning": { "EUR": { "points": 3, "amount": 1_000 } }
        } });
        let settings = format!("/admin/v1/settings/reward-points?store={store}");
        assert_eq!(shop.owner().put(&settings, &generous).await.status, 200);
        assert_eq!(shop.host.get(path).await.json(), json!({ "points": 15 }));
    })
    .await;
}

/// The secret in the mail that a host wrote into a file.
async fn mailed(host: &TestHost) -> String {
    let (folder, began) = (host.folder().path().join("mail"), Instant::now());
    loop {
        let files = std::fs::read_dir(&folder).into_iter().flatten();
        let mut mails = files.map(|file| file.unwrap().path());
        if let Some(mail) = mails.find(|file| file.extension().is_some_and(|end| end == "eml")) {
            let text = std::fs::read_to_string(mail).unwrap();
            return token_in(text.split_once("\r\n\r\n").unwrap().1).unwrap();
        }
        assert!(began.elapsed() < LONG, "no mail was written");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t31_who_registers_earns_once_when_the_email_is_known_to_be_theirs() {
    on_both(async |database| {
        let mut shop = Shop::open(&database).await;
        shop.set(&json!({ "registration_points": 50 })).await;
        let made_by_staff = shop.customer("berta@example.com").await;
        let account = json!({ "email": "anna@example.com", "password": "eight loud lamps" });
        let welcome = shop.host.post_as_nobody("/store/v1/customers", &account).await;
        assert_eq!(welcome.status, 201, "{}", welcome.text());
        let anna: CustomerId = welcome.json()["customer"].as_str().unwrap().parse().unwrap();
        let proof = json!({ "token": mailed(&shop.host).await });
        assert_eq!(shop.points(&anna).await, (0, 0, 0));
        let verified = shop.host.post_as_nobody("/store/v1/email/verify", &proof).await;
        assert_eq!(verified.status, 204, "{}", verified.text());
        shop.until(&anna, (50, 0, 0)).await;
        assert_eq!(shop.history(&anna, 50).await[0]["kind"], "earn-registration");
        assert_eq!(shop.points(&made_by_staff).await, (0, 0, 0));
    })
    .await;
}
