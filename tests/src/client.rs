//! Whoever asks over HTTP, with the headers that they send.

use http::Method;
use serde_json::Value;

use crate::host::{Answer, TestHost, answer};

/// Somebody who asks over HTTP.
#[derive(Clone, Debug)]
pub struct Client<'h> {
    /// The host that is asked.
    pub host: &'h TestHost,
    headers: Vec<(String, String)>,
}

impl<'h> Client<'h> {
    /// Somebody who shows nothing.
    pub fn nobody(host: &'h TestHost) -> Self {
        Self { host, headers: Vec::new() }
    }

    /// A program of the owner's, which may do everything.
    pub fn owner(host: &'h TestHost) -> Self {
        Self::bearer(host, &host.bearer())
    }

    /// Somebody who shows a token or a key.
    pub fn bearer(host: &'h TestHost, token: &str) -> Self {
        Self::nobody(host).with("authorization", &format!("Bearer {token}"))
    }

    /// The same, who sends this header as well.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut more = self.clone();
        more.headers.push((name.to_owned(), value.to_owned()));
        more
    }

    /// The same, who has seen the thing in the version of this answer.
    ///
    /// # Panics
    /// If the answer doesn't say which version it is.
    #[must_use]
    pub fn having_seen(&self, seen: &Answer) -> Self {
        self.with("if-match", seen.headers["etag"].to_str().expect("an ETag is ASCII"))
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body).await
    }

    /// Orders something that needs no words.
    pub async fn order(&self, path: &str) -> Answer {
        self.send("POST", path, "").await
    }

    /// Changes something.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.json("PATCH", path, body).await
    }

    /// Puts something in the place of what was there.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.json("PUT", path, body).await
    }

    /// Deletes something.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "").await
    }

    /// Sends JSON with any method.
    pub async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send(method, path, body.to_string()).await
    }

    /// Sends whatever it is, and no header of its own.
    ///
    /// # Panics
    /// If it can't be sent, or isn't answered.
    pub async fn send(&self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("it is a method");
        let mut request = self.host.request(method, path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let body = body.into();
        answer(if body.is_empty() { request } else { request.body(body) }).await
    }
}
