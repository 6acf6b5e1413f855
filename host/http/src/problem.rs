//! What a refusal looks like: RFC 9457, for every status from 400 on.
//!
//! | status | means |
//! |---|---|
//! | 400 | the message can't be read: broken JSON, encoding or header |
//! | 401 | who are you? |
//! | 403 | you may not |
//! | 404 | not there, or not for your eyes |
//! | 405 | there, but not with this method |
//! | 408 | the body came too slowly |
//! | 409 | it clashes with what is stored |
//! | 410 | it was there, and isn't good any more |
//! | 412 | somebody changed it in the meantime; the version by now is in `ETag` |
//! | 413 | the body is too large |
//! | 415 | the body isn't JSON |
//! | 422 | read well, but not acceptable; `errors` says what and where |
//! | 429 | too often; `Retry-After` says when again |
//! | 500 | a mistake of the host |
//! | 502 | a plugin failed |
//! | 503 | not now; `Retry-After` says when again |
//! | 504 | a plugin took too long |

mod rejections;

use std::borrow::Cow;
use std::fmt::Write as _;

use aide::OperationOutput;
use axum::response::{IntoResponse, Response};
use galleria_app::AppError;
use galleria_domain::{Act, FieldCode, FieldError};
use http::header::{ALLOW, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::answer::etag;

/// The media type of problems.
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Seconds after which something that is in short supply for a moment may be there again.
const SOON_S: u64 = 1;

/// A refusal, as the client is told it.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    status: StatusCode,
    /// What stands behind `/problems/`; stable, part of the API.
    kind: Cow<'static, str>,
    title: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    headers: HeaderMap,
}

/// The body of a problem.
#[derive(schemars::JsonSchema, Serialize)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemView<'a> {
    /// The kind of problem: a stable reference such as `/problems/not-found`.
    r#type: String,
    /// The kind of problem in words.
    title: &'a str,
    /// The status code.
    status: u16,
    /// What happened, for people.
    detail: &'a str,
    /// What is wrong with which part of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorView<'a>>,
}

/// One mistake in a request.
#[derive(schemars::JsonSchema, Serialize)]
#[schemars(rename = "ProblemError")]
struct ErrorView<'a> {
    /// Where: names and indexes joined by dots, `addresses.0.city`.
    path: &'a str,
    /// What kind of mistake: `required`, `too-long`, `too-short`, `malformed`, `unknown`, `taken`
    /// or `range`.
    code: &'a str,
    /// The mistake in words.
    message: &'a str,
}

impl Problem {
    /// A problem of a kind, which is `[a-z0-9-/]` and never changes.
    pub fn new(
        status: StatusCode,
        kind: impl Into<Cow<'static, str>>,
        title: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (kind, detail) = (kind.into(), detail.into());
        let (errors, headers) = (Vec::new(), HeaderMap::new());
        Self(Box::new(Inner { status, kind, title, detail, errors, headers }))
    }

