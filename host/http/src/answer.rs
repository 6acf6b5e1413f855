//! What a success looks like.

use std::marker::PhantomData;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseDoc, SchemaObject};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use galleria_app::AppError;
use galleria_domain::Page;
use http::header::{CONTENT_TYPE, ETAG, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::Problem;

/// What a handler answers.
pub type Result<T> = std::result::Result<T, Problem>;

/// 200 with a `T`.
pub type Found<T> = Answer<T, 200>;
/// 201 with a `T`, and where it is.
pub type Created<T> = Answer<T, 201>;
/// 204: it is done, and there is nothing to say.
pub type Done = Answer<(), 204>;

/// An answer whose body is the JSON of a `T`; its type is what the API's description knows of it.
#[derive(Debug)]
pub struct Answer<T, const STATUS: u16> {
    pub(crate) sent: Sent,
    /// What is given instead if the request is sent again: never a secret.
    pub(crate) kept_body: Option<Bytes>,
    body: PhantomData<fn() -> T>,
}

/// An answer as it goes over the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Sent {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<T, const STATUS: u16> Answer<T, STATUS> {
    /// An answer as it went over the wire before.
    pub(crate) fn again(sent: Sent) -> Self {
        Self { sent, kept_body: None, body: PhantomData }
    }

    fn with_body(body: Bytes) -> Self {
        let status = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        Self::again(Sent { status, headers: HeaderMap::new(), body })
    }

    /// The same answer, with the version of the thing as its `ETag`.
    #[must_use]
    pub fn at_version(mut self, version: u64) -> Self {
        self.sent.headers.insert(ETAG, etag(version));
        self
    }

    /// The same answer, which sets a cookie.
    #[must_use]
    pub fn setting(mut self, cookie: HeaderValue) -> Self {
        self.sent.headers.append(SET_COOKIE, cookie);
        self
    }
}

impl<T: Serialize, const STATUS: u16> Answer<T, STATUS> {
    /// An answer that shows this.
    pub fn of(shown: &T) -> galleria_app::Result<Self> {
        let body = serde_json::to_vec(shown)
            .map_err(|error| AppError::Internal(format!("a view is no JSON: {error}")))?;
        let mut answer = Self::with_body(body.into());
        answer.sent.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(answer)
    }
}

impl<T: Serialize, const STATUS: u16> Answer<T, STATUS> {
    /// The same answer, which shows this instead if the request is sent again.
    pub fn later(mut self, shown: &T) -> galleria_app::Result<Self> {
        self.kept_body = Some(Self::of(shown)?.sent.body);
        Ok(self)
    }
}

impl<T: Serialize> Created<T> {
    /// An answer that shows what was made and says where it is.
    pub fn at(location: &str, shown: &T) -> galleria_app::Result<Self> {
        let mut answer = Self::of(shown)?;
        let location = HeaderValue::from_str(location)
            .map_err(|error| AppError::Internal(format!("{location:?} is no path: {error}")))?;
        answer.sent.headers.insert(LOCATION, location);
        Ok(answer)
    }
}

impl Done {
    /// Nothing to say.
    pub fn done() -> Self {
        Self::with_body(Bytes::new())
    }
}

impl<T, const STATUS: u16> IntoResponse for Answer<T, STATUS> {
    fn into_response(self) -> Response {
        let Sent { status, headers, body } = self.sent;
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

impl<T: JsonSchema, const STATUS: u16> OperationOutput for Answer<T, STATUS> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, _operation: &mut Operation) -> Option<ResponseDoc> {
        let mut response = ResponseDoc { description: "Done".to_owned(), ..Default::default() };
        if STATUS != 204 {
            let json_schema = ctx.schema.subschema_for::<T>();
            let described = ctx.resolve_schema(&json_schema).get("description");
            if let Some(words) = described.and_then(|words| words.as_str()) {
                words.clone_into(&mut response.description);
            }
            let schema = SchemaObject { json_schema, example: None, external_docs: None };
            let media = MediaType { schema: Some(schema), ..Default::default() };
            response.content.insert("application/json".to_owned(), media);
        }
        Some(response)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDoc)> {
        let response = Self::operation_response(ctx, operation);
        response.map(|response| (Some(STATUS), response)).into_iter().collect()
    }
}

/// The entity tag of a version: `"v7"`.
pub(crate) fn etag(version: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"v{version}\""))
        .expect("digits and quotes may stand in headers")
}

impl<T, U: From<T>> From<Page<T>> for PageView<U> {
    fn from(page: Page<T>) -> Self {
        let Page { items, next } = page;
        let next = next.map(|cursor| cursor.to_string());
        Self { items: items.into_iter().map(U::from).collect(), next }
    }
}

/// A part of a list.
#[derive(Debug, JsonSchema, Serialize)]
pub struct PageView<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// The cursor of the page behind this one; `null` if this is the last.
    pub next: Option<String>,
}
