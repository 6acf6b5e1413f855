//! Adjustments: what plugins change about what a cart costs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{LineId, PluginId};
use crate::money::Money;
use crate::names::named;

/// The most adjustments that a plugin can make at one stage of a cart.
pub const ADJUSTMENTS_MAX: usize = 256;
/// The most bytes of the code of an adjustment.
pub const ADJUSTMENT_CODE_MAX_BYTES: usize = 128;
/// The most languages that an adjustment is named in.
pub const ADJUSTMENT_LABELS_MAX: usize = 32;
/// The most bytes of the name of an adjustment in one language.
pub const ADJUSTMENT_LABEL_MAX_BYTES: usize = 256;
/// The most bytes of the data that a plugin keeps with an adjustment, as JSON.
pub const ADJUSTMENT_DATA_MAX_BYTES: usize = 2 * 1024;
/// The most minor units that an adjustment can ask for, so that sums of them can't overflow.
pub const ADJUSTMENT_AMOUNT_MAX: i64 = 1_000_000_000_000_000;

named! {
    /// When in the calculation plugins are asked. The host works out the tax between fees and
    /// tenders.
    Stage, "stage of a calculation" {
        /// Lines become cheaper.
        LineDiscount = "line-discount",
        /// The whole order becomes cheaper.
        OrderDiscount = "order-discount",
        /// Shipping becomes cheaper.
        ShippingDiscount = "shipping-discount",
        /// Something comes on top.
        Fee = "fee",
        /// A part of what is due is paid by other means.
        Tender = "tender",
    }
}

impl Stage {
    /// The number that the stages are sorted by, with room in between.
    pub const fn number(self) -> u8 {
        match self {
            Self::LineDiscount => 10,
            Self::OrderDiscount => 20,
            Self::ShippingDiscount => 40,
            Self::Fee => 50,
            Self::Tender => 80,
        }
    }

    /// Whether an adjustment of this stage can be about that.
    pub const fn allows(self, scope: &AdjustmentScope) -> bool {
        match self {
            Self::LineDiscount => matches!(scope, AdjustmentScope::Line(_)),
            Self::OrderDiscount => matches!(scope, AdjustmentScope::Order),
            Self::ShippingDiscount => matches!(scope, AdjustmentScope::Shipping),
            Self::Fee => !matches!(scope, AdjustmentScope::Tender),
            Self::Tender => matches!(scope, AdjustmentScope::Tender),
        }
    }
}

/// What an adjustment is about.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentScope {
    /// One line.
    Line(LineId),
    /// All lines, by what is left of each.
    Order,
    /// Shipping.
    Shipping,
    /// The total.
    Tender,
}

/// What a plugin changes about what a cart costs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Adjustment {
    /// Whose it is.
    pub plugin: PluginId,
    /// What the plugin calls it, always the same: `points`, `voucher:SUMMER`.
    pub code: String,
    /// When it is worked out.
    pub stage: Stage,
    /// What it is about.
    pub scope: AdjustmentScope,
    /// Not above zero for discounts and tenders, not below for fees. In the price mode of the
    /// store, as the prices are.
    pub amount: Money,
    /// What it is called, by language.
    pub label: BTreeMap<String, String>,
    /// What the plugin wants to find again.
    pub data: Value,
}

/// An adjustment as a hook answers it: the plugin and the stage are those that were asked.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProposedAdjustment {
    /// What the plugin calls it.
    pub code: String,
    /// What it is about.
    pub scope: AdjustmentScope,
    /// Not above zero for discounts and tenders, not below for fees.
    pub amount: Money,
    /// What it is called, by language.
    #[serde(default)]
    pub label: BTreeMap<String, String>,
    /// What the plugin wants to find again.
    #[serde(default)]
    pub data: Value,
}

/// Why an adjustment is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RejectedAdjustment {
    /// It isn't in the currency of the cart.
    #[error("isn't in the currency of the cart")]
    WrongCurrency,
    /// A discount or a tender above zero, or a fee below.
    #[error("has the wrong sign")]
    WrongSign,
    /// It is about a line that the cart doesn't have.
    #[error("is about a line that the cart doesn't have")]
    UnknownLine,
    /// It is beyond all measure, or a tender of more than what is due.
    #[error("is too large")]
    TooLarge,
    /// There are more of them than allowed.
    #[error("is one too many")]
    TooMany,
    /// Its code, label or data is longer than allowed, or the code is empty.
    #[error("has a code, label or data of a length that isn't allowed")]
    TooLong,
    /// It is about something that the stage isn't for, or that the cart doesn't have.
    #[error("is about something that isn't adjusted at this stage")]
    WrongScope,
    /// The stage is over.
    #[error("comes after its stage was over")]
    TooLate,
}

