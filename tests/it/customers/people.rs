//! Customers to be found: one who has everything, and crowds of any kind.

use std::net::IpAddr;

use galleria_domain::{
    Actor, Address, AddressDraft, AddressId, AddressOrigin, CreatedVia, Customer, CustomerId,
    CustomerKind, CustomerStage, Day, Instant, Money,
};
use galleria_tests::shop::TestShop;
use proptest::prelude::*;
use proptest::sample::select;

/// A customer in whom every field says something.
pub(super) fn customer_with_everything(shop: &TestShop) -> Customer {
    let at = |second: i64| Some(Instant::from_micros(1_700_000_000_000_000 + second * 1_000_001));
    Customer {
        id: CustomerId::generate(),
        store: shop.store.clone(),
        number: 77,
        version: 1,
        kind: CustomerKind::Registered,
        stage: CustomerStage::Customer,
        active: true,
        email: Some("Åsa.Ek@bücher.example".parse().unwrap()),
        email_verified_at: at(1),
        email_alt: Some("asa@example.com".parse().unwrap()),
        phone: Some("+46 (0) 8 123 45".into()),
        phone_alt: Some("08-999".into()),
        fax: Some("08-998".into()),
        title: Some("Dr.".into()),
        first_name: "Åsa".into(),
        last_name: "Ek".into(),
        company: Some("Ek & Co".into()),
        gender: Some("f".into()),
        date_of_birth: Day::new(1984, 2, 29),
        language: Some("sv-SE".parse().unwrap()),
        time_zone: Some("Europe/Stockholm".parse().unwrap()),
        vat_number: Some("SE556".into()),
        tax_exempt: true,
        accepts_marketing: Some(false),
        admin_comment: "one\ntwo".into(),
        external_ref: Some("erp-1".into()),
        custom: serde_json::from_str(r#"{"a":[1,{"b":null}],"ü":"\u001f"}"#).unwrap(),
        default_billing_id: Some(AddressId::generate()),
        default_shipping_id: Some(AddressId::generate()),
        orders_count: 3,
        total_spent: vec![
            Money::new(1_999, "EUR".parse().unwrap()),
            Money::new(500, "JPY".parse().unwrap()),
        ],
        first_purchase_at: at(2),
        last_order_at: at(3),
        created_at: at(0).unwrap(),
        created_via: CreatedVia::Import,
        created_by: Some(Actor::System),
        last_login_at: at(4),
        last_activity_at: at(5),
        last_ip: Some("2001:db8::7".parse().unwrap()),
        merged_into: None,
        deleted_at: None,
        anonymized_at: None,
    }
}

/// A customer, their addresses, and their facets of the plugin `demo`: `tag` and `points`.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) customer: Customer,
    pub(super) addresses: Vec<Address>,
    pub(super) tags: Vec<String>,
    pub(super) points: Option<i64>,
}

const NAMES: &[&str] = &[
    "",
    "Åsa",
    "asa",
    "ASA Maria",
    "Straße",
    "strasse",
    "50%",
    "a_b",
    "Иван",
    "宮本",
    "O'Brien",
    "İnönü",
    "Li",
    "lina",
];
const PHONES: &[&str] = &["+49 171 555", "0171/555", "0555", "١٢٣٤", "call me"];
const CITIES: &[&str] = &["Zürich", "Zurich West", "Genf", "São Paulo", "100% City"];
/// Postal codes as people write them; one has none.
pub(super) const POSTALS: &[&str] = &["8001", "80 02", "SW1A-1AA", ""];

fn maybe<T: Clone + std::fmt::Debug + 'static>(
    values: &'static [T],
) -> impl Strategy<Value = Option<T>> {
    prop_oneof![Just(None), select(values).prop_map(Some)]
}

prop_compose! {
    fn contact()(
        email in prop::option::of((select(NAMES), 0..500_u32)),
        first in select(NAMES),
        last in select(NAMES),
        phone in maybe(PHONES),
        phone_alt in maybe(PHONES),
        company in maybe(&["Ångström GmbH", "Li & Co"]),
    ) -> (Option<String>, &'static str, &'static str, Option<&'static str>, Option<&'static str>, Option<&'static str>) {
        let email = email.map(|(name, number)| {
            let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            format!("{name}{number}@example.com")
        });
        (email, first, last, phone, phone_alt, company)
    }
}

