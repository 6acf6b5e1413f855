//! How webhooks are sent: this crate knows no HTTP.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

/// A request to be sent with `POST`.
#[derive(Clone, Eq, PartialEq)]
pub struct WebhookRequest {
    /// Where to.
    pub url: String,
    /// Names and values of headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Shows neither the address nor the signature.
impl Debug for WebhookRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookRequest").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// The status of the answer, sometime; or why there is none, in a sentence without secrets.
pub type Sent<'a> = Pin<Box<dyn Future<Output = Result<u16, String>> + Send + 'a>>;

/// Sends requests to addresses that admins have named.
pub trait WebhookTransport: Debug + Send + Sync + 'static {
    /// Whether something can be sent to this address at all; else why not, in words.
    fn check(&self, url: &str) -> Result<(), String>;

    /// Sends a request. Ends within a bounded time, reads a bounded answer, follows no redirect,
    /// and reaches no address that the deployment doesn't allow.
    fn post<'a>(&'a self, request: &'a WebhookRequest) -> Sent<'a>;
}

/// Sends nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTransport;

const CANNOT: &str = "can't be reached: this host sends no webhooks";

impl WebhookTransport for NoTransport {
    fn check(&self, _url: &str) -> Result<(), String> {
        Err(CANNOT.to_owned())
    }

    fn post<'a>(&'a self, _request: &'a WebhookRequest) -> Sent<'a> {
        Box::pin(async { Err(CANNOT.to_owned()) })
    }
}
