//! Schedules: whether a line is bought once or again and again.

use serde::{Deserialize, Serialize};

use crate::error::{FieldCode, FieldError, Mistakes};
use crate::names::named;
use crate::time::Instant;

/// The most units of time between two deliveries.
pub const INTERVAL_COUNT_MAX: u16 = 1_000;

named! {
    /// What the time between two deliveries is counted in.
    IntervalUnit, "unit of time" {
        /// Days of the calendar.
        Day = "day",
        /// Seven days.
        Week = "week",
        /// Months of the calendar.
        Month = "month",
        /// Years of the calendar.
        Year = "year",
    }
}

/// Whether a line is bought once or again and again.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineSchedule {
    /// Once.
    #[default]
    OneTime,
    /// Again and again.
    Every {
        /// How many units of time between two deliveries, 1 to 1,000.
        count: u16,
        /// Which units.
        unit: IntervalUnit,
        /// When the first one is; with the order, if it isn't said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first_at: Option<Instant>,
    },
}

impl LineSchedule {
    /// Whether it is bought once.
    pub const fn is_one_time(&self) -> bool {
        matches!(self, Self::OneTime)
    }

    /// Everything that is wrong with it.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        if let Self::Every { count, .. } = self
            && !(1..=INTERVAL_COUNT_MAX).contains(count)
        {
            mistakes.add("count", FieldCode::Range, "is not between 1 and 1000");
        }
        mistakes.finish(())
    }
}
