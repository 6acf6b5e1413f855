//! `/admin/v1`: what staff and their programs ask.
//!
//! A resource's file holds, from top to bottom: the routes, the bodies, the views, the handlers,
//! the conversions. `staff` shows all of it.

pub(crate) mod addresses;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod carts;
pub(crate) mod checkout_links;
pub(crate) mod customers;
pub(crate) mod events;
pub(crate) mod impersonations;
pub(crate) mod jobs;
pub(crate) mod mails;
pub(crate) mod orders;
pub(crate) mod plugins;
pub(crate) mod products;
pub(crate) mod roles;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod shipping_methods;
pub(crate) mod staff;
pub(crate) mod stores;
pub(crate) mod tax_rates;
pub(crate) mod webhooks;

use aide::axum::ApiRouter;

use crate::router::no_such_path;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .merge(addresses::router())
        .merge(api_keys::router())
        .merge(audit::router())
        .merge(carts::router())
        .merge(checkout_links::router())
        .merge(customers::router())
        .merge(events::router())
        .merge(impersonations::router())
        .merge(jobs::router())
        .merge(mails::router())
        .merge(orders::router())
        .merge(plugins::router())
        .merge(products::router())
        .merge(roles::router())
        .merge(session::router())
        .merge(settings::router())
        .merge(shipping_methods::router())
        .merge(staff::router())
        .merge(stores::router())
        .merge(tax_rates::router())
        .merge(webhooks::router())
        .fallback(no_such_path)
}
