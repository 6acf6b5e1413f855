//! The merchant's staff: people with roles, which hold permissions.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::email::EmailAddress;
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{CustomerId, RoleId, StaffId};
use crate::permission::{Rights, StaffPermission};
use crate::text::TextRule;
use crate::time::Instant;

/// The most roles that somebody can have.
pub const STAFF_ROLES_MAX: usize = 50;

const NAME: TextRule = TextRule::line(256);

/// A member of the staff, who logs in to the console.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StaffUser {
    /// Names them for ever.
    pub id: StaffId,
    /// Grows by one with each change.
    pub version: u64,
    /// Unique among all staff, by its normal form.
    pub email: EmailAddress,
    /// What they are called; never empty.
    pub name: String,
    /// What they may do: all that any of these roles allows.
    pub roles: BTreeSet<RoleId>,
    /// Whether they may log in.
    pub active: bool,
    /// Their own customer account, if they have one: nobody acts for it but themselves.
    pub linked_customer: Option<CustomerId>,
    /// Until when they can't log in after too many failures, unless somebody unlocks them.
    pub locked_until: Option<Instant>,
    /// When they were made.
    pub created_at: Instant,
    /// When they last logged in.
    pub last_login_at: Option<Instant>,
    /// Where from.
    pub last_ip: Option<IpAddr>,
}

/// What a member of the staff is to be made of, as it was given; nothing of it is checked yet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "`StaffUser` says what they mean")]
pub struct StaffDraft {
    pub email: Option<String>,
    pub name: Option<String>,
    pub roles: Vec<RoleId>,
    pub active: Option<bool>,
}

/// What is to be different about a member of the staff; what isn't named stays.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "`StaffUser` says what they mean")]
pub struct StaffChange {
    pub email: Option<String>,
    pub name: Option<String>,
    pub roles: Option<Vec<RoleId>>,
    pub active: Option<bool>,
}

impl StaffUser {
    /// Makes a member of the staff; `known` are the roles there are.
    pub fn create(
        draft: &StaffDraft,
        id: StaffId,
        known: &[Role],
        at: Instant,
    ) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let email = read_email(draft.email.as_deref(), &mut mistakes);
        let name = read_name(draft.name.as_deref().unwrap_or_default(), &mut mistakes);
        let roles = read_roles(&draft.roles, known, &mut mistakes);
        let (Some(email), Some(name), Some(roles)) = (email, name, roles) else {
            return Err(mistakes.finish(()).err().unwrap_or_default());
        };
        Ok(Self {
            id,
            version: 1,
            email,
            name,
            roles,
            active: draft.active.unwrap_or(true),
            linked_customer: None,
            locked_until: None,
            created_at: at,
            last_login_at: None,
            last_ip: None,
        })
    }

    /// The member with a change made, one version further on; or everything that is wrong with it.
    pub fn apply(&self, change: &StaffChange, known: &[Role]) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let mut next = self.clone();
        next.version += 1;
        if let Some(email) = &change.email {
            next.email = read_email(Some(email), &mut mistakes).unwrap_or(next.email);
        }
        if let Some(name) = &change.name {
            next.name = read_name(name, &mut mistakes).unwrap_or(next.name);
        }
        if let Some(roles) = &change.roles {
            next.roles = read_roles(roles, known, &mut mistakes).unwrap_or(next.roles);
        }
        next.active = change.active.unwrap_or(next.active);
        mistakes.finish(next)
    }

    /// Whether they may log in now.
    pub fn can_log_in(&self, now: Instant) -> bool {
        self.active && self.locked_until.is_none_or(|until| until <= now)
    }

    /// What they may do, given all roles there are; nothing while inactive.
    pub fn rights(&self, roles: &[Role]) -> Rights {
        if !self.active {
            return Rights::nothing();
        }
        Role::rights(roles.iter().filter(|role| self.roles.contains(&role.id)))
    }

    /// Whether they are an active owner, of whom there must always be one.
    pub fn is_active_owner(&self, roles: &[Role]) -> bool {
        self.active && roles.iter().any(|role| role.owner && self.roles.contains(&role.id))
    }
}

