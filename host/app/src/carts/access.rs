//! Who may see and change which cart.

use galleria_domain::{Act, Actor, Cart, CartId, CartOwner, Permission};
use galleria_storage::carts as stored;
use galleria_storage::carts::StoredCart;

use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::work::Work;

/// A cart as stored. Whoever asks must be allowed to.
pub(crate) async fn load(work: &mut Work, id: &CartId) -> Result<StoredCart> {
    let store = work.caller().store.clone();
    stored::get(work.unit(), &store, id).await?.ok_or(AppError::NotFound("cart"))
}

/// Refuses whoever may not see a cart; for them, there is none.
pub(crate) fn require_seen(work: &Work, cart: &Cart) -> Result<()> {
    require(work.caller(), cart, Permission::CartsRead)?;
    work.caller().require_act(Act::SeeCart, Some(&cart.id))
}

/// Refuses whoever may not change a cart.
pub(crate) fn require_changed(work: &Work, cart: &Cart) -> Result<()> {
    require_seen(work, cart)?;
    if require(work.caller(), cart, Permission::CartsWrite).is_ok() {
        work.caller().require_act(Act::ChangeCart, Some(&cart.id))
    } else {
        Err(AppError::PermissionDenied(Permission::CartsWrite.to_string()))
    }
}

/// Refuses whoever may not order a cart: its owner may, who acts for them may, and staff with
/// [`Permission::OrdersWrite`].
pub(crate) fn require_placed(work: &Work, cart: &Cart) -> Result<()> {
    require_changed(work, cart)?;
    work.caller().require_act(Act::PlaceOrder, Some(&cart.id))?;
    if is_own(work.caller(), &cart.owner) || work.caller().may(Permission::OrdersWrite) {
        Ok(())
    } else {
        Err(AppError::PermissionDenied(Permission::OrdersWrite.to_string()))
    }
}

fn require(caller: &Caller, cart: &Cart, permission: Permission) -> Result<()> {
    let hidden = || AppError::NotFound("cart");
    if is_own(caller, &cart.owner) {
        // Through a plugin, also one's own cart needs what was granted to the plugin.
        return if caller.plugin.is_none() || caller.may(permission) {
            Ok(())
        } else {
            Err(AppError::PermissionDenied(permission.to_string()))
        };
    }
    match &cart.owner {
        CartOwner::Customer(customer) => {
            let seen = caller.may(permission) && caller.rights.reaches(customer);
            if seen { Ok(()) } else { Err(hidden()) }
        }
        CartOwner::Visitor(_) => {
            let all = *caller.rights.scope() == galleria_domain::Scope::All;
            if all && caller.may(permission) { Ok(()) } else { Err(hidden()) }
        }
    }
}

pub(super) fn is_own(caller: &Caller, owner: &CartOwner) -> bool {
    match (owner, &caller.principal.actor) {
        (CartOwner::Customer(customer), _) => caller.principal.customer() == Some(customer),
        (CartOwner::Visitor(visit), Actor::Visitor(Some(own))) => visit == own,
        (CartOwner::Visitor(_), _) => false,
    }
}
