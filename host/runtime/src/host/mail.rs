use galleria_app::{AppError, mail};
use galleria_domain::CustomerId;

use crate::bindings::imports::galleria::mail::mail as wit;
use crate::fault::HostError;
use crate::host::HostFunction;
use crate::state::CallState;

impl wit::Host for CallState {
    async fn send(&mut self, message: wit::Message) -> Result<String, HostError> {
        let work = self.enter(HostFunction::MailSend)?;
        let wit::Message { customer, subject, text } = message;
        let answer = match customer.parse::<CustomerId>() {
            Ok(customer) => mail::send_to_customer(work, &customer, &subject, &text).await,
            Err(_) => Err(AppError::NotFound("customer")),
        };
        self.answer(answer).map(String::from)
    }
}
