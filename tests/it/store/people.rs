//! Customers for the suites about who may come in.

use galleria_app::authentication::{self, Client};
use galleria_app::sessions::Subject;
use galleria_domain::{CustomerDraft, CustomerId};
use galleria_tests::shop::{PASSWORD, TestShop};

/// What the customer of a suite logs in with.
pub(crate) const CUSTOMER_EMAIL: &str = "ada@example.com";

/// Opens an account with [`PASSWORD`].
pub(crate) async fn register(shop: &TestShop, email: &str) -> CustomerId {
    let draft = CustomerDraft { email: Some(email.to_owned()), ..CustomerDraft::default() };
    let at = shop.visitor("203.0.113.5");
    let client = Client::default();
    let registered =
        authentication::customer_register(&shop.app, &at, draft, PASSWORD, client).await.unwrap();
    let Subject::Customer(id) = registered.session.subject else { panic!("it is a customer") };
    id
}
