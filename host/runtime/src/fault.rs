//! What a plugin is told when the host refuses.
use crate::bindings::imports::galleria::shared::faults::Fault;

/// Why a host function did not do what it was asked.
#[derive(Debug)]
pub(crate) enum HostError {
    /// The plugin is told.
    Fault(Fault),
    /// The call ends here: a trap.
    Trap(wasmtime::Error),
}
