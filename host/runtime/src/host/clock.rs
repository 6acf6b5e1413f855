use crate::bindings::imports::galleria::clock::wall_time::Host;
use crate::fault::HostError;
use crate::host::HostFunction;
use crate::state::CallState;

impl Host for CallState {
    async fn now(&mut self) -> wasmtime::Result<i64> {
        match self.enter(HostFunction::ClockNow) {
            Ok(work) => Ok(work.now().as_micros()),
            // Without the grant there is no time rather than an error that the type can't carry.
            Err(HostError::Fault(_)) => Ok(0),
            Err(HostError::End(error)) => Err(error),
        }
    }
}
