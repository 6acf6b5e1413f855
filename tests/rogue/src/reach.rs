//! Reaches for what isn't there, or isn't its own.

use std::fmt::Debug;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};

use galleria_sdk::customers::{self, CustomerDraft, CustomerFilter, CustomerKind};
use galleria_sdk::entities::{Lookup, Text as TextIndex};
use galleria_sdk::facets::{self, CustomerFacet};
use galleria_sdk::prelude::*;
use galleria_sdk::{Answer, IntoAnswer as _};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::notes::{NOTES, Note};

/// An entity that the manifest doesn't declare.
#[derive(Deserialize, Serialize)]
struct Undeclared;

impl Entity for Undeclared {
    const NAME: &'static str = "undeclared";
}

pub(crate) fn file() -> Result<Answer> {
    shown(&std::fs::read_to_string("/etc/hostname"))
}

pub(crate) fn folder() -> Result<Answer> {
    shown(&std::fs::read_dir("/").map(Iterator::count))
}

pub(crate) fn connection() -> Result<Answer> {
    shown(&TcpStream::connect("127.0.0.1:80"))
}

pub(crate) fn listener() -> Result<Answer> {
    shown(&TcpListener::bind("127.0.0.1:0"))
}

pub(crate) fn name_lookup() -> Result<Answer> {
    shown(&("localhost", 80).to_socket_addrs().map(Iterator::count))
}

pub(crate) fn environment() -> Result<Answer> {
    let seen: Vec<String> =
        std::env::vars().map(|(name, _)| name).chain(std::env::args()).collect();
    let seen = if seen.is_empty() { Err("nothing") } else { Ok(seen) };
    shown(&seen)
}

/// Writes where nobody reads.
pub(crate) fn output() -> Result<Answer> {
    let line = [b'x'; 1024];
    for _ in 0..1024 {
        // A pipe that is closed is as good as one that swallows everything.
        let _closed = std::io::stdout().write_all(&line).and(std::io::stderr().write_all(&line));
    }
    Text("written".to_owned()).into_answer()
}

pub(crate) fn customers() -> Result<Answer> {
    let filter = CustomerFilter {
        search: None,
        kind: None,
        stage: None,
        active: None,
        created_from: None,
        created_to: None,
    };
    let page = customers::list(&filter, Paging { limit: 10, cursor: None })?;
    Text(format!("{} customers", page.items.len())).into_answer()
}

pub(crate) fn make_customer() -> Result<Answer> {
    let made = customers::create(&draft("made-by-rogue@example.com"))?;
    Text(made.id).into_answer()
}

pub(crate) fn draft(email: &str) -> CustomerDraft {
    CustomerDraft {
        kind: CustomerKind::Registered,
        email: Some(email.to_owned()),
        phone: None,
        first_name: "Rogue".to_owned(),
        last_name: "Made".to_owned(),
        company: None,
        language: None,
    }
}

/// Fine in a POST, but not in a GET.
pub(crate) fn write() -> Result<Answer> {
    let note = NOTES.insert(&Note::named("written"))?;
    Text(note.id).into_answer()
}

pub(crate) fn undeclared_entity() -> Result<Answer> {
    let found = Table::<Undeclared>::new().find("one")?;
    Text(found.is_some().to_string()).into_answer()
}

pub(crate) fn undeclared_index() -> Result<Answer> {
    let lookup = Lookup::<Note, (TextIndex, ())>::through("undeclared");
    Text(lookup.equal("one").count(1)?.to_string()).into_answer()
}

pub(crate) fn undeclared_facet() -> Result<Answer> {
    facets::put(&[CustomerFacet::new("cus_1", "undeclared", ["value"])])?;
    Text("put".to_owned()).into_answer()
}

pub(crate) fn forged_cursor() -> Result<Answer> {
    let paging = Paging { limit: 10, cursor: Some("Zm9yZ2VkLWJ5LXJvZ3Vl".to_owned()) };
    let page = Note::by_name().page(paging).fetch()?;
    Text(page.items.len().to_string()).into_answer()
}

/// A note whose JSON goes 200,000 levels deep.
pub(crate) fn json_bomb() -> Result<Answer> {
    const DEPTH: usize = 200_000;
    let text = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let data =
        RawValue::from_string(text).map_err(|error| Problem::malformed(error.to_string()))?;
    let note = NOTES.insert(&Note { data: Some(data), ..Note::named("bomb") })?;
    Text(note.id).into_answer()
}

/// A note of 4 MiB.
pub(crate) fn huge_entity() -> Result<Answer> {
    let note = NOTES.insert(&Note::named(&"x".repeat(4 << 20)))?;
    Text(note.id).into_answer()
}

/// Ids that mean something to a database, a path or a terminal.
pub(crate) fn strange_ids() -> Result<Answer> {
    let ids = ["", "../../etc", "'; DROP TABLE customers; --", "a\0b", "\u{202e}x", "%", "\n"];
    for id in ids {
        // Refused or kept apart, but nothing else may happen.
        if NOTES.insert_as(id, &Note::named(&format!("strange {id}"))).is_ok() {
            NOTES.get(id)?;
            NOTES.delete(id, None)?;
        }
    }
    Text("tried".to_owned()).into_answer()
}

/// What the host let it have, if it let it have anything; a problem with what it said otherwise.
fn shown<T: Debug, E: Debug>(reached: &Result<T, E>) -> Result<Answer> {
    match reached {
        Ok(got) => Text(format!("reached {got:?}")).into_answer(),
        Err(error) => Err(Problem::denied(format!("{error:?}"))),
    }
}
