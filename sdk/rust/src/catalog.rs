//! What can be bought in the store that the call belongs to; needs `catalog:read`.

use crate::bindings::imports::galleria::catalog::catalog;
use crate::bindings::imports::galleria::shared::values::PageRequest;
use crate::{Fault, Page, Paging};

pub use crate::bindings::imports::galleria::catalog::catalog::Variant;

/// How many variants the host gives at once.
const MAX_MANY: usize = 200;

/// Those of the given variants that there are; any number of them.
pub fn get_many(ids: &[String]) -> Result<Vec<Variant>, Fault> {
    let mut found = Vec::with_capacity(ids.len());
    for part in ids.chunks(MAX_MANY) {
        found.append(&mut catalog::get_many(part)?);
    }
    Ok(found)
}

/// The variant with this SKU, to the letter.
pub fn find_by_sku(sku: &str) -> Result<Option<Variant>, Fault> {
    Ok(catalog::find_by_sku(sku)?)
}

/// A page of variants, by part of a name or SKU.
pub fn search(part: Option<&str>, paging: Paging) -> Result<Page<Variant>, Fault> {
    let request = PageRequest { limit: paging.limit, cursor: paging.cursor };
    let page = catalog::search(part, &request)?;
    Ok(Page { items: page.items, next: page.next })
}
