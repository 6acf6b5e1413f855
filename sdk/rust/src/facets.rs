//! This plugin's values about customers, which the host filters, sorts and exports by; needs
//! `facets:write`.

use crate::Fault;
use crate::bindings::imports::galleria::facets::facets;

pub use crate::bindings::imports::galleria::facets::facets::{CustomerFacet, FacetValue};

/// How many customers the host takes at once.
const MAX_BATCH: usize = 1000;

impl CustomerFacet {
    /// All values of one facet of one customer; none takes the facet away.
    pub fn new<V: Into<FacetValue>>(
        customer: impl Into<String>,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self { customer: customer.into(), key: key.to_owned(), values }
    }
}

impl From<String> for FacetValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for FacetValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for FacetValue {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for FacetValue {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Replaces the values of the facets given, any number of them: all or, with the call that fails,
/// none.
///
/// # Errors
/// [`Fault::Invalid`] if a value isn't of the declared type, [`Fault::NotFound`] if a customer
/// isn't there, [`Fault::Denied`] without the permission.
pub fn put(values: &[CustomerFacet]) -> Result<(), Fault> {
    for part in values.chunks(MAX_BATCH) {
        facets::put(part)?;
    }
    Ok(())
}
