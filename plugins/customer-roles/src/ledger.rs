//! Who has which role. Everything that changes it goes through a [`Ledger`], which applies the
//! rules and keeps memberships, holders and facets in step within one unit of work.

mod held;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use galleria_sdk::entities::{Batch, Lookup, Text};
use galleria_sdk::facets::{self, CustomerFacet, FacetValue};
use galleria_sdk::prelude::*;
use galleria_sdk::{Fault, clock, customers, settings};
use serde::{Deserialize, Serialize};

use crate::role::{ROLES, Role};
use crate::{Configured, rules, system};

pub(crate) use held::{Grant, Held, Wish};
pub(crate) use whole::{move_all, remove_all, renamed, require_registered};

/// A customer has a role.
#[derive(Clone, Debug, Deserialize, Entity, Serialize)]
#[entity("membership")]
pub(crate) struct Membership {
    pub(crate) role: String,
    pub(crate) customer: String,
    pub(crate) granted_by: String,
    pub(crate) granted_at: i64,
    pub(crate) source: Source,
    pub(crate) expires_at: Option<i64>,
}

/// How a customer came by a role.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    /// Staff gave it.
    Manual,
    /// It came with something bought.
    Purchase,
    /// A rule of the role gave it.
    Rule,
    /// It was taken over from elsewhere.
    Import,
}

/// Everything one customer has, under the customer's id.
#[derive(Clone, Debug, Deserialize, Entity, Serialize)]
#[entity("holder")]
pub(crate) struct Holder {
    pub(crate) customer: String,
    pub(crate) roles: Vec<Held>,
}

/// The table of holders.
pub(crate) const HOLDERS: Table<Holder> = Table::new();

/// What changes did.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Tally {
    /// Memberships that began, or got another end.
    pub(crate) given: usize,
    /// Memberships that ended, by their time or because they were taken.
    pub(crate) taken: usize,
    /// Wishes that were true already.
    pub(crate) unchanged: usize,
}

/// One customer's roles, before and now.
struct Account {
    version: Option<u64>,
    before: Vec<Held>,
    now: Vec<Held>,
}

/// The customers and roles that a change is about, as they are.
pub(crate) struct Ledger {
    now: i64,
    most: usize,
    accounts: BTreeMap<String, Account>,
    /// The customers that exist, and whether they are registered.
    registered: BTreeMap<String, bool>,
    roles: BTreeMap<String, Role>,
    given: BTreeMap<(String, String), Membership>,
    tally: Tally,
}

/// Looks up who has a role.
pub(crate) fn of_role(role: &str) -> Lookup<Membership, (Text, ())> {
    Membership::by_role().equal(role)
}

impl Ledger {
    /// Reads what wishes are about: a few host calls, however many wishes there are.
    pub(crate) fn load(wishes: &[Wish]) -> Result<Self> {
        let ids: BTreeSet<&String> = wishes.iter().map(|wish| &wish.customer).collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        let mut accounts = BTreeMap::new();
        let mut roles: BTreeSet<String> = wishes.iter().flat_map(Wish::roles).cloned().collect();
        for Stored { id, version, value, .. } in HOLDERS.get_many(&ids)? {
            roles.extend(value.roles.iter().map(|held| held.role.clone()));
            let (before, now) = (value.roles.clone(), value.roles);
            accounts.insert(id, Account { version: Some(version), before, now });
        }
        let known = customers::get_many(&ids)?;
        let registered = known.into_iter().map(|one| (one.is_registered(), one.id));
        let configured: Configured = settings::current()?;
        Ok(Self {
            now: clock::now(),
            most: configured.max_roles_per_customer,
            accounts,
            registered: registered.map(|(registered, id)| (id, registered)).collect(),
            roles: read_roles(roles)?,
            given: BTreeMap::new(),
            tally: Tally::default(),
        })
    }

    /// Whether a customer exists.
    pub(crate) fn knows(&self, customer: &str) -> bool {
        self.registered.contains_key(customer)
    }

    /// Whether what a wish gives would be over already.
    fn is_over(&self, wish: &Wish) -> bool {
        wish.give.iter().any(|grant| rules::is_over(grant.expires_at, self.now))
    }

