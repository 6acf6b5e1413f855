//! What the author of a Galleria plugin depends on.
//!
//! A plugin is a crate with a `galleria.toml` beside its `Cargo.toml`, which says what it needs and
//! offers, and handlers for the routes that it declares there:
//!
//! ```ignore
//! use galleria_sdk::prelude::*;
//!
//! galleria_sdk::plugin! {
//!     routes { get "/hello/{name}" => hello }
//! }
//!
//! fn hello(Path(name): Path<String>) -> Text {
//!     Text(format!("Hello, {name}!"))
//! }
//! ```
//!
//! Arguments of a handler are taken [from the request](FromRequest): [`Path`], [`Query`], [`Json`],
//! [`Merge`], [`Principal`], [`Settings`], [`IfMatch`], [`Paging`]. It answers with [`Json`], [`Text`],
//! [`Created`], [`NoContent`] or anything else that is [`IntoAnswer`], or refuses with a
//! [`Problem`]. What the host refuses ([`Fault`]) becomes a problem through `?`.
//!
//! One call is one unit of work: what it wrote becomes true when it returns `Ok`, and never
//! happened when it returns `Err`.
//!
//! Besides routes, a plugin may take [`events`], answer [`hooks`] and do [`jobs`]:
//!
//! ```ignore
//! galleria_sdk::plugin! {
//!     events { "order.paid" => earn }
//!     hooks { adjust => redeem, before_place => book }
//!     jobs { expire => expire }
//! }
//! ```
//!
//! The host's interfaces are one module each: [`audit`], [`carts`], [`catalog`], [`clock`],
//! [`customers`], [`entities`], [`facets`], [`impersonation`], [`jobs`], [`log`], [`mail`],
//! [`orders`], [`settings`]. A component imports only those that it calls.

// The macros name this crate as their users do.
extern crate self as galleria_sdk;

pub mod audit;
pub mod carts;
pub mod catalog;
pub mod clock;
pub mod customers;
pub mod entities;
pub mod events;
pub mod facets;
pub mod hooks;
pub mod impersonation;
pub mod jobs;
pub mod log;
pub mod mail;
pub mod orders;
pub mod settings;
#[cfg(feature = "text")]
pub mod text;

mod answer;
mod bindings;
mod extract;
mod fault;
mod handler;
#[cfg(target_arch = "wasm32")]
mod libc;
mod money;
mod principal;
mod problem;
mod request;

pub use answer::{Answer, Created, IntoAnswer, NoContent, Status, Text, Versioned};
pub use extract::{FromRequest, IfMatch, Json, Merge, Paging, Path, Query, Settings};
pub use fault::{Fault, Page, Quota};
pub use galleria_sdk_macros::plugin;
pub use handler::Handler;
pub use money::{Money, MoneyError, Rounding};
pub use principal::{Actor, ActorName, Principal};
pub use problem::{FieldFault, Problem, Result};
pub use request::Request;

/// What nearly every plugin uses.
pub mod prelude {
    pub use crate::entities::{Entity, Stored, Table};
    pub use crate::{
        ActorName, Created, FieldFault, IfMatch, Json, Merge, NoContent, Page, Paging, Path,
        Principal, Problem, Query, Result, Settings, Text, Versioned,
    };
}

#[doc(hidden)]
pub mod __private {
    pub use std::string::String as Text;

    pub use wit_bindgen::rt;

    pub use crate::bindings::http::exports::galleria::plugin::http::{
        Refusal as WitRefusal, Request as WitRequest, Response as WitResponse,
    };
    pub use crate::bindings::{
        events, hooks_adjust, hooks_before_place, hooks_impersonation_gate, hooks_login_gate,
        hooks_traits, hooks_validate_cart, http, jobs, lifecycle,
    };
    pub use crate::handler::{answered, call, finish, told};
}
