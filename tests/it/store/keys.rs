//! API keys: no more than whoever made them, for as long as they say.

use std::collections::BTreeSet;
use std::time::Duration;

use galleria_app::api_keys::{self, ApiKeyDraft, CreatedApiKey};
use galleria_app::authentication::{ResumedApiKey, api_key_resume};
use galleria_app::{AppError, Caller, staff, unit};
use galleria_domain::{Actor, FieldCode, PageRequest, Permission, StaffChange, StaffPermission};
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;

fn draft(permissions: &[Permission]) -> ApiKeyDraft {
    let permissions: BTreeSet<_> = permissions.iter().copied().map(StaffPermission::Host).collect();
    ApiKeyDraft { name: "till".to_owned(), staff: None, permissions, expires_at: None }
}

async fn create(
    shop: &TestShop,
    caller: &Caller,
    draft: &ApiKeyDraft,
) -> Result<CreatedApiKey, AppError> {
    unit!(shop.app.write(caller), work => api_keys::create(work, draft).await)
}

async fn resume(shop: &TestShop, bearer: &str) -> Result<ResumedApiKey, AppError> {
    api_key_resume(&shop.app, &shop.visitor("192.0.2.1"), bearer).await
}

fn is_nobody(answer: &Result<ResumedApiKey, AppError>) -> bool {
    matches!(answer, Err(AppError::Unauthenticated))
}

#[tokio::test]
async fn a_key_does_what_both_it_and_its_owner_may() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let rights = [Permission::ApiKeysWrite, Permission::CustomersRead];
        let (id, clerk) = shop.hire("clerk@example.com", &rights).await;
        let made = create(&shop, &clerk, &draft(&[Permission::CustomersRead])).await.unwrap();
        let caller = resume(&shop, made.bearer.as_str()).await.unwrap().caller;
        assert_eq!(caller.principal.actor, Actor::Staff(id.clone()));
        assert!(caller.may(Permission::CustomersRead));
        assert!(!caller.may(Permission::ApiKeysWrite));
        // What its owner loses, the key loses.
        let (owner, none) =
            (shop.owner(), StaffChange { roles: Some(vec![]), ..Default::default() });
        unit!(shop.app.write(&owner), work => staff::update(work, &id, &none, None).await).unwrap();
        let caller = resume(&shop, made.bearer.as_str()).await.unwrap().caller;
        assert!(!caller.may(Permission::CustomersRead));
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_do_more_than_they() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let rights = [Permission::ApiKeysWrite];
        let (_, clerk) = shop.hire("clerk@example.com", &rights).await;
        let answer = create(&shop, &clerk, &draft(&[Permission::CustomersRead])).await;
        assert!(
            matches!(answer, Err(AppError::PermissionDenied(name)) if name == "customers:read")
        );
        let for_owner = ApiKeyDraft { staff: Some(shop.owner.clone()), ..draft(&rights) };
        let answer = create(&shop, &clerk, &for_owner).await;
        assert!(matches!(answer, Err(AppError::PermissionDenied(name)) if name == "owner"));
        let (_, other) = shop.hire("other@example.com", &[Permission::CustomersRead]).await;
        let answer = create(&shop, &other, &draft(&[])).await;
        assert!(
            matches!(answer, Err(AppError::PermissionDenied(name)) if name == "api-keys:write")
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_is_worth_nothing_once_it_is_revoked_or_has_ended_or_its_owner_rests() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let revoked = create(&shop, &owner, &draft(&[])).await.unwrap();
        assert!(resume(&shop, revoked.bearer.as_str()).await.is_ok());
        let id = revoked.key.id.clone();
        unit!(shop.app.write(&owner), work => api_keys::revoke(work, &id).await).unwrap();
        assert!(is_nobody(&resume(&shop, revoked.bearer.as_str()).await));
        let again = unit!(shop.app.write(&owner), work => api_keys::revoke(work, &id).await);
        assert!(matches!(again, Err(AppError::NotFound("API key"))));

        let (id, clerk) = shop.hire("clerk@example.com", &[Permission::ApiKeysWrite]).await;
        let made = create(&shop, &clerk, &draft(&[])).await.unwrap();
        let resting = StaffChange { active: Some(false), ..StaffChange::default() };
        unit!(shop.app.write(&owner), work => staff::update(work, &id, &resting, None).await)
            .unwrap();
        assert!(is_nobody(&resume(&shop, made.bearer.as_str()).await));

        let yearly = create(&shop, &owner, &draft(&[])).await.unwrap();
        shop.clock.advance(Duration::from_hours(365 * 24) - Duration::from_secs(1));
        assert!(resume(&shop, yearly.bearer.as_str()).await.is_ok());
        shop.clock.advance(Duration::from_secs(1));
        assert!(is_nobody(&resume(&shop, yearly.bearer.as_str()).await));
    })
    .await;
}

#[tokio::test]
async fn only_the_whole_key_opens() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let one = create(&shop, &owner, &draft(&[])).await.unwrap();
        let other = create(&shop, &owner, &draft(&[])).await.unwrap();
        let bearer = one.bearer.as_str();
        let (_, foreign_secret) = other.bearer.as_str().split_at(9 + 36);
        let mixed = format!("{}{foreign_secret}", &bearer[..9 + 36]);
        let cut = &bearer[..bearer.len() - 1];
        for bad in ["", "galleria_", "Bearer x", one.key.id.as_str(), cut, mixed.as_str()] {
            assert!(is_nobody(&resume(&shop, bad).await), "{bad}");
        }
        assert!(resume(&shop, bearer).await.is_ok());
        let secret = &bearer[9 + 36 + 1..];
        assert_eq!(test.count_containing("api_keys", secret).await, 0);
        assert_eq!(test.count_containing("audit_log", secret).await, 0);
    })
    .await;
}

#[tokio::test]
async fn every_mistake_about_a_key_is_named() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let now = galleria_app::Clock::now(&shop.clock);
        let bad = ApiKeyDraft {
            name: " ".to_owned(),
            expires_at: Some(now),
            ..draft(&[Permission::StorageUse])
        };
        let Err(AppError::Invalid(errors)) = create(&shop, &shop.owner(), &bad).await else {
            panic!("it must be refused")
        };
        let named: Vec<_> = errors.iter().map(|error| (error.path.as_str(), error.code)).collect();
        assert_eq!(
            named,
            [
                ("name", FieldCode::Required),
                ("permissions.0", FieldCode::Range),
                ("expires_at", FieldCode::Range),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn keys_are_listed_page_by_page_without_their_secrets() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(create(&shop, &owner, &draft(&[])).await.unwrap().key);
        }
        let of = Some(shop.owner.clone());
        let first = unit!(shop.app.read(&owner), work => {
            api_keys::list(work, of.as_ref(), &PageRequest::first(2)).await
        })
        .unwrap();
        assert_eq!(first.items, made[..2]);
        let request = PageRequest { limit: 2, cursor: first.next };
        let last = unit!(shop.app.read(&owner), work => {
            api_keys::list(work, of.as_ref(), &request).await
        })
        .unwrap();
        assert_eq!((last.items.as_slice(), last.next), (&made[2..], None));
        let other_query = unit!(shop.app.read(&owner), work => {
            api_keys::list(work, None, &request).await
        });
        assert!(
            matches!(other_query, Err(AppError::Invalid(errors)) if errors[0].path == "cursor")
        );
    })
    .await;
}
