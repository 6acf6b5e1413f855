//! Customers: the rules they are kept by, on both databases.

mod lists;
mod model;
mod people;
mod queries;
mod texts;

use std::time::Duration;

use galleria_app::customers::BulkAction;
use galleria_app::sessions::Subject;
use galleria_app::{AppError, Caller, Result, customers, unit};
use galleria_domain::{
    Actor, Change, Customer, CustomerChange, CustomerDraft, CustomerId, CustomerKind,
    CustomerStage, Day, FieldCode, Permission, Rights, SessionId, StaffPermission,
};
use galleria_storage::sessions::Session;
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;

/// A registered customer, as they would sign up.
pub(crate) fn registered(email: &str) -> CustomerDraft {
    CustomerDraft {
        kind: Some(CustomerKind::Registered),
        email: Some(email.to_owned()),
        ..CustomerDraft::default()
    }
}

pub(crate) async fn create(shop: &TestShop, draft: &CustomerDraft) -> Result<Customer> {
    let owner = shop.owner();
    unit!(shop.app.write(&owner), work => customers::create(work, draft.clone()).await)
        .map(|seen| seen.customer)
}

async fn get(shop: &TestShop, caller: &Caller, id: &CustomerId) -> Result<customers::SeenCustomer> {
    unit!(shop.app.read(caller), work => customers::get(work, id).await)
}

async fn update(
    shop: &TestShop,
    caller: &Caller,
    id: &CustomerId,
    change: CustomerChange,
) -> Result<Customer> {
    unit!(shop.app.write(caller), work => customers::update(work, id, &change, None).await)
        .map(|seen| seen.customer)
}

/// A member of the staff with these permissions and no others.
fn staff(shop: &TestShop, permissions: &[Permission]) -> Caller {
    let rights = Rights::only(permissions.iter().copied().map(StaffPermission::Host));
    shop.caller(Actor::Staff(shop.owner.clone()), rights)
}

/// A customer, logged in.
pub(crate) fn themselves(shop: &TestShop, id: &CustomerId) -> Caller {
    shop.caller(Actor::Customer(id.clone()), Rights::of_customer(id.clone()))
}

fn kind_of<T: std::fmt::Debug>(answer: Result<T>) -> &'static str {
    match answer.expect_err("this clashes") {
        AppError::Conflict { kind, .. } => kind,
        error => panic!("not a conflict: {error:?}"),
    }
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
async fn an_email_is_one_registered_customers_however_it_is_written() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        create(&shop, &registered("Ren\u{e9}@b\u{fc}cher.de")).await.unwrap();
        for same in [
            "ren\u{e9}@b\u{fc}cher.de",
            "RENe\u{301}@B\u{dc}CHER.DE ",
            " ren\u{e9}@xn--bcher-kva.de",
        ] {
            let answer = create(&shop, &registered(same)).await;
            let AppError::Conflict { kind, errors, .. } = answer.unwrap_err() else {
                panic!("{same}")
            };
            assert_eq!((kind, errors[0].path.as_str()), ("email-taken", "email"));
            assert_eq!(errors[0].code, FieldCode::Taken);
        }
        // The Turkish letters are others than ours.
        create(&shop, &registered("\u{131}@example.com")).await.unwrap();
        create(&shop, &registered("i@example.com")).await.unwrap();
        // Guests share an email with each other and with one who is registered.
        for _ in 0..2 {
            let guest = CustomerDraft { kind: None, ..registered("rené@bücher.de") };
            assert_eq!(create(&shop, &guest).await.unwrap().stage, CustomerStage::Lead);
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_who_register_an_email_at_once_one_wins() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        for round in 0..5 {
            let email = format!("race{round}@example.com");
            let (one, upper) = (registered(&email), registered(&email.to_uppercase()));
            let (first, second) = tokio::join!(create(&shop, &one), create(&shop, &upper));
            let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
            won.unwrap();
            assert_eq!(kind_of(lost), "email-taken");
        }
    })
    .await;
}

#[tokio::test]
async fn an_email_is_free_again_when_its_customer_is_deleted() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let first = create(&shop, &registered("again@example.com")).await.unwrap();
        unit!(shop.app.write(&owner), work => customers::delete(work, &first.id, None).await)
            .unwrap();
        assert!(matches!(get(&shop, &owner, &first.id).await, Err(AppError::NotFound("customer"))));
        let second = create(&shop, &registered("again@example.com")).await.unwrap();
        let found = unit!(shop.app.read(&owner), work => {
            customers::find_by_email(work, "AGAIN@example.com").await
        });
        assert_eq!(found.unwrap(), Some(second.id));
    })
    .await;
}

