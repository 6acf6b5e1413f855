//! Galleria's port for plugins: load, link, grant, call, limit, swap. The only wasmtime.
//!
//! * [`inspect`] reads what a component file says about itself; [`compile_child`] compiles it, in a
//!   child process;
//! * a `Generation` is one version of a plugin, loaded and linked with what an admin granted;
//! * the `Snapshot` holds the generations that serve and the routes to them; it is swapped whole;
//! * [`Plugins`] is what the rest of the host sees: install, grant, enable, call.

mod artifacts;
mod bindings;
mod breaker;
mod call;
mod compile;
mod dispatch;
mod engine;
mod fault;
mod generation;
mod hooks;
mod host;
mod inspect;
mod instances;
mod limits;
mod link;
mod offers;
mod plugins;
mod request;
mod slices;
mod snapshot;
mod state;
mod stats;
mod stderr;

pub use compile::compile_child;
pub use inspect::{COMPONENT_BYTES_MAX, Inspection, InvalidComponent, inspect};
pub use limits::{CallLimits, Overrun};
pub use plugins::{ChangeError, Plugins, PluginsConfig, StartError};
pub use request::{OnceKey, PluginFailure, PluginRefusal, PluginRequest, PluginResponse, Root};
pub use stats::{DURATION_BOUNDS_US, PluginStatsView};
