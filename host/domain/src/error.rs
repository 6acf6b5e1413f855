//! What is wrong with what somebody gave us, field by field.

use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;

use crate::names::named;

named! {
    /// The kind of a mistake in a field. The names are part of the API and never change.
    FieldCode, "kind of mistake" {
        /// It must be there and isn't.
        Required = "required",
        /// It is longer, or there are more of it, than allowed.
        TooLong = "too-long",
        /// It is shorter than allowed.
        TooShort = "too-short",
        /// It isn't written the way such a value is written.
        Malformed = "malformed",
        /// It names something that doesn't exist.
        Unknown = "unknown",
        /// Somebody else has it already.
        Taken = "taken",
        /// It is well written, but not among the values that are allowed here.
        Range = "range",
    }
}

/// One mistake in one field.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[error("{path}: {message}")]
pub struct FieldError {
    /// Where: names and indexes joined by dots, `addresses.0.city`; empty for the whole.
    pub path: String,
    /// What kind of mistake.
    pub code: FieldCode,
    /// The mistake in words, in English; never repeats what was given.
    pub message: String,
}

impl FieldError {
    /// A mistake at `path`.
    pub fn new(path: impl Into<String>, code: FieldCode, message: impl Into<String>) -> Self {
        Self { path: path.into(), code, message: message.into() }
    }
}

/// An error that says what is wrong with one value, wherever it stands.
pub trait Mistake: Display {
    /// What kind of mistake it is.
    fn code(&self) -> FieldCode;
}

/// Gathers mistakes, so that a person sees all of them at once.
#[derive(Clone, Debug, Default)]
pub struct Mistakes(Vec<FieldError>);

impl Mistakes {
    /// No mistakes so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one mistake.
    pub fn add(&mut self, path: &str, code: FieldCode, message: impl Into<String>) {
        self.0.push(FieldError::new(path, code, message));
    }

    /// Takes the value of a check; a mistake is kept and gives `None`.
    pub fn keep<T>(&mut self, path: &str, checked: Result<T, impl Mistake>) -> Option<T> {
        checked.map_err(|mistake| self.add(path, mistake.code(), mistake.to_string())).ok()
    }

    /// Reads a value from text; a mistake is kept and gives `None`.
    pub fn parse<T: FromStr<Err: Mistake>>(&mut self, path: &str, text: &str) -> Option<T> {
        self.keep(path, text.parse())
    }

    /// Reads a value that must be there from text; a mistake is kept and gives `None`.
    pub fn required<T: FromStr<Err: Mistake>>(
        &mut self,
        path: &str,
        text: Option<&str>,
    ) -> Option<T> {
        if text.is_none() {
            self.add(path, FieldCode::Required, "is required");
        }
        self.parse(path, text?)
    }

    /// Takes over mistakes of a part that stands at `prefix`.
    pub fn extend_at(&mut self, prefix: &str, errors: impl IntoIterator<Item = FieldError>) {
        self.0.extend(errors.into_iter().map(|mut error| {
            error.path = match (prefix, error.path.as_str()) {
                ("", _) => error.path,
                (_, "") => prefix.to_owned(),
                (_, path) => format!("{prefix}.{path}"),
            };
            error
        }));
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, if there was no mistake; else all of them.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_have_stable_names() {
        let names: Vec<_> = FieldCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(
            names,
            ["required", "too-long", "too-short", "malformed", "unknown", "taken", "range"]
        );
    }

    #[test]
    fn mistakes_of_a_part_carry_the_path_of_the_whole() {
        let mut mistakes = Mistakes::new();
        mistakes.extend_at(
            "addresses.0",
            [
                FieldError::new("city", FieldCode::Required, "is required"),
                FieldError::new("", FieldCode::Malformed, "is not an address"),
            ],
        );
        let errors = mistakes.finish(()).unwrap_err();
        assert_eq!(errors[0].path, "addresses.0.city");
        assert_eq!(errors[1].path, "addresses.0");
    }
}