/// Whether a member may become what they are about to be (`None`: be deleted), so that an active
/// owner is left. `other_owners` counts the active owners besides them.
pub fn check_owner_left(
    before: &StaffUser,
    after: Option<&StaffUser>,
    roles: &[Role],
    other_owners: u64,
) -> Result<(), FieldError> {
    let was = before.is_active_owner(roles);
    let stays = after.is_some_and(|after| after.is_active_owner(roles));
    if was && !stays && other_owners == 0 {
        let path = match after {
            Some(after) if !after.active => "active",
            Some(_) => "roles",
            None => "",
        };
        return Err(FieldError::new(path, FieldCode::Range, "the last active owner must stay"));
    }
    Ok(())
}

fn read_email(email: Option<&str>, mistakes: &mut Mistakes) -> Option<EmailAddress> {
    mistakes.parse("email", email.unwrap_or_default())
}

fn read_name(name: &str, mistakes: &mut Mistakes) -> Option<String> {
    if name.trim().is_empty() {
        mistakes.add("name", FieldCode::Required, "is required");
        return None;
    }
    mistakes.keep("name", NAME.check(name)).map(|()| name.to_owned())
}

fn read_roles(
    roles: &[RoleId],
    known: &[Role],
    mistakes: &mut Mistakes,
) -> Option<BTreeSet<RoleId>> {
    if roles.len() > STAFF_ROLES_MAX {
        mistakes.add("roles", FieldCode::TooLong, "has more than 50 roles");
        return None;
    }
    let mut all_known = true;
    for (at, id) in roles.iter().enumerate() {
        if !known.iter().any(|role| role.id == *id) {
            mistakes.add(&format!("roles.{at}"), FieldCode::Unknown, "is no role");
            all_known = false;
        }
    }
    all_known.then(|| roles.iter().cloned().collect())
}

/// A named set of permissions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Role {
    /// Names it for ever.
    pub id: RoleId,
    /// Grows by one with each change.
    pub version: u64,
    /// What people call it; unique.
    pub name: String,
    /// Whether it is the role of owners, who may do everything, also what plugins bring later. It
    /// can't be changed or deleted.
    pub owner: bool,
    /// What it allows.
    pub permissions: BTreeSet<StaffPermission>,
}

impl Role {
    /// What somebody may do who has all of these roles, and no others.
    pub fn rights<'a>(held: impl IntoIterator<Item = &'a Self>) -> Rights {
        let held: Vec<_> = held.into_iter().collect();
        if held.iter().any(|role| role.owner) {
            return Rights::everything();
        }
        Rights::only(held.into_iter().flat_map(|role| role.permissions.iter().cloned()))
    }

    /// The role of owners, which is there from the beginning.
    pub fn owner(id: RoleId) -> Self {
        Self { id, version: 1, name: "owner".to_owned(), owner: true, permissions: BTreeSet::new() }
    }

    /// Makes a role of permissions that people can have.
    pub fn create(
        id: RoleId,
        name: &str,
        permissions: impl IntoIterator<Item = StaffPermission>,
    ) -> Result<Self, Vec<FieldError>> {
        let blank = Self {
            id,
            version: 0,
            name: String::new(),
            owner: false,
            permissions: BTreeSet::new(),
        };
        blank.apply(Some(name), Some(permissions.into_iter().collect()))
    }

    /// The role with another name or other permissions, one version further on.
    pub fn apply(
        &self,
        name: Option<&str>,
        permissions: Option<Vec<StaffPermission>>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        if self.owner {
            mistakes.add("", FieldCode::Range, "the role of owners can't be changed");
        }
        let mut next = self.clone();
        next.version += 1;
        if let Some(name) = name {
            next.name = read_name(name, &mut mistakes).unwrap_or(next.name);
        }
        if let Some(permissions) = permissions {
            check_permissions(&permissions, &mut mistakes);
            next.permissions = permissions.into_iter().collect();
        }
        mistakes.finish(next)
    }
}

