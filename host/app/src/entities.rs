//! What plugins keep: the entities of their manifests.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use galleria_domain::{
    EntityDelete, EntityPut, EntityStep, FieldCode, FieldError, Lookup, Permission, PluginId,
    StoredEntity,
};
use galleria_manifest::Entity;
use galleria_storage::entities::{self as stored, EntityError, EntityTable, Meter, Place, Step};
pub use galleria_storage::entities::{EntityPage, StorageQuota, Usage};
use galleria_storage::{StorageError, Unit};
use parking_lot::RwLock;

use crate::error::{AppError, Result};
use crate::work::Work;

/// The tables of one generation of a plugin. Each function needs [`Permission::StorageUse`]; what
/// writes is refused in a unit that only reads.
#[derive(Debug)]
pub struct EntitySpace {
    plugin: PluginId,
    declared: BTreeMap<String, Entity>,
    meter: Meter,
    /// What is known of the tables; looked up when first needed, and again when one has moved.
    tables: RwLock<HashMap<String, Arc<EntityTable>>>,
}

impl EntitySpace {
    /// The tables of what a manifest declares.
    pub fn new(plugin: PluginId, declared: BTreeMap<String, Entity>, quota: StorageQuota) -> Self {
        Self { plugin, declared, meter: Meter::new(quota), tables: RwLock::default() }
    }

    /// Makes the tables, or makes those fit that another version of the plugin made. To be done in
    /// the unit in which the version takes over, as its first: if that comes to nothing, the
    /// version before must find its indexes as they were. See [`forget_tables`](Self::forget_tables).
    pub async fn declare(&self, work: &mut Work) -> Result<()> {
        let declared = stored::declare(work.unit(), &self.plugin, &self.declared).await;
        self.forget_tables();
        declared.map_err(refused)
    }

    /// Whether the tables are there as they are declared, so that declaring would change nothing.
    pub async fn is_declared(&self, work: &mut Work) -> Result<bool> {
        if self.declared.is_empty() {
            return Ok(true);
        }
        stored::is_declared(work.unit(), &self.plugin, &self.declared).await.map_err(refused)
    }

    /// Forgets what is known of the tables. To be done when a unit that declared them was undone.
    pub fn forget_tables(&self) {
        self.tables.write().clear();
    }

    /// The entity with this id.
    pub async fn get(
        &self,
        work: &mut Work,
        entity: &str,
        id: &str,
    ) -> Result<Option<StoredEntity>> {
        let table = self.table(work, "entity", entity).await?;
        let store = work.caller().store.clone();
        let found = stored::get(work.unit(), &table, &store, id).await;
        self.told(&table, found)
    }