#[tokio::test]
async fn an_email_cannot_be_changed_to_one_that_is_taken_and_nothing_else_is_changed_either() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        create(&shop, &registered("one@example.com")).await.unwrap();
        let two = create(&shop, &registered("two@example.com")).await.unwrap();
        let change = CustomerChange {
            email: Change::Set("ONE@example.com".into()),
            first_name: Some("Two".into()),
            ..CustomerChange::default()
        };
        assert_eq!(kind_of(update(&shop, &owner, &two.id, change).await), "email-taken");
        assert_eq!(get(&shop, &owner, &two.id).await.unwrap().customer, two);
        // A guest who becomes registered brings their email into play.
        let guest =
            CustomerDraft { kind: Some(CustomerKind::Guest), ..registered("one@example.com") };
        let guest = create(&shop, &guest).await.unwrap();
        let change =
            CustomerChange { kind: Some(CustomerKind::Registered), ..CustomerChange::default() };
        assert_eq!(kind_of(update(&shop, &owner, &guest.id, change).await), "email-taken");
    })
    .await;
}

#[tokio::test]
async fn numbers_count_up_in_a_store_without_a_gap() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        assert_eq!(create(&shop, &CustomerDraft::default()).await.unwrap().number, 1);
        // What fails takes no number.
        assert_eq!(mistakes_of(create(&shop, &registered("nonsense")).await)[0].0, "email");
        let drafts = vec![CustomerDraft::default(); 3];
        let ids = unit!(shop.app.write(&owner), work => {
            customers::create_many(work, drafts.clone(), galleria_domain::CreatedVia::Import).await
        });
        assert_eq!(ids.unwrap().len(), 3);
        assert_eq!(create(&shop, &CustomerDraft::default()).await.unwrap().number, 5);
    })
    .await;
}

#[tokio::test]
async fn a_customer_is_read_as_they_were_stored() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let full = people::customer_with_everything(&shop);
        unit!(shop.app.write(&owner), work => {
            Ok(galleria_storage::customers::insert(work.unit(), &full).await?)
        })
        .unwrap();
        assert_eq!(get(&shop, &owner, &full.id).await.unwrap().customer, full);
    })
    .await;
}

#[tokio::test]
async fn whoever_changes_what_another_changed_meanwhile_is_told_the_version() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let customer = create(&shop, &registered("v@example.com")).await.unwrap();
        let named = |name: &str| CustomerChange { first_name: Some(name.into()), ..CustomerChange::default() };
        let second = update(&shop, &owner, &customer.id, named("Ada")).await.unwrap();
        assert_eq!((customer.version, second.version), (1, 2));
        let stale = unit!(shop.app.write(&owner), work => {
            customers::update(work, &customer.id, &named("Eve"), Some(1)).await
        });
        assert!(matches!(stale, Err(AppError::Stale(2))));
        // What changes nothing is no new version.
        assert_eq!(update(&shop, &owner, &customer.id, named("Ada")).await.unwrap().version, 2);
        let stale = unit!(shop.app.write(&owner), work => customers::delete(work, &customer.id, Some(1)).await);
        assert!(matches!(stale, Err(AppError::Stale(2))));
    })
    .await;
}

#[tokio::test]
async fn a_stage_only_moves_forward() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let visitor = create(&shop, &CustomerDraft::default()).await.unwrap();
        assert_eq!(visitor.stage, CustomerStage::Visitor);
        let email = CustomerChange {
            email: Change::Set("s@example.com".into()),
            ..CustomerChange::default()
        };
        assert_eq!(
            update(&shop, &owner, &visitor.id, email).await.unwrap().stage,
            CustomerStage::Lead
        );
        let to = |stage| CustomerChange { stage: Some(stage), ..CustomerChange::default() };
        let answer = update(&shop, &owner, &visitor.id, to(CustomerStage::Customer)).await;
        assert_eq!(answer.unwrap().stage, CustomerStage::Customer);
        let back = update(&shop, &owner, &visitor.id, to(CustomerStage::Lead)).await;
        assert_eq!(mistakes_of(back), [("stage".to_owned(), FieldCode::Range)]);
    })
    .await;
}

