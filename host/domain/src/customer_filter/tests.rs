use proptest::prelude::*;

use super::*;

fn paths(filter: &CustomerFilter) -> Vec<(String, FieldCode)> {
    let errors = filter.validate().err().unwrap_or_default();
    errors.into_iter().map(|error| (error.path, error.code)).collect()
}

#[test]
fn a_filter_that_says_nothing_is_fine_and_tells_nothing_about_people() {
    let filter = CustomerFilter::default();
    assert_eq!(filter.validate(), Ok(()));
    assert!(!filter.needs_pii());
    assert!(!CustomerFilter::leads().needs_pii());
}

#[test]
fn every_mistake_in_a_filter_is_named() {
    let at = Instant::from_micros;
    let filter = CustomerFilter {
        q: Some("x".repeat(2_000)),
        email: Some(" ".into()),
        name: Some("a\0b".into()),
        birth_day: Some(32),
        birth_month: Some(0),
        created_from: Some(at(2)),
        created_to: Some(at(1)),
        orders_min: Some(2),
        orders_max: Some(1),
        ids: Some(vec![CustomerId::from_bytes([0; 16]); FILTER_IDS_MAX + 1]),
        facets: vec![FacetCondition {
            plugin: "customer-roles".parse().unwrap(),
            key: "role".into(),
            op: FacetOp::AnyOf(vec![]),
        }],
        ..CustomerFilter::default()
    };
    assert_eq!(
        paths(&filter),
        [
            ("q".into(), FieldCode::TooLong),
            ("email".into(), FieldCode::Required),
            ("name".into(), FieldCode::Malformed),
            ("birth_day".into(), FieldCode::Range),
            ("birth_month".into(), FieldCode::Range),
            ("created_to".into(), FieldCode::Range),
            ("orders_max".into(), FieldCode::Range),
            ("ids".into(), FieldCode::TooLong),
            ("x.customer-roles.role".into(), FieldCode::Required),
        ]
    );
}

#[test]
fn a_wildcard_alone_is_something_to_look_for() {
    let q = Some("%".into());
    assert_eq!(CustomerFilter { q, ..CustomerFilter::default() }.validate(), Ok(()));
}

#[test]
fn asking_by_what_says_who_somebody_is_needs_the_right_to_see_it() {
    let some = || Some("a".to_owned());
    for filter in [
        CustomerFilter { q: some(), ..CustomerFilter::default() },
        CustomerFilter { zip: some(), ..CustomerFilter::default() },
        CustomerFilter { company: some(), ..CustomerFilter::default() },
        CustomerFilter { birth_day: Some(1), ..CustomerFilter::default() },
        CustomerFilter { country: "CH".parse().ok(), ..CustomerFilter::default() },
        CustomerFilter { ip: "::1".parse().ok(), ..CustomerFilter::default() },
    ] {
        assert!(filter.needs_pii(), "{filter:?}");
    }
    assert!("-name".parse::<CustomerSort>().unwrap().needs_pii());
    assert!(!CustomerSort::default().needs_pii());
}

#[test]
fn an_order_survives_text() {
    for text in [
        "-created_at",
        "created_at",
        "email",
        "-name",
        "number",
        "last_activity_at",
        "-orders_count",
        "x.customer-roles.role",
        "-x.reward-points.balance",
    ] {
        assert_eq!(text.parse::<CustomerSort>().unwrap().to_string(), text);
    }
    assert_eq!(CustomerSort::default().to_string(), "-created_at");
}

#[test]
fn what_names_no_order_is_refused() {
    for bad in [
        "",
        "-",
        "--name",
        "password",
        "name,email",
        "x.",
        "x.a",
        "x.a.",
        "x.A.b",
        "x.a.b.c",
        "name; drop table customers",
        "x.a.b'",
    ] {
        assert_eq!(bad.parse::<CustomerSort>(), Err(UnknownSort), "{bad}");
    }
}

#[test]
fn a_facets_value_is_plain_in_json() {
    for (json, value) in [
        ("true", FacetValue::Flag(true)),
        ("-7", FacetValue::Number(-7)),
        ("\"7\"", FacetValue::Text("7".into())),
    ] {
        assert_eq!(serde_json::from_str::<FacetValue>(json).unwrap(), value);
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
    }
    assert!(serde_json::from_str::<FacetValue>("1.5").is_err());
}

proptest! {
    #[test]
    fn any_text_is_an_order_or_refused_without_a_panic(text in "-?(x\\.)?[a-z._-]{0,20}|\\PC*") {
        if let Ok(sort) = text.parse::<CustomerSort>() {
            prop_assert_eq!(sort.to_string(), text);
        }
    }
}
