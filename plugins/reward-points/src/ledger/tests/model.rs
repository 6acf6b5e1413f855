//! The ledger against a model that counts every single point, step by step.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::rules::Terms;
use crate::rules::earn;
use crate::rules::give_back::{Redeemed, refunded_base};

const TOTAL: i64 = 10_000;
const ORDERS: u8 = 6;

#[derive(Clone, Debug)]
enum Step {
    Earn(u8),
    Redeem(u8, Option<i64>),
    Cancel(u8),
    Refund {
        order: u8,
        number: u8,
        amount: i64,
        tendered: i64,
        full: bool,
    },
    Manual(i64, i64),
    Expire,
    Pass(i64),
    /// Something is heard of again.
    Again(prop::sample::Index),
}

/// Points that came in at once.
#[derive(Clone, Debug)]
struct Grant {
    left: i64,
    lost: i64,
    active_at: i64,
    expires_at: i64,
    graced: bool,
}

#[derive(Clone, Debug, Default)]
struct Bought {
    /// The grants that its points came from, one for each point.
    paid_by: Vec<usize>,
    given_back: i64,
    value: i64,
    earned: Option<(usize, i64, Terms)>,
    reversed: i64,
    cancelled: bool,
    refunds: Vec<Refunded>,
}

#[derive(Default)]
struct Model {
    now: i64,
    grants: Vec<Grant>,
    debt: i64,
    orders: BTreeMap<u8, Bought>,
}

impl Model {
    fn available(&self) -> i64 {
        let active = self.grants.iter().filter(|grant| grant.is_usable(self.now));
        active.map(|grant| grant.left).sum::<i64>() - self.debt
    }

    fn pending(&self) -> i64 {
        let later = self.grants.iter().filter(|grant| grant.active_at > self.now);
        later.map(|grant| grant.left).sum()
    }

    fn give(&mut self, points: i64, active_at: i64, expires_at: i64) -> usize {
        let paid = points.min(self.debt);
        self.debt -= paid;
        let left = points - paid;
        self.grants.push(Grant { left, lost: 0, active_at, expires_at, graced: false });
        self.grants.len() - 1
    }

    /// Takes one point from where it would be lost first.
    fn take_one(&mut self) -> Option<usize> {
        let now = self.now;
        let usable = (0..self.grants.len()).filter(|at| self.grants[*at].is_usable(now));
        let first = usable.min_by_key(|at| (self.grants[*at].expires_at, *at))?;
        self.grants[first].left -= 1;
        Some(first)
    }

    fn settle(&mut self, order: u8, grace: i64) {
        let bought = self.orders.entry(order).or_default().clone();
        let mut reverse = 0;
        if let Some((_, points, terms)) = &bought.earned {
            let base = refunded_base(terms, &bought.refunds).unwrap();
            reverse = match (bought.cancelled, bought.refunds.is_empty()) {
                (true, _) => *points,
                (false, true) => 0,
                (false, false) => terms.reversed(*points, base),
            };
        }
        let redeemed = Redeemed {
            points: i64::try_from(bought.paid_by.len()).unwrap(),
            value: bought.value,
            total: TOTAL,
        };
        let restore = if bought.cancelled {
            redeemed.points
        } else {
            redeemed.given_back(&bought.refunds).unwrap()
        };
        for _ in bought.reversed..reverse {
            self.reverse_one(bought.earned.as_ref().unwrap().0);
        }
        for number in bought.given_back..restore {
            let last = bought.paid_by.len() - 1 - usize::try_from(number).unwrap();
            self.restore_one(bought.paid_by[last], grace);
        }
        let bought = self.orders.get_mut(&order).unwrap();
        bought.reversed = bought.reversed.max(reverse);
        bought.given_back = bought.given_back.max(restore);
    }

    fn reverse_one(&mut self, grant: usize) {
        let grant = &mut self.grants[grant];
        grant.lose(self.now);
        if grant.left > 0 {
            grant.left -= 1;
        } else if grant.lost > 0 {
            grant.lost -= 1;
        } else {
            self.debt += 1;
        }
    }

    fn restore_one(&mut self, grant: usize, grace: i64) {
        let now = self.now;
        let grant = &mut self.grants[grant];
        if grant.expires_at <= now && !grant.graced {
            grant.lose(now);
            grant.expires_at = now + grace;
            grant.graced = true;
        }
        grant.left += 1;
    }
}

impl Grant {
    fn is_usable(&self, now: i64) -> bool {
        self.left > 0 && self.active_at <= now && now < self.expires_at
    }

    fn lose(&mut self, now: i64) {
        if self.expires_at <= now {
            self.lost += std::mem::take(&mut self.left);
        }
    }
}

/// The shop and the model, side by side.
struct Both {
    shop: Shop,
    model: Model,
    told: Vec<(u8, What)>,
}

