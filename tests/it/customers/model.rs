//! Customers in memory, and what a list of them has to be.

use std::net::IpAddr;

use galleria_domain::{
    Actor, Address, AddressDraft, AddressId, AddressOrigin, CreatedVia, Customer, CustomerFilter,
    CustomerId, CustomerKind, CustomerSort, CustomerSortKey, CustomerStage, Day, FacetCondition,
    FacetOp, FacetValue, Instant, Money, digits, fold, fold_strip, postal_key,
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
const POSTALS: &[&str] = &["8001", "80 02", "SW1A-1AA", ""];
const QUERIES: &[&str] = &[
    "a",
    "as",
    "åsa",
    "asa",
    "maria asa",
    "STRASSE",
    "ß",
    "%",
    "_",
    "50%",
    "и",
    "宮",
    "本",
    "o'b",
    "example",
    "@",
    "li",
    "zzz",
    "0171",
    "+49171",
    "171 555",
    "١٢٣",
    "00",
    "i\u{307}",
    "\u{301}",
    "\\",
    "'",
    "\"",
    "a_b",
    "GmbH",
    "zür",
    "west zur",
    "são",
    "100%",
];

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

fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![5 => Just(None), 2 => select(QUERIES).prop_map(|text| Some(text.to_owned()))]
}

fn rarely<T: Clone + std::fmt::Debug + 'static>(
    values: &'static [T],
) -> impl Strategy<Value = Option<T>> {
    prop_oneof![6 => Just(None), 1 => select(values).prop_map(Some)]
}

fn facet() -> impl Strategy<Value = FacetCondition> {
    let text = |value: &str| FacetValue::Text(value.to_owned());
    let tag = prop_oneof![
        Just(FacetOp::Is(text("a"))),
        Just(FacetOp::Is(text("member"))),
        Just(FacetOp::AnyOf(vec![text("b"), text("ü")])),
        Just(FacetOp::AnyOf(vec![text("b"), text("stranger")])),
        Just(FacetOp::None),
    ]
    .prop_map(|op| ("tag", op));
    let points = prop_oneof![
        (-1..2_i64).prop_map(|points| FacetOp::Is(FacetValue::Number(points))),
        (-1..2_i64).prop_map(FacetOp::AtLeast),
        (-1..2_i64).prop_map(FacetOp::AtMost),
        Just(FacetOp::None),
    ]
    .prop_map(|op| ("points", op));
    prop_oneof![tag, points].prop_map(|(key, op)| FacetCondition {
        plugin: "demo".parse().unwrap(),
        key: key.to_owned(),
        op,
    })
}

prop_compose! {
    fn texts()(
        q in text(), email in text(), name in text(), phone in text(), zip in rarely(POSTALS), city in text(),
        address in text(), company in text(), ignore_accents in any::<bool>(),
    ) -> CustomerFilter {
        let zip = zip.filter(|zip| !zip.is_empty()).map(|zip| zip[..2].to_owned());
        // All at once, hardly anything would be found.
        let few = |text: Option<String>, keep: bool| text.filter(|_| keep);
        let many = q.is_some();
        CustomerFilter {
            email: few(email, !many), name: few(name, !many), phone: few(phone, !many), company: few(company, !many),
            q, zip, city, address, ignore_accents, ..CustomerFilter::default()
        }
    }
}

prop_compose! {
    /// A filter of any kind.
    pub(super) fn filter()(
        texts in texts(),
        country in rarely(&["CH", "BR"]),
        ip in rarely(&["192.0.2.7"]),
        born in rarely(&[(1980, 2, 29)]),
        birth_day in rarely(&[28_u8, 29]),
        birth_month in rarely(&[2_u8, 3]),
        stage in rarely(CustomerStage::ALL),
        flags in (rarely(&[true, false]), rarely(&[true, false]), rarely(&[true, false])),
        created in (rarely(&[5_i64, 10]), rarely(&[15_i64, 25])),
        activity in (rarely(&[0_i64, 1]), rarely(&[2_i64, 3])),
        orders in (rarely(&[0_u32, 1]), rarely(&[2_u32, 3])),
        spent in rarely(&[1_i64, 2]),
        facets in prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(facet(), 1..3)],
    ) -> CustomerFilter {
        let second = |second: i64| Instant::from_micros(second * 1_000_000);
        CustomerFilter {
            country: country.map(|country| country.parse().unwrap()),
            ip: ip.map(|ip| ip.parse().unwrap()),
            dob: born.and_then(|(year, month, day)| Day::new(year, month, day)),
            birth_day,
            birth_month,
            stage,
            has_account: flags.0,
            active: flags.1,
            tax_exempt: flags.2,
            created_from: created.0.map(second),
            created_to: created.1.map(second),
            active_from: activity.0.map(Instant::from_micros),
            active_to: activity.1.map(Instant::from_micros),
            orders_min: orders.0,
            orders_max: orders.1,
            spent_min: spent.map(|amount| Money::new(amount, "EUR".parse().unwrap())),
            facets,
            ..texts
        }
    }
}

