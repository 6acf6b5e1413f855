//! Carts: what somebody is about to buy.
//!
//! A cart is changed by its methods, each of which answers the next version or why there is none.
//! It leaves `open` once; afterwards nothing about it changes any more.

mod ageing;
mod details;
mod lines;
mod merge;
mod pricing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::attribution::Attribution;
use crate::email::EmailAddress;
use crate::error::{FieldCode, FieldError};
use crate::id::{
    CartId, CustomerId, LineId, OrderId, PluginId, ProductId, ShippingMethodId, StaffId, StoreId,
    VariantId, VisitId,
};
use crate::money::{Currency, Money};
use crate::names::named;
use crate::postal::PostalAddress;
use crate::schedule::LineSchedule;
use crate::time::Instant;
use crate::totals::Totals;

pub use ageing::{CartAge, CartAges};
pub use details::{CartDetails, cart_code};
pub use lines::{LineDraft, LinePrices};
pub use merge::{MergeCut, MergeStrategy, Merged};

/// The most lines of a cart.
pub const CART_LINES_MAX: usize = 200;
/// The most codes in a cart.
pub const CART_CODES_MAX: usize = 10;
/// The most characters of a code.
pub const CART_CODE_MAX_CHARS: usize = 64;
/// The most of a line.
pub const LINE_QUANTITY_MAX: u32 = 9_999;
/// The most bytes of the options of a line, as JSON.
pub const LINE_OPTIONS_MAX_BYTES: usize = 2 * 1024;
/// The most bytes of what a customer wants of a plugin, as JSON.
pub const CART_WISH_MAX_BYTES: usize = 2 * 1024;
/// The most plugins that something can be wanted of.
pub const CART_WISHES_MAX: usize = 50;
/// The most characters of the note of a cart.
pub const CART_NOTE_MAX_CHARS: usize = 2_000;

named! {
    /// How far a cart has come. It leaves `open` once.
    CartStatus, "status of a cart" {
        /// It can be changed and ordered.
        Open = "open",
        /// An order was made of it.
        Ordered = "ordered",
        /// It was poured into another one.
        Merged = "merged",
        /// It became too old.
        Expired = "expired",
        /// Somebody deleted it.
        Deleted = "deleted",
    }
}

named! {
    /// Where a cart came from.
    CartOrigin, "origin of a cart" {
        /// The customer began it.
        Storefront = "storefront",
        /// Staff built it.
        Agent = "agent",
        /// A link that adds to a cart began it.
        Link = "link",
        /// A program made it.
        Api = "api",
        /// An import.
        Import = "import",
    }
}

named! {
    /// What can't be changed about an open cart.
    CartLock, "lock of a cart" {
        /// Nothing.
        None = "none",
        /// Lines, codes and prices.
        Lines = "lines",
    }
}

named! {
    /// Who put a line into a cart.
    AddedBy, "way to add a line" {
        /// The customer.
        Customer = "customer",
        /// Staff.
        Staff = "staff",
        /// A link.
        Link = "link",
    }
}

/// Whose a cart is.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CartOwner {
    /// A customer's.
    Customer(CustomerId),
    /// Somebody unknown's.
    Visitor(VisitId),
}

/// Where the price of a line comes from.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceSource {
    /// From the catalogue; it follows it.
    Catalog,
    /// This member of the staff set it.
    Manual(StaffId),
}

/// A line of a cart, and of the order made of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Line {
    /// Names it for ever.
    pub id: LineId,
    /// What is bought.
    pub variant: VariantId,
    /// What that is a variant of.
    pub product: ProductId,
    /// The merchant's code of it, as it was when the line was made.
    pub sku: String,
    /// What it is called, as it was when the line was made.
    pub name: String,
    /// How many, 1 to 9,999.
    pub quantity: u32,
    /// What one costs, in the currency of the cart; not below zero.
    pub unit_price: Money,
    /// Where that price comes from.
    pub price_source: PriceSource,
    /// Names the rates of tax that apply.
    pub tax_class: String,
    /// Once, or again and again.
    pub schedule: LineSchedule,
    /// What the customer chose about it.
    pub options: Map<String, Value>,
    /// Who put it in.
    pub added_by: AddedBy,
}

