//! Reward points: earned with orders and registrations, paid with, and taken back exactly.
//!
//! * `rules`: what is earned, redeemed and given back, without the host;
//! * `book` and `books`: what is kept, and where;
//! * `ledger`: the only writer of it; whatever is heard of twice or out of order is booked once;
//! * `events`, `hooks`, `jobs`: what the host tells and asks; `standing`: the facets that follow;
//! * `admin`, `store`, `history`, `report`: the routes.

mod admin;
mod book;
mod books;
mod events;
mod history;
mod hooks;
mod jobs;
mod ledger;
mod report;
mod rules;
mod standing;
mod store;

galleria_sdk::plugin! {
    routes {
        get "/program" => admin::program,
        get "/customers/{customer}/balance" => admin::balance,
        get "/customers/{customer}/history" => admin::history,
        post "/customers/{customer}/adjustments" => admin::adjust,
        get "/customers/{customer}/check" => report::check,
        get "/report" => report::report,
        get "/me/points" => store::balance,
        get "/me/points/history" => store::history,
        get "/will-earn" => store::will_earn,
    }
    events {
        "customer.created" => events::created,
        "customer.registered" => events::registered,
        "customer.email-verified" => events::verified,
        "customer.merged" => events::merged,
        "order.placed" => events::placed,
        "order.paid" => events::paid,
        "order.completed" => events::completed,
        "order.cancelled" => events::cancelled,
        "order.refunded" => events::refunded,
        "order.deleted" => events::cancelled,
    }
    hooks {
        adjust => hooks::adjust,
        before_place => hooks::before_place,
    }
    jobs { expire => jobs::expire }
}
