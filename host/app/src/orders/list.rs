//! Lists of orders.

use galleria_domain::{
    Act, CursorValue, InvalidCursor, Order, Page, PageRequest, Permission, QueryPrint, Scope,
};
use galleria_storage::orders as stored;

use super::OrderFilter;
use super::see::see;
use crate::audit::bad_cursor;
use crate::error::{AppError, Result};
use crate::work::Work;

/// The most orders on a page.
pub const PAGE_MAX: u32 = 200;

/// Orders of the store that pass a filter, the newest first; needs [`Permission::OrdersRead`] for
/// everybody, or for the customer asked for, and [`Permission::CustomersReadPii`] to look for an
/// email.
pub async fn list(
    work: &mut Work,
    filter: &OrderFilter,
    page: &PageRequest,
) -> Result<Page<Order>> {
    match (work.caller().require(Permission::OrdersRead)?, &filter.customer) {
        (Scope::All, _) => {}
        (Scope::Own(own), Some(customer)) if own == customer => {}
        (Scope::Own(_), _) => {
            return Err(AppError::PermissionDenied(Permission::OrdersRead.to_string()));
        }
    }
    if filter.email.is_some() {
        work.caller().require(Permission::CustomersReadPii)?;
    }
    page_of(work, filter, page).await
}

/// The orders of the customer who asks, the newest first.
pub async fn list_own(work: &mut Work, page: &PageRequest) -> Result<Page<Order>> {
    let customer = work.caller().principal.customer().cloned();
    let customer = customer.ok_or(AppError::Unauthenticated)?;
    work.caller().require_act(Act::SeeOrders, None)?;
    let filter = OrderFilter { customer: Some(customer), ..OrderFilter::default() };
    page_of(work, &filter, page).await
}

async fn page_of(work: &mut Work, filter: &OrderFilter, page: &PageRequest) -> Result<Page<Order>> {
    let limit = page.limit.clamp(1, PAGE_MAX);
    let store = work.caller().store.clone();
    let print = QueryPrint::of(["orders", store.as_str(), &format!("{filter:?}")]);
    let malformed = || bad_cursor(InvalidCursor::Malformed);
    let before = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some([CursorValue::Number(number)]) => {
            Some(u64::try_from(*number).map_err(|_| malformed())?)
        }
        Some(_) => return Err(malformed()),
    };
    let rows = stored::list(work.unit(), &store, filter, before, limit + 1).await?;
    let page = Page::from_rows(rows, limit, print, |order| {
        vec![CursorValue::Number(i64::try_from(order.snapshot().number).unwrap_or(i64::MAX))]
    });
    Ok(page.map(|order| see(work.caller(), order)))
}
