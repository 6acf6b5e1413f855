//! Postal addresses of customers.

use crate::change::Change;
use crate::customer::Customer;
use crate::edit::change_line;
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{AddressId, CustomerId};
use crate::locale::CountryCode;
use crate::postal::PostalAddress;
use crate::text::TextRule;
use crate::time::Instant;

/// The most addresses that a customer can have.
pub const ADDRESSES_MAX: usize = 100;

const LABEL: TextRule = TextRule::line(64);

/// A postal address of a customer. Which one is the default, the customer says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    /// Names the address for ever.
    pub id: AddressId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Grows by one with each change.
    pub version: u64,
    /// What the customer calls it: `Office`.
    pub label: Option<String>,
    /// Who receives there, and where that is.
    pub postal: PostalAddress,
    /// Whether somebody or something has confirmed that it exists.
    pub validated: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// What an address is to be made of, as it was given; nothing of it is checked yet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "`Address` and `PostalAddress` say what they mean")]
pub struct AddressDraft {
    pub label: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub city: Option<String>,
    pub county: Option<String>,
    pub region: Option<String>,
    pub region_code: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub phone: Option<String>,
    pub validated: Option<bool>,
}

/// What is to be different about an address, as it was given; what isn't named stays.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "`Address` and `PostalAddress` say what they mean")]
pub struct AddressChange {
    pub label: Change<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Change<String>,
    pub line1: Option<String>,
    pub line2: Change<String>,
    pub city: Option<String>,
    pub county: Change<String>,
    pub region: Change<String>,
    pub region_code: Change<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub phone: Change<String>,
    pub validated: Option<bool>,
}

impl From<AddressDraft> for AddressChange {
    fn from(draft: AddressDraft) -> Self {
        Self {
            label: Change::set_if(draft.label),
            first_name: draft.first_name,
            last_name: draft.last_name,
            company: Change::set_if(draft.company),
            // What a draft leaves out is missing, not to be kept.
            line1: draft.line1.or_else(|| Some(String::new())),
            line2: Change::set_if(draft.line2),
            city: draft.city.or_else(|| Some(String::new())),
            county: Change::set_if(draft.county),
            region: Change::set_if(draft.region),
            region_code: Change::set_if(draft.region_code),
            postal_code: draft.postal_code,
            country: draft.country,
            phone: Change::set_if(draft.phone),
            validated: draft.validated,
        }
    }
}

/// What the host knows about a new address by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddressOrigin {
    /// The id it gets.
    pub id: AddressId,
    /// Whose it is.
    pub customer: CustomerId,
    /// When it is made.
    pub at: Instant,
}

impl Address {
    /// Makes an address; street, city and country are required.
    pub fn create(draft: AddressDraft, origin: AddressOrigin) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let country = mistakes.required("country", draft.country.as_deref());
        // Without a country the rest is looked through all the same, for what else is wrong.
        let AddressOrigin { id, customer, at: created_at } = origin;
        let postal = PostalAddress::blank(country.unwrap_or(CountryCode::ANY));
        let (label, validated) = (None, false);
        let mut address = Self { id, customer, version: 1, label, postal, validated, created_at };
        address.change(&AddressChange { country: None, ..draft.into() }, &mut mistakes);
        mistakes.finish(address)
    }

    /// The address with a change made, one version further on; or everything that is wrong with
    /// the change. Where the place has changed, it counts as not confirmed any more.
    pub fn apply(&self, change: &AddressChange) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let mut next = self.clone();
        next.version += 1;
        next.change(change, &mut mistakes);
        mistakes.finish(next)
    }

    fn change(&mut self, change: &AddressChange, mistakes: &mut Mistakes) {
        let before = self.postal.clone();
        change_line(mistakes, "label", &change.label, LABEL, &mut self.label);
        self.postal.change(change, mistakes);
        let is_confirmed = self.validated && self.postal.is_where(&before);
        self.validated = change.validated.unwrap_or(is_confirmed);
    }
}

/// Which addresses are to be a customer's defaults.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DefaultsChange {
    /// Where bills go.
    pub billing: Change<AddressId>,
    /// Where parcels go.
    pub shipping: Change<AddressId>,
}

impl Customer {
    /// The customer with other default addresses, one version further on; only their own will do.
    pub fn apply_defaults(
        &self,
        change: &DefaultsChange,
        own: &[AddressId],
    ) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let mut next = self.clone();
        next.version += 1;
        for (path, change, default) in [
            ("billing", &change.billing, &mut next.default_billing_id),
            ("shipping", &change.shipping, &mut next.default_shipping_id),
        ] {
            match change {
                Change::Keep => {}
                Change::Clear => *default = None,
                Change::Set(id) if own.contains(id) => *default = Some(id.clone()),
                Change::Set(_) => {
                    mistakes.add(path, FieldCode::Unknown, "is no address of this customer");
                }
            }
        }
        mistakes.finish(next)
    }
}

/// Whether a customer who has so many addresses can get another one.
pub fn address_room(count: usize) -> Result<(), FieldError> {
    if count < ADDRESSES_MAX {
        Ok(())
    } else {
        Err(FieldError::new("", FieldCode::TooLong, "a customer has at most 100 addresses"))
    }
}

#[cfg(test)]
mod tests;