    /// Everything that keeps a wish from coming true, its paths below the wish's own.
    pub(crate) fn faults(&self, wish: &Wish) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, code: &str, message: &str| {
            faults.push(FieldFault::new(wish.path_of(field), code, message));
        };
        if wish.give.is_empty() {
            return faults;
        }
        let registered = self.registered.get(&wish.customer).copied();
        if registered.is_none() {
            fault(wish.customer_field, "unknown", "there is no such customer");
        }
        for Grant { field, role, expires_at } in &wish.give {
            match self.roles.get(role) {
                None => fault(field, "unknown", "there is no such role"),
                Some(role) if role.system => {
                    fault(field, "fixed", "a system role follows from the account");
                }
                Some(role) if !rules::may_have(role, registered.unwrap_or(true)) => {
                    fault(field, "unregistered", "this role is for registered customers only");
                }
                Some(_) if rules::is_over(*expires_at, self.now) => {
                    fault(field, "range", "the membership would be over already");
                }
                Some(_) => {}
            }
        }
        let held = held::after(self.held(&wish.customer), wish, self.now);
        if held.len() > self.most {
            let message = format!("a customer has {} roles at most", self.most);
            fault(wish.customer_field, "range", &message);
        }
        faults
    }

    /// Makes a wish come true, without looking at the rules again.
    pub(crate) fn grant(&mut self, wish: &Wish, source: Source, by: &str) {
        let before = self.held(&wish.customer).to_vec();
        let after = held::after(&before, wish, self.now);
        for Grant { role, expires_at, .. } in &wish.give {
            let (role, expires_at) = (role.clone(), *expires_at);
            if before.iter().any(|held| held.role == role && held.expires_at == expires_at) {
                self.tally.unchanged += 1;
                continue;
            }
            self.tally.given += 1;
            let (customer, granted_by) = (wish.customer.clone(), by.to_owned());
            let key = (customer.clone(), role.clone());
            let granted_at = self.now;
            let membership =
                Membership { role, customer, granted_by, granted_at, source, expires_at };
            self.given.insert(key, membership);
        }
        for role in &wish.take {
            if !before.iter().any(|held| held.role == *role) {
                self.tally.unchanged += 1;
            }
            self.given.remove(&(wish.customer.clone(), role.clone()));
        }
        let account = Account { version: None, before: Vec::new(), now: Vec::new() };
        self.accounts.entry(wish.customer.clone()).or_insert(account).now = after;
    }

    /// Writes what changed: memberships, holders and facets.
    pub(crate) fn finish(mut self) -> Result<Tally> {
        let mut batch = Batch::new();
        for membership in std::mem::take(&mut self.given).into_values() {
            batch.put(&membership_id(&membership.role, &membership.customer), &membership, None)?;
        }
        let mut changed = Vec::new();
        for (customer, Account { version, before, now }) in &self.accounts {
            if before == now {
                continue;
            }
            changed.push(customer.clone());
            for gone in before.iter().filter(|held| !now.iter().any(|one| one.role == held.role)) {
                batch.delete::<Membership>(&membership_id(&gone.role, customer));
                self.tally.taken += 1;
            }
            if now.is_empty() {
                batch.delete::<Holder>(customer);
            } else {
                let holder = Holder { customer: customer.clone(), roles: now.clone() };
                batch.put(customer, &holder, *version)?;
            }
        }
        batch.run()?;
        self.publish(&changed)?;
        Ok(self.tally)
    }

    /// Says anew which roles customers have, to those who search by it.
    fn publish(&self, customers: &[String]) -> Result<(), Fault> {
        let mut values = Vec::new();
        for customer in customers.iter().filter(|customer| self.knows(customer)) {
            let names: Vec<FacetValue> = self
                .held(customer)
                .iter()
                .filter_map(|held| self.roles.get(&held.role))
                .map(|role| role.draft.system_name.as_str().into())
                .collect();
            let count = i64::try_from(names.len()).ok().filter(|count| *count > 0);
            values.push(CustomerFacet::new(customer, "roles_count", count));
            values.push(CustomerFacet::new(customer, "role", names));
        }
        facets::put(&values)
    }

    fn held(&self, customer: &str) -> &[Held] {
        self.accounts.get(customer).map_or(&[], |account| &account.now)
    }
}

/// Makes all wishes come true, or none: 422 with every fault. Answers the tally.
pub(crate) fn change(wishes: &[Wish], source: Source, by: &str) -> Result<Tally> {
    let mut ledger = Ledger::load(wishes)?;
    let mut faults = Vec::new();
    for wish in wishes {
        faults.extend(ledger.faults(wish));
        ledger.grant(wish, source, by);
    }
    if faults.is_empty() { ledger.finish() } else { Err(Problem::invalid(faults)) }
}

fn read_roles(ids: BTreeSet<String>) -> Result<BTreeMap<String, Role>, Fault> {
    let ids: Vec<String> = ids.into_iter().collect();
    let roles = ROLES.get_many(&ids)?;
    Ok(roles.into_iter().map(|role| (role.id, role.value)).collect())
}

fn membership_id(role: &str, customer: &str) -> String {
    format!("{role}.{customer}")
}

/// The system role of a customer, and then those that were given.
pub(crate) fn all_roles(customer: &customers::Customer, held: &[Held], now: i64) -> Vec<String> {
    let given = held.iter().filter(|held| !rules::is_over(held.expires_at, now));
    std::iter::once(system::of(customer.kind).to_owned())
        .chain(given.map(|held| held.role.clone()))
        .collect()
}

#[cfg(test)]
mod tests;
