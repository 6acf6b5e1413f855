//! Orders of the store that the call belongs to; needs `orders:read`.
//!
//! Where a person acts through the plugin, that person's own rights limit it as well.

use crate::bindings::imports::galleria::orders::orders;
use crate::bindings::imports::galleria::shared::values::PageRequest;
use crate::{Fault, Page, Paging};

pub use crate::bindings::imports::galleria::orders::orders::{
    Order, OrderFilter, OrderLine, OrderStatus,
};

/// One order.
///
/// # Errors
/// [`Fault::NotFound`] if there is none with this id in the store.
pub fn get(id: &str) -> Result<Order, Fault> {
    Ok(orders::get(id)?)
}

/// A page of orders, newest first.
pub fn list(filter: &OrderFilter, paging: Paging) -> Result<Page<Order>, Fault> {
    let request = PageRequest { limit: paging.limit, cursor: paging.cursor };
    let page = orders::list_page(filter, &request)?;
    Ok(Page { items: page.items, next: page.next })
}
