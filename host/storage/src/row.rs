//! From what is stored to what it means; what doesn't parse is [`StorageError::Corrupt`].

use std::fmt::Display;
use std::str::FromStr;

use galleria_domain::Instant;
use serde::de::DeserializeOwned;

use crate::error::{Result, StorageError};

/// The value that a text stands for.
pub(crate) fn parsed<T: FromStr<Err: Display>>(column: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|error| StorageError::corrupt(column, error))
}

/// The value that a text stands for, if there is one.
pub(crate) fn parsed_if<T: FromStr<Err: Display>>(
    column: &'static str,
    text: Option<&str>,
) -> Result<Option<T>> {
    text.map(|text| parsed(column, text)).transpose()
}

/// The value that a JSON text stands for.
pub(crate) fn from_json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StorageError::corrupt(column, error))
}

/// JSON text of a value whose keys are all texts.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("what is stored has only texts as keys")
}

/// A count or version: never below zero.
pub(crate) fn unsigned<T: TryFrom<i64, Error: Display>>(
    column: &'static str,
    number: i64,
) -> Result<T> {
    number.try_into().map_err(|error| StorageError::corrupt(column, error))
}

/// A number for a column; what is beyond 63 bits becomes the largest there is.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A point in time, if there is one.
pub(crate) fn instant_if(micros: Option<i64>) -> Option<Instant> {
    micros.map(Instant::from_micros)
}

/// Microseconds for a column, if there is a time.
pub(crate) fn micros_if(instant: Option<Instant>) -> Option<i64> {
    instant.map(Instant::as_micros)
}
