use galleria_domain::{Act, FieldCode, FieldError};
use galleria_storage::StorageError;

/// Why the shop did not do what it was asked. Nothing was changed.
// Not `non_exhaustive`: each port has one `match` without a `_` arm that decides about every error.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Nobody is logged in, or what was shown isn't valid (any more).
    #[error("nobody is logged in")]
    Unauthenticated,
    /// A link to a checkout isn't proof enough: a password is needed, or a code by mail.
    #[error("more proof of who they are is needed")]
    StepUpRequired,
    /// Staff can't do that in the name of a customer.
    #[error("{0} is not for whoever acts for a customer")]
    ForbiddenWhileImpersonating(Act),
    /// The link to a checkout isn't good (any more). Why is never said.
    #[error("the link isn't good any more")]
    LinkGone,
    /// The acting person or plugin lacks this permission.
    #[error("{0} is needed")]
    PermissionDenied(String),
    /// Not there, or not for these eyes; says what was looked for.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What was given can't be accepted; every mistake is listed.
    #[error("{} mistakes in what was given", .0.len())]
    Invalid(Vec<FieldError>),
    /// It clashes with what is stored; a stable word for the kind, and a sentence.
    #[error("{detail}")]
    Conflict {
        /// What kind of clash, stable: `email-taken`, `last-owner`, …
        kind: &'static str,
        /// The clash in words.
        detail: String,
        /// The fields that clash, if it comes down to fields.
        errors: Vec<FieldError>,
    },
    /// The version expected isn't the one stored, which is given.
    #[error("it is at version {0} by now")]
    Stale(u64),
    /// An allowance is used up.
    #[error("no more than {allowed} {which} are allowed")]
    Quota {
        /// Which allowance: `rows`, `bytes`, …
        which: &'static str,
        /// How much it is.
        allowed: u64,
    },
    /// Too much, too often; may be tried again after so many seconds.
    #[error("too many tries; again in {retry_after_s} s")]
    RateLimited {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// The key was used for another request (`Idempotency-Key`).
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// The store failed.
    #[error("the store failed")]
    Storage(#[source] StorageError),
    /// Something of the host's own went wrong.
    #[error("{0}")]
    Internal(String),
}

/// What the shop answers.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

impl From<StorageError> for AppError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<Vec<FieldError>> for AppError {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}

impl AppError {
    /// Whether running the whole unit of work again may go through.
    pub fn is_again(&self) -> bool {
        matches!(self, Self::Storage(StorageError::Again(_)))
    }

    /// A clash.
    pub fn conflict(kind: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { kind, detail: detail.into(), errors: Vec::new() }
    }

    /// A value that somebody else has already.
    pub fn taken(kind: &'static str, path: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let errors = vec![FieldError::new(path, FieldCode::Taken, detail.clone())];
        Self::Conflict { kind, detail, errors }
    }
}