/// An order of any kind.
pub(super) fn sort() -> impl Strategy<Value = CustomerSort> {
    let names = [
        "created_at",
        "-created_at",
        "email",
        "-email",
        "last_activity_at",
        "-last_activity_at",
        "name",
        "-name",
        "number",
        "-number",
        "orders_count",
        "-orders_count",
        "x.demo.tag",
        "-x.demo.tag",
        "x.demo.points",
        "-x.demo.points",
    ];
    select(names.to_vec()).prop_map(|name| name.parse().unwrap())
}

/// Those whom the filter means, in the order asked for.
pub(super) fn wanted<'a>(
    people: &'a [Person],
    filter: &CustomerFilter,
    sort: &CustomerSort,
) -> Vec<&'a CustomerId> {
    let mut found: Vec<_> =
        people.iter().enumerate().filter(|(_, person)| is_wanted(person, filter)).collect();
    // Equal ones by when they were made, and then by when they were stored; or by their ids.
    let by_facet = matches!(sort.key, CustomerSortKey::Facet { .. });
    let age = |person: &Person, at: usize| {
        let is_by_id = by_facet && sort_key(person, sort).is_some();
        (if is_by_id { Instant::EPOCH } else { person.customer.created_at }, at)
    };
    found.sort_by(|(one_at, one), (other_at, other)| {
        let (one_key, other_key) = (sort_key(one, sort), sort_key(other, sort));
        // Those without a value come last in either direction.
        let by_absence = one_key.is_none().cmp(&other_key.is_none());
        let by_value = (one_key, age(one, *one_at)).cmp(&(other_key, age(other, *other_at)));
        by_absence.then(if sort.descending { by_value.reverse() } else { by_value })
    });
    found.into_iter().map(|(_, person)| &person.customer.id).collect()
}

fn sort_key(person: &Person, sort: &CustomerSort) -> Option<(String, i64)> {
    let Person { customer, tags, points, .. } = person;
    let number = |number: i64| Some((String::new(), number));
    let text = |text: String| Some((text, 0)).filter(|(text, _)| !text.is_empty());
    match &sort.key {
        CustomerSortKey::CreatedAt => number(0),
        CustomerSortKey::Email => text(customer.email.as_ref()?.normalized().to_owned()),
        CustomerSortKey::LastActivityAt => number(customer.last_activity_at?.as_micros()),
        CustomerSortKey::Name => {
            text(fold(&format!("{} {}", customer.last_name, customer.first_name)).trim().to_owned())
        }
        CustomerSortKey::Number => number(i64::try_from(customer.number).unwrap()),
        CustomerSortKey::OrdersCount => number(customer.orders_count.into()),
        CustomerSortKey::Facet { key, .. } if key == "tag" => {
            text(if sort.descending { tags.iter().max()? } else { tags.iter().min()? }.clone())
        }
        CustomerSortKey::Facet { .. } => number((*points)?),
    }
}

fn is_wanted(person: &Person, filter: &CustomerFilter) -> bool {
    let Person { customer, .. } = person;
    let born = customer.date_of_birth;
    let spent = |least: Money| {
        customer
            .total_spent
            .iter()
            .any(|spent| spent.currency == least.currency && spent.amount >= least.amount)
    };
    holds(filter.ip, |ip| customer.last_ip == Some(ip))
        && holds(filter.dob, |day| born == Some(day))
        && holds(filter.birth_day, |day| born.is_some_and(|born| born.day() == day.cast_signed()))
        && holds(filter.birth_month, |month| {
            born.is_some_and(|born| born.month() == month.cast_signed())
        })
        && holds(filter.stage, |stage| customer.stage == stage)
        && holds(filter.has_account, |has| (customer.kind == CustomerKind::Registered) == has)
        && holds(filter.active, |active| customer.active == active)
        && holds(filter.tax_exempt, |exempt| customer.tax_exempt == exempt)
        && holds(filter.created_from, |from| customer.created_at >= from)
        && holds(filter.created_to, |to| customer.created_at < to)
        && holds(filter.active_from, |from| customer.last_activity_at.is_some_and(|at| at >= from))
        && holds(filter.active_to, |to| customer.last_activity_at.is_some_and(|at| at < to))
        && holds(filter.orders_min, |least| customer.orders_count >= least)
        && holds(filter.orders_max, |most| customer.orders_count <= most)
        && holds(filter.spent_min, spent)
        && texts_match(customer, filter)
        && place_matches(&person.addresses, filter)
        && filter.facets.iter().all(|facet| facet_matches(person, facet))
}

