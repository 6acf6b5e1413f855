pub use crate::bindings::http::galleria::shared::identity::{Actor, Principal};
use crate::{FromRequest, Problem, Request, Result};

impl Principal {
    /// The customer whom this is about: the one who is logged in, or the one for whom staff acts.
    pub fn customer(&self) -> Option<&str> {
        match (&self.on_behalf_of, &self.actor) {
            (Some(id), _) | (None, Actor::Customer(id)) => Some(id),
            _ => None,
        }
    }

    /// The acting person's id in a form that names the kind as well: `staff:stf_1`, `system`.
    pub fn actor_name(&self) -> String {
        match &self.actor {
            Actor::Visitor(Some(id)) => format!("visitor:{id}"),
            Actor::Visitor(None) => "visitor".to_owned(),
            Actor::Customer(id) => format!("customer:{id}"),
            Actor::Staff(id) => format!("staff:{id}"),
            Actor::Plugin(id) => format!("plugin:{id}"),
            Actor::System => "system".to_owned(),
        }
    }

    /// Whether the actor has a staff permission of this plugin: `roles:manage`.
    pub fn may(&self, permission: &str) -> bool {
        self.permissions.iter().any(|held| held == permission)
    }

    /// Refuses with 403 unless the actor has a staff permission of this plugin.
    pub fn require(&self, permission: &str) -> Result<()> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(Problem::denied(format!("the permission {permission} is missing")))
        }
    }
}

/// The actor as records name it: [`Principal::actor_name`].
#[derive(Clone, Debug)]
pub struct ActorName(pub String);

impl FromRequest for ActorName {
    fn from_request(request: &Request) -> Result<Self> {
        Ok(Self(request.principal().actor_name()))
    }
}

impl FromRequest for Principal {
    fn from_request(request: &Request) -> Result<Self> {
        Ok(request.principal().clone())
    }
}
