//! Texts of all kinds in every field of a customer: back as they were given, or refused.

use galleria_app::{AppError, Caller, customers, unit};
use galleria_domain::{
    Change, Customer, CustomerChange, CustomerDraft, CustomerFilter, CustomerId, CustomerSort,
    FieldCode, PageRequest,
};
use galleria_tests::database::on_both;
use galleria_tests::naughty::{CONTROLS, LINES, long};
use galleria_tests::shop::TestShop;

use super::{create, mistakes_of};

type Put = fn(&mut CustomerDraft, String);
type Get = fn(&Customer) -> Option<&str>;

/// Free text of one line: its name, how it is given, how it is read, and how long it may be.
const LINE_FIELDS: &[(&str, Put, Get, usize)] = &[
    ("phone", |draft, text| draft.phone = Some(text), |customer| customer.phone.as_deref(), 64),
    (
        "phone_alt",
        |draft, text| draft.phone_alt = Some(text),
        |customer| customer.phone_alt.as_deref(),
        64,
    ),
    ("fax", |draft, text| draft.fax = Some(text), |customer| customer.fax.as_deref(), 64),
    ("title", |draft, text| draft.title = Some(text), |customer| customer.title.as_deref(), 64),
    (
        "first_name",
        |draft, text| draft.first_name = Some(text),
        |customer| Some(&customer.first_name),
        256,
    ),
    (
        "last_name",
        |draft, text| draft.last_name = Some(text),
        |customer| Some(&customer.last_name),
        256,
    ),
    (
        "company",
        |draft, text| draft.company = Some(text),
        |customer| customer.company.as_deref(),
        256,
    ),
    ("gender", |draft, text| draft.gender = Some(text), |customer| customer.gender.as_deref(), 64),
    (
        "vat_number",
        |draft, text| draft.vat_number = Some(text),
        |customer| customer.vat_number.as_deref(),
        64,
    ),
    (
        "external_ref",
        |draft, text| draft.external_ref = Some(text),
        |customer| customer.external_ref.as_deref(),
        256,
    ),
];

async fn stored(shop: &TestShop, owner: &Caller, id: &CustomerId) -> Customer {
    unit!(shop.app.read(owner), work => customers::get(work, id).await).unwrap().customer
}

#[tokio::test]
async fn every_text_comes_back_as_it_was_given() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        for text in LINES {
            let mut draft =
                CustomerDraft { admin_comment: Some((*text).into()), ..CustomerDraft::default() };
            let custom = serde_json::json!({ *text: [text] });
            draft.custom = custom.as_object().cloned();
            for (_, put, _, _) in LINE_FIELDS {
                put(&mut draft, (*text).to_owned());
            }
            let id = create(&shop, &draft)
                .await
                .unwrap_or_else(|error| panic!("{text:?}: {error:?}"))
                .id;
            let customer = stored(&shop, &owner, &id).await;
            for (name, _, get, _) in LINE_FIELDS {
                assert_eq!(get(&customer), Some(*text), "{name}");
            }
            assert_eq!(customer.admin_comment, *text);
            assert_eq!(Some(&customer.custom), custom.as_object());
        }
    })
    .await;
}

#[tokio::test]
async fn control_characters_and_what_is_too_long_are_refused_by_name() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        for (name, put, get, chars_max) in LINE_FIELDS {
            for text in CONTROLS {
                let mut draft = CustomerDraft::default();
                put(&mut draft, (*text).to_owned());
                let mistake = ((*name).to_owned(), FieldCode::Malformed);
                assert_eq!(mistakes_of(create(&shop, &draft).await), [mistake], "{text:?}");
            }
            let mut draft = CustomerDraft::default();
            put(&mut draft, "😀".repeat(*chars_max));
            let full = create(&shop, &draft).await.unwrap();
            assert_eq!(get(&full).map(str::len), Some(4 * chars_max));
            put(&mut draft, "😀".repeat(chars_max + 1));
            let mistake = ((*name).to_owned(), FieldCode::TooLong);
            assert_eq!(mistakes_of(create(&shop, &draft).await), [mistake]);
        }
    })
    .await;
}

#[tokio::test]
async fn comments_and_custom_fields_have_bounds() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let comment =
            |text: String| CustomerDraft { admin_comment: Some(text), ..CustomerDraft::default() };
        let lines = "tab\there\nnext line\n".to_owned();
        let id = create(&shop, &comment(lines.clone())).await.unwrap().id;
        assert_eq!(stored(&shop, &owner, &id).await.admin_comment, lines);
        let id = create(&shop, &comment(long(64 << 10))).await.unwrap().id;
        assert_eq!(stored(&shop, &owner, &id).await.admin_comment.len(), 64 << 10);
        let too_long = create(&shop, &comment(long((64 << 10) + 1))).await;
        assert_eq!(mistakes_of(too_long), [("admin_comment".to_owned(), FieldCode::TooLong)]);

        let custom = |text: &str| {
            let custom = serde_json::json!({ "k": text }).as_object().cloned();
            CustomerDraft { custom, ..CustomerDraft::default() }
        };
        create(&shop, &custom(&long((16 << 10) - 8))).await.unwrap();
        for (text, code) in
            [(long(16 << 10), FieldCode::TooLong), ("a\0b".into(), FieldCode::Malformed)]
        {
            assert_eq!(
                mistakes_of(create(&shop, &custom(&text)).await),
                [("custom".to_owned(), code)]
            );
        }
    })
    .await;
}

#[tokio::test]
async fn every_text_is_found_by_itself_or_says_nothing_to_look_for() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        for text in LINES {
            let draft =
                CustomerDraft { last_name: Some((*text).into()), ..CustomerDraft::default() };
            let id = create(&shop, &draft).await.unwrap().id;
            let sort = CustomerSort::default();
            let filter = CustomerFilter { q: Some((*text).into()), ..CustomerFilter::default() };
            let page = PageRequest::first(1);
            let found = unit!(shop.app.read(&owner), work => {
                customers::list(work, &galleria_app::facets::FacetCatalog::default(), &filter, &sort, &page).await
            });
            match found {
                // The newest comes first.
                Ok(page) => assert_eq!(page.items[0].customer.id, id, "{text:?}"),
                Err(AppError::Invalid(errors)) => {
                    assert_eq!(errors[0].code, FieldCode::Required, "{text:?}");
                    assert!(text.trim().is_empty(), "{text:?}");
                }
                Err(error) => panic!("{text:?}: {error:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_text_that_is_no_email_becomes_one() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = create(&shop, &CustomerDraft::default()).await.unwrap().id;
        for text in LINES.iter().chain(CONTROLS) {
            for email in [(*text).to_owned(), format!("a@{text}"), format!("{text}@example.com")] {
                let change = CustomerChange {
                    email: Change::Set(email.clone()),
                    ..CustomerChange::default()
                };
                let answer = unit!(shop.app.write(&owner), work => {
                    customers::update(work, &id, &change, None).await
                });
                match answer {
                    Ok(seen) => {
                        let stored = stored(&shop, &owner, &id).await;
                        assert_eq!(seen.customer.email, stored.email);
                        // Typed otherwise at most in what can't be seen.
                        assert!(
                            stored.email.unwrap().is_same_as(&email.parse().unwrap()),
                            "{email:?}"
                        );
                    }
                    Err(error) => {
                        let mistakes = mistakes_of::<()>(Err(error));
                        assert_eq!(mistakes[0].0, "email", "{email:?}");
                    }
                }
            }
        }
    })
    .await;
}
