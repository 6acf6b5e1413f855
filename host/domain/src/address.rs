//! Postal addresses of customers.

use crate::change::Change;
use crate::customer::Customer;
use crate::edit::{change_line, set_line};
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::fold::{fold, fold_strip};
use crate::id::{AddressId, CustomerId};
use crate::locale::CountryCode;
use crate::text::TextRule;
use crate::time::Instant;

/// The most addresses that a customer can have.
pub const ADDRESSES_MAX: usize = 100;

const NAME: TextRule = TextRule::line(256);
const LINE: TextRule = TextRule::line(256);
const LABEL: TextRule = TextRule::line(64);
const CODE: TextRule = TextRule::line(32);
const PHONE: TextRule = TextRule::line(64);

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
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// The company at this address.
    pub company: Option<String>,
    /// Street and number; never empty.
    pub line1: String,
    /// More of it.
    pub line2: Option<String>,
    /// Never empty.
    pub city: String,
    /// District or county.
    pub county: Option<String>,
    /// State or province, in words.
    pub region: Option<String>,
    /// State or province, by its code: `CA`.
    pub region_code: Option<String>,
    /// May be empty, since some countries have none.
    pub postal_code: String,
    /// Which country.
    pub country: CountryCode,
    /// For the driver.
    pub phone: Option<String>,
    /// Whether somebody or something has confirmed that it exists.
    pub validated: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// What an address is to be made of, as it was given; nothing of it is checked yet.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "`Address` says what they mean")]
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
#[expect(missing_docs, reason = "`Address` says what they mean")]
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
        let mut address = Self::blank(origin, country.unwrap_or(CountryCode::ANY));
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

    /// First and last name as one text; empty if there is neither.
    pub fn full_name(&self) -> String {
        join_words([&self.first_name, &self.last_name])
    }

    /// The texts by which the address is found, to be stored beside the row.
    pub fn search_keys(&self) -> AddressSearchKeys {
        let street = [Some(&self.line1), self.line2.as_ref()].into_iter().flatten();
        let region = [self.county.as_ref(), self.region.as_ref()].into_iter().flatten();
        let place = join_words(street.chain([&self.postal_code, &self.city]).chain(region));
        AddressSearchKeys {
            city_fold: fold(&self.city),
            city_strip: fold_strip(&self.city),
            postal_key: postal_key(&self.postal_code),
            place_fold: fold(&place),
            place_strip: fold_strip(&place),
        }
    }

    fn change(&mut self, change: &AddressChange, mistakes: &mut Mistakes) {
        let before = self.clone();
        self.change_receiver(change, mistakes);
        self.change_place(change, mistakes);
        self.validated = change.validated.unwrap_or(self.validated && self.is_where(&before));
    }

    fn change_receiver(&mut self, change: &AddressChange, mistakes: &mut Mistakes) {
        change_line(mistakes, "label", &change.label, LABEL, &mut self.label);
        set_line(mistakes, "first_name", change.first_name.as_ref(), NAME, &mut self.first_name);
        set_line(mistakes, "last_name", change.last_name.as_ref(), NAME, &mut self.last_name);
        change_line(mistakes, "company", &change.company, NAME, &mut self.company);
        change_line(mistakes, "phone", &change.phone, PHONE, &mut self.phone);
    }

    fn change_place(&mut self, change: &AddressChange, mistakes: &mut Mistakes) {
        for (path, text, field) in
            [("line1", &change.line1, &mut self.line1), ("city", &change.city, &mut self.city)]
        {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                mistakes.add(path, FieldCode::Required, "is required");
            } else {
                set_line(mistakes, path, text.as_ref(), LINE, field);
            }
        }
        change_line(mistakes, "line2", &change.line2, LINE, &mut self.line2);
        change_line(mistakes, "county", &change.county, LINE, &mut self.county);
        change_line(mistakes, "region", &change.region, LINE, &mut self.region);
        change_line(mistakes, "region_code", &change.region_code, CODE, &mut self.region_code);
        let postal = change.postal_code.as_ref();
        set_line(mistakes, "postal_code", postal, CODE, &mut self.postal_code);
        if let Some(country) = &change.country {
            self.country = mistakes.parse("country", country).unwrap_or(self.country);
        }
    }

    /// Whether both are the same place, whoever lives there.
    fn is_where(&self, other: &Self) -> bool {
        let place = |address: &Self| {
            let Self {
                line1, line2, city, county, region, region_code, postal_code, country, ..
            } = address.clone();
            (line1, line2, city, county, region, region_code, postal_code, country)
        };
        place(self) == place(other)
    }

    fn blank(origin: AddressOrigin, country: CountryCode) -> Self {
        Self {
            id: origin.id,
            customer: origin.customer,
            version: 1,
            label: None,
            first_name: String::new(),
            last_name: String::new(),
            company: None,
            line1: String::new(),
            line2: None,
            city: String::new(),
            county: None,
            region: None,
            region_code: None,
            postal_code: String::new(),
            country,
            phone: None,
            validated: false,
            created_at: origin.at,
        }
    }
}

/// The texts by which an address is found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddressSearchKeys {
    /// City, [folded](fold).
    pub city_fold: String,
    /// City, folded and [without accents](fold_strip).
    pub city_strip: String,
    /// Postal code as [`postal_key`] makes it.
    pub postal_key: String,
    /// Street, postal code, city, county and region, folded.
    pub place_fold: String,
    /// The same without accents.
    pub place_strip: String,
}

/// A postal code as it is compared: folded, without spaces and hyphens.
pub fn postal_key(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
}

fn join_words<'a>(parts: impl IntoIterator<Item = &'a String>) -> String {
    let parts: Vec<&str> =
        parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
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