prop_compose! {
    fn standing()(
        stage in select(CustomerStage::ALL),
        active in any::<bool>(),
        tax_exempt in any::<bool>(),
        orders in 0..4_u32,
        spent in prop::option::of(0..4_i64),
        activity in prop::option::of(0..4_i64),
        born in maybe(&[(1980, 2, 29), (1980, 3, 29), (1990, 2, 28)]),
        ip in maybe(&["192.0.2.7", "2001:db8::7"]),
    ) -> (CustomerStage, bool, bool, u32, Option<i64>, Option<i64>, Option<(i16, i8, i8)>, Option<IpAddr>) {
        (stage, active, tax_exempt, orders, spent, activity, born, ip.map(|ip| ip.parse().unwrap()))
    }
}

prop_compose! {
    fn facets()(
        tags in prop::collection::btree_set(select(&["a", "b", "ü"][..]), 0..3),
        points in prop::option::of(-2..3_i64),
    ) -> (Vec<String>, Option<i64>) {
        (tags.into_iter().map(str::to_owned).collect(), points)
    }
}

prop_compose! {
    fn place()(
        city in select(CITIES), postal in select(POSTALS), country in select(&["CH", "BR"][..]),
        line in select(NAMES),
    ) -> AddressDraft {
        AddressDraft {
            line1: Some(format!("Weg {line}")),
            city: Some(city.to_owned()),
            postal_code: Some(postal.to_owned()),
            country: Some(country.to_owned()),
            ..AddressDraft::default()
        }
    }
}

/// The `number`th person, made at that second.
fn person(shop: &TestShop) -> impl Strategy<Value = Person> + use<> {
    let full = customer_with_everything(shop);
    (contact(), standing(), facets(), prop::collection::vec(place(), 0..3)).prop_map(
        move |(
            (email, first, last, phone, phone_alt, company),
            standing,
            (tags, points),
            places,
        )| {
            let (stage, active, tax_exempt, orders, spent, activity, born, ip) = standing;
            let id = CustomerId::generate();
            let origin = |customer: &CustomerId| AddressOrigin {
                id: AddressId::generate(),
                customer: customer.clone(),
                at: Instant::EPOCH,
            };
            let addresses = places
                .into_iter()
                .map(|draft| Address::create(draft, origin(&id)).unwrap())
                .collect();
            let customer = Customer {
                id,
                // Whoever has an even number of orders and an email is registered.
                kind: if email.is_some() && orders % 2 == 0 {
                    CustomerKind::Registered
                } else {
                    CustomerKind::Guest
                },
                email: email.map(|email| email.parse().unwrap()),
                email_alt: None,
                phone: phone.map(str::to_owned),
                phone_alt: phone_alt.map(str::to_owned),
                first_name: first.into(),
                last_name: last.into(),
                company: company.map(str::to_owned),
                date_of_birth: born.and_then(|(year, month, day)| Day::new(year, month, day)),
                stage,
                active,
                tax_exempt,
                orders_count: orders,
                total_spent: spent
                    .map(|amount| Money::new(amount, "EUR".parse().unwrap()))
                    .into_iter()
                    .collect(),
                last_activity_at: activity.map(Instant::from_micros),
                last_ip: ip,
                ..full.clone()
            };
            Person { customer, addresses, tags, points }
        },
    )
}

/// Some people, numbered and made in this order; no two of them registered with one email.
pub(super) fn people(shop: &TestShop) -> impl Strategy<Value = Vec<Person>> + use<> {
    prop::collection::vec(person(shop), 30..60).prop_map(|mut people| {
        let mut emails = std::collections::BTreeSet::new();
        people.retain(|person| {
            let email = person.customer.email.as_ref().map(|email| email.normalized().to_owned());
            person.customer.kind == CustomerKind::Guest || emails.insert(email)
        });
        for (person, number) in people.iter_mut().zip(0_u32..) {
            // Not in the order of making.
            person.customer.number = u64::from(number * 7 % 61);
            person.customer.created_at =
                Instant::from_micros(i64::from(number * 11 % 23) * 1_000_000);
        }
        people
    })
}
