//! Methods of shipping, as staff and shoppers see them.

use galleria_domain::{CountryCode, ShippingMethod, ShippingMethodId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::money::MoneyView;

/// A way to send what was bought.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ShippingMethod")]
pub(crate) struct ShippingMethodView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: ShippingMethodId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// What customers see.
    name: String,
    /// What it costs. Carts in other currencies can't be sent by it.
    price: MoneyView,
    /// Names the rates of tax that apply.
    tax_class: String,
    /// Where it goes to, by two letters each; everywhere if none is named.
    #[schemars(with = "Vec<String>")]
    countries: Vec<CountryCode>,
    /// Whether it is offered.
    active: bool,
    /// Only for carts of so much or more.
    min_subtotal: Option<MoneyView>,
    /// Only for carts of so much or less.
    max_subtotal: Option<MoneyView>,
}

impl From<ShippingMethod> for ShippingMethodView {
    fn from(method: ShippingMethod) -> Self {
        let ShippingMethod {
            id,
            store: _,
            version,
            name,
            price,
            tax_class,
            countries,
            active,
            min_subtotal,
            max_subtotal,
        } = method;
        let (price, min_subtotal, max_subtotal) =
            (price.into(), min_subtotal.map(MoneyView::from), max_subtotal.map(MoneyView::from));
        Self { id, version, name, price, tax_class, countries, active, min_subtotal, max_subtotal }
    }
}
