//! Giving money back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Order, OrderError, OrderStatus};
use crate::adjustment::{ADJUSTMENT_DATA_MAX_BYTES, json_fits};
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{LineId, PluginId, RefundId};
use crate::money::Money;
use crate::principal::Actor;
use crate::text::TextRule;
use crate::time::Instant;

/// The most characters of the reason for which an order is cancelled or refunded.
pub const ORDER_REASON_MAX_CHARS: usize = 500;

const REASON: TextRule = TextRule::lines(ORDER_REASON_MAX_CHARS);

/// Something that was given back.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Refund {
    /// Names it for ever.
    pub id: RefundId,
    /// How much of what was paid; not below zero.
    pub amount: Money,
    /// How much of what was paid by other means, as with points; not below zero. Their plugins
    /// give it back.
    pub tendered: Money,
    /// What it is for.
    pub lines: Vec<RefundLine>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Instant,
    /// Who gave it back.
    pub actor: Actor,
    /// What plugins are told about it, each what is its own.
    pub data: BTreeMap<PluginId, Value>,
}

/// A line that something was given back for.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RefundLine {
    /// Which one.
    pub line: LineId,
    /// For how many of it.
    pub quantity: u32,
    /// How much.
    pub amount: Money,
}

impl Order {
    /// What was given back of what was paid.
    pub fn refunded(&self) -> Result<Money, OrderError> {
        let amounts = self.progress.refunds.iter().map(|refund| refund.amount);
        Ok(Money::sum(self.snapshot.currency, amounts)?)
    }

    /// What can still be given back of what was paid.
    pub fn left_to_refund(&self) -> Result<Money, OrderError> {
        Ok(self.paid()?.minus(self.refunded()?)?)
    }

    /// What can still be given back of what was paid by other means.
    pub fn left_to_untender(&self) -> Result<Money, OrderError> {
        let given = self.progress.refunds.iter().map(|refund| refund.tendered);
        let given = Money::sum(self.snapshot.currency, given)?;
        // Tenders are below zero.
        Ok(self.zero().minus(self.snapshot.totals.tendered)?.minus(given)?)
    }

    /// With something given back. Once all of it is, the order is refunded; one that was called off
    /// stays so.
    pub fn refund(&self, refund: Refund) -> Result<Self, OrderError> {
        let status = self.status();
        if matches!(status, OrderStatus::Refunded) {
            return Err(OrderError::Status(status));
        }
        self.check_refund(&refund)?;
        let mut next = self.next();
        next.progress.refunds.push(refund);
        let nothing_left =
            next.left_to_refund()?.amount == 0 && next.left_to_untender()?.amount == 0;
        next.progress.status = match status {
            // One that isn't paid in full yet stays as it is, too.
            OrderStatus::Cancelled | OrderStatus::Placed => status,
            _ if nothing_left => OrderStatus::Refunded,
            _ => OrderStatus::PartiallyRefunded,
        };
        Ok(next)
    }

    /// Whether all of what was paid was given back.
    pub fn is_fully_refunded(&self) -> Result<bool, OrderError> {
        let nothing_left =
            self.left_to_refund()?.amount == 0 && self.left_to_untender()?.amount == 0;
        Ok(nothing_left && !self.progress.refunds.is_empty())
    }

    fn check_refund(&self, refund: &Refund) -> Result<(), OrderError> {
        let sum = refund.amount.plus(refund.tendered)?;
        for (amount, left) in
            [(refund.amount, self.left_to_refund()?), (refund.tendered, self.left_to_untender()?)]
        {
            if amount.amount < 0 || left.minus(amount)?.amount < 0 {
                return Err(OrderError::Refund(left));
            }
        }
        if sum.amount == 0 {
            return Err(OrderError::Refund(self.left_to_refund()?));
        }
        if self.progress.refunds.iter().any(|one| one.id == refund.id) {
            let message = "is there already";
            return Err(vec![FieldError::new("id", FieldCode::Taken, message)].into());
        }
        if let Some(reason) = &refund.reason {
            check_reason(reason)?;
        }
        self.check_refund_lines(refund, sum)
    }

    fn check_refund_lines(&self, refund: &Refund, sum: Money) -> Result<(), OrderError> {
        let mut mistakes = Mistakes::new();
        let mut of_lines = self.zero();
        let mut seen: BTreeMap<&LineId, u32> = BTreeMap::new();
        for (at, line) in refund.lines.iter().enumerate() {
            let path = format!("lines.{at}");
            let so_far = seen.entry(&line.line).or_default();
            *so_far = so_far.saturating_add(line.quantity);
            match self.left_of(&line.line) {
                None => mistakes.add(&path, FieldCode::Unknown, "is no line of the order"),
                Some(left) if *so_far > left => {
                    mistakes.add(&path, FieldCode::Range, "is for more than what is left of it");
                }
                Some(_) => {}
            }
            if line.amount.amount < 0 {
                mistakes.add(&path, FieldCode::Range, "is below zero");
            }
            of_lines = of_lines.plus(line.amount)?;
        }
        if sum.minus(of_lines)?.amount < 0 {
            mistakes.add("lines", FieldCode::Range, "add up to more than the refund");
        }
        for (plugin, data) in &refund.data {
            if !json_fits(data, ADJUSTMENT_DATA_MAX_BYTES) {
                mistakes.add(
                    &format!("data.{plugin}"),
                    FieldCode::TooLong,
                    "has more than 2048 bytes",
                );
            }
        }
        Ok(mistakes.finish(())?)
    }

    /// For how many of a line nothing was given back yet.
    fn left_of(&self, line: &LineId) -> Option<u32> {
        let ordered = self.snapshot.lines.iter().find(|one| one.id == *line)?.quantity;
        let refunded = self.progress.refunds.iter().flat_map(|refund| &refund.lines);
        let refunded = refunded.filter(|one| one.line == *line).map(|one| one.quantity);
        Some(refunded.fold(ordered, u32::saturating_sub))
    }
}

pub(super) fn check_reason(reason: &str) -> Result<(), OrderError> {
    let mut mistakes = Mistakes::new();
    mistakes.keep("reason", REASON.check(reason));
    Ok(mistakes.finish(())?)
}
