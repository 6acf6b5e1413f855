//! Strict JSON: bounded in depth, and every mistake says where it is.

use galleria_domain::{FieldCode, FieldError};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::problem::Problem;

/// How deep lists and objects may lie in each other.
const DEPTH_MAX: usize = 64;

/// How much of a name somebody else chose is repeated to them, in characters.
const NAME_MAX_CHARS: usize = 64;

/// How our own types begin to say that a name is none of those there are.
const NAMES_NOTHING: [&str; 2] = ["is no known ", "is no country "];

/// Reads a JSON text.
pub(super) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    if is_deeper_than(DEPTH_MAX, text) {
        return Err(Problem::malformed(format!("the JSON lies deeper than {DEPTH_MAX}")));
    }
    let text = std::str::from_utf8(text).map_err(|_| Problem::malformed("the body is no UTF-8"))?;
    if !text.trim_start().starts_with('{') {
        // serde would read a list as the fields in their order, too.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(&error))?;
        return Err(Problem::invalid_at("", FieldCode::Malformed, "has to be an object"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        // What isn't well formed further on can't be read at all, whatever came before it.
        match (error.inner().classify(), serde_json::from_str::<IgnoredAny>(text)) {
            (Category::Data, Ok(_)) => {
                let message = without_place(error.inner());
                Problem::invalid(vec![mistake(error.path(), &message)])
            }
            (_, Err(error)) => not_json(&error),
            (Category::Io | Category::Syntax | Category::Eof, Ok(_)) => not_json(error.inner()),
        }
    })?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::malformed(format!("the body is no JSON: see line {line}, column {column}"))
}

/// Whether brackets outside of strings lie deeper than this. A look at the bytes before they are
/// parsed, because a parser that recurses is what depth would hurt.
fn is_deeper_than(max: usize, text: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > max {
            return true;
        }
    }
    false
}

/// The message alone; `serde_json` adds line and column.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).map(str::to_owned).unwrap_or(message)
}

/// Turns serde's message into a mistake that says where it is and never repeats a value.
pub(super) fn mistake(path: &Path, message: &str) -> FieldError {
    let here = dotted(path);
    let name = message.split('`').nth(1).unwrap_or_default();
    let expected = message.rsplit_once("expected ").map(|(_, expected)| expected);
    if message.starts_with("unknown field") {
        return FieldError::new(below(&here, name), FieldCode::Unknown, "is not known here");
    }
    if message.starts_with("missing field") {
        return FieldError::new(below(&here, name), FieldCode::Required, "is missing");
    }
    if message.starts_with("duplicate field") {
        return FieldError::new(below(&here, name), FieldCode::Malformed, "is given twice");
    }
    match expected {
        Some(known) if message.starts_with("unknown variant") => {
            FieldError::new(here, FieldCode::Unknown, format!("has to be {known}"))
        }
        Some(expected) if message.starts_with("invalid value") => {
            FieldError::new(here, FieldCode::Range, format!("has to be {expected}"))
        }
        Some(expected) if message.starts_with("invalid") => {
            FieldError::new(here, FieldCode::Malformed, format!("has to be {expected}"))
        }
        // What is left are messages of our own types, which say what is wrong and not with what.
        _ if NAMES_NOTHING.iter().any(|words| message.starts_with(words)) => {
            FieldError::new(here, FieldCode::Unknown, message)
        }
        _ => FieldError::new(here, FieldCode::Malformed, message),
    }
}

fn below(path: &str, name: &str) -> String {
    let name: String = name.chars().take(NAME_MAX_CHARS).collect();
    // The path may or may not end in the field already, depending on when serde noticed.
    if path.is_empty() || path == name {
        name
    } else if path.ends_with(&format!(".{name}")) {
        path.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn dotted(path: &Path) -> String {
    let mut dotted = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                key.chars().take(NAME_MAX_CHARS).collect()
            }
            Segment::Unknown => continue,
        };
        if !dotted.is_empty() {
            dotted.push('.');
        }
        dotted.push_str(&name);
    }
    dotted
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use http_body_util::BodyExt;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the mistakes are looked at")]
    struct Customer {
        name: String,
        #[serde(default)]
        age: u8,
        #[serde(default)]
        addresses: Vec<Address>,
        kind: Option<Kind>,
        language: Option<galleria_domain::LanguageTag>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the mistakes are looked at")]
    struct Address {
        city: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Guest,
        Registered,
    }

    async fn refusal(text: &[u8]) -> (u16, Value) {
        let problem = read::<Customer>(text).unwrap_err().into_response();
        let status = problem.status().as_u16();
        let body = problem.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn every_mistake_says_where_it_is() {
        for (text, path, code) in [
            (r#"{"name":"A","nick":1}"#, "nick", "unknown"),
            (
                r#"{"name":"A","addresses":[{"city":"B"},{"town":"C"}]}"#,
                "addresses.1.town",
                "unknown",
            ),
            (r"{}", "name", "required"),
            (r#"{"name":"A","addresses":[{}]}"#, "addresses.0.city", "required"),
            (r#"{"name":7}"#, "name", "malformed"),
            (r#"{"name":null}"#, "name", "malformed"),
            (r#"{"name":"A","name":"B"}"#, "name", "malformed"),
            (r#"{"name":"A","age":300}"#, "age", "range"),
            (r#"{"name":"A","age":-1}"#, "age", "range"),
            (r#"{"name":"A","age":1.5}"#, "age", "malformed"),
            (r#"{"name":"A","kind":"king"}"#, "kind", "unknown"),
            (r#"{"name":"A","language":"no language"}"#, "language", "malformed"),
            (r#"["A", 1]"#, "", "malformed"),
            (r#""text""#, "", "malformed"),
        ] {
            let (status, body) = refusal(text.as_bytes()).await;
            assert_eq!(status, 422, "{text}");
            let error = &body["errors"][0];
            assert_eq!((&error["path"], &error["code"]), (&path.into(), &code.into()), "{text}");
        }
    }

    #[tokio::test]
    async fn what_is_no_json_can_not_be_read() {
        let deep = [vec![b'['; 65], vec![b']'; 65]].concat();
        let bad: [&[u8]; 9] = [
            b"",
            b"{",
            b"{\"name\":}",
            b"{} {}",
            b"nul",
            b"{\"name\":\"\xff\"}",
            b"\xef\xbb\xbf{}",
            b"{'name':1}",
            &deep,
        ];
        for text in bad {
            assert_eq!(refusal(text).await.0, 400, "{}", String::from_utf8_lossy(text));
        }
    }

    #[tokio::test]
    async fn a_refusal_never_repeats_a_value() {
        for text in [
            r#"{"name":["hunter2"]}"#,
            r#"{"name":"A","age":"hunter2"}"#,
            r#"{"name":"A","kind":"hunter2"}"#,
            r#"{"name":"A","language":"hunter2 expected"}"#,
        ] {
            assert!(!refusal(text.as_bytes()).await.1.to_string().contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn brackets_in_strings_are_not_deep() {
        let text = format!(r#"{{"name":"{}\"[["}}"#, "[".repeat(1_000));
        assert!(!is_deeper_than(64, text.as_bytes()));
    }
}
