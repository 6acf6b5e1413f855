//! What a plugin is told of what has become true; needs `events:receive`.
//!
//! A handler takes an [`Event`] and answers `Result<(), E>`. What it wrote becomes true together
//! with the host's note that the event is dealt with: exactly once. With an error nothing happened,
//! and the host tries again later, or sees to it that somebody looks at it.

use serde::de::DeserializeOwned;

use crate::bindings::events::exports::galleria::plugin::events;
use crate::hooks::read;
use crate::money::MoneyError;
use crate::{Fault, Problem};

pub use events::Event;
/// Why an event was not dealt with.
pub use events::RetryOrDrop as Unhandled;

impl Event {
    /// What is known about it besides the ids.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if `T` doesn't fit: then the event goes to the dead letters, from where
    /// it can be replayed to a newer version of the plugin.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        read(&self.payload, "the payload of an event")
    }
}

impl Unhandled {
    /// It may go better later.
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::Retry(reason.into())
    }

    /// It will never go better.
    pub fn drop(reason: impl Into<String>) -> Self {
        Self::Drop(reason.into())
    }
}

impl From<Fault> for Unhandled {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unreadable(_) => Self::Drop(fault.to_string()),
            fault => Self::Retry(fault.to_string()),
        }
    }
}

impl From<Problem> for Unhandled {
    fn from(problem: Problem) -> Self {
        Self::Retry(problem.to_string())
    }
}

impl From<MoneyError> for Unhandled {
    fn from(error: MoneyError) -> Self {
        Self::Drop(error.to_string())
    }
}

/// Hands an event to its handler; what the macro `plugin!` makes of a line of `events`.
#[doc(hidden)]
pub fn told<E: Into<Unhandled>>(answer: Result<(), E>) -> Result<(), Unhandled> {
    answer.map_err(Into::into)
}

/// The answer to an event that no handler is for.
#[doc(hidden)]
pub fn unknown(event: &Event) -> Result<(), Unhandled> {
    Err(Unhandled::drop(format!("no handler is for {}", event.kind)))
}
