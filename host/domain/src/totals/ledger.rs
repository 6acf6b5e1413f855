//! The ledger: every step towards the payable amount, in its order.

use super::{AllocationTarget, Rounding, RoundingRule, Step, StepKind};
use crate::id::PluginId;

/// The steps so far, and where they have led.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) steps: Vec<Step>,
    at: i64,
}

/// Whose step it is, and by which rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cause<'a> {
    pub(super) plugin: Option<&'a PluginId>,
    pub(super) stage: StepKind,
    pub(super) rule: &'a str,
}

impl<'a> Cause<'a> {
    /// The host itself.
    pub(super) fn host(stage: StepKind, rule: &'a str) -> Self {
        Self { plugin: None, stage, rule }
    }
}

impl Rounding {
    pub(super) const EXACT: Self = Self { rule: RoundingRule::Exact, added_millionths: 0 };

    /// Exact if nothing was added.
    pub(super) fn by(rule: RoundingRule, added_millionths: i64) -> Self {
        if added_millionths == 0 { Self::EXACT } else { Self { rule, added_millionths } }
    }

    /// For what was taken of what was asked for.
    pub(super) fn capped_if(capped: bool) -> Self {
        let rule = if capped { RoundingRule::Capped } else { RoundingRule::Exact };
        Self { rule, added_millionths: 0 }
    }
}

impl Ledger {
    /// Adds a step; one that neither changes nor hides anything is left out.
    pub(super) fn step(
        &mut self,
        cause: Cause<'_>,
        target: &AllocationTarget,
        amount: i64,
        rounding: Rounding,
    ) {
        if amount == 0 && rounding == Rounding::EXACT {
            return;
        }
        let before = self.at;
        self.at += amount;
        self.steps.push(Step {
            plugin: cause.plugin.cloned(),
            stage: cause.stage,
            rule: cause.rule.to_owned(),
            target: target.clone(),
            rounding,
            before,
            after: self.at,
            amount,
        });
    }
}
