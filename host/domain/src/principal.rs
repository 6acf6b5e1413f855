//! Who acts, and for whom.

use std::fmt;
use std::str::FromStr;

use crate::error::{FieldCode, Mistake};
use crate::id::{CustomerId, PluginId, StaffId, VisitId};
use crate::names::{as_json_text, named};

/// The one who acts. As text: `visitor`, `visitor:vis_…`, `customer:cus_…`, `staff:stf_…`,
/// `plugin:customer-roles`, `system`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Actor {
    /// Somebody unknown, with the visit if one began.
    Visitor(Option<VisitId>),
    /// A registered customer, logged in.
    Customer(CustomerId),
    /// A member of the staff.
    Staff(StaffId),
    /// A plugin by itself.
    Plugin(PluginId),
    /// The host itself.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visitor(None) => f.write_str("visitor"),
            Self::Visitor(Some(id)) => write!(f, "visitor:{id}"),
            Self::Customer(id) => write!(f, "customer:{id}"),
            Self::Staff(id) => write!(f, "staff:{id}"),
            Self::Plugin(id) => write!(f, "plugin:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

/// A text that names no actor.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("names nobody who could act")]
pub struct InvalidActor;

impl Mistake for InvalidActor {
    fn code(&self) -> FieldCode {
        FieldCode::Malformed
    }
}

impl FromStr for Actor {
    type Err = InvalidActor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let actor = match text.split_once(':') {
            None if text == "visitor" => Some(Self::Visitor(None)),
            None if text == "system" => Some(Self::System),
            Some(("visitor", id)) => id.parse().ok().map(|id| Self::Visitor(Some(id))),
            Some(("customer", id)) => id.parse().ok().map(Self::Customer),
            Some(("staff", id)) => id.parse().ok().map(Self::Staff),
            Some(("plugin", id)) => id.parse().ok().map(Self::Plugin),
            _ => None,
        };
        actor.ok_or(InvalidActor)
    }
}

as_json_text!(Actor);

named! {
    /// What proved who somebody is.
    Assurance, "proof of who somebody is" {
        /// A password or a key of theirs; or nothing had to be proven.
        Password = "password",
        /// A link to a checkout that was sent to them: enough for the checkout, and not for what is
        /// delicate.
        Link = "link",
    }
}

/// Who acts, and for whom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Principal {
    /// The one who acts.
    pub actor: Actor,
    /// The customer for whom staff acts under impersonation.
    pub on_behalf_of: Option<CustomerId>,
}

impl Principal {
    /// The host itself.
    pub fn system() -> Self {
        Actor::System.into()
    }

    /// The customer whose account this is about: the one logged in, or the one acted for.
    pub fn customer(&self) -> Option<&CustomerId> {
        match (&self.on_behalf_of, &self.actor) {
            (Some(customer), _) | (None, Actor::Customer(customer)) => Some(customer),
            _ => None,
        }
    }

    /// The member of the staff who acts, also under impersonation.
    pub fn staff(&self) -> Option<&StaffId> {
        match &self.actor {
            Actor::Staff(staff) => Some(staff),
            _ => None,
        }
    }
}

/// Somebody who acts for themselves.
impl From<Actor> for Principal {
    fn from(actor: Actor) -> Self {
        Self { actor, on_behalf_of: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_survives_text() {
        for actor in [
            Actor::Visitor(None),
            Actor::Visitor(Some(VisitId::generate())),
            Actor::Customer(CustomerId::generate()),
            Actor::Staff(StaffId::generate()),
            Actor::Plugin("customer-roles".parse().unwrap()),
            Actor::System,
        ] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        let customer = CustomerId::generate();
        for bad in ["", "system:", "root", "customer", &format!("staff:{customer}"), "plugin:A"] {
            assert_eq!(bad.parse::<Actor>(), Err(InvalidActor), "{bad}");
        }
    }

    #[test]
    fn under_impersonation_both_people_are_known() {
        let (staff, customer) = (StaffId::generate(), CustomerId::generate());
        let principal =
            Principal { actor: Actor::Staff(staff.clone()), on_behalf_of: Some(customer.clone()) };
        assert_eq!((principal.staff(), principal.customer()), (Some(&staff), Some(&customer)));
    }
}
