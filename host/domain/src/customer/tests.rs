use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::address::DefaultsChange;
use crate::change::Change;
use crate::error::{FieldCode, FieldError};
use crate::fold::{fold, fold_strip, phone_needle};

fn today() -> Day {
    "2027-03-01".parse().unwrap()
}

fn origin() -> CustomerOrigin {
    CustomerOrigin {
        id: CustomerId::from_bytes([1; 16]),
        store: StoreId::from_bytes([2; 16]),
        number: 7,
        at: Instant::EPOCH,
        via: CreatedVia::Admin,
        by: Some(Actor::System),
    }
}

fn create(draft: CustomerDraft) -> Result<Customer, Vec<FieldError>> {
    Customer::create(draft, origin(), today())
}

fn ada() -> Customer {
    create(CustomerDraft {
        kind: Some(CustomerKind::Registered),
        email: Some("Ada@Example.com".into()),
        first_name: Some("Ada".into()),
        last_name: Some("Lovelace".into()),
        phone: Some("+44 (0) 20 7946-0018".into()),
        ..CustomerDraft::default()
    })
    .unwrap()
}

fn text(text: &str) -> Change<String> {
    Change::Set(text.to_owned())
}

fn named(errors: &[FieldError]) -> Vec<(&str, FieldCode)> {
    errors.iter().map(|error| (error.path.as_str(), error.code)).collect()
}

fn refused(change: &CustomerChange) -> Vec<(String, FieldCode)> {
    let errors = ada().apply(change, today()).unwrap_err();
    named(&errors).into_iter().map(|(path, code)| (path.to_owned(), code)).collect()
}

#[test]
fn a_customer_may_be_nobody_in_particular() {
    let nobody = create(CustomerDraft::default()).unwrap();
    assert_eq!((nobody.kind, nobody.stage), (CustomerKind::Guest, CustomerStage::Visitor));
    assert_eq!((nobody.number, nobody.version), (7, 1));
    assert_eq!(
        (nobody.created_via, nobody.created_by.clone()),
        (CreatedVia::Admin, Some(Actor::System))
    );
    assert!(nobody.active && nobody.is_live() && !nobody.can_log_in());
    assert_eq!(nobody.full_name(), "");
}

#[test]
fn a_registered_customer_has_an_email() {
    let draft = CustomerDraft { kind: Some(CustomerKind::Registered), ..CustomerDraft::default() };
    assert_eq!(named(&create(draft).unwrap_err()), [("email", FieldCode::Required)]);
    let cleared = CustomerChange { email: Change::Clear, ..CustomerChange::default() };
    assert_eq!(refused(&cleared), [("email".into(), FieldCode::Required)]);
    let empty = CustomerChange { email: text(" "), ..CustomerChange::default() };
    assert_eq!(refused(&empty), [("email".into(), FieldCode::Required)]);
    let wrong = CustomerDraft {
        kind: Some(CustomerKind::Registered),
        email: Some("ada".into()),
        ..CustomerDraft::default()
    };
    // It isn't missing, so that isn't said.
    assert_eq!(named(&create(wrong).unwrap_err()), [("email", FieldCode::Malformed)]);
}

#[test]
fn a_guest_can_register_but_not_the_other_way_round() {
    let guest = create(CustomerDraft::default()).unwrap();
    let change = CustomerChange {
        kind: Some(CustomerKind::Registered),
        email: text("eve@example.com"),
        ..CustomerChange::default()
    };
    assert!(guest.apply(&change, today()).unwrap().can_log_in());
    let back = CustomerChange { kind: Some(CustomerKind::Guest), ..CustomerChange::default() };
    assert_eq!(refused(&back), [("kind".into(), FieldCode::Range)]);
}

#[test]
fn whoever_leaves_an_email_is_a_lead_and_nobody_goes_back() {
    assert!(ada().is_lead());
    let bought =
        CustomerChange { stage: Some(CustomerStage::Customer), ..CustomerChange::default() };
    let buyer = ada().apply(&bought, today()).unwrap();
    let back = CustomerChange { stage: Some(CustomerStage::Lead), ..CustomerChange::default() };
    assert_eq!(named(&buyer.apply(&back, today()).unwrap_err()), [("stage", FieldCode::Range)]);
    let mut again = buyer.clone();
    again.advance(CustomerStage::Visitor);
    assert_eq!(again, buyer);
}

