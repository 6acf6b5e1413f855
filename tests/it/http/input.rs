//! What is no good is refused as the same kind of problem everywhere, and leaves nothing behind.

mod fields;
mod places;
mod queries;
mod texts;

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::customers::{CUSTOMERS, make, program};
use super::refused;

/// A shop with somebody in it, and who asks it.
struct Place<'h> {
    staff: Client<'h>,
    /// Somebody with an account.
    customer: Client<'h>,
    /// Where staff finds another customer.
    path: String,
    /// The address of that one.
    address: String,
    /// The address of who has an account.
    own_address: String,
    store: String,
}

/// A route that takes a body, and one that it would take.
struct Route {
    method: &'static str,
    path: String,
    body: Value,
    audience: Audience,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Audience {
    Staff,
    Customer,
    Anybody,
}

const ADDRESS: &str = r#"{ "line1": "Weg 1", "city": "Bern", "country": "CH" }"#;

impl<'h> Place<'h> {
    async fn open(host: &'h TestHost) -> Self {
        let staff = Client::owner(host);
        let address: Value = serde_json::from_str(ADDRESS).unwrap();
        let path = make(&staff, &json!({ "email": "a@example.com" })).await.location();
        let made = staff.post(&format!("{path}/addresses"), &address).await;
        let account = json!({ "email": "ada@example.com", "password": "eight loud lamps" });
        let account = Client::nobody(host).post("/store/v1/customers", &account).await;
        let customer = Client::bearer(host, account.json()["token"].as_str().unwrap());
        let own = customer.post("/store/v1/me/addresses", &address).await;
        let stores = staff.get("/admin/v1/stores").await.json();
        let store = format!("/admin/v1/stores/{}", stores["items"][0]["id"].as_str().unwrap());
        Self { staff, customer, path, address: made.location(), own_address: own.location(), store }
    }

    /// Every route of customers, addresses, stores and the storefront that takes a body.
    fn routes(&self) -> Vec<Route> {
        let ada = self.path.rsplit('/').next().unwrap();
        let address: Value = serde_json::from_str(ADDRESS).unwrap();
        let account = json!({ "email": "b@example.com", "password": "nine still ponds" });
        let passwords = json!({ "current_password": "x", "new_password": "nine still ponds" });
        let store = json!({ "name": "B", "default_currency": "EUR" });
        let defaults = json!({ "billing": self.address.rsplit('/').next() });
        let own_defaults = json!({ "billing": self.own_address.rsplit('/').next() });
        let (path, of_staff, own) = (&self.path, Audience::Staff, Audience::Customer);
        let routes = [
            ("POST", CUSTOMERS.to_owned(), json!({ "email": "b@example.com" }), of_staff),
            ("PATCH", path.clone(), json!({ "first_name": "B" }), of_staff),
            (
                "POST",
                format!("{CUSTOMERS}/bulk"),
                json!({ "ids": [ada], "action": "delete" }),
                of_staff,
            ),
            (
                "POST",
                format!("{path}/password"),
                json!({ "new_password": "nine still ponds" }),
                of_staff,
            ),
            ("POST", format!("{path}/addresses"), address.clone(), of_staff),
            ("PATCH", self.address.clone(), json!({ "city": "Rom" }), of_staff),
            ("PUT", format!("{path}/defaults"), defaults, of_staff),
            ("POST", "/admin/v1/stores".to_owned(), store, of_staff),
            ("PATCH", self.store.clone(), json!({ "name": "C" }), of_staff),
            ("POST", "/store/v1/customers".to_owned(), account.clone(), Audience::Anybody),
            ("POST", "/store/v1/session".to_owned(), account, Audience::Anybody),
            ("PATCH", "/store/v1/me".to_owned(), json!({ "first_name": "B" }), own),
            ("POST", "/store/v1/me/password".to_owned(), passwords, own),
            ("POST", "/store/v1/me/addresses".to_owned(), address, own),
            ("PATCH", self.own_address.clone(), json!({ "city": "Rom" }), own),
            ("PUT", "/store/v1/me/defaults".to_owned(), own_defaults, own),
        ];
        let route = |(method, path, body, audience)| Route { method, path, body, audience };
        routes.into_iter().map(route).collect()
    }

    fn client(&self, route: &Route) -> Client<'h> {
        match route.audience {
            Audience::Staff => self.staff.clone(),
            Audience::Customer => self.customer.clone(),
            Audience::Anybody => Client::nobody(self.staff.host),
        }
    }
}

