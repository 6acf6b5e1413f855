//! What is done around every request.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use galleria_domain::RequestId;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tower::{Layer, Service};
use tracing::{Instrument, Span};

use crate::extract::ActingMark;
use crate::problem::Problem;
use crate::state::HttpState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Says that staff acted for a customer: a storefront draws its bar by it.
const IMPERSONATION: HeaderName = HeaderName::from_static("galleria-impersonation");

/// The route of a request that fits none.
const NO_ROUTE: &str = "-";

/// The outermost layer: names the request, answers for panics, counts, logs, and sets the headers
/// that every answer has.
///
/// Written out and not made from a function, because axum clones the service behind such a layer
/// for each request.
#[derive(Clone)]
pub(crate) struct Around(pub(crate) HttpState);

impl<S> Layer<S> for Around {
    type Service = Surrounded<S>;

    fn layer(&self, inner: S) -> Surrounded<S> {
        Surrounded { state: self.0.clone(), inner }
    }
}

/// A route with that layer around it.
#[derive(Clone)]
pub(crate) struct Surrounded<S> {
    state: HttpState,
    inner: S,
}

impl<S> Service<Request> for Surrounded<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let began = Instant::now();
        let id = request_id(request.headers());
        request.extensions_mut().insert(id.clone());
        let acting = ActingMark::default();
        request.extensions_mut().insert(acting.clone());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let method = request.method().clone();
        let answered = self.inner.call(request);
        let asked = Asked { state: self.state.clone(), began, id, route, method, acting };
        Box::pin(async move {
            let span = asked.span();
            Ok(asked.answer(answered).instrument(span).await)
        })
    }
}

/// What is known of a request before it is answered.
struct Asked {
    state: HttpState,
    began: Instant,
    id: RequestId,
    route: Option<MatchedPath>,
    method: Method,
    acting: ActingMark,
}

impl Asked {
    fn route(&self) -> &str {
        self.route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str)
    }

    /// Holds the pattern of the route and nothing of the path or the query, which may hold ids,
    /// emails or tokens.
    fn span(&self) -> Span {
        tracing::info_span!("request", id = %self.id, method = %self.method, route = self.route())
    }

    async fn answer(
        self,
        answered: impl Future<Output = Result<Response, Infallible>>,
    ) -> Response {
        let state = &self.state;
        let mut response = match AssertUnwindSafe(answered).catch_unwind().await {
            Ok(Ok(response)) => response,
            Err(panic) => after_panic(state, panic.as_ref()),
        };
        let (status, took) = (response.status(), self.began.elapsed());
        state.metrics.answered(&self.method, self.route(), status, took);
        tracing::info!(status = status.as_u16(), took_us = took.as_micros(), "answered");
        set_headers(response.headers_mut(), &self.id, state.config.https);
        if self.acting.is_set() {
            response.headers_mut().insert(IMPERSONATION, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The id that the client gave the request, if it is one of ours; else a fresh one.
fn request_id(headers: &HeaderMap) -> RequestId {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()?.parse().ok());
    given.unwrap_or_else(RequestId::generate)
}

fn after_panic(state: &HttpState, panic: &(dyn Any + Send)) -> Response {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = words.unwrap_or("without words"), "a handler panicked");
    state.metrics.panicked();
    Problem::internal().into_response()
}

/// What is set on every answer, unless a handler knows better.
const DEFAULTS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
];

fn set_headers(headers: &mut HeaderMap, id: &RequestId, https: bool) {
    headers.reserve(DEFAULTS.len() + 2);
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        let a_year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, a_year);
    }
    let id = HeaderValue::from_str(id.as_str()).expect("ids are letters, digits and _");
    headers.insert(REQUEST_ID, id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_an_id_of_ours_and_no_other() {
        let given = |text: &str| {
            request_id(&HeaderMap::from_iter([(REQUEST_ID, text.parse().unwrap())])).to_string()
        };
        let id = RequestId::generate().to_string();
        assert_eq!(given(&id), id);
        for bad in ["", "1", "req_1", &id.to_uppercase(), "<script>"] {
            assert_ne!(given(bad), bad);
        }
    }

    #[test]
    fn a_handler_may_know_better_than_the_defaults() {
        let mut headers = HeaderMap::from_iter([(CACHE_CONTROL, "max-age=5".parse().unwrap())]);
        set_headers(&mut headers, &RequestId::generate(), true);
        assert_eq!(headers[CACHE_CONTROL], "max-age=5");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[STRICT_TRANSPORT_SECURITY], "max-age=31536000");
    }
}
