//! Hooks: what plugins are asked inside the host's own unit of work, and what they can answer.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{
    CartId, CustomerId, LineId, OrderId, PluginId, ProductId, StaffId, StoreId, VariantId,
};
use crate::impersonation::ImpersonationMode;
use crate::money::{Currency, Money, Rate};
use crate::names::named;
use crate::order::PlacedVia;
use crate::store::PriceMode;
use crate::time::Instant;
use crate::totals::{AppliedAdjustment, RunningTotals, Totals};

/// The most bytes of a code with which a plugin refuses something.
pub const HOOK_CODE_MAX_BYTES: usize = 128;
/// The most bytes of a message with which a plugin refuses something.
pub const HOOK_MESSAGE_MAX_BYTES: usize = 1_024;
/// The most problems that a plugin can find in a cart.
pub const CART_PROBLEMS_MAX: usize = 50;

named! {
    /// What plugins can be asked.
    HookKind, "hook" {
        /// What is special about a customer.
        Traits = "traits",
        /// What a cart costs more or less.
        Adjust = "adjust",
        /// What is wrong with a cart.
        ValidateCart = "validate-cart",
        /// Whether an order may be placed; the plugin may write what belongs to it.
        BeforePlace = "before-place",
        /// Whether a login may go on.
        LoginGate = "login-gate",
        /// Whether an impersonation may begin.
        ImpersonationGate = "impersonation-gate",
    }
}

impl HookKind {
    /// Whether the plugin may write its own data while it answers.
    pub const fn may_write(self) -> bool {
        matches!(self, Self::BeforePlace | Self::LoginGate | Self::ImpersonationGate)
    }
}

named! {
    /// What the host does when a hook fails.
    OnFailure, "answer to a failed hook" {
        /// It goes on without the plugin.
        Open = "open",
        /// It refuses what the hook was asked about.
        Closed = "closed",
    }
}

/// The place of a plugin among those that a hook asks: lowest first.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
// The order of the fields is the order of comparison.
pub struct HookRank {
    /// What the manifest says.
    pub priority: i32,
    /// Decides between equal priorities.
    pub plugin: PluginId,
}

/// Whether something may go on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// As far as this plugin is concerned.
    Allow,
    /// Not at all.
    Deny {
        /// Says to programs why; always the same for the same reason.
        code: String,
        /// Says it to people.
        message: String,
    },
}

impl Decision {
    /// Whether it may go on.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow)
    }
}

/// Something that is wrong with a cart: it can't be ordered as it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CartProblem {
    /// The line that it is about; the whole cart if none is named.
    pub line: Option<LineId>,
    /// Says to programs what is wrong.
    pub code: String,
    /// Says it to people.
    pub message: String,
}

/// What plugins know about a customer that the host acts upon.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct CustomerTraits {
    /// Pays no tax.
    pub tax_exempt: bool,
    /// Pays no shipping.
    pub free_shipping: bool,
    /// Gets this off every line.
    pub line_discount: Rate,
    /// Sees prices in this way.
    pub price_display: Option<PriceMode>,
    /// Has to change a password that is older, in days.
    pub password_max_age_days: Option<u32>,
    /// What the plugin calls the groups that the customer is in, sorted.
    pub roles: Vec<String>,
}

impl CustomerTraits {
    /// The traits that several plugins know, the first one first: what any of them grants is
    /// granted, the highest discount and the strictest password age count, the first one decides
    /// how prices are shown, and roles are those of all.
    #[must_use]
    pub fn merged(all: impl IntoIterator<Item = Self>) -> Self {
        let mut merged = all.into_iter().fold(Self::default(), Self::and);
        merged.roles.sort();
        merged.roles.dedup();
        merged
    }

    fn and(mut self, other: Self) -> Self {
        let ages = [self.password_max_age_days, other.password_max_age_days];
        self.roles.extend(other.roles);
        Self {
            tax_exempt: self.tax_exempt || other.tax_exempt,
            free_shipping: self.free_shipping || other.free_shipping,
            line_discount: self.line_discount.max(other.line_discount),
            price_display: self.price_display.or(other.price_display),
            password_max_age_days: ages.into_iter().flatten().min(),
            roles: self.roles,
        }
    }
}

/// A cart as hooks see it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CartView {
    /// Which one.
    pub cart: CartId,
    /// Its version.
    pub version: u64,
    /// The store that it is in.
    pub store: StoreId,
    /// Of all its amounts.
    pub currency: Currency,
    /// Whose it is, if that is known.
    pub customer: Option<CustomerId>,
    /// Whether the customer has proven to own their email.
    pub email_verified: bool,
    /// Its lines.
    pub lines: Vec<ViewLine>,
    /// The codes that were put in.
    pub codes: Vec<String>,
    /// What the customer wants of plugins. Each plugin is shown its own only.
    pub wishes: BTreeMap<PluginId, Value>,
    /// What is left of shipping so far, if it is known how it is sent.
    pub shipping: Option<Money>,
    /// How far the calculation is.
    pub running: RunningTotals,
    /// What is special about the customer.
    pub traits: CustomerTraits,
    /// Whether it is being ordered right now.
    pub placing: bool,
}

impl CartView {
    /// What the customer wants of one plugin: the only wish that it may see.
    pub fn wish_of(&self, plugin: &PluginId) -> Option<&Value> {
        self.wishes.get(plugin)
    }
}

/// A line as hooks see it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ViewLine {
    /// Which one.
    pub id: LineId,
    /// What is bought.
    pub variant: VariantId,
    /// What that is a variant of.
    pub product: ProductId,
    /// The merchant's code of it.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// What one costs.
    pub unit_price: Money,
    /// What is left of the line after the discounts so far.
    pub net_so_far: Money,
    /// Whether it is bought once only.
    pub one_time: bool,
}

/// An order that is about to be placed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct OrderDraft {
    /// The id that it will have.
    pub order: OrderId,
    /// The number that it will have.
    pub number: u64,
    /// The cart that it is made of.
    pub cart: CartView,
    /// What it costs.
    pub totals: Totals,
    /// Whose it is, if that is known.
    pub customer: Option<CustomerId>,
    /// How it came about.
    pub placed_via: PlacedVia,
}

impl OrderDraft {
    /// What one plugin changed about the order.
    pub fn own(&self, plugin: &PluginId) -> Vec<&AppliedAdjustment> {
        let all = self.totals.adjustments.iter();
        all.filter(|applied| applied.adjustment.plugin == *plugin).collect()
    }
}

/// A login that is about to succeed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LoginView {
    /// Who logs in.
    pub customer: CustomerId,
    /// Where.
    pub store: StoreId,
    /// When.
    pub at: Instant,
    /// From which address, if it is known.
    pub ip: Option<IpAddr>,
}

/// An impersonation that is about to begin.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ImpersonationView {
    /// Who will act.
    pub staff: StaffId,
    /// For whom.
    pub customer: CustomerId,
    /// Where.
    pub store: StoreId,
    /// How much they will be able to do.
    pub mode: ImpersonationMode,
    /// Why, in their words.
    pub reason: Option<String>,
    /// When.
    pub at: Instant,
}

#[cfg(test)]
mod tests;
