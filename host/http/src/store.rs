//! `/store/v1`: what visitors and customers ask.

pub(crate) mod accounts;
pub(crate) mod addresses;
pub(crate) mod customers;
pub(crate) mod me;
pub(crate) mod session;

use aide::axum::ApiRouter;

use crate::router::no_such_path;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .merge(accounts::router())
        .merge(addresses::router())
        .merge(customers::router())
        .merge(me::router())
        .merge(session::router())
        .fallback(no_such_path)
}
