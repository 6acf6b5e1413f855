//! What axum and hyper refuse by themselves, in our words.

use std::error::Error;

use axum::extract::rejection::PathRejection;
use galleria_domain::{FieldCode, FieldError};
use http_body_util::LengthLimitError;

use super::Problem;
use crate::server::BodyTooSlow;

impl Problem {
    /// Why a body couldn't be read that may have `max_bytes`.
    pub(crate) fn of_body(error: &(dyn Error + 'static), max_bytes: usize) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<LengthLimitError>() {
                return Self::too_large(max_bytes);
            }
            if error.is::<BodyTooSlow>() {
                return Self::too_slow();
            }
            cause = error.source();
        }
        Self::malformed("the body could not be read to its end")
    }
}

/// A path whose parts can't be read names nothing that exists: text that is no id gets the answer
/// of an id that isn't there, with a hint.
impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        tracing::debug!(%rejection, "a path can't name anything");
        let error =
            FieldError::new("path", FieldCode::Malformed, "names nothing: it is no such id");
        Self::not_found("thing").with_errors(vec![error])
    }
}