impl ProposedAdjustment {
    /// Everything about it that can be judged without the cart.
    pub fn check(&self, stage: Stage) -> Result<(), RejectedAdjustment> {
        let amount = self.amount.amount;
        let wrong_sign = if stage == Stage::Fee { amount < 0 } else { amount > 0 };
        if wrong_sign {
            return Err(RejectedAdjustment::WrongSign);
        }
        if !stage.allows(&self.scope) {
            return Err(RejectedAdjustment::WrongScope);
        }
        if amount.unsigned_abs() > ADJUSTMENT_AMOUNT_MAX.unsigned_abs() {
            return Err(RejectedAdjustment::TooLarge);
        }
        if self.texts_fit() { Ok(()) } else { Err(RejectedAdjustment::TooLong) }
    }

    /// The adjustment that this becomes.
    pub fn into_adjustment(self, plugin: PluginId, stage: Stage) -> Adjustment {
        let Self { code, scope, amount, label, data } = self;
        Adjustment { plugin, code, stage, scope, amount, label, data }
    }

    fn texts_fit(&self) -> bool {
        let code = (1..=ADJUSTMENT_CODE_MAX_BYTES).contains(&self.code.len());
        let labels = self.label.len() <= ADJUSTMENT_LABELS_MAX
            && self.label.iter().all(|(language, text)| {
                language.len() <= 35 && text.len() <= ADJUSTMENT_LABEL_MAX_BYTES
            });
        code && labels && json_fits(&self.data, ADJUSTMENT_DATA_MAX_BYTES)
    }
}

/// Whether a value has at most so many bytes as JSON.
pub(crate) fn json_fits(value: &impl Serialize, max_bytes: usize) -> bool {
    serde_json::to_vec(value).is_ok_and(|bytes| bytes.len() <= max_bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn proposal(amount: i64, scope: AdjustmentScope) -> ProposedAdjustment {
        ProposedAdjustment {
            code: "points".into(),
            scope,
            amount: Money::new(amount, "EUR".parse().unwrap()),
            label: BTreeMap::new(),
            data: Value::Null,
        }
    }

    #[test]
    fn the_stages_are_sorted_by_their_numbers() {
        let numbers: Vec<_> = Stage::ALL.iter().map(|stage| stage.number()).collect();
        assert_eq!(numbers, [10, 20, 40, 50, 80]);
    }

    #[test]
    fn discounts_and_tenders_take_and_fees_give() {
        let wrong = Err(RejectedAdjustment::WrongSign);
        for (stage, scope) in [
            (Stage::LineDiscount, AdjustmentScope::Line(LineId::generate())),
            (Stage::OrderDiscount, AdjustmentScope::Order),
            (Stage::ShippingDiscount, AdjustmentScope::Shipping),
            (Stage::Tender, AdjustmentScope::Tender),
        ] {
            assert_eq!(proposal(-1, scope.clone()).check(stage), Ok(()));
            assert_eq!(proposal(0, scope.clone()).check(stage), Ok(()));
            assert_eq!(proposal(1, scope).check(stage), wrong);
        }
        assert_eq!(proposal(1, AdjustmentScope::Order).check(Stage::Fee), Ok(()));
        assert_eq!(proposal(-1, AdjustmentScope::Order).check(Stage::Fee), wrong);
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        let good = proposal(-1, AdjustmentScope::Order);
        let label = |text: String| BTreeMap::from([("en".to_owned(), text)]);
        for (bad, why) in [
            (proposal(-1, AdjustmentScope::Tender), RejectedAdjustment::WrongScope),
            (proposal(i64::MIN, AdjustmentScope::Order), RejectedAdjustment::TooLarge),
            (
                ProposedAdjustment { code: String::new(), ..good.clone() },
                RejectedAdjustment::TooLong,
            ),
            (
                ProposedAdjustment { code: "x".repeat(129), ..good.clone() },
                RejectedAdjustment::TooLong,
            ),
            (
                ProposedAdjustment { label: label("x".repeat(257)), ..good.clone() },
                RejectedAdjustment::TooLong,
            ),
            (
                ProposedAdjustment { data: json!("x".repeat(2_047)), ..good.clone() },
                RejectedAdjustment::TooLong,
            ),
        ] {
            assert_eq!(bad.check(Stage::OrderDiscount), Err(why));
        }
        assert_eq!(good.check(Stage::OrderDiscount), Ok(()));
    }

    #[test]
    fn a_scope_survives_json() {
        let line = AdjustmentScope::Line(LineId::from_bytes([7; 16]));
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(text, r#"{"line":"lin_07070707070707070707070707070707"}"#);
        assert_eq!(serde_json::from_str::<AdjustmentScope>(&text).unwrap(), line);
        assert_eq!(json!(AdjustmentScope::Order), json!("order"));
    }
}
