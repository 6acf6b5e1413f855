//! The routes of plugins: `/admin/v1/x/{plugin}/…` for staff, `/store/v1/x/{plugin}/…` for
//! everybody else.

mod answer;

use std::borrow::Cow;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use galleria_app::Caller;
use galleria_domain::{Actor, FieldCode, FieldError, PluginId};
use galleria_manifest::Method;
use galleria_runtime::{Overrun, PluginFailure, PluginRefusal, PluginRequest, Root};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::extract::{StaffCaller, StoreCaller, body, pairs};
use crate::idempotency::Once;
use crate::problem::Problem;
use crate::state::HttpState;

/// How large the body of a request to a plugin may be, in bytes.
const BODY_MAX_BYTES: usize = 8 << 20;

/// Seconds after which a plugin that has too much to do may have less.
const BUSY_RETRY_AFTER_S: u64 = 1;

/// What of a request's headers a plugin may see: nothing by which somebody could be recognised
/// or acted for.
const HEADERS_SHOWN: [&str; 8] = [
    "accept",
    "accept-language",
    "content-language",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "user-agent",
];

// Only the manifests know what is there, so that `openapi` describes it from them. And not nested
// under their roots: each nesting takes the address of every request apart and builds it anew.
pub(crate) fn router() -> Router<HttpState> {
    let staff =
        any(async |State(state): State<HttpState>, caller: StaffCaller, request: Request| {
            answer(&state, Root::Admin, caller.caller, request).await
        });
    let all = any(async |State(state): State<HttpState>, caller: StoreCaller, request: Request| {
        answer(&state, Root::Store, caller.caller, request).await
    });
    Router::new().merge(below("/admin/v1/x", &staff)).merge(below("/store/v1/x", &all))
}

fn below(root: &str, asked: &MethodRouter<HttpState>) -> Router<HttpState> {
    Router::new()
        .route(&format!("{root}/{{plugin}}"), asked.clone())
        .route(&format!("{root}/{{plugin}}/"), asked.clone())
        .route(&format!("{root}/{{plugin}}/{{*path}}"), asked.clone())
}

async fn answer(
    state: &HttpState,
    root: Root,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if parts.headers.get("service-worker").is_some() {
        return Err(Problem::forbidden("a plugin can't have a service worker"));
    }
    let (plugin, path) = split(parts.uri.path()).ok_or_else(|| Problem::not_found("path"))?;
    let plugin: PluginId = plugin.parse().map_err(|_| Problem::not_found("plugin"))?;
    let method = method(&parts)?;
    let query = pairs(parts.uri.query())?;
    let body = body::read(&parts.headers, body, BODY_MAX_BYTES).await?;
    let once = Once::of(&parts, &body)?;
    let is_known = !matches!(caller.principal.actor, Actor::Visitor(_));
    let asked = PluginRequest {
        plugin: plugin.as_str().to_owned(),
        root,
        method,
        path: path.into_owned(),
        query,
        headers: shown(&parts.headers),
        body: body.into(),
        caller,
    };
    match state.plugins.handle(asked, once.0).await {
        Ok(answered) => Ok(answer::filtered(answered, root, is_known)),
        Err(failure) => Err(refusal(&plugin, root, failure)),
    }
}

/// The plugin and the path below its root.
fn split(path: &str) -> Option<(&str, Cow<'_, str>)> {
    let rest = path.split_once("/x/")?.1;
    Some(match rest.find('/') {
        Some(at) => (&rest[..at], Cow::Borrowed(&rest[at..])),
        None => (rest, Cow::Borrowed("/")),
    })
}

fn method(parts: &Parts) -> Result<Method, Problem> {
    Ok(match parts.method {
        http::Method::GET | http::Method::HEAD => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::PATCH => Method::Patch,
        http::Method::DELETE => Method::Delete,
        _ => return Err(not_allowed(&[])),
    })
}

fn not_allowed(methods: &[Method]) -> Problem {
    let names: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
    let allow = HeaderValue::from_str(&names.join(", ")).expect("methods are letters");
    Problem::method_not_allowed().allowing(allow)
}

fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = HEADERS_SHOWN.iter().flat_map(|name| {
        let values = headers.get_all(*name).iter().filter_map(|value| value.to_str().ok());
        values.map(|value| ((*name).to_owned(), value.to_owned()))
    });
    shown.collect()
}

