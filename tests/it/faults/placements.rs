//! `kill -9` of the real program in the middle of placements: every order that was acknowledged is
//! there, points match the orders exactly, and each event has had its effect once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use galleria_app::{catalog, customers, unit};
use galleria_domain::{CustomerDraft, Money, Product, ProductId, RequestId, Variant, VariantId};
use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::crash::{Run, galleria_program};

const KILLS: usize = 50;
const CUSTOMERS: usize = 6;
/// Acknowledged orders in one life before it ends.
const ORDERS_BEFORE_THE_END: usize = 4;
/// What everybody has to begin with; more than they can spend.
const POINTS: i64 = 100_000;
/// 99.00 are paid, and each 10.00 of them earn a point.
const EARNED_BY_AN_ORDER: i64 = 9;
/// A machine that does ten things at once gets as long as it needs.
const LONG: Duration = Duration::from_mins(3);
const OWN: &str = "/admin/v1/x/reward-points";

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_in_the_middle_of_placements_lose_no_order_and_make_no_point() {
    let program = galleria_program();
    on_both(|test| {
        let program = program.clone();
        async move {
            let host = TestHost::start(&test).await;
            let buyers = open_shop(&host).await;
            let (key, folder) = (host.bearer(), host.folder());
            host.stop().await;
            let mut acknowledged = BTreeSet::new();
            for life in 0..KILLS {
                let mut run = Run::start(&program, folder.path(), &test);
                acknowledged.extend(place_until_the_end(&mut run, &key, &buyers, life).await);
            }
            let mut run = Run::start(&program, folder.path(), &test);
            let shop = Api { client: reqwest::Client::new(), url: run.url.clone(), key };
            shop.check(&acknowledged, &buyers).await;
            run.kill();
        }
    })
    .await;
}

/// Something for 100.00, customers with points, and the plugin that keeps those.
async fn open_shop(host: &TestHost) -> Vec<String> {
    host.plug_trusted(&components().reward_points).await;
    let store = host.galleria.store().clone();
    let product = Product::new(ProductId::generate(), store, "Vase");
    let price = Money::new(10_000, "EUR".parse().unwrap());
    let variant = Variant::new(VariantId::generate(), product.id.clone(), "VASE", price);
    unit!(host.galleria.app().write(host.owner()), work => {
        catalog::create(work, &product, std::slice::from_ref(&variant)).await
    })
    .unwrap();
    let owner = Client::owner(host);
    let settings = json!({ "value": {
        "exchange": { "EUR": { "points": 1, "amount": 100 } },
        "earning": { "EUR": { "points": 1, "amount": 1_000 } },
        "award_on": "paid",
    }});
    assert_eq!(owner.put("/admin/v1/settings/reward-points", &settings).await.status, 200);
    let mut buyers = Vec::new();
    for number in 0..CUSTOMERS {
        let email = Some(format!("buyer{number}@example.com"));
        let draft = CustomerDraft { email, ..CustomerDraft::default() };
        let customer = unit!(host.galleria.app().write(host.owner()), work => {
            Ok(customers::create(work, draft.clone()).await?.customer.id.to_string())
        })
        .unwrap();
        let gift = json!({ "points": POINTS, "message": "Welcome" });
        let path = format!("{OWN}/customers/{customer}/adjustments");
        assert_eq!(owner.post(&path, &gift).await.status, 200);
        buyers.push(customer);
    }
    buyers
}

/// Agents place orders until the program is gone; answers what was acknowledged.
async fn place_until_the_end(
    run: &mut Run,
    key: &str,
    buyers: &[String],
    life: usize,
) -> Vec<String> {
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let agents: Vec<_> = buyers
        .iter()
        .map(|buyer| {
            let shop =
                Api { client: reqwest::Client::new(), url: run.url.clone(), key: key.to_owned() };
            let (buyer, done) = (buyer.clone(), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                // Until the end, which comes in the middle of a request.
                while let Some(placed) = shop.place(&buyer).await {
                    done.lock().extend(placed);
                }
            })
        })
        .collect();
    // Not always after the same number of orders.
    while acknowledged.lock().len() < ORDERS_BEFORE_THE_END + life % 7 {
        assert!(!agents.iter().all(tokio::task::JoinHandle::is_finished), "the agents gave up");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    run.kill();
    for ended in join_all(agents).await {
        ended.unwrap();
    }
    std::mem::take(&mut *acknowledged.lock())
}

