use proptest::prelude::*;

use super::*;
use crate::fold::fold;
use crate::postal::postal_key;

fn origin() -> AddressOrigin {
    AddressOrigin {
        id: AddressId::from_bytes([1; 16]),
        customer: CustomerId::from_bytes([2; 16]),
        at: Instant::EPOCH,
    }
}

fn draft() -> AddressDraft {
    AddressDraft {
        first_name: Some("Åsa".into()),
        line1: Some("Große Straße 1".into()),
        postal_code: Some("SW1A 1AA".into()),
        city: Some("Malmö".into()),
        country: Some("se".into()),
        ..AddressDraft::default()
    }
}

fn address() -> Address {
    Address::create(draft(), origin()).unwrap()
}

fn named(errors: &[FieldError]) -> Vec<(&str, FieldCode)> {
    errors.iter().map(|error| (error.path.as_str(), error.code)).collect()
}

#[test]
fn an_address_needs_a_street_a_city_and_a_country() {
    assert_eq!(address().postal.country.as_str(), "SE");
    let errors = Address::create(AddressDraft::default(), origin()).unwrap_err();
    assert_eq!(
        named(&errors),
        [
            ("country", FieldCode::Required),
            ("line1", FieldCode::Required),
            ("city", FieldCode::Required),
        ]
    );
}

#[test]
fn every_mistake_in_a_change_is_named() {
    let long = || Change::Set("x".repeat(257));
    let change = AddressChange {
        label: long(),
        first_name: Some("\0".into()),
        line1: Some(" ".into()),
        line2: long(),
        city: Some("a\nb".into()),
        region_code: long(),
        postal_code: Some("1".repeat(33)),
        country: Some("XX".into()),
        phone: long(),
        ..AddressChange::default()
    };
    assert_eq!(
        named(&address().apply(&change).unwrap_err()),
        [
            ("label", FieldCode::TooLong),
            ("first_name", FieldCode::Malformed),
            ("phone", FieldCode::TooLong),
            ("line1", FieldCode::Required),
            ("city", FieldCode::Malformed),
            ("line2", FieldCode::TooLong),
            ("region_code", FieldCode::TooLong),
            ("postal_code", FieldCode::TooLong),
            ("country", FieldCode::Unknown),
        ]
    );
}

#[test]
fn another_place_is_not_confirmed_any_more() {
    let change = AddressChange { validated: Some(true), ..AddressChange::default() };
    let confirmed = address().apply(&change).unwrap();
    let renamed = AddressChange { last_name: Some("Ek".into()), ..AddressChange::default() };
    assert!(confirmed.apply(&renamed).unwrap().validated);
    let moved = AddressChange { city: Some("Lund".into()), ..AddressChange::default() };
    assert!(!confirmed.apply(&moved).unwrap().validated);
}

#[test]
fn what_a_change_does_not_name_stays() {
    let kept = address().apply(&AddressChange::default()).unwrap();
    assert_eq!(kept, Address { version: 2, ..address() });
}

#[test]
fn an_address_is_found_by_its_parts() {
    let keys = address().postal.search_keys();
    assert!(keys.place_fold.contains(&fold("GROSSE STRASSE")));
    assert!(keys.city_strip == "malmo" && keys.city_fold == "malmö");
    assert_eq!(keys.postal_key, postal_key("sw1a-1aa"));
}

#[test]
fn the_101st_address_is_refused() {
    assert_eq!(address_room(99), Ok(()));
    assert_eq!(address_room(100).unwrap_err().code, FieldCode::TooLong);
}

proptest! {
    #[test]
    fn a_line_is_kept_as_it_was_given_or_refused(line in any::<String>()) {
        let change = AddressChange { line1: Some(line.clone()), ..AddressChange::default() };
        match address().apply(&change) {
            Ok(address) => prop_assert_eq!(address.postal.line1, line),
            Err(errors) => prop_assert_eq!(&errors[0].path, "line1"),
        }
    }
}
