//! `Idempotency-Key`: a POST that is sent again has its effect once, and gets the same answer.

use data_encoding::HEXLOWER;
use galleria_app::{Work, idempotency};
use galleria_runtime::OnceKey;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use sha2::{Digest, Sha256};

use crate::answer::{Answer, Sent};
use crate::problem::Problem;

/// Says that an answer was given before.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// How long a key may be, in bytes.
const KEY_MAX_BYTES: usize = 255;

/// The `Idempotency-Key` of a request, if it has one, and what request it is for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Once(pub Option<OnceKey>);

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

impl Once {
    /// The same, but refused if there is no key: for what must not happen twice, whatever the
    /// client does.
    pub(crate) fn required(self) -> Result<Self, Problem> {
        if self.0.is_some() {
            Ok(self)
        } else {
            Err(Problem::malformed("Idempotency-Key has to be sent here"))
        }
    }

    /// The answer that was given to this very request before.
    pub(crate) async fn find(&self, work: &mut Work) -> galleria_app::Result<Option<Sent>> {
        let Some(OnceKey { key, request_hash }) = &self.0 else { return Ok(None) };
        let found = idempotency::find(work, key, request_hash).await?;
        Ok(found.map(|found| {
            let headers = found.headers.iter().filter_map(|(name, value)| {
                Some((name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?))
            });
            let mut headers: HeaderMap = headers.collect();
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
            let status = StatusCode::from_u16(found.status).unwrap_or(StatusCode::OK);
            Sent { status, headers, body: found.body.into() }
        }))
    }

    /// Keeps an answer, in the same unit as what it tells of.
    pub(crate) async fn keep<T, const STATUS: u16>(
        &self,
        work: &mut Work,
        answer: &Answer<T, STATUS>,
    ) -> galleria_app::Result<()> {
        let Some(OnceKey { key, request_hash }) = &self.0 else { return Ok(()) };
        let Sent { status, headers, body } = &answer.sent;
        let headers = headers.iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        let body = answer.kept_body.as_ref().unwrap_or(body).to_vec();
        let status = status.as_u16();
        idempotency::keep(work, key, request_hash, status, headers.collect(), body).await
    }
}

/// Runs a block in a unit of work, like `unit!`, but only once for each `Idempotency-Key`: if the
/// request was answered before, that answer is given again and the block isn't run.
macro_rules! once {
    ($once:expr, $begin:expr, $work:ident => $body:expr) => {
        galleria_app::unit!($begin, $work => {
            if let Some(sent) = $once.find($work).await? {
                Ok($crate::answer::Answer::again(sent))
            } else {
                let answer: galleria_app::Result<_> = async { $body }.await;
                let answer = answer?;
                $once.keep($work, &answer).await?;
                Ok(answer)
            }
        })
    };
}

pub(crate) use once;

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
        for (path, body) in
            [("/a?c", "{}"), ("/a", "{}"), ("/ab", "{}"), ("/a?b", "{ }"), ("/a?b{}", "")]
        {
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
