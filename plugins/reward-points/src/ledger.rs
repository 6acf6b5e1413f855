//! The only writer of the book. Whatever is heard of twice, or out of order, is booked once: every
//! entry has a key that no other has, and what has become of an order is kept as facts, from which
//! follows what is still to be booked.

mod account;
mod credit;
mod expire;
mod manual;
mod merge;
mod redeem;
mod settle;

use std::fmt;

use galleria_sdk::clock::Instant;
use galleria_sdk::{Fault, MoneyError};

use crate::book::{Account, Balance, Entry, Kind, Message};
use crate::books::{Books, Kept, Walk};
use crate::rules::Program;

pub(crate) use manual::Adjustment;
pub(crate) use redeem::{Plan, Redemption, redeem_key};
pub(crate) use settle::{OrderFacts, What};

/// How many lots one order can be paid from.
pub(crate) const LOTS_MAX: usize = 1_000;
/// How many pages of lots are looked through for those.
const PAGES_MAX: usize = 10;
/// How many accounts may have become one after another.
const MERGES_MAX: usize = 16;

/// Why something can't be booked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The host refused.
    Host(Fault),
    /// The amounts can't be counted with.
    Money(MoneyError),
    /// There are fewer points than that: so many.
    TooFew(i64),
    /// The key is that of another entry.
    KeyTaken,
}

/// The writer.
#[derive(Debug)]
pub(crate) struct Ledger<'a, B> {
    pub(crate) books: &'a B,
    pub(crate) program: &'a Program,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(fault) => fault.fmt(f),
            Self::Money(error) => error.fmt(f),
            Self::TooFew(available) => write!(f, "there are no more than {available} points"),
            Self::KeyTaken => f.write_str("something else was asked for with this key"),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Host(fault)
    }
}

impl From<MoneyError> for Refusal {
    fn from(error: MoneyError) -> Self {
        Self::Money(error)
    }
}

impl<'a, B: Books> Ledger<'a, B> {
    pub(crate) fn new(books: &'a B, program: &'a Program) -> Self {
        Self { books, program }
    }

    /// The account of a customer, or of whom they have become; an empty one, if there is none.
    pub(crate) fn owner(&self, customer: &str) -> Result<Kept<Account>, Fault> {
        let mut id = customer.to_owned();
        for _ in 0..MERGES_MAX {
            let Some(account) = self.books.account(&id)? else { break };
            match account.value.merged_into {
                Some(into) => id = into,
                None => return Ok(account),
            }
        }
        let value = Account { customer: id.clone(), ..Account::default() };
        Ok(Kept::new(&id, value))
    }

    /// What a customer has, counted lot by lot.
    pub(crate) fn balance(&self, customer: &str, now: Instant) -> Result<Balance, Fault> {
        let account = self.owner(customer)?.value;
        let mut balance = Balance::owing(account.debt);
        let mut cursor = None;
        loop {
            let page = self.books.open_lots(&account.customer, Walk::Oldest, cursor)?;
            for lot in &page.items {
                balance.count(&lot.value, now);
            }
            if page.next.is_none() {
                return Ok(balance);
            }
            cursor = page.next;
        }
    }
}

/// An entry with nothing but what all have.
fn entry(customer: &str, kind: Kind, key: String, points: i64, at: Instant) -> Entry {
    let message = match kind {
        Kind::EarnOrder => "earned-order",
        Kind::EarnRegistration => "earned-registration",
        Kind::Manual => "manual",
        Kind::Redeem => "redeemed",
        Kind::Restore => "restored",
        Kind::Reverse => "reversed",
        Kind::Expire => "expired",
        Kind::Merge => "merged",
    };
    Entry {
        customer: customer.to_owned(),
        kind,
        points,
        key,
        at,
        order: None,
        refund: None,
        used_amount: None,
        message: Message::Key(message.to_owned()),
        actor: "system".to_owned(),
        terms: None,
    }
}

#[cfg(test)]
mod tests;
