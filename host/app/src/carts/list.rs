//! Lists of carts.

use galleria_domain::{
    Cart, CursorValue, InvalidCursor, Page, PageRequest, Permission, QueryPrint,
};
use galleria_storage::carts as stored;

use super::{CartFilter, reaches_all, see};
use crate::audit::bad_cursor;
use crate::error::{AppError, Result};
use crate::work::Work;

/// The most carts on a page.
pub const PAGE_MAX: u32 = 200;

/// Carts of the store that pass a filter, those changed last first; needs
/// [`Permission::CartsRead`] for everybody, and [`Permission::CustomersReadPii`] to look for an email
/// or a country.
pub async fn list(work: &mut Work, filter: &CartFilter, page: &PageRequest) -> Result<Page<Cart>> {
    if !reaches_all(work, Permission::CartsRead) {
        return Err(AppError::PermissionDenied(Permission::CartsRead.to_string()));
    }
    // Guessing at what is masked would tell.
    if filter.email.is_some() || filter.country.is_some() {
        work.caller().require(Permission::CustomersReadPii)?;
    }
    let limit = page.limit.clamp(1, PAGE_MAX);
    let store = work.caller().store.clone();
    let print = QueryPrint::of(["carts", store.as_str(), &format!("{filter:?}")]);
    let after = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some([CursorValue::Number(at), CursorValue::Number(seq)]) => Some((*at, *seq)),
        Some(_) => return Err(bad_cursor(InvalidCursor::Malformed)),
    };
    let rows = stored::list(work.unit(), &store, filter, after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, print, |row| {
        vec![CursorValue::Number(row.cart.updated_at.as_micros()), CursorValue::Number(row.seq)]
    });
    Ok(page.map(|row| see(work.caller(), row.cart)))
}
