use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn draft() -> Draft {
    serde_json::from_value(json!({ "system_name": "wholesale", "names": { "en": "Wholesale" } }))
        .unwrap()
}

fn role(change: impl FnOnce(&mut Draft)) -> Role {
    let mut draft = draft();
    change(&mut draft);
    Role { draft, system: false }
}

fn paths(faults: &[FieldFault]) -> Vec<(&str, &str)> {
    faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect()
}

#[test]
fn a_role_with_a_system_name_and_one_name_is_right() {
    assert!(check(&draft()).is_empty());
}

#[test]
fn every_field_that_is_wrong_is_named() {
    let wrong = Draft {
        system_name: "Whole Sale".into(),
        names: BTreeMap::from([("en".into(), " ".into()), ("../de".into(), "a\u{0}".into())]),
        discount_ppm: 1_000_001,
        password_max_age_days: Some(0),
        purchased_with_variant: Some("../x".into()),
        sort: i64::MAX,
        color: Some("#12345g".into()),
        auto_rules: json!({ "a": "x".repeat(9000) }).as_object().cloned(),
        ..draft()
    };
    assert_eq!(
        paths(&check(&wrong)),
        [
            ("system_name", "malformed"),
            ("names.../de", "malformed"),
            ("names.../de", "malformed"),
            ("names.en", "required"),
            ("discount_ppm", "range"),
            ("password_max_age_days", "range"),
            ("purchased_with_variant", "malformed"),
            ("sort", "range"),
            ("color", "malformed"),
            ("auto_rules", "too-long"),
        ]
    );
}

#[test]
fn names_have_a_hundred_characters_of_any_script() {
    let named = |name: String| Draft { names: BTreeMap::from([("ja".into(), name)]), ..draft() };
    assert!(check(&named("卸".repeat(100))).is_empty());
    assert_eq!(paths(&check(&named("卸".repeat(101)))), [("names.ja", "too-long")]);
    assert_eq!(
        paths(&check(&Draft { names: BTreeMap::new(), ..draft() })),
        [("names", "required")]
    );
}

#[test]
fn a_system_role_stays_what_it_is() {
    let stored = Role { system: true, ..role(|draft| draft.requires_login = true) };
    assert!(check_system(&Draft { discount_ppm: 5, ..stored.draft.clone() }, &stored).is_empty());
    let wrong = Draft {
        system_name: "other".into(),
        active: false,
        requires_login: false,
        purchased_with_variant: Some("var_1".into()),
        ..stored.draft.clone()
    };
    let fields = ["system_name", "active", "requires_login", "purchased_with_variant"];
    assert_eq!(paths(&check_system(&wrong, &stored)), fields.map(|field| (field, "fixed")));
}

#[test]
fn a_role_that_needs_a_login_is_for_registered_customers() {
    let login = role(|draft| draft.requires_login = true);
    assert!(may_have(&login, true));
    assert!(!may_have(&login, false));
    assert!(may_have(&role(|_| ()), false));
}

#[test]
fn discounts_of_two_roles_do_not_add_up() {
    let (five, ten) = (role(|d| d.discount_ppm = 50_000), role(|d| d.discount_ppm = 100_000));
    assert_eq!(traits([&five, &ten]).discount_ppm, 100_000);
}

#[test]
fn an_inactive_role_entitles_to_nothing() {
    let off = role(|draft| {
        draft.active = false;
        draft.free_shipping = true;
        draft.tax_exempt = true;
        draft.discount_ppm = 100;
        draft.price_display = PriceDisplay::Excl;
        draft.password_max_age_days = Some(1);
    });
    assert_eq!(traits([&off]), Traits::default());
}

#[test]
fn the_lowest_sort_that_says_how_prices_are_shown_decides() {
    let shown = |sort, display| {
        role(|draft| {
            draft.sort = sort;
            draft.price_display = display;
        })
    };
    let (silent, excl, incl) = (
        shown(0, PriceDisplay::Inherit),
        shown(1, PriceDisplay::Excl),
        shown(2, PriceDisplay::Incl),
    );
    assert_eq!(traits([&incl, &silent, &excl]).price_display, PriceDisplay::Excl);
}

fn any_role() -> impl Strategy<Value = Role> {
    let display = prop_oneof![
        Just(PriceDisplay::Inherit),
        Just(PriceDisplay::Incl),
        Just(PriceDisplay::Excl)
    ];
    let numbers = (0i64..4, 0i64..=1_000_000, proptest::option::of(1i64..400));
    ("[a-z]{1,3}", any::<(bool, bool, bool)>(), numbers, display).prop_map(
        |(name, (active, shipping, tax), (sort, discount, age), display)| {
            role(|draft| {
                draft.system_name = name;
                draft.active = active;
                draft.free_shipping = shipping;
                draft.tax_exempt = tax;
                draft.sort = sort;
                draft.discount_ppm = discount;
                draft.password_max_age_days = age;
                draft.price_display = display;
            })
        },
    )
}

proptest! {
    #[test]
    fn the_order_of_roles_makes_no_difference(
        roles in proptest::collection::btree_map("[a-z]{3}", any_role(), 0..6),
    ) {
        // System names are unique, so they decide between roles of one sort.
        let roles: Vec<Role> = roles
            .into_iter()
            .map(|(name, mut role)| {
                role.draft.system_name = name;
                role
            })
            .collect();
        prop_assert_eq!(traits(&roles), traits(roles.iter().rev()));
    }

    #[test]
    fn another_role_never_takes_a_discount_away(one in any_role(), other in any_role()) {
        let alone = traits([&one]);
        let both = traits([&one, &other]);
        prop_assert!(both.discount_ppm >= alone.discount_ppm);
        prop_assert!(both.free_shipping >= alone.free_shipping);
        prop_assert!(both.tax_exempt >= alone.tax_exempt);
    }

    #[test]
    fn no_text_in_any_field_makes_the_check_panic(
        system_name: String, language: String, name: String, color: String,
    ) {
        let names = BTreeMap::from([(language, name)]);
        check(&Draft { system_name, names, color: Some(color), ..draft() });
    }
}
