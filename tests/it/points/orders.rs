//! Points that pay orders, and come back.

use futures_util::future::join_all;
use galleria_app::AppError;
use galleria_tests::database::on_both;
use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn points_pay_a_part_of_an_order_or_all_of_it() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        shop.give(&anna, 130).await;
        let cart = shop.cart(&anna, 1, &json!({ "use": 30 })).await.unwrap();
        let totals = cart.totals.clone().unwrap();
        assert_eq!((totals.total.amount, totals.payable.amount), (10_000, 7_000));
        let label = &totals.adjustments[0].adjustment.label;
        assert!(label.values().any(|text| text == "30 points"), "{label:?}");
        shop.place(&cart).await.unwrap();
        assert_eq!(shop.points(&anna).await, (100, 0, 0));
        // The rest pays another order, for which no money is needed.
        let order = shop.buy(&anna, &json!({ "use": true })).await;
        assert_eq!(order.snapshot().totals.payable.amount, 0);
        assert_eq!(shop.points(&anna).await, (0, 0, 0));
        shop.check(&anna).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_makes_no_sense_is_none() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        shop.give(&anna, 30).await;
        for wish in [
            json!({ "use": false }),
            json!({ "use": -5 }),
            json!({ "use": "all" }),
            json!({ "use": 1.5 }),
            json!({ "spend": 5 }),
            json!([1]),
            json!("x"),
            json!(null),
        ] {
            let cart = shop.cart(&anna, 1, &wish).await.unwrap();
            let totals = cart.totals.unwrap();
            assert_eq!(totals.payable.amount, 10_000, "{wish}");
            assert!(totals.degraded.is_empty(), "{wish}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t18_the_same_points_pay_one_of_fifty_orders_that_are_placed_at_once() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        shop.give(&anna, 100).await;
        let mut carts = Vec::new();
        for _ in 0..50 {
            carts.push(shop.cart(&anna, 1, &json!({ "use": true })).await.unwrap());
        }
        assert!(carts.iter().all(|cart| cart.totals.as_ref().unwrap().payable.amount == 0));
        let answers = join_all(carts.iter().map(|cart| shop.place(cart))).await;
        let (placed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(placed.len(), 1);
        for refusal in refused {
            let conflict = matches!(
                refusal,
                Err(AppError::Conflict { kind: "totals-changed" | "order-refused", .. })
            );
            assert!(conflict, "{refusal:?}");
        }
        assert_eq!(shop.points(&anna).await, (0, 0, 0));
        shop.check(&anna).await;
        // Of the given and of the taken.
        assert_eq!(shop.history(&anna, 50).await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_an_order_that_is_called_off_gives_its_points_back_and_earned_nothing() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        shop.give(&anna, 40).await;
        let paid_with_points = shop.buy(&anna, &json!({ "use": true })).await;
        shop.cancel(&paid_with_points.snapshot().id).await;
        shop.until(&anna, (40, 0, 0)).await;
        let orders: Vec<_> = shop.history(&anna, 50).await;
        assert_eq!(orders[0]["kind"], "restore");
        assert_eq!(orders[0]["order"], json!(paid_with_points.snapshot().id));
        assert_eq!(orders[1]["used_amount"], json!({ "amount": 4_000, "currency": "EUR" }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t22_refunds_take_back_what_was_earned_and_give_back_what_was_paid_with() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        shop.give(&anna, 20).await;
        let order = shop.buy(&anna, &json!({ "use": 20 })).await;
        shop.complete(&order).await;
        // 80.00 were paid.
        shop.until(&anna, (8, 0, 0)).await;
        refund(&shop, &order, 4_000, 500, "r1").await;
        shop.until(&anna, (8 - 4 + 5, 0, 0)).await;
        refund(&shop, &order, 4_000, 500, "r1").await;
        refund(&shop, &order, 4_000, 1_500, "r2").await;
        shop.until(&anna, (20, 0, 0)).await;
    })
    .await;
}

async fn refund(shop: &Shop, order: &Order, amount: i64, tendered: i64, key: &str) {
    let draft = placed::RefundDraft {
        amount,
        tendered,
        lines: Vec::new(),
        reason: None,
        data: std::collections::BTreeMap::new(),
        key: Some(key.to_owned()),
    };
    let (app, owner) = (shop.host.galleria.app(), shop.host.owner());
    placed::refund(app, owner, &order.snapshot().id, &draft).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn t23_t24_points_that_come_back_after_their_time_last_a_week_and_no_longer() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        let gift = json!({ "points": 40, "message": "For a month", "validity_days": 30 });
        assert_eq!(shop.adjust(&anna, &gift).await.status, 200);
        let first = shop.buy(&anna, &json!({ "use": true })).await;
        shop.clock.advance(31 * DAY);
        shop.cancel(&first.snapshot().id).await;
        shop.until(&anna, (40, 0, 0)).await;
        let second = shop.buy(&anna, &json!({ "use": true })).await;
        assert_eq!(second.snapshot().totals.payable.amount, 6_000);
        shop.clock.advance(7 * DAY);
        shop.cancel(&second.snapshot().id).await;
        // What comes back is over at once; only the history shows it.
        let began = Instant::now();
        while shop.history(&anna, 50).await.len() < 5 {
            assert!(began.elapsed() < LONG, "the order was called off");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(shop.points(&anna).await, (0, 0, 0));
        shop.check(&anna).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t25_what_is_taken_back_does_not_depend_on_todays_settings() {
    on_both(async |database| {
        let mut shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        let order = shop.buy(&anna, &json!(null)).await;
        shop.complete(&order).await;
        shop.until(&anna, (10, 0, 0)).await;
        shop.set(&json!({ "earning": { "EUR": { "points": 1_000, "amount": 1 } } })).await;
        refund(&shop, &order, 5_000, 0, "r1").await;
        shop.until(&anna, (5, 0, 0)).await;
        refund(&shop, &order, 5_000, 0, "r2").await;
        shop.until(&anna, (0, 0, 0)).await;
    })
    .await;
}
