//! What a customer's points came of and went for. The running balance is counted, not kept: the
//! newest line ends at the sum of all, and each line before at what that one started from.

#![expect(clippy::needless_pass_by_value, reason = "the SDK hands over what it has read")]

use galleria_sdk::Money;
use galleria_sdk::clock::{self, Timestamp};
use galleria_sdk::prelude::*;
use serde::Serialize;

use crate::book::{Entry, Kind, Message};
use crate::books::Host;
use crate::ledger::Ledger;
use crate::rules::Program;

/// Parts the balance from the host's cursor.
const MARK: char = '~';

/// A line of the history.
#[derive(Serialize)]
pub(crate) struct EntryView {
    pub(crate) id: String,
    kind: Kind,
    points: i64,
    /// The sum of all lines up to this one.
    balance: i64,
    at: Timestamp,
    order: Option<String>,
    refund: Option<String>,
    used_amount: Option<Money>,
    message: Message,
    /// Only for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
}

/// A page, newest first.
pub(crate) fn page(
    program: &Program,
    customer: &str,
    paging: Paging,
    for_staff: bool,
) -> Result<Page<EntryView>> {
    let ledger = Ledger::new(&Host, program);
    let customer = ledger.owner(customer)?.value.customer;
    let (mut balance, cursor) = match paging.cursor.as_deref() {
        None => (ledger.balance(&customer, clock::now())?.booked, None),
        Some(cursor) => {
            let (balance, rest) = split(cursor)?;
            (balance, Some(rest))
        }
    };
    let paging = Paging { limit: paging.limit, cursor };
    let found = Entry::by_history().equal(customer).descending().page(paging).fetch()?;
    let next = found.next;
    let mut items = Vec::with_capacity(found.items.len());
    for Stored { id, value, .. } in found.items {
        let after = balance;
        balance -= value.points;
        items.push(view(id, value, after, for_staff));
    }
    Ok(Page { items, next: next.map(|next| format!("{balance}{MARK}{next}")) })
}

fn split(cursor: &str) -> Result<(i64, String)> {
    let parts = cursor.split_once(MARK);
    parts.and_then(|(balance, rest)| Some((balance.parse().ok()?, rest.to_owned()))).ok_or_else(
        || {
            let fault = FieldFault::new("cursor", "malformed", "is none that was given out");
            Problem::malformed("the query cannot be read").with(vec![fault])
        },
    )
}

/// One line, after which the balance was this.
fn view(id: String, entry: Entry, balance: i64, for_staff: bool) -> EntryView {
    EntryView {
        id,
        kind: entry.kind,
        points: entry.points,
        balance,
        at: Timestamp(entry.at),
        order: entry.order,
        refund: entry.refund,
        used_amount: entry.used_amount,
        message: entry.message,
        actor: for_staff.then_some(entry.actor),
    }
}
