//! What lists are asked for: filters and orders of any kind.

use galleria_domain::{
    CustomerFilter, CustomerSort, CustomerStage, Day, FacetCondition, FacetOp, FacetValue, Instant,
    Money,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::people::POSTALS;

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
