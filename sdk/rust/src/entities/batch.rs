use super::{Entity, put_one, wit};
use crate::Fault;

/// How many steps the host does at once.
const MAX_STEPS: usize = 500;

/// Many writes in few calls; all of them become true with the call, or none.
#[derive(Debug, Default)]
pub struct Batch(Vec<wit::Step>);

impl Batch {
    /// No writes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an entity under an id that the host chooses.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if it has no JSON.
    pub fn insert<T: Entity>(&mut self, value: &T) -> Result<(), Fault> {
        self.0.push(wit::Step::Put(put_one(None, value, wit::Expectation::Absent)?));
        Ok(())
    }

    /// Writes an entity whole, whatever is there, or just over `version`.
    ///
    /// # Errors
    /// [`Fault::Unreadable`] if it has no JSON.
    pub fn put<T: Entity>(
        &mut self,
        id: &str,
        value: &T,
        version: Option<u64>,
    ) -> Result<(), Fault> {
        let expect = version.map_or(wit::Expectation::Anything, wit::Expectation::Version);
        self.0.push(wit::Step::Put(put_one(Some(id), value, expect)?));
        Ok(())
    }

    /// Deletes an entity if it is there.
    pub fn delete<T: Entity>(&mut self, id: &str) {
        let (entity, id) = (T::NAME.to_owned(), id.to_owned());
        let expect = wit::Expectation::Anything;
        self.0.push(wit::Step::Delete(wit::DeleteOne { entity, id, expect }));
    }

    /// How many writes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does them in their order.
    ///
    /// # Errors
    /// [`Fault::Conflict`] and [`Fault::Stale`] as for single writes; the whole call should fail
    /// then, because steps before may have been done.
    pub fn run(self) -> Result<(), Fault> {
        for part in self.0.chunks(MAX_STEPS) {
            wit::batch(part)?;
        }
        Ok(())
    }
}
