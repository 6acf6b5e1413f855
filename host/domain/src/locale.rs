//! Languages, time zones and countries, by their standard codes.

mod countries;

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;

use crate::error::{FieldCode, Mistake};
use crate::names::as_json_text;
use countries::COUNTRIES;

/// A language as BCP 47 writes it: `en`, `de-CH`, `zh-Hant-TW`. Its case is made the usual one.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// English, which every text has.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language without script, region and the rest: `de` for `de-CH`.
    pub fn base(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

/// A text that isn't a language tag.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is no language tag; write en or de-CH")]
pub struct InvalidLanguageTag;

impl Mistake for InvalidLanguageTag {
    fn code(&self) -> FieldCode {
        FieldCode::Malformed
    }
}

impl FromStr for LanguageTag {
    type Err = InvalidLanguageTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut subtags = text.split('-');
        let language = subtags.next().unwrap_or_default();
        let is_language = (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_language || text.len() > 35 {
            return Err(InvalidLanguageTag);
        }
        let mut tag = language.to_ascii_lowercase();
        for subtag in subtags {
            if !(1..=8).contains(&subtag.len())
                || !subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
            {
                return Err(InvalidLanguageTag);
            }
            tag.push('-');
            tag.push_str(&usual_case(subtag));
        }
        // A single letter or digit opens an extension, so something must follow it.
        let opens = tag.rsplit('-').next().is_some_and(|last| last.len() == 1);
        if opens { Err(InvalidLanguageTag) } else { Ok(Self(tag)) }
    }
}

/// Regions in capitals, scripts capitalised, the rest small (RFC 5646, 2.1.1).
fn usual_case(subtag: &str) -> String {
    let letters = subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    match subtag.len() {
        2 if letters => subtag.to_ascii_uppercase(),
        4 if letters => {
            let (first, rest) = subtag.split_at(1);
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        }
        _ => subtag.to_ascii_lowercase(),
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A time zone of the IANA database, `Europe/Berlin`; the database is part of the program.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    /// UTC.
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The rules of the zone.
    pub fn rules(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

/// A text that names no time zone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is no time zone; write Europe/Berlin")]
pub struct InvalidTimeZone;

impl Mistake for InvalidTimeZone {
    fn code(&self) -> FieldCode {
        FieldCode::Unknown
    }
}

impl FromStr for TimeZoneName {
    type Err = InvalidTimeZone;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let zone = TimeZone::get(text).map_err(|_| InvalidTimeZone)?;
        // The name in the database's own spelling, whatever the case it was given in.
        let known = zone.iana_name().filter(|_| !zone.is_unknown());
        known.map(|name| Self(name.to_owned())).ok_or(InvalidTimeZone)
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A country of ISO 3166-1, by its two letters: `CH`.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
// Invariant: among COUNTRIES.
pub struct CountryCode(&'static str);

impl CountryCode {
    /// Stands in where the country isn't known yet and the value is going to be thrown away.
    pub(crate) const ANY: Self = Self("AD");

    /// The two letters.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// All countries, by their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        COUNTRIES.iter().map(|code| Self(code))
    }
}

/// A text that names no country.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is no country of ISO 3166-1; write two letters such as CH")]
pub struct InvalidCountry;

impl Mistake for InvalidCountry {
    fn code(&self) -> FieldCode {
        FieldCode::Unknown
    }
}

impl FromStr for CountryCode {
    type Err = InvalidCountry;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = text.to_ascii_uppercase();
        let at = COUNTRIES.binary_search(&code.as_str()).map_err(|_| InvalidCountry)?;
        Ok(Self(COUNTRIES[at]))
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

as_json_text!(CountryCode, LanguageTag, TimeZoneName);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_language_tag_gets_its_usual_case() {
        for (given, tag, base) in [
            ("en", "en", "en"),
            ("DE-ch", "de-CH", "de"),
            ("zh-hant-tw", "zh-Hant-TW", "zh"),
            ("es-419", "es-419", "es"),
            ("de-DE-1996", "de-DE-1996", "de"),
            ("gsw", "gsw", "gsw"),
        ] {
            let read: LanguageTag = given.parse().unwrap();
            assert_eq!((read.as_str(), read.base()), (tag, base));
        }
        for bad in
            ["", "e", "english", "en_US", "en-", "-en", "en-toolongsub", "de CH", "e1", "en-x"]
        {
            assert_eq!(bad.parse::<LanguageTag>(), Err(InvalidLanguageTag), "{bad}");
        }
    }

    #[test]
    fn a_time_zone_is_known_to_the_database() {
        for (given, name) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("america/new_york", "America/New_York"),
            ("UTC", "UTC"),
            ("Asia/Kolkata", "Asia/Kolkata"),
        ] {
            assert_eq!(given.parse::<TimeZoneName>().unwrap().as_str(), name);
        }
        for bad in [
            "",
            "Berlin",
            "../../etc/passwd",
            "+01:00",
            "Mars/Olympus",
            "Etc/Unknown",
            "Europe/Berlin\0",
        ] {
            assert_eq!(bad.parse::<TimeZoneName>(), Err(InvalidTimeZone), "{bad}");
        }
    }

    #[test]
    fn the_249_countries_are_sorted_and_found_in_any_case() {
        assert_eq!(COUNTRIES.len(), 249);
        assert!(COUNTRIES.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!("ch".parse::<CountryCode>().unwrap().as_str(), "CH");
        for bad in ["", "C", "CHE", "XX", "ZZ", "UK", "EU", "ß"] {
            assert_eq!(bad.parse::<CountryCode>(), Err(InvalidCountry), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_tag_that_was_read_reads_the_same_again(text in "[a-zA-Z0-9-]{0,40}|\\PC*") {
            if let Ok(tag) = text.parse::<LanguageTag>() {
                prop_assert_eq!(tag.as_str().parse(), Ok(tag.clone()));
                prop_assert!(tag.as_str().eq_ignore_ascii_case(&text));
            }
        }
    }
}
