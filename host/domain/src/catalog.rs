//! The catalogue, as far as the host needs one of its own: what can be bought, and for how much.

use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{ProductId, StoreId, VariantId};
use crate::money::{Currency, Money};
use crate::text::TextRule;

const NAME: TextRule = TextRule::line(256);
const CODE: TextRule = TextRule::line(64);

/// Something on sale, in one or more variants.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Product {
    /// Names it for ever.
    pub id: ProductId,
    /// The store that sells it.
    pub store: StoreId,
    /// Grows by one with each change.
    pub version: u64,
    /// What it is called; never empty.
    pub name: String,
    /// Whether it is on sale.
    pub active: bool,
}

/// A product as it is put into a cart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Variant {
    /// Names it for ever.
    pub id: VariantId,
    /// What it is a variant of.
    pub product: ProductId,
    /// Grows by one with each change.
    pub version: u64,
    /// The merchant's own code; unique in the store, never empty.
    pub sku: String,
    /// What tells it from its siblings: `blue, XL`. May be empty.
    pub name: String,
    /// What one of it costs, in each currency that it is sold for; never below zero.
    pub prices: Vec<Money>,
    /// Names the rates of tax that apply: `standard`.
    pub tax_class: String,
    /// Whether it is on sale.
    pub active: bool,
    /// Whether there is any left to sell.
    pub in_stock: bool,
}

impl Product {
    /// A product on sale, never changed so far.
    pub fn new(id: ProductId, store: StoreId, name: impl Into<String>) -> Self {
        Self { id, store, version: 1, name: name.into(), active: true }
    }

    /// Everything that is wrong with it.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        check_required(&mut mistakes, "name", &self.name, NAME);
        mistakes.finish(())
    }
}

impl Variant {
    /// A variant on sale and in stock, without a name of its own, taxed at the standard rate.
    pub fn new(id: VariantId, product: ProductId, sku: impl Into<String>, price: Money) -> Self {
        Self {
            id,
            product,
            version: 1,
            sku: sku.into(),
            name: String::new(),
            prices: vec![price],
            tax_class: "standard".to_owned(),
            active: true,
            in_stock: true,
        }
    }

    /// Everything that is wrong with it.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        check_required(&mut mistakes, "sku", &self.sku, CODE);
        mistakes.keep("name", NAME.check(&self.name));
        check_required(&mut mistakes, "tax_class", &self.tax_class, CODE);
        if self.prices.is_empty() {
            mistakes.add("prices", FieldCode::Required, "are required");
        }
        for (at, price) in self.prices.iter().enumerate() {
            let path = format!("prices.{at}");
            if price.amount < 0 {
                mistakes.add(&path, FieldCode::Range, "is below zero");
            }
            if self.prices[..at].iter().any(|before| before.currency == price.currency) {
                mistakes.add(&path, FieldCode::Taken, "is a second price in this currency");
            }
        }
        mistakes.finish(())
    }

    /// What one of it costs in a currency; `None` if it isn't sold for that.
    pub fn price_in(&self, currency: Currency) -> Option<Money> {
        self.prices.iter().copied().find(|price| price.currency == currency)
    }
}

fn check_required(mistakes: &mut Mistakes, path: &str, text: &str, rule: TextRule) {
    if text.trim().is_empty() {
        mistakes.add(path, FieldCode::Required, "is required");
    } else {
        mistakes.keep(path, rule.check(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_has_a_code_a_tax_class_and_a_price_of_zero_or_more() {
        let variant = Variant {
            id: VariantId::generate(),
            product: ProductId::generate(),
            version: 1,
            sku: "MUG-1".into(),
            name: String::new(),
            prices: vec![Money::new(0, "EUR".parse().unwrap())],
            tax_class: "standard".into(),
            active: true,
            in_stock: true,
        };
        assert_eq!(variant.validate(), Ok(()));
        let euro = variant.prices[0].currency;
        assert_eq!(variant.price_in(euro), Some(Money::zero(euro)));
        assert_eq!(variant.price_in("JPY".parse().unwrap()), None);
        let prices = vec![Money::new(-1, euro), Money::new(1, euro)];
        let bad = Variant { sku: " ".into(), tax_class: "\0".into(), prices, ..variant };
        let errors = bad.validate().unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| (error.path.as_str(), error.code)).collect();
        assert_eq!(
            named,
            [
                ("sku", FieldCode::Required),
                ("tax_class", FieldCode::Malformed),
                ("prices.0", FieldCode::Range),
                ("prices.1", FieldCode::Taken),
            ]
        );
    }

    #[test]
    fn a_product_has_a_name() {
        let (id, store) = (ProductId::generate(), StoreId::generate());
        let product = Product { id, store, version: 1, name: String::new(), active: true };
        assert_eq!(product.validate().unwrap_err()[0].code, FieldCode::Required);
    }
}
