use std::fmt;

pub use crate::bindings::imports::galleria::shared::faults::FieldFault;

/// What a handler returns.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// Why a request was refused; the host sends it as a problem (RFC 9457), and nothing that the call
/// did stays.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The status: 400 to 499, or 503.
    pub status: u16,
    /// Names the kind of problem, stable: `[a-z0-9-]{1,64}`.
    pub kind: String,
    /// One sentence for people.
    pub detail: String,
    /// What is wrong in particular.
    pub errors: Vec<FieldFault>,
}

impl Problem {
    /// A problem of any kind.
    pub fn new(status: u16, kind: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { status, kind: kind.into(), detail: detail.into(), errors: Vec::new() }
    }

    /// 400: the request itself can't be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(400, "malformed", detail)
    }

    /// 403: the acting person may not do this.
    pub fn denied(detail: impl Into<String>) -> Self {
        Self::new(403, "denied", detail)
    }

    /// 404: there is no such thing, or none for these eyes. `what` is the thing's name: `role`.
    pub fn not_found(what: &str) -> Self {
        Self::new(404, "not-found", format!("there is no such {what}"))
    }

    /// 409: it clashes with what is stored.
    pub fn conflict(kind: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(409, kind, detail)
    }

    /// 422: what was given breaks rules; every mistake is listed.
    pub fn invalid(errors: Vec<FieldFault>) -> Self {
        let detail = errors.first().map_or_else(
            || "the request breaks a rule".to_owned(),
            |first| format!("{}: {}", first.path, first.message),
        );
        Self { errors, ..Self::new(422, "invalid", detail) }
    }

    /// The same problem with the particulars.
    #[must_use]
    pub fn with(mut self, errors: Vec<FieldFault>) -> Self {
        self.errors = errors;
        self
    }
}

impl FieldFault {
    /// One thing that is wrong. `code` is stable: `required`, `too-long`, `malformed`, `unknown`,
    /// `taken`, `range`.
    pub fn new(path: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), code: code.to_owned(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.kind, self.status, self.detail)
    }
}

impl std::error::Error for Problem {}
