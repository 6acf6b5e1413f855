//! Reward points in a whole shop: the plugin takes part in placing orders, and hears what becomes
//! of them. The tests carry the numbers of the rules that they are about.

mod book;
mod events;
mod orders;

use std::time::{Duration, Instant};

use galleria_app::carts::{self, CartAct, CartDraft, NewLine};
use galleria_app::orders::{self as placed, PlacedOrder, Placement};
use galleria_app::{Result, catalog, customers, unit};
use galleria_domain::{
    Cart, CustomerDraft, CustomerId, LineSchedule, Money, Order, OrderId, PaymentState, PlacedVia,
    Product, ProductId, Variant, VariantId,
};
use galleria_tests::client::Client;
use galleria_tests::clock::TestClock;
use galleria_tests::database::TestDatabase;
use galleria_tests::host::{Answer, TestHost};
use galleria_tests::plugins::components;
use serde_json::{Map, Value, json};

/// A machine that does ten things at once gets as long as it needs.
const LONG: Duration = Duration::from_mins(2);
const OWN: &str = "/admin/v1/x/reward-points";
const DAY: Duration = Duration::from_hours(24);

/// A shop with something for 100.00, in which 10.00 earn a point and a point is worth 1.00.
struct Shop {
    host: TestHost,
    clock: TestClock,
    variant: VariantId,
    settings: Map<String, Value>,
}

impl Shop {
    async fn open(database: &TestDatabase) -> Self {
        let clock = TestClock::new();
        let host = TestHost::start_at(database, clock.clone()).await;
        host.plug_trusted(&components().reward_points).await;
        let owner = host.owner();
        let store = host.galleria.store().clone();
        let product = Product::new(ProductId::generate(), store, "Vase");
        let price = Money::new(10_000, "EUR".parse().unwrap());
        let variant = Variant::new(VariantId::generate(), product.id.clone(), "VASE", price);
        unit!(host.galleria.app().write(owner), work => {
            catalog::create(work, &product, std::slice::from_ref(&variant)).await
        })
        .unwrap();
        let mut shop = Self { host, clock, variant: variant.id, settings: Map::new() };
        shop.set(&json!({
            "exchange": { "EUR": { "points": 1, "amount": 100 } },
            "earning": { "EUR": { "points": 1, "amount": 1_000 } },
        }))
        .await;
        shop
    }

    /// Changes settings.
    async fn set(&mut self, change: &Value) {
        for (name, value) in change.as_object().unwrap() {
            self.settings.insert(name.clone(), value.clone());
        }
        let body = json!({ "value": self.settings });
        let answer = self.owner().put("/admin/v1/settings/reward-points", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn owner(&self) -> Client<'_> {
        Client::owner(&self.host)
    }

    async fn customer(&self, email: &str) -> CustomerId {
        let draft = CustomerDraft { email: Some(email.to_owned()), ..CustomerDraft::default() };
        unit!(self.host.galleria.app().write(self.host.owner()), work => {
            Ok(customers::create(work, draft.clone()).await?.customer.id)
        })
        .unwrap()
    }

    /// Gives or takes points by hand.
    async fn give(&self, customer: &CustomerId, points: i64) {
        let answer = self.adjust(customer, &json!({ "points": points, "message": "Hello" })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    async fn adjust(&self, customer: &CustomerId, body: &Value) -> Answer {
        self.owner().post(&format!("{OWN}/customers/{customer}/adjustments"), body).await
    }

    /// A cart with so many of what there is, and what is wished of the points.
    async fn cart(&self, customer: &CustomerId, quantity: u32, wish: &Value) -> Result<Cart> {
        let draft = CartDraft { customer: Some(customer.clone()), ..CartDraft::default() };
        let line = NewLine {
            variant: Some(self.variant.clone()),
            sku: None,
            quantity,
            schedule: LineSchedule::OneTime,
            options: Map::new(),
        };
        let wish = CartAct::SetWish {
            plugin: "reward-points".parse().unwrap(),
            wish: (!wish.is_null()).then(|| wish.clone()),
        };
        unit!(self.host.galleria.app().write(self.host.owner()), work => {
            let cart = carts::create(work, &draft).await?.cart.id;
            carts::act(work, &cart, &CartAct::AddLine(line.clone()), None).await?;
            Ok(carts::act(work, &cart, &wish, None).await?.cart)
        })
    }

    async fn place(&self, cart: &Cart) -> Result<PlacedOrder> {
        let confirmed = cart.totals.as_ref().unwrap().payable;
        let placement = Placement {
            cart: cart.id.clone(),
            confirmed,
            provider: Some("manual".to_owned()),
            data: Value::Null,
            via: PlacedVia::AgentCheckout,
        };
        placed::place(self.host.galleria.app(), self.host.owner(), &placement).await
    }

    /// An order of one, paid with so many points.
    async fn buy(&self, customer: &CustomerId, wish: &Value) -> Order {
        let cart = self.cart(customer, 1, wish).await.unwrap();
        self.place(&cart).await.unwrap().order
    }

    /// What is to be paid by hand has come in.
    async fn pay(&self, order: &Order) {
        for payment in &order.progress().payments {
            unit!(self.host.galleria.app().write(self.host.owner()), work => {
                let (order, payment) = (&order.snapshot().id, &payment.id);
                placed::set_payment(work, order, payment, PaymentState::Paid).await
            })
            .unwrap();
        }
    }

    /// Pays and completes it.
    async fn complete(&self, order: &Order) {
        self.pay(order).await;
        unit!(self.host.galleria.app().write(self.host.owner()), work => {
            placed::complete(work, &order.snapshot().id, None).await
        })
        .unwrap();
    }

    async fn cancel(&self, order: &OrderId) {
        unit!(self.host.galleria.app().write(self.host.owner()), work => {
            placed::cancel(work, order, "changed their mind", None).await
        })
        .unwrap();
    }

    /// A customer's points: what can be used, what can't yet, and what is owed.
    async fn points(&self, customer: &CustomerId) -> (i64, i64, i64) {
        let balance = self.owner().get(&format!("{OWN}/customers/{customer}/balance")).await;
        assert_eq!(balance.status, 200, "{}", balance.text());
        let balance = balance.json();
        let number = |name: &str| balance[name].as_i64().unwrap();
        (number("available"), number("pending"), number("debt"))
    }

    /// Waits until a customer's points are these.
    async fn until(&self, customer: &CustomerId, expected: (i64, i64, i64)) {
        let began = Instant::now();
        loop {
            let points = self.points(customer).await;
            if points == expected {
                return self.check(customer).await;
            }
            assert!(began.elapsed() < LONG, "{points:?} and not {expected:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The sum of all entries is what is left in lots, less the debt.
    async fn check(&self, customer: &CustomerId) {
        let check = self.owner().get(&format!("{OWN}/customers/{customer}/check")).await.json();
        assert_eq!((&check["right"], &check["complete"]), (&json!(true), &json!(true)), "{check}");
    }

    /// All lines of a customer's history, newest first.
    async fn history(&self, customer: &CustomerId, limit: u32) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{OWN}/customers/{customer}/history?limit={limit}{cursor}");
            let page = self.owner().get(&path).await;
            assert_eq!(page.status, 200, "{}", page.text());
            let page = page.json();
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }
}