#[test]
fn every_mistake_in_a_change_is_named() {
    let long = || Change::Set("x".repeat(257));
    let change = CustomerChange {
        email: text("ada"),
        email_alt: text("@"),
        phone: text("0\u{0}1"),
        fax: long(),
        title: text("a\nb"),
        first_name: Some("x".repeat(257)),
        last_name: Some("\u{7}".into()),
        company: long(),
        gender: long(),
        date_of_birth: text("2027-03-02"),
        language: text("english"),
        time_zone: text("Berlin"),
        vat_number: long(),
        admin_comment: Some("x".repeat(CUSTOMER_COMMENT_MAX_BYTES + 1)),
        external_ref: long(),
        custom: json!({ "a": "x".repeat(CUSTOMER_CUSTOM_MAX_BYTES) }).as_object().cloned(),
        ..CustomerChange::default()
    };
    assert_eq!(
        refused(&change),
        [
            ("email", FieldCode::Malformed),
            ("email_alt", FieldCode::Malformed),
            ("phone", FieldCode::Malformed),
            ("fax", FieldCode::TooLong),
            ("title", FieldCode::Malformed),
            ("first_name", FieldCode::TooLong),
            ("last_name", FieldCode::Malformed),
            ("company", FieldCode::TooLong),
            ("gender", FieldCode::TooLong),
            ("date_of_birth", FieldCode::Range),
            ("language", FieldCode::Malformed),
            ("time_zone", FieldCode::Unknown),
            ("vat_number", FieldCode::TooLong),
            ("admin_comment", FieldCode::TooLong),
            ("external_ref", FieldCode::TooLong),
            ("custom", FieldCode::TooLong),
        ]
        .map(|(path, code)| (path.to_owned(), code))
    );
}

#[test]
fn a_date_of_birth_is_a_day_of_the_past_from_1900_on() {
    let born = |day: &str| CustomerChange { date_of_birth: text(day), ..CustomerChange::default() };
    for good in ["1900-01-01", "2000-02-29", "2027-03-01"] {
        let ada = ada().apply(&born(good), today()).unwrap();
        assert_eq!(ada.date_of_birth.unwrap().to_string(), good);
    }
    for (bad, code) in [
        ("2027-03-02", FieldCode::Range),
        ("1899-12-31", FieldCode::Range),
        ("2001-02-29", FieldCode::Malformed),
        ("0000-00-00", FieldCode::Malformed),
    ] {
        assert_eq!(refused(&born(bad)), [("date_of_birth".into(), code)], "{bad}");
    }
}

#[test]
fn what_a_change_does_not_name_stays_and_null_clears() {
    let kept = ada().apply(&CustomerChange::default(), today()).unwrap();
    assert_eq!(kept, Customer { version: 2, ..ada() });
    let cleared = CustomerChange { phone: Change::Clear, ..CustomerChange::default() };
    assert_eq!(
        ada().apply(&cleared, today()).unwrap(),
        Customer { version: 2, phone: None, ..ada() }
    );
}

#[test]
fn a_new_email_is_not_verified_but_another_spelling_of_it_is() {
    let verified = Customer { email_verified_at: Some(Instant::EPOCH), ..ada() };
    let email = |email: &str| CustomerChange { email: text(email), ..CustomerChange::default() };
    let same = verified.apply(&email("ADA@example.com"), today()).unwrap();
    assert_eq!(same.email_verified_at, Some(Instant::EPOCH));
    let other = verified.apply(&email("eve@example.com"), today()).unwrap();
    assert_eq!(other.email_verified_at, None);
}

#[test]
fn a_comment_may_have_lines_and_64_kib_but_no_nul() {
    let comment = |text: &str| CustomerChange {
        admin_comment: Some(text.to_owned()),
        ..CustomerChange::default()
    };
    let longest = "é\n".repeat(CUSTOMER_COMMENT_MAX_BYTES / 3);
    assert_eq!(ada().apply(&comment(&longest), today()).unwrap().admin_comment, longest);
    assert_eq!(refused(&comment("a\0")), [("admin_comment".into(), FieldCode::Malformed)]);
}

#[test]
fn custom_fields_may_hold_any_json_but_nul() {
    let custom = |value: Value| CustomerChange {
        custom: value.as_object().cloned(),
        ..CustomerChange::default()
    };
    let fine = json!({ "a": [1, null, { "b": "\\u0000 as text" }], "": true, "ß": 1.5 });
    let ada = ada().apply(&custom(fine.clone()), today()).unwrap();
    assert_eq!(Value::Object(ada.custom), fine);
    for bad in [json!({ "a": "\0" }), json!({ "\0": 1 }), json!({ "a": [{ "b": ["x\0"] }] })] {
        assert_eq!(refused(&custom(bad)), [("custom".into(), FieldCode::Malformed)]);
    }
}

