//! Links that go out by mail: T65 and the new link that whoever holds an old one asks for.

use std::time::Duration;

use galleria_app::carts::{self, CartAct, CartDraft, NewLine};
use galleria_app::checkout_links::{self, Redeemed, Redemption};
use galleria_app::{AppError, authentication, catalog, customers, unit};
use galleria_domain::{
    CartId, Change, CheckoutLinkId, Clicks, CustomerChange, CustomerDraft, CustomerId,
    CustomerKind, LineSchedule, LinkDraft, Money, Product, ProductId, Variant, VariantId,
};
use galleria_tests::database::{TestDatabase, on_both};
use galleria_tests::postbox::Postbox;
use galleria_tests::shop::TestShop;

struct Sent {
    shop: TestShop,
    postbox: Postbox,
    customer: CustomerId,
    cart: CartId,
    link: CheckoutLinkId,
    token: String,
}

impl Sent {
    async fn begin(database: &TestDatabase) -> Self {
        let shop = TestShop::open(database).await;
        let owner = shop.owner();
        let price = Money::new(1_000, "EUR".parse().unwrap());
        let product = Product::new(ProductId::generate(), shop.store.clone(), "TEA");
        let tea = Variant::new(VariantId::generate(), product.id.clone(), "TEA", price);
        let begun = unit!(shop.app.write(&owner), work => {
            catalog::create(work, &product, std::slice::from_ref(&tea)).await?;
            let draft = CustomerDraft {
                kind: Some(CustomerKind::Registered),
                email: Some("ada@example.com".to_owned()),
                ..CustomerDraft::default()
            };
            let customer = customers::create(work, draft).await?.customer.id;
            let draft = CartDraft { customer: Some(customer.clone()), ..CartDraft::default() };
            let cart = carts::create(work, &draft).await?.cart.id;
            let line = NewLine {
                variant: Some(tea.id.clone()),
                sku: None,
                quantity: 1,
                schedule: LineSchedule::OneTime,
                options: serde_json::Map::new(),
            };
            carts::act(work, &cart, &CartAct::AddLine(line), None).await?;
            let made = checkout_links::create(work, &cart, &LinkDraft::default()).await?;
            Ok((customer, cart, made))
        });
        let (customer, cart, made) = begun.unwrap();
        let (link, token) = (made.link.id, made.token.as_str().to_owned());
        Self { shop, postbox: Postbox::default(), customer, cart, link, token }
    }

    async fn looks(&self, token: &str) -> Result<(), AppError> {
        let at = self.shop.visitor("192.0.2.7");
        checkout_links::peek(&self.shop.app, &at, token).await.map(drop)
    }

    async fn takes(&self, token: &str) -> Result<Redeemed, AppError> {
        let (at, clicks) = (self.shop.visitor("192.0.2.7"), Clicks::default());
        let client = authentication::Client::default();
        let redemption = Redemption { token, clicks: &clicks, client };
        checkout_links::redeem(&self.shop.app, &at, redemption).await
    }

    async fn asks_again(&self, token: &str) -> Result<(), AppError> {
        checkout_links::resend(&self.shop.app, &self.shop.visitor("192.0.2.7"), token).await
    }

    async fn revoke(&self) {
        let owner = self.shop.owner();
        let done = unit!(self.shop.app.write(&owner), work => {
            checkout_links::revoke(work, &self.link, "the wrong person").await
        });
        done.unwrap();
    }

    async fn set_email(&self, email: &str) {
        let change =
            CustomerChange { email: Change::Set(email.to_owned()), ..CustomerChange::default() };
        let owner = self.shop.owner();
        let done = unit!(self.shop.app.write(&owner), work => {
            customers::update(work, &self.customer, &change, None).await
        });
        done.unwrap();
    }

    async fn mails(&self) -> usize {
        self.postbox.empty(&self.shop.app, &self.shop.store).await
    }
}

fn is_gone<T>(answer: &Result<T, AppError>) -> bool {
    matches!(answer, Err(AppError::LinkGone))
}

