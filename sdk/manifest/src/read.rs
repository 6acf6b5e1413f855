use serde_json::{Map, Value};

use crate::{Manifest, Mistake};

/// How large a manifest may be, as TOML or as JSON, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// Why a text is not a manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is longer than [`MAX_BYTES`].
    #[error("the manifest has {0} bytes; {MAX_BYTES} are allowed")]
    TooLarge(usize),
    /// It is not TOML, or not of the shape of a manifest.
    #[error("line {line}, column {column}: {message}")]
    Toml {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// It is not JSON, or not of the shape of a manifest.
    #[error("line {line}, column {column}: {message}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// It breaks rules.
    #[error("{}", sentences(.0))]
    Rules(Vec<Mistake>),
}

impl Manifest {
    /// Reads `galleria.toml` and applies all rules.
    pub fn from_toml(text: &str) -> Result<Self, ManifestError> {
        limit(text.len())?;
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let (line, column) = position(text, error.span().map_or(0, |span| span.start));
            ManifestError::Toml { line, column, message: error.message().to_owned() }
        })?;
        manifest.checked()
    }

    /// Reads the JSON of a component's [section](crate::SECTION) and applies all rules.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ManifestError> {
        limit(bytes.len())?;
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| {
            let (line, column) = (error.line().max(1), error.column().max(1));
            let text = error.to_string();
            // serde_json writes the position behind its message; here it has fields of its own.
            let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
            ManifestError::Json { line, column, message }
        })?;
        manifest.checked()
    }

    /// The one JSON text of this manifest: compact, with the keys of every object sorted, so that
    /// equal manifests are equal bytes.
    pub fn to_canonical_json(&self) -> Vec<u8> {
        let value = serde_json::to_value(self).expect("every map of a manifest has text as keys");
        sorted(value).to_string().into_bytes()
    }

    fn checked(self) -> Result<Self, ManifestError> {
        let mistakes = self.check();
        if mistakes.is_empty() { Ok(self) } else { Err(ManifestError::Rules(mistakes)) }
    }
}

fn limit(length: usize) -> Result<(), ManifestError> {
    if length > MAX_BYTES { Err(ManifestError::TooLarge(length)) } else { Ok(()) }
}

/// Line and column, both from 1, of a byte of a text.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

/// Sorts by hand, because a map of `serde_json` keeps the order of insertion as soon as any crate
/// of a build asks for that.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            let sorted: Map<String, Value> =
                entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(sorted)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        plain => plain,
    }
}

fn sentences(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("; ")
}
