//! Postal addresses: who receives there, and where that is. A customer's [`Address`](crate::Address)
//! has one; carts and orders keep copies, which stay as they were.

use serde::{Deserialize, Serialize};

use crate::address::{AddressChange, AddressDraft};
use crate::edit::{change_line, set_line};
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::fold::{fold, fold_strip};
use crate::locale::CountryCode;
use crate::tax::TaxPlace;
use crate::text::TextRule;

const NAME: TextRule = TextRule::line(256);
const LINE: TextRule = TextRule::line(256);
const CODE: TextRule = TextRule::line(32);
const PHONE: TextRule = TextRule::line(64);

/// Who receives, and where.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PostalAddress {
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
}

impl PostalAddress {
    /// An address that belongs to no customer; street, city and country are required.
    pub fn create(draft: AddressDraft) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let country = mistakes.required("country", draft.country.as_deref());
        // Without a country the rest is looked through all the same, for what else is wrong.
        let mut address = Self::blank(country.unwrap_or(CountryCode::ANY));
        address.change(&AddressChange { country: None, ..draft.into() }, &mut mistakes);
        mistakes.finish(address)
    }

    /// Where tax is due for what is sent there.
    pub fn tax_place(&self) -> TaxPlace<'_> {
        TaxPlace { country: self.country, region: self.region_code.as_deref() }
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

    pub(crate) fn change(&mut self, change: &AddressChange, mistakes: &mut Mistakes) {
        self.change_receiver(change, mistakes);
        self.change_place(change, mistakes);
    }

    fn change_receiver(&mut self, change: &AddressChange, mistakes: &mut Mistakes) {
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
    pub(crate) fn is_where(&self, other: &Self) -> bool {
        let place = |address: &Self| {
            let Self {
                line1, line2, city, county, region, region_code, postal_code, country, ..
            } = address.clone();
            (line1, line2, city, county, region, region_code, postal_code, country)
        };
        place(self) == place(other)
    }

    pub(crate) fn blank(country: CountryCode) -> Self {
        Self {
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
