//! Books in memory, as strict as the host's.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use galleria_sdk::{Fault, Page};

use crate::book::{Account, Entry, Lot, Purchase, Use};
use crate::books::{Books, Changes, Kept, Walk};

/// So few on a page that everything has several.
const PAGE: usize = 3;

type Rows<T> = RefCell<BTreeMap<String, (u64, T)>>;

#[derive(Default)]
pub(super) struct Memory {
    accounts: Rows<Account>,
    purchases: Rows<Purchase>,
    lots: Rows<Lot>,
    uses: Rows<Use>,
    pub(super) entries: RefCell<Vec<Entry>>,
    pub(super) warnings: RefCell<Vec<String>>,
    made: Cell<u32>,
}

fn kept<T: Clone>((id, (version, value)): (&String, &(u64, T))) -> Kept<T> {
    Kept { id: Some(id.clone()), version: Some(*version), value: value.clone() }
}

fn find<T: Clone>(rows: &Rows<T>, id: &str) -> Option<Kept<T>> {
    rows.borrow().get_key_value(id).map(kept)
}

impl Memory {
    /// What is true of every book at every time.
    pub(super) fn check(&self) {
        let (lots, entries) = (self.lots.borrow(), self.entries.borrow());
        for (customer, (_, account)) in &*self.accounts.borrow() {
            let own = entries.iter().filter(|entry| entry.customer == *customer);
            let (mut sum, mut came_in) = (0, 0);
            for entry in own {
                assert_ne!(entry.points, 0, "{entry:?}");
                sum += entry.points;
                came_in += entry.points.max(0);
            }
            let own = lots.values().filter(|(_, lot)| lot.customer == *customer);
            let left: i64 = own.map(|(_, lot)| lot.left).sum();
            assert!(account.debt >= 0, "{account:?}");
            assert_eq!(sum, left - account.debt, "{customer}");
            assert!(left <= came_in, "{customer}");
        }
        for (_, lot) in lots.values() {
            assert!(lot.left >= 0 && lot.left <= lot.total && lot.lapsed >= 0, "{lot:?}");
            assert_eq!(lot.open, lot.left > 0, "{lot:?}");
        }
        for (_, used) in self.uses.borrow().values() {
            assert!((0..=used.points).contains(&used.restored), "{used:?}");
        }
    }

    fn put<T>(&self, rows: &Rows<T>, all: Vec<Kept<T>>) {
        for Kept { id, version, value } in all {
            let id = id.unwrap_or_else(|| {
                self.made.set(self.made.get() + 1);
                format!("row{:08}", self.made.get())
            });
            let mut rows = rows.borrow_mut();
            let stored = rows.get(&id).map(|(version, _)| *version);
            assert_eq!(stored, version, "{id} was changed meanwhile");
            rows.insert(id, (stored.unwrap_or(0) + 1, value));
        }
    }

    fn page(mut all: Vec<(i64, Kept<Lot>)>, cursor: Option<String>) -> Page<Kept<Lot>> {
        all.sort_by_key(|(place, lot)| (*place, lot.id.clone()));
        let skipped = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        let rest = all.len().saturating_sub(skipped + PAGE);
        let items = all.into_iter().skip(skipped).take(PAGE).map(|(_, lot)| lot).collect();
        Page { items, next: (rest > 0).then(|| (skipped + PAGE).to_string()) }
    }

    fn open(&self) -> Vec<Kept<Lot>> {
        let lots = self.lots.borrow();
        lots.iter().map(kept).filter(|lot| lot.value.open).collect()
    }
}

impl Books for Memory {
    fn account(&self, customer: &str) -> Result<Option<Kept<Account>>, Fault> {
        Ok(find(&self.accounts, customer))
    }

    fn purchase(&self, order: &str) -> Result<Option<Kept<Purchase>>, Fault> {
        Ok(find(&self.purchases, order))
    }

    fn entry(&self, key: &str) -> Result<Option<Entry>, Fault> {
        Ok(self.entries.borrow().iter().find(|entry| entry.key == key).cloned())
    }

    fn lot_of(&self, entry: &str) -> Result<Option<Kept<Lot>>, Fault> {
        Ok(self.lots.borrow().iter().map(kept).find(|lot| lot.value.entry == entry))
    }

    fn lots(&self, ids: &[String]) -> Result<Vec<Kept<Lot>>, Fault> {
        Ok(ids.iter().filter_map(|id| find(&self.lots, id)).collect())
    }

    fn open_lots(
        &self,
        customer: &str,
        walk: Walk,
        cursor: Option<String>,
    ) -> Result<Page<Kept<Lot>>, Fault> {
        let own = self.open().into_iter().filter(|lot| lot.value.customer == customer);
        let placed = own.filter_map(|lot| match walk {
            Walk::Oldest => Some((lot.value.earned_at, lot)),
            Walk::EarliestExpiry(now) => {
                (lot.value.expires_at > now).then_some((lot.value.expires_at, lot))
            }
        });
        Ok(Self::page(placed.collect(), cursor))
    }

    fn lots_over(&self, now: i64, limit: u32) -> Result<Page<Kept<Lot>>, Fault> {
        let over = self.open().into_iter().filter(|lot| lot.value.expires_at <= now);
        let mut over: Vec<_> = over.collect();
        let more = over.len() > limit as usize;
        over.truncate(limit as usize);
        Ok(Page { items: over, next: more.then(String::new) })
    }

    fn uses(&self, redeem: &str) -> Result<Vec<Kept<Use>>, Fault> {
        let uses = self.uses.borrow();
        let mut found: Vec<_> =
            uses.iter().map(kept).filter(|used| used.value.redeem == redeem).collect();
        found.sort_by_key(|used| used.value.position);
        Ok(found)
    }

    fn write(&self, changes: Changes) -> Result<(), Fault> {
        self.put(&self.accounts, changes.accounts);
        self.put(&self.purchases, changes.purchases);
        self.put(&self.lots, changes.lots);
        self.put(&self.uses, changes.uses);
        for entry in changes.entries {
            let mut entries = self.entries.borrow_mut();
            assert!(entries.iter().all(|one| one.key != entry.key), "{} is there", entry.key);
            entries.push(entry);
        }
        Ok(())
    }

    fn warn(&self, message: &str) {
        self.warnings.borrow_mut().push(message.to_owned());
    }
}
