//! How webhooks are sent: over HTTP, to addresses that the deployment allows, in bounded time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use galleria_app::webhooks::{Sent, WebhookRequest, WebhookTransport};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

/// For a connection, of which [`TIMEOUT`] is the rest.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For the whole of an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read; nothing of it matters but the status.
const ANSWER_MAX_BYTES: usize = 64 << 10;
const NOT_PUBLIC: &str = "is no public address, and this host sends only to those";

/// Sends webhooks over HTTP.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    client: Client,
    private_allowed: bool,
}

impl HttpTransport {
    /// One that sends to public addresses over HTTPS; with `private_allowed` to all, and over HTTP
    /// as well.
    pub(crate) fn new(private_allowed: bool) -> Result<Self, reqwest::Error> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows the versions of TLS that are in use")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // A redirect could lead where the address itself may not.
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Resolver { private_allowed }))
            .user_agent(concat!("galleria-webhooks/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, private_allowed })
    }

    fn allowed(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|error| format!("is no address: {error}"))?;
        let over_http = self.private_allowed && url.scheme() == "http";
        if url.scheme() != "https" && !over_http {
            return Err("has to begin with https://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("may not name a user or a password".to_owned());
        }
        // Names are looked at when they are resolved; who is named by number isn't resolved.
        let ip = url.host_str().and_then(|host| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse::<IpAddr>().ok()
        });
        if ip.is_some_and(|ip| !self.private_allowed && !is_public(ip)) {
            return Err(NOT_PUBLIC.to_owned());
        }
        Ok(url)
    }

    async fn send(&self, request: &WebhookRequest) -> Result<u16, String> {
        // Once more: what the deployment allows may have changed since the address was given.
        let mut post = self.client.post(self.allowed(&request.url)?);
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        let answer = post.body(request.body.clone()).send().await.map_err(|error| words(&error))?;
        let status = answer.status().as_u16();
        drain(answer).await;
        Ok(status)
    }
}

impl WebhookTransport for HttpTransport {
    fn check(&self, url: &str) -> Result<(), String> {
        self.allowed(url).map(drop)
    }

    fn post<'a>(&'a self, request: &'a WebhookRequest) -> Sent<'a> {
        Box::pin(self.send(request))
    }
}

/// Reads the rest of a short answer, so that the connection can be used again; gives up a long one.
async fn drain(mut answer: Response) {
    let mut bytes = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        bytes += chunk.len();
        if bytes > ANSWER_MAX_BYTES {
            return;
        }
    }
}

/// Nothing of the address, which may hold a secret.
fn words(error: &reqwest::Error) -> String {
    let words = if error.is_timeout() {
        "did not answer in time"
    } else if error.is_connect() {
        "can't be reached"
    } else {
        "gave no answer that could be read"
    };
    words.to_owned()
}

/// Resolves names to addresses that may be sent to. As it is the connection's own resolver, what
/// it has looked at is what is connected to.
#[derive(Clone, Copy, Debug)]
struct Resolver {
    private_allowed: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private_allowed = self.private_allowed;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| private_allowed || is_public(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NOT_PUBLIC.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is reachable for everybody (IANA's registries of special-purpose addresses).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        // Shared by carriers, assigned to protocols, for benchmarks.
        || (a == 100 && (b & 0xc0) == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b & 0xfe) == 18);
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // IPv4 inside IPv6: mapped, translated (NAT64), 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            embedded(high, low)
        }
        [0x2002, high, low, ..] => embedded(high, low),
        // Documentation, and Teredo, which hides where it leads.
        [0x2001, 0x0db8 | 0, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // Global unicast is all that is handed out.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_or_its_network_is_refused_however_it_is_written() {
        let transport = HttpTransport::new(false).unwrap();
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0.0.0.0/",
            "https://10.0.0.1/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://198.18.0.1/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a00:1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[ff02::1]/",
            "https://[2001:db8::1]/",
        ] {
            assert_eq!(transport.check(url), Err(NOT_PUBLIC.to_owned()), "{url}");
        }
        for url in ["https://93.184.216.34/", "https://[2606:4700::1111]/", "https://example.com/"] {
            assert_eq!(transport.check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn only_https_is_spoken_and_nobody_is_named() {
        let transport = HttpTransport::new(false).unwrap();
        for url in ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "x", ""] {
            assert!(transport.check(url).is_err(), "{url}");
        }
        for url in ["https://user@example.com/", "https://user:secret@example.com/", "https://"] {
            assert!(transport.check(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused_when_it_is_resolved() {
        let resolved = Resolver { private_allowed: false }.resolve("localhost".parse().unwrap());
        assert!(resolved.await.is_err());
        let resolved = Resolver { private_allowed: true }.resolve("localhost".parse().unwrap());
        assert!(resolved.await.is_ok());
    }
}
