//! What the host asks plugins in the middle of its own work; each hook needs its permission.
//!
//! A hook answers within 20 ms of CPU time ([`Adjustment`]s) or 100 ms (all others). What it writes
//! (those that may: `before_place`, `login_gate`, `impersonation_gate`) becomes true together with
//! what the host is about, or not at all. A hook that fails is skipped, or what the host was about
//! is refused, as the manifest says (`on-failure`).

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Fault, Money};

pub use crate::bindings::hooks_impersonation_gate::exports::galleria::plugin::hooks_impersonation_gate::{
    Impersonation, ImpersonationMode,
};
pub use crate::bindings::hooks_login_gate::exports::galleria::plugin::hooks_login_gate::Login;
pub use crate::bindings::hooks_validate_cart::exports::galleria::plugin::hooks_validate_cart::CartProblem;
pub use crate::bindings::imports::galleria::shared::trade::{
    Adjustment, AdjustmentScope, Allocation, AllocationTarget, AppliedAdjustment, Decision, Denial,
    Label, LineTotals, PlacedVia, PriceDisplay, RunningTotals, Stage, TaxLine, Totals,
};
/// A cart in the middle of being totalled.
pub use crate::bindings::imports::galleria::shared::trade::CartView as Cart;
/// What plugins decide about a customer.
pub use crate::bindings::imports::galleria::shared::trade::CustomerTraits as Traits;
/// An order that is about to be placed.
pub use crate::bindings::imports::galleria::shared::trade::OrderDraft as Order;
/// A line of a cart.
pub use crate::bindings::imports::galleria::shared::trade::ViewLine as Line;

impl Cart {
    /// What the customer wishes of this plugin; nothing if they said nothing.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if `T` doesn't fit.
    pub fn wish<T: DeserializeOwned>(&self) -> Result<Option<T>, Fault> {
        self.wishes.as_deref().map(|wish| read(wish, "a wish")).transpose()
    }

    /// So many minor units in the cart's currency.
    pub fn money(&self, amount: i64) -> Money {
        Money::new(amount, self.currency.clone())
    }
}

impl Adjustment {
    /// An adjustment; `code` is the plugin's own name for it, always the same.
    pub fn new(code: impl Into<String>, scope: AdjustmentScope, amount: Money) -> Self {
        Self { code: code.into(), scope, amount, label: Vec::new(), data: "null".to_owned() }
    }

    /// The same with what people read in a language.
    #[must_use]
    pub fn label(mut self, language: &str, text: impl Into<String>) -> Self {
        self.label.push(Label { language: language.to_owned(), text: text.into() });
        self
    }

    /// The same with a note of the plugin's own.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if it can't be written as JSON.
    pub fn with_note(self, note: &impl Serialize) -> Result<Self, Fault> {
        Ok(Self { data: write(note, "the note of an adjustment")?, ..self })
    }

    /// The plugin's own note.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if `T` doesn't fit.
    pub fn note<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        read(&self.data, "the note of an adjustment")
    }
}

impl Decision {
    /// Refuses; `code` is stable, `[a-z0-9-]{1,64}`.
    pub fn deny(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Deny(Denial { code: code.into(), message: message.into() })
    }
}

impl CartProblem {
    /// Something that is wrong with the whole cart; `code` is stable, `[a-z0-9-]{1,64}`.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), line: None }
    }

    /// The same about one line.
    #[must_use]
    pub fn about(self, line: impl Into<String>) -> Self {
        Self { line: Some(line.into()), ..self }
    }
}

impl Traits {
    /// Nothing special.
    pub fn neutral() -> Self {
        Self {
            tax_exempt: false,
            free_shipping: false,
            line_discount: 0,
            price_display: None,
            password_max_age_days: None,
            roles: Vec::new(),
        }
    }
}

impl Default for Traits {
    fn default() -> Self {
        Self::neutral()
    }
}

pub(crate) fn read<T: DeserializeOwned>(json: &str, what: &str) -> Result<T, Fault> {
    serde_json::from_str(json).map_err(|error| Fault::Unreadable(format!("{what}: {error}")))
}

pub(crate) fn write(value: &impl Serialize, what: &str) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Unreadable(format!("{what}: {error}")))
}
