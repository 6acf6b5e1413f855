//! Staff acting for a customer: known by a token of its own, beside the staff's own logins.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aide::OperationInput;
use axum::extract::{FromRequestParts, MatchedPath};
use galleria_app::impersonations::{self, Request};
use galleria_app::{App, AppError, Caller};
use http::request::Parts;

use super::cookies::Kind;
use super::credentials::Credentials;
use super::{Place, same_site};
use crate::problem::Problem;
use crate::state::HttpState;

/// Goes along with a request, so that the answer can say that staff acted in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActingMark(Arc<AtomicBool>);

impl ActingMark {
    /// Whether staff acted for a customer.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The one who acts with this token, if anybody does.
pub(super) async fn resume(
    parts: &Parts,
    app: &App,
    visitor: &Caller,
    token: &str,
) -> Result<Option<Caller>, Problem> {
    let resumed = if same_site::is_unsafe(&parts.method) {
        let route = parts.extensions.get::<MatchedPath>().map_or("-", MatchedPath::as_str);
        let request = Request { method: parts.method.as_str(), route };
        impersonations::resume_to_change(app, visitor, token, request).await
    } else {
        impersonations::resume(app, visitor, token).await
    };
    match resumed {
        Ok((caller, _)) => {
            if let Some(mark) = parts.extensions.get::<ActingMark>() {
                mark.0.store(true, Ordering::Relaxed);
            }
            Ok(Some(caller))
        }
        Err(AppError::Unauthenticated) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The token of an impersonation, whether or not it is worth anything (any more).
#[derive(Clone, Debug)]
pub(crate) struct ActingToken {
    pub(crate) token: Option<String>,
    pub(crate) at: Caller,
    pub(crate) app: App,
}

impl FromRequestParts<HttpState> for ActingToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        let at = Place::of(parts, state).await?.visitor();
        let token = match Credentials::of(parts, Kind::Acting, &state.config)? {
            Credentials::Nothing => None,
            Credentials::Bearer(token) | Credentials::Cookie(token) => Some(token),
        };
        Ok(Self { token, at, app: state.app.clone() })
    }
}

impl OperationInput for ActingToken {}
