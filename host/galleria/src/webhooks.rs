//! How webhooks are sent: over HTTP, to addresses that the deployment allows, in bounded time.

mod address;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use galleria_app::webhooks::{Sent, WebhookRequest, WebhookTransport};
use http::header::{HOST, USER_AGENT};
use http::{HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Position, Url};

use self::address::is_public;

/// For finding the address and connecting to it, of which [`TIMEOUT`] is the rest.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For the whole of an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read; nothing of it matters but the status.
const ANSWER_MAX_BYTES: usize = 64 << 10;
const AGENT: &str = concat!("galleria-webhooks/", env!("CARGO_PKG_VERSION"));
const NOT_PUBLIC: &str = "is no public address, and this host sends only to those";
const TOO_SLOW: &str = "did not answer in time";
const UNREACHABLE: &str = "can't be reached";
const UNREADABLE: &str = "gave no answer that could be read";

/// Sends webhooks over HTTP, each on a connection of its own. It follows no redirect, since that
/// could lead where the address itself may not, and no proxy.
pub(crate) struct HttpTransport {
    tls: TlsConnector,
    private_allowed: bool,
}

impl std::fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpTransport")
            .field("private_allowed", &self.private_allowed)
            .finish_non_exhaustive()
    }
}

impl HttpTransport {
    /// One that sends to public addresses over HTTPS; with `private_allowed` to all, and over HTTP
    /// as well.
    pub(crate) fn new(private_allowed: bool) -> Self {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows the versions of TLS that are in use")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { tls: TlsConnector::from(Arc::new(tls)), private_allowed }
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
        // Names are looked at once they are resolved, each time anew.
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        };
        if ip.is_some_and(|ip| !self.reaches(ip)) {
            return Err(NOT_PUBLIC.to_owned());
        }
        Ok(url)
    }

    fn reaches(&self, ip: IpAddr) -> bool {
        self.private_allowed || is_public(ip)
    }

    async fn send(&self, request: &WebhookRequest) -> Result<u16, String> {
        let url = self.allowed(&request.url)?;
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, self.connect(&url)).await;
        let stream = connected.map_err(|_| TOO_SLOW.to_owned())??;
        if url.scheme() == "http" {
            return exchange(stream, &url, request).await;
        }
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|_| UNREACHABLE.to_owned())?;
        let secured = self.tls.connect(name, stream).await;
        exchange(secured.map_err(|_| "has no certificate to be trusted")?, &url, request).await
    }

    /// Connects to the first address that may be sent to and that answers. What was looked at is
    /// what is connected to: no other resolver comes in between.
    async fn connect(&self, url: &Url) -> Result<TcpStream, String> {
        let addresses = self.resolve(url).await?;
        TcpStream::connect(&addresses[..]).await.map_err(|_| UNREACHABLE.to_owned())
    }

    async fn resolve(&self, url: &Url) -> Result<Vec<SocketAddr>, String> {
        let port = url.port_or_known_default().unwrap_or(443);
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((host, port)).await;
        let found = found.map_err(|_| "has a name that leads nowhere".to_owned())?;
        let allowed: Vec<_> = found.filter(|address| self.reaches(address.ip())).collect();
        if allowed.is_empty() { Err(NOT_PUBLIC.to_owned()) } else { Ok(allowed) }
    }
}

impl WebhookTransport for HttpTransport {
    fn check(&self, url: &str) -> Result<(), String> {
        self.allowed(url).map(drop)
    }

    fn post<'a>(&'a self, request: &'a WebhookRequest) -> Sent<'a> {
        Box::pin(async {
            let sent = tokio::time::timeout(TIMEOUT, self.send(request)).await;
            sent.unwrap_or_else(|_| Err(TOO_SLOW.to_owned()))
        })
    }
}

/// Sends one request on a fresh connection, and reads the status of the answer.
async fn exchange<S>(stream: S, url: &Url, request: &WebhookRequest) -> Result<u16, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let unreadable = || UNREADABLE.to_owned();
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|_| unreadable())?;
    // Ends with this function, whatever the other side does.
    let _running = AbortOnDropHandle::new(tokio::spawn(connection));
    let message = message(url, request).ok_or_else(unreadable)?;
    let answer = sender.send_request(message).await.map_err(|_| unreadable())?;
    let status = answer.status().as_u16();
    drain(answer.into_body()).await;
    Ok(status)
}

fn message(url: &Url, request: &WebhookRequest) -> Option<Request<Full<Bytes>>> {
    let mut message = Request::builder()
        .method(Method::POST)
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(USER_AGENT, HeaderValue::from_static(AGENT));
    for (name, value) in &request.headers {
        message = message.header(*name, value);
    }
    message.body(Full::new(request.body.clone().into())).ok()
}

/// Reads the rest of a short answer, so that the other side isn't cut off; gives up a long one.
async fn drain(mut answer: Incoming) {
    let mut bytes = 0;
    while let Some(Ok(frame)) = answer.frame().await {
        bytes += frame.data_ref().map_or(0, Bytes::len);
        if bytes > ANSWER_MAX_BYTES {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_or_its_network_is_refused_however_it_is_written() {
        let transport = HttpTransport::new(false);
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
        for url in ["https://93.184.216.34/", "https://[2606:4700::1111]/", "https://example.com/"]
        {
            assert_eq!(transport.check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn only_https_is_spoken_and_nobody_is_named() {
        let transport = HttpTransport::new(false);
        for url in ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "x", ""] {
            assert!(transport.check(url).is_err(), "{url}");
        }
        for url in ["https://user@example.com/", "https://user:secret@example.com/", "https://"] {
            assert!(transport.check(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused_when_it_is_resolved() {
        let url = Url::parse("https://localhost/").unwrap();
        let refused = HttpTransport::new(false).resolve(&url).await;
        assert_eq!(refused, Err(NOT_PUBLIC.to_owned()));
        assert!(HttpTransport::new(true).resolve(&url).await.is_ok());
    }
}
