//! Postal addresses as clients see them: those of customers, and the copies of carts and orders.

use galleria_domain::PostalAddress;
use schemars::JsonSchema;
use serde::Serialize;

/// Who receives, and where.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "PostalAddress")]
pub(crate) struct PostalAddressView {
    /// First name of who receives there.
    first_name: String,
    /// Their last name.
    last_name: String,
    /// The company there.
    company: Option<String>,
    /// Street and number.
    line1: String,
    /// More of it.
    line2: Option<String>,
    /// The city.
    city: String,
    /// District or county.
    county: Option<String>,
    /// State or province, in words.
    region: Option<String>,
    /// State or province, by its code.
    region_code: Option<String>,
    /// The postal code; may be empty.
    postal_code: String,
    /// The country by its two letters.
    country: String,
    /// For the driver.
    phone: Option<String>,
}

impl From<PostalAddress> for PostalAddressView {
    fn from(address: PostalAddress) -> Self {
        Self {
            first_name: address.first_name,
            last_name: address.last_name,
            company: address.company,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            county: address.county,
            region: address.region,
            region_code: address.region_code,
            postal_code: address.postal_code,
            country: address.country.to_string(),
            phone: address.phone,
        }
    }
}
