//! What of a plugin's answer reaches the client. A plugin is hostile to the origin it is served
//! from, so that it sets no cookie, no policy and nothing about the connection.

use axum::body::Body;
use axum::response::Response;
use galleria_runtime::{PluginResponse, Root};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::idempotency::REPLAYED;

/// How many headers a plugin may send, and how many bytes together.
const HEADERS_MAX: usize = 64;
const HEADERS_MAX_BYTES: usize = 16 << 10;

/// How many headers most answers have in the end, with those that the host sets.
const HEADERS_USUAL: usize = 12;

/// Headers that say something about the body and nothing else.
const HEADERS_PASSED: [&str; 13] = [
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-range",
    "content-type",
    "etag",
    "expires",
    "last-modified",
    "location",
    "retry-after",
    "vary",
];

/// Documents open as if from nowhere: no scripts, no forms, none of the host's cookies.
const SANDBOX: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'self'",
);

/// The answer without what a plugin may not say.
pub(super) fn filtered(answered: PluginResponse, root: Root, is_known: bool) -> Response {
    let PluginResponse { status, headers, body, replayed } = answered;
    let mut response = Response::new(Body::from(body));
    // The runtime lets through 200 to 599 alone.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response.headers_mut().reserve(HEADERS_USUAL);
    let mut bytes_left = HEADERS_MAX_BYTES;
    for (name, value) in headers.into_iter().take(HEADERS_MAX) {
        let Some(rest) = bytes_left.checked_sub(name.len() + value.len()) else { break };
        bytes_left = rest;
        if let Some((name, value)) = pass(&name, &value) {
            response.headers_mut().append(name, value);
        }
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    if root == Root::Admin || is_known {
        // Answers to somebody in particular are kept by nobody else.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn pass(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = HeaderValue::from_str(value).ok()?;
    let is_passed = HEADERS_PASSED.contains(&name.as_str());
    let leads_away = name == LOCATION && !stays_here(&value);
    (is_passed && !leads_away).then_some((name, value))
}

/// Whether a `Location` is a path on this host. A browser reads `//` and `/\` as another host.
fn stays_here(location: &HeaderValue) -> bool {
    let location = location.as_bytes();
    location.first() == Some(&b'/')
        && !matches!(location.get(1), Some(b'/' | b'\\'))
        && !location.iter().any(u8::is_ascii_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(headers: Vec<(String, String)>) -> PluginResponse {
        PluginResponse { status: 200, headers, body: Vec::new(), replayed: false }
    }

    fn answer(headers: &[(&str, &str)]) -> Response {
        let headers =
            headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        filtered(response(headers), Root::Store, false)
    }

    #[test]
    fn a_plugin_says_nothing_about_the_host_or_the_connection() {
        for name in [
            "set-cookie",
            "Set-Cookie",
            "access-control-allow-origin",
            "access-control-allow-credentials",
            "content-security-policy-report-only",
            "strict-transport-security",
            "clear-site-data",
            "service-worker-allowed",
            "connection",
            "keep-alive",
            "transfer-encoding",
            "content-length",
            "upgrade",
            "trailer",
            "www-authenticate",
            "refresh",
            "link",
            "alt-svc",
            "x-request-id",
            "x-frame-options",
            "not a name",
            "",
        ] {
            let response = answer(&[(name, "x")]);
            assert_eq!(
                response.headers().keys().collect::<Vec<_>>(),
                [CONTENT_SECURITY_POLICY],
                "{name}"
            );
        }
        let sandboxed = answer(&[("content-security-policy", "script-src *")]);
        assert_eq!(sandboxed.headers()[CONTENT_SECURITY_POLICY], SANDBOX);
    }

    #[test]
    fn a_plugin_leads_nobody_to_another_site() {
        for good in ["/", "/store/v1/me", "/a?b=//c"] {
            assert_eq!(answer(&[("location", good)]).headers()[LOCATION], good);
        }
        for bad in
            ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/\t/x"]
        {
            assert!(!answer(&[("location", bad)]).headers().contains_key(LOCATION), "{bad:?}");
        }
    }

    #[test]
    fn a_header_can_not_be_split() {
        let response = answer(&[("etag", "\"a\"\r\nset-cookie: b=c")]);
        assert_eq!(response.headers().len(), 1);
    }

    #[test]
    fn what_is_for_somebody_is_kept_by_nobody_else() {
        let kept = |root, is_known| {
            let headers = vec![("cache-control".into(), "public, max-age=60".into())];
            filtered(response(headers), root, is_known).headers()[CACHE_CONTROL].clone()
        };
        assert_eq!(kept(Root::Store, false), "public, max-age=60");
        assert_eq!(kept(Root::Store, true), "no-store");
        assert_eq!(kept(Root::Admin, false), "no-store");
    }

    #[test]
    fn the_headers_of_a_plugin_are_bounded() {
        let many: Vec<_> = (0..100).map(|_| ("vary", "accept")).collect();
        assert_eq!(answer(&many).headers().get_all("vary").iter().count(), HEADERS_MAX);
        let long = "a".repeat(HEADERS_MAX_BYTES);
        assert_eq!(answer(&[("vary", &long), ("etag", "\"a\"")]).headers().len(), 1);
    }
}
