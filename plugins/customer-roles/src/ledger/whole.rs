//! Changes of a role together with everybody who has it.

use galleria_sdk::customers;
use galleria_sdk::prelude::*;

use super::{Grant, Ledger, Membership, Source, Wish, of_role};
use crate::role::Role;
use crate::rules::MAX_AT_ONCE;

/// Takes a role from everybody.
pub(crate) fn remove_all(role: &str) -> Result<()> {
    let wishes: Vec<Wish> = members(role)?.into_iter().map(|member| taking(role, member)).collect();
    let mut ledger = Ledger::load(&wishes)?;
    for wish in &wishes {
        ledger.grant(wish, Source::Manual, "");
    }
    ledger.finish()?;
    Ok(())
}

/// Takes a role from everybody and gives them another one instead, until the same instant.
/// 422 if one of them can't have it.
pub(crate) fn move_all(role: &str, target: &Stored<Role>, by: &str) -> Result<()> {
    let moving = |member: Membership| {
        let (field, expires_at) = ("move_to".to_owned(), member.expires_at);
        let grant = Grant { field, role: target.id.clone(), expires_at };
        Wish { give: vec![grant], ..taking(role, member) }
    };
    let mut wishes: Vec<Wish> = members(role)?.into_iter().map(moving).collect();
    let mut ledger = Ledger::load(&wishes)?;
    for wish in &mut wishes {
        // Memberships that are over, or whose customer is gone, don't move.
        let over = ledger.is_over(wish);
        if over || !ledger.knows(&wish.customer) {
            wish.give.clear();
        }
        // One reason is enough: there can be thousands.
        if let Some(fault) = ledger.faults(wish).pop() {
            return Err(Problem::invalid(vec![fault]));
        }
        ledger.grant(wish, Source::Manual, by);
    }
    ledger.finish()?;
    Ok(())
}

/// Refuses with 409 if somebody who isn't registered has the role.
pub(crate) fn require_registered(role: &Stored<Role>) -> Result<()> {
    let members = members(&role.id)?;
    let ids: Vec<String> = members.into_iter().map(|member| member.customer).collect();
    let guests = customers::get_many(&ids)?.iter().filter(|one| !one.is_registered()).count();
    if guests == 0 {
        return Ok(());
    }
    let detail = format!("{guests} members are guests, who have no login");
    Err(Problem::conflict("guests-among-members", detail))
}

/// Says the system name of a role anew for everybody who has it.
pub(crate) fn renamed(role: &str) -> Result<()> {
    let wishes: Vec<Wish> = members(role)?
        .into_iter()
        .map(|member| Wish { take: Vec::new(), ..taking(role, member) })
        .collect();
    let ledger = Ledger::load(&wishes)?;
    let customers: Vec<String> = wishes.into_iter().map(|wish| wish.customer).collect();
    Ok(ledger.publish(&customers)?)
}

/// Everybody who has a role; 409 if there are more than one unit of work can change.
fn members(role: &str) -> Result<Vec<Membership>> {
    let most = MAX_AT_ONCE;
    if of_role(role).count(most + 1)? > u64::from(most) {
        let detail =
            format!("the role has more than {most} members: take it from some of them first");
        return Err(Problem::conflict("too-many-members", detail));
    }
    Ok(of_role(role).all()?.into_iter().map(|stored| stored.value).collect())
}

fn taking(role: &str, member: Membership) -> Wish {
    Wish {
        path: String::new(),
        customer_field: "move_to",
        customer: member.customer,
        give: Vec::new(),
        take: vec![role.to_owned()],
    }
}
