//! What the ledger books, over books in memory.

mod book_keeping;
mod memory;
mod model;

use galleria_sdk::Money;
use galleria_sdk::clock::DAY;

use super::*;
use crate::rules::redeem::quote;
use crate::rules::tests::program;
use crate::rules::{Figures, Refunded};
use memory::Memory;

/// The first instant of the tests.
const START: Instant = 1_800_000_000_000_000;

/// A shop with one customer, `anna`, in which 10.00 earn a point and a point is worth 1.00.
struct Shop {
    books: Memory,
    program: Program,
    now: Instant,
}

impl Shop {
    fn new(change: impl FnOnce(&mut Program)) -> Self {
        Self { books: Memory::default(), program: program(change), now: START }
    }

    fn ledger(&self) -> Ledger<'_, Memory> {
        Ledger::new(&self.books, &self.program)
    }

    fn told(&self, order: &str, total: i64, what: &What) {
        let figures = figures(total);
        let facts = OrderFacts { order, customer: "anna", figures: &figures, at: self.now };
        self.ledger().order(&facts, what).unwrap();
        self.books.check();
    }

    fn earn(&self, order: &str, total: i64) {
        self.told(order, total, &What::Earned);
    }

    fn cancel(&self, order: &str, total: i64) {
        self.told(order, total, &What::Cancelled);
    }

    fn refund(&self, order: &str, total: i64, refund: Refunded) {
        self.told(order, total, &What::Refunded(refund));
    }

    /// Pays an order with as many points as can be; answers how many.
    fn redeem(&self, order: &str, customer: &str, wanted: Option<i64>, total: i64) -> i64 {
        let rate = self.program.exchange["EUR"];
        let limits = self.program.limits();
        let enough = limits.enough(rate, total).unwrap();
        let plan = self.ledger().plan(customer, enough, self.now).unwrap();
        let Ok(quote) = quote(wanted, plan.available, limits, rate, total).unwrap() else {
            return 0;
        };
        let value = Money::new(quote.value, "EUR");
        let (points, at) = (quote.points, self.now);
        let by = Redemption { order, customer, points, value, at, actor: "customer:anna" };
        self.ledger().redeem(plan, &by).unwrap();
        self.books.check();
        points
    }

    fn manual(&self, points: i64, days: i64) -> Result<Entry, Refusal> {
        let expires_at = crate::rules::program::expiry(self.now, days);
        let adjustment = Adjustment {
            customer: "anna",
            points,
            message: "danke, à bientôt 🎁",
            at: self.now,
            active_at: self.now,
            expires_at,
            key: format!("manual:{points}:{}", self.now),
            actor: "staff:stf_1",
        };
        let booked = self.ledger().adjust(&adjustment);
        self.books.check();
        booked
    }

    fn expire(&self) -> usize {
        let lots = self.ledger().expire(self.now, 500).unwrap().lots;
        self.books.check();
        lots
    }

    fn balance(&self) -> Balance {
        self.ledger().balance("anna", self.now).unwrap()
    }

    fn available(&self) -> i64 {
        self.balance().available
    }

    fn pass(&mut self, time: Instant) {
        self.now += time;
    }
}

fn figures(total: i64) -> Figures {
    Figures { currency: "EUR".into(), total, tax: 0, shipping_net: 0, shipping_total: 0 }
}

fn back(id: &str, amount: i64) -> Refunded {
    let id = id.to_owned();
    Refunded { id, amount, tendered: 0, lines: None, points: None, full: false }
}

fn everything(id: &str, amount: i64) -> Refunded {
    Refunded { full: true, ..back(id, amount) }
}

const HOUR: Instant = DAY / 24;
