//! Tax: which rate applies to which class of goods, and where.

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::edit::{change_line, set_line};
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{StoreId, TaxRateId};
use crate::locale::CountryCode;
use crate::money::Rate;
use crate::text::TextRule;

/// The most characters of the name of a class of goods, as `standard`.
pub const TAX_CLASS_MAX_CHARS: usize = 64;

const NAME: TextRule = TextRule::line(256);
const CLASS: TextRule = TextRule::line(TAX_CLASS_MAX_CHARS);
const REGION: TextRule = TextRule::line(32);

/// A rate of tax on a class of goods, in a country or one region of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TaxRate {
    /// Names it for ever.
    pub id: TaxRateId,
    /// The store that takes it.
    pub store: StoreId,
    /// Grows by one with each change.
    pub version: u64,
    /// What customers see on the bill; never empty.
    pub name: String,
    /// The class of goods, as variants and methods of shipping name it; never empty.
    pub class: String,
    /// Where it applies.
    pub country: CountryCode,
    /// The code of the region; the whole country without.
    pub region: Option<String>,
    /// How much; at most 100 %.
    pub rate: Rate,
}

/// What a rate of tax is to be made of, or what is to be different about it, as it was given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "`TaxRate` says what they mean")]
pub struct TaxRateChange {
    pub name: Option<String>,
    pub class: Option<String>,
    pub country: Option<String>,
    pub region: Change<String>,
    pub rate: Option<Rate>,
}

/// Where tax is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TaxPlace<'a> {
    /// The country.
    pub country: CountryCode,
    /// The code of the region, if it is known.
    pub region: Option<&'a str>,
}

impl TaxRate {
    /// Makes a rate; all but the region is required.
    pub fn create(
        change: &TaxRateChange,
        id: TaxRateId,
        store: StoreId,
    ) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let required = [("name", change.name.is_none()), ("class", change.class.is_none())];
        for (path, _) in required.into_iter().filter(|(_, missing)| *missing) {
            mistakes.add(path, FieldCode::Required, "is required");
        }
        if change.rate.is_none() {
            mistakes.add("rate", FieldCode::Required, "is required");
        }
        let country = mistakes.required("country", change.country.as_deref());
        let (name, class) = (String::new(), String::new());
        // Without a country the rest is looked through all the same, for what else is wrong.
        let country = country.unwrap_or(CountryCode::ANY);
        let rate = Rate::ZERO;
        let mut made = Self { id, store, version: 1, name, class, country, region: None, rate };
        made.change(&TaxRateChange { country: None, ..change.clone() }, &mut mistakes);
        mistakes.finish(made)
    }

    /// The rate with a change made, one version further on; or everything that is wrong with it.
    pub fn apply(&self, change: &TaxRateChange) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let mut next = self.clone();
        next.version += 1;
        next.change(change, &mut mistakes);
        mistakes.finish(next)
    }

    /// The rate that applies to a class at a place: the region's own, else the country's.
    pub fn choose<'a>(rates: &'a [Self], class: &str, place: TaxPlace<'_>) -> Option<&'a Self> {
        let here = || {
            let of_class = rates.iter().filter(move |rate| rate.class == class);
            of_class.filter(move |rate| rate.country == place.country)
        };
        let in_region = |rate: &&Self| match (&rate.region, place.region) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other.trim()),
            _ => false,
        };
        here().find(in_region).or_else(|| here().find(|rate| rate.region.is_none()))
    }

    fn change(&mut self, change: &TaxRateChange, mistakes: &mut Mistakes) {
        for (path, text, rule, field) in [
            ("name", &change.name, NAME, &mut self.name),
            ("class", &change.class, CLASS, &mut self.class),
        ] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                mistakes.add(path, FieldCode::Required, "is required");
            } else {
                set_line(mistakes, path, text.as_ref(), rule, field);
            }
        }
        if let Some(country) = &change.country {
            self.country = mistakes.parse("country", country).unwrap_or(self.country);
        }
        change_line(mistakes, "region", &change.region, REGION, &mut self.region);
        if self.region.as_ref().is_some_and(|region| region.trim().is_empty()) {
            self.region = None;
        }
        if let Some(rate) = change.rate {
            if rate > Rate::WHOLE {
                mistakes.add("rate", FieldCode::Range, "is more than 100 %");
            } else {
                self.rate = rate;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(class: &str, country: &str, region: Option<&str>, percent: u32) -> TaxRateChange {
        TaxRateChange {
            name: Some("Tax".into()),
            class: Some(class.into()),
            country: Some(country.into()),
            region: Change::set_if(region.map(Into::into)),
            rate: Some(Rate::from_parts_per_million(percent * 10_000)),
        }
    }

    fn rate(class: &str, country: &str, region: Option<&str>, percent: u32) -> TaxRate {
        let change = change(class, country, region, percent);
        TaxRate::create(&change, TaxRateId::generate(), StoreId::generate()).unwrap()
    }

    #[test]
    fn the_rate_of_the_region_comes_before_that_of_the_country() {
        let rates = [
            rate("standard", "US", None, 1),
            rate("standard", "US", Some("CA"), 7),
            rate("reduced", "US", Some("CA"), 3),
            rate("standard", "DE", None, 19),
            rate("books", "US", Some("NY"), 5),
        ];
        for (class, country, region, percent) in [
            ("standard", "US", Some("CA"), Some(7)),
            ("standard", "US", Some(" ca"), Some(7)),
            ("standard", "US", Some("NY"), Some(1)),
            ("standard", "US", None, Some(1)),
            ("reduced", "US", Some("CA"), Some(3)),
            ("standard", "DE", Some("BY"), Some(19)),
            ("standard", "FR", None, None),
            ("books", "US", Some("CA"), None),
            ("books", "US", None, None),
        ] {
            let place = TaxPlace { country: country.parse().unwrap(), region };
            let chosen = TaxRate::choose(&rates, class, place).map(|rate| rate.rate);
            let wanted = percent.map(|percent| Rate::from_parts_per_million(percent * 10_000));
            assert_eq!(chosen, wanted, "{class} in {country} {region:?}");
        }
    }

    #[test]
    fn every_mistake_about_a_rate_is_named() {
        let none = TaxRateChange::default();
        let errors =
            TaxRate::create(&none, TaxRateId::generate(), StoreId::generate()).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["name", "class", "rate", "country"]);
        let good = rate("standard", "DE", None, 100);
        let bad = good.apply(&change(" ", "XX", Some("a\nb"), 101)).unwrap_err();
        let named: Vec<_> = bad.iter().map(|error| (error.path.as_str(), error.code)).collect();
        assert_eq!(
            named,
            [
                ("class", FieldCode::Required),
                ("country", FieldCode::Unknown),
                ("region", FieldCode::Malformed),
                ("rate", FieldCode::Range),
            ]
        );
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let before = rate("standard", "US", Some("CA"), 7);
        let region = Change::Clear;
        let after = before.apply(&TaxRateChange { region, ..TaxRateChange::default() }).unwrap();
        assert_eq!(after, TaxRate { region: None, version: 2, ..before });
    }
}
