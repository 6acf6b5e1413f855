//! A plugin that misbehaves: one path for each abuse that the tests can think of.
//!
//! Besides, it keeps honest notes, so that there is something to lose.

mod answers;
mod floods;
mod notes;
mod raw;
mod reach;
mod spend;
mod steps;

use galleria_sdk::prelude::*;
use galleria_sdk::{Answer, IntoAnswer as _};

galleria_sdk::plugin! {
    routes {
        get "/abuses/{abuse}" => abuse,
        post "/abuses/{abuse}" => abuse,
        post "/steps" => steps::take,
        get "/notes" => notes::list,
        get "/notes/{name}" => notes::read,
        post "/notes/{name}" => notes::write_pair,
    }
}

/// Does what it must not.
fn abuse(Path(name): Path<String>) -> Result<Answer> {
    match name.as_str() {
        // Time.
        "loop" => spend::forever(),
        "loop-calling" => floods::calls_forever(),
        "nap" => spend::nap(),
        "slow" => spend::slowly(),
        // Memory.
        "recursion" => spend::deeply(),
        "huge-allocation" => spend::at_once(),
        "small-allocations" => spend::bit_by_bit(),
        "growing-memory" => spend::page_by_page(),
        // Ends.
        "panic" => panic!("a plugin that panics"),
        "unreachable" => raw::unreachable(),
        "division" => spend::divide_by_zero(),
        "index" => spend::reach_behind_the_end(),
        "exit" => std::process::exit(0),
        "exit-with-code" => std::process::exit(3),
        // Floods.
        "host-calls" => floods::calls(),
        "queries" => floods::queries(),
        "writes" => floods::writes(),
        "log-lines" => floods::log_lines(),
        "log-line" => floods::log_line(),
        "overlapping-list" => raw::overlapping_list(),
        "long-list" => floods::long_list(),
        "handles" => raw::leak_handles(),
        "pollables" => raw::leak_pollables(),
        "random" => raw::random(),
        // What isn't its own.
        "file" => reach::file(),
        "folder" => reach::folder(),
        "connection" => reach::connection(),
        "listener" => reach::listener(),
        "name-lookup" => reach::name_lookup(),
        "environment" => reach::environment(),
        "output" => reach::output(),
        "customers" => reach::customers(),
        "make-customer" => reach::make_customer(),
        "write" => reach::write(),
        "undeclared-entity" => reach::undeclared_entity(),
        "undeclared-index" => reach::undeclared_index(),
        "undeclared-facet" => reach::undeclared_facet(),
        "forged-cursor" => reach::forged_cursor(),
        "json-bomb" => reach::json_bomb(),
        "huge-entity" => reach::huge_entity(),
        "strange-ids" => reach::strange_ids(),
        _ => answers::named(&name)?.into_answer(),
    }
}
