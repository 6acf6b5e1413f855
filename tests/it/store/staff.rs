//! Staff: an owner always stays, and nobody gives a right that they don't have.

use galleria_app::authentication::{self, Client, Login, LoginOutcome};
use galleria_app::sessions::Subject;
use galleria_app::{AppError, credentials, roles, staff, unit};
use galleria_domain::{
    PageRequest, Permission, RoleId, StaffChange, StaffDraft, StaffId, StaffPermission,
};
use galleria_tests::database::on_both;
use galleria_tests::shop::{PASSWORD, TestShop};

async fn owner_role(shop: &TestShop) -> RoleId {
    let owner = shop.owner();
    let all = unit!(shop.app.read(&owner), work => roles::list(work).await).unwrap();
    all.into_iter().find(|role| role.owner).unwrap().id
}

fn change_roles(roles: &[&RoleId]) -> StaffChange {
    let roles = roles.iter().map(|role| (*role).clone()).collect();
    StaffChange { roles: Some(roles), ..StaffChange::default() }
}

fn resting() -> StaffChange {
    StaffChange { active: Some(false), ..StaffChange::default() }
}

fn kind<T: std::fmt::Debug>(answer: Result<T, AppError>) -> &'static str {
    match answer {
        Err(AppError::Conflict { kind, .. }) => kind,
        answer => panic!("{answer:?}"),
    }
}

fn denied<T: std::fmt::Debug>(answer: Result<T, AppError>) -> String {
    match answer {
        Err(AppError::PermissionDenied(permission)) => permission,
        answer => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn the_last_active_owner_can_be_neither_demoted_nor_put_to_rest_nor_deleted() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (owner, id) = (shop.owner(), shop.owner.clone());
        let (other, _) = shop.hire("clerk@example.com", &[Permission::CustomersRead]).await;
        for change in [change_roles(&[]), resting()] {
            let answer =
                unit!(shop.app.write(&owner), work => staff::update(work, &id, &change, None).await);
            assert_eq!(kind(answer), "last-owner");
        }
        let answer = unit!(shop.app.write(&owner), work => staff::delete(work, &id, None).await);
        assert_eq!(kind(answer), "last-owner");
        // With another owner they may go.
        let change = change_roles(&[&owner_role(&shop).await]);
        unit!(shop.app.write(&owner), work => staff::update(work, &other, &change, None).await)
            .unwrap();
        unit!(shop.app.write(&owner), work => staff::delete(work, &id, None).await).unwrap();
        let answer = unit!(shop.app.read(&owner), work => staff::get(work, &id).await);
        assert!(matches!(answer, Ok(_) | Err(AppError::NotFound("staff"))));
        assert!(answer.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_owners_who_put_each_other_to_rest_at_once_do_not_both_succeed() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let (other, _) = shop.hire("second@example.com", &[]).await;
        let change = change_roles(&[&owner_role(&shop).await]);
        unit!(shop.app.write(&owner), work => staff::update(work, &other, &change, None).await)
            .unwrap();
        let both = [shop.owner.clone(), other].map(|target: StaffId| {
            let (app, owner) = (shop.app.clone(), owner.clone());
            tokio::spawn(async move {
                let change = resting();
                unit!(app.write(&owner), work => staff::update(work, &target, &change, None).await)
                    .is_ok()
            })
        });
        let mut succeeded = 0;
        for one in both {
            succeeded += u32::from(one.await.unwrap());
        }
        assert_eq!(succeeded, 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_gives_a_right_that_they_do_not_have() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let rights = [Permission::StaffRead, Permission::StaffWrite, Permission::CustomersRead];
        let (id, clerk) = shop.hire("clerk@example.com", &rights).await;
        let owner_role = owner_role(&shop).await;
        let more = StaffPermission::from(Permission::CustomersDelete);
        let answer = unit!(shop.app.write(&clerk), work => {
            roles::create(work, "more", [more.clone()]).await
        });
        assert_eq!(denied(answer), "customers:delete");
        let change = change_roles(&[&owner_role]);
        let answer =
            unit!(shop.app.write(&clerk), work => staff::update(work, &id, &change, None).await);
        assert_eq!(denied(answer), "owner");
        let draft = StaffDraft {
            email: Some("puppet@example.com".into()),
            name: Some("Puppet".into()),
            roles: vec![owner_role],
            active: None,
        };
        let answer = unit!(shop.app.write(&clerk), work => staff::create(work, &draft).await);
        assert_eq!(denied(answer), "owner");
        let plugins = "x:customer-roles:roles:manage".parse::<StaffPermission>().unwrap();
        let answer = unit!(shop.app.write(&clerk), work => {
            roles::create(work, "plugins", [plugins.clone()]).await
        });
        assert_eq!(denied(answer), "x:customer-roles:roles:manage");
    })
    .await;
}

#[tokio::test]
async fn nobody_takes_over_or_removes_who_may_do_more() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let rights = [Permission::StaffRead, Permission::StaffWrite];
        let (_, clerk) = shop.hire("clerk@example.com", &rights).await;
        let id = shop.owner.clone();
        let email = Some("mine@example.com".to_owned());
        let change = StaffChange { email, ..StaffChange::default() };
        for change in [change, resting()] {
            let answer =
                unit!(shop.app.write(&clerk), work => staff::update(work, &id, &change, None).await);
            assert_eq!(denied(answer), "owner");
        }
        let answer = unit!(shop.app.write(&clerk), work => staff::delete(work, &id, None).await);
        assert_eq!(denied(answer), "owner");
        let answer = unit!(shop.app.write(&clerk), work => staff::unlock(work, &id).await);
        assert_eq!(denied(answer), "owner");
        let subject = Subject::Staff(id.clone());
        let answer = credentials::set(&shop.app, &clerk, &subject, "eight loud lamps").await;
        assert_eq!(denied(answer), "owner");
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_write_staff_changes_nothing_about_them() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (id, clerk) = shop.hire("clerk@example.com", &[Permission::StaffRead]).await;
        let change = StaffChange { name: Some("Boss".into()), ..StaffChange::default() };
        let answer =
            unit!(shop.app.write(&clerk), work => staff::update(work, &id, &change, None).await);
        assert_eq!(denied(answer), "staff:write");
        let stranger = shop.visitor("192.0.2.9");
        let answer = unit!(shop.app.read(&stranger), work => staff::get(work, &id).await);
        assert_eq!(denied(answer), "staff:read");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_given_or_taken_a_right_has_to_log_in_again() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let (id, _) = shop.hire("clerk@example.com", &[Permission::CustomersRead]).await;
        let at = shop.visitor("192.0.2.1");
        let log_in = async || {
            let client = Client::default();
            let login = Login { email: "clerk@example.com", password: PASSWORD, client };
            match authentication::staff_login(&shop.app, &at, &login).await.unwrap() {
                LoginOutcome::LoggedIn(logged_in) => logged_in,
                outcome => panic!("{outcome:?}"),
            }
        };
        let is_in =
            async |token: &str| authentication::session_resume(&shop.app, &at, token).await.is_ok();
        let clerk = unit!(shop.app.read(&owner), work => staff::get(work, &id).await).unwrap();
        let role = clerk.roles.first().unwrap().clone();

        let session = log_in().await;
        unit!(shop.app.write(&owner), work => {
            roles::update(work, &role, Some("Renamed"), None, None).await
        })
        .unwrap();
        assert!(is_in(session.token.as_str()).await);
        let wider = vec![Permission::CustomersRead.into(), Permission::CustomersWrite.into()];
        unit!(shop.app.write(&owner), work => {
            roles::update(work, &role, None, Some(wider.clone()), None).await
        })
        .unwrap();
        assert!(!is_in(session.token.as_str()).await);

        let session = log_in().await;
        assert!(session.caller.may(Permission::CustomersWrite));
        unit!(shop.app.write(&owner), work => roles::delete(work, &role, None).await).unwrap();
        assert!(!is_in(session.token.as_str()).await);

        let session = log_in().await;
        assert!(!session.caller.may(Permission::CustomersRead));
        let change = resting();
        unit!(shop.app.write(&owner), work => staff::update(work, &id, &change, None).await)
            .unwrap();
        assert!(!is_in(session.token.as_str()).await);
    })
    .await;
}

