//! Lists of customers: what is found, in which order, from page to page.

use std::collections::BTreeSet;

use galleria_app::facets::{FacetCatalog, FacetSet};
use galleria_app::{AppError, Caller, Result, addresses, customers, facets, unit};
use galleria_domain::{
    AddressDraft, CustomerDraft, CustomerFilter, CustomerId, CustomerSort, CustomerStage,
    FacetCondition, FacetOp, FacetValue, FieldCode, PageRequest, Permission,
};
use galleria_manifest::Manifest;
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::people::Person;
use super::{create, mistakes_of, model, people, queries, registered, staff, themselves};

const MANIFEST: &str = r#"
manifest = 1
id = "demo"
version = "1.0.0"
host = "*"
texts.en.title = "Demo"

[permissions."facets:write"]
reason.en = "To be found by."

[facets.tag]
type = "text"
multiple = true
filter = "tag"
title.en = "Tag"
implied = { member = "registered", stranger = "guest" }

[facets.points]
type = "number"
title.en = "Points"
"#;

fn manifest() -> Manifest {
    Manifest::from_toml(MANIFEST).unwrap()
}

fn catalog() -> FacetCatalog {
    let (id, manifest) = ("demo".parse().unwrap(), manifest());
    FacetCatalog::new([(&id, &manifest)])
}

async fn page(
    shop: &TestShop,
    caller: &Caller,
    filter: &CustomerFilter,
    sort: &str,
    page: &PageRequest,
) -> Result<galleria_domain::Page<CustomerId>> {
    let sort: CustomerSort = sort.parse().unwrap();
    let page = unit!(shop.app.read(caller), work => {
        customers::list(work, &catalog(), filter, &sort, page).await
    })?;
    Ok(page.map(|seen| seen.customer.id))
}

/// All pages of a list, one after another.
async fn all(shop: &TestShop, filter: &CustomerFilter, sort: &str, limit: u32) -> Vec<CustomerId> {
    let owner = shop.owner();
    let mut request = PageRequest::first(limit);
    let mut found = Vec::new();
    loop {
        let page = page(shop, &owner, filter, sort, &request).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        found.extend(page.items);
        match page.next {
            Some(next) => request.cursor = Some(next.to_string().parse().unwrap()),
            None => return found,
        }
    }
}

async fn count(shop: &TestShop, filter: &CustomerFilter) -> u64 {
    let owner = shop.owner();
    unit!(shop.app.read(&owner), work => customers::count(work, &catalog(), filter).await).unwrap()
}

fn searched(q: &str) -> CustomerFilter {
    CustomerFilter { q: Some(q.into()), ..CustomerFilter::default() }
}

/// Who is found by a text, with and without regard to accents.
async fn finds(shop: &TestShop, q: &str) -> [Vec<CustomerId>; 2] {
    let exact = all(shop, &searched(q), "created_at", 10).await;
    let bare = CustomerFilter { ignore_accents: true, ..searched(q) };
    [exact, all(shop, &bare, "created_at", 10).await]
}

async fn named(shop: &TestShop, first: &str, last: &str, phone: Option<&str>) -> CustomerId {
    let draft = CustomerDraft {
        first_name: Some(first.into()),
        last_name: Some(last.into()),
        phone: phone.map(str::to_owned),
        ..CustomerDraft::default()
    };
    create(shop, &draft).await.unwrap().id
}

#[tokio::test]
async fn a_search_finds_parts_of_texts_in_any_case_and_script() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let asa = named(&shop, "Åsa", "Lindqvist", Some("+49 (0)171 / 555-12")).await;
        let strasse = named(&shop, "Hans", "Straße", Some("0171 999")).await;
        let percent = named(&shop, "100%", "a_b", None).await;
        let ivan = named(&shop, "ИВАН", "宮本", None).await;
        for (q, exact, bare) in [
            ("åsa", vec![&asa], vec![&asa]),
            ("A\u{30a}SA", vec![&asa], vec![&asa]),
            ("ASA", vec![], vec![&asa]),
            ("qvist ås", vec![&asa], vec![&asa]),
            ("STRASSE", vec![&strasse], vec![&strasse]),
            ("ß", vec![&strasse], vec![&strasse]),
            ("%", vec![&percent], vec![&percent]),
            ("_", vec![&percent], vec![&percent]),
            ("0%", vec![&percent], vec![&percent]),
            ("axb", vec![], vec![]),
            ("и", vec![&ivan], vec![&ivan]),
            ("本", vec![&ivan], vec![&ivan]),
            ("иван 宮", vec![&ivan], vec![&ivan]),
            ("+49 171 555", vec![&asa], vec![&asa]),
            ("0049 171 555 12", vec![&asa], vec![&asa]),
            ("0171", vec![&asa, &strasse], vec![&asa, &strasse]),
            ("171555", vec![&asa], vec![&asa]),
            ("999", vec![&strasse], vec![&strasse]),
            ("hans lindqvist", vec![], vec![]),
        ] {
            let [found, found_bare] = finds(&shop, q).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), exact, "{q}");
            assert_eq!(found_bare.iter().collect::<Vec<_>>(), bare, "{q}, accents aside");
        }
    })
    .await;
}

