//! Cross-site request forgery: a cookie comes along whoever made the browser ask.

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::problem::Problem;

/// Whether a method may change something.
pub(crate) fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses what another site may have made the browser ask.
///
/// Browsers say where a request comes from in `Sec-Fetch-Site`; older ones only in `Origin`.
pub(crate) fn require(parts: &Parts, origins: &[String]) -> Result<(), Problem> {
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let origin = header(ORIGIN.as_str());
    let allowed = |origin: &str| origins.iter().any(|allowed| allowed == origin);
    match (header("sec-fetch-site"), origin) {
        (Some("same-origin" | "none"), _) => Ok(()),
        (_, Some(origin)) if allowed(origin) => Ok(()),
        (Some(_), _) => Err(Problem::cross_site("the request comes from another site")),
        (None, Some(origin)) if is_own(origin, &parts.headers, &parts.uri) => Ok(()),
        (None, Some(_)) => Err(Problem::cross_site("the request comes from another origin")),
        (None, None) => {
            Err(Problem::cross_site("with a cookie, Sec-Fetch-Site or Origin has to be sent"))
        }
    }
}

/// Refuses only what says itself that it comes from another site: for requests that no cookie
/// gives any power, such as a login.
pub(crate) fn require_if_said(parts: &Parts, origins: &[String]) -> Result<(), Problem> {
    let says = parts.headers.contains_key("sec-fetch-site") || parts.headers.contains_key(ORIGIN);
    if says { require(parts, origins) } else { Ok(()) }
}

fn is_own(origin: &str, headers: &HeaderMap, uri: &http::Uri) -> bool {
    // Over HTTP/2 the host stands in the URI.
    let host = uri.authority().map(http::uri::Authority::as_str);
    let host = host.or_else(|| headers.get(HOST)?.to_str().ok());
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&str, &str)]) -> bool {
        let mut request = http::Request::post("/admin/v1/staff").header(HOST, "shop.example:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        require(&parts, &["https://console.example".to_owned()]).is_ok()
    }

    #[test]
    fn only_this_site_may_use_the_cookie() {
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        assert!(allowed(&[("sec-fetch-site", "none")]));
        assert!(allowed(&[("origin", "http://shop.example:8080")]));
        assert!(allowed(&[("origin", "https://console.example")]));
        assert!(allowed(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://console.example")
        ]));
    }

    #[test]
    fn nobody_else_may() {
        for headers in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "Same-Origin")],
            &[("sec-fetch-site", "")],
            &[("sec-fetch-site", "cross-site"), ("origin", "http://shop.example:8080")],
            &[("origin", "null")],
            &[("origin", "")],
            &[("origin", "http://shop.example")],
            &[("origin", "http://shop.example:8080.evil.example")],
            &[("origin", "http://evil.example")],
            &[("origin", "ftp://shop.example:8080")],
            &[("origin", "https://console.example.evil.example")],
        ] {
            assert!(!allowed(headers), "{headers:?}");
        }
    }
}
