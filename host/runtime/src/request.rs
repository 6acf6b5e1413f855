//! What goes into a call over HTTP, and what comes out.

use galleria_app::{AppError, Caller};
use galleria_manifest::Method;

use crate::limits::Overrun;

/// Under which root of the API a plugin is called.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Root {
    /// `/admin/v1/x/{plugin}`: staff.
    Admin,
    /// `/store/v1/x/{plugin}`: visitors and customers.
    Store,
}

/// A request for a plugin, read whole.
#[derive(Clone, Debug)]
pub struct PluginRequest {
    /// The plugin's id, as in the path.
    pub plugin: String,
    /// Which root it came in by.
    pub root: Root,
    /// `GET`, `POST`, …; a HEAD is a GET here.
    pub method: Method,
    /// The path below the plugin's own root, still percent-encoded, beginning with `/`.
    pub path: String,
    /// The query's pairs, decoded, in their order.
    pub query: Vec<(String, String)>,
    /// Headers that a plugin may see, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Who asks.
    pub caller: Caller,
}

/// Makes a request that is sent again get the answer that it got (`Idempotency-Key`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OnceKey {
    /// What the client chose.
    pub key: String,
    /// SHA-256 in hexadecimal of all that makes the request.
    pub request_hash: String,
}

/// A plugin's answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PluginResponse {
    /// The status code, 200 to 599.
    pub status: u16,
    /// Headers as the plugin gave them: not yet filtered.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it was given before, to the same request under the same idempotency key.
    pub replayed: bool,
}

/// Why a plugin did not answer. Nothing that the call did stays.
// Not `non_exhaustive`: the HTTP port decides about every failure, without a `_` arm.
#[derive(Debug, thiserror::Error)]
pub enum PluginFailure {
    /// There is no such plugin, or none that serves: off, or failed.
    #[error("the plugin is not enabled")]
    Off,
    /// The plugin has no such route.
    #[error("the plugin has no such route")]
    NoRoute,
    /// The route has other methods.
    #[error("the route has other methods")]
    MethodNotAllowed(Vec<Method>),
    /// The route is for customers, and nobody is logged in.
    #[error("nobody is logged in")]
    Unauthenticated,
    /// The acting person lacks a permission of the plugin.
    #[error("{0} is needed")]
    PermissionDenied(String),
    /// The plugin refused: a problem of its own making.
    #[error("the plugin refused: {}", .0.detail)]
    Refused(PluginRefusal),
    /// Too many calls of this plugin are waiting.
    #[error("the plugin has too much to do")]
    Busy,
    /// The plugin failed too often of late; it is left alone for so many seconds.
    #[error("the plugin failed too often of late")]
    Resting {
        /// Seconds until it is tried again.
        retry_after_s: u64,
    },
    /// It trapped: panicked, ran out of its stack, did something no component may do.
    #[error("the plugin failed")]
    Trapped,
    /// It passed one of its limits.
    #[error("the plugin used too much: {0}")]
    Overrun(Overrun),
    /// Its answer is no answer.
    #[error("the plugin's answer can't be used: {0}")]
    BadResponse(&'static str),
    /// The host failed to carry out what the plugin asked for.
    #[error("the shop failed")]
    Host(#[source] AppError),
}

impl PluginFailure {
    /// Whether the plugin is to blame: such failures count towards its rest.
    pub fn is_fault_of_plugin(&self) -> bool {
        matches!(self, Self::Trapped | Self::Overrun(_) | Self::BadResponse(_))
    }

    /// A stable name for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NoRoute => "no-route",
            Self::MethodNotAllowed(_) => "method-not-allowed",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied(_) => "permission-denied",
            Self::Refused(_) => "refused",
            Self::Busy => "busy",
            Self::Resting { .. } => "resting",
            Self::Trapped => "trap",
            Self::Overrun(overrun) => overrun.as_str(),
            Self::BadResponse(_) => "bad-response",
            Self::Host(_) => "host",
        }
    }
}

/// A problem of the plugin's own making.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PluginRefusal {
    /// 400 to 499, or 503.
    pub status: u16,
    /// What kind of problem, within the plugin: `[a-z0-9-]{1,64}`.
    pub kind: String,
    /// One sentence for people.
    pub detail: String,
    /// What is wrong with what was sent: path, code, message.
    pub errors: Vec<(String, String, String)>,
}