    /// 400: the message can't be read.
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request can't be read", detail)
    }

    /// 401: nobody is logged in.
    pub fn unauthenticated() -> Self {
        let detail = "log in, or send a valid Authorization: Bearer header";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Nobody is logged in", detail)
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"galleria\""))
    }

    /// 401: a login that was refused. Why is never said.
    pub fn login_refused() -> Self {
        let detail = "no account has this email and this password";
        Self::new(StatusCode::UNAUTHORIZED, "login-refused", "Login refused", detail)
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"galleria\""))
    }

    /// 401: whoever came by a link has to log in for this.
    pub fn step_up_required() -> Self {
        let detail = "log in with the password for this: a link to the checkout isn't enough";
        Self::new(StatusCode::UNAUTHORIZED, "step-up-required", "More proof is needed", detail)
            .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"galleria\""))
    }

    /// 403: only the customer themselves may do this.
    pub fn forbidden_while_impersonating(act: Act) -> Self {
        let kind = "forbidden-while-impersonating";
        let detail = format!("{act} is for the customer alone, or beyond what was begun");
        Self::new(StatusCode::FORBIDDEN, kind, "Not in the customer's name", detail)
    }

    /// 410: a link to a checkout isn't good any more. Why is never said.
    pub fn link_gone() -> Self {
        let detail = "this link isn't good any more; POST …/resend mails a new one to the email \
                      that the cart is for";
        Self::new(StatusCode::GONE, "link-gone", "The link isn't good any more", detail)
    }

    /// 403: not with this permission missing.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "permission-denied", "Not allowed", detail)
    }

    /// 403: the request may come from another site that uses the person's cookie.
    pub fn cross_site(detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "cross-site", "Not from this site", detail)
    }

    /// 404: there is no such thing, or not for these eyes.
    pub fn not_found(what: &str) -> Self {
        let detail = format!("there is no such {what}");
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 405: with another method, maybe. axum adds the `Allow` header.
    pub fn method_not_allowed() -> Self {
        let detail = "this path can't be asked with this method; Allow lists those that work";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Wrong method", detail)
    }

    /// 408: the client took too long to send the body.
    pub fn too_slow() -> Self {
        let detail = "the body of the request came too slowly";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "Too slow", detail)
    }

    /// 412: it is at another version by now.
    pub fn stale(version: u64) -> Self {
        let detail = "it was changed in the meantime; read it again";
        Self::new(StatusCode::PRECONDITION_FAILED, "stale", "Changed in the meantime", detail)
            .with(ETAG, etag(version))
    }

    /// 413: the body is larger than this.
    pub fn too_large(max_bytes: usize) -> Self {
        let detail = format!("a body may have {max_bytes} bytes here");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    }

    /// 415: the body isn't JSON.
    pub fn not_json() -> Self {
        let detail = "the body has to be JSON, with Content-Type: application/json";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "Not JSON", detail)
    }

    /// 422: it can be read, but not be accepted.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let mut detail = String::from("not acceptable: ");
        for (at, error) in errors.iter().take(3).enumerate() {
            let comma = if at == 0 { "" } else { "; " };
            // Writing to a string never fails.
            let _ = write!(detail, "{comma}{error}");
        }
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not acceptable", detail)
            .with_errors(errors)
    }

    /// 422 for one field.
    pub fn invalid_at(
        path: impl Into<String>,
        code: FieldCode,
        message: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![FieldError::new(path, code, message)])
    }

    /// 500: a mistake of the host, whose cause is in the log.
    pub fn internal() -> Self {
        let detail = "the cause is in the server's log, under the id in X-Request-Id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
    }

    /// 503: not now.
    pub fn unavailable(retry_after_s: u64) -> Self {
        let detail = "this can't be done at the moment; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not now", detail)
            .with(RETRY_AFTER, retry_after_s.into())
    }

    /// The same problem with a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The same problem with mistakes in fields.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// The same problem for a method that isn't among those allowed.
    #[must_use]
    pub fn allowing(self, methods: HeaderValue) -> Self {
        self.with(ALLOW, methods)
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What kind of problem it is, as behind `/problems/`.
    pub fn kind(&self) -> &str {
        &self.0.kind
    }
}

