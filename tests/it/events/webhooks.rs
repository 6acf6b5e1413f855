//! Webhooks, against a receiver that listens on loopback.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use data_encoding::BASE64;
use galleria_app::{events, unit};
use galleria_domain::EventKind;
use galleria_tests::clock::TestClock;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use super::event;

const WEBHOOKS: &str = "/admin/v1/webhooks";

/// A request that the receiver got.
#[derive(Clone, Debug)]
struct Got {
    headers: HeaderMap,
    body: Bytes,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn number(&self) -> u64 {
        self.json()["payload"].as_u64().unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// A receiver that takes everything, but for events with numbers that it was told to refuse.
#[derive(Clone, Debug, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    refused: Arc<Mutex<HashMap<u64, u16>>>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let router = Router::new().route("/hook", post(receive)).with_state(receiver.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn refuse(&self, number: u64, status: u16) {
        self.refused.lock().insert(number, status);
    }

    fn numbers(&self) -> Vec<u64> {
        self.got.lock().iter().map(Got::number).collect()
    }

    /// Waits until so many requests came.
    async fn wait_for(&self, count: usize) -> Vec<Got> {
        for _ in 0..3_000 {
            let got = self.got.lock().clone();
            if got.len() >= count {
                return got;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("only {:?} came", self.numbers());
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let got = Got { headers, body };
    let status = receiver.refused.lock().get(&got.number()).copied();
    receiver.got.lock().push(got);
    StatusCode::from_u16(status.unwrap_or(204)).unwrap()
}

/// HMAC-SHA256 by the book (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |byte: u8| -> Vec<u8> {
        (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect()
    };
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

/// Makes a webhook for orders; answers its path and its secret.
async fn hook(host: &TestHost, url: &str) -> (String, String) {
    let body = json!({ "url": url, "kinds": ["order.placed", "order.paid"] });
    let made = host.post(WEBHOOKS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    (made.location(), secret)
}

async fn happens(host: &TestHost, kind: EventKind, aggregate: &str, number: u64) {
    unit!(host.galleria.app().write(host.owner()), work => {
        events::append(work, event(kind, aggregate, number)).await
    })
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_signed_so_that_the_receiver_can_tell() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let (receiver, url) = Receiver::start().await;
        happens(&host, EventKind::OrderPlaced, "ord_1", 1).await;
        let (path, secret) = hook(&host, &url).await;
        happens(&host, EventKind::CartCreated, "crt_1", 2).await;
        happens(&host, EventKind::OrderPlaced, "ord_1", 3).await;
        let got = receiver.wait_for(1).await.remove(0);
        assert_eq!(receiver.numbers(), [3], "from now on, and only what was asked for");
        let (id, time) = (got.header("webhook-id"), got.header("webhook-timestamp"));
        assert_eq!(got.json()["id"], id);
        assert_eq!(got.json()["kind"], "order.placed");
        assert_eq!(got.header("content-type"), "application/json");
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        assert_eq!(key.len(), 32);
        let message = [format!("{id}.{time}.").as_bytes(), &got.body].concat();
        let signature = format!("v1,{}", BASE64.encode(&hmac(&key, &message)));
        assert_eq!(got.header("webhook-signature"), signature);
        let shown = host.get(&path).await.text() + &host.get(WEBHOOKS).await.text();
        assert!(!shown.contains(&secret), "it is shown once");
        let rotated = host.post(&format!("{path}/rotate-secret"), &json!({})).await.json();
        assert_ne!(rotated["secret"], json!(secret));
        happens(&host, EventKind::OrderPaid, "ord_1", 4).await;
        let got = receiver.wait_for(2).await.remove(1);
        let secret = rotated["secret"].as_str().unwrap();
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        let (id, time) = (got.header("webhook-id"), got.header("webhook-timestamp"));
        let message = [format!("{id}.{time}.").as_bytes(), &got.body].concat();
        let signature = format!("v1,{}", BASE64.encode(&hmac(&key, &message)));
        assert_eq!(got.header("webhook-signature"), signature);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_sent_again_and_what_comes_after_it_waits() {
    on_both(|test| async move {
        let clock = TestClock::new();
        let host = TestHost::start_at(&test, clock.clone()).await;
        let (receiver, url) = Receiver::start().await;
        let (path, _) = hook(&host, &url).await;
        receiver.refuse(1, 503);
        happens(&host, EventKind::OrderPlaced, "ord_a", 1).await;
        happens(&host, EventKind::OrderPlaced, "ord_b", 2).await;
        happens(&host, EventKind::OrderPaid, "ord_a", 3).await;
        happens(&host, EventKind::OrderPaid, "ord_b", 4).await;
        receiver.wait_for(3).await;
        let mut numbers = receiver.numbers();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 4], "of the other order, both came");
        let id = path.rsplit('/').next().unwrap();
        let parked = format!("/admin/v1/events/parked/{id}");
        // Once what came of it is written down.
        let parked = loop {
            let parked = host.get(&parked).await.json()["items"].as_array().unwrap().clone();
            if parked.len() == 2 {
                break parked;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert_eq!((&parked[0]["state"], &parked[0]["attempts"]), (&json!("retrying"), &json!(1)));
        assert_eq!(parked[0]["last_error"], "was answered with 503");
        assert_eq!(parked[1]["state"], "waiting");
        receiver.refused.lock().clear();
        clock.advance(Duration::from_secs(2));
        receiver.wait_for(5).await;
        assert_eq!(receiver.numbers()[3..], [1, 3], "in order");
        let log = loop {
            let log = host.get(&format!("{path}/deliveries")).await.json();
            let log = log["items"].as_array().unwrap().clone();
            if log.len() == 5 {
                break log;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let tries: Vec<_> = log
            .iter()
            .filter(|try_| try_["event"] == parked[0]["event"]["id"])
            .map(|try_| (try_["attempt"].as_u64().unwrap(), try_["status"].as_u64().unwrap()))
            .collect();
        assert_eq!(tries, [(2, 204), (1, 503)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_of_one_thing_arrive_in_order_and_those_of_all_arrive() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let (receiver, url) = Receiver::start().await;
        hook(&host, &url).await;
        for number in 0..60 {
            let order = format!("ord_{}", number % 3);
            happens(&host, EventKind::OrderPlaced, &order, number).await;
        }
        receiver.wait_for(60).await;
        let numbers = receiver.numbers();
        for order in 0..3 {
            let of_one: Vec<_> = numbers.iter().filter(|number| *number % 3 == order).collect();
            assert!(of_one.windows(2).all(|pair| pair[0] < pair[1]), "{of_one:?}");
            assert_eq!(of_one.len(), 20);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_rests_is_sent_later_what_happened_meanwhile_unless_it_skips() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let (receiver, url) = Receiver::start().await;
        let (path, _) = hook(&host, &url).await;
        assert_eq!(host.patch(&path, &json!({ "active": false })).await.status, 200);
        happens(&host, EventKind::OrderPlaced, "ord_1", 1).await;
        assert_eq!(host.patch(&path, &json!({ "active": true })).await.status, 200);
        receiver.wait_for(1).await;
        assert_eq!(host.patch(&path, &json!({ "active": false })).await.status, 200);
        happens(&host, EventKind::OrderPlaced, "ord_1", 2).await;
        let skipping = json!({ "active": true, "skip": true });
        assert_eq!(host.patch(&path, &skipping).await.status, 200);
        happens(&host, EventKind::OrderPlaced, "ord_1", 3).await;
        receiver.wait_for(2).await;
        assert_eq!(receiver.numbers(), [1, 3]);
        assert_eq!(host.delete(&path).await.status, 204);
        assert_eq!(host.get(&path).await.status, 404);
        assert_eq!(test.count_containing("event_cursors", "whk_").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_leads_nowhere_is_refused() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let before = test.dump().await;
        for url in ["", "nowhere", "ftp://127.0.0.1/", "https://me:secret@example.com/"] {
            let refused = host.post(WEBHOOKS, &json!({ "url": url })).await;
            assert_eq!(refused.status, 422, "{url}");
            assert_eq!(refused.json()["errors"][0]["path"], "url", "{url}");
        }
        let long = format!("https://example.com/{}", "a".repeat(2_048));
        assert_eq!(host.post(WEBHOOKS, &json!({ "url": long })).await.status, 422);
        let unknown = json!({ "url": "https://example.com/", "kinds": ["order.eaten"] });
        assert_eq!(host.post(WEBHOOKS, &unknown).await.status, 422);
        assert_eq!(test.dump().await, before);
    })
    .await;
}
