//! Methods of shipping: what they cost, and which carts can be sent by them.

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::edit::set_line;
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{ShippingMethodId, StoreId};
use crate::locale::CountryCode;
use crate::money::{Currency, Money, MoneyError};
use crate::tax::TAX_CLASS_MAX_CHARS;
use crate::text::TextRule;

/// The most countries that a method names: more than there are.
pub const SHIPPING_COUNTRIES_MAX: usize = 300;

const NAME: TextRule = TextRule::line(256);
const CLASS: TextRule = TextRule::line(TAX_CLASS_MAX_CHARS);

/// A way to send what was bought.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ShippingMethod {
    /// Names it for ever.
    pub id: ShippingMethodId,
    /// The store that offers it.
    pub store: StoreId,
    /// Grows by one with each change.
    pub version: u64,
    /// What customers see; never empty.
    pub name: String,
    /// What it costs, in the price mode of the store; not below zero. Carts in other currencies
    /// can't be sent by it.
    pub price: Money,
    /// Names the rates of tax that apply; never empty.
    pub tax_class: String,
    /// Where it goes to; everywhere if none is named.
    pub countries: Vec<CountryCode>,
    /// Whether it is offered.
    pub active: bool,
    /// Only for carts of so much or more, after discounts.
    pub min_subtotal: Option<Money>,
    /// Only for carts of so much or less, after discounts.
    pub max_subtotal: Option<Money>,
}

/// What a method is to be made of, or what is to be different about it, as it was given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "`ShippingMethod` says what they mean")]
pub struct ShippingMethodChange {
    pub name: Option<String>,
    pub price: Option<Money>,
    pub tax_class: Option<String>,
    pub countries: Option<Vec<String>>,
    pub active: Option<bool>,
    pub min_subtotal: Change<Money>,
    pub max_subtotal: Change<Money>,
}

/// Why a cart can't be sent by a method.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ShippingRefusal {
    /// It isn't offered.
    #[error("the shipping method isn't offered")]
    Inactive,
    /// It doesn't go there.
    #[error("the shipping method doesn't go to this country")]
    Country,
    /// It is for carts in another currency.
    #[error("the shipping method is for carts in another currency")]
    Currency,
    /// The cart is too small or too large.
    #[error("the shipping method isn't for carts of this amount")]
    Subtotal,
}

impl ShippingMethod {
    /// Makes a method; name, price and tax class are required. Unless said otherwise it is offered,
    /// everywhere and for every cart.
    pub fn create(
        change: &ShippingMethodChange,
        id: ShippingMethodId,
        store: StoreId,
    ) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        for (path, missing) in [
            ("name", change.name.is_none()),
            ("price", change.price.is_none()),
            ("tax_class", change.tax_class.is_none()),
        ] {
            if missing {
                mistakes.add(path, FieldCode::Required, "is required");
            }
        }
        // Without a price the rest is looked through all the same, for what else is wrong.
        let price = change.price.unwrap_or(Money::zero(Currency::ANY));
        let mut made = Self {
            id,
            store,
            version: 1,
            name: String::new(),
            price,
            tax_class: String::new(),
            countries: Vec::new(),
            active: true,
            min_subtotal: None,
            max_subtotal: None,
        };
        made.change(change, &mut mistakes);
        mistakes.finish(made)
    }

    /// The method with a change made, one version further on; or everything that is wrong with it.
    pub fn apply(&self, change: &ShippingMethodChange) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let mut next = self.clone();
        next.version += 1;
        next.change(change, &mut mistakes);
        mistakes.finish(next)
    }

    /// Whether a cart of so much, after discounts, can be sent to a country by this method. Without
    /// a country only the rest is judged.
    pub fn judge(
        &self,
        country: Option<CountryCode>,
        subtotal: Money,
    ) -> Result<(), ShippingRefusal> {
        let goes_to = |country| self.countries.is_empty() || self.countries.contains(&country);
        if !self.active {
            return Err(ShippingRefusal::Inactive);
        }
        if country.is_some_and(|country| !goes_to(country)) {
            return Err(ShippingRefusal::Country);
        }
        if self.price.currency != subtotal.currency {
            return Err(ShippingRefusal::Currency);
        }
        let too_little = self.min_subtotal.is_some_and(|min| subtotal.amount < min.amount);
        let too_much = self.max_subtotal.is_some_and(|max| subtotal.amount > max.amount);
        if too_little || too_much { Err(ShippingRefusal::Subtotal) } else { Ok(()) }
    }

    fn change(&mut self, change: &ShippingMethodChange, mistakes: &mut Mistakes) {
        for (path, text, rule, field) in [
            ("name", &change.name, NAME, &mut self.name),
            ("tax_class", &change.tax_class, CLASS, &mut self.tax_class),
        ] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                mistakes.add(path, FieldCode::Required, "is required");
            } else {
                set_line(mistakes, path, text.as_ref(), rule, field);
            }
        }
        self.price = change.price.unwrap_or(self.price);
        self.active = change.active.unwrap_or(self.active);
        if let Some(countries) = &change.countries {
            self.countries = read_countries(countries, mistakes);
        }
        for (change, field) in [
            (change.min_subtotal, &mut self.min_subtotal),
            (change.max_subtotal, &mut self.max_subtotal),
        ] {
            match change {
                Change::Keep => {}
                Change::Clear => *field = None,
                Change::Set(money) => *field = Some(money),
            }
        }
        self.check_amounts(mistakes);
    }

    fn check_amounts(&self, mistakes: &mut Mistakes) {
        for (path, money) in [
            ("price", Some(self.price)),
            ("min_subtotal", self.min_subtotal),
            ("max_subtotal", self.max_subtotal),
        ] {
            let Some(money) = money else { continue };
            if money.amount < 0 {
                mistakes.add(path, FieldCode::Range, "is below zero");
            }
            if let Err(mixed @ MoneyError::Mixed(..)) = money.plus(Money::zero(self.price.currency))
            {
                mistakes.add(path, FieldCode::Range, mixed.to_string());
            }
        }
        if let (Some(min), Some(max)) = (self.min_subtotal, self.max_subtotal)
            && min.amount > max.amount
        {
            mistakes.add("max_subtotal", FieldCode::Range, "is less than min_subtotal");
        }
    }
}

