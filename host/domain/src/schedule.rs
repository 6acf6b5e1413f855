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

#[cfg(test)]
mod tests {
    use super::*;

    fn every(count: u16) -> LineSchedule {
        LineSchedule::Every { count, unit: IntervalUnit::Month, first_at: None }
    }

    #[test]
    fn there_is_some_time_between_two_deliveries() {
        assert_eq!(LineSchedule::OneTime.validate(), Ok(()));
        for (count, good) in [(0, false), (1, true), (1_000, true), (1_001, false)] {
            assert_eq!(every(count).validate().is_ok(), good, "{count}");
        }
    }

    #[test]
    fn a_schedule_survives_json() {
        let text = serde_json::to_string(&every(3)).unwrap();
        assert_eq!(text, r#"{"every":{"count":3,"unit":"month"}}"#);
        assert_eq!(serde_json::from_str::<LineSchedule>(&text).unwrap(), every(3));
        assert_eq!(serde_json::to_string(&LineSchedule::OneTime).unwrap(), r#""one_time""#);
    }
}
