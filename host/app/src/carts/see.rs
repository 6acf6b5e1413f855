//! What of a cart is shown to whom: who somebody is and where they live is for those alone who may
//! see that of customers.

use galleria_domain::{Cart, CartOwner, Permission, Scope};

use super::access::is_own;
use crate::caller::Caller;

/// The cart as the caller may see it.
pub(crate) fn see(caller: &Caller, cart: Cart) -> Cart {
    if sees_people(caller, &cart.owner) {
        cart
    } else {
        Cart { email: None, billing: None, shipping: None, note: None, ..cart }
    }
}

fn sees_people(caller: &Caller, owner: &CartOwner) -> bool {
    if is_own(caller, owner) && caller.plugin.is_none() {
        return true;
    }
    match owner {
        CartOwner::Customer(customer) => {
            caller.rights.has_for(Permission::CustomersReadPii, customer)
        }
        CartOwner::Visitor(_) => {
            caller.may(Permission::CustomersReadPii) && *caller.rights.scope() == Scope::All
        }
    }
}