fn check_permissions(permissions: &[StaffPermission], mistakes: &mut Mistakes) {
    for (at, permission) in permissions.iter().enumerate() {
        if let StaffPermission::Host(host) = permission
            && !host.is_for_staff()
        {
            let path = format!("permissions.{at}");
            mistakes.add(&path, FieldCode::Range, "is a permission of plugins alone");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Permission;

    fn owner() -> Role {
        Role::owner(RoleId::from_bytes([0; 16]))
    }

    fn clerk() -> Role {
        let permissions = [Permission::CustomersRead.into()];
        Role::create(RoleId::from_bytes([1; 16]), "Clerk", permissions).unwrap()
    }

    fn member(roles: &[&Role]) -> StaffUser {
        let draft = StaffDraft {
            email: Some("eve@example.com".into()),
            name: Some("Eve".into()),
            roles: roles.iter().map(|role| role.id.clone()).collect(),
            active: None,
        };
        StaffUser::create(&draft, StaffId::generate(), &[owner(), clerk()], Instant::EPOCH).unwrap()
    }

    #[test]
    fn a_member_may_do_what_any_of_their_roles_allows() {
        let known = [owner(), clerk()];
        let rights = member(&[&clerk()]).rights(&known);
        assert!(rights.has(Permission::CustomersRead) && !rights.has(Permission::CustomersWrite));
        assert_eq!(member(&[&owner(), &clerk()]).rights(&known), Rights::everything());
        assert_eq!(member(&[]).rights(&known), Rights::nothing());
        let resting = StaffUser { active: false, ..member(&[&owner()]) };
        assert_eq!(resting.rights(&known), Rights::nothing());
    }

    #[test]
    fn the_last_active_owner_stays() {
        let known = [owner(), clerk()];
        let before = member(&[&owner()]);
        let demoted = StaffUser { roles: [clerk().id].into(), ..before.clone() };
        let resting = StaffUser { active: false, ..before.clone() };
        for (after, path) in [(Some(&demoted), "roles"), (Some(&resting), "active"), (None, "")] {
            let error = check_owner_left(&before, after, &known, 0).unwrap_err();
            assert_eq!((error.path.as_str(), error.code), (path, FieldCode::Range));
            assert_eq!(check_owner_left(&before, after, &known, 1), Ok(()));
        }
        assert_eq!(check_owner_left(&member(&[&clerk()]), None, &known, 0), Ok(()));
        assert_eq!(check_owner_left(&before, Some(&before), &known, 0), Ok(()));
    }

    #[test]
    fn every_mistake_about_a_member_is_named() {
        let draft = StaffDraft {
            email: Some("eve".into()),
            name: Some(" ".into()),
            roles: vec![clerk().id, RoleId::from_bytes([9; 16])],
            active: None,
        };
        let errors =
            StaffUser::create(&draft, StaffId::generate(), &[clerk()], Instant::EPOCH).unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| (error.path.as_str(), error.code)).collect();
        assert_eq!(
            named,
            [
                ("email", FieldCode::Malformed),
                ("name", FieldCode::Required),
                ("roles.1", FieldCode::Unknown),
            ]
        );
    }

    #[test]
    fn a_member_who_is_locked_out_comes_back_in_time() {
        let locked_until = Some(Instant::from_micros(10));
        let locked = StaffUser { locked_until, ..member(&[]) };
        assert!(!locked.can_log_in(Instant::from_micros(9)));
        assert!(locked.can_log_in(Instant::from_micros(10)));
    }

    #[test]
    fn the_role_of_owners_cannot_be_changed() {
        let errors = owner().apply(Some("boss"), None).unwrap_err();
        assert_eq!(errors[0].code, FieldCode::Range);
    }

    #[test]
    fn a_role_holds_no_permission_that_only_plugins_need() {
        let permissions = vec![Permission::CustomersRead.into(), Permission::StorageUse.into()];
        let errors = clerk().apply(None, Some(permissions)).unwrap_err();
        assert_eq!(errors[0].path, "permissions.1");
    }
}
