//! What of an order is shown to whom: who somebody is and where they live is for those alone who
//! may see that of customers.

use galleria_domain::{Order, OrderSnapshot, Permission, Scope};

use crate::caller::Caller;

/// The order as the caller may see it.
pub(super) fn see(caller: &Caller, order: Order) -> Order {
    if sees_people(caller, order.snapshot()) {
        return order;
    }
    let snapshot = OrderSnapshot {
        email: None,
        billing: None,
        shipping: None,
        note: None,
        customer_ip: None,
        ..order.snapshot().clone()
    };
    Order::restore(snapshot, order.progress().clone())
}

fn sees_people(caller: &Caller, snapshot: &OrderSnapshot) -> bool {
    // Who has placed it in person has said all of it themselves.
    let placed_it = snapshot.actor == caller.principal.actor && caller.principal.staff().is_none();
    let customer = snapshot.customer.as_ref();
    let is_own = placed_it || (customer.is_some() && caller.principal.customer() == customer);
    if is_own && caller.plugin.is_none() {
        return true;
    }
    match customer {
        Some(customer) => caller.rights.has_for(Permission::CustomersReadPii, customer),
        None => caller.may(Permission::CustomersReadPii) && *caller.rights.scope() == Scope::All,
    }
}