#[tokio::test]
async fn dates_of_birth_are_days_of_the_calendar_that_have_come() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let born = |day: &str| CustomerDraft {
            date_of_birth: Some(day.into()),
            ..CustomerDraft::default()
        };
        let leapling = create(&shop, &born("2024-02-29")).await.unwrap();
        assert_eq!(leapling.date_of_birth, Day::new(2024, 2, 29));
        // It is 2026-03-07 where the store is.
        create(&shop, &born("2026-03-07")).await.unwrap();
        for (bad, code) in [
            ("2026-03-08", FieldCode::Range),
            ("1899-12-31", FieldCode::Range),
            ("2023-02-29", FieldCode::Malformed),
            ("29.02.2024", FieldCode::Malformed),
        ] {
            let path = "date_of_birth".to_owned();
            assert_eq!(mistakes_of(create(&shop, &born(bad)).await), [(path, code)], "{bad}");
        }
    })
    .await;
}

async fn log_in(shop: &TestShop, id: &CustomerId) -> Session {
    let owner = shop.owner();
    unit!(shop.app.write(&owner), work => {
        let now = work.now();
        let session = Session {
            id: SessionId::generate(),
            subject: Subject::Customer(id.clone()),
            store: Some(shop.store.clone()),
            csrf_hash: None,
            assurance: galleria_domain::Assurance::Password,
            link: None,
            created_at: now,
            last_seen_at: now,
            idle_expires_at: now.plus(Duration::from_hours(1)),
            expires_at: now.plus(Duration::from_hours(1)),
            ip: None,
            user_agent: None,
        };
        let token = session.id.as_str().to_owned();
        galleria_storage::sessions::insert(work.unit(), &session, &token).await?;
        Ok(session)
    })
    .unwrap()
}

async fn sessions_of(shop: &TestShop, id: &CustomerId) -> usize {
    let owner = shop.owner();
    let subject = Subject::Customer(id.clone());
    unit!(shop.app.read(&owner), work => galleria_app::sessions::list(work, &subject).await)
        .unwrap()
        .len()
}

#[tokio::test]
async fn deactivating_ends_sessions_and_activating_brings_none_back() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = create(&shop, &registered("d@example.com")).await.unwrap().id;
        log_in(&shop, &id).await;
        log_in(&shop, &id).await;
        assert_eq!(sessions_of(&shop, &id).await, 2);
        let off =
            unit!(shop.app.write(&owner), work => customers::deactivate(work, &id, None).await);
        assert!(!off.unwrap().customer.active);
        assert_eq!(sessions_of(&shop, &id).await, 0);
        let on = unit!(shop.app.write(&owner), work => customers::activate(work, &id, None).await);
        assert!(on.unwrap().customer.active);
        assert_eq!(sessions_of(&shop, &id).await, 0);

        log_in(&shop, &id).await;
        let inactive = CustomerChange { active: Some(false), ..CustomerChange::default() };
        update(&shop, &owner, &id, inactive).await.unwrap();
        assert_eq!(sessions_of(&shop, &id).await, 0);
    })
    .await;
}

#[tokio::test]
async fn many_are_treated_at_once_and_those_who_are_not_there_are_named() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let one = create(&shop, &registered("b1@example.com")).await.unwrap().id;
        let two = create(&shop, &registered("b2@example.com")).await.unwrap().id;
        let nobody = CustomerId::generate();
        log_in(&shop, &two).await;
        let ids = [one.clone(), nobody.clone(), two.clone()];
        let refused = unit!(shop.app.write(&owner), work => {
            customers::bulk(work, &ids, BulkAction::Delete).await
        });
        assert_eq!(refused.unwrap().into_iter().map(|refusal| refusal.id).collect::<Vec<_>>(), [nobody]);
        assert!(get(&shop, &owner, &one).await.is_err());
        assert_eq!(sessions_of(&shop, &two).await, 0);
        let many = vec![one; 1_001];
        let answer = unit!(shop.app.write(&owner), work => customers::bulk(work, &many, BulkAction::Unlock).await);
        assert_eq!(mistakes_of(answer), [("ids".to_owned(), FieldCode::TooLong)]);
    })
    .await;
}

#[tokio::test]
async fn without_the_right_to_personal_data_nothing_says_who_a_customer_is() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let full = people::customer_with_everything(&shop);
        let owner = shop.owner();
        unit!(shop.app.write(&owner), work => {
            Ok(galleria_storage::customers::insert(work.unit(), &full).await?)
        })
        .unwrap();
        let masked = staff(&shop, &[Permission::CustomersRead]);
        let seen = get(&shop, &masked, &full.id).await.unwrap();
        assert!(seen.is_masked);
        let differing = customers::changed_fields(&full, &seen.customer);
        assert_eq!(
            differing,
            [
                "email", "email_verified_at", "email_alt", "phone", "phone_alt", "fax", "title",
                "first_name", "last_name", "company", "gender", "date_of_birth", "vat_number",
                "admin_comment", "external_ref", "custom", "last_ip",
            ]
        );
        let answer = unit!(shop.app.read(&masked), work => customers::find_by_email(work, "a@example.com").await);
        assert!(matches!(answer, Err(AppError::PermissionDenied(_))));
        let nobody = staff(&shop, &[]);
        assert!(matches!(get(&shop, &nobody, &full.id).await, Err(AppError::PermissionDenied(_))));
    })
    .await;
}

