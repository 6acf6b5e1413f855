//! Making, showing, changing and deleting roles.

use galleria_sdk::prelude::*;
use galleria_sdk::{Fault, audit};
use serde::{Deserialize, Serialize};

use crate::role::{Draft, ROLES, Role, RoleView, get};
use crate::{ledger, names, rules};

/// Counted no further than this, because a count reads what it counts.
const MAX_COUNT: u32 = 100_000;

/// A role, and how many have it.
#[derive(Serialize)]
pub(crate) struct Counted {
    #[serde(flatten)]
    role: RoleView,
    /// How many customers it was given to; none for system roles, which nobody is given.
    members: u64,
}

/// What becomes of the members of a role that goes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deletion {
    #[serde(default)]
    force: bool,
    #[serde(default)]
    move_to: Option<String>,
}

pub(crate) fn list(paging: Paging) -> Result<Json<Page<RoleView>>> {
    Ok(Json(Role::by_sort().page(paging).fetch()?.map(RoleView::from)))
}

pub(crate) fn create(Json(draft): Json<Draft>) -> Result<Versioned<Created<RoleView>>> {
    refuse(rules::check(&draft))?;
    refuse_taken(None, &draft)?;
    let role = ROLES.insert(&Role { draft, system: false })?;
    names::write(&role.id, &std::collections::BTreeMap::new(), &role.value.draft.names)?;
    audit::append("role.created", &role.id)?;
    let location = format!("/roles/{}", role.id);
    Ok(Versioned(role.version, Created(location, role.into())))
}

pub(crate) fn read(Path(id): Path<String>) -> Result<Versioned<Json<Counted>>> {
    let role = get(&id)?;
    let members = ledger::of_role(&id).count(MAX_COUNT)?;
    Ok(role.answer(|role| Counted { role: role.into(), members }))
}

pub(crate) fn update(
    Path(id): Path<String>,
    asked: IfMatch,
    patch: Merge,
) -> Result<Versioned<Json<RoleView>>> {
    let mut role = get(&id)?;
    role.must_match(asked)?;
    let draft: Draft = patch.apply(&role.value.draft)?;
    let mut faults = rules::check(&draft);
    if role.value.system {
        faults.extend(rules::check_system(&draft, &role.value));
    }
    refuse(faults)?;
    refuse_taken(Some(&id), &draft)?;
    let before = std::mem::replace(&mut role.value.draft, draft);
    let role = ROLES.update(&role)?;
    let now = &role.value.draft;
    names::write(&id, &before.names, &now.names)?;
    if now.requires_login && !before.requires_login {
        ledger::require_registered(&role)?;
    }
    if now.system_name != before.system_name {
        ledger::renamed(&id)?;
    }
    audit::append("role.updated", &id)?;
    Ok(role.answer(RoleView::from))
}

pub(crate) fn delete(
    Path(id): Path<String>,
    asked: IfMatch,
    Query(Deletion { force, move_to }): Query<Deletion>,
    ActorName(by): ActorName,
) -> Result<NoContent> {
    let role = get(&id)?;
    role.must_match(asked)?;
    if role.value.system {
        return Err(Problem::conflict("system-role", "a system role can't be deleted"));
    }
    match move_to {
        Some(target) => ledger::move_all(&id, &target_of(&id, &target)?, &by)?,
        None if force => ledger::remove_all(&id)?,
        None if ledger::of_role(&id).count(1)? > 0 => {
            let detail = "the role has members: say `force=true` or `move_to={role}`";
            return Err(Problem::conflict("role-has-members", detail));
        }
        None => {}
    }
    names::write(&id, &role.value.draft.names, &std::collections::BTreeMap::new())?;
    ROLES.delete(&id, Some(role.version))?;
    audit::append("role.deleted", &id)?;
    Ok(NoContent)
}

/// The role that takes the members over.
fn target_of(role: &str, target: &str) -> Result<Stored<Role>> {
    let fault =
        |message: &str| Problem::invalid(vec![FieldFault::new("move_to", "unknown", message)]);
    let found = ROLES.find(target)?.ok_or_else(|| fault("there is no such role"))?;
    if found.id == role || found.value.system {
        return Err(fault("members can't be moved to this role"));
    }
    Ok(found)
}

fn refuse(faults: Vec<FieldFault>) -> Result<()> {
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// 409 with every text that another role has.
fn refuse_taken(role: Option<&str>, draft: &Draft) -> Result<()> {
    let mut faults = names::taken(role, &draft.names)?;
    if system_name_taken(role, &draft.system_name)? {
        let message = "another role has this system name";
        faults.push(FieldFault::new("system_name", "taken", message));
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict("role-taken", "another role is called so").with(faults))
}

fn system_name_taken(role: Option<&str>, system_name: &str) -> Result<bool, Fault> {
    // The names of the system roles belong to them even before they are laid down.
    if crate::system::kind(system_name).is_some() && role != Some(system_name) {
        return Ok(true);
    }
    let found = Role::by_system_name().equal(system_name).first()?;
    Ok(found.is_some_and(|found| Some(found.id.as_str()) != role))
}
