//! What is said about carts.

use galleria_app::carts::{CartAct, NewLine};
use galleria_app::orders::Placement;
use galleria_domain::CartId;
use galleria_domain::{
    AddressDraft, AttributionMode, CartDetails, Change, Currency, FieldError, LineId, Mistakes,
    Money, PlacedVia, PostalAddress, ShippingMethodId, VariantId,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::clicks::ClicksBody;
use super::view::ScheduleBody;
use crate::addresses::AddressCreate;
use crate::edit::{Edit, Given};
use crate::money::MoneyView;

/// What is to be different about a cart: what isn't named stays, `null` clears.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CartUpdate {
    /// Where the confirmation goes.
    email: Edit<String>,
    /// Where the bill goes.
    billing: Edit<AddressCreate>,
    /// Where the parcel goes.
    shipping: Edit<AddressCreate>,
    /// How it goes there.
    #[schemars(with = "Edit<String>")]
    shipping_method: Edit<ShippingMethodId>,
    /// What the customer wants to say.
    note: Edit<String>,
    /// Another currency, with the prices that the catalogue has in it.
    #[schemars(with = "Given<String>")]
    currency: Given<Currency>,
    /// `true` makes it the cart that its owner sees.
    is_current: Given<Current>,
}

/// Only `true`: a cart steps back when another one becomes current.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "bool")]
#[schemars(with = "bool")]
pub(super) struct Current;

impl TryFrom<bool> for Current {
    type Error = &'static str;

    fn try_from(is_current: bool) -> Result<Self, Self::Error> {
        if is_current { Ok(Self) } else { Err("can only be true") }
    }
}

/// Something to put into a cart: a variant, or what has this SKU.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LineCreate {
    /// The variant.
    #[schemars(with = "Option<String>")]
    variant: Option<VariantId>,
    /// Or else the merchant's code of it.
    sku: Option<String>,
    /// How many: 1 to 9,999.
    #[serde(default = "one")]
    quantity: u32,
    /// Once, or again and again.
    #[serde(default)]
    schedule: ScheduleBody,
    /// What was chosen about it; at most 2 KiB.
    #[serde(default)]
    options: Map<String, Value>,
}

fn one() -> u32 {
    1
}

/// What is to be different about a line: what isn't named stays.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LineUpdate {
    /// How many: 0 takes it out, 9,999 at most.
    quantity: Given<u32>,
    /// What one costs, whatever the catalogue says; `null` goes back to that. Only for staff.
    #[schemars(with = "Edit<MoneyView>")]
    unit_price: Edit<Money>,
    /// Once, or again and again.
    schedule: Given<ScheduleBody>,
}

/// When a line is delivered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleSet {
    /// Once, or again and again.
    pub(super) schedule: ScheduleBody,
}

/// A code of a voucher or the like.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeApply {
    /// As somebody typed it; at most 64 characters.
    pub(super) code: String,
}

/// Which clicks led to the cart.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AttributionSet {
    /// `replace`: what was there is gone; `merge`: what isn't named stays. The agent always stays.
    #[schemars(with = "String")]
    #[serde(default = "replace")]
    pub(super) mode: AttributionMode,
    /// The clicks.
    pub(super) clicks: ClicksBody,
}

fn replace() -> AttributionMode {
    AttributionMode::Replace
}

/// What the customer wants of a plugin: of points to redeem them, say.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WishSet {
    /// As the plugin understands it, at most 2 KiB; `null`: nothing any more.
    pub(super) wish: Option<Value>,
}

/// An order for what is in a cart.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CartPlace {
    /// What is left to pay, as the cart said it: an order never costs something else.
    #[schemars(with = "MoneyView")]
    payable: Money,
    /// How it is paid; not needed where nothing is left to pay.
    payment: Option<PaymentBody>,
}

/// How an order is paid.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PaymentBody {
    /// Who gets the money: `manual`.
    provider: String,
    /// What the provider needs to know; it is never stored.
    #[serde(default)]
    data: Value,
}

impl CartUpdate {
    /// What is to be done, one after the other.
    pub(super) fn into_acts(self) -> Result<Vec<CartAct>, Vec<FieldError>> {
        let Self { email, billing, shipping, shipping_method, note, currency, is_current } = self;
        let mut mistakes = Mistakes::new();
        let details = CartDetails {
            email: email.into(),
            billing: postal("billing", billing, &mut mistakes),
            shipping: postal("shipping", shipping, &mut mistakes),
            shipping_method: shipping_method.into(),
            note: note.into(),
        };
        let mut acts = mistakes.finish(Vec::new())?;
        if details != CartDetails::default() {
            acts.push(CartAct::SetDetails(Box::new(details)));
        }
        let (currency, is_current): (Option<_>, Option<_>) = (currency.into(), is_current.into());
        acts.extend(currency.map(CartAct::SetCurrency));
        acts.extend(is_current.map(|Current| CartAct::MakeCurrent));
        Ok(acts)
    }
}

fn postal(path: &str, edit: Edit<AddressCreate>, mistakes: &mut Mistakes) -> Change<PostalAddress> {
    let change = Change::from(edit).map(|body| PostalAddress::create(AddressDraft::from(body)));
    match change {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(Ok(address)) => Change::Set(address),
        Change::Set(Err(errors)) => {
            mistakes.extend_at(path, errors);
            Change::Keep
        }
    }
}

impl LineUpdate {
    /// What is to be done to the line, one after the other.
    pub(super) fn into_acts(self, line: &LineId) -> Vec<CartAct> {
        let Self { quantity, unit_price, schedule } = self;
        let (quantity, schedule): (Option<u32>, Option<ScheduleBody>) =
            (quantity.into(), schedule.into());
        let price = match Change::from(unit_price) {
            Change::Keep => None,
            Change::Clear => Some(None),
            Change::Set(price) => Some(Some(price)),
        };
        // A line that goes out can't be changed afterwards, so that the quantity comes last.
        let schedule = schedule
            .map(|schedule| CartAct::SetSchedule { line: line.clone(), schedule: schedule.into() });
        let price = price.map(|price| CartAct::SetPrice { line: line.clone(), price });
        let quantity =
            quantity.map(|quantity| CartAct::SetQuantity { line: line.clone(), quantity });
        schedule.into_iter().chain(price).chain(quantity).collect()
    }
}

impl From<LineCreate> for NewLine {
    fn from(body: LineCreate) -> Self {
        let LineCreate { variant, sku, quantity, schedule, options } = body;
        Self { variant, sku, quantity, schedule: schedule.into(), options }
    }
}

impl CartPlace {
    /// The order that this asks for.
    pub(super) fn into_placement(self, cart: CartId, via: PlacedVia) -> Placement {
        let Self { payable, payment } = self;
        let (provider, data) = match payment {
            Some(PaymentBody { provider, data }) => (Some(provider), data),
            None => (None, Value::Null),
        };
        Placement { cart, confirmed: payable, provider, data, via }
    }
}
