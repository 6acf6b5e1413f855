use crate::bindings::imports::galleria::audit::audit_log::Host;
use crate::fault::HostError;
use crate::host::HostFunction;
use crate::state::CallState;

impl Host for CallState {
    async fn append(&mut self, action: String, object: String) -> Result<(), HostError> {
        let work = self.enter(HostFunction::AuditAppend)?;
        let answer = galleria_app::audit::append_for_plugin(work, &action, &object).await;
        self.answer(answer)
    }
}
