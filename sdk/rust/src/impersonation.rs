//! Staff acting for customers; needs `impersonation:read`.

use crate::Fault;
use crate::bindings::imports::galleria::impersonation::impersonation as wit;

pub use wit::{Mode, Session};

/// The one in which this call is made, if staff makes it for a customer.
///
/// # Errors
/// [`Fault::Denied`] without the permission.
pub fn current() -> Result<Option<Session>, Fault> {
    Ok(wit::current()?)
}

/// Those that go on in the store, the newest first and at most 200; of one customer, if one is
/// named.
///
/// # Errors
/// [`Fault::Invalid`] if that is no id of a customer, [`Fault::Denied`] without the permission.
pub fn running(customer: Option<&str>) -> Result<Vec<Session>, Fault> {
    Ok(wit::running(customer)?)
}