#[tokio::test]
async fn a_search_that_is_too_long_or_says_nothing_is_refused() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        for (q, code) in [
            ("x".repeat(2_000), FieldCode::TooLong),
            (" \t ".to_owned(), FieldCode::Required),
            ("a\0b".to_owned(), FieldCode::Malformed),
        ] {
            let answer = page(&shop, &owner, &searched(&q), "name", &PageRequest::first(5)).await;
            assert_eq!(mistakes_of(answer), [("q".to_owned(), code)]);
        }
        // As long as may be: of many words, of one, and of what is all special to a database.
        for q in ["a ".repeat(128), "ab".repeat(128), "%".repeat(256), "\"' \\".repeat(64)] {
            assert_eq!(all(&shop, &searched(&q), "name", 5).await, []);
        }
    })
    .await;
}

#[tokio::test]
async fn pages_stay_right_while_customers_come_and_go() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        for sort in
            ["-created_at", "created_at", "name", "-name", "orders_count", "-last_activity_at"]
        {
            // All alike, so that nothing but the tie decides.
            let mut there = BTreeSet::new();
            for _ in 0..23 {
                there.insert(named(&shop, "Same", "Name", None).await);
            }
            let mut seen = Vec::new();
            let mut request = PageRequest::first(5);
            loop {
                let page = page(&shop, &owner, &searched("same"), sort, &request).await.unwrap();
                seen.extend(page.items.clone());
                named(&shop, "Same", "Newcomer", None).await;
                // One who was shown goes, and with them what the cursor pointed at.
                let gone = page.items.last().unwrap();
                unit!(shop.app.write(&owner), work => customers::delete(work, gone, None).await)
                    .unwrap();
                let Some(next) = page.next else { break };
                request.cursor = Some(next);
                assert!(seen.len() < 200, "a list comes to its end");
                if seen.len() > 60 {
                    break;
                }
            }
            let shown: BTreeSet<_> = seen.iter().cloned().collect();
            assert_eq!(shown.len(), seen.len(), "{sort}: somebody came twice");
            assert!(there.is_subset(&shown) || seen.len() > 60, "{sort}: somebody was left out");
            for id in all(&shop, &CustomerFilter::default(), "number", 100).await {
                unit!(shop.app.write(&owner), work => customers::delete(work, &id, None).await)
                    .unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_alone() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        for _ in 0..3 {
            named(&shop, "Same", "Name", None).await;
        }
        let filter = searched("same");
        let cursor =
            page(&shop, &owner, &filter, "name", &PageRequest::first(1)).await.unwrap().next;
        let request = PageRequest { limit: 1, cursor };
        for (filter, sort) in
            [(searched("name"), "name"), (filter.clone(), "-name"), (filter.clone(), "email")]
        {
            let answer = page(&shop, &owner, &filter, sort, &request).await;
            assert_eq!(mistakes_of(answer), [("cursor".to_owned(), FieldCode::Range)]);
        }
        assert_eq!(page(&shop, &owner, &filter, "name", &request).await.unwrap().items.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_know_who_customers_are_cannot_search_for_it() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let id = create(&shop, &registered("pii@example.com")).await.unwrap().id;
        let masked = staff(&shop, &[Permission::CustomersRead]);
        let first = PageRequest::first(5);
        let by_ip = CustomerFilter { ip: Some([192, 0, 2, 1].into()), ..CustomerFilter::default() };
        for (filter, sort) in [
            (searched("pii"), "-created_at"),
            (by_ip, "-created_at"),
            (CustomerFilter::default(), "name"),
            (CustomerFilter::default(), "email"),
        ] {
            let answer = page(&shop, &masked, &filter, sort, &first).await;
            assert!(matches!(answer, Err(AppError::PermissionDenied(_))), "{sort}");
        }
        let plain = page(&shop, &masked, &CustomerFilter::leads(), "number", &first).await;
        assert_eq!(plain.unwrap().items, [id]);
    })
    .await;
}

#[tokio::test]
async fn customers_list_themselves_alone() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let me = create(&shop, &registered("me@example.com")).await.unwrap().id;
        let other = create(&shop, &registered("other@example.com")).await.unwrap().id;
        let caller = themselves(&shop, &me);
        let first = PageRequest::first(5);
        let found = page(&shop, &caller, &CustomerFilter::default(), "name", &first).await.unwrap();
        assert_eq!(found.items, [me]);
        let asked = CustomerFilter { ids: Some(vec![other]), ..CustomerFilter::default() };
        assert_eq!(page(&shop, &caller, &asked, "name", &first).await.unwrap().items, []);
    })
    .await;
}