// The one place that maps failures of plugins to problems. No `_` arm, as for the shop's errors.
fn refusal(plugin: &PluginId, root: Root, failure: PluginFailure) -> Problem {
    match failure {
        PluginFailure::Off if root == Root::Admin => {
            let detail = format!("the plugin {plugin} is not installed, or not enabled");
            Problem::new(StatusCode::NOT_FOUND, "plugin-off", "The plugin is off", detail)
        }
        // Which plugins a shop has is not everybody's business.
        PluginFailure::Off | PluginFailure::NoRoute => Problem::not_found("path"),
        PluginFailure::MethodNotAllowed(methods) => not_allowed(&methods),
        PluginFailure::Unauthenticated => Problem::unauthenticated(),
        PluginFailure::PermissionDenied(what) => Problem::forbidden(format!("{what} is needed")),
        PluginFailure::Refused(refusal) => refused(plugin, refusal),
        PluginFailure::Busy => Problem::unavailable(BUSY_RETRY_AFTER_S),
        PluginFailure::Resting { retry_after_s } => Problem::unavailable(retry_after_s),
        PluginFailure::Overrun(Overrun::Cpu | Overrun::Wall) => {
            let detail = format!("the plugin {plugin} took too long; nothing was changed");
            let status = StatusCode::GATEWAY_TIMEOUT;
            Problem::new(status, "plugin-too-slow", "The plugin took too long", detail)
        }
        PluginFailure::Trapped
        | PluginFailure::Overrun(Overrun::Memory | Overrun::HostCalls)
        | PluginFailure::BadResponse(_) => {
            let detail = format!("the plugin {plugin} failed; nothing was changed");
            Problem::new(StatusCode::BAD_GATEWAY, "plugin-failed", "The plugin failed", detail)
        }
        PluginFailure::Host(error) => error.into(),
    }
}

fn refused(plugin: &PluginId, refusal: PluginRefusal) -> Problem {
    let PluginRefusal { status, kind, detail, errors } = refusal;
    // The runtime lets through 400 to 499 and 503 alone.
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let errors = errors.into_iter().map(|(path, code, message)| {
        let code = code.parse().unwrap_or(FieldCode::Malformed);
        FieldError::new(path, code, message)
    });
    Problem::new(status, format!("x/{plugin}/{kind}"), "Refused by the plugin", detail)
        .with_errors(errors.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_behind_the_plugin() {
        let split = |path| split(path).map(|(plugin, path)| (plugin, path.into_owned()));
        assert_eq!(split("/admin/v1/x/roles"), Some(("roles", "/".into())));
        assert_eq!(split("/admin/v1/x/roles/"), Some(("roles", "/".into())));
        assert_eq!(split("/store/v1/x/roles/a%2Fb/x/c"), Some(("roles", "/a%2Fb/x/c".into())));
        assert_eq!(split("/store/v1/roles"), None);
    }

    #[test]
    fn a_plugin_sees_no_credentials() {
        let mut headers = HeaderMap::new();
        for name in ["authorization", "cookie", "x-csrf-token", "x-forwarded-for", "accept"] {
            headers.insert(name, "secret".parse().unwrap());
        }
        assert_eq!(shown(&headers), [("accept".to_owned(), "secret".to_owned())]);
    }

    #[test]
    fn every_failure_of_a_plugin_has_its_status() {
        let plugin: PluginId = "hello".parse().unwrap();
        let of = |failure| {
            let problem = refusal(&plugin, Root::Store, failure);
            (problem.status().as_u16(), problem.kind().to_owned())
        };
        assert_eq!(of(PluginFailure::Off), (404, "not-found".into()));
        assert_eq!(of(PluginFailure::NoRoute), (404, "not-found".into()));
        assert_eq!(of(PluginFailure::MethodNotAllowed(vec![Method::Get])).0, 405);
        assert_eq!(of(PluginFailure::Busy), (503, "unavailable".into()));
        assert_eq!(of(PluginFailure::Trapped), (502, "plugin-failed".into()));
        assert_eq!(of(PluginFailure::Overrun(Overrun::Wall)), (504, "plugin-too-slow".into()));
        assert_eq!(of(PluginFailure::Overrun(Overrun::Memory)), (502, "plugin-failed".into()));
        let staff = refusal(&plugin, Root::Admin, PluginFailure::Off);
        assert_eq!((staff.status().as_u16(), staff.kind()), (404, "plugin-off"));
    }
}
