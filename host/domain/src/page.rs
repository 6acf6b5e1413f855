//! Pages of lists, and the cursors that lead from one to the next.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{FieldCode, Mistake};
use crate::names::as_json_text;

/// The most characters that a cursor can have.
const CURSOR_MAX_CHARS: usize = 8 * 1024;

/// Which part of a list is wanted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PageRequest {
    /// How many items at most.
    pub limit: u32,
    /// Behind which item; `None` for the first page.
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// The first page.
    pub const fn first(limit: u32) -> Self {
        Self { limit, cursor: None }
    }

    /// Where to go on, if the cursor is one of this very query.
    pub fn position(&self, query: &QueryPrint) -> Result<Option<&[CursorValue]>, InvalidCursor> {
        self.cursor.as_ref().map(|cursor| cursor.position(query)).transpose()
    }
}

/// One part of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// The items, in the order asked for.
    pub items: Vec<T>,
    /// Leads to the page behind this one; `None` at the end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page made of one item more than wanted, if there is one: whether there is says whether
    /// the list goes on, and `position` says where.
    pub fn from_rows(
        mut rows: Vec<T>,
        limit: u32,
        query: QueryPrint,
        position: impl FnOnce(&T) -> Vec<CursorValue>,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let goes_on = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| goes_on);
        let next = last.map(|item| Cursor { query, values: position(item) });
        Self { items: rows, next }
    }

    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// Tells one query from another: a digest of all that decides which items come in which order.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct QueryPrint(String);

impl QueryPrint {
    /// The print of a query that is described by these parts, in this order.
    pub fn of<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            let part = part.as_ref();
            // With its length before it, no part can run into the next.
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        // Twelve bytes are enough to notice a mix-up; a forger gains nothing by it.
        Self(BASE64URL_NOPAD.encode(&hasher.finalize()[..12]))
    }
}

/// One of the values that an item is ordered by.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CursorValue {
    /// No value.
    Null,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

/// What a cursor's text holds, in base64url of JSON.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct CursorBody {
    q: QueryPrint,
    v: Vec<CursorValue>,
}

/// Says behind which item a page begins. As text it is opaque, though not secret.
///
/// It isn't signed: it says only where to go on in a list that its bearer may see anyway.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cursor {
    query: QueryPrint,
    values: Vec<CursorValue>,
}

/// Why a cursor is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidCursor {
    /// No text that a page ever answered.
    #[error("is no cursor; pass on what the page before answered in `next`")]
    Malformed,
    /// The cursor of another list, filter or order.
    #[error("belongs to another query; a cursor is good only for the very query it came from")]
    OtherQuery,
}

impl Mistake for InvalidCursor {
    fn code(&self) -> FieldCode {
        match self {
            Self::Malformed => FieldCode::Malformed,
            Self::OtherQuery => FieldCode::Range,
        }
    }
}

impl Cursor {
    /// The cursor that leads behind the item with these values.
    pub fn new(query: QueryPrint, values: Vec<CursorValue>) -> Self {
        Self { query, values }
    }

    /// The values of the item to go on behind, if the cursor is one of this very query.
    pub fn position(&self, query: &QueryPrint) -> Result<&[CursorValue], InvalidCursor> {
        if self.query == *query { Ok(&self.values) } else { Err(InvalidCursor::OtherQuery) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = CursorBody { q: self.query.clone(), v: self.values.clone() };
        let json = serde_json::to_vec(&body).map_err(|_| fmt::Error)?;
        f.write_str(&BASE64URL_NOPAD.encode(&json))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > CURSOR_MAX_CHARS {
            return Err(InvalidCursor::Malformed);
        }
        let json = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| InvalidCursor::Malformed)?;
        let CursorBody { q, v } =
            serde_json::from_slice(&json).map_err(|_| InvalidCursor::Malformed)?;
        Ok(Self { query: q, values: v })
    }
}

as_json_text!(Cursor);

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn print() -> QueryPrint {
        QueryPrint::of(["customers", "-created_at"])
    }

    #[test]
    fn a_page_leads_to_the_next_only_if_there_is_one() {
        let position = |item: &i64| vec![CursorValue::Number(*item)];
        let page = Page::from_rows(vec![1, 2, 3], 2, print(), position);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(page.next, Some(Cursor::new(print(), vec![CursorValue::Number(2)])));
        let last = Page::from_rows(vec![1, 2], 2, print(), position);
        assert_eq!((last.items, last.next), (vec![1, 2], None));
    }

    #[test]
    fn a_cursor_is_good_only_for_its_own_query() {
        let request = PageRequest { limit: 1, cursor: Some(Cursor::new(print(), vec![])) };
        assert_eq!(request.position(&print()), Ok(Some(&[][..])));
        let other = QueryPrint::of(["customers", "name"]);
        assert_eq!(request.position(&other), Err(InvalidCursor::OtherQuery));
        assert_eq!(PageRequest::first(1).position(&other), Ok(None));
    }

    #[test]
    fn parts_of_a_query_do_not_run_into_each_other() {
        assert_ne!(QueryPrint::of(["ab", "c"]), QueryPrint::of(["a", "bc"]));
        assert_ne!(QueryPrint::of(["a", ""]), QueryPrint::of(["a"]));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let encoded = |json: &str| BASE64URL_NOPAD.encode(json.as_bytes());
        for bad in [
            String::new(),
            "1".into(),
            "../../etc/passwd".into(),
            encoded("{}"),
            encoded(r#"{"q":"a","v":[{}]}"#),
            encoded(r#"{"q":"a","v":[1.5]}"#),
            encoded(r#"{"q":"a","v":[],"x":1}"#),
            encoded(&"[".repeat(5_000)),
            "A".repeat(1_000_000),
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(InvalidCursor::Malformed));
        }
    }

    fn any_value() -> impl Strategy<Value = CursorValue> {
        prop_oneof![
            Just(CursorValue::Null),
            any::<bool>().prop_map(CursorValue::Flag),
            any::<i64>().prop_map(CursorValue::Number),
            any::<String>().prop_map(CursorValue::Text),
        ]
    }

    proptest! {
        #[test]
        fn a_cursor_survives_text(values in vec(any_value(), 0..4)) {
            let cursor = Cursor::new(print(), values);
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_refused_without_a_panic(text in "[A-Za-z0-9_-]*|\\PC*") {
            let _ = text.parse::<Cursor>();
        }
    }
}
