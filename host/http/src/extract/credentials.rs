use http::header::AUTHORIZATION;
use http::request::Parts;

use super::cookies::Kind;
use super::same_site;
use crate::problem::Problem;
use crate::state::HttpConfig;

/// How long a token may be, in bytes.
const TOKEN_MAX_BYTES: usize = 512;

/// What somebody shows to be recognised.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Credentials {
    Nothing,
    /// From `Authorization`: sent on purpose.
    Bearer(String),
    /// Sent by a browser, whoever asked it to.
    Cookie(String),
}

impl Credentials {
    /// What a request shows. A header counts before a cookie. A cookie counts on an unsafe method
    /// only if no other site can have made the browser ask.
    pub(super) fn of(parts: &Parts, kind: Kind, config: &HttpConfig) -> Result<Self, Problem> {
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        if let Some(header) = headers.next() {
            let token = header.to_str().ok().filter(|_| headers.next().is_none()).and_then(bearer);
            return token.map(Self::Bearer).ok_or_else(Problem::unauthenticated);
        }
        let Some(token) = config.cookies().read(kind, &parts.headers) else {
            return Ok(Self::Nothing);
        };
        if same_site::is_unsafe(&parts.method) {
            same_site::require(parts, &config.origins)?;
        }
        if token.len() > TOKEN_MAX_BYTES {
            Ok(Self::Nothing)
        } else {
            Ok(Self::Cookie(token.to_owned()))
        }
    }
}

fn bearer(header: &str) -> Option<String> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let is_token =
        (1..=TOKEN_MAX_BYTES).contains(&token.len()) && !token.contains(char::is_whitespace);
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(method: &str, headers: &[(&str, &str)]) -> Result<Credentials, u16> {
        let mut request = http::Request::builder().method(method).uri("/admin/v1/staff");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Credentials::of(&parts, Kind::Staff, &HttpConfig::default())
            .map_err(|problem| problem.status().as_u16())
    }

    #[test]
    fn a_bearer_counts_before_a_cookie() {
        let headers = [("authorization", "bearer abc"), ("cookie", "galleria_staff=def")];
        assert_eq!(shown("POST", &headers), Ok(Credentials::Bearer("abc".into())));
        assert_eq!(shown("GET", &headers[1..]), Ok(Credentials::Cookie("def".into())));
        assert_eq!(shown("POST", &[]), Ok(Credentials::Nothing));
    }

    #[test]
    fn what_is_no_bearer_is_refused_and_not_overlooked() {
        for bad in ["", "abc", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer\u{a0}abc"] {
            let headers = [("authorization", bad), ("cookie", "galleria_staff=def")];
            assert_eq!(shown("GET", &headers), Err(401), "{bad:?}");
        }
        let twice = [("authorization", "Bearer a"), ("authorization", "Bearer b")];
        assert_eq!(shown("GET", &twice), Err(401));
    }

    #[test]
    fn a_cookie_alone_changes_nothing_from_another_site() {
        let cookie = ("cookie", "galleria_staff=def");
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            assert_eq!(shown(method, &[cookie]), Err(403), "{method}");
            assert_eq!(shown(method, &[cookie, ("sec-fetch-site", "cross-site")]), Err(403));
            let same = shown(method, &[cookie, ("sec-fetch-site", "same-origin")]);
            assert_eq!(same, Ok(Credentials::Cookie("def".into())));
        }
    }
}
