//! Links to a checkout: T63 to T67, on whole hosts and both databases.

mod mail;
mod refusals;

use std::time::Duration;

use galleria_app::{catalog, unit};
use galleria_domain::{Money, Product, ProductId, Variant, VariantId};
use galleria_tests::client::Client;
use galleria_tests::clock::TestClock;
use galleria_tests::database::{TestDatabase, on_both};
use galleria_tests::host::{Answer, TestHost};
use galleria_tests::logs::Logs;
use serde_json::{Value, json};

pub(crate) const PASSWORD: &str = "eight loud lamps";
pub(crate) const ADA: &str = "ada@example.com";

/// A host with something on sale, whose clock a test turns.
pub(crate) struct Shop {
    pub(crate) host: TestHost,
    pub(crate) clock: TestClock,
}

/// A customer with an account.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// A link that was just made.
struct Link {
    id: String,
    token: String,
}

impl Link {
    fn path(&self) -> String {
        path_of(&self.token)
    }
}

fn path_of(token: &str) -> String {
    format!("/store/v1/checkout-links/{token}")
}

#[track_caller]
pub(crate) fn is(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}

#[track_caller]
pub(crate) fn is_refused(answer: &Answer, status: u16, kind: &str) {
    let found = (answer.status, answer.problem());
    assert_eq!(found, (status, Some(kind.to_owned())), "{}", answer.text());
}

impl Shop {
    pub(crate) async fn open(database: &TestDatabase) -> Self {
        let clock = TestClock::new();
        let host = TestHost::start_at(database, clock.clone()).await;
        let price = Money::new(1_000, "EUR".parse().unwrap());
        let product = Product::new(ProductId::generate(), host.galleria.store().clone(), "TEA");
        let tea = Variant::new(VariantId::generate(), product.id.clone(), "TEA", price);
        let made = unit!(host.galleria.app().write(host.owner()), work => {
            catalog::create(work, &product, std::slice::from_ref(&tea)).await
        });
        made.unwrap();
        Self { host, clock }
    }

    pub(crate) fn agent(&self) -> Client<'_> {
        Client::owner(&self.host)
    }

    pub(crate) fn nobody(&self) -> Client<'_> {
        Client::nobody(&self.host)
    }

    pub(crate) fn client(&self, token: &str) -> Client<'_> {
        Client::bearer(&self.host, token)
    }

    pub(crate) async fn customer(&self, email: &str) -> Person {
        let body = json!({ "email": email, "password": PASSWORD, "first_name": "Ada" });
        let said = is(&self.nobody().post("/store/v1/customers", &body).await, 201);
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Person { id: text("customer"), token: text("token") }
    }

    /// A cart with two teas in it, which an agent made for a customer.
    pub(crate) async fn cart_for(&self, customer: &Person) -> String {
        let path = format!("/admin/v1/customers/{}/carts", customer.id);
        let cart = is(&self.agent().post(&path, &json!({})).await, 201);
        let cart = cart["id"].as_str().unwrap().to_owned();
        let line = json!({ "sku": "TEA", "quantity": 2 });
        is(&self.agent().post(&format!("/admin/v1/carts/{cart}/lines"), &line).await, 200);
        cart
    }

    pub(crate) async fn cart(&self, cart: &str) -> Value {
        is(&self.agent().get(&format!("/admin/v1/carts/{cart}")).await, 200)
    }

    async fn link(&self, cart: &str, draft: &Value) -> Link {
        let made = self.agent().post(&format!("/admin/v1/carts/{cart}/links"), draft).await;
        let made = is(&made, 201);
        let token = made["token"].as_str().unwrap().to_owned();
        Link { id: made["link"]["id"].as_str().unwrap().to_owned(), token }
    }

    async fn links(&self, cart: &str) -> Value {
        is(&self.agent().get(&format!("/admin/v1/carts/{cart}/links")).await, 200)["items"].clone()
    }

    async fn redeem(&self, link: &Link, body: &Value) -> Value {
        is(&self.nobody().post(&format!("{}/redeem", link.path()), body).await, 200)
    }
}

