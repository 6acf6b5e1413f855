//! What handlers take from a request. Each refuses with a [`Problem`](crate::Problem).

mod acting;
pub(crate) mod body;
pub(crate) mod caller;
mod cookies;
mod credentials;
mod etag;
mod json;
mod params;
mod path;
mod place;
pub(crate) mod same_site;
mod visit;

pub(crate) use acting::{ActingMark, ActingToken};
pub use body::{BODY_MAX_BYTES, Body};
pub(crate) use caller::Stranger;
pub use caller::{CustomerCaller, StaffCaller, StoreCaller};
pub use cookies::Cookies;
pub(crate) use cookies::Kind;
pub use etag::IfMatch;
pub use params::{Listing, NoFilter, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, PageQuery, Params};
pub(crate) use params::{describe, page_query, pairs, read};
pub use path::At;
pub(crate) use place::Place;
pub use visit::VisitCaller;
