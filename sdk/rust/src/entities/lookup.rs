use std::marker::PhantomData;

use super::{Entity, Stored, read, wit};
use crate::{Fault, Page, Paging};

/// How many entities the host gives at once.
const MAX_PAGE: u32 = 500;

/// What kind of value an index takes.
pub trait IndexKind {
    /// The value in Rust.
    type Value;

    /// The value in the contract.
    #[doc(hidden)]
    fn index_value(value: Self::Value) -> wit::IndexValue;
}

/// An index takes text.
#[derive(Clone, Copy, Debug)]
pub struct Text;

/// An index takes whole numbers.
#[derive(Clone, Copy, Debug)]
pub struct Number;

/// An index takes true and false.
#[derive(Clone, Copy, Debug)]
pub struct Flag;

impl IndexKind for Text {
    type Value = String;

    fn index_value(value: String) -> wit::IndexValue {
        wit::IndexValue::Text(value)
    }
}

impl IndexKind for Number {
    type Value = i64;

    fn index_value(value: i64) -> wit::IndexValue {
        wit::IndexValue::Number(value)
    }
}

impl IndexKind for Flag {
    type Value = bool;

    fn index_value(value: bool) -> wit::IndexValue {
        wit::IndexValue::Flag(value)
    }
}

/// Looks entities up through an index: values for its first fields, then bounds on the next one.
/// `Rest` is the list of the fields that have no value yet, so that a lookup that doesn't fit the
/// index doesn't compile.
#[derive(Debug)]
#[must_use = "a lookup does nothing until `fetch`, `first`, `all` or `count`"]
pub struct Lookup<T, Rest> {
    lookup: wit::Lookup,
    kind: PhantomData<fn() -> (T, Rest)>,
}

impl<T: Entity, Rest> Lookup<T, Rest> {
    /// Begins a lookup; `derive(Entity)` calls it with the indexes of the manifest.
    #[doc(hidden)]
    pub fn through(index: &str) -> Self {
        let lookup = wit::Lookup {
            entity: T::NAME.to_owned(),
            index: index.to_owned(),
            equal: Vec::new(),
            lower: None,
            upper: None,
            descending: false,
            limit: MAX_PAGE,
            cursor: None,
        };
        Self { lookup, kind: PhantomData }
    }

    /// From the end of the index.
    pub fn descending(mut self) -> Self {
        self.lookup.descending = true;
        self
    }

    /// So many at most (500 without).
    pub fn limit(mut self, limit: u32) -> Self {
        self.lookup.limit = limit;
        self
    }

    /// The page that a request asks for.
    pub fn page(mut self, paging: Paging) -> Self {
        self.lookup.limit = paging.limit;
        self.lookup.cursor = paging.cursor;
        self
    }

    /// One page of what is found, in the order of the index.
    ///
    /// # Errors
    /// [`Fault::Invalid`] if the cursor is none that this lookup gave out.
    pub fn fetch(&self) -> Result<Page<Stored<T>>, Fault> {
        let page = wit::query(&self.lookup)?;
        let items = page.items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// The first that is found.
    pub fn first(self) -> Result<Option<Stored<T>>, Fault> {
        Ok(self.limit(1).fetch()?.items.pop())
    }

    /// All that is found, page by page. Mind the allowance of memory: it is for what is few, or
    /// for `fetch` in a loop.
    pub fn all(mut self) -> Result<Vec<Stored<T>>, Fault> {
        let mut found = Vec::new();
        loop {
            let mut page = self.fetch()?;
            found.append(&mut page.items);
            match page.next {
                Some(next) => self.lookup.cursor = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Counts what is found, up to `limit`, which the host caps at 100,000.
    pub fn count(self, limit: u32) -> Result<u64, Fault> {
        Ok(wit::count(&self.limit(limit).lookup)?)
    }
}

impl<T: Entity, Kind: IndexKind, Rest> Lookup<T, (Kind, Rest)> {
    /// Only those whose next field has this value.
    pub fn equal(mut self, value: impl Into<Kind::Value>) -> Lookup<T, Rest> {
        self.lookup.equal.push(Kind::index_value(value.into()));
        Lookup { lookup: self.lookup, kind: PhantomData }
    }

    /// Only those whose next field has this value or a greater one.
    pub fn at_least(mut self, value: impl Into<Kind::Value>) -> Self {
        self.lookup.lower = Some(wit::Bound::Including(Kind::index_value(value.into())));
        self
    }

    /// Only those whose next field has a greater value.
    pub fn above(mut self, value: impl Into<Kind::Value>) -> Self {
        self.lookup.lower = Some(wit::Bound::Excluding(Kind::index_value(value.into())));
        self
    }

    /// Only those whose next field has this value or a smaller one.
    pub fn at_most(mut self, value: impl Into<Kind::Value>) -> Self {
        self.lookup.upper = Some(wit::Bound::Including(Kind::index_value(value.into())));
        self
    }

    /// Only those whose next field has a smaller value.
    pub fn below(mut self, value: impl Into<Kind::Value>) -> Self {
        self.lookup.upper = Some(wit::Bound::Excluding(Kind::index_value(value.into())));
        self
    }
}
