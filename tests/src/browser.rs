//! A member of the staff in a browser: with the cookie of a session, and what goes with it.

use galleria_domain::StaffId;
use http::Method;
use serde_json::{Value, json};

use crate::host::{Answer, TestHost, answer};
use crate::shop::{OWNER_EMAIL, PASSWORD};

/// A session of somebody on the staff.
#[derive(Clone, Debug)]
pub struct Browser<'h> {
    /// The host it talks to.
    pub host: &'h TestHost,
    /// Who is logged in.
    pub staff: StaffId,
    /// The cookie, as it is sent.
    pub cookie: String,
    /// What is sent against forged requests.
    pub csrf: String,
}

impl<'h> Browser<'h> {
    /// The owner, logged in.
    pub async fn owner(host: &'h TestHost) -> Self {
        Self::login(host, OWNER_EMAIL, PASSWORD).await
    }

    /// Somebody, logged in.
    ///
    /// # Panics
    /// If the login is refused.
    pub async fn login(host: &'h TestHost, email: &str, password: &str) -> Self {
        let answered = try_login(host, email, password).await;
        assert_eq!(answered.status, 200, "{}", answered.text());
        Self::of(host, &answered)
    }

    /// Whoever has logged in with this answer.
    ///
    /// # Panics
    /// If it is no answer to a login.
    pub fn of(host: &'h TestHost, answered: &Answer) -> Self {
        let cookie = answered.headers["set-cookie"].to_str().expect("a cookie is text");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let (said, text) = (answered.json(), |value: &Value| {
            value.as_str().expect("the answer to a login has it").to_owned()
        });
        let staff = text(&said["staff"]).parse().expect("it is an id");
        Self { host, staff, cookie, csrf: text(&said["csrf_token"]) }
    }

    /// Makes a member of the staff with a role of these permissions and [`PASSWORD`]; answers them
    /// logged in.
    ///
    /// # Panics
    /// If any of it is refused.
    pub async fn hire(&self, email: &str, permissions: &[&str]) -> Self {
        let role = json!({ "name": format!("role of {email}"), "permissions": permissions });
        let role = self.post("/admin/v1/roles", &role).await;
        assert_eq!(role.status, 201, "{}", role.text());
        let person = json!({ "email": email, "name": "Somebody", "roles": [role.json()["id"]] });
        let person = self.post("/admin/v1/staff", &person).await;
        assert_eq!(person.status, 201, "{}", person.text());
        let path = format!("{}/password", person.location());
        let set = self.post(&path, &json!({ "new_password": PASSWORD })).await;
        assert_eq!(set.status, 204, "{}", set.text());
        Self::login(self.host, email, PASSWORD).await
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// Sends nothing, to a path that says it all.
    pub async fn press(&self, path: &str) -> Answer {
        self.send(Method::POST, path, &[], None).await
    }

    /// Changes something; `version` is what was seen, if that is said.
    pub async fn patch(&self, path: &str, version: Option<u64>, body: &Value) -> Answer {
        self.at_version(Method::PATCH, path, version, Some(body)).await
    }

    /// Replaces something; `version` is what was seen, if that is said.
    pub async fn put(&self, path: &str, version: Option<u64>, body: &Value) -> Answer {
        self.at_version(Method::PUT, path, version, Some(body)).await
    }

    /// Deletes something; `version` is what was seen, if that is said.
    pub async fn delete(&self, path: &str, version: Option<u64>) -> Answer {
        self.at_version(Method::DELETE, path, version, None).await
    }

    /// Uploads a file.
    pub async fn upload(&self, path: &str, file: &[u8]) -> Answer {
        let request = self.host.request(Method::POST, path).body(file.to_vec());
        answer(self.with_session(request).header("content-type", "application/wasm")).await
    }

    /// Asks, with further headers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.with_session(self.host.request(method, path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    async fn at_version(
        &self,
        method: Method,
        path: &str,
        version: Option<u64>,
        body: Option<&Value>,
    ) -> Answer {
        let tag = version.map(|version| format!("\"v{version}\""));
        let header = tag.as_ref().map(|tag| ("if-match", tag.as_str()));
        self.send(method, path, header.as_slice(), body).await
    }

    fn with_session(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .header("sec-fetch-site", "same-origin")
    }
}

/// Tries a password over HTTP.
pub async fn try_login(host: &TestHost, email: &str, password: &str) -> Answer {
    host.post_as_nobody("/admin/v1/session", &json!({ "email": email, "password": password })).await
}
