//! Postal addresses as carts and orders keep them: copies, which stay as they were.

use serde::{Deserialize, Serialize};

use crate::address::{Address, AddressDraft, AddressOrigin};
use crate::error::FieldError;
use crate::id::{AddressId, CustomerId};
use crate::locale::CountryCode;
use crate::tax::TaxPlace;
use crate::time::Instant;

/// A copy of a postal address.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(missing_docs, reason = "`Address` says what they mean")]
pub struct PostalAddress {
    pub first_name: String,
    pub last_name: String,
    pub company: Option<String>,
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub county: Option<String>,
    pub region: Option<String>,
    pub region_code: Option<String>,
    pub postal_code: String,
    pub country: CountryCode,
    pub phone: Option<String>,
}

impl PostalAddress {
    /// An address that belongs to no customer, by the same rules.
    pub fn create(draft: AddressDraft) -> Result<Self, Vec<FieldError>> {
        // Nobody ever sees what isn't copied: neither the ids nor the time.
        let origin = AddressOrigin {
            id: AddressId::from_bytes([0; 16]),
            customer: CustomerId::from_bytes([0; 16]),
            at: Instant::EPOCH,
        };
        Ok(Self::from(&Address::create(draft, origin)?))
    }

    /// Where tax is due for what is sent there.
    pub fn tax_place(&self) -> TaxPlace<'_> {
        TaxPlace { country: self.country, region: self.region_code.as_deref() }
    }
}

impl From<&Address> for PostalAddress {
    fn from(address: &Address) -> Self {
        let Address {
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
            ..
        } = address.clone();
        Self {
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
        }
    }
}
