//! `Idempotency-Key`: a POST that is sent again has its effect once, and gets the same answer.

use data_encoding::HEXLOWER;
use http::Method;
use http::request::Parts;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// How long a key may be, in bytes.
const KEY_MAX_BYTES: usize = 255;

/// The `Idempotency-Key` of a request, if it has one, and what request it is for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Once(pub Option<OnceKey>);

/// A key, and the request that it stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OnceKey {
    /// What the client chose: 1 to 255 visible ASCII characters.
    pub key: String,
    /// SHA-256 of method, path, query and body, in hexadecimal.
    pub request_hash: String,
}

impl Once {
    /// The key of a request with this body. Only POST has one: the other methods have their
    /// effect once by themselves.
    pub(crate) fn of(parts: &Parts, body: &[u8]) -> Result<Self, Problem> {
        let mut keys = parts.headers.get_all("idempotency-key").iter();
        let Some(key) = keys.next().filter(|_| parts.method == Method::POST) else {
            return Ok(Self(None));
        };
        let is_visible = |key: &&str| key.bytes().all(|byte| byte.is_ascii_graphic());
        let key = key.to_str().ok().filter(is_visible);
        let key = key.filter(|key| (1..=KEY_MAX_BYTES).contains(&key.len()));
        let Some(key) = key.filter(|_| keys.next().is_none()) else {
            let detail = "Idempotency-Key has to be one word of at most 255 ASCII characters";
            return Err(Problem::malformed(detail));
        };
        let request_hash = hash(parts, body);
        Ok(Self(Some(OnceKey { key: key.to_owned(), request_hash })))
    }
}

fn hash(parts: &Parts, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    let query = parts.uri.query().unwrap_or_default();
    for part in [parts.method.as_str(), parts.uri.path(), query] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(body);
    HEXLOWER.encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once(method: &str, path: &str, keys: &[&str], body: &str) -> Result<Once, u16> {
        let mut request = http::Request::builder().method(method).uri(path);
        for key in keys {
            request = request.header("idempotency-key", *key);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Once::of(&parts, body.as_bytes()).map_err(|problem| problem.status().as_u16())
    }

    #[test]
    fn a_key_stands_for_one_request() {
        let first = once("POST", "/a?b", &["k"], "{}").unwrap();
        assert_eq!(first.0.as_ref().unwrap().key, "k");
        assert_eq!(once("POST", "/a?b", &["k"], "{}").unwrap(), first);
        for (path, body) in [("/a?c", "{}"), ("/a", "{}"), ("/ab", "{}"), ("/a?b", "{ }"), ("/a?b{}", "")] {
            assert_ne!(once("POST", path, &["k"], body).unwrap(), first, "{path} {body}");
        }
    }

    #[test]
    fn only_a_post_has_a_key() {
        assert_eq!(once("POST", "/", &[], ""), Ok(Once(None)));
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            assert_eq!(once(method, "/", &["k"], ""), Ok(Once(None)));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "k".repeat(256);
        for keys in [&[""][..], &["a b"], &["ä"], &[long.as_str()], &["a", "a"]] {
            assert_eq!(once("POST", "/", keys, ""), Err(400), "{keys:?}");
        }
    }
}
