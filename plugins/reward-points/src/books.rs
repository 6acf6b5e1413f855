//! Where the book is kept: the plugin's own tables, or memory in tests of the ledger.

use galleria_sdk::clock::Instant;
use galleria_sdk::entities::Batch;
use galleria_sdk::prelude::*;
use galleria_sdk::{Fault, log};

use crate::book::{Account, Entry, Lot, Purchase, Use};

/// Something that is or will be kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept<T> {
    /// None, if it is new and the host gives it one.
    pub(crate) id: Option<String>,
    /// The version that was read; none, if there was nothing.
    pub(crate) version: Option<u64>,
    pub(crate) value: T,
}

/// In which order the lots of a customer are gone through that have something left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Walk {
    /// The earliest expiry first, without those whose time was over at an instant.
    EarliestExpiry(Instant),
    /// The first earned first.
    Oldest,
}

/// What is to be kept, all of it or nothing.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) accounts: Vec<Kept<Account>>,
    pub(crate) purchases: Vec<Kept<Purchase>>,
    pub(crate) lots: Vec<Kept<Lot>>,
    pub(crate) uses: Vec<Kept<Use>>,
    pub(crate) entries: Vec<Entry>,
}

/// Reads and writes the book. Lists are pages of up to 500.
pub(crate) trait Books {
    fn account(&self, customer: &str) -> Result<Option<Kept<Account>>, Fault>;
    fn purchase(&self, order: &str) -> Result<Option<Kept<Purchase>>, Fault>;
    /// The entry with this key.
    fn entry(&self, key: &str) -> Result<Option<Entry>, Fault>;
    /// The lot that came with the entry with this key.
    fn lot_of(&self, entry: &str) -> Result<Option<Kept<Lot>>, Fault>;
    fn lots(&self, ids: &[String]) -> Result<Vec<Kept<Lot>>, Fault>;
    /// The lots of a customer that have something left.
    fn open_lots(
        &self,
        customer: &str,
        walk: Walk,
        cursor: Option<String>,
    ) -> Result<Page<Kept<Lot>>, Fault>;
    /// The lots that have something left although their time is over.
    fn lots_over(&self, now: Instant, limit: u32) -> Result<Page<Kept<Lot>>, Fault>;
    /// What the entry with this key took, in the order in which it did.
    fn uses(&self, redeem: &str) -> Result<Vec<Kept<Use>>, Fault>;
    fn write(&self, changes: Changes) -> Result<(), Fault>;
    /// Says what somebody should look at.
    fn warn(&self, message: &str);
}

/// The plugin's own tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host;

const ACCOUNTS: Table<Account> = Table::new();
const PURCHASES: Table<Purchase> = Table::new();
const LOTS: Table<Lot> = Table::new();

impl<T> From<Stored<T>> for Kept<T> {
    fn from(Stored { id, version, value, .. }: Stored<T>) -> Self {
        Self { id: Some(id), version: Some(version), value }
    }
}

impl<T> Kept<T> {
    /// Something new under an id of its own.
    pub(crate) fn new(id: &str, value: T) -> Self {
        Self { id: Some(id.to_owned()), version: None, value }
    }

    /// Something new; the host gives it an id.
    pub(crate) fn unnamed(value: T) -> Self {
        Self { id: None, version: None, value }
    }
}

impl Books for Host {
    fn account(&self, customer: &str) -> Result<Option<Kept<Account>>, Fault> {
        Ok(ACCOUNTS.find(customer)?.map(Kept::from))
    }

    fn purchase(&self, order: &str) -> Result<Option<Kept<Purchase>>, Fault> {
        Ok(PURCHASES.find(order)?.map(Kept::from))
    }

    fn entry(&self, key: &str) -> Result<Option<Entry>, Fault> {
        Ok(Entry::by_key().equal(key).first()?.map(|entry| entry.value))
    }

    fn lot_of(&self, entry: &str) -> Result<Option<Kept<Lot>>, Fault> {
        Ok(Lot::by_entry().equal(entry).first()?.map(Kept::from))
    }

    fn lots(&self, ids: &[String]) -> Result<Vec<Kept<Lot>>, Fault> {
        Ok(LOTS.get_many(ids)?.into_iter().map(Kept::from).collect())
    }

    fn open_lots(
        &self,
        customer: &str,
        walk: Walk,
        cursor: Option<String>,
    ) -> Result<Page<Kept<Lot>>, Fault> {
        let paging = Paging { limit: PAGE, cursor };
        let page = match walk {
            Walk::EarliestExpiry(now) => {
                Lot::by_spendable().equal(customer).equal(true).above(now).page(paging).fetch()?
            }
            Walk::Oldest => Lot::by_oldest().equal(customer).equal(true).page(paging).fetch()?,
        };
        Ok(page.map(Kept::from))
    }

    fn lots_over(&self, now: Instant, limit: u32) -> Result<Page<Kept<Lot>>, Fault> {
        let page = Lot::by_expiry().equal(true).at_most(now).limit(limit).fetch()?;
        Ok(page.map(Kept::from))
    }

    fn uses(&self, redeem: &str) -> Result<Vec<Kept<Use>>, Fault> {
        Ok(Use::by_redeem().equal(redeem).all()?.into_iter().map(Kept::from).collect())
    }

    fn write(&self, changes: Changes) -> Result<(), Fault> {
        let mut batch = Batch::new();
        put_all(&mut batch, &changes.accounts)?;
        put_all(&mut batch, &changes.purchases)?;
        put_all(&mut batch, &changes.lots)?;
        put_all(&mut batch, &changes.uses)?;
        for entry in &changes.entries {
            batch.insert(entry)?;
        }
        if batch.is_empty() { Ok(()) } else { batch.run() }
    }

    fn warn(&self, message: &str) {
        log::warning(message);
    }
}

/// How many lots are read at once.
const PAGE: u32 = 500;

fn put_all<T: Entity>(batch: &mut Batch, all: &[Kept<T>]) -> Result<(), Fault> {
    for Kept { id, version, value } in all {
        match id {
            Some(id) => batch.put(id, value, *version)?,
            None => batch.insert(value)?,
        }
    }
    Ok(())
}
