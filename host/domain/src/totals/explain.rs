//! Why a cart costs what it costs: the steps, and what they come to by whose doing they are.

use super::{Step, StepKind, Totals};
use crate::id::PluginId;
use crate::money::Money;

/// Why steps don't lead to what is to be paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BrokenSteps {
    /// A step doesn't begin where the one before ended.
    #[error("step {0} doesn't begin where the one before ended")]
    Gap(usize),
    /// A step doesn't end where its amount leads.
    #[error("step {0} doesn't add up")]
    Sum(usize),
    /// The last step leads elsewhere.
    #[error("the steps lead to {0} minor units, which isn't what is to be paid")]
    End(i64),
}

/// What all steps of one kind, by one rule of one plugin, add.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct StepSum {
    /// Whose doing it is; the host's if nobody is named.
    pub plugin: Option<PluginId>,
    /// What kind of steps.
    pub stage: StepKind,
    /// By which rule.
    pub rule: String,
    /// How much they add together.
    pub amount: Money,
    /// What rounding added to them together, in millionths of a minor unit.
    pub rounding_added_millionths: i64,
}

impl Totals {
    /// Goes through the steps again, from nothing to what is to be paid: every minor unit has to be
    /// accounted for.
    pub fn replay(&self) -> Result<Money, BrokenSteps> {
        let mut at = 0_i64;
        for (index, step) in self.steps.iter().enumerate() {
            if step.before != at {
                return Err(BrokenSteps::Gap(index));
            }
            if at.checked_add(step.amount) != Some(step.after) {
                return Err(BrokenSteps::Sum(index));
            }
            at = step.after;
        }
        let end = Money::new(at, self.currency);
        if end == self.payable { Ok(end) } else { Err(BrokenSteps::End(at)) }
    }

    /// The steps taken together by plugin, kind and rule, in the order in which each first occurs.
    pub fn step_sums(&self) -> Vec<StepSum> {
        let mut sums: Vec<StepSum> = Vec::new();
        for step in &self.steps {
            let is_same = |sum: &&mut StepSum| {
                (&sum.plugin, sum.stage, &sum.rule) == (&step.plugin, step.stage, &step.rule)
            };
            match sums.iter_mut().find(is_same) {
                Some(sum) => {
                    sum.amount.amount = sum.amount.amount.saturating_add(step.amount);
                    sum.rounding_added_millionths += step.rounding.added_millionths;
                }
                None => sums.push(self.sum_of(step)),
            }
        }
        sums
    }

    fn sum_of(&self, step: &Step) -> StepSum {
        StepSum {
            plugin: step.plugin.clone(),
            stage: step.stage,
            rule: step.rule.clone(),
            amount: Money::new(step.amount, self.currency),
            rounding_added_millionths: step.rounding.added_millionths,
        }
    }
}