/// Orders what is in a cart and pays with a card.
pub(crate) async fn place(client: &Client<'_>, cart: &str) -> Answer {
    let path = format!("/store/v1/carts/{cart}");
    let payable = is(&client.get(&path).await, 200)["totals"]["payable"].clone();
    let payment = json!({ "provider": "test-card", "data": { "token": "ok" } });
    let body = json!({ "payable": payable, "payment": payment });
    client.with("idempotency-key", cart).post(&format!("{path}/place"), &body).await
}

#[tokio::test]
async fn t63_looking_at_a_link_changes_nothing_and_taking_it_does() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let link = shop.link(&cart, &json!({})).await;
        let before = (shop.links(&cart).await, shop.cart(&cart).await);
        for _ in 0..10 {
            let answer = shop.nobody().get(&link.path()).await;
            let landing = is(&answer, 200);
            assert_eq!(landing["store"], json!("My store"));
            assert_eq!(landing["first_name"], json!("Ada"));
            assert_eq!(landing["email"], json!("a***@e***"));
            assert_eq!(
                (landing["items"].clone(), landing["changed"].clone()),
                (json!(2), json!(false))
            );
            assert_eq!(answer.headers["referrer-policy"], "no-referrer");
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert!(!answer.headers.contains_key("set-cookie"));
        }
        assert_eq!((shop.links(&cart).await, shop.cart(&cart).await), before);
        let redeemed = shop.redeem(&link, &json!({})).await;
        assert_eq!((&redeemed["cart"], &redeemed["assurance"]), (&json!(cart), &json!("link")));
        let links = shop.links(&cart).await;
        assert_eq!(links[0]["uses"], json!(1));
        let me = shop.client(redeemed["token"].as_str().unwrap());
        assert_eq!(is(&me.get("/store/v1/carts/current").await, 200)["id"], json!(cart));
        assert_eq!(is(&me.get("/store/v1/me").await, 200)["email"], json!(ADA));
    })
    .await;
}

