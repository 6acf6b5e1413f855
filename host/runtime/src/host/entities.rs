use std::sync::Arc;

use galleria_domain::{
    Bound, EntityDelete, EntityPut, EntityStep, Expectation, IndexValue, Lookup, StoredEntity,
};

use crate::bindings::imports::galleria::storage::entities as wit;
use crate::fault::HostError;
use crate::host::HostFunction;
use crate::state::CallState;

impl wit::Host for CallState {
    async fn get(&mut self, entity: String, id: String) -> Result<Option<wit::Stored>, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::EntitiesGet)?;
        let answer = plugin.entities.get(work, &entity, &id).await;
        Ok(self.answer(answer)?.map(Into::into))
    }

    async fn get_many(
        &mut self,
        entity: String,
        ids: Vec<String>,
    ) -> Result<Vec<wit::Stored>, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::EntitiesGetMany)?;
        let answer = plugin.entities.get_many(work, &entity, &ids).await;
        Ok(self.answer(answer)?.into_iter().map(Into::into).collect())
    }

    async fn put(&mut self, write: wit::PutOne) -> Result<wit::Stored, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::EntitiesPut)?;
        let answer = plugin.entities.put(work, &write.into()).await;
        self.answer(answer).map(Into::into)
    }

    async fn delete(&mut self, deletion: wit::DeleteOne) -> Result<bool, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::EntitiesDelete)?;
        let answer = plugin.entities.delete(work, &deletion.into()).await;
        self.answer(answer)
    }

    async fn query(&mut self, lookup: wit::Lookup) -> Result<wit::QueryPage, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::EntitiesQuery)?;
        let (entity, lookup) = lookup_of(lookup);
        let answer = plugin.entities.query(work, &entity, &lookup).await;
        let page = self.answer(answer)?;
        Ok(wit::QueryPage {
            items: page.items.into_iter().map(Into::into).collect(),
            next: page.next,
        })
    }

    async fn count(&mut self, lookup: wit::Lookup) -> Result<u64, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::EntitiesCount)?;
        let (entity, lookup) = lookup_of(lookup);
        let answer = plugin.entities.count(work, &entity, &lookup).await;
        self.answer(answer)
    }

    async fn increment(
        &mut self,
        entity: String,
        id: String,
        field: String,
        by: i64,
        at_least: Option<i64>,
    ) -> Result<i64, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::EntitiesIncrement)?;
        let answer = plugin.entities.increment(work, &entity, &id, &field, by, at_least).await;
        self.answer(answer)
    }

    async fn batch(&mut self, steps: Vec<wit::Step>) -> Result<Vec<u64>, HostError> {
        let plugin = Arc::clone(&self.plugin);
        let work = self.enter(HostFunction::EntitiesBatch)?;
        let steps: Vec<EntityStep> = steps.into_iter().map(Into::into).collect();
        let answer = plugin.entities.batch(work, &steps).await;
        self.answer(answer)
    }
}

impl From<StoredEntity> for wit::Stored {
    fn from(stored: StoredEntity) -> Self {
        let StoredEntity { id, version, created_at, updated_at, body } = stored;
        let (created_at, updated_at) = (created_at.as_micros(), updated_at.as_micros());
        Self { id, version, created_at, updated_at, body }
    }
}

impl From<wit::PutOne> for EntityPut {
    fn from(put: wit::PutOne) -> Self {
        let wit::PutOne { entity, id, body, expect } = put;
        Self { entity, id, body, expect: expect.into() }
    }
}

impl From<wit::DeleteOne> for EntityDelete {
    fn from(delete: wit::DeleteOne) -> Self {
        let wit::DeleteOne { entity, id, expect } = delete;
        Self { entity, id, expect: expect.into() }
    }
}

impl From<wit::Step> for EntityStep {
    fn from(step: wit::Step) -> Self {
        match step {
            wit::Step::Put(put) => Self::Put(put.into()),
            wit::Step::Delete(delete) => Self::Delete(delete.into()),
        }
    }
}

impl From<wit::Expectation> for Expectation {
    fn from(expect: wit::Expectation) -> Self {
        match expect {
            wit::Expectation::Anything => Self::Anything,
            wit::Expectation::Absent => Self::Absent,
            wit::Expectation::Version(version) => Self::Version(version),
        }
    }
}

impl From<wit::IndexValue> for IndexValue {
    fn from(value: wit::IndexValue) -> Self {
        match value {
            wit::IndexValue::Text(text) => Self::Text(text),
            wit::IndexValue::Number(number) => Self::Number(number),
            wit::IndexValue::Flag(flag) => Self::Flag(flag),
        }
    }
}

impl From<wit::Bound> for Bound {
    fn from(bound: wit::Bound) -> Self {
        match bound {
            wit::Bound::Including(value) => Self::Including(value.into()),
            wit::Bound::Excluding(value) => Self::Excluding(value.into()),
        }
    }
}

/// The entity that is looked up, and how.
fn lookup_of(lookup: wit::Lookup) -> (String, Lookup) {
    let wit::Lookup { entity, index, equal, lower, upper, descending, limit, cursor } = lookup;
    let equal = equal.into_iter().map(Into::into).collect();
    let (lower, upper) = (lower.map(Into::into), upper.map(Into::into));
    (entity, Lookup { index, equal, lower, upper, descending, limit, cursor })
}
