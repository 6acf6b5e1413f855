//! Addresses of customers and the defaults among them, on both databases.

use galleria_app::addresses::{self, SeenAddress};
use galleria_app::{AppError, Result, customers, unit};
use galleria_domain::{
    AddressChange, AddressDraft, AddressId, Change, Customer, CustomerId, DefaultsChange, FieldCode,
};
use galleria_tests::database::on_both;
use galleria_tests::naughty::{CONTROLS, LINES};
use galleria_tests::shop::TestShop;

use crate::customers::{create as create_customer, registered, themselves};

fn draft(city: &str) -> AddressDraft {
    AddressDraft {
        line1: Some("Weg 1".into()),
        city: Some(city.into()),
        country: Some("CH".into()),
        ..AddressDraft::default()
    }
}

async fn create(shop: &TestShop, id: &CustomerId, draft: &AddressDraft) -> Result<SeenAddress> {
    let owner = shop.owner();
    unit!(shop.app.write(&owner), work => addresses::create(work, id, draft.clone()).await)
}

async fn list(shop: &TestShop, id: &CustomerId) -> Vec<SeenAddress> {
    let owner = shop.owner();
    unit!(shop.app.read(&owner), work => addresses::list(work, id).await).unwrap()
}

async fn set_defaults(
    shop: &TestShop,
    id: &CustomerId,
    change: &DefaultsChange,
) -> Result<Customer> {
    let owner = shop.owner();
    unit!(shop.app.write(&owner), work => addresses::set_defaults(work, id, change, None).await)
        .map(|seen| seen.customer)
}

async fn delete(shop: &TestShop, id: &CustomerId, address: &AddressId) -> Result<()> {
    let owner = shop.owner();
    unit!(shop.app.write(&owner), work => addresses::delete(work, id, address, None).await)
}

fn both(address: &AddressId) -> DefaultsChange {
    DefaultsChange { billing: Change::Set(address.clone()), shipping: Change::Set(address.clone()) }
}

fn mistakes_of<T: std::fmt::Debug>(answer: Result<T>) -> Vec<(String, FieldCode)> {
    match answer.expect_err("this isn't acceptable") {
        AppError::Invalid(errors) => {
            errors.into_iter().map(|error| (error.path, error.code)).collect()
        }
        error => panic!("not a mistake in a field: {error:?}"),
    }
}

#[tokio::test]
async fn an_address_needs_a_street_a_city_and_a_country() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let id = create_customer(&shop, &registered("a@example.com")).await.unwrap().id;
        let mut paths: Vec<_> = mistakes_of(create(&shop, &id, &AddressDraft::default()).await)
            .into_iter()
            .map(|(path, code)| {
                assert_eq!(code, FieldCode::Required);
                path
            })
            .collect();
        paths.sort();
        assert_eq!(paths, ["city", "country", "line1"]);
        let nowhere = AddressDraft { country: Some("XX".into()), ..draft("Genf") };
        assert_eq!(
            mistakes_of(create(&shop, &id, &nowhere).await),
            [("country".to_owned(), FieldCode::Unknown)]
        );
        assert_eq!(list(&shop, &id).await, []);
    })
    .await;
}

