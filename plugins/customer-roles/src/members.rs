//! Who has a role.

use galleria_sdk::audit;
use galleria_sdk::clock::{self, Timestamp};
use galleria_sdk::customers::{self, CustomerFilter};
use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ledger::{self, Grant, Membership, Source, Tally, Wish};
use crate::role::get;
use crate::{rules, system};

/// How many memberships one call ends.
const MAX_EXPIRED: u32 = 500;

/// Somebody who has a role.
#[derive(Serialize)]
pub(crate) struct MemberView {
    customer: String,
    /// `None` where it follows from the account.
    granted_by: Option<String>,
    granted_at: Option<Timestamp>,
    source: Option<Source>,
    expires_at: Option<Timestamp>,
}

/// Somebody who is to have a role.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberAdd {
    customer: String,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// Customers who are to have a role, and those who are not to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberBatch {
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    /// When the memberships end that begin with this.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// What a sweep did.
#[derive(Serialize)]
pub(crate) struct Expired {
    ended: usize,
    /// Whether there may be more.
    more: bool,
}

pub(crate) fn list(Path(role): Path<String>, paging: Paging) -> Result<Json<Page<MemberView>>> {
    get(&role)?;
    if let Some(kind) = system::kind(&role) {
        return accounts(kind, paging);
    }
    let mut page = ledger::of_role(&role).page(paging).fetch()?;
    let now = clock::now();
    page.items.retain(|member| !rules::is_over(member.value.expires_at, now));
    Ok(Json(page.map(|member| member.value.into())))
}

/// Who has a system role is a question about accounts.
fn accounts(kind: customers::CustomerKind, paging: Paging) -> Result<Json<Page<MemberView>>> {
    let filter = CustomerFilter {
        search: None,
        kind: Some(kind),
        stage: None,
        active: None,
        created_from: None,
        created_to: None,
    };
    let page = customers::list(&filter, paging)?;
    Ok(Json(page.map(|customer| MemberView {
        customer: customer.id,
        granted_by: None,
        granted_at: None,
        source: None,
        expires_at: None,
    })))
}

pub(crate) fn add(
    Path(role): Path<String>,
    Json(MemberAdd { customer, expires_at }): Json<MemberAdd>,
    ActorName(by): ActorName,
) -> Result<Json<Tally>> {
    get(&role)?;
    let object = format!("{role}/{customer}");
    let wish = giving(String::new(), "customer", customer, &role, expires_at);
    let tally = ledger::change(&[wish], Source::Manual, &by)?;
    audit::append("member.added", &object)?;
    Ok(Json(tally))
}

pub(crate) fn remove(
    Path((role, customer)): Path<(String, String)>,
    ActorName(by): ActorName,
) -> Result<NoContent> {
    get(&role)?;
    let object = format!("{role}/{customer}");
    let tally = ledger::change(&[taking(String::new(), customer, &role)], Source::Manual, &by)?;
    if tally.unchanged > 0 {
        return Err(Problem::not_found("member"));
    }
    audit::append("member.removed", &object)?;
    Ok(NoContent)
}

pub(crate) fn batch(
    Path(role): Path<String>,
    Json(MemberBatch { add, remove, expires_at }): Json<MemberBatch>,
    ActorName(by): ActorName,
) -> Result<Json<Tally>> {
    get(&role)?;
    limit("add", add.len() + remove.len())?;
    let adding = add
        .into_iter()
        .enumerate()
        .map(|(at, customer)| giving(format!("add.{at}"), "", customer, &role, expires_at));
    let removing = remove.into_iter().enumerate();
    let wishes: Vec<Wish> = adding
        .chain(removing.map(|(at, customer)| taking(format!("remove.{at}"), customer, &role)))
        .collect();
    let tally = ledger::change(&wishes, Source::Manual, &by)?;
    audit::append("members.changed", &format!("{role} +{} -{}", tally.given, tally.taken))?;
    Ok(Json(tally))
}

/// The host calls nobody by itself when a membership ends: it entitles to nothing from that instant
/// on, but the customer list finds it until a sweep, or the next change of the customer's roles.
pub(crate) fn expire(ActorName(by): ActorName) -> Result<Json<Expired>> {
    let over = Membership::by_expiry().at_most(clock::now()).limit(MAX_EXPIRED).fetch()?;
    let more = over.next.is_some();
    let wishes: Vec<Wish> = over
        .items
        .into_iter()
        .map(|member| taking(String::new(), member.value.customer, &member.value.role))
        .collect();
    let ended = ledger::change(&wishes, Source::Manual, &by)?.taken;
    if ended > 0 {
        audit::append("members.expired", &format!("-{ended}"))?;
    }
    Ok(Json(Expired { ended, more }))
}

/// 422 if a request names more than a batch may.
pub(crate) fn limit(path: &str, count: usize) -> Result<()> {
    if count <= rules::MAX_BATCH {
        return Ok(());
    }
    let message = format!("names {count}; {} are allowed at once", rules::MAX_BATCH);
    Err(Problem::invalid(vec![FieldFault::new(path, "too-long", message)]))
}

fn giving(
    path: String,
    field: &'static str,
    customer: String,
    role: &str,
    expires_at: Option<Timestamp>,
) -> Wish {
    let expires_at = expires_at.map(|end| end.0);
    let grant = Grant { field: field.to_owned(), role: role.to_owned(), expires_at };
    Wish { path, customer_field: field, customer, give: vec![grant], take: Vec::new() }
}

fn taking(path: String, customer: String, role: &str) -> Wish {
    Wish { path, customer_field: "", customer, give: Vec::new(), take: vec![role.to_owned()] }
}

impl From<Membership> for MemberView {
    fn from(membership: Membership) -> Self {
        let Membership { role: _, customer, granted_by, granted_at, source, expires_at } =
            membership;
        Self {
            customer,
            granted_by: Some(granted_by),
            granted_at: Some(Timestamp(granted_at)),
            source: Some(source),
            expires_at: expires_at.map(Timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::limit;

    #[test]
    fn a_batch_names_a_thousand_customers_and_no_more() {
        assert!(limit("add", 1000).is_ok());
        let refused = limit("add", 10_000).unwrap_err();
        assert_eq!((refused.status, refused.errors[0].path.as_str()), (422, "add"));
    }
}
