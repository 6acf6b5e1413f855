use std::future::ready;

use galleria_domain::{Money, PaymentState};
use serde::Deserialize;

use super::{Authorization, PaymentAnswer, PaymentProvider, PaymentRefusal, PaymentRequest};

/// A card that no money is behind: the token `ok` pays at once, `authorize` only sets the money
/// aside, and `declined` is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestCard;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    token: Token,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Token {
    Ok,
    Authorize,
    Declined,
}

impl PaymentProvider for TestCard {
    fn id(&self) -> &'static str {
        "test-card"
    }

    fn authorize<'a>(&'a self, request: &'a PaymentRequest) -> PaymentAnswer<'a, Authorization> {
        let reference = format!("test-{}", request.payment);
        let granted = |state| Authorization { state, reference, redirect_url: None };
        let answer = match Card::deserialize(&request.data).map(|card| card.token) {
            Ok(Token::Ok) => Ok(granted(PaymentState::Paid)),
            Ok(Token::Authorize) => Ok(granted(PaymentState::Authorized)),
            Ok(Token::Declined) => {
                Err(PaymentRefusal::Declined("the test card was declined".to_owned()))
            }
            Err(_) => {
                let message = "needs a token: ok, authorize or declined";
                Err(PaymentRefusal::Malformed(message.to_owned()))
            }
        };
        Box::pin(ready(answer))
    }

    fn void<'a>(&'a self, _: &'a str) -> PaymentAnswer<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn refund<'a>(&'a self, _: &'a str, _: Money, _: &'a str) -> PaymentAnswer<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}
