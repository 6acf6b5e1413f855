//! Customer roles: groups of customers, with what they are entitled to.
//!
//! * `role`: what a role is, and `rules`: what must be true of one, without the host;
//! * `ledger`: who has which role; the only place that changes it, so that the facets always agree;
//! * `roles`, `members`, `import`, `customer`: the routes;
//! * `names` and `system`: names are unique in a language; two roles follow from the account.

mod customer;
mod import;
mod ledger;
mod members;
mod names;
mod role;
mod roles;
mod rules;
mod system;

galleria_sdk::plugin! {
    routes {
        get "/roles" => roles::list,
        post "/roles" => roles::create,
        get "/roles/{role}" => roles::read,
        patch "/roles/{role}" => roles::update,
        delete "/roles/{role}" => roles::delete,
        get "/roles/{role}/members" => members::list,
        post "/roles/{role}/members" => members::add,
        post "/roles/{role}/members/batch" => members::batch,
        delete "/roles/{role}/members/{customer}" => members::remove,
        post "/members/import" => import::import,
        post "/members/expire" => members::expire,
        get "/customers/{customer}/roles" => customer::read,
        put "/customers/{customer}/roles" => customer::replace,
    }
    lifecycle { prepare => system::prepare }
}

/// What an admin can set.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Configured {
    max_roles_per_customer: usize,
}
