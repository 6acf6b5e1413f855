//! A shop to test: an owner, a default store, and a clock that a test turns.

use std::collections::BTreeSet;
use std::sync::Arc;

use galleria_app::bootstrap::{Beginning, FirstOwner};
use galleria_app::{App, Caller, bootstrap, credentials, roles, sessions::Subject, staff, unit};
use galleria_domain::{
    Actor, Permission, Principal, RequestId, Rights, StaffDraft, StaffId, StaffPermission,
    StoreChange, StoreId,
};

use crate::clock::TestClock;
use crate::database::TestDatabase;

/// What the owner of a test shop logs in with.
pub const OWNER_EMAIL: &str = "owner@example.com";
/// The password of everybody on the staff of a test shop.
pub const PASSWORD: &str = "seven quiet lamps";

/// A shop on a test database.
#[derive(Clone, Debug)]
pub struct TestShop {
    /// The shop.
    pub app: App,
    /// Its clock.
    pub clock: TestClock,
    /// Its default store.
    pub store: StoreId,
    /// Its owner.
    pub owner: StaffId,
}

impl TestShop {
    /// Begins a shop on a fresh database.
    pub async fn open(database: &TestDatabase) -> Self {
        let clock = TestClock::new();
        let app = App::new(database.open().await, Arc::new(clock.clone()));
        let begun = bootstrap::begin(&app, &beginning()).await.expect("a fresh shop begins");
        let owner = begun.owner.expect("a fresh shop gets its owner");
        Self { app, clock, store: begun.store.id, owner }
    }

    /// The owner, logged in.
    pub fn owner(&self) -> Caller {
        self.caller(Actor::Staff(self.owner.clone()), Rights::everything())
    }

    /// Somebody unknown at an address.
    pub fn visitor(&self, ip: &str) -> Caller {
        let caller = self.caller(Actor::Visitor(None), Rights::nothing());
        Caller { ip: Some(ip.to_owned()), ..caller }
    }

    /// Somebody with these rights, logged in.
    pub fn caller(&self, actor: Actor, rights: Rights) -> Caller {
        Caller {
            principal: Principal { actor, on_behalf_of: None },
            rights: rights.into(),
            request_id: RequestId::generate(),
            ip: Some("192.0.2.1".to_owned()),
            ..Caller::system(self.store.clone())
        }
    }

    /// Makes a member of the staff with a role of these permissions and [`PASSWORD`]; answers them
    /// logged in.
    pub async fn hire(&self, email: &str, permissions: &[Permission]) -> (StaffId, Caller) {
        let permissions: BTreeSet<StaffPermission> =
            permissions.iter().copied().map(StaffPermission::Host).collect();
        let owner = self.owner();
        let id = unit!(self.app.write(&owner), work => {
            let role = roles::create(work, &format!("role of {email}"), permissions.clone()).await?;
            let draft = StaffDraft {
                email: Some(email.to_owned()),
                name: Some("Somebody".to_owned()),
                roles: vec![role.id],
                active: None,
            };
            Ok(staff::create(work, &draft).await?.id)
        })
        .expect("the owner hires whom they like");
        let subject = Subject::Staff(id.clone());
        credentials::set(&self.app, &owner, &subject, PASSWORD).await.expect("a good password");
        let caller = self.caller(Actor::Staff(id.clone()), Rights::only(permissions));
        (id, caller)
    }
}

/// What a test shop begins with.
pub fn beginning() -> Beginning {
    let store = StoreChange {
        name: Some("Galerie".to_owned()),
        default_currency: Some("EUR".to_owned()),
        ..StoreChange::default()
    };
    let owner = FirstOwner {
        email: OWNER_EMAIL.to_owned(),
        name: "Olive".to_owned(),
        password: PASSWORD.to_owned(),
    };
    Beginning { store, owner: Some(owner) }
}
