//! The stores of the shop.

use galleria_domain::{Permission, Store, StoreChange, StoreId};
use galleria_storage::stores as stored;
use serde_json::json;

use crate::audit;
use crate::error::{AppError, Result};
use crate::version::{expect_version, require_updated};
use crate::work::Work;

/// The most stores that a shop can have.
pub const STORES_MAX: u32 = 1_000;

/// The store that the call belongs to. Whoever is in it may know it.
pub async fn current(work: &mut Work) -> Result<Store> {
    let id = work.caller().store.clone();
    stored::get(work.unit(), &id).await?.ok_or(AppError::NotFound("store"))
}

/// The store that answers to a host name, else the default one. `host` is in ASCII and small
/// letters, without a port.
pub async fn find_for_host(work: &mut Work, host: Option<&str>) -> Result<Store> {
    if let Some(host) = host {
        let all = stored::list(work.unit(), STORES_MAX).await?;
        let named = all.into_iter().find(|store| store.hosts.iter().any(|name| name == host));
        if let Some(store) = named {
            return Ok(store);
        }
    }
    stored::find_default(work.unit()).await?.ok_or(AppError::NotFound("store"))
}

/// A store; needs [`Permission::StoresRead`].
pub async fn get(work: &mut Work, id: &StoreId) -> Result<Store> {
    work.caller().require(Permission::StoresRead)?;
    stored::get(work.unit(), id).await?.ok_or(AppError::NotFound("store"))
}

/// All stores; needs [`Permission::StoresRead`].
pub async fn list(work: &mut Work) -> Result<Vec<Store>> {
    work.caller().require(Permission::StoresRead)?;
    Ok(stored::list(work.unit(), STORES_MAX).await?)
}

/// Makes a store; needs [`Permission::StoresWrite`].
pub async fn create(work: &mut Work, draft: &StoreChange) -> Result<Store> {
    work.caller().require(Permission::StoresWrite)?;
    let store = Store::create(draft, StoreId::generate())?;
    let others = stored::list(work.unit(), STORES_MAX).await?;
    if others.len() >= STORES_MAX as usize {
        return Err(AppError::Quota { which: "stores", allowed: u64::from(STORES_MAX) });
    }
    check_hosts(&store, &others)?;
    let now = work.now();
    stored::insert(work.unit(), &store, others.is_empty(), now).await?;
    audit::append(work, "store.create", store.id.as_str(), &json!(null)).await?;
    Ok(store)
}

/// Changes a store; needs [`Permission::StoresWrite`].
pub async fn update(
    work: &mut Work,
    id: &StoreId,
    change: &StoreChange,
    expected: Option<u64>,
) -> Result<Store> {
    work.caller().require(Permission::StoresWrite)?;
    let before = stored::get(work.unit(), id).await?.ok_or(AppError::NotFound("store"))?;
    expect_version(before.version, expected)?;
    let after = before.apply(change)?;
    check_hosts(&after, &stored::list(work.unit(), STORES_MAX).await?)?;
    require_updated(stored::update(work.unit(), &after).await?, after.version)?;
    audit::append(work, "store.update", id.as_str(), &json!(null)).await?;
    Ok(after)
}

/// A host name leads to one store alone.
fn check_hosts(store: &Store, all: &[Store]) -> Result<()> {
    let mut others = all.iter().filter(|other| other.id != store.id);
    if others.any(|other| other.hosts.iter().any(|host| store.hosts.contains(host))) {
        return Err(AppError::conflict("host-taken", "another store answers to one of the hosts"));
    }
    Ok(())
}