#[tokio::test]
async fn a_mailed_link_carries_a_token_of_its_own_that_lies_nowhere() {
    on_both(|database| async move {
        let sent = Sent::begin(&database).await;
        let owner = sent.shop.owner();
        let link = unit!(sent.shop.app.write(&owner), work => {
            checkout_links::send(work, &sent.link).await
        });
        assert_eq!(link.unwrap().sent_to.as_deref(), Some("ada@example.com"));
        assert_eq!(sent.mails().await, 1);
        let mailed = sent.postbox.token();
        assert_ne!(mailed, sent.token);
        for table in ["mails", "checkout_links", "events", "audit_log"] {
            assert_eq!(database.count_containing(table, &mailed).await, 0, "{table}");
        }
        sent.takes(&mailed).await.unwrap();
        sent.takes(&sent.token).await.unwrap();
        sent.revoke().await;
        assert!(is_gone(&sent.looks(&mailed).await));
        assert!(is_gone(&sent.looks(&sent.token).await));
    })
    .await;
}

#[tokio::test]
async fn t65_a_link_is_gone_with_the_email_and_the_new_one_goes_to_the_new_email() {
    on_both(|database| async move {
        let sent = Sent::begin(&database).await;
        sent.set_email("augusta@example.com").await;
        assert!(is_gone(&sent.looks(&sent.token).await));
        assert!(is_gone(&sent.takes(&sent.token).await));
        sent.asks_again(&sent.token).await.unwrap();
        assert_eq!(sent.mails().await, 1);
        let mails = sent.postbox.take();
        assert_eq!(mails[0].to, "augusta@example.com");
        let token = galleria_tests::postbox::token_in(&mails[0].text).unwrap();
        let redeemed = sent.takes(&token).await.unwrap();
        assert_eq!(redeemed.cart.id, sent.cart);
        assert!(is_gone(&sent.takes(&sent.token).await), "the old one stays gone");
    })
    .await;
}

#[tokio::test]
async fn a_new_link_is_mailed_once_in_a_while_and_the_answer_never_tells() {
    on_both(|database| async move {
        let sent = Sent::begin(&database).await;
        sent.shop.clock.advance(Duration::from_hours(8 * 24));
        assert!(is_gone(&sent.looks(&sent.token).await));
        for token in [&sent.token, &sent.token, &"A".repeat(43), "x"] {
            sent.asks_again(token).await.unwrap();
        }
        assert_eq!(sent.mails().await, 1);
        sent.takes(&sent.postbox.token()).await.unwrap();
        sent.shop.clock.advance(Duration::from_mins(15));
        sent.asks_again(&sent.token).await.unwrap();
        assert_eq!(sent.mails().await, 1);
        for _ in 0..15 {
            sent.shop.clock.advance(Duration::from_secs(1));
            sent.asks_again("x").await.unwrap();
        }
        let often = sent.asks_again("x").await;
        assert!(matches!(often, Err(AppError::RateLimited { .. })), "{often:?}");
    })
    .await;
}

#[tokio::test]
async fn what_staff_called_back_is_not_brought_back_by_asking() {
    on_both(|database| async move {
        let sent = Sent::begin(&database).await;
        sent.revoke().await;
        sent.asks_again(&sent.token).await.unwrap();
        assert_eq!(sent.mails().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_too_old_is_told_once_and_unlocks_the_cart() {
    on_both(|database| async move {
        let sent = Sent::begin(&database).await;
        let owner = sent.shop.owner();
        let lock = LinkDraft { lock: galleria_domain::CartLock::Lines, ..LinkDraft::default() };
        let made = unit!(sent.shop.app.write(&owner), work => {
            checkout_links::create(work, &sent.cart, &lock).await
        });
        made.unwrap();
        sent.shop.clock.advance(Duration::from_hours(7 * 24));
        let host = galleria_app::Caller::system(sent.shop.store.clone());
        for told in [2, 0] {
            let count =
                unit!(sent.shop.app.write(&host), work => checkout_links::expire(work).await);
            assert_eq!(count.unwrap(), told);
        }
        let cart = unit!(sent.shop.app.read(&owner), work => carts::get(work, &sent.cart).await);
        assert_eq!(cart.unwrap().lock, galleria_domain::CartLock::None);
        assert_eq!(database.count_containing("events", "checkout-link.expired").await, 2);
    })
    .await;
}
