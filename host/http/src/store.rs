//! `/store/v1`: what visitors and customers ask.

pub(crate) mod accounts;
pub(crate) mod addresses;
pub(crate) mod carts;
pub(crate) mod checkout_add;
pub(crate) mod checkout_links;
pub(crate) mod customers;
pub(crate) mod impersonation;
pub(crate) mod me;
pub(crate) mod orders;
pub(crate) mod session;

use aide::axum::ApiRouter;

use crate::router::no_such_path;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .merge(accounts::router())
        .merge(addresses::router())
        .merge(carts::router())
        .merge(checkout_add::router())
        .merge(checkout_links::router())
        .merge(customers::router())
        .merge(impersonation::router())
        .merge(me::router())
        .merge(orders::router())
        .merge(session::router())
        .fallback(no_such_path)
}
