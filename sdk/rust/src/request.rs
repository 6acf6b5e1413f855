use crate::Principal;
use crate::bindings::http::exports::galleria::plugin::http::{Pair, Request as WitRequest};

/// A request that the host has routed, authenticated and read whole.
#[derive(Debug)]
pub struct Request(WitRequest);

impl Request {
    /// `GET`, `POST`, …
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// The route of the manifest that fits, as written there: `/roles/{id}`.
    pub fn route(&self) -> &str {
        &self.0.route
    }

    /// The path below the plugin's own root, percent-decoded: `/roles/rol_1`.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// A header; names are in lower case, and credentials are never among them.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// Who acts.
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    pub(crate) fn params(&self) -> &[Pair] {
        &self.0.params
    }

    pub(crate) fn query(&self) -> &[Pair] {
        &self.0.query
    }
}

impl From<WitRequest> for Request {
    fn from(request: WitRequest) -> Self {
        Self(request)
    }
}