#[tokio::test]
async fn t63_the_token_of_a_link_is_in_no_log_no_event_and_no_table() {
    on_both(|database| async move {
        let logs = Logs::listen();
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let agent = shop.agent().with("idempotency-key", "make");
        let path = format!("/admin/v1/carts/{cart}/links");
        let made = is(&agent.post(&path, &json!({})).await, 201);
        let token = made["token"].as_str().unwrap();
        let again = is(&agent.post(&path, &json!({})).await, 201);
        assert_eq!(again["token"], json!(null), "it is shown once");
        is(&shop.nobody().get(&path_of(token)).await, 200);
        let body = json!({});
        let redeemed = shop.nobody().post(&format!("{}/redeem", path_of(token)), &body).await;
        let session = is(&redeemed, 200)["token"].as_str().unwrap().to_owned();
        assert_eq!(logs.lines(&[token]), Vec::<String>::new());
        let tables =
            ["checkout_links", "events", "audit_log", "sessions", "idempotency_keys", "carts"];
        for table in tables {
            assert_eq!(database.count_containing(table, token).await, 0, "{table}");
            assert_eq!(database.count_containing(table, &session).await, 0, "{table}");
        }
        assert_eq!(database.count_containing("events", "checkout-link.redeemed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn t64_whoever_came_by_a_link_proves_more_for_what_is_delicate() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let earlier = shop.cart_for(&ada).await;
        let earlier = is(&place(&shop.client(&ada.token), &earlier).await, 200);
        let earlier = format!("/store/v1/me/orders/{}", earlier["order"]["id"].as_str().unwrap());
        let cart = shop.cart_for(&ada).await;
        let link = shop.link(&cart, &json!({})).await;
        let redeemed = shop.redeem(&link, &json!({})).await;
        let me = shop.client(redeemed["token"].as_str().unwrap());
        assert_eq!(is(&me.get("/store/v1/me").await, 200)["assurance"], json!("link"));
        let password = json!({ "current_password": PASSWORD, "new_password": "ten yellow lemons" });
        let email = json!({ "email": "eve@example.com", "current_password": PASSWORD });
        for answer in [
            me.post("/store/v1/me/password", &password).await,
            me.post("/store/v1/me/email", &email).await,
            me.delete("/store/v1/sessions").await,
            me.get("/store/v1/me/orders").await,
            me.get(&earlier).await,
        ] {
            is_refused(&answer, 401, "step-up-required");
        }
        is(&me.patch("/store/v1/me", &json!({ "first_name": "Augusta" })).await, 200);
        let placed = is(&place(&me, &cart).await, 200);
        let order = placed["order"]["id"].as_str().unwrap();
        is(&me.get(&format!("/store/v1/me/orders/{order}")).await, 200);
        let seen = is(&shop.agent().get(&format!("/admin/v1/orders/{order}")).await, 200);
        assert_eq!(seen["placed_via"], json!("link"));
        let login = json!({ "email": ADA, "password": PASSWORD });
        let login = is(&shop.nobody().post("/store/v1/session", &login).await, 200);
        let me = shop.client(login["token"].as_str().unwrap());
        is(&me.get(&earlier).await, 200);
        is(&me.post("/store/v1/me/password", &password).await, 200);
    })
    .await;
}

#[tokio::test]
async fn t66_the_agent_of_a_cart_survives_clicks_and_links() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let agent = shop.cart(&cart).await["attribution"]["agent"].clone();
        assert!(agent.is_string());
        let path = format!("/admin/v1/carts/{cart}/attribution");
        let clicks = json!({ "clicks": { "utm_source": "phone", "utm_medium": "call" } });
        is(&shop.agent().put(&path, &clicks).await, 200);
        let link = shop.link(&cart, &json!({})).await;
        let clicked = json!({ "attribution": { "utm_source": "mail" } });
        let redeemed = shop.redeem(&link, &clicked).await;
        let attribution = shop.cart(&cart).await["attribution"].clone();
        assert_eq!(attribution["agent"], agent);
        assert_eq!(attribution["clicks"], json!({ "utm_source": "mail", "utm_medium": "call" }));
        let me = shop.client(redeemed["token"].as_str().unwrap());
        let last = json!({ "mode": "replace", "clicks": { "affiliate": "bob" } });
        is(&me.put(&format!("/store/v1/carts/{cart}/attribution"), &last).await, 200);
        let attribution = shop.cart(&cart).await["attribution"].clone();
        assert_eq!((&attribution["agent"], &attribution["clicks"]), (&agent, &last["clicks"]));
    })
    .await;
}

#[tokio::test]
async fn t67_an_order_keeps_the_attribution_that_its_cart_had() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let link = shop.link(&cart, &json!({})).await;
        let clicked = json!({ "attribution": { "utm_source": "mail" } });
        let redeemed = shop.redeem(&link, &clicked).await;
        let me = shop.client(redeemed["token"].as_str().unwrap());
        let placed = is(&place(&me, &cart).await, 200);
        let order = format!("/admin/v1/orders/{}", placed["order"]["id"].as_str().unwrap());
        let before = is(&shop.agent().get(&order).await, 200)["attribution"].clone();
        assert_eq!(before["clicks"], clicked["attribution"]);
        assert!(before["agent"].is_string());
        let path = format!("/admin/v1/carts/{cart}/attribution");
        let late = json!({ "clicks": { "utm_source": "late" } });
        is_refused(&shop.agent().put(&path, &late).await, 409, "cart-closed");
        assert_eq!(is(&shop.agent().get(&order).await, 200)["attribution"], before);
    })
    .await;
}

