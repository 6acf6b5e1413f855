//! What handlers take from a request. Each refuses with a [`Problem`](crate::Problem).

pub(crate) mod body;
mod cookies;
mod etag;
mod json;
mod params;
mod path;
pub(crate) mod same_site;

pub use body::{BODY_MAX_BYTES, Body};
pub use cookies::Cookies;
pub use etag::IfMatch;
pub use params::{Listing, NoFilter, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, PageQuery, Params};
pub(crate) use params::pairs;
pub use path::At;
