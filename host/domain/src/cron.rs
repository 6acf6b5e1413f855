//! When something is due that is done again and again.

use std::fmt;
use std::str::FromStr;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;

use crate::error::{FieldCode, Mistake};
use crate::locale::TimeZoneName;
use crate::names::as_json_text;
use crate::time::Instant;

const MAX_CHARS: usize = 100;

/// The five fields of cron: minute, hour, day of the month, month, day of the week.
///
/// Where the clocks go forward, a time of day that is leapt over comes right after the leap; where
/// they go back, one that comes twice counts the first time only. What is due every so many minutes
/// or hours goes on by the clock on the wall, in both hours.
#[derive(Clone, Debug)]
pub struct CronExpression {
    // Invariant: the text that the schedule was read from.
    text: String,
    schedule: Cron,
}

impl CronExpression {
    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first time after `after` that is meant, on the clocks of a time zone; `None` if there is
    /// none.
    pub fn next_after(&self, after: Instant, zone: &TimeZoneName) -> Option<Instant> {
        let after = Timestamp::from_microsecond(after.as_micros()).ok()?.to_zoned(zone.rules());
        let next = self.schedule.find_next_occurrence(&after, false).ok()?;
        Some(Instant::from_micros(next.timestamp().as_microsecond()))
    }
}

/// Two are the same that are written the same.
impl PartialEq for CronExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CronExpression {}

/// A text that isn't a cron expression.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidCron {
    /// It isn't written as one.
    #[error("is no cron expression; write five fields such as 30 3 * * MON")]
    Malformed,
    /// No day is meant by it, as in February the 30th.
    #[error("never comes true")]
    Never,
}

impl Mistake for InvalidCron {
    fn code(&self) -> FieldCode {
        match self {
            Self::Malformed => FieldCode::Malformed,
            Self::Never => FieldCode::Range,
        }
    }
}

impl FromStr for CronExpression {
    type Err = InvalidCron;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shaped = text.len() <= MAX_CHARS
            && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
            && text.split_ascii_whitespace().count() == 5;
        if !shaped {
            return Err(InvalidCron::Malformed);
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed);
        let schedule = parser.build().parse(text).map_err(|_| InvalidCron::Malformed)?;
        let this = Self { text: text.to_owned(), schedule };
        match this.next_after(Instant::EPOCH, &TimeZoneName::utc()) {
            Some(_) => Ok(this),
            None => Err(InvalidCron::Never),
        }
    }
}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

as_json_text!(CronExpression);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The first times after an instant, in UTC.
    fn times(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let expression: CronExpression = expression.parse().unwrap();
        let zone = zone.parse().unwrap();
        let mut at: Instant = after.parse().unwrap();
        let mut times = Vec::new();
        for _ in 0..count {
            at = expression.next_after(at, &zone).unwrap();
            times.push(at.to_string());
        }
        times
    }

    #[test]
    fn a_time_of_day_is_the_one_on_the_wall() {
        // Summer time began in Berlin on 2026-03-29, in New York on 2026-03-08.
        assert_eq!(
            times("0 9 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3),
            ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z"]
        );
        assert_eq!(
            times("0 9 * * *", "America/New_York", "2026-03-06T20:00:00Z", 3),
            ["2026-03-07T14:00:00Z", "2026-03-08T13:00:00Z", "2026-03-09T13:00:00Z"]
        );
    }

    #[test]
    fn a_time_that_is_leapt_over_comes_right_after_the_leap() {
        // 02:30 wasn't on the wall that day: 01:59:59 was followed by 03:00:00.
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            times("30 2 * * *", "America/New_York", "2026-03-07T00:00:00Z", 3),
            ["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]
        );
    }

    #[test]
    fn a_time_that_comes_twice_counts_once() {
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", 3),
            ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
        assert_eq!(
            times("30 1 * * *", "America/New_York", "2026-10-31T00:00:00Z", 3),
            ["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
        );
    }

    #[test]
    fn what_is_due_every_half_an_hour_goes_on_through_both_hours() {
        assert_eq!(
            times("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00Z", 6),
            [
                "2026-10-25T00:00:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-25T02:00:00Z",
                "2026-10-25T02:30:00Z",
            ]
        );
        assert_eq!(
            times("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:15:00Z", 3),
            ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]
        );
    }

    #[test]
    fn days_are_meant_as_cron_means_them() {
        // The first of the month, or any Monday.
        assert_eq!(
            times("0 0 1 * MON", "UTC", "2026-05-31T12:00:00Z", 3),
            ["2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z", "2026-06-15T00:00:00Z"]
        );
        assert_eq!(times("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 1), ["2028-02-29T00:00:00Z"]);
    }

    #[test]
    fn what_is_no_cron_expression_is_refused() {
        for bad in ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "a b c d e", "@daily"]
        {
            assert_eq!(bad.parse::<CronExpression>(), Err(InvalidCron::Malformed), "{bad}");
        }
        assert_eq!("*/1 ".repeat(60).parse::<CronExpression>(), Err(InvalidCron::Malformed));
        assert_eq!("0 0 30 2 *".parse::<CronExpression>(), Err(InvalidCron::Never));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "[0-9*/,#LW? A-Z-]{0,30}|\\PC*") {
            if let Ok(cron) = text.parse::<CronExpression>() {
                prop_assert_eq!(cron.to_string(), text);
            }
        }

        #[test]
        fn the_next_time_is_always_later(at in any::<i64>(), zone in 0..3_usize) {
            let zone = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"][zone];
            let cron: CronExpression = "15 2 * * *".parse().unwrap();
            let at = Instant::from_micros(at);
            if let Some(next) = cron.next_after(at, &zone.parse().unwrap()) {
                prop_assert!(next > at);
            }
        }
    }
}