#[tokio::test]
async fn a_link_makes_its_cart_the_current_one_and_leaves_the_other_open() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let me = shop.client(&ada.token);
        let own = is(&me.post("/store/v1/carts", &json!({})).await, 201)["id"].clone();
        let cart = shop.cart_for(&ada).await;
        let link = shop.link(&cart, &json!({})).await;
        let redeem = format!("{}/redeem", link.path());
        let redeemed = is(&me.post(&redeem, &json!({})).await, 200);
        assert_eq!(redeemed["token"], json!(null), "who has proven more stays logged in");
        assert_eq!(is(&me.get("/store/v1/carts/current").await, 200)["id"], json!(cart));
        let own = shop.cart(own.as_str().unwrap()).await;
        assert_eq!((&own["status"], &own["is_current"]), (&json!("open"), &json!(false)));
        is(&me.get("/store/v1/me/orders").await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_link_to_a_visitors_cart_hands_the_cart_over_and_nothing_else() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let begun = is(&shop.nobody().post("/store/v1/carts", &json!({})).await, 201);
        let cart = begun["id"].as_str().unwrap();
        let first = shop.nobody().with("galleria-visit", begun["visit_token"].as_str().unwrap());
        let path = format!("/admin/v1/carts/{cart}/links");
        let refused = shop.agent().post(&path, &json!({})).await;
        is_refused(&refused, 422, "invalid");
        let link = shop.link(cart, &json!({ "assurance": "none" })).await;
        let landing = is(&shop.nobody().get(&link.path()).await, 200);
        assert_eq!((&landing["first_name"], &landing["email"]), (&json!(null), &json!(null)));
        let redeemed = shop.redeem(&link, &json!({})).await;
        assert_eq!((&redeemed["customer"], &redeemed["token"]), (&json!(null), &json!(null)));
        let visit = redeemed["visit_token"].as_str().unwrap();
        let second = shop.nobody().with("galleria-visit", visit);
        assert_eq!(is(&second.get("/store/v1/carts/current").await, 200)["id"], json!(cart));
        is_refused(&first.get("/store/v1/carts/current").await, 404, "not-found");
        is_refused(&second.get("/store/v1/me").await, 401, "unauthenticated");
        let ada = shop.customer(ADA).await;
        let own = shop.cart_for(&ada).await;
        let path = format!("/admin/v1/carts/{own}/links");
        let refused = shop.agent().post(&path, &json!({ "assurance": "none" })).await;
        is_refused(&refused, 422, "invalid");
    })
    .await;
}

#[tokio::test]
async fn a_link_locks_the_lines_as_long_as_it_is_good() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let link = shop.link(&cart, &json!({ "lock": "lines" })).await;
        let redeemed = shop.redeem(&link, &json!({})).await;
        let me = shop.client(redeemed["token"].as_str().unwrap());
        let path = format!("/store/v1/carts/{cart}/lines");
        let line = json!({ "sku": "TEA", "quantity": 1 });
        is_refused(&me.post(&path, &line).await, 409, "cart-locked");
        is(&shop.agent().delete(&format!("/admin/v1/links/{}", link.id)).await, 204);
        assert_eq!(shop.cart(&cart).await["lock"], json!("none"));
        is_refused(&me.get("/store/v1/me").await, 401, "unauthenticated");
        is(&shop.client(&ada.token).post(&path, &line).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_link_logs_in_only_where_the_store_and_the_agents_rights_allow_it() {
    on_both(|database| async move {
        let shop = Shop::open(&database).await;
        let ada = shop.customer(ADA).await;
        let cart = shop.cart_for(&ada).await;
        let path = format!("/admin/v1/carts/{cart}/links");
        let full = json!({ "assurance": "full" });
        is_refused(&shop.agent().post(&path, &full).await, 422, "invalid");
        let settings = json!({ "value": { "links_log_in": true } });
        is(&shop.agent().patch("/admin/v1/settings", &settings).await, 200);
        let link = shop.link(&cart, &full).await;
        let redeemed = shop.redeem(&link, &json!({})).await;
        assert_eq!(redeemed["assurance"], json!("password"));
        let me = shop.client(redeemed["token"].as_str().unwrap());
        is(&me.get("/store/v1/me/orders").await, 200);
        shop.clock.advance(Duration::from_hours(25));
        is(&me.get("/store/v1/me").await, 200);
    })
    .await;
}
