use std::fmt;

use serde::Serialize;

use crate::bindings::imports::galleria::shared::faults::Fault as WitFault;
use crate::{FieldFault, Problem};

pub use crate::bindings::imports::galleria::shared::faults::QuotaFault as Quota;

/// Why the host did not do what it was asked; nothing was changed by it.
///
/// With `?` in a handler it becomes the [`Problem`] that fits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// No such thing, or none that this plugin and the acting person may see.
    NotFound,
    /// The permission named was not granted, or the acting person doesn't have it.
    Denied(String),
    /// An allowance is used up; the whole call should fail.
    Quota(Quota),
    /// What was given cannot be accepted; every mistake is listed.
    Invalid(Vec<FieldFault>),
    /// It clashes with what is stored; the text says with what.
    Conflict(String),
    /// The version expected is not the version stored, which is given.
    Stale(u64),
    /// The host could not answer now.
    Unavailable,
    /// What the host answered is not what this plugin expects, such as an entity written by another
    /// version of it; the text says what.
    Unreadable(String),
}

/// One page of a list.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Asks for the page behind this one; `None` at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

impl From<WitFault> for Fault {
    fn from(fault: WitFault) -> Self {
        match fault {
            WitFault::NotFound => Self::NotFound,
            WitFault::Denied(permission) => Self::Denied(permission),
            WitFault::Quota(quota) => Self::Quota(quota),
            WitFault::Invalid(errors) => Self::Invalid(errors),
            WitFault::Conflict(with) => Self::Conflict(with),
            WitFault::Stale(version) => Self::Stale(version),
            WitFault::Unavailable => Self::Unavailable,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such thing"),
            Self::Denied(permission) => write!(f, "the permission {permission} is missing"),
            Self::Quota(quota) => {
                write!(f, "the allowance of {} {} is used up", quota.allowed, quota.which)
            }
            Self::Invalid(errors) => match errors.first() {
                Some(first) => write!(f, "{}: {}", first.path, first.message),
                None => f.write_str("what was given cannot be accepted"),
            },
            Self::Conflict(with) => f.write_str(with),
            Self::Stale(version) => write!(f, "version {version} is stored, another was expected"),
            Self::Unavailable => f.write_str("the host cannot answer now"),
            Self::Unreadable(what) => write!(f, "stored data cannot be read: {what}"),
        }
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let detail = fault.to_string();
        match fault {
            Fault::NotFound => Self::new(404, "not-found", detail),
            Fault::Denied(_) => Self::new(403, "denied", detail),
            Fault::Quota(_) => Self::new(429, "quota", detail),
            Fault::Invalid(errors) => Self::invalid(errors),
            Fault::Conflict(_) => Self::new(409, "conflict", detail),
            Fault::Stale(_) => Self::new(412, "stale", detail),
            Fault::Unavailable => Self::new(503, "unavailable", detail),
            Fault::Unreadable(_) => Self::new(503, "unreadable", detail),
        }
    }
}
