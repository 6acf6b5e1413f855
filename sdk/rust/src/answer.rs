use serde::Serialize;

use crate::bindings::http::exports::galleria::plugin::http::{Pair, Response};
use crate::entities::Stored;
use crate::{Json, Problem, Result};

/// What a handler answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status: 200 to 599.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What can be answered with.
pub trait IntoAnswer {
    /// Makes an answer of it; a problem refuses the request instead.
    fn into_answer(self) -> Result<Answer>;
}

/// Plain text, 200.
#[derive(Clone, Debug)]
pub struct Text(pub String);

/// JSON with 201, and where the thing that was made is: a path below the plugin's own root.
#[derive(Clone, Debug)]
pub struct Created<T>(pub String, pub T);

/// Nothing, 204.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

/// Another answer with another status.
#[derive(Clone, Copy, Debug)]
pub struct Status<T>(pub u16, pub T);

/// Another answer with the version of what it shows, as an entity tag (RFC 9110 §8.8.3).
#[derive(Clone, Copy, Debug)]
pub struct Versioned<T>(pub u64, pub T);

impl<T> Stored<T> {
    /// Shows an entity as JSON together with its version.
    pub fn answer<V>(self, view: impl FnOnce(Self) -> V) -> Versioned<Json<V>> {
        Versioned(self.version, Json(view(self)))
    }
}

impl Answer {
    fn new(status: u16, kind: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), kind.to_owned())], body }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl IntoAnswer for Answer {
    fn into_answer(self) -> Result<Answer> {
        Ok(self)
    }
}

impl<T: Serialize> IntoAnswer for Json<T> {
    fn into_answer(self) -> Result<Answer> {
        // Only a map with keys that are no text fails here.
        let body = serde_json::to_vec(&self.0)
            .map_err(|error| Problem::new(503, "unwritable", error.to_string()))?;
        Ok(Answer::new(200, "application/json", body))
    }
}

impl IntoAnswer for Text {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer::new(200, "text/plain; charset=utf-8", self.0.into_bytes()))
    }
}

impl<T: Serialize> IntoAnswer for Created<T> {
    fn into_answer(self) -> Result<Answer> {
        let Self(location, value) = self;
        Ok(Status(201, Json(value)).into_answer()?.header("location", location))
    }
}

impl IntoAnswer for NoContent {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer { status: 204, headers: Vec::new(), body: Vec::new() })
    }
}

impl<T: IntoAnswer> IntoAnswer for Status<T> {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer { status: self.0, ..self.1.into_answer()? })
    }
}

impl<T: IntoAnswer> IntoAnswer for Versioned<T> {
    fn into_answer(self) -> Result<Answer> {
        Ok(self.1.into_answer()?.header("etag", format!("\"{}\"", self.0)))
    }
}

impl<T: IntoAnswer, E: Into<Problem>> IntoAnswer for Result<T, E> {
    fn into_answer(self) -> Result<Answer> {
        self.map_err(Into::into)?.into_answer()
    }
}

impl From<Answer> for Response {
    fn from(Answer { status, headers, body }: Answer) -> Self {
        let headers = headers.into_iter().map(|(name, value)| Pair { name, value }).collect();
        Self { status, headers, body }
    }
}
