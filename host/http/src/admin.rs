//! `/admin/v1`: what staff and their programs ask.
//!
//! A resource's file holds, from top to bottom: the routes, the bodies, the views, the handlers,
//! the conversions. `staff` shows all of it.

pub(crate) mod addresses;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod customers;
pub(crate) mod events;
pub(crate) mod jobs;
pub(crate) mod mails;
pub(crate) mod plugins;
pub(crate) mod products;
pub(crate) mod roles;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod staff;
pub(crate) mod stores;
pub(crate) mod webhooks;

use aide::axum::ApiRouter;

use crate::router::no_such_path;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .merge(addresses::router())
        .merge(api_keys::router())
        .merge(audit::router())
        .merge(customers::router())
        .merge(events::router())
        .merge(jobs::router())
        .merge(mails::router())
        .merge(plugins::router())
        .merge(products::router())
        .merge(roles::router())
        .merge(session::router())
        .merge(settings::router())
        .merge(staff::router())
        .merge(stores::router())
        .merge(webhooks::router())
        .fallback(no_such_path)
}
