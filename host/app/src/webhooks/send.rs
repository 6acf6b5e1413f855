//! What is sent, and with which signature.

use std::time::Instant as Stopwatch;

use data_encoding::BASE64;
use galleria_domain::Event;
use galleria_storage::webhooks::{WebhookDelivery, WebhookSecret};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::transport::WebhookRequest;
use crate::app::App;
use crate::events::Outcome;

/// What every secret begins with; the rest is the key in base64.
pub const SECRET_PREFIX: &str = "whsec_";

/// Where a webhook leads, and what it is signed with.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) secret: WebhookSecret,
}

/// The signature of a body that is sent under an id at a time (in seconds since 1970): `v1,` and
/// HMAC-SHA256 of `id.time.body` in base64 (Standard Webhooks 1.0).
pub fn signature(secret: &str, id: &str, time_s: i64, body: &[u8]) -> String {
    let key = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    let key = BASE64.decode(key.as_bytes()).unwrap_or_else(|_| key.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{time_s}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
}

fn body(event: &Event) -> Value {
    json!({
        "id": event.id,
        "kind": event.kind,
        "schema_version": event.schema_version,
        "store": event.store,
        "aggregate": event.aggregate,
        "aggregate_version": event.aggregate_version,
        "at": event.at,
        "actor": event.actor,
        "on_behalf_of": event.on_behalf_of,
        "correlation_id": event.correlation_id,
        "payload": event.payload,
    })
}

/// Sends one event once.
pub(super) async fn send(
    app: &App,
    target: &Target,
    event: &Event,
    attempt: u32,
) -> (Outcome, WebhookDelivery) {
    let at = app.now();
    let (time_s, body) = (at.as_micros().div_euclid(1_000_000), body(event).to_string());
    let signed = signature(target.secret.as_str(), event.id.as_str(), time_s, body.as_bytes());
    let request = WebhookRequest {
        url: target.url.clone(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", event.id.to_string()),
            ("webhook-timestamp", time_s.to_string()),
            ("webhook-signature", signed),
        ],
        body: body.into_bytes(),
    };
    let stopwatch = Stopwatch::now();
    let answer = app.webhook_transport().post(&request).await;
    let duration_ms = u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (status, error) = match answer {
        Ok(status @ 200..=299) => (Some(status), None),
        Ok(status) => (Some(status), Some(format!("was answered with {status}"))),
        Err(reason) => (None, Some(reason)),
    };
    let outcome = error.clone().map_or(Outcome::Taken, Outcome::Failed);
    let event = event.id.clone();
    (outcome, WebhookDelivery { seq: 0, event, attempt, at, duration_ms, status, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the Standard Webhooks specification and its libraries.
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