#[tokio::test]
async fn customers_leads_and_visitors_are_told_apart() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let visitor = create(&shop, &CustomerDraft::default()).await.unwrap().id;
        let lead = create(&shop, &registered("lead@example.com")).await.unwrap().id;
        let bought =
            CustomerDraft { stage: Some(CustomerStage::Customer), ..registered("c@example.com") };
        let customer = create(&shop, &bought).await.unwrap().id;
        for (stage, id) in [
            (CustomerStage::Visitor, visitor),
            (CustomerStage::Lead, lead),
            (CustomerStage::Customer, customer),
        ] {
            let filter = CustomerFilter { stage: Some(stage), ..CustomerFilter::default() };
            assert_eq!(all(&shop, &filter, "-created_at", 5).await, [id]);
            assert_eq!(count(&shop, &filter).await, 1);
        }
    })
    .await;
}

#[tokio::test]
async fn facets_of_a_plugin_that_is_off_are_no_filter_and_no_order() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let condition = FacetCondition {
            plugin: "gone".parse().unwrap(),
            key: "tag".into(),
            op: FacetOp::Is(FacetValue::Text("a".into())),
        };
        let filter = CustomerFilter { facets: vec![condition], ..CustomerFilter::default() };
        let answer = page(&shop, &owner, &filter, "name", &PageRequest::first(5)).await;
        assert_eq!(mistakes_of(answer), [("x.gone.tag".to_owned(), FieldCode::Unknown)]);
        let answer =
            page(&shop, &owner, &CustomerFilter::default(), "x.gone.tag", &PageRequest::first(5))
                .await;
        assert_eq!(mistakes_of(answer), [("sort".to_owned(), FieldCode::Unknown)]);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_customer_leaves_no_facet_and_no_fragment_behind() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = named(&shop, "Gone", "Soon", None).await;
        let place = AddressDraft {
            line1: Some("Weg 1".into()),
            city: Some("Genf".into()),
            country: Some("CH".into()),
            ..AddressDraft::default()
        };
        unit!(shop.app.write(&owner), work => addresses::create(work, &id, place.clone()).await)
            .unwrap();
        tag(&shop, &id, &["a".to_owned()], Some(1)).await.unwrap();
        unit!(shop.app.write(&owner), work => customers::delete(work, &id, None).await).unwrap();
        let left = unit!(shop.app.read(&owner), work => {
            Ok(galleria_storage::facets::of_customers(work.unit(), std::slice::from_ref(&id)).await?)
        });
        assert_eq!(left.unwrap(), []);
        assert_eq!(finds(&shop, "gone").await, [vec![], vec![]]);
        assert!(tag(&shop, &id, &["a".to_owned()], None).await.is_err());
    })
    .await;
}

async fn tag(shop: &TestShop, id: &CustomerId, tags: &[String], points: Option<i64>) -> Result<()> {
    let owner = shop.owner();
    let text = |tag: &String| FacetValue::Text(tag.clone());
    let set = |key: &str, values| FacetSet { customer: id.clone(), key: key.to_owned(), values };
    let sets = [
        set("tag", tags.iter().map(text).collect()),
        set("points", points.map(FacetValue::Number).into_iter().collect()),
    ];
    let plugin = "demo".parse().unwrap();
    unit!(shop.app.write(&owner), work => facets::put(work, &plugin, &manifest().facets, &sets).await)
}

async fn store(shop: &TestShop, people: &[Person]) {
    let owner = shop.owner();
    unit!(shop.app.write(&owner), work => {
        for person in people {
            galleria_storage::customers::insert(work.unit(), &person.customer).await?;
            galleria_storage::addresses::insert(work.unit(), &shop.store, &person.addresses).await?;
        }
        Ok(())
    })
    .unwrap();
    for person in people {
        tag(shop, &person.customer.id, &person.tags, person.points).await.unwrap();
    }
}

/// Everything that is found, and how many that are, is what the model says.
async fn check(
    shop: &TestShop,
    people: &[Person],
    (filter, sort, limit): &(CustomerFilter, CustomerSort, u32),
) -> Result<(), TestCaseError> {
    let wanted: Vec<_> = model::wanted(people, filter, sort).into_iter().cloned().collect();
    let found = all(shop, filter, &sort.to_string(), *limit).await;
    prop_assert_eq!(&found, &wanted, "ordered by {}", sort);
    prop_assert_eq!(count(shop, filter).await, wanted.len() as u64);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_and_order_answers_what_a_plain_look_through_all_would() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let mut runner =
            TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
        let people = people::people(&shop).new_tree(&mut runner).unwrap().current();
        store(&shop, &people).await;
        let asked = (queries::filter(), queries::sort(), 1..15_u32);
        let ran = runner.run(&asked, |asked| {
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(check(&shop, &people, &asked))
            })
        });
        if let Err(error) = ran {
            panic!("{error}\namong {people:#?}");
        }
    })
    .await;
}
