//! Queries: strict, so that a misspelt filter is refused and not ignored.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use axum::extract::FromRequestParts;
use galleria_domain::{FieldCode, InvalidCursor, Mistake, PageRequest};
use http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::json::mistake;
use crate::problem::Problem;

/// How many items a page has if the client doesn't say.
pub const PAGE_LIMIT_DEFAULT: u32 = 50;

/// How many items a page may have.
pub const PAGE_LIMIT_MAX: u32 = 200;

/// How long a query may be, in bytes.
const QUERY_MAX_BYTES: usize = 16 << 10;

/// The query, of which every parameter has to be known.
#[derive(Debug)]
pub struct Params<T>(pub T);

/// The query of a list: which page, and of what.
#[derive(Debug)]
pub struct Listing<T> {
    /// Which part of the list.
    pub page: PageQuery,
    /// What else it says.
    pub filter: T,
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many items: 1 to 200.
    #[serde(default = "limit_default")]
    #[schemars(range(min = 1, max = 200))]
    pub limit: u32,
    /// What the page before gave as `next`.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The page as the shop is asked for it.
    pub fn request(&self) -> Result<PageRequest, Problem> {
        let cursor = self.cursor.as_deref().map(str::parse).transpose();
        let cursor = cursor.map_err(|error: InvalidCursor| {
            Problem::invalid_at("cursor", error.code(), error.to_string())
        })?;
        Ok(PageRequest { limit: self.limit, cursor })
    }
}

/// A list that can't be filtered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

fn limit_default() -> u32 {
    PAGE_LIMIT_DEFAULT
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&pairs(parts.uri.query())?).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Listing<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (page, filter) = page_query(pairs(parts.uri.query())?)?;
        Ok(Self { page, filter: read(&filter)? })
    }
}

/// Which part of a list is wanted, and what else the query says.
pub(crate) fn page_query(
    pairs: Vec<(String, String)>,
) -> Result<(PageQuery, Vec<(String, String)>), Problem> {
    let is_page = |pair: &(String, String)| matches!(pair.0.as_str(), "limit" | "cursor");
    let (page, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(is_page);
    let page: PageQuery = read(&page)?;
    if !(1..=PAGE_LIMIT_MAX).contains(&page.limit) {
        let message = format!("has to be 1 to {PAGE_LIMIT_MAX}");
        return Err(Problem::invalid_at("limit", FieldCode::Range, message));
    }
    Ok((page, rest))
}

/// Reads pairs, of which every name has to be known.
pub(crate) fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Problem> {
    // Written again, because the reader takes only a text; it was checked when it was taken apart.
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let message = error.inner().to_string();
        Problem::invalid(vec![mistake(error.path(), &message)])
    })
}

/// The pairs of a query in their order, decoded; what isn't well encoded UTF-8 is refused.
pub(crate) fn pairs(query: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let query = query.unwrap_or_default();
    if query.len() > QUERY_MAX_BYTES {
        return Err(Problem::malformed(format!("a query may have {QUERY_MAX_BYTES} bytes")));
    }
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(name)?, decode(value)?))
    });
    let pairs: Option<_> = pairs.collect();
    pairs.ok_or_else(|| Problem::malformed("the query isn't percent-encoded UTF-8"))
}

fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    // No text of ours has a NUL in it, and PostgreSQL can't keep one.
    String::from_utf8(decoded).ok().filter(|text| !text.contains('\0'))
}

impl<T: JsonSchema> OperationInput for Params<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe::<T>(ctx, operation);
    }
}

impl<T: JsonSchema> OperationInput for Listing<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe::<PageQuery>(ctx, operation);
        describe::<T>(ctx, operation);
    }
}

/// Puts the fields of a type among the parameters of an operation.
pub(crate) fn describe<T: JsonSchema>(ctx: &mut GenContext, operation: &mut Operation) {
    let schema = ctx.schema.subschema_for::<T>();
    let parameters = parameters_from_schema(ctx, schema, ParamLocation::Query);
    add_parameters(ctx, operation, parameters);
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use http_body_util::BodyExt;
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        q: Option<String>,
        active: Option<bool>,
    }

    async fn ask(query: &str) -> Result<Listing<Filter>, (u16, serde_json::Value)> {
        let request = http::Request::get(format!("/x?{query}")).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        match Listing::from_request_parts(&mut parts, &()).await {
            Ok(listing) => Ok(listing),
            Err(problem) => {
                let status = problem.status().as_u16();
                let body = problem.into_response().into_body().collect().await.unwrap().to_bytes();
                Err((status, serde_json::from_slice(&body).unwrap()))
            }
        }
    }

    #[tokio::test]
    async fn a_query_is_read_whole() {
        let listing = ask("limit=7&cursor=abc&q=%C3%84+%26%3D&active=true").await.unwrap();
        assert_eq!(listing.page, PageQuery { limit: 7, cursor: Some("abc".into()) });
        assert_eq!(listing.filter.q.as_deref(), Some("Ä &="));
        assert_eq!(listing.filter.active, Some(true));
        let listing = ask("").await.unwrap();
        assert_eq!((listing.page.limit, listing.filter.active), (PAGE_LIMIT_DEFAULT, None));
    }

    #[tokio::test]
    async fn a_parameter_that_is_unknown_or_wrong_is_refused_by_name() {
        for (query, path, code) in [
            ("akctive=true", "akctive", "unknown"),
            ("active=perhaps", "active", "malformed"),
            ("active=", "active", "malformed"),
            ("limit=0", "limit", "range"),
            ("limit=201", "limit", "range"),
            ("limit=-1", "limit", "malformed"),
            ("limit=99999999999", "limit", "malformed"),
            ("limit=1&limit=2", "limit", "malformed"),
            ("q=1&q=2", "q", "malformed"),
        ] {
            let (status, body) = ask(query).await.unwrap_err();
            assert_eq!(status, 422, "{query}");
            let error = &body["errors"][0];
            assert_eq!((&error["path"], &error["code"]), (&path.into(), &code.into()), "{query}");
        }
    }

    #[tokio::test]
    async fn a_query_that_is_not_utf_8_can_not_be_read() {
        for query in ["q=%ff", "q=%C3", "q=%", "q=%2", "q=%zz", "%ff=1", "q=%00"] {
            assert_eq!(ask(query).await.unwrap_err().0, 400, "{query}");
        }
    }

    proptest! {
        #[test]
        fn what_a_form_writes_is_read_back(wrote in prop::collection::vec(("[^\0]{1,9}", "[^\0]{0,9}"), 0..9)) {
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&wrote).finish();
            prop_assert_eq!(pairs(Some(&text)).unwrap(), wrote);
        }
    }
}
