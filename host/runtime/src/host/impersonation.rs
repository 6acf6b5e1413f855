use galleria_app::impersonations;
use galleria_domain::{Impersonation, ImpersonationMode};

use crate::bindings::imports::galleria::impersonation::impersonation as wit;
use crate::fault::HostError;
use crate::host::{HostFunction, parsed_if};
use crate::state::CallState;

impl wit::Host for CallState {
    async fn current(&mut self) -> Result<Option<wit::Session>, HostError> {
        let work = self.enter(HostFunction::ImpersonationCurrent)?;
        let answer = impersonations::current(work).await;
        Ok(self.answer(answer)?.as_ref().map(shown))
    }

    async fn running(&mut self, customer: Option<String>) -> Result<Vec<wit::Session>, HostError> {
        let work = self.enter(HostFunction::ImpersonationRunning)?;
        let answer = match parsed_if("customer", customer.as_deref()) {
            Ok(customer) => impersonations::list(work, customer.as_ref()).await,
            Err(mistake) => Err(vec![mistake].into()),
        };
        Ok(self.answer(answer)?.iter().map(shown).collect())
    }
}

// Why it was begun is between the staff and the admins.
fn shown(one: &Impersonation) -> wit::Session {
    wit::Session {
        id: one.id.to_string(),
        staff: one.staff.to_string(),
        customer: one.customer.to_string(),
        mode: match one.mode {
            ImpersonationMode::Full => wit::Mode::Full,
            ImpersonationMode::CartOnly => wit::Mode::CartOnly,
            ImpersonationMode::ReadOnly => wit::Mode::ReadOnly,
        },
        cart: one.cart.as_ref().map(ToString::to_string),
        started_at: one.started_at.as_micros(),
        ends_at: one.ends_at().as_micros(),
    }
}