#[tokio::test]
async fn every_text_in_an_address_comes_back_or_is_refused() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = create_customer(&shop, &registered("a@example.com")).await.unwrap().id;
        let address = create(&shop, &id, &draft("Genf")).await.unwrap().address;
        for text in LINES {
            let change = AddressChange {
                label: Change::Set((*text).into()),
                first_name: Some((*text).into()),
                last_name: Some((*text).into()),
                company: Change::Set((*text).into()),
                line2: Change::Set((*text).into()),
                county: Change::Set((*text).into()),
                region: Change::Set((*text).into()),
                phone: Change::Set((*text).into()),
                ..AddressChange::default()
            };
            let changed = unit!(shop.app.write(&owner), work => {
                addresses::update(work, &id, &address.id, &change, None).await
            });
            assert_eq!(
                changed.unwrap_or_else(|error| panic!("{text:?}: {error:?}")),
                list(&shop, &id).await[0]
            );
            let stored = list(&shop, &id).await.remove(0).address;
            let texts = [
                &stored.label,
                &stored.postal.company,
                &stored.postal.line2,
                &stored.postal.county,
                &stored.postal.region,
                &stored.postal.phone,
            ];
            assert!(texts.into_iter().all(|stored| stored.as_deref() == Some(*text)), "{text:?}");
            assert_eq!(
                (stored.postal.first_name.as_str(), stored.postal.last_name.as_str()),
                (*text, *text)
            );
            let city = AddressDraft { line1: Some((*text).into()), ..draft(text) };
            match create(&shop, &id, &city).await {
                Ok(made) => {
                    assert_eq!(
                        (made.address.postal.line1.as_str(), made.address.postal.city.as_str()),
                        (*text, *text)
                    );
                    delete(&shop, &id, &made.address.id).await.unwrap();
                }
                Err(error) => {
                    assert!(text.trim().is_empty(), "{text:?}");
                    assert_eq!(mistakes_of::<()>(Err(error)).len(), 2);
                }
            }
        }
        for text in CONTROLS {
            let answer = create(&shop, &id, &draft(text)).await;
            let code =
                if text.trim().is_empty() { FieldCode::Required } else { FieldCode::Malformed };
            assert_eq!(mistakes_of(answer), [("city".to_owned(), code)], "{text:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_hundred_and_first_address_is_refused() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let id = create_customer(&shop, &registered("a@example.com")).await.unwrap().id;
        for number in 0..100 {
            create(&shop, &id, &draft(&format!("City {number}"))).await.unwrap();
        }
        let answer = create(&shop, &id, &draft("One more")).await;
        assert_eq!(mistakes_of(answer), [(String::new(), FieldCode::TooLong)]);
        let all = list(&shop, &id).await;
        assert_eq!(all.len(), 100);
        // Oldest first.
        assert_eq!(all[99].address.postal.city, "City 99");
        delete(&shop, &id, &all[0].address.id).await.unwrap();
        create(&shop, &id, &draft("One more")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn only_an_own_address_can_be_a_default_and_a_deleted_one_is_none() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = create_customer(&shop, &registered("a@example.com")).await.unwrap().id;
        let other = create_customer(&shop, &registered("b@example.com")).await.unwrap().id;
        let first = create(&shop, &id, &draft("Genf")).await.unwrap().address.id;
        let second = create(&shop, &id, &draft("Bern")).await.unwrap().address.id;
        let foreign = create(&shop, &other, &draft("Basel")).await.unwrap().address.id;

        let unknown = |path: &str| (path.to_owned(), FieldCode::Unknown);
        for strange in [&foreign, &AddressId::generate()] {
            let answer = set_defaults(&shop, &id, &both(strange)).await;
            assert_eq!(mistakes_of(answer), [unknown("billing"), unknown("shipping")]);
        }
        set_defaults(&shop, &id, &both(&first)).await.unwrap();
        let shipping =
            DefaultsChange { billing: Change::Keep, shipping: Change::Set(second.clone()) };
        set_defaults(&shop, &id, &shipping).await.unwrap();
        let flags: Vec<_> = list(&shop, &id)
            .await
            .iter()
            .map(|seen| (seen.is_default_billing, seen.is_default_shipping))
            .collect();
        assert_eq!(flags, [(true, false), (false, true)]);

        delete(&shop, &id, &first).await.unwrap();
        let customer =
            unit!(shop.app.read(&owner), work => customers::get(work, &id).await).unwrap().customer;
        assert_eq!(
            (customer.default_billing_id, customer.default_shipping_id),
            (None, Some(second))
        );
        let answer = delete(&shop, &id, &foreign).await;
        assert!(matches!(answer, Err(AppError::NotFound("address"))));
    })
    .await;
}

#[tokio::test]
async fn of_two_who_set_a_default_and_delete_it_at_once_no_default_is_left_dangling() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = create_customer(&shop, &registered("a@example.com")).await.unwrap().id;
        for _ in 0..10 {
            let address = create(&shop, &id, &draft("Genf")).await.unwrap().address.id;
            let change = both(&address);
            let (set, deleted) =
                tokio::join!(set_defaults(&shop, &id, &change), delete(&shop, &id, &address));
            deleted.unwrap();
            assert!(
                set.is_ok() || matches!(set, Err(AppError::Invalid(_) | AppError::Stale(_))),
                "{set:?}"
            );
            let customer = unit!(shop.app.read(&owner), work => customers::get(work, &id).await)
                .unwrap()
                .customer;
            assert_eq!((customer.default_billing_id, customer.default_shipping_id), (None, None));
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_is_changed_only_at_the_version_it_was_read_at() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = create_customer(&shop, &registered("a@example.com")).await.unwrap().id;
        let address = create(&shop, &id, &draft("Genf")).await.unwrap().address;
        let to = |city: &str| AddressChange { city: Some(city.into()), ..AddressChange::default() };
        let update = async |city: &str, expected| {
            let change = to(city);
            unit!(shop.app.write(&owner), work => {
                addresses::update(work, &id, &address.id, &change, expected).await
            })
        };
        assert_eq!(update("Bern", Some(1)).await.unwrap().address.version, 2);
        assert!(matches!(update("Basel", Some(1)).await, Err(AppError::Stale(2))));
        let answer = unit!(shop.app.write(&owner), work => {
            addresses::delete(work, &id, &address.id, Some(1)).await
        });
        assert!(matches!(answer, Err(AppError::Stale(2))));
        assert_eq!(list(&shop, &id).await[0].address.postal.city, "Bern");
    })
    .await;
}

#[tokio::test]
async fn addresses_of_others_are_not_there_for_a_customer() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let me = create_customer(&shop, &registered("a@example.com")).await.unwrap().id;
        let other = create_customer(&shop, &registered("b@example.com")).await.unwrap().id;
        let address = create(&shop, &other, &draft("Genf")).await.unwrap().address.id;
        let caller = themselves(&shop, &me);
        unit!(shop.app.write(&caller), work => addresses::create(work, &me, draft("Bern")).await).unwrap();
        let answer = unit!(shop.app.read(&caller), work => addresses::list(work, &other).await);
        assert!(matches!(answer, Err(AppError::NotFound("customer"))));
        let answer = unit!(shop.app.write(&caller), work => addresses::delete(work, &other, &address, None).await);
        assert!(matches!(answer, Err(AppError::NotFound("customer"))));
        // Nor by way of one's own account.
        let answer = unit!(shop.app.write(&caller), work => addresses::delete(work, &me, &address, None).await);
        assert!(matches!(answer, Err(AppError::NotFound("address"))));
    })
    .await;
}
