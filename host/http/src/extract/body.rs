use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, SchemaObject};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, Limited};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::json;
use crate::idempotency::Once;
use crate::problem::Problem;

/// How large a JSON body may be, in bytes.
pub const BODY_MAX_BYTES: usize = 1 << 20;

/// How much of a body that is too large is taken in all the same, beyond what it may have.
const PASSED_BY_MAX_BYTES: usize = 4 << 20;

/// A body of strict JSON, and whether its effect has to happen only once.
#[derive(Debug)]
pub struct Body<T> {
    /// What it says.
    pub value: T,
    /// The `Idempotency-Key` it came with, if it did.
    pub once: Once,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::not_json());
        }
        let (parts, body) = request.into_parts();
        let text = read(&parts.headers, body, BODY_MAX_BYTES).await?;
        let once = Once::of(&parts, &text)?;
        Ok(Self { value: json::read(&text)?, once })
    }
}

/// The body of a request that may have none, and never has one that says anything: what it is
/// about stands in its path.
impl<S: Send + Sync> FromRequest<S> for Once {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let text = read(&parts.headers, body, BODY_MAX_BYTES).await?;
        if !text.is_empty() && text.trim_ascii() != b"{}" {
            return Err(Problem::malformed("no body is expected here"));
        }
        Self::of(&parts, &text)
    }
}

/// Reads a body to its end.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: axum::body::Body,
    max_bytes: usize,
) -> Result<Bytes, Problem> {
    let said = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    // Nothing of it is kept if the client itself says that it is too much.
    if said.is_none_or(|bytes: u64| bytes <= max_bytes as u64) {
        match Limited::new(&mut body, max_bytes).collect().await {
            Ok(read) => return Ok(read.to_bytes()),
            Err(error) => {
                let problem = Problem::of_body(&*error, max_bytes);
                if problem.status() != StatusCode::PAYLOAD_TOO_LARGE {
                    return Err(problem);
                }
            }
        }
    }
    // Who waits for a word before sending the body needn't send it at all.
    if !headers.contains_key(EXPECT) {
        pass_by(&mut body, max_bytes.saturating_add(PASSED_BY_MAX_BYTES)).await;
    }
    Err(Problem::too_large(max_bytes))
}

/// Takes in more of a body that is refused, and forgets it: many clients read no answer before all
/// is sent, and a connection that is closed on them takes the answer with it.
async fn pass_by(body: &mut axum::body::Body, max_bytes: usize) {
    let mut passed_bytes = 0;
    while passed_bytes < max_bytes {
        let Some(Ok(frame)) = body.frame().await else { return };
        passed_bytes += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// JSON is UTF-8; a `charset` that says otherwise is no JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(kind)) = headers.get(CONTENT_TYPE).map(|kind| kind.to_str()) else { return false };
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let parameters = parameters.trim();
    kind.trim().eq_ignore_ascii_case("application/json")
        && (parameters.is_empty()
            || parameters.eq_ignore_ascii_case("charset=utf-8")
            || parameters.eq_ignore_ascii_case("charset=\"utf-8\""))
}

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = ctx.schema.subschema_for::<T>();
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..Default::default() };
        let body = RequestBody {
            content: [("application/json".to_owned(), media)].into_iter().collect(),
            required: true,
            ..Default::default()
        };
        aide::operation::set_body(ctx, operation, body);
    }
}

impl OperationInput for Once {}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_body(
        kind: Option<&str>,
        body: axum::body::Body,
    ) -> Result<serde_json::Value, u16> {
        let mut request = http::Request::post("/x");
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let body: Body<_> = Body::from_request(request.body(body).unwrap(), &())
            .await
            .map_err(|problem| problem.status().as_u16())?;
        Ok(body.value)
    }

    #[tokio::test]
    async fn only_json_is_read() {
        for good in ["application/json", "Application/JSON; charset=UTF-8"] {
            assert!(read_body(Some(good), "{}".into()).await.is_ok(), "{good}");
        }
        for bad in [None, Some("text/plain"), Some("application/json; charset=latin1"), Some("")] {
            assert_eq!(read_body(bad, "{}".into()).await, Err(415), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_whether_it_says_so_or_not() {
        let large = vec![b' '; BODY_MAX_BYTES + 1];
        assert_eq!(read_body(Some("application/json"), large.clone().into()).await, Err(413));
        let pieces = futures_util::stream::iter(
            large
                .chunks(65_536)
                .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
                .collect::<Vec<_>>(),
        );
        let body = axum::body::Body::from_stream(pieces);
        assert_eq!(read_body(Some("application/json"), body).await, Err(413));
    }
}
