//! The beginning of a shop: its first store, the role of owners, and its first owner.

use galleria_domain::{
    EmailAddress, Role, RoleId, StaffDraft, StaffId, StaffUser, Store, StoreChange, StoreId,
};
use galleria_storage::{roles, staff, stores};
use serde_json::json;

use crate::app::App;
use crate::caller::Caller;
use crate::credentials::{self, PasswordHash};
use crate::error::{AppError, Result};
use crate::roles::ROLES_MAX;
use crate::sessions::Subject;
use crate::work::Work;
use crate::{audit, unit};

/// What a shop begins with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The first store, which is the default one.
    pub store: StoreChange,
    /// The first owner; `None` leaves the shop without, for as long as nobody is named.
    pub owner: Option<FirstOwner>,
}

/// The first owner.
#[derive(Clone)]
pub struct FirstOwner {
    /// What they log in with.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// Their password.
    pub password: String,
}

/// Shows nothing of the password.
impl std::fmt::Debug for FirstOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstOwner").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What there is when the shop has begun.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Begun {
    /// The default store.
    pub store: Store,
    /// The owner who was made; `None` if there was one already, or none was named.
    pub owner: Option<StaffId>,
}

/// Makes what a shop needs to begin, as far as it isn't there; several hosts may do so at once. A
/// shop that has begun stays as it is: neither its store nor its owner is changed.
pub async fn begin(app: &App, beginning: &Beginning) -> Result<Begun> {
    // Nobody acts in a store yet; the entry in the audit log needs one to be in.
    let at = Caller::system(StoreId::generate());
    let has_owner = unit!(app.read(&at), work => has_owner(work).await)?;
    let hash = match &beginning.owner {
        Some(owner) if !has_owner => {
            let email = owner.email.parse::<EmailAddress>().ok();
            let hash =
                credentials::hash_first(app, "owner.password", &owner.password, email.as_ref());
            Some(hash.await?)
        }
        _ => None,
    };
    unit!(app.write(&at), work => make(work, beginning, hash.as_ref()).await)
}

async fn make(
    work: &mut Work,
    beginning: &Beginning,
    hash: Option<&PasswordHash>,
) -> Result<Begun> {
    let store = match stores::find_default(work.unit()).await? {
        Some(store) => store,
        None => make_store(work, &beginning.store).await?,
    };
    let here = Caller { store: store.id.clone(), ..work.caller().clone() };
    work.set_caller(here);
    let owners = owner_role(work).await?;
    let owner = match (&beginning.owner, hash) {
        (Some(owner), Some(hash)) if !has_owner(work).await? => {
            Some(make_owner(work, owner, &owners, hash).await?)
        }
        _ => None,
    };
    Ok(Begun { store, owner })
}

async fn make_store(work: &mut Work, draft: &StoreChange) -> Result<Store> {
    let store = Store::create(draft, work.caller().store.clone())?;
    let now = work.now();
    stores::insert(work.unit(), &store, true, now).await?;
    audit::append(work, "store.create", store.id.as_str(), &json!(null)).await?;
    Ok(store)
}

async fn owner_role(work: &mut Work) -> Result<Role> {
    let known = roles::list(work.unit(), ROLES_MAX).await?;
    if let Some(role) = known.into_iter().find(|role| role.owner) {
        return Ok(role);
    }
    let role = Role::owner(RoleId::generate());
    let now = work.now();
    roles::insert(work.unit(), &role, now).await?;
    Ok(role)
}

async fn make_owner(
    work: &mut Work,
    owner: &FirstOwner,
    role: &Role,
    hash: &PasswordHash,
) -> Result<StaffId> {
    let draft = StaffDraft {
        email: Some(owner.email.clone()),
        name: Some(owner.name.clone()),
        roles: vec![role.id.clone()],
        active: Some(true),
    };
    let known = std::slice::from_ref(role);
    let staff = StaffUser::create(&draft, StaffId::generate(), known, work.now())?;
    staff::insert(work.unit(), &staff).await.map_err(|error| match error {
        galleria_storage::StorageError::Taken(_) => {
            AppError::conflict("email-taken", "another member of the staff has this email")
        }
        error => error.into(),
    })?;
    credentials::put_first(work, &Subject::Staff(staff.id.clone()), hash, false).await?;
    audit::append(work, "staff.create", staff.id.as_str(), &json!({ "roles": [role.id] })).await?;
    Ok(staff.id)
}

/// Whether there is an active owner.
async fn has_owner(work: &mut Work) -> Result<bool> {
    // Nobody has the id of somebody who isn't made yet, so that none is left out.
    Ok(staff::count_other_owners(work.unit(), &StaffId::generate()).await? > 0)
}
