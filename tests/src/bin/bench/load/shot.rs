use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;

use crate::Result;

/// A request made ready, and what its answer has to be.
#[derive(Clone, Debug)]
pub(crate) struct Shot {
    pub(crate) request: Request<Full<Bytes>>,
    pub(crate) expected: Expected,
}

/// What an answer has to be; everything else is an error.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// 200 with just this body.
    Body(&'static [u8]),
    /// This status, and a body with this text in it.
    Holding(StatusCode, String),
    /// 200 with a body that holds the first text; or a complete refusal: 404, with a problem that
    /// holds the second one.
    OrOff(&'static str, &'static str),
}

/// What an answer was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    Right,
    Refused,
    Wrong,
}

impl Shot {
    /// A GET without credentials.
    pub(crate) fn get(path: &str, expected: Expected) -> Result<Self> {
        let request = Request::get(path).header(HOST, "localhost").body(Full::default())?;
        Ok(Self { request, expected })
    }

    /// A POST of JSON.
    pub(crate) fn post(path: &str, json: String, expected: Expected) -> Result<Self> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(json.into()))?;
        Ok(Self { request, expected })
    }

    /// The same with an API key.
    pub(crate) fn with_key(mut self, key: &str) -> Result<Self> {
        let value = HeaderValue::from_str(&format!("Bearer {key}"))?;
        self.request.headers_mut().insert(AUTHORIZATION, value);
        Ok(self)
    }
}

impl Expected {
    pub(super) fn judge(&self, status: StatusCode, body: &[u8]) -> Verdict {
        let right = match self {
            Self::Body(wanted) => status == StatusCode::OK && body == *wanted,
            Self::Holding(wanted, part) => status == *wanted && holds(body, part),
            Self::OrOff(part, problem) => {
                if status == StatusCode::NOT_FOUND && holds(body, problem) {
                    return Verdict::Refused;
                }
                status == StatusCode::OK && holds(body, part)
            }
        };
        if right { Verdict::Right } else { Verdict::Wrong }
    }
}

fn holds(body: &[u8], part: &str) -> bool {
    let part = part.as_bytes();
    part.is_empty() || body.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_that_was_expected_is_right() {
        let body = Expected::Body(b"Hello");
        assert_eq!(body.judge(StatusCode::OK, b"Hello"), Verdict::Right);
        assert_eq!(body.judge(StatusCode::OK, b"Hello!"), Verdict::Wrong);
        assert_eq!(body.judge(StatusCode::BAD_GATEWAY, b"Hello"), Verdict::Wrong);
        let holding = Expected::Holding(StatusCode::CREATED, "\"id\"".to_owned());
        assert_eq!(holding.judge(StatusCode::CREATED, br#"{"id":"1"}"#), Verdict::Right);
        assert_eq!(holding.judge(StatusCode::CREATED, b"{}"), Verdict::Wrong);
        assert_eq!(holding.judge(StatusCode::OK, br#"{"id":"1"}"#), Verdict::Wrong);
    }

    #[test]
    fn a_plugin_that_is_off_refuses_in_one_way_only() {
        let expected = Expected::OrOff("Hello", "plugin-off");
        assert_eq!(expected.judge(StatusCode::OK, b"Hello"), Verdict::Right);
        assert_eq!(expected.judge(StatusCode::NOT_FOUND, b"plugin-off"), Verdict::Refused);
        assert_eq!(expected.judge(StatusCode::NOT_FOUND, b"no such path"), Verdict::Wrong);
        assert_eq!(expected.judge(StatusCode::SERVICE_UNAVAILABLE, b"plugin-off"), Verdict::Wrong);
        assert_eq!(expected.judge(StatusCode::OK, b"Hel"), Verdict::Wrong);
    }
}
