//! How much plugins keep, and how much they may.
//!
//! Triggers count; nothing that is written can be forgotten. The sum is looked up rarely: from
//! each look a host takes a small share of what is left as a lease, and writes are set off against
//! it without a statement. Near the limit there are no leases, and every write is looked at by itself.

use std::collections::HashMap;
use std::time::Duration;

use galleria_domain::{Instant, StoreId};
use parking_lot::Mutex;

use super::{EntityError, EntityTable, Result, sql};
use crate::conn::on;
use crate::unit::Unit;

/// How much a plugin may keep in one store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StorageQuota {
    /// Rows of all its entities, and of each.
    pub rows: u64,
    /// Bytes of bodies and ids.
    pub bytes: u64,
}

impl Default for StorageQuota {
    /// A million rows, 256 MiB.
    fn default() -> Self {
        Self { rows: 1_000_000, bytes: 256 << 20 }
    }
}

/// How much a plugin keeps in one store.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Rows of the entity asked for.
    pub entity_rows: u64,
    /// Rows of all its entities.
    pub rows: u64,
    /// Bytes of all its entities.
    pub bytes: u64,
}

/// Sets a plugin's writes off against what it may keep. One for each plugin that runs.
#[derive(Debug, Default)]
pub struct Meter {
    quota: StorageQuota,
    leases: Mutex<HashMap<StoreId, Lease>>,
}

#[derive(Debug)]
struct Lease {
    ends_at: Instant,
    rows: u64,
    bytes: u64,
    entity_rows: HashMap<String, u64>,
}

/// A lease is this part of what is left; so many hosts can have one without harm.
const SHARE: u64 = 16;
/// What other hosts wrote is seen after this time at the latest.
const LEASE: Duration = Duration::from_secs(1);

impl Meter {
    /// Nothing leased yet.
    pub fn new(quota: StorageQuota) -> Self {
        Self { quota, leases: Mutex::default() }
    }

    /// Takes one row of so many bytes out of the lease, if there is one and it reaches that far.
    fn take(&self, store: &StoreId, entity: &str, bytes: u64, now: Instant) -> bool {
        let mut leases = self.leases.lock();
        let Some(lease) = leases.get_mut(store).filter(|lease| now < lease.ends_at) else {
            return false;
        };
        let Some(entity_rows) = lease.entity_rows.get_mut(entity) else { return false };
        if *entity_rows == 0 || lease.rows == 0 || lease.bytes < bytes {
            return false;
        }
        *entity_rows -= 1;
        lease.rows -= 1;
        lease.bytes -= bytes;
        true
    }

    /// Leases a share of what is left; `false` if one row would be too much of it.
    fn lease(&self, store: &StoreId, entity: &str, left: &Usage, bytes: u64, now: Instant) -> bool {
        let (entity_rows, rows, share) =
            (left.entity_rows / SHARE, left.rows / SHARE, left.bytes / SHARE);
        let mut leases = self.leases.lock();
        if entity_rows == 0 || rows == 0 || share < bytes {
            leases.remove(store);
            return false;
        }
        let fresh =
            || Lease { ends_at: now.plus(LEASE), rows, bytes: share, entity_rows: HashMap::new() };
        let lease = leases.entry(store.clone()).or_insert_with(fresh);
        if now >= lease.ends_at {
            *lease = fresh();
        }
        lease.rows = rows - 1;
        lease.bytes = share - bytes;
        lease.entity_rows.insert(entity.to_owned(), entity_rows - 1);
        true
    }
}

/// How much a plugin keeps in a store. One statement.
pub async fn usage(unit: &mut Unit, table: &EntityTable, store: &StoreId) -> Result<Usage> {
    const SQL: &str = "SELECT \
        CAST(COALESCE(SUM(CASE WHEN entity = $3 THEN rows ELSE 0 END), 0) AS BIGINT), \
        CAST(COALESCE(SUM(rows), 0) AS BIGINT), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) \
        FROM plugin_usage WHERE plugin = $1 AND store_id = $2";
    let (entity_rows, rows, bytes): (i64, i64, i64) = on!(unit, conn => {
        let query = sqlx::query_as(SQL).bind(table.plugin.as_str()).bind(store.as_str()).bind(&table.name);
        query.fetch_one(conn).await?
    });
    let count = |sum: i64| u64::try_from(sum).unwrap_or_default();
    Ok(Usage { entity_rows: count(entity_rows), rows: count(rows), bytes: count(bytes) })
}

/// Refuses a row that would be too much. No statement as long as there is a lease.
pub(super) async fn charge(
    unit: &mut Unit,
    table: &EntityTable,
    meter: &Meter,
    store: &StoreId,
    id: Option<&str>,
    size: u64,
    now: Instant,
) -> Result<()> {
    if meter.take(store, &table.name, size, now) {
        return Ok(());
    }
    let used = usage(unit, table, store).await?;
    let rows_max = table.entity.max_rows.unwrap_or(u64::MAX).min(meter.quota.rows);
    let left = Usage {
        entity_rows: rows_max.saturating_sub(used.entity_rows),
        rows: meter.quota.rows.saturating_sub(used.rows),
        bytes: meter.quota.bytes.saturating_sub(used.bytes),
    };
    if meter.lease(store, &table.name, &left, size, now) {
        return Ok(());
    }
    let before = match id {
        Some(id) => on!(unit, conn => {
            let query = sqlx::query_scalar::<_, i64>(sql(&table.texts.size));
            query.bind(store.as_str()).bind(id).fetch_optional(conn).await?
        }),
        None => None,
    };
    if before.is_none() && left.entity_rows == 0 {
        return Err(EntityError::Quota { which: "rows", allowed: rows_max });
    }
    if before.is_none() && left.rows == 0 {
        return Err(EntityError::Quota { which: "rows", allowed: meter.quota.rows });
    }
    let before = u64::try_from(before.unwrap_or_default()).unwrap_or_default();
    if size.saturating_sub(before) > left.bytes {
        return Err(EntityError::Quota { which: "bytes", allowed: meter.quota.bytes });
    }
    Ok(())
}
