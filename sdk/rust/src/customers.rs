//! Customer accounts of the store that the call belongs to; needs `customers:read`, and
//! `customers:read-pii` or `customers:write` where it says so.
//!
//! Where a person acts through the plugin, that person's own rights limit it as well.

use crate::bindings::imports::galleria::customers::customers;
use crate::bindings::imports::galleria::shared::values::PageRequest;
use crate::{Fault, Page, Paging};

pub use crate::bindings::imports::galleria::customers::customers::{
    Address, Customer, CustomerChange, CustomerDraft, CustomerFilter, CustomerKind, CustomerStage,
    PersonalData,
};

/// How many customers the host gives at once.
const MAX_MANY: usize = 500;

impl Customer {
    /// Whether the account can log in, as opposed to a guest's.
    pub fn is_registered(&self) -> bool {
        self.kind == CustomerKind::Registered
    }
}

/// One customer.
///
/// # Errors
/// [`Fault::NotFound`] if there is none with this id in the store.
pub fn get(id: &str) -> Result<Customer, Fault> {
    Ok(customers::get(id)?)
}

/// Those of the given customers that exist, in the order asked for; any number of them.
pub fn get_many(ids: &[String]) -> Result<Vec<Customer>, Fault> {
    let mut found = Vec::with_capacity(ids.len());
    for part in ids.chunks(MAX_MANY) {
        found.append(&mut customers::get_many(part)?);
    }
    Ok(found)
}

/// The registered customer with this email, compared in its normal form. Needs
/// `customers:read-pii`.
pub fn find_by_email(email: &str) -> Result<Option<String>, Fault> {
    Ok(customers::find_by_email(email)?)
}

/// A page of customers, newest first.
pub fn list(filter: &CustomerFilter, paging: Paging) -> Result<Page<Customer>, Fault> {
    let request = PageRequest { limit: paging.limit, cursor: paging.cursor };
    let page = customers::list_page(filter, &request)?;
    Ok(Page { items: page.items, next: page.next })
}

/// Makes an account. Needs `customers:write`.
///
/// # Errors
/// [`Fault::Conflict`] if a registered customer has the email.
pub fn create(draft: &CustomerDraft) -> Result<Customer, Fault> {
    Ok(customers::create(draft)?)
}

/// Changes an account that still is at `version`. Needs `customers:write`.
///
/// # Errors
/// [`Fault::Stale`] if it is at another version.
pub fn update(id: &str, version: u64, change: &CustomerChange) -> Result<Customer, Fault> {
    Ok(customers::update(id, version, change)?)
}

/// All addresses of a customer (at most 100). Needs `customers:read-pii`.
pub fn addresses(id: &str) -> Result<Vec<Address>, Fault> {
    Ok(customers::addresses(id)?)
}
