//! Asks too much of the host.

use galleria_sdk::prelude::*;
use galleria_sdk::{Answer, IntoAnswer as _, clock, log};

use crate::notes::{NOTES, Note};

/// More than a call may ask for.
const MANY: u32 = 1_000_000;

pub(crate) fn calls_forever() -> ! {
    loop {
        let _time = clock::now();
    }
}

pub(crate) fn calls() -> Result<Answer> {
    let sum = (0..MANY).fold(0, |sum: i64, _| sum.wrapping_add(clock::now()));
    Text(sum.to_string()).into_answer()
}

pub(crate) fn queries() -> Result<Answer> {
    let mut found = 0;
    for count in 0..i64::from(MANY) {
        found += Note::by_count().at_least(count).fetch()?.items.len();
    }
    Text(found.to_string()).into_answer()
}

pub(crate) fn writes() -> Result<Answer> {
    for count in 0..MANY {
        NOTES.insert(&Note::named(&format!("flood-{count}")))?;
    }
    Text(MANY.to_string()).into_answer()
}

/// 1,000 lines of 4 KiB: what is over the allowance is dropped, and the call goes on.
pub(crate) fn log_lines() -> Result<Answer> {
    let line = "flood ".repeat(700);
    (0..1000).for_each(|_| log::info(&line));
    Text("logged".to_owned()).into_answer()
}

/// One line of 20 MiB.
pub(crate) fn log_line() -> Result<Answer> {
    log::info(&"x".repeat(20 << 20));
    Text("logged".to_owned()).into_answer()
}

/// 500 ids of 40 KiB: the list may be so long, but not so large.
pub(crate) fn long_list() -> Result<Answer> {
    let ids = vec!["x".repeat(40 << 10); 500];
    Text(NOTES.get_many(&ids)?.len().to_string()).into_answer()
}
