use std::future::ready;

use galleria_domain::{Money, PaymentState};

use super::{Authorization, PaymentAnswer, PaymentProvider, PaymentRequest};

/// Paid outside the shop, by invoice or in cash; staff puts down when the money is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct ManualPayment;

impl PaymentProvider for ManualPayment {
    fn id(&self) -> &'static str {
        "manual"
    }

    fn counts_as_purchase(&self) -> bool {
        true
    }

    fn authorize<'a>(&'a self, request: &'a PaymentRequest) -> PaymentAnswer<'a, Authorization> {
        let reference = request.payment.to_string();
        let state = PaymentState::Pending;
        Box::pin(ready(Ok(Authorization { state, reference, redirect_url: None })))
    }

    fn void<'a>(&'a self, _: &'a str) -> PaymentAnswer<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn refund<'a>(&'a self, _: &'a str, _: Money, _: &'a str) -> PaymentAnswer<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}
