use std::future::ready;

use galleria_domain::{Money, PaymentState};

use super::{Authorization, PaymentAnswer, PaymentProvider, PaymentRequest};

/// A provider with a page of its own, where only the customer can pay; no money is behind it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestRedirect;

impl PaymentProvider for TestRedirect {
    fn id(&self) -> &'static str {
        "test-redirect"
    }

    fn redirects_customer(&self) -> bool {
        true
    }

    fn authorize<'a>(&'a self, request: &'a PaymentRequest) -> PaymentAnswer<'a, Authorization> {
        let reference = format!("test-{}", request.payment);
        let redirect_url = Some(format!("https://pay.example/{reference}"));
        let state = PaymentState::Pending;
        Box::pin(ready(Ok(Authorization { state, reference, redirect_url })))
    }

    fn void<'a>(&'a self, _: &'a str) -> PaymentAnswer<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn refund<'a>(&'a self, _: &'a str, _: Money, _: &'a str) -> PaymentAnswer<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}
