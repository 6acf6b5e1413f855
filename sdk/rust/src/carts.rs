//! Carts of the store that the call belongs to; needs `carts:read`, and `carts:write` to change
//! them. Links to their checkout are in [`links`], which needs `links:create`.
//!
//! Where a person acts through the plugin, that person's own rights limit it as well.

use crate::bindings::imports::galleria::carts::carts;
use crate::bindings::imports::galleria::shared::values::PageRequest;
use crate::{Fault, Page, Paging};

pub use crate::bindings::imports::galleria::carts::carts::{
    Cart, CartFilter, CartLine, CartOwner, CartStatus,
};

/// One cart.
///
/// # Errors
/// [`Fault::NotFound`] if there is none with this id in the store.
pub fn get(id: &str) -> Result<Cart, Fault> {
    Ok(carts::get(id)?)
}

/// A page of carts, those changed last first.
pub fn list(filter: &CartFilter, paging: Paging) -> Result<Page<Cart>, Fault> {
    let request = PageRequest { limit: paging.limit, cursor: paging.cursor };
    let page = carts::list_page(filter, &request)?;
    Ok(Page { items: page.items, next: page.next })
}

/// Makes an empty cart for a customer; with `current`, the one that they see.
///
/// # Errors
/// [`Fault::Conflict`] if it is to be current and they have a current one.
pub fn create(customer: &str, currency: Option<&str>, current: bool) -> Result<Cart, Fault> {
    Ok(carts::create(customer, currency, current)?)
}

/// Puts so many of a variant into a cart.
pub fn add_line(cart: &str, variant: &str, quantity: u32) -> Result<Cart, Fault> {
    Ok(carts::add_line(cart, variant, quantity)?)
}

/// Changes how many of a line there are; 0 takes it out.
pub fn set_quantity(cart: &str, line: &str, quantity: u32) -> Result<Cart, Fault> {
    Ok(carts::set_quantity(cart, line, quantity)?)
}

/// Puts a code in.
pub fn apply_code(cart: &str, code: &str) -> Result<Cart, Fault> {
    Ok(carts::apply_code(cart, code)?)
}

/// Takes a code out.
pub fn remove_code(cart: &str, code: &str) -> Result<Cart, Fault> {
    Ok(carts::remove_code(cart, code)?)
}

/// Links to the checkout of a cart; needs `links:create`. Nobody but its receiver learns a link's
/// token.
pub mod links {
    use crate::Fault;
    use crate::bindings::imports::galleria::carts::checkout_links;

    pub use crate::bindings::imports::galleria::carts::checkout_links::CheckoutLink;

    /// Makes a link that is good for so many seconds, and mails it to the cart's customer.
    pub fn send(cart: &str, lifetime_s: u64) -> Result<CheckoutLink, Fault> {
        Ok(checkout_links::send(cart, lifetime_s)?)
    }

    /// Calls a link back.
    pub fn revoke(id: &str, reason: &str) -> Result<(), Fault> {
        Ok(checkout_links::revoke(id, reason)?)
    }
}