fn read_countries(texts: &[String], mistakes: &mut Mistakes) -> Vec<CountryCode> {
    if texts.len() > SHIPPING_COUNTRIES_MAX {
        mistakes.add("countries", FieldCode::TooLong, "has more than 300 entries");
        return Vec::new();
    }
    let mut countries = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        if let Some(country) = mistakes.parse(&format!("countries.{at}"), text)
            && !countries.contains(&country)
        {
            countries.push(country);
        }
    }
    countries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euro(amount: i64) -> Money {
        Money::new(amount, "EUR".parse().unwrap())
    }

    fn change() -> ShippingMethodChange {
        ShippingMethodChange {
            name: Some("Parcel".into()),
            price: Some(euro(490)),
            tax_class: Some("standard".into()),
            ..ShippingMethodChange::default()
        }
    }

    fn create(change: &ShippingMethodChange) -> Result<ShippingMethod, Vec<FieldError>> {
        ShippingMethod::create(change, ShippingMethodId::generate(), StoreId::generate())
    }

    #[test]
    fn a_method_is_for_its_countries_its_currency_and_its_amounts() {
        let method = create(&ShippingMethodChange {
            countries: Some(vec!["DE".into(), "AT".into(), "DE".into()]),
            min_subtotal: Change::Set(euro(1_000)),
            max_subtotal: Change::Set(euro(5_000)),
            ..change()
        })
        .unwrap();
        let (de, fr) = ("DE".parse().ok(), "FR".parse().ok());
        assert_eq!(method.countries.len(), 2);
        for (country, subtotal, judged) in [
            (de, euro(1_000), Ok(())),
            (de, euro(5_000), Ok(())),
            (None, euro(2_000), Ok(())),
            (fr, euro(2_000), Err(ShippingRefusal::Country)),
            (de, euro(999), Err(ShippingRefusal::Subtotal)),
            (de, euro(5_001), Err(ShippingRefusal::Subtotal)),
            (de, Money::new(2_000, "USD".parse().unwrap()), Err(ShippingRefusal::Currency)),
        ] {
            assert_eq!(method.judge(country, subtotal), judged);
        }
        let off = ShippingMethod { active: false, ..method };
        assert_eq!(off.judge(de, euro(2_000)), Err(ShippingRefusal::Inactive));
        assert_eq!(create(&change()).unwrap().judge(fr, euro(0)), Ok(()));
    }

    #[test]
    fn every_mistake_about_a_method_is_named() {
        let errors = create(&ShippingMethodChange::default()).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["name", "price", "tax_class"]);
        let bad = create(&ShippingMethodChange {
            name: Some(" ".into()),
            price: Some(euro(-1)),
            countries: Some(vec!["DE".into(), "XX".into()]),
            min_subtotal: Change::Set(Money::new(5, "USD".parse().unwrap())),
            max_subtotal: Change::Set(euro(4)),
            ..change()
        });
        let named = bad.unwrap_err();
        let paths: Vec<_> = named.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["name", "countries.1", "price", "min_subtotal", "max_subtotal"]);
    }
}