    /// Those with these ids (at most 500) that there are, in the order of the ids.
    pub async fn get_many(
        &self,
        work: &mut Work,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<StoredEntity>> {
        let table = self.table(work, "entity", entity).await?;
        let store = work.caller().store.clone();
        let found = stored::get_many(work.unit(), &table, &store, ids).await;
        self.told(&table, found)
    }

    /// Writes an entity whole and answers what is stored now.
    pub async fn put(&self, work: &mut Work, put: &EntityPut) -> Result<StoredEntity> {
        let table = self.table(work, "entity", &put.entity).await?;
        let (store, now) = (work.caller().store.clone(), work.now());
        let place = Place { table: &table, store: &store, now };
        let unit = work.unit();
        let written =
            stored::put(unit, place, &self.meter, put.id.as_deref(), &put.body, put.expect).await;
        self.told(&table, written)
    }

    /// Deletes an entity; answers whether it was there.
    pub async fn delete(&self, work: &mut Work, delete: &EntityDelete) -> Result<bool> {
        let table = self.table(work, "entity", &delete.entity).await?;
        let store = work.caller().store.clone();
        let deleted = stored::delete(work.unit(), &table, &store, &delete.id, delete.expect).await;
        self.told(&table, deleted)
    }

    /// Looks entities up by an index.
    pub async fn query(
        &self,
        work: &mut Work,
        entity: &str,
        lookup: &Lookup,
    ) -> Result<EntityPage> {
        let table = self.table(work, "entity", entity).await?;
        let store = work.caller().store.clone();
        let page = stored::query(work.unit(), &table, &store, lookup).await;
        self.told(&table, page)
    }

    /// Counts what a query would find, up to its limit.
    pub async fn count(&self, work: &mut Work, entity: &str, lookup: &Lookup) -> Result<u64> {
        let table = self.table(work, "entity", entity).await?;
        let store = work.caller().store.clone();
        let found = stored::count(work.unit(), &table, &store, lookup).await;
        self.told(&table, found)
    }

    /// Adds to an indexed number and answers its value now.
    pub async fn increment(
        &self,
        work: &mut Work,
        entity: &str,
        id: &str,
        field: &str,
        by: i64,
        at_least: Option<i64>,
    ) -> Result<i64> {
        let table = self.table(work, "entity", entity).await?;
        let (store, now) = (work.caller().store.clone(), work.now());
        let place = Place { table: &table, store: &store, now };
        let value = stored::increment(work.unit(), place, id, field, by, at_least).await;
        self.told(&table, value)
    }

    /// Does up to 500 steps, all or none; answers the version of each entity, 0 where it was
    /// deleted.
    pub async fn batch(&self, work: &mut Work, steps: &[EntityStep]) -> Result<Vec<u64>> {
        work.caller().require(Permission::StorageUse)?;
        let mut tables = HashMap::new();
        for (at, step) in steps.iter().enumerate() {
            let (EntityStep::Put(EntityPut { entity, .. })
            | EntityStep::Delete(EntityDelete { entity, .. })) = step;
            if !tables.contains_key(entity) {
                let table = self.table(work, &format!("steps.{at}.entity"), entity).await?;
                tables.insert(entity.clone(), table);
            }
        }
        let steps: Vec<_> = steps.iter().map(|step| borrowed(step, &tables)).collect();
        let (store, now) = (work.caller().store.clone(), work.now());
        let versions = stored::batch(work.unit(), &self.meter, &store, &steps, now).await;
        if matches!(versions, Err(EntityError::Moved)) {
            self.tables.write().clear();
        }
        versions.map_err(refused)
    }

    /// How much the plugin keeps in the store, for one of its entities and for all.
    pub async fn usage(&self, work: &mut Work, entity: &str) -> Result<Usage> {
        let table = self.table(work, "entity", entity).await?;
        let store = work.caller().store.clone();
        let usage = stored::usage(work.unit(), &table, &store).await;
        self.told(&table, usage)
    }

    /// The table of an entity; asked of the database once.
    async fn table(&self, work: &mut Work, path: &str, entity: &str) -> Result<Arc<EntityTable>> {
        work.caller().require(Permission::StorageUse)?;
        let known = self.tables.read().get(entity).cloned();
        if let Some(table) = known {
            return Ok(table);
        }
        let Some(declared) = self.declared.get(entity) else {
            return Err(unknown(path));
        };
        let table =
            stored::load(work.unit(), &self.plugin, entity, declared).await.map_err(refused)?;
        let table = Arc::new(table.ok_or_else(|| unknown(path))?);
        self.tables.write().insert(entity.to_owned(), Arc::clone(&table));
        Ok(table)
    }

    /// Translates what went wrong, and forgets a table that has moved.
    fn told<T>(&self, table: &EntityTable, answer: Result<T, EntityError>) -> Result<T> {
        if matches!(answer, Err(EntityError::Moved)) {
            self.tables.write().remove(table.name());
        }
        answer.map_err(refused)
    }
}

/// Drops all that a plugin keeps; answers how many tables that were.
pub(crate) async fn drop_all(unit: &mut Unit, plugin: &PluginId) -> Result<usize> {
    stored::drop_all(unit, plugin).await.map_err(refused)
}

fn unknown(path: &str) -> AppError {
    AppError::Invalid(vec![FieldError::new(
        path,
        FieldCode::Unknown,
        "is no entity of the manifest",
    )])
}

fn borrowed<'a>(step: &'a EntityStep, tables: &'a HashMap<String, Arc<EntityTable>>) -> Step<'a> {
    match step {
        EntityStep::Put(EntityPut { entity, id, body, expect }) => {
            Step::Put { table: &tables[entity], id: id.as_deref(), body, expect: *expect }
        }
        EntityStep::Delete(EntityDelete { entity, id, expect }) => {
            Step::Delete { table: &tables[entity], id, expect: *expect }
        }
    }
}

fn refused(error: EntityError) -> AppError {
    match error {
        EntityError::Invalid(errors) => AppError::Invalid(errors),
        EntityError::Stale(version) => AppError::Stale(version),
        EntityError::NotFound => AppError::NotFound("entity"),
        EntityError::Quota { which, allowed } => AppError::Quota { which, allowed },
        EntityError::Exists => AppError::conflict("entity-exists", error.to_string()),
        EntityError::Clash { .. } => AppError::conflict("entity-clash", error.to_string()),
        EntityError::OutOfBounds => AppError::conflict("entity-bounds", error.to_string()),
        EntityError::Refused(reason) => AppError::conflict("declaration-refused", reason),
        EntityError::Moved => {
            AppError::Storage(StorageError::Again("a table got another layout meanwhile".into()))
        }
        EntityError::Storage(error) => AppError::Storage(error),
        error => AppError::Internal(error.to_string()),
    }
}
