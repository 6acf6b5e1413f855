//! The book as staff see it, and points by hand.

use galleria_tests::database::on_both;
use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn t30_points_by_hand_have_limits_and_any_text() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        let most = 1_000_000_000_i64;
        for points in [0, most + 1, -most - 1, i64::MIN, i64::MAX] {
            let refused = shop.adjust(&anna, &json!({ "points": points, "message": "x" })).await;
            assert_eq!(
                (refused.status, &refused.json()["errors"][0]["path"]),
                (422, &json!("points"))
            );
        }
        for (body, path) in [
            (json!({ "points": 1, "message": " " }), "message"),
            (json!({ "points": 1, "message": "x".repeat(501) }), "message"),
            (json!({ "points": 1, "message": "x", "validity_days": 0 }), "validity_days"),
            (json!({ "points": 1, "message": "x", "validity_days": 36_501 }), "validity_days"),
            (json!({ "points": 1, "message": "x", "delay": -1 }), "delay"),
            (json!({ "points": 1, "message": "x", "delay": i64::MAX }), "delay"),
            (json!({ "points": -1, "message": "x", "validity_days": 5 }), "validity_days"),
        ] {
            let refused = shop.adjust(&anna, &body).await;
            assert_eq!(
                (refused.status, &refused.json()["errors"][0]["path"]),
                (422, &json!(path)),
                "{body}"
            );
        }
        let message = "Für dich 🎁 \u{202e}\u{e9}e\u{301}";
        let good = json!({ "points": most, "message": message });
        assert_eq!(shop.adjust(&anna, &good).await.status, 200);
        shop.give(&anna, -most).await;
        shop.give(&anna, -5).await;
        assert_eq!(shop.points(&anna).await, (-5, 0, 5));
        let history = shop.history(&anna, 50).await;
        let first = history.iter().find(|entry| entry["points"] == most).unwrap();
        assert_eq!(first["message"], json!({ "text": message }));
        assert!(first["actor"].as_str().unwrap().starts_with("staff:"));
        shop.check(&anna).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_given_once_for_a_key_and_to_nobody_who_isnt_there() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        let path = format!("{OWN}/customers/{anna}/adjustments");
        let body = json!({ "points": 5, "message": "Hello" });
        for _ in 0..3 {
            let answer = shop.owner().with("idempotency-key", "k1").post(&path, &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        assert_eq!(shop.points(&anna).await, (5, 0, 0));
        let nobody = shop.adjust(&CustomerId::generate(), &body).await;
        assert_eq!(nobody.status, 404);
        let later = json!({ "points": 3, "message": "x", "delay": 2, "delay_unit": "hours" });
        assert_eq!(shop.adjust(&anna, &later).await.status, 200);
        assert_eq!(shop.points(&anna).await, (5, 3, 0));
        shop.clock.advance(Duration::from_hours(2));
        assert_eq!(shop.points(&anna).await, (8, 0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t32_the_history_has_the_running_balance_on_whatever_pages_it_is_read() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        // All at the same instant: the clock stands still.
        for points in [5, 10, -3, 20, -8, 1, 1] {
            shop.give(&anna, points).await;
        }
        let whole = shop.history(&anna, 50).await;
        let mut sum = 0;
        for entry in whole.iter().rev() {
            sum += entry["points"].as_i64().unwrap();
            assert_eq!(entry["balance"], sum, "{entry}");
        }
        assert_eq!(sum, 26);
        for limit in [1, 2, 3] {
            assert_eq!(shop.history(&anna, limit).await, whole, "{limit}");
        }
        let bad = format!("{OWN}/customers/{anna}/history?cursor=x");
        assert_eq!(shop.owner().get(&bad).await.status, 400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_is_summed_up_and_contradictions_are_named() {
    on_both(async |database| {
        let mut shop = Shop::open(&database).await;
        let (anna, berta) =
            (shop.customer("anna@example.com").await, shop.customer("berta@example.com").await);
        shop.give(&anna, 70).await;
        shop.give(&berta, -5).await;
        let report = shop.owner().get(&format!("{OWN}/report")).await.json();
        let sums = (&report["available"], &report["debt"], &report["worth"]["EUR"]);
        assert_eq!(sums, (&json!(70), &json!(5), &json!(7_000)), "{report}");
        assert_eq!(report["next"], json!(null));
        shop.set(&json!({ "min_points_to_use": 50, "max_points_per_order": 40 })).await;
        let program = shop.owner().get(&format!("{OWN}/program")).await.json();
        assert_eq!(program["contradictions"][0]["path"], "min_points_to_use");
        let cart = shop.cart(&anna, 1, &json!({ "use": true })).await.unwrap();
        assert_eq!(cart.totals.unwrap().payable.amount, 10_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t27_what_has_expired_is_written_off_each_hour_and_no_longer_found() {
    on_both(async |database| {
        let shop = Shop::open(&database).await;
        let anna = shop.customer("anna@example.com").await;
        let gift = json!({ "points": 40, "message": "For a month", "validity_days": 30 });
        assert_eq!(shop.adjust(&anna, &gift).await.status, 200);
        let found = async |points: i64| {
            let path = format!("/admin/v1/customers?x.reward-points.points={points}");
            shop.owner().get(&path).await.json()["items"].as_array().map_or(0, Vec::len)
        };
        assert_eq!((found(40).await, found(0).await), (1, 0));
        shop.clock.advance(30 * DAY + Duration::from_hours(1));
        // Whoever asks before it is written off is told so already.
        assert_eq!(shop.points(&anna).await, (0, 0, 0));
        let began = Instant::now();
        while found(0).await == 0 {
            assert!(began.elapsed() < LONG, "nothing was written off");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(found(40).await, 0);
        let history = shop.history(&anna, 50).await;
        assert_eq!((&history[0]["kind"], &history[0]["points"]), (&json!("expire"), &json!(-40)));
        assert_eq!(history.len(), 2);
        shop.check(&anna).await;
    })
    .await;
}
