//! The plugin's own tables, as its manifest declares them; needs `storage:use`.
//!
//! ```ignore
//! #[derive(Deserialize, Entity, Serialize)]
//! #[entity("role")]
//! struct Role { name: String, sort: i64 }
//!
//! let roles = Table::<Role>::new();
//! let role = roles.insert(&Role { name: "Wholesale".into(), sort: 1 })?;
//! let first = Role::by_sort().at_least(1).limit(10).fetch()?;
//! ```
//!
//! What is written becomes true together with everything else in the call. In a call that answers
//! GET nothing can be written.

mod batch;
mod lookup;

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::imports::galleria::storage::entities as wit;
use crate::clock::Instant;
use crate::{Fault, IfMatch};

pub use batch::Batch;
pub use galleria_sdk_macros::Entity;
pub use lookup::{Flag, IndexKind, Lookup, Number, Text};

/// How many entities the host gives at once.
const MAX_MANY: usize = 500;

/// A struct that is kept in one of the plugin's tables. Derive it:
/// `#[derive(Entity)] #[entity("role")]`, where `role` is the entity's name in `galleria.toml`;
/// for each index `i` there, the struct gets a function `by_i` that begins a [`Lookup`].
pub trait Entity: DeserializeOwned + Serialize {
    /// The entity's name in the manifest.
    const NAME: &'static str;
}

/// One entity as it is stored.
#[derive(Clone, Debug)]
pub struct Stored<T> {
    /// Its id.
    pub id: String,
    /// Grows by one with each change.
    pub version: u64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// What is stored.
    pub value: T,
}

impl<T> Stored<T> {
    /// Refuses to go on unless it is at the version that a request asks for, if it asks for one.
    ///
    /// # Errors
    /// [`Fault::Stale`] at another version.
    pub fn must_match(&self, asked: IfMatch) -> Result<(), Fault> {
        match asked.0 {
            Some(version) if version != self.version => Err(Fault::Stale(self.version)),
            _ => Ok(()),
        }
    }
}

/// The table of an entity.
#[derive(Debug)]
pub struct Table<T>(PhantomData<fn() -> T>);

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Table<T> {}

impl<T: Entity> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Entity> Table<T> {
    /// The table of `T`.
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// The entity with this id, if there is one.
    pub fn find(self, id: &str) -> Result<Option<Stored<T>>, Fault> {
        wit::get(T::NAME, id)?.map(read).transpose()
    }

    /// The entity with this id.
    ///
    /// # Errors
    /// [`Fault::NotFound`] if there is none.
    pub fn get(self, id: &str) -> Result<Stored<T>, Fault> {
        self.find(id)?.ok_or(Fault::NotFound)
    }

    /// Those of the given entities that exist; any number of them.
    pub fn get_many(self, ids: &[String]) -> Result<Vec<Stored<T>>, Fault> {
        let mut found = Vec::with_capacity(ids.len());
        for part in ids.chunks(MAX_MANY) {
            for stored in wit::get_many(T::NAME, part)? {
                found.push(read(stored)?);
            }
        }
        Ok(found)
    }

    /// Makes an entity under an id that the host chooses.
    ///
    /// # Errors
    /// [`Fault::Conflict`] if a unique index has the values already.
    pub fn insert(self, value: &T) -> Result<Stored<T>, Fault> {
        Self::write(None, value, wit::Expectation::Absent)
    }

    /// Makes an entity under an id of the plugin's own.
    ///
    /// # Errors
    /// [`Fault::Conflict`] if the id is taken, or a unique index has the values already.
    pub fn insert_as(self, id: &str, value: &T) -> Result<Stored<T>, Fault> {
        Self::write(Some(id), value, wit::Expectation::Absent)
    }

    /// Writes an entity whole, whatever is there.
    ///
    /// # Errors
    /// [`Fault::Conflict`] if a unique index has the values already.
    pub fn put(self, id: &str, value: &T) -> Result<Stored<T>, Fault> {
        Self::write(Some(id), value, wit::Expectation::Anything)
    }

    /// Writes what was read and changed.
    ///
    /// # Errors
    /// [`Fault::Stale`] if somebody else changed it since, [`Fault::Conflict`] if a unique index
    /// has the values already.
    pub fn update(self, stored: &Stored<T>) -> Result<Stored<T>, Fault> {
        Self::write(Some(&stored.id), &stored.value, wit::Expectation::Version(stored.version))
    }

    /// Deletes an entity, of just this version if one is given; answers whether it was there.
    ///
    /// # Errors
    /// [`Fault::Stale`] if it is at another version.
    pub fn delete(self, id: &str, version: Option<u64>) -> Result<bool, Fault> {
        let expect = version.map_or(wit::Expectation::Anything, wit::Expectation::Version);
        let deletion = wit::DeleteOne { entity: T::NAME.to_owned(), id: id.to_owned(), expect };
        Ok(wit::delete(&deletion)?)
    }

    /// Adds to an indexed number of an entity and answers its value now.
    ///
    /// # Errors
    /// [`Fault::Conflict`] rather than let it fall below `at_least`, [`Fault::NotFound`] if the
    /// entity isn't there.
    pub fn increment(
        self,
        id: &str,
        field: &str,
        by: i64,
        at_least: Option<i64>,
    ) -> Result<i64, Fault> {
        Ok(wit::increment(T::NAME, id, field, by, at_least)?)
    }

    /// Looks up by when the entities were made.
    pub fn by_created(self) -> Lookup<T, (Number, ())> {
        Lookup::through("created")
    }

    /// Looks up by id.
    pub fn by_id(self) -> Lookup<T, (Text, ())> {
        Lookup::through("id")
    }

    fn write(id: Option<&str>, value: &T, expect: wit::Expectation) -> Result<Stored<T>, Fault> {
        read(wit::put(&put_one(id, value, expect)?)?)
    }
}

fn put_one<T: Entity>(
    id: Option<&str>,
    value: &T,
    expect: wit::Expectation,
) -> Result<wit::PutOne, Fault> {
    let body = serde_json::to_string(value)
        .map_err(|error| Fault::Unreadable(format!("{}: {error}", T::NAME)))?;
    Ok(wit::PutOne { entity: T::NAME.to_owned(), id: id.map(str::to_owned), body, expect })
}

fn read<T: Entity>(stored: wit::Stored) -> Result<Stored<T>, Fault> {
    let wit::Stored { id, version, created_at, updated_at, body } = stored;
    let value = serde_json::from_str(&body)
        .map_err(|error| Fault::Unreadable(format!("{} {id}: {error}", T::NAME)))?;
    Ok(Stored { id, version, created_at, updated_at, value })
}