#[tokio::test]
async fn customers_see_and_change_themselves_alone() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let draft = CustomerDraft {
            admin_comment: Some("pays late".into()),
            ..registered("me@example.com")
        };
        let me = create(&shop, &draft).await.unwrap();
        let other = create(&shop, &registered("other@example.com")).await.unwrap();
        let caller = themselves(&shop, &me.id);
        let seen = get(&shop, &caller, &me.id).await.unwrap();
        assert!(!seen.is_masked);
        assert_eq!(seen.customer.admin_comment, "");
        assert!(matches!(
            get(&shop, &caller, &other.id).await,
            Err(AppError::NotFound("customer"))
        ));
        let named = CustomerChange { first_name: Some("Mia".into()), ..CustomerChange::default() };
        update(&shop, &caller, &me.id, named.clone()).await.unwrap();
        let answer = update(&shop, &caller, &other.id, named).await;
        assert!(matches!(answer, Err(AppError::NotFound("customer"))));
        let many = unit!(shop.app.read(&caller), work => {
            customers::get_many(work, &[other.id.clone(), me.id.clone()]).await
        });
        assert_eq!(many.unwrap().len(), 1);

        let theirs = CustomerChange {
            tax_exempt: Some(true),
            stage: Some(CustomerStage::Customer),
            email: Change::Set("new@example.com".into()),
            ..CustomerChange::default()
        };
        let paths: Vec<_> = mistakes_of(update(&shop, &caller, &me.id, theirs).await)
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        assert_eq!(paths, ["stage", "email", "tax_exempt"]);
        let answer =
            unit!(shop.app.write(&caller), work => customers::deactivate(work, &me.id, None).await);
        assert!(matches!(answer, Err(AppError::PermissionDenied(_))));
        assert_eq!(get(&shop, &owner, &me.id).await.unwrap().customer.admin_comment, "pays late");
    })
    .await;
}

#[tokio::test]
async fn a_customer_of_another_store_is_not_there() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let here = create(&shop, &registered("same@example.com")).await.unwrap();
        let draft = galleria_domain::StoreChange {
            name: Some("Elsewhere".into()),
            default_currency: Some("CHF".into()),
            ..Default::default()
        };
        let other =
            unit!(shop.app.write(&owner), work => galleria_app::stores::create(work, &draft).await)
                .unwrap();
        let there = Caller { store: other.id, ..shop.owner() };
        assert!(matches!(get(&shop, &there, &here.id).await, Err(AppError::NotFound("customer"))));
        // Emails and numbers are each store's own.
        let same = unit!(shop.app.write(&there), work => {
            customers::create(work, registered("same@example.com")).await
        });
        assert_eq!(same.unwrap().customer.number, 1);
    })
    .await;
}

#[tokio::test]
async fn every_change_is_on_record_without_what_it_said() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let owner = shop.owner();
        let id = create(&shop, &registered("audit@example.com")).await.unwrap().id;
        let change = CustomerChange {
            first_name: Some("Secret".into()),
            phone: Change::Set("0171".into()),
            ..CustomerChange::default()
        };
        update(&shop, &owner, &id, change).await.unwrap();
        unit!(shop.app.write(&owner), work => customers::delete(work, &id, None).await).unwrap();
        let filter = galleria_app::audit::AuditFilter { object: Some(id.to_string()), ..Default::default() };
        let page = galleria_domain::PageRequest::first(10);
        let entries = unit!(shop.app.read(&owner), work => galleria_app::audit::list(work, &filter, &page).await);
        let entries: Vec<_> = entries
            .unwrap()
            .items
            .into_iter()
            .map(|entry| (entry.event.action, entry.event.detail))
            .collect();
        assert_eq!(
            entries,
            [
                ("customer.delete".to_owned(), None),
                ("customer.update".to_owned(), Some(r#"{"fields":["phone","first_name"]}"#.to_owned())),
                ("customer.create".to_owned(), None),
            ]
        );
    })
    .await;
}