// The one place that maps errors to status codes. No `_` arm: a new error needs a decision here.
impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Unauthenticated => Self::unauthenticated(),
            AppError::StepUpRequired => Self::step_up_required(),
            AppError::ForbiddenWhileImpersonating(act) => Self::forbidden_while_impersonating(act),
            AppError::LinkGone => Self::link_gone(),
            AppError::PermissionDenied(what) => Self::forbidden(format!("{what} is needed")),
            AppError::NotFound(what) => Self::not_found(what),
            AppError::Invalid(errors) => Self::invalid(errors),
            AppError::Conflict { kind, detail, errors } => {
                Self::new(StatusCode::CONFLICT, kind, "Conflict", detail).with_errors(errors)
            }
            AppError::Stale(version) => Self::stale(version),
            AppError::Quota { which, allowed } => {
                let detail = format!("no more than {allowed} {which} are allowed");
                Self::new(StatusCode::CONFLICT, "quota", "Allowance used up", detail)
            }
            AppError::RateLimited { retry_after_s } => {
                let detail = format!("too many tries; again in {retry_after_s} s");
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too often", detail)
                    .with(RETRY_AFTER, retry_after_s.into())
            }
            AppError::IdempotencyMismatch => {
                let detail = "this Idempotency-Key was used for another request";
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Self::new(status, "idempotency-mismatch", "Key used otherwise", detail)
            }
            AppError::Storage(source) => {
                // The cause goes to the log, never to the client.
                let may_pass = source.is_passing();
                tracing::error!(error = &source as &dyn std::error::Error, "the store failed");
                if may_pass { Self::unavailable(SOON_S) } else { Self::internal() }
            }
            AppError::Internal(cause) => {
                tracing::error!(cause, "something of the host's own went wrong");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Inner { status, kind, title, detail, errors, headers } = *self.0;
        let errors = errors.iter().map(|FieldError { path, code, message }| ErrorView {
            path,
            code: code.as_str(),
            message,
        });
        let view = ProblemView {
            r#type: format!("/problems/{kind}"),
            title,
            status: status.as_u16(),
            detail: &detail,
            errors: errors.collect(),
        };
        let body = serde_json::to_vec(&view).expect("texts and numbers are JSON");
        let mut response = (status, headers, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        response
    }
}

impl OperationOutput for Problem {
    type Inner = ();
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::*;

    async fn shown(problem: impl Into<Problem>) -> (StatusCode, HeaderMap, Value) {
        let (parts, body) = problem.into().into_response().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_problem_has_the_members_of_rfc_9457() {
        let errors = vec![FieldError::new("address.0.city", FieldCode::Required, "is missing")];
        let (status, headers, body) = shown(AppError::Invalid(errors)).await;
        assert_eq!(status, 422);
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            body,
            json!({
                "type": "/problems/invalid",
                "title": "Not acceptable",
                "status": 422,
                "detail": "not acceptable: address.0.city: is missing",
                "errors": [
                    { "path": "address.0.city", "code": "required", "message": "is missing" },
                ],
            })
        );
    }

    #[tokio::test]
    async fn every_error_of_the_shop_has_its_status() {
        let conflict = AppError::conflict("email-taken", "a customer with this email exists");
        let quota = AppError::Quota { which: "rows", allowed: 7 };
        for (error, status, kind) in [
            (AppError::Unauthenticated, 401, "unauthenticated"),
            (AppError::StepUpRequired, 401, "step-up-required"),
            (AppError::PermissionDenied("staff:read".into()), 403, "permission-denied"),
            (
                AppError::ForbiddenWhileImpersonating(Act::ChangePassword),
                403,
                "forbidden-while-impersonating",
            ),
            (AppError::LinkGone, 410, "link-gone"),
            (AppError::NotFound("customer"), 404, "not-found"),
            (AppError::Invalid(Vec::new()), 422, "invalid"),
            (conflict, 409, "email-taken"),
            (AppError::Stale(7), 412, "stale"),
            (quota, 409, "quota"),
            (AppError::RateLimited { retry_after_s: 3 }, 429, "rate-limited"),
            (AppError::IdempotencyMismatch, 422, "idempotency-mismatch"),
            (AppError::Internal("secret".into()), 500, "internal"),
        ] {
            let (shown_status, _, body) = shown(error).await;
            assert_eq!((shown_status.as_u16(), &body["status"]), (status, &json!(status)));
            assert_eq!(body["type"], format!("/problems/{kind}"));
            assert!(!body.to_string().contains("secret"), "{body}");
        }
    }

    #[tokio::test]
    async fn what_a_client_can_do_next_stands_in_a_header() {
        let header = async |error: AppError, name| shown(error).await.1[name].clone();
        assert_eq!(header(AppError::Stale(7), ETAG).await, "\"v7\"");
        assert_eq!(header(AppError::RateLimited { retry_after_s: 3 }, RETRY_AFTER).await, "3");
        assert_eq!(
            header(AppError::Unauthenticated, WWW_AUTHENTICATE).await,
            "Bearer realm=\"galleria\""
        );
    }
}
