//! Visitors who began something, and are known again by a token.

use aide::OperationInput;
use axum::extract::FromRequestParts;
use galleria_app::{Caller, unit, visits};
use galleria_domain::Actor;
use http::request::Parts;

use super::cookies::Kind;
use super::{StoreCaller, same_site};
use crate::problem::Problem;
use crate::state::{HttpConfig, HttpState};

/// The header that clients without cookies send the token in.
const HEADER: &str = "galleria-visit";

/// How long a token may be, in bytes.
const TOKEN_MAX_BYTES: usize = 512;

/// Somebody in the storefront, as [`StoreCaller`], for whom a visit may begin: a page of another
/// site can't begin one.
#[derive(Clone, Debug)]
pub struct VisitCaller(pub StoreCaller);

impl FromRequestParts<HttpState> for VisitCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        let caller = StoreCaller::from_request_parts(parts, state).await?;
        let is_unknown = caller.caller.principal.actor == Actor::Visitor(None);
        if is_unknown && same_site::is_unsafe(&parts.method) {
            same_site::require_if_said(parts, &state.config.origins)?;
        }
        Ok(Self(caller))
    }
}

impl OperationInput for VisitCaller {
    fn operation_input(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) {
        StoreCaller::operation_input(ctx, operation);
    }
}

/// The same visitor, with the visit that the request proves to be theirs.
///
/// A token that is worth nothing is overlooked: a browser goes on sending the cookie of a visit that
/// is over.
pub(super) async fn resume(
    parts: &Parts,
    state: &HttpState,
    visitor: Caller,
) -> Result<Caller, Problem> {
    let Some(token) = shown(parts, &state.config)? else { return Ok(visitor) };
    let found = unit!(state.app.read(&visitor), work => visits::find(work, token).await)?;
    Ok(match found {
        Some(visit) => Caller { principal: Actor::Visitor(Some(visit)).into(), ..visitor },
        None => visitor,
    })
}

/// The token that a request shows. A cookie counts on an unsafe method only if no other site can
/// have made the browser ask.
fn shown<'p>(parts: &'p Parts, config: &HttpConfig) -> Result<Option<&'p str>, Problem> {
    let token = token_of(parts, config);
    let sent_on_purpose = parts.headers.contains_key(HEADER);
    if token.is_some() && !sent_on_purpose && same_site::is_unsafe(&parts.method) {
        same_site::require(parts, &config.origins)?;
    }
    Ok(token)
}

/// The token of a visit, from the header or else from the cookie, whoever made the browser ask.
pub(super) fn token_of<'p>(parts: &'p Parts, config: &HttpConfig) -> Option<&'p str> {
    let mut headers = parts.headers.get_all(HEADER).iter();
    let token = match headers.next() {
        Some(token) => token.to_str().ok().filter(|_| headers.next().is_none()),
        None => config.cookies().read(Kind::Visit, &parts.headers),
    };
    token.filter(|token| token.len() <= TOKEN_MAX_BYTES)
}
