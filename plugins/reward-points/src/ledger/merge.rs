//! Two accounts become one: lots move with their dates, debts add up.

use galleria_sdk::Fault;
use galleria_sdk::clock::Instant;

use super::{Ledger, Refusal, entry};
use crate::book::Kind;
use crate::books::{Books, Changes, Walk};

impl<B: Books> Ledger<'_, B> {
    /// Gives everything of one customer to another.
    pub(crate) fn merge(&self, from: &str, into: &str, at: Instant) -> Result<(), Refusal> {
        let mut source = self.owner(from)?;
        let mut target = self.owner(into)?;
        let (old, new) = (source.value.customer.clone(), target.value.customer.clone());
        if old == new {
            return Ok(());
        }
        let debt = std::mem::take(&mut source.value.debt);
        target.value.debt += debt;
        source.value.merged_into = Some(new.clone());
        let points = self.move_lots(&old, &new)? - debt;
        let mut changes = Changes::default();
        if points != 0 {
            let key = |way| format!("merge:{old}:{new}:{way}");
            changes.entries.push(entry(&old, Kind::Merge, key("from"), -points, at));
            changes.entries.push(entry(&new, Kind::Merge, key("into"), points, at));
        }
        changes.accounts.extend([source, target]);
        Ok(self.books.write(changes)?)
    }

    /// Moves the lots that have something left, and answers how much.
    fn move_lots(&self, old: &str, new: &str) -> Result<i64, Fault> {
        let mut points = 0;
        loop {
            // What has moved is no longer on the first page.
            let page = self.books.open_lots(old, Walk::Oldest, None)?;
            if page.items.is_empty() {
                return Ok(points);
            }
            let mut changes = Changes::default();
            for mut lot in page.items {
                points += lot.value.left;
                new.clone_into(&mut lot.value.customer);
                changes.lots.push(lot);
            }
            self.books.write(changes)?;
        }
    }
}