const JSON: &str = "application/json";

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_is_refused_by_every_route() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let before = test.dump().await;
        for route in place.routes() {
            let client = place.client(&route);
            let good = route.body.to_string().into_bytes();
            let field = route.body.as_object().unwrap().keys().next().unwrap();
            let lone_surrogate = format!("{{\"{field}\": \"\\ud800\"}}");
            let deep = [&b"{\"a\":"[..], &[b'['; 80], &[b']'; 80], b"}"].concat();
            let bad: [Vec<u8>; 9] = [
                Vec::new(),
                b"{".to_vec(),
                b"nonsense".to_vec(),
                [good.as_slice(), b"}"].concat(),
                [b"\xef\xbb\xbf", good.as_slice()].concat(),
                b"{\"first_name\": \"\xff\xfe\"}".to_vec(),
                lone_surrogate.into_bytes(),
                b"{\"first_name\": \"a\nb\"}".to_vec(),
                deep,
            ];
            for body in bad {
                let words = String::from_utf8_lossy(&body).into_owned();
                let client = client.with("content-type", JSON);
                let answer = client.send(route.method, &route.path, body).await;
                assert_eq!(
                    answer.status,
                    400,
                    "{} {} {words}: {}",
                    route.method,
                    route.path,
                    answer.text()
                );
                assert_eq!(refused(&answer, 400, "malformed"), []);
            }
            for kind in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/json; charset=latin1",
                "application/jsonx",
            ] {
                let client = client.with("content-type", kind);
                refused(
                    &client.send(route.method, &route.path, good.clone()).await,
                    415,
                    "not-json",
                );
            }
            refused(&client.send(route.method, &route.path, good.clone()).await, 415, "not-json");
            refused(&client.send(route.method, &route.path, "").await, 415, "not-json");
        }
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_more_than_a_mebibyte_is_refused_by_every_route() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let before = test.dump().await;
        for route in place.routes() {
            let mut body = route.body.to_string();
            body.push_str(&" ".repeat((1 << 20) + 1 - body.len()));
            let client = place.client(&route).with("content-type", JSON);
            refused(&client.send(route.method, &route.path, body).await, 413, "too-large");
        }
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_body_says_wrong_is_named_by_its_place_on_every_route() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let before = test.dump().await;
        for route in place.routes() {
            let client = place.client(&route);
            let at = |path: &str, code: &str| vec![(path.to_owned(), code.to_owned())];
            let Route { method, path, body, .. } = &route;
            for no_object in [json!([]), json!("x"), json!(1), json!(null), json!([body])] {
                let answer = client.json(method, path, &no_object).await;
                assert_eq!(
                    refused(&answer, 422, "invalid"),
                    at("", "malformed"),
                    "{method} {path}"
                );
            }
            let mut unknown = body.clone();
            unknown["zzz"] = json!(1);
            let answer = client.json(method, path, &unknown).await;
            assert_eq!(refused(&answer, 422, "invalid"), at("zzz", "unknown"), "{method} {path}");
            for field in body.as_object().unwrap().keys() {
                let mut wrong = body.clone();
                wrong[field] = json!({ "a": 1 });
                let answer = client.json(method, path, &wrong).await;
                let named = refused(&answer, 422, "invalid");
                // What has to be one of some words, isn't one of them.
                assert!(
                    named == at(field, "malformed") || named == at(field, "unknown"),
                    "{named:?}"
                );
                let value = &body[field];
                let twice = format!("{{\"{field}\": {value}, \"{field}\": {value}}}");
                let twice = client.with("content-type", JSON).send(method, path, twice).await;
                assert_eq!(refused(&twice, 422, "invalid"), at(field, "malformed"));
            }
        }
        assert_eq!(test.dump().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_told_so_before_what_they_say_is_looked_at() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let place = Place::open(&host).await;
        let nobody = Client::nobody(&host);
        let idle = program(&host, &["audit:read"]).await;
        let reader = program(&host, &["customers:read", "customers:read-pii", "stores:read"]).await;
        let before = test.dump().await;
        for route in place.routes() {
            let Route { method, path, body, audience } = &route;
            let unknown_store = place.client(&route).with("galleria-store", "nonsense");
            refused(&unknown_store.json(method, path, body).await, 404, "not-found");
            if *audience == Audience::Anybody {
                continue;
            }
            for stranger in
                [&nobody, &Client::bearer(&host, "x"), &nobody.with("authorization", "Basic eDp5")]
            {
                for body in [body, &json!({ "zzz": 1 })] {
                    let answer = stranger.json(method, path, body).await;
                    assert_eq!(refused(&answer, 401, "unauthenticated"), []);
                    assert!(answer.headers.contains_key("www-authenticate"));
                }
            }
            let others = match audience {
                Audience::Staff => &place.customer,
                _ => &place.staff,
            };
            refused(&others.json(method, path, body).await, 401, "unauthenticated");
            if *audience == Audience::Staff {
                for client in [&idle, &reader] {
                    refused(&client.json(method, path, body).await, 403, "permission-denied");
                }
            }
        }
        for path in [CUSTOMERS, &place.path, &place.address, "/admin/v1/leads", &place.store] {
            refused(&idle.get(path).await, 403, "permission-denied");
            refused(&nobody.get(path).await, 401, "unauthenticated");
        }
        for client in [&idle, &reader] {
            refused(&client.delete(&place.path).await, 403, "permission-denied");
            refused(&client.delete(&place.address).await, 403, "permission-denied");
        }
        assert_eq!(test.dump().await, before);
    })
    .await;
}