#[test]
fn a_customer_is_found_by_name_email_and_phone_in_any_case_and_script() {
    let change = CustomerChange {
        first_name: Some("Åsa".into()),
        last_name: Some("Straße".into()),
        email: text("asa@bücher.example"),
        company: text("ΟΔΥΣΣΕΥΣ ΑΕ"),
        ..CustomerChange::default()
    };
    let keys = ada().apply(&change, today()).unwrap().search_keys();
    assert!(keys.name_fold.contains(&fold("ÅSA STRASSE")));
    assert!(!keys.name_fold.contains(&fold("asa")) && keys.name_strip.contains(&fold_strip("asa")));
    assert!(keys.company_fold.contains(&fold("Οδυσσευς")));
    for email in ["@BÜCHER", "xn--bcher"] {
        assert!(keys.email_fold.contains(&fold(email)), "{email}");
        assert!(keys.all_fold().contains(&fold(email)));
    }
    for phone in ["+44 20 7946", "020 7946", "0018"] {
        assert!(keys.phone_digits.contains(&phone_needle(phone)), "{phone}");
    }
    // No match spans two fields.
    assert!(!keys.all_strip().contains("strasseasa"));
}

#[test]
fn a_deleted_customer_is_out_of_use() {
    let gone = ada().deleted(Instant::from_micros(5));
    assert!(!gone.is_live() && !gone.can_log_in());
    let again = gone.deleted(Instant::from_micros(9));
    assert_eq!(again.deleted_at, Some(Instant::from_micros(5)));
}

#[test]
fn an_anonymised_customer_keeps_nothing_that_says_who_it_was() {
    let secret = "sentinel";
    let change = CustomerChange {
        email: text("sentinel@sentinel.example"),
        email_alt: text("sentinel@sentinel.example"),
        phone: text(secret),
        phone_alt: text(secret),
        fax: text(secret),
        title: text(secret),
        first_name: Some(secret.into()),
        last_name: Some(secret.into()),
        company: text(secret),
        gender: text(secret),
        date_of_birth: text("1999-09-09"),
        vat_number: text(secret),
        admin_comment: Some(secret.into()),
        external_ref: text(secret),
        custom: json!({ "a": secret }).as_object().cloned(),
        ..CustomerChange::default()
    };
    let mut ada = ada().apply(&change, today()).unwrap();
    ada.last_ip = "192.0.2.99".parse().ok();
    ada.orders_count = 3;
    let wiped = ada.anonymized(Instant::from_micros(5));
    let shown = format!("{wiped:?}");
    assert!(!["sentinel", "1999", "192.0.2"].iter().any(|trace| shown.contains(trace)), "{shown}");
    assert_eq!((wiped.email, wiped.kind), (None, CustomerKind::Guest));
    assert_eq!((wiped.orders_count, wiped.version), (3, ada.version + 1));
}

#[test]
fn only_an_address_of_ones_own_can_be_the_default() {
    let (own, other) = (AddressId::from_bytes([1; 16]), AddressId::from_bytes([2; 16]));
    let change = DefaultsChange { billing: Change::Set(own.clone()), shipping: Change::Keep };
    let ada = ada().apply_defaults(&change, std::slice::from_ref(&own)).unwrap();
    assert_eq!(
        (ada.default_billing_id.as_ref(), ada.default_shipping_id.as_ref()),
        (Some(&own), None)
    );

    let change = DefaultsChange { billing: Change::Clear, shipping: Change::Set(other) };
    let errors = ada.apply_defaults(&change, std::slice::from_ref(&own)).unwrap_err();
    assert_eq!(named(&errors), [("shipping", FieldCode::Unknown)]);
    // A deleted address is nobody's default, and no other takes its place.
    assert_eq!(ada.without_address(&own).default_billing_id, None);
}

proptest! {
    #[test]
    fn a_name_is_kept_as_it_was_given_or_refused(name in any::<String>()) {
        let change = CustomerChange { first_name: Some(name.clone()), ..CustomerChange::default() };
        match ada().apply(&change, today()) {
            Ok(ada) => prop_assert_eq!(ada.first_name, name),
            Err(errors) => prop_assert_eq!(&errors[0].path, "first_name"),
        }
    }

    #[test]
    fn the_stage_never_moves_back(stages in proptest::collection::vec(0..3_usize, 0..8)) {
        let mut ada = ada();
        for stage in stages {
            let stage = Some(CustomerStage::ALL[stage]);
            let change = CustomerChange { stage, ..CustomerChange::default() };
            let before = ada.stage;
            if let Ok(next) = ada.apply(&change, today()) {
                ada = next;
            }
            prop_assert!(ada.stage >= before);
        }
    }

    #[test]
    fn any_part_of_a_name_finds_it(first in "\\PC{0,12}", last in "\\PC{1,12}", upper in any::<bool>()) {
        let change = CustomerChange {
            first_name: Some(first),
            last_name: Some(last.clone()),
            ..CustomerChange::default()
        };
        // Beside a space a letter stays what it is, so the whole last name is a part of the key.
        let needle = if upper { last.to_uppercase() } else { last.clone() };
        if let Ok(ada) = ada().apply(&change, today())
            && fold(&needle) == fold(&last)
            && !last.starts_with(unicode_normalization::char::is_combining_mark)
        {
            prop_assert!(ada.search_keys().name_fold.contains(&fold(&needle)));
        }
    }
}
