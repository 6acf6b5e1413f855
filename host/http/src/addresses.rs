//! What addresses look like, to staff and to customers alike.

use galleria_app::addresses::SeenAddress;
use galleria_app::customers::SeenCustomer;
use galleria_domain::{
    Address, AddressChange, AddressDraft, AddressId, Change, CountryCode, DefaultsChange, Instant,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Found, Result};

/// An address to be made. Street, city and country are required.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressCreate {
    /// What the customer calls it: `Office`.
    label: Option<String>,
    /// First name of who receives there.
    first_name: Option<String>,
    /// Their last name.
    last_name: Option<String>,
    /// The company there.
    company: Option<String>,
    /// Street and number.
    line1: Option<String>,
    /// More of it.
    line2: Option<String>,
    /// The city.
    city: Option<String>,
    /// District or county.
    county: Option<String>,
    /// State or province, in words.
    region: Option<String>,
    /// State or province, by its code: `CA`.
    region_code: Option<String>,
    /// The postal code, where there is one.
    postal_code: Option<String>,
    /// The country by its two letters: `CH`.
    country: Option<String>,
    /// For the driver.
    phone: Option<String>,
}

/// What is to be different about an address: what isn't named stays, `null` clears.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressUpdate {
    /// What the customer calls it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    label: Change<String>,
    /// First name of who receives there.
    first_name: Option<String>,
    /// Their last name.
    last_name: Option<String>,
    /// The company there.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    company: Change<String>,
    /// Street and number.
    line1: Option<String>,
    /// More of it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    line2: Change<String>,
    /// The city.
    city: Option<String>,
    /// District or county.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    county: Change<String>,
    /// State or province, in words.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    region: Change<String>,
    /// State or province, by its code.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    region_code: Change<String>,
    /// The postal code.
    postal_code: Option<String>,
    /// The country by its two letters.
    country: Option<String>,
    /// For the driver.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    phone: Change<String>,
}

/// Which addresses are to be the defaults: what isn't named stays, `null` clears.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefaultsSet {
    /// Where bills go.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    billing: Change<AddressId>,
    /// Where parcels go.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    shipping: Change<AddressId>,
}

/// A postal address of a customer.
#[derive(JsonSchema, Serialize)]
pub(crate) struct AddressView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: AddressId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// What the customer calls it.
    label: Option<String>,
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
    #[schemars(with = "String")]
    country: CountryCode,
    /// For the driver.
    phone: Option<String>,
    /// Whether somebody or something has confirmed that it exists.
    validated: bool,
    /// Whether bills go there.
    default_billing: bool,
    /// Whether parcels go there.
    default_shipping: bool,
    /// When it was made.
    #[schemars(with = "String")]
    created_at: Instant,
}

/// A customer's default addresses.
#[derive(JsonSchema, Serialize)]
pub(crate) struct DefaultsView {
    /// Where bills go.
    #[schemars(with = "Option<String>")]
    billing: Option<AddressId>,
    /// Where parcels go.
    #[schemars(with = "Option<String>")]
    shipping: Option<AddressId>,
}

pub(crate) fn show(seen: SeenAddress) -> Result<Found<AddressView>> {
    let version = seen.address.version;
    Ok(Found::of(&seen.into())?.at_version(version))
}

/// The defaults, with the version of the customer, who holds them.
pub(crate) fn show_defaults(seen: SeenCustomer) -> Result<Found<DefaultsView>> {
    let customer = seen.customer;
    let view = DefaultsView {
        billing: customer.default_billing_id,
        shipping: customer.default_shipping_id,
    };
    Ok(Found::of(&view)?.at_version(customer.version))
}

impl From<AddressCreate> for AddressDraft {
    fn from(body: AddressCreate) -> Self {
        let AddressCreate {
            label,
            first_name,
            last_name,
            company,
            line1,
            line2,
            city,
            county,
            region,
            region_code,
            postal_code,
            country,
            phone,
        } = body;
        Self {
            label,
            first_name,
            last_name,
            company,
            line1,
            line2,
            city,
            county,
            region,
            region_code,
            postal_code,
            country,
            phone,
            // Nobody confirms an address by writing it down.
            validated: None,
        }
    }
}

impl From<AddressUpdate> for AddressChange {
    fn from(body: AddressUpdate) -> Self {
        let AddressUpdate {
            label,
            first_name,
            last_name,
            company,
            line1,
            line2,
            city,
            county,
            region,
            region_code,
            postal_code,
            country,
            phone,
        } = body;
        Self {
            label,
            first_name,
            last_name,
            company,
            line1,
            line2,
            city,
            county,
            region,
            region_code,
            postal_code,
            country,
            phone,
            validated: None,
        }
    }
}

impl From<DefaultsSet> for DefaultsChange {
    fn from(body: DefaultsSet) -> Self {
        let DefaultsSet { billing, shipping } = body;
        Self { billing, shipping }
    }
}

impl From<SeenAddress> for AddressView {
    fn from(seen: SeenAddress) -> Self {
        let SeenAddress { address, is_default_billing, is_default_shipping } = seen;
        let Address {
            id,
            customer: _,
            version,
            label,
            first_name,
            last_name,
            company,
            line1,
            line2,
            city,
            county,
            region,
            region_code,
            postal_code,
            country,
            phone,
            validated,
            created_at,
        } = address;
        Self {
            id,
            version,
            label,
            first_name,
            last_name,
            company,
            line1,
            line2,
            city,
            county,
            region,
            region_code,
            postal_code,
            country,
            phone,
            validated,
            default_billing: is_default_billing,
            default_shipping: is_default_shipping,
            created_at,
        }
    }
}
