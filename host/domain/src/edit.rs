//! Steps that drafts and changes of every resource are applied with.

use std::str::FromStr;

use crate::change::Change;
use crate::error::{Mistake, Mistakes};
use crate::text::TextRule;

/// Changes a text that may be absent.
pub(crate) fn change_line(
    mistakes: &mut Mistakes,
    path: &str,
    change: &Change<String>,
    rule: TextRule,
    field: &mut Option<String>,
) {
    match change {
        Change::Keep => {}
        Change::Clear => *field = None,
        Change::Set(text) => {
            if mistakes.keep(path, rule.check(text)).is_some() {
                *field = Some(text.clone());
            }
        }
    }
}

/// Changes a text that is always there, though maybe empty.
pub(crate) fn set_line(
    mistakes: &mut Mistakes,
    path: &str,
    text: Option<&String>,
    rule: TextRule,
    field: &mut String,
) {
    if let Some(text) = text
        && mistakes.keep(path, rule.check(text)).is_some()
    {
        field.clone_from(text);
    }
}

/// Changes a value that is written as text and may be absent.
pub(crate) fn change_parsed<T: FromStr<Err: Mistake>>(
    mistakes: &mut Mistakes,
    path: &str,
    change: &Change<String>,
    field: &mut Option<T>,
) {
    match change {
        Change::Keep => {}
        Change::Clear => *field = None,
        Change::Set(text) => {
            if let Some(value) = mistakes.parse(path, text) {
                *field = Some(value);
            }
        }
    }
}