/// The shop as an agent's program asks it.
struct Api {
    client: reqwest::Client,
    url: String,
    key: String,
}

impl Api {
    /// An answer, or nothing once the program is gone. What was too much at once is asked again.
    async fn send(&self, method: &str, path: &str, body: &Value) -> Option<Value> {
        loop {
            let method = method.parse().unwrap();
            let request = self.client.request(method, format!("{}{path}", self.url));
            let request = request.bearer_auth(&self.key);
            let request = match body {
                Value::Null => request,
                body => {
                    request.header("idempotency-key", RequestId::generate().as_str()).json(body)
                }
            };
            let answer = request.send().await.ok()?;
            let status = answer.status();
            let text = answer.text().await.ok()?;
            if status == 503 {
                continue;
            }
            assert!(status.is_success(), "{path}: {status} {text}");
            return Some(serde_json::from_str(&text).unwrap_or_default());
        }
    }

    /// Builds a cart and orders it, paid with one point and a card; answers the order.
    async fn place(&self, buyer: &str) -> Option<Option<String>> {
        let cart =
            self.send("POST", &format!("/admin/v1/customers/{buyer}/carts"), &json!({})).await?;
        let cart = format!("/admin/v1/carts/{}", cart["id"].as_str().unwrap());
        let line = json!({ "sku": "VASE", "quantity": 1 });
        self.send("POST", &format!("{cart}/lines"), &line).await?;
        let wish = json!({ "wish": { "use": 1 } });
        let seen = self.send("PUT", &format!("{cart}/wishes/reward-points"), &wish).await?;
        let payable = &seen["totals"]["payable"];
        assert_eq!(payable["amount"], 9_900, "{seen}");
        let payment = json!({ "provider": "test-card", "data": { "token": "ok" } });
        let body = json!({ "payable": payable, "payment": payment });
        let order = self.send("POST", &format!("{cart}/place"), &body).await?;
        Some(order["order"]["id"].as_str().map(str::to_owned))
    }

    async fn get(&self, path: &str) -> Value {
        self.send("GET", path, &Value::Null).await.unwrap()
    }

    /// All orders: their ids, and whose they are.
    async fn orders(&self) -> Vec<(String, String)> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/admin/v1/orders?limit=200{cursor}")).await;
            for order in page["items"].as_array().unwrap() {
                let text = |name: &str| order[name].as_str().unwrap().to_owned();
                all.push((text("id"), text("customer")));
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    async fn check(&self, acknowledged: &BTreeSet<String>, buyers: &[String]) {
        let orders = self.orders().await;
        let ids: BTreeSet<_> = orders.iter().map(|(id, _)| id.clone()).collect();
        assert_eq!(ids.len(), orders.len(), "an order is there twice");
        let lost: Vec<_> = acknowledged.difference(&ids).collect();
        assert!(lost.is_empty(), "acknowledged, and lost: {lost:?}");
        for buyer in buyers {
            let own = orders.iter().filter(|(_, customer)| customer == buyer).count();
            let own = i64::try_from(own).unwrap();
            self.until_points(buyer, POINTS - own + EARNED_BY_AN_ORDER * own).await;
        }
        let verified = self.get("/admin/v1/audit/verification").await;
        assert_eq!(verified["whole"], true, "{verified}");
    }

    /// Waits until what happened was told to the plugin, and its books agree.
    async fn until_points(&self, buyer: &str, expected: i64) {
        let began = Instant::now();
        loop {
            let balance = self.get(&format!("{OWN}/customers/{buyer}/balance")).await;
            if balance["available"] == expected {
                break;
            }
            assert!(began.elapsed() < LONG, "{balance}, and not {expected}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let check = self.get(&format!("{OWN}/customers/{buyer}/check")).await;
        assert_eq!((&check["right"], &check["complete"]), (&json!(true), &json!(true)), "{check}");
    }
}
