use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use galleria_app::Caller;
use galleria_domain::{Actor, Assurance, LanguageTag, Principal, RequestId, Rights, Store};
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, HOST};
use http::request::Parts;

use crate::client::client_address;
use crate::problem::Problem;
use crate::state::HttpState;

/// How many languages of `Accept-Language` are looked at.
const LANGUAGES_MAX: usize = 20;

/// Where a request comes from and where it goes, before it is known who asks.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) store: Arc<Store>,
    pub(crate) locale: LanguageTag,
    pub(crate) request_id: RequestId,
    /// Nothing behind a socket that has no address.
    pub(crate) ip: Option<IpAddr>,
}

impl Place {
    pub(crate) async fn of(parts: &Parts, state: &HttpState) -> Result<Self, Problem> {
        let store = store(parts, state).await?;
        let locale = language(&parts.headers, &store.languages);
        let request_id = parts.extensions.get().cloned().unwrap_or_else(RequestId::generate);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let trusted = &state.config.trusted_proxies;
        let ip = peer.map(|peer| client_address(peer, &parts.headers, trusted));
        Ok(Self { store, locale, request_id, ip })
    }

    /// Somebody unknown in this place.
    pub(crate) fn visitor(self) -> Caller {
        Caller {
            principal: Principal::from(Actor::Visitor(None)),
            rights: Arc::new(Rights::nothing()),
            store: self.store.id.clone(),
            locale: self.locale,
            request_id: self.request_id,
            ip: self.ip.map(|ip| ip.to_string()),
            plugin: None,
            assurance: Assurance::Password,
            impersonation: None,
            mode: None,
            only_cart: None,
        }
    }
}

/// The store that `Galleria-Store` names by its id, else the one that answers to the host name.
async fn store(parts: &Parts, state: &HttpState) -> Result<Arc<Store>, Problem> {
    if let Some(id) = parts.headers.get("galleria-store") {
        let id = id.to_str().ok().and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| Problem::not_found("store"))?;
        return state.stores.get(&state.app, &id).await;
    }
    state.stores.of_host(&state.app, &host(parts)).await
}

/// The host name that was asked, in small letters and without a port.
fn host(parts: &Parts) -> String {
    // Over HTTP/2 it stands in the URI.
    let host = parts.uri.host().or_else(|| {
        let host = parts.headers.get(HOST)?.to_str().ok()?;
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(name),
            _ => Some(host),
        }
    });
    host.unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}

/// The language of the store that the client likes best; the store's own if it likes none.
fn language(headers: &HeaderMap, spoken: &[LanguageTag]) -> LanguageTag {
    let lines = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
    let ranges = lines.flat_map(|line| line.split(',')).take(LANGUAGES_MAX).filter_map(liking);
    let mut liked: Vec<_> = ranges.filter(|(_, weight)| *weight > 0).collect();
    // Stable, so that of two liked equally the first one counts.
    liked.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    let found = liked.iter().find_map(|(range, _)| best(range, spoken));
    found.or(spoken.first()).cloned().unwrap_or_else(LanguageTag::english)
}

/// A language range, and how much it is liked, in thousandths.
fn liking(text: &str) -> Option<(&str, u32)> {
    let (range, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = match parameters.trim().strip_prefix("q=") {
        None => 1_000,
        Some(weight) => thousandths(weight)?,
    };
    Some((range.trim(), weight))
}

fn thousandths(weight: &str) -> Option<u32> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let part: u32 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" => Some(1_000),
        _ => None,
    }
}

fn best<'s>(range: &str, spoken: &'s [LanguageTag]) -> Option<&'s LanguageTag> {
    let wanted: LanguageTag = range.parse().ok()?;
    let exact = spoken.iter().find(|tag| **tag == wanted);
    let plain = || spoken.iter().find(|tag| tag.as_str() == wanted.base());
    let akin = || spoken.iter().find(|tag| tag.base() == wanted.base());
    exact.or_else(plain).or_else(akin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(accepted: &str) -> String {
        let languages = ["de-CH", "fr", "en"].map(|tag| tag.parse().unwrap());
        let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
        language(&headers, &languages).to_string()
    }

    #[test]
    fn the_store_speaks_the_language_that_is_liked_best() {
        assert_eq!(spoken("fr"), "fr");
        assert_eq!(spoken("fr-CA, en;q=0.5"), "fr");
        assert_eq!(spoken("en;q=0.5, fr;q=0.51"), "fr");
        assert_eq!(spoken("it, en;q=0.3"), "en");
        assert_eq!(spoken("de"), "de-CH");
        assert_eq!(spoken("en;q=1.0, fr;q=1"), "en");
    }

    #[test]
    fn the_store_speaks_its_own_language_to_everybody_else() {
        for accepted in [
            "",
            "it",
            "*",
            "fr;q=0",
            ";;;",
            "fr;q=2",
            "fr;q=x",
            "fr;q=0.ä",
            "x".repeat(99).as_str(),
        ] {
            assert_eq!(spoken(accepted), "de-CH", "{accepted}");
        }
    }

    #[test]
    fn a_host_is_named_without_its_port() {
        let host_of = |text: &str| {
            let request = http::Request::get("/").header(HOST, text).body(()).unwrap();
            host(&request.into_parts().0)
        };
        assert_eq!(host_of("Shop.Example:8080"), "shop.example");
        assert_eq!(host_of("shop.example."), "shop.example");
        assert_eq!(host_of("[::1]:8080"), "[::1]");
        assert_eq!(host_of(""), "");
    }
}