/// A cart.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Cart {
    /// Names it for ever.
    pub id: CartId,
    /// The store that it is in.
    pub store: StoreId,
    /// Grows by one with each change.
    pub version: u64,
    /// Of all its amounts.
    pub currency: Currency,
    /// Whose it is.
    pub owner: CartOwner,
    /// Where the confirmation goes.
    pub email: Option<EmailAddress>,
    /// How far it has come.
    pub status: CartStatus,
    /// Whether it is the one that its owner sees. Only open ones are.
    pub is_current: bool,
    /// Where it came from.
    pub origin: CartOrigin,
    /// Who of the staff built it.
    pub opened_by: Option<StaffId>,
    /// What is in it.
    pub lines: Vec<Line>,
    /// The codes that were put in, folded and in capitals.
    pub codes: Vec<String>,
    /// Where the bill goes.
    pub billing: Option<PostalAddress>,
    /// Where the parcel goes.
    pub shipping: Option<PostalAddress>,
    /// How it goes there.
    pub shipping_method: Option<ShippingMethodId>,
    /// What it is put down to.
    pub attribution: Attribution,
    /// What the customer wants to say.
    pub note: Option<String>,
    /// What can't be changed about it.
    pub lock: CartLock,
    /// What the customer wants of plugins: of points to redeem them, say.
    pub wishes: BTreeMap<PluginId, Value>,
    /// What it came to when it was last worked out.
    pub totals: Option<Totals>,
    /// When that was; nothing if the cart has changed since.
    pub priced_at: Option<Instant>,
    /// When it was found lying about; nothing if it was changed since.
    pub abandoned_at: Option<Instant>,
    /// The order that was made of it.
    pub order: Option<OrderId>,
    /// The cart that it was poured into.
    pub merged_into: Option<CartId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// Why a cart isn't changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CartError {
    /// It isn't open any more.
    #[error("the cart is {0}")]
    Closed(CartStatus),
    /// Its lines are locked.
    #[error("the lines of the cart are locked")]
    Locked,
    /// It has no such line.
    #[error("the cart has no such line")]
    UnknownLine,
    /// It has no such code.
    #[error("the cart has no such code")]
    UnknownCode,
    /// It is another customer's, or in another store.
    #[error("the cart is somebody else's")]
    Foreign,
    /// It is in another currency.
    #[error("the cart is in {0}")]
    Currency(Currency),
    /// What is to be put in is wrong.
    #[error("what is to be put into the cart is wrong")]
    Invalid(Vec<FieldError>),
}

impl CartError {
    fn field(path: &str, code: FieldCode, message: &str) -> Self {
        Self::Invalid(vec![FieldError::new(path, code, message)])
    }
}

impl From<Vec<FieldError>> for CartError {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}

/// What a cart begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct CartStart {
    /// The id it gets.
    pub id: CartId,
    /// The store that it is in.
    pub store: StoreId,
    /// Of all its amounts; one of the store's.
    pub currency: Currency,
    /// Whose it is.
    pub owner: CartOwner,
    /// Whether it is the one that its owner sees.
    pub is_current: bool,
    /// Where it comes from.
    pub origin: CartOrigin,
    /// Who of the staff builds it; the cart is put down to them.
    pub opened_by: Option<StaffId>,
}

impl Cart {
    /// An empty cart.
    pub fn create(start: CartStart, now: Instant) -> Self {
        let attribution = Attribution::default().with_agent(start.opened_by.clone(), now);
        Self {
            id: start.id,
            store: start.store,
            version: 1,
            currency: start.currency,
            owner: start.owner,
            email: None,
            status: CartStatus::Open,
            is_current: start.is_current,
            origin: start.origin,
            opened_by: start.opened_by,
            lines: Vec::new(),
            codes: Vec::new(),
            billing: None,
            shipping: None,
            shipping_method: None,
            attribution,
            note: None,
            lock: CartLock::None,
            wishes: BTreeMap::new(),
            totals: None,
            priced_at: None,
            abandoned_at: None,
            order: None,
            merged_into: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The customer whose it is, if it is one's.
    pub fn customer(&self) -> Option<&CustomerId> {
        match &self.owner {
            CartOwner::Customer(customer) => Some(customer),
            CartOwner::Visitor(_) => None,
        }
    }

    /// Somebody else's.
    pub fn set_owner(
        &self,
        owner: CartOwner,
        is_current: bool,
        now: Instant,
    ) -> Result<Self, CartError> {
        Ok(Self { owner, is_current, ..self.next(now)? })
    }

    /// The one that its owner sees, or no longer.
    pub fn set_current(&self, is_current: bool, now: Instant) -> Result<Self, CartError> {
        Ok(Self { is_current, ..self.next(now)? })
    }

    /// With or without a lock. Whether the caller may do that isn't judged here.
    pub fn set_lock(&self, lock: CartLock, now: Instant) -> Result<Self, CartError> {
        Ok(Self { lock, ..self.next(now)? })
    }

    /// As ordered.
    pub fn close(&self, order: OrderId, now: Instant) -> Result<Self, CartError> {
        Ok(Self { order: Some(order), ..self.left(CartStatus::Ordered, now)? })
    }

    /// As too old.
    pub fn expire(&self, now: Instant) -> Result<Self, CartError> {
        self.left(CartStatus::Expired, now)
    }

    /// As deleted.
    pub fn delete(&self, now: Instant) -> Result<Self, CartError> {
        self.left(CartStatus::Deleted, now)
    }

    /// The next version, which may be anything while the cart is open. What it cost has to be
    /// worked out again, and nobody has left it lying about.
    fn next(&self, now: Instant) -> Result<Self, CartError> {
        if self.status != CartStatus::Open {
            return Err(CartError::Closed(self.status));
        }
        Ok(Self {
            version: self.version + 1,
            priced_at: None,
            abandoned_at: None,
            updated_at: now,
            ..self.clone()
        })
    }

    /// The next version, with other lines or codes.
    fn next_of_lines(&self, now: Instant) -> Result<Self, CartError> {
        let next = self.next(now)?;
        if self.lock == CartLock::Lines { Err(CartError::Locked) } else { Ok(next) }
    }

    /// As it leaves `open`: what it came to last stays with it.
    fn left(&self, status: CartStatus, now: Instant) -> Result<Self, CartError> {
        let (priced_at, abandoned_at) = (self.priced_at, self.abandoned_at);
        Ok(Self { status, is_current: false, priced_at, abandoned_at, ..self.next(now)? })
    }
}

#[cfg(test)]
mod tests;