fn holds<T>(asked: Option<T>, test: impl FnOnce(T) -> bool) -> bool {
    asked.is_none_or(test)
}

fn key(text: &str, filter: &CustomerFilter) -> String {
    if filter.ignore_accents { fold_strip(text) } else { fold(text) }
}

/// Whether all words of what is looked for are parts of the texts; no words are part of nothing.
fn contains_words(texts: &[String], looked_for: &str, filter: &CustomerFilter) -> bool {
    let looked_for = key(looked_for, filter);
    let mut words = looked_for.split_whitespace().peekable();
    words.peek().is_some()
        && words.all(|word| texts.iter().any(|text| key(text, filter).contains(word)))
}

fn texts_match(customer: &Customer, filter: &CustomerFilter) -> bool {
    let name = [customer.full_name()];
    let emails: Vec<_> = [&customer.email, &customer.email_alt]
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    let company = [customer.company.clone().unwrap_or_default()];
    let phones: Vec<_> = [&customer.phone, &customer.phone_alt]
        .into_iter()
        .flatten()
        .map(|phone| digits(phone))
        .collect();
    let everything = [&name[..], &emails, &company, &phones].concat();
    let dials = |text: &str| {
        let asked = digits(text);
        let asked = if asked.trim_start_matches('0').is_empty() {
            &asked
        } else {
            asked.trim_start_matches('0')
        };
        !asked.is_empty() && phones.iter().any(|phone| phone.contains(asked))
    };
    let is_number = |text: &str| {
        digits(text).len() >= 3
            && text.chars().all(|c| c.is_numeric() || c.is_whitespace() || "+-()/.".contains(c))
    };
    holds(filter.name.as_deref(), |text| contains_words(&name, text, filter))
        && holds(filter.email.as_deref(), |text| contains_words(&emails, text, filter))
        && holds(filter.company.as_deref(), |text| contains_words(&company, text, filter))
        && holds(filter.phone.as_deref(), dials)
        && holds(filter.q.as_deref(), |text| {
            contains_words(&everything, text, filter) || (is_number(text) && dials(text))
        })
}

fn place_matches(addresses: &[Address], filter: &CustomerFilter) -> bool {
    let asked = filter.country.is_some()
        || [&filter.zip, &filter.city, &filter.address].iter().any(|text| text.is_some());
    let matches = |address: &Address| {
        let keys = address.search_keys();
        let (city, place) = if filter.ignore_accents {
            (keys.city_strip, keys.place_strip)
        } else {
            (keys.city_fold, keys.place_fold)
        };
        let has =
            |text: &String, asked: &str| contains_words(std::slice::from_ref(text), asked, filter);
        holds(filter.country, |country| address.country == country)
            && holds(filter.zip.as_deref(), |zip| keys.postal_key.starts_with(&postal_key(zip)))
            && holds(filter.city.as_deref(), |asked| has(&city, asked))
            && holds(filter.address.as_deref(), |asked| has(&place, asked))
    };
    !asked || addresses.iter().any(matches)
}

fn facet_matches(person: &Person, condition: &FacetCondition) -> bool {
    let stored: Vec<FacetValue> = if condition.key == "tag" {
        person.tags.iter().cloned().map(FacetValue::Text).collect()
    } else {
        person.points.map(FacetValue::Number).into_iter().collect()
    };
    let implied = match person.customer.kind {
        CustomerKind::Registered => "member",
        CustomerKind::Guest => "stranger",
    };
    let is = |value: &FacetValue| {
        stored.contains(value)
            || (condition.key == "tag" && *value == FacetValue::Text(implied.to_owned()))
    };
    let number = |test: &dyn Fn(i64) -> bool| {
        stored.iter().any(|value| matches!(value, FacetValue::Number(number) if test(*number)))
    };
    match &condition.op {
        FacetOp::Is(value) => is(value),
        FacetOp::AnyOf(values) => values.iter().any(is),
        FacetOp::None => stored.is_empty(),
        FacetOp::AtLeast(least) => number(&|value| value >= *least),
        FacetOp::AtMost(most) => number(&|value| value <= *most),
    }
}
