//! Trade over HTTP, on whole hosts and both databases: carts, what they cost, and orders. The tests
//! carry the numbers of the rules that they are about.

mod carts;
mod merging;
mod orders;
mod scripted;
mod totals;

use galleria_app::{catalog, unit};
use galleria_domain::{Money, Product, ProductId, Variant, VariantId};
use galleria_tests::client::Client;
use galleria_tests::host::{Answer, TestHost};
use serde_json::{Value, json};

const PASSWORD: &str = "eight loud lamps";
const STORE_CARTS: &str = "/store/v1/carts";
const CARTS: &str = "/admin/v1/carts";
const ORDERS: &str = "/admin/v1/orders";

/// Puts something on sale.
async fn sell(host: &TestHost, sku: &str, prices: &[(i64, &str)], tax_class: &str) {
    let owner = host.owner();
    let product = Product::new(ProductId::generate(), host.galleria.store().clone(), sku);
    let prices =
        prices.iter().map(|(amount, code)| Money::new(*amount, code.parse().unwrap())).collect();
    let variant = Variant {
        prices,
        tax_class: tax_class.to_owned(),
        ..Variant::new(
            VariantId::generate(),
            product.id.clone(),
            sku,
            Money::new(0, "EUR".parse().unwrap()),
        )
    };
    let made = unit!(host.galleria.app().write(owner), work => {
        catalog::create(work, &product, std::slice::from_ref(&variant)).await
    });
    made.unwrap();
}

/// Changes the store.
async fn set_store(host: &TestHost, change: &Value) {
    let path = format!("/admin/v1/stores/{}", host.galleria.store());
    let answer = Client::owner(host).patch(&path, change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Takes tax.
async fn tax(host: &TestHost, class: &str, country: &str, ppm: u32) {
    let rate = json!({ "name": "VAT", "class": class, "country": country, "rate": ppm });
    made(&Client::owner(host).post("/admin/v1/tax-rates", &rate).await);
}

/// Somebody who shops.
#[derive(Clone, Debug)]
struct Shopper<'h> {
    /// Their account, if they have one.
    id: Option<String>,
    client: Client<'h>,
}

impl<'h> Shopper<'h> {
    async fn register(host: &'h TestHost, email: &str) -> Self {
        let body = json!({ "email": email, "password": PASSWORD, "first_name": "Ada" });
        let welcome = Client::nobody(host).post("/store/v1/customers", &body).await;
        assert_eq!(welcome.status, 201, "{}", welcome.text());
        let said = welcome.json();
        let client = Client::bearer(host, said["token"].as_str().unwrap());
        Self { id: said["customer"].as_str().map(str::to_owned), client }
    }

    /// Somebody unknown with a cart, as their programs send what makes them known again.
    async fn visit(host: &'h TestHost) -> (Self, String) {
        let begun = Client::nobody(host).post(STORE_CARTS, &json!({})).await;
        let cart = made(&begun);
        let token = begun.json()["visit_token"].as_str().unwrap().to_owned();
        (Self { id: None, client: Client::nobody(host).with("galleria-visit", &token) }, cart)
    }

    /// Begins a cart; answers where it is.
    async fn cart(&self) -> String {
        made(&self.client.post(STORE_CARTS, &json!({})).await)
    }

    /// Puts something into a cart.
    async fn add(&self, cart: &str, sku: &str, quantity: u32) -> Value {
        let line = json!({ "sku": sku, "quantity": quantity });
        good(&self.client.post(&format!("{cart}/lines"), &line).await)
    }

    /// Orders what is in a cart, for what it said it costs.
    async fn place(&self, cart: &str, payment: &Value) -> Answer {
        place(&self.client, cart, payment).await
    }
}

/// Orders what is in a cart, for what it said it costs.
async fn place(client: &Client<'_>, cart: &str, payment: &Value) -> Answer {
    let payable = good(&client.get(cart).await)["totals"]["payable"].clone();
    place_for(client, cart, &payable, payment, "key-1").await
}

async fn place_for(
    client: &Client<'_>,
    cart: &str,
    payable: &Value,
    payment: &Value,
    key: &str,
) -> Answer {
    let body = json!({ "payable": payable, "payment": payment });
    client.with("idempotency-key", key).post(&format!("{cart}/place"), &body).await
}

/// A card that pays at once.
fn card() -> Value {
    json!({ "provider": "test-card", "data": { "token": "ok" } })
}

/// Money, as it is written.
fn money(amount: i64, currency: &str) -> Value {
    json!({ "amount": amount, "currency": currency })
}

fn euro(amount: i64) -> Value {
    money(amount, "EUR")
}

fn address(country: &str) -> Value {
    json!({ "first_name": "Ada", "line1": "Weg 1", "city": "Bern", "country": country })
}

/// Where the thing is that was just made.
#[track_caller]
fn made(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.location()
}

/// What a good answer says.
#[track_caller]
fn good(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The paths of the fields that are wrong, of a refusal of this kind.
#[track_caller]
fn refused(answer: &Answer, status: u16, kind: &str) -> Vec<String> {
    let found = (answer.status, answer.problem());
    assert_eq!(found, (status, Some(kind.to_owned())), "{}", answer.text());
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["path"].as_str().unwrap().to_owned()).collect()
}

/// The lines of a cart or an order: SKU and quantity.
fn lines(shown: &Value) -> Vec<(String, u64)> {
    let lines = shown["lines"].as_array().unwrap().iter();
    lines
        .map(|line| (line["sku"].as_str().unwrap().to_owned(), line["quantity"].as_u64().unwrap()))
        .collect()
}

/// The path of the line with this SKU.
fn line_at(cart: &str, shown: &Value, sku: &str) -> String {
    let found = shown["lines"].as_array().unwrap().iter().find(|line| line["sku"] == sku);
    format!("{cart}/lines/{}", found.unwrap()["id"].as_str().unwrap())
}

/// The path of the same cart on the staff's side.
fn as_staff(cart: &str) -> String {
    cart.replace(STORE_CARTS, CARTS)
}