impl Both {
    fn tell(&mut self, order: u8, what: &What) {
        self.shop.told(&format!("ord_{order}"), TOTAL, what);
        let (active_at, expires_at) = self.shop.program.purchase_times(self.model.now);
        let mut bought = self.model.orders.remove(&order).unwrap_or_default();
        match what {
            What::Earned if bought.cancelled || bought.earned.is_some() => {}
            What::Earned => {
                let terms = earn::terms(&self.shop.program, &figures(TOTAL), bought.value);
                let terms = terms.unwrap().unwrap();
                let points = terms.points();
                if points > 0 {
                    let grant = self.model.give(points, active_at, expires_at);
                    bought.earned = Some((grant, points, terms));
                }
            }
            What::Cancelled => bought.cancelled = true,
            What::Refunded(refund) if bought.refunds.iter().any(|one| one.id == refund.id) => {}
            What::Refunded(refund) => bought.refunds.push(refund.clone()),
        }
        self.model.orders.insert(order, bought);
        self.model.settle(order, self.shop.program.restore_grace_days * DAY);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Earn(order) => self.hear(*order, What::Earned),
            Step::Cancel(order) => self.hear(*order, What::Cancelled),
            Step::Refund { order, number, amount, tendered, full } => {
                let id = format!("r{order}.{number}");
                let (amount, tendered, full) = (*amount, *tendered, *full);
                let refund = Refunded { id, amount, tendered, lines: None, points: None, full };
                self.hear(*order, What::Refunded(refund));
            }
            Step::Redeem(order, wanted) => self.redeem(*order, *wanted),
            Step::Manual(points, days) => self.manual(*points, *days),
            Step::Expire => drop(self.shop.expire()),
            Step::Pass(hours) => {
                self.shop.pass(hours * HOUR);
                self.model.now += hours * HOUR;
            }
            Step::Again(which) if !self.told.is_empty() => {
                let (order, what) = which.get(&self.told).clone();
                let before = self.shop.books.entries.borrow().len();
                self.tell(order, &what);
                assert_eq!(self.shop.books.entries.borrow().len(), before, "{what:?} again");
            }
            Step::Again(_) => {}
        }
    }

    fn hear(&mut self, order: u8, what: What) {
        self.tell(order, &what);
        self.told.push((order, what));
    }

    /// An order is paid before anything else becomes of it.
    fn redeem(&mut self, order: u8, wanted: Option<i64>) {
        if self.model.orders.contains_key(&order) {
            return;
        }
        let available = self.model.available();
        let points = self.shop.redeem(&format!("ord_{order}"), "anna", wanted, TOTAL);
        assert_eq!(points, available.min(wanted.unwrap_or(i64::MAX)).clamp(0, TOTAL / 100));
        let taken = (0..points).map(|_| self.model.take_one().unwrap()).collect();
        let value = points * 100;
        let bought = Bought { paid_by: taken, value, ..Bought::default() };
        if points > 0 {
            self.model.orders.insert(order, bought);
        }
    }

    fn manual(&mut self, points: i64, days: i64) {
        let now = self.shop.now;
        let key = format!("manual:{points}:{now}");
        if points == 0 || self.shop.books.entry(&key).unwrap().is_some() {
            return;
        }
        let expires_at = crate::rules::program::expiry(self.model.now, days);
        self.shop.manual(points, days).unwrap();
        if points > 0 {
            self.model.give(points, self.model.now, expires_at);
        }
        for _ in points..0 {
            if self.model.take_one().is_none() {
                self.model.debt += 1;
            }
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let order = || 0..ORDERS;
    let step = prop_oneof![
        3 => order().prop_map(Step::Earn),
        3 => (order(), prop::option::of(0_i64..20)).prop_map(|(o, w)| Step::Redeem(o, w)),
        2 => order().prop_map(Step::Cancel),
        3 => (order(), 0_u8..3, 0_i64..4_000, 0_i64..600, prop::bool::weighted(0.2)).prop_map(
            |(order, number, amount, tendered, full)| Step::Refund {
                order, number, amount, tendered, full
            }
        ),
        2 => (-10_i64..20, 0_i64..20).prop_map(|(points, days)| Step::Manual(points, days)),
        2 => Just(Step::Expire),
        4 => (1_i64..400).prop_map(Step::Pass),
        3 => any::<prop::sample::Index>().prop_map(Step::Again),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn t33_the_ledger_agrees_with_the_model_after_every_step(
        steps in steps(),
        delay in 0_i64..5,
        validity in prop_oneof![Just(0_i64), 1_i64..30],
        grace in 0_i64..8,
    ) {
        let shop = Shop::new(|program| {
            program.delay = delay;
            program.purchase_validity_days = validity;
            program.restore_grace_days = grace.max(1);
        });
        let mut both =
            Both { shop, model: Model { now: START, ..Model::default() }, told: Vec::new() };
        for (number, step) in steps.iter().enumerate() {
            both.step(step);
            let balance = both.shop.balance();
            prop_assert_eq!(
                (balance.available, balance.pending, balance.debt),
                (both.model.available(), both.model.pending(), both.model.debt),
                "step {}: {:?}", number, step
            );
            prop_assert!(balance.available >= -balance.debt);
        }
    }

    #[test]
    fn t19_in_whatever_order_and_how_often_facts_are_heard_they_come_to_the_same(
        facts in Just(vec![0_u8, 1, 2, 3, 4, 0, 2, 3, 1]).prop_shuffle(),
        cancelled: bool,
        redeemed in 0_i64..30,
    ) {
        let tell = |shop: &Shop, fact: u8| match fact {
            0 => shop.earn("ord_1", TOTAL),
            1 => shop.refund("ord_1", TOTAL, back("r1", 1_234)),
            2 => shop.refund("ord_1", TOTAL, back("r2", 777)),
            3 => shop.refund("ord_1", TOTAL, Refunded { tendered: 300, ..back("r3", 0) }),
            _ if cancelled => shop.cancel("ord_1", TOTAL),
            _ => {}
        };
        let run = |facts: &[u8]| {
            let shop = Shop::new(|_| {});
            shop.manual(40, 0).unwrap();
            shop.redeem("ord_1", "anna", Some(redeemed), TOTAL);
            for fact in facts {
                tell(&shop, *fact);
            }
            shop.balance()
        };
        prop_assert_eq!(run(&facts), run(&[0, 1, 2, 3, 4]));
    }
}
