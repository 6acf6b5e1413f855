use std::fmt::Display;

use crate::bindings::http::exports::galleria::plugin::http::{Refusal, Response};
use crate::{Answer, FromRequest, IntoAnswer, Problem, Request, Result};

/// A function that answers requests: up to eight arguments that are [`FromRequest`], and an answer
/// that is [`IntoAnswer`].
pub trait Handler<Arguments> {
    /// Answers one request.
    fn call(self, request: &Request) -> Result<Answer>;
}

macro_rules! handlers {
    ($(($($argument:ident)*))*) => {$(
        impl<Function, Return, $($argument),*> Handler<($($argument,)*)> for Function
        where
            Function: FnOnce($($argument),*) -> Return,
            Return: IntoAnswer,
            $($argument: FromRequest,)*
        {
            #[allow(unused_variables, reason = "a handler may have no arguments")]
            fn call(self, request: &Request) -> Result<Answer> {
                self($($argument::from_request(request)?),*).into_answer()
            }
        }
    )*};
}

handlers! {
    () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
}

/// Calls a handler; what the macro `plugin!` makes of a route.
#[doc(hidden)]
pub fn call<Arguments>(handler: impl Handler<Arguments>, request: &Request) -> Result<Answer> {
    handler.call(request)
}

/// Puts an answer or a problem into the contract's words.
#[doc(hidden)]
pub fn finish(answer: Result<Answer>) -> Result<Response, Refusal> {
    match answer {
        Ok(answer) => Ok(answer.into()),
        Err(Problem { status, kind, detail, errors }) => {
            // The host takes no other status for a refusal.
            let status = if matches!(status, 400..=499) { status } else { 503 };
            Err(Refusal { status, kind, detail, errors })
        }
    }
}

/// Puts the answer of a function of the life cycle into the contract's words.
#[doc(hidden)]
pub fn told(answer: Result<(), impl Display>) -> Result<(), String> {
    answer.map_err(|error| error.to_string())
}

/// Puts the answer of a hook or a job into the contract's words.
#[doc(hidden)]
pub fn answered<T>(answer: Result<T, impl Display>) -> Result<T, String> {
    answer.map_err(|error| error.to_string())
}
