use std::sync::Arc;

use galleria_domain::{
    Act, Actor, Assurance, CartId, CustomerId, ImpersonationId, ImpersonationMode, LanguageTag,
    LinkAssurance, Permission, PlacedVia, PluginId, Principal, RequestId, Rights, Scope, StoreId,
};

use crate::error::{AppError, Result};

/// Who asks, what they may do, and where: goes with every unit of work.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who acts.
    pub principal: Principal,
    /// What they may do. Through a plugin: what both the person and the plugin may.
    pub rights: Arc<Rights>,
    /// The store that the call belongs to.
    pub store: StoreId,
    /// The language wanted.
    pub locale: LanguageTag,
    /// Stands in logs and audit rows.
    pub request_id: RequestId,
    /// The client's address, as far as it can be trusted.
    pub ip: Option<String>,
    /// The plugin through which the call comes.
    pub plugin: Option<PluginId>,
    /// What proved who they are.
    pub assurance: Assurance,
    /// The impersonation in which staff acts for a customer.
    pub impersonation: Option<ImpersonationId>,
    /// How much they may do in it.
    pub mode: Option<ImpersonationMode>,
    /// The only cart that it is about, if it is about one.
    pub only_cart: Option<CartId>,
}

impl Caller {
    /// The host itself, in a store, with every right.
    pub fn system(store: StoreId) -> Self {
        Self {
            principal: Principal { actor: Actor::System, on_behalf_of: None },
            rights: Arc::new(Rights::everything()),
            store,
            locale: LanguageTag::english(),
            request_id: RequestId::generate(),
            ip: None,
            plugin: None,
            assurance: Assurance::Password,
            impersonation: None,
            mode: None,
            only_cart: None,
        }
    }

    /// Refuses what staff may not do in the name of a customer, and what needs more proof than a
    /// link to a checkout. `cart` is the one that it is done to, if it is done to one. Who acts
    /// for themselves, and has proven it, may do anything as far as this is concerned.
    pub fn require_act(&self, act: Act, cart: Option<&CartId>) -> Result<()> {
        if let Some(mode) = self.mode {
            let other = matches!((&self.only_cart, cart), (Some(own), Some(cart)) if own != cart);
            if other || !mode.allows(act) {
                return Err(AppError::ForbiddenWhileImpersonating(act));
            }
        }
        if self.assurance == Assurance::Link && !LinkAssurance::Checkout.allows(act) {
            return Err(AppError::StepUpRequired);
        }
        Ok(())
    }

    /// Refuses, unless the caller has `permission`; answers for whose data it holds.
    pub fn require(&self, permission: Permission) -> Result<&Scope> {
        if self.rights.has(permission) {
            Ok(self.rights.scope())
        } else {
            Err(AppError::PermissionDenied(permission.as_str().to_owned()))
        }
    }

    /// How an order comes about that the caller places.
    pub fn placed_via(&self) -> PlacedVia {
        match (&self.impersonation, &self.only_cart, self.principal.staff()) {
            (Some(_), None, _) => PlacedVia::Impersonation,
            (Some(_), Some(_), _) | (None, _, Some(_)) => PlacedVia::AgentCheckout,
            (None, _, None) if self.assurance == Assurance::Link => PlacedVia::Link,
            (None, _, None) => PlacedVia::Storefront,
        }
    }

    /// Whether the caller has `permission` for somebody's data.
    pub fn may(&self, permission: Permission) -> bool {
        self.rights.has(permission)
    }

    /// Refuses, unless the caller has `permission` for the data of this customer.
    ///
    /// A customer who isn't theirs to see is answered as one who doesn't exist.
    pub fn require_for(&self, permission: Permission, customer: &CustomerId) -> Result<()> {
        self.require(permission)?;
        if self.rights.reaches(customer) { Ok(()) } else { Err(AppError::NotFound("customer")) }
    }
}
