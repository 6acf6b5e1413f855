use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{HeaderStyle, Operation, Parameter};
use aide::operation::add_parameters;
use axum::extract::FromRequestParts;
use http::header::IF_MATCH;
use http::request::Parts;

use crate::openapi::text_parameter;
use crate::problem::Problem;

/// The version that the client has seen, from `If-Match: "v7"`; `None` if it doesn't matter to
/// them, which they say with `*` or by leaving the header out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IfMatch(pub Option<u64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut lines = parts.headers.get_all(IF_MATCH).iter();
        let Some(line) = lines.next() else { return Ok(Self(None)) };
        let tag = line.to_str().ok().filter(|_| lines.next().is_none()).and_then(read);
        tag.ok_or_else(|| Problem::malformed("If-Match has to be one ETag, such as \"v7\", or *"))
    }
}

fn read(text: &str) -> Option<IfMatch> {
    if text.trim() == "*" {
        return Some(IfMatch(None));
    }
    let digits = text.trim().strip_prefix("\"v")?.strip_suffix('"')?;
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    digits.parse().ok().filter(|_| canonical).map(|version| IfMatch(Some(version)))
}

impl OperationInput for IfMatch {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let words = "The ETag of the version that was read; another one by now is answered 412.";
        let parameter = Parameter::Header {
            parameter_data: text_parameter("If-Match", words, false),
            style: HeaderStyle::Simple,
        };
        add_parameters(ctx, operation, [parameter]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(lines: &[&str]) -> Option<IfMatch> {
        let mut request = http::Request::patch("/x");
        for line in lines {
            request = request.header(IF_MATCH, *line);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        IfMatch::from_request_parts(&mut parts, &()).await.ok()
    }

    #[tokio::test]
    async fn a_version_is_read_from_an_etag() {
        assert_eq!(ask(&[]).await, Some(IfMatch(None)));
        assert_eq!(ask(&["*"]).await, Some(IfMatch(None)));
        assert_eq!(ask(&["\"v7\""]).await, Some(IfMatch(Some(7))));
        // What was never set, such as settings, is at version 0.
        assert_eq!(ask(&["\"v0\""]).await, Some(IfMatch(Some(0))));
        assert_eq!(crate::answer::etag(7), "\"v7\"");
    }

    #[tokio::test]
    async fn what_is_no_etag_of_ours_is_refused() {
        for bad in [
            "",
            "v7",
            "\"7\"",
            "\"v\"",
            "\"v07\"",
            "\"v00\"",
            "\"v-7\"",
            "\"v+7\"",
            "W/\"v7\"",
            "\"v7\", \"v8\"",
        ] {
            assert_eq!(ask(&[bad]).await, None, "{bad}");
        }
        assert_eq!(ask(&["\"v7\"", "\"v7\""]).await, None);
        assert_eq!(ask(&["\"v99999999999999999999\""]).await, None);
    }
}