#[tokio::test]
async fn an_email_and_a_role_name_belong_to_one_alone() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let (one, _) = shop.hire("one@example.com", &[Permission::CustomersRead]).await;
        shop.hire("two@example.com", &[Permission::CustomersRead]).await;
        let draft = StaffDraft {
            email: Some("ONE@example.com".into()),
            name: Some("Copy".into()),
            ..StaffDraft::default()
        };
        let answer = unit!(shop.app.write(&owner), work => staff::create(work, &draft).await);
        assert_eq!(kind(answer), "email-taken");
        let change =
            StaffChange { email: Some("two@EXAMPLE.com".into()), ..StaffChange::default() };
        let answer =
            unit!(shop.app.write(&owner), work => staff::update(work, &one, &change, None).await);
        assert_eq!(kind(answer), "email-taken");
        let answer = unit!(shop.app.write(&owner), work => {
            roles::create(work, "role of one@example.com", []).await
        });
        assert_eq!(kind(answer), "role-name-taken");
    })
    .await;
}

#[tokio::test]
async fn a_version_that_is_not_the_one_stored_is_stale() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let owner = shop.owner();
        let (id, _) = shop.hire("one@example.com", &[]).await;
        let change = StaffChange { name: Some("Uno".into()), ..StaffChange::default() };
        let answer =
            unit!(shop.app.write(&owner), work => staff::update(work, &id, &change, Some(1)).await);
        assert_eq!(answer.unwrap().version, 2);
        let answer =
            unit!(shop.app.write(&owner), work => staff::update(work, &id, &change, Some(1)).await);
        assert!(matches!(answer, Err(AppError::Stale(2))));
        let answer = unit!(shop.app.write(&owner), work => staff::delete(work, &id, Some(1)).await);
        assert!(matches!(answer, Err(AppError::Stale(2))));
    })
    .await;
}

#[tokio::test]
async fn the_staff_is_listed_page_by_page_with_their_roles() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        for email in ["a@example.com", "b@example.com", "c@example.com"] {
            shop.hire(email, &[Permission::CustomersRead]).await;
        }
        let (owner, mut request, mut seen) = (shop.owner(), PageRequest::first(2), Vec::new());
        loop {
            let page = unit!(shop.app.read(&owner), work => staff::list(work, &request).await);
            let page = page.unwrap();
            seen.extend(page.items);
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => break,
            }
        }
        let emails: Vec<_> = seen.iter().map(|staff| staff.email.as_str()).collect();
        assert_eq!(
            emails,
            ["owner@example.com", "a@example.com", "b@example.com", "c@example.com"]
        );
        assert!(seen.iter().all(|staff| staff.roles.len() == 1));
    })
    .await;
}
