//! One customer's roles.

use galleria_sdk::clock::{self, Timestamp};
use galleria_sdk::customers::{self, Customer};
use galleria_sdk::prelude::*;
use galleria_sdk::{Fault, audit};
use serde::{Deserialize, Serialize};

use crate::ledger::{self, Grant, HOLDERS, Held, Holder, Source, Wish};
use crate::role::{ROLES, Role, RoleView};
use crate::rules::{self, Traits};

/// What a customer has, and what it entitles to.
#[derive(Serialize)]
pub(crate) struct CustomerRoles {
    customer: String,
    /// The system role first.
    roles: Vec<RoleOfCustomer>,
    /// What the roles entitle to together.
    traits: Traits,
}

/// One role of a customer.
#[derive(Serialize)]
struct RoleOfCustomer {
    role: RoleView,
    expires_at: Option<Timestamp>,
}

/// What a customer is to have, apart from the system role.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replacement {
    roles: Vec<Wanted>,
}

/// A role that a customer is to have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    role: String,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

pub(crate) fn read(Path(id): Path<String>) -> Result<Versioned<Json<CustomerRoles>>> {
    let customer = get(&id)?;
    view(&customer, HOLDERS.find(&id)?)
}

pub(crate) fn replace(
    Path(id): Path<String>,
    asked: IfMatch,
    Json(Replacement { roles }): Json<Replacement>,
    ActorName(by): ActorName,
) -> Result<Versioned<Json<CustomerRoles>>> {
    let customer = get(&id)?;
    let before = HOLDERS.find(&id)?;
    let version = before.as_ref().map_or(0, |holder| holder.version);
    if asked.0.is_some_and(|asked| asked != version) {
        return Err(Fault::Stale(version).into());
    }
    crate::members::limit("roles", roles.len())?;
    let held = before.map(|holder| holder.value.roles).unwrap_or_default();
    let gone = held.into_iter().filter(|held| !roles.iter().any(|wanted| wanted.role == held.role));
    let wish = Wish {
        path: String::new(),
        customer_field: "roles",
        customer: id.clone(),
        take: gone.map(|held| held.role).collect(),
        give: roles.into_iter().enumerate().map(grant).collect(),
    };
    let tally = ledger::change(&[wish], Source::Manual, &by)?;
    audit::append("customer.roles", &format!("{id} +{} -{}", tally.given, tally.taken))?;
    view(&customer, HOLDERS.find(&id)?)
}

fn grant((at, Wanted { role, expires_at }): (usize, Wanted)) -> Grant {
    Grant { field: format!("roles.{at}.role"), role, expires_at: expires_at.map(|end| end.0) }
}

fn get(id: &str) -> Result<Customer> {
    customers::get(id).map_err(|fault| match fault {
        Fault::NotFound => Problem::not_found("customer"),
        fault => fault.into(),
    })
}

fn view(
    customer: &Customer,
    holder: Option<Stored<Holder>>,
) -> Result<Versioned<Json<CustomerRoles>>> {
    let (version, held) =
        holder.map_or_else(Default::default, |one| (one.version, one.value.roles));
    let ids = ledger::all_roles(customer, &held, clock::now());
    let mut found = ROLES.get_many(&ids)?;
    // The host answers in any order; clients see the system role first, then as roles are sorted.
    found.sort_by_key(|role| (!role.value.system, role.value.draft.sort, role.id.clone()));
    let traits = rules::traits(found.iter().map(|role| &role.value));
    let roles = found.into_iter().map(|role| of_customer(role, &held)).collect();
    Ok(Versioned(version, Json(CustomerRoles { customer: customer.id.clone(), roles, traits })))
}

fn of_customer(role: Stored<Role>, held: &[Held]) -> RoleOfCustomer {
    let expires_at = held.iter().find(|held| held.role == role.id).and_then(|held| held.expires_at);
    RoleOfCustomer { role: role.into(), expires_at: expires_at.map(Timestamp) }
}
