//! Points in time and calendar days. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::{FieldCode, Mistake};
use crate::locale::TimeZoneName;
use crate::names::as_json_text;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
// Invariant: between MIN and MAX, so that every instant has a text.
pub struct Instant(i64);

impl Instant {
    /// The start of the year 1.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// Shortly before the end of the year 9999, so that every time zone can show it.
    pub const MAX: Self = Self(253_402_207_200_000_000 - 1);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The instant so many microseconds after the epoch; what is out of bounds becomes the bound.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This much later; stops at [`Instant::MAX`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// This much earlier; stops at [`Instant::MIN`].
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }

    /// How long ago `earlier` was; nothing if it is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The calendar day in UTC; the first possible day if it is before that.
    pub fn day(self) -> Day {
        self.day_as_seen_in(&TimeZone::UTC)
    }

    /// The calendar day in a time zone.
    pub fn day_in(self, zone: &TimeZoneName) -> Day {
        self.day_as_seen_in(&zone.rules())
    }

    fn day_as_seen_in(self, zone: &TimeZone) -> Day {
        Day(zone.to_datetime(self.timestamp()).date().max(FIRST_DAY))
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// RFC 3339 in UTC, with as many digits after the second as are needed.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

/// A text that isn't a point in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidInstant {
    /// Not RFC 3339 with an offset.
    #[error("is no point in time; write 2027-01-31T12:00:00Z")]
    Malformed,
    /// Before the year 1 or after 9999.
    #[error("is outside the years 1 to 9999")]
    OutOfBounds,
}

impl Mistake for InvalidInstant {
    fn code(&self) -> FieldCode {
        match self {
            Self::Malformed => FieldCode::Malformed,
            Self::OutOfBounds => FieldCode::Range,
        }
    }
}

/// Reads RFC 3339, with any offset; finer than a microsecond is cut off.
impl FromStr for Instant {
    type Err = InvalidInstant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The parser knows more than RFC 3339: annotations, week dates, other separators.
        let plain = text.len() <= 64 && text.is_ascii() && !text.contains('[');
        let dashed = text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
        if !plain || !dashed {
            return Err(InvalidInstant::Malformed);
        }
        let timestamp: Timestamp = text.parse().map_err(|_| InvalidInstant::Malformed)?;
        let micros = timestamp.as_nanosecond().div_euclid(1_000);
        let micros = i64::try_from(micros).map_err(|_| InvalidInstant::OutOfBounds)?;
        if Self::from_micros(micros).0 == micros {
            Ok(Self(micros))
        } else {
            Err(InvalidInstant::OutOfBounds)
        }
    }
}

/// A calendar day from 1900-01-01 on, as in a date of birth.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
// Invariant: not before FIRST_DAY.
pub struct Day(Date);

const FIRST_DAY: Date = Date::constant(1900, 1, 1);

impl Day {
    /// The day with these numbers, if there is one and it isn't before 1900.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().filter(|date| *date >= FIRST_DAY).map(Self)
    }

    /// The year, from 1900 on.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> i8 {
        self.0.day()
    }
}

/// `YYYY-MM-DD`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that isn't a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidDay {
    /// Not `YYYY-MM-DD`, or a day that the calendar doesn't have.
    #[error("is no day of the calendar; write YYYY-MM-DD")]
    Malformed,
    /// Before 1900.
    #[error("is before 1900-01-01")]
    TooEarly,
    /// After today, where only the past makes sense.
    #[error("is in the future")]
    Future,
}

impl Mistake for InvalidDay {
    fn code(&self) -> FieldCode {
        match self {
            Self::Malformed => FieldCode::Malformed,
            Self::TooEarly | Self::Future => FieldCode::Range,
        }
    }
}

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(InvalidDay::Malformed);
        }
        let date: Date = text.parse().map_err(|_| InvalidDay::Malformed)?;
        if date < FIRST_DAY { Err(InvalidDay::TooEarly) } else { Ok(Self(date)) }
    }
}

as_json_text!(Instant, Day);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_instant_is_written_in_utc() {
        let noon: Instant = "2026-03-07T12:00:00-05:00".parse().unwrap();
        assert_eq!(noon.to_string(), "2026-03-07T17:00:00Z");
        assert_eq!(noon.as_micros(), 1_772_902_800_000_000);
        let fine: Instant = "2026-03-07T12:00:00.1234567Z".parse().unwrap();
        assert_eq!(fine.to_string(), "2026-03-07T12:00:00.123456Z");
    }

    #[test]
    fn what_is_no_point_in_time_is_refused() {
        for bad in [
            "",
            "now",
            "2026-03-07",
            "2026-03-07T12:00:00",
            "2026-02-30T12:00:00Z",
            "2026-03-07T25:00:00Z",
            "20260307T120000Z",
            "2026-03-07T12:00:00-05:00[America/New_York]",
            "+002026-03-07T12:00:00Z",
            "1772902800",
        ] {
            assert_eq!(bad.parse::<Instant>(), Err(InvalidInstant::Malformed), "{bad}");
        }
        assert_eq!("0000-06-01T00:00:00Z".parse::<Instant>(), Err(InvalidInstant::OutOfBounds));
    }

    #[test]
    fn a_day_later_is_24_hours_later_whatever_the_clocks_do() {
        let zone: TimeZoneName = "America/New_York".parse().unwrap();
        let before: Instant = "2026-03-07T23:30:00-05:00".parse().unwrap();
        let after = before.plus(Duration::from_hours(24));
        assert_eq!(before.day_in(&zone).to_string(), "2026-03-07");
        // The clocks go forward in between: 24 hours later it is half past midnight.
        assert_eq!(after.day_in(&zone).to_string(), "2026-03-09");
        assert_eq!(after.day().to_string(), "2026-03-09");
    }

    #[test]
    fn days_are_those_of_the_calendar_from_1900_on() {
        for good in ["1900-01-01", "2000-02-29", "1999-12-31", "9999-12-31"] {
            assert_eq!(good.parse::<Day>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "1900-02-29",
            "2001-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "20260101",
            "2026-01-01T00:00:00Z",
            " 2026-01-01",
            "0000-00-00",
            "٢٠٢٦-٠١-٠١",
        ] {
            assert_eq!(bad.parse::<Day>(), Err(InvalidDay::Malformed), "{bad}");
        }
        assert_eq!("1899-12-31".parse::<Day>(), Err(InvalidDay::TooEarly));
    }

    proptest! {
        #[test]
        fn every_instant_survives_text(micros in any::<i64>()) {
            let instant = Instant::from_micros(micros);
            prop_assert_eq!(instant.to_string().parse(), Ok(instant));
        }

        #[test]
        fn later_is_never_earlier(micros in any::<i64>(), by in any::<u64>()) {
            let instant = Instant::from_micros(micros);
            let by = Duration::from_micros(by);
            prop_assert!(instant.plus(by) >= instant);
            prop_assert!(instant.minus(by) <= instant);
            prop_assert!(instant.plus(by).since(instant) <= by);
        }

        #[test]
        fn any_text_is_a_time_or_refused_without_a_panic(text in "[0-9TZ:+. -]{0,30}|\\PC*") {
            let _ = (text.parse::<Instant>(), text.parse::<Day>());
        }
    }
}
