//! How orders are paid: a platform brings its own providers, beside those that come with the host.

mod manual;
mod test_card;
mod test_redirect;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use galleria_domain::{CartId, Money, PaymentId, PaymentState};
use serde_json::Value;

pub use manual::ManualPayment;
pub use test_card::TestCard;
pub use test_redirect::TestRedirect;

/// What a provider answers, sometime.
pub type PaymentAnswer<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, PaymentRefusal>> + Send + 'a>>;

/// A way to pay.
///
/// Never called while a unit of work is open: a provider may take its time. What it has authorized
/// and no order came of is [voided](PaymentProvider::void).
pub trait PaymentProvider: Debug + Send + Sync + 'static {
    /// Names it for ever: `manual`.
    fn id(&self) -> &'static str;

    /// Whether the customer is sent to a page of the provider, where only they can go on: staff
    /// can't pay in this way for anybody (N45).
    fn redirects_customer(&self) -> bool {
        false
    }

    /// Whether an order that isn't paid yet counts as a purchase, since it is paid some other way.
    fn counts_as_purchase(&self) -> bool {
        false
    }

    /// Asks for the money.
    fn authorize<'a>(&'a self, request: &'a PaymentRequest) -> PaymentAnswer<'a, Authorization>;

    /// Gives up what was authorized. Asked again, it says yes again.
    fn void<'a>(&'a self, reference: &'a str) -> PaymentAnswer<'a, ()>;

    /// Gives money back. The key is the refund's id: asked again with it, nothing more is given.
    fn refund<'a>(
        &'a self,
        reference: &'a str,
        amount: Money,
        key: &'a str,
    ) -> PaymentAnswer<'a, ()>;
}

/// A payment that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentRequest {
    /// The id that the payment gets; asked again with it, a provider answers the same.
    pub payment: PaymentId,
    /// What is paid for.
    pub cart: CartId,
    /// How much.
    pub amount: Money,
    /// What the client sent along for the provider: a card's token. Never stored.
    pub data: Value,
}

/// What a provider has granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authorization {
    /// Pending, authorized or paid.
    pub state: PaymentState,
    /// What the provider calls it.
    pub reference: String,
    /// Where the customer has to go to pay, if they have to.
    pub redirect_url: Option<String>,
}

/// Why there is no money.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PaymentRefusal {
    /// The provider says no; says why, to people.
    #[error("{0}")]
    Declined(String),
    /// What was sent along is wrong.
    #[error("{0}")]
    Malformed(String),
    /// The provider doesn't answer.
    #[error("the payment provider doesn't answer")]
    Unavailable,
}

/// All ways to pay that there are.
#[derive(Clone, Debug)]
pub struct PaymentProviders(Vec<Arc<dyn PaymentProvider>>);

impl PaymentProviders {
    /// These ways; of two with one id, the later one counts.
    pub fn new(providers: Vec<Arc<dyn PaymentProvider>>) -> Self {
        Self(providers)
    }

    /// Those that come with the host: by hand, and, to try things out, the test providers.
    pub fn bundled() -> Self {
        Self(vec![Arc::new(ManualPayment), Arc::new(TestCard), Arc::new(TestRedirect)])
    }

    /// The one with this id.
    pub fn find(&self, id: &str) -> Option<Arc<dyn PaymentProvider>> {
        self.0.iter().rev().find(|provider| provider.id() == id).cloned()
    }

    /// Their ids, sorted.
    pub fn ids(&self) -> Vec<&'static str> {
        let mut ids: Vec<_> = self.0.iter().map(|provider| provider.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}
