//! Instants as RFC 3339 texts, in the proleptic Gregorian calendar, without leap seconds.

use std::fmt;

use super::{DAY, Instant};

const SECOND: Instant = 1_000_000;
/// 0001-01-01T00:00:00Z and the last microsecond of the year 9999.
const BOUNDS: (Instant, Instant) = (-62_135_596_800_000_000, 253_402_300_799_999_999);

/// Writes an instant in UTC, with as many digits after the second as are needed; what is out of
/// bounds becomes the bound.
pub(super) fn write(instant: Instant, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let instant = instant.clamp(BOUNDS.0, BOUNDS.1);
    let (days, rest) = (instant.div_euclid(DAY), instant.rem_euclid(DAY));
    let (year, month, day) = date(days);
    let (seconds, micros) = (rest / SECOND, rest % SECOND);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
    if micros != 0 {
        let digits = format!("{micros:06}");
        write!(f, ".{}", digits.trim_end_matches('0'))?;
    }
    f.write_str("Z")
}

/// Reads `2030-01-31T12:00:00.25+01:00`; finer than a microsecond is cut off.
pub(super) fn read(text: &str) -> Option<Instant> {
    let bytes = text.as_bytes();
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let time_mark = matches!(bytes.get(10), Some(b'T' | b't'));
    if !time_mark || marks.iter().any(|(at, mark)| bytes.get(*at) != Some(mark)) {
        return None;
    }
    let (year, month, day) = (number(bytes, 0, 4)?, number(bytes, 5, 2)?, number(bytes, 8, 2)?);
    let (hour, minute, second) =
        (number(bytes, 11, 2)?, number(bytes, 14, 2)?, number(bytes, 17, 2)?);
    let days = days(year, month, day);
    if date(days) != (year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, rest) = fraction(bytes.get(19..)?)?;
    let seconds = hour * 3600 + minute * 60 + second - offset(rest)?;
    let instant = days * DAY + seconds * SECOND + micros;
    (BOUNDS.0..=BOUNDS.1).contains(&instant).then_some(instant)
}

/// The microseconds of `.25`, if there is a point, and what follows.
fn fraction(bytes: &[u8]) -> Option<(Instant, &[u8])> {
    let Some(bytes) = bytes.strip_prefix(b".") else { return Some((0, bytes)) };
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let used = length.min(6);
    let scale = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1][used];
    (length > 0).then_some(())?;
    Some((number(bytes, 0, used)? * scale, &bytes[length..]))
}

/// The seconds of `Z` or `+01:00`.
fn offset(bytes: &[u8]) -> Option<Instant> {
    let sign = match bytes {
        [b'Z' | b'z'] => return Some(0),
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(bytes, 1, 2)?, number(bytes, 4, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn number(bytes: &[u8], from: usize, length: usize) -> Option<Instant> {
    bytes.get(from..from + length)?.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + Instant::from(byte - b'0'))
    })
}

/// Days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days(year: Instant, month: Instant, day: Instant) -> Instant {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day since 1970-01-01.
fn date(days: Instant) -> (Instant, Instant, Instant) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + Instant::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::BOUNDS;
    use crate::clock::Timestamp;

    #[test]
    fn known_instants_have_known_texts() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"),
            (1_500_000, "1970-01-01T00:00:01.5Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (BOUNDS.0, "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp(micros).to_string(), text);
            assert_eq!(text.parse(), Ok(Timestamp(micros)));
        }
        assert_eq!("1970-01-01T01:00:00+01:00".parse(), Ok(Timestamp(0)));
    }

    #[test]
    fn what_is_no_point_in_time_is_refused() {
        for text in [
            "",
            "2030-02-29T00:00:00Z",
            "2030-01-31",
            "2030-01-31T24:00:00Z",
            "2030-01-31T12:00:00",
            "2030-1-31T12:00:00Z",
            "2030-01-31T12:00:00.Z",
            "2030-01-31T12:00:00+1:00",
            "2030-01-31T12:00:00ZZ",
            "0001-01-01T00:00:00+01:00",
            "２030-01-31T12:00:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_instant_survives_being_written(micros in BOUNDS.0..=BOUNDS.1) {
            let text = Timestamp(micros).to_string();
            prop_assert_eq!(text.parse(), Ok(Timestamp(micros)));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = text.parse::<Timestamp>();
        }

        #[test]
        fn no_text_of_the_right_letters_makes_the_reader_panic(text in "[0-9TZ:.+-]{0,32}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
