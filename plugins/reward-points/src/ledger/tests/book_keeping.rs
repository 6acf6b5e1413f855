use super::*;
use crate::rules::program::{Earning, Unit};
use crate::rules::{Consume, Negative};

#[test]
fn an_order_earns_once() {
    let shop = Shop::new(|_| {});
    for _ in 0..100 {
        shop.earn("ord_1", 10_000);
    }
    assert_eq!(shop.available(), 10);
    assert_eq!(shop.books.entries.borrow().len(), 1);
}

#[test]
fn t19_an_order_that_was_called_off_before_it_was_heard_of_earns_nothing() {
    let shop = Shop::new(|_| {});
    shop.cancel("ord_1", 10_000);
    shop.earn("ord_1", 10_000);
    assert_eq!((shop.available(), shop.books.entries.borrow().len()), (0, 0));
}

#[test]
fn t19_refunds_that_are_heard_of_first_are_taken_back_with_the_earning() {
    let shop = Shop::new(|_| {});
    shop.refund("ord_1", 10_000, back("r1", 100));
    shop.refund("ord_1", 10_000, back("r1", 100));
    assert_eq!(shop.available(), 0);
    shop.earn("ord_1", 10_000);
    assert_eq!(shop.available(), 9);
}

#[test]
fn t21_an_order_called_off_takes_back_what_it_earned_active_or_not() {
    for delay in [0, 14] {
        let mut shop = Shop::new(|program| program.delay = delay);
        shop.earn("ord_1", 10_000);
        shop.pass(DAY);
        let before = shop.balance();
        assert_eq!(before.available + before.pending, 10);
        for _ in 0..2 {
            shop.cancel("ord_1", 10_000);
            let after = shop.balance();
            assert_eq!((after.available, after.pending, after.debt), (0, 0, 0));
        }
    }
}

#[test]
fn t21_spent_points_that_are_taken_back_become_a_debt_that_later_ones_pay() {
    let shop = Shop::new(|_| {});
    shop.earn("ord_1", 10_000);
    assert_eq!(shop.redeem("ord_2", "anna", Some(7), 5_000), 7);
    shop.cancel("ord_1", 10_000);
    let owing = shop.balance();
    assert_eq!((owing.available, owing.debt, owing.booked), (-7, 7, -7));
    shop.earn("ord_3", 10_000);
    let paid = shop.balance();
    assert_eq!((paid.available, paid.debt), (3, 0));
}

#[test]
fn spent_points_can_also_be_let_go() {
    let shop = Shop::new(|program| program.negative = Negative::Clamp);
    shop.earn("ord_1", 10_000);
    shop.redeem("ord_2", "anna", Some(7), 5_000);
    shop.cancel("ord_1", 10_000);
    assert_eq!((shop.available(), shop.balance().debt), (0, 0));
    assert_eq!(shop.books.warnings.borrow().len(), 1);
    assert!(matches!(shop.manual(-1, 0), Err(Refusal::TooFew(0))));
}

#[test]
fn an_order_called_off_gives_back_the_points_that_paid_it() {
    let shop = Shop::new(|_| {});
    shop.earn("ord_1", 10_000);
    shop.redeem("ord_2", "anna", None, 500);
    assert_eq!(shop.available(), 5);
    shop.cancel("ord_2", 500);
    shop.cancel("ord_2", 500);
    assert_eq!(shop.available(), 10);
}

#[test]
fn t22_refunds_before_and_after_calling_off_give_nothing_twice() {
    let shop = Shop::new(|_| {});
    shop.manual(20, 0).unwrap();
    shop.redeem("ord_1", "anna", Some(20), 10_000);
    shop.earn("ord_1", 10_000);
    // 80.00 were paid and earned 8; half of that goes back.
    shop.refund("ord_1", 10_000, back("r1", 4_000));
    assert_eq!(shop.available(), 8 - 4 + 8);
    shop.cancel("ord_1", 10_000);
    assert_eq!(shop.available(), 20);
    shop.refund("ord_1", 10_000, everything("r2", 4_000));
    assert_eq!(shop.available(), 20);
}

#[test]
fn the_earliest_expiry_is_used_first_or_the_first_earned() {
    for (consume, left) in [(Consume::EarliestExpiry, 100), (Consume::Fifo, 5)] {
        let mut shop = Shop::new(|program| program.consume = consume);
        shop.manual(100, 0).unwrap();
        shop.pass(1);
        shop.manual(5, 30).unwrap();
        shop.redeem("ord_1", "anna", Some(5), 10_000);
        shop.redeem("ord_2", "anna", Some(if left == 5 { 95 } else { 0 }), 100_000);
        assert_eq!(shop.available(), left);
        shop.pass(31 * DAY);
        assert_eq!(shop.available(), if left == 5 { 0 } else { left });
    }
}

#[test]
fn a_customer_with_very_many_lots_pays_from_the_earliest() {
    let mut shop = Shop::new(|_| {});
    for lot in 0..2_000 {
        shop.now = START + 2_000 - lot;
        let key = format!("manual:{lot}");
        let adjustment = Adjustment {
            customer: "anna",
            points: 1,
            message: "one",
            at: shop.now,
            active_at: START,
            expires_at: START + DAY + lot,
            key,
            actor: "system",
        };
        shop.ledger().adjust(&adjustment).unwrap();
    }
    shop.now = START + DAY / 2;
    // No more lots at once than this many: the rest stays for another order.
    let once = i64::try_from(PAGES_MAX * 3).unwrap();
    assert_eq!(shop.redeem("ord_1", "anna", None, 1_000_000), once);
    let balance = shop.balance();
    assert_eq!(balance.available, 2_000 - once);
    assert_eq!(balance.next_expiry, Some(START + DAY + once));
}

#[test]
fn t23_points_that_expired_meanwhile_come_back_for_a_week() {
    let mut shop = Shop::new(|program| program.purchase_validity_days = 30);
    shop.earn("ord_1", 10_000);
    shop.redeem("ord_2", "anna", Some(4), 5_000);
    shop.pass(31 * DAY);
    for booked in [false, true] {
        if booked {
            shop.expire();
        }
        assert_eq!(shop.available(), 0);
    }
    shop.cancel("ord_2", 5_000);
    // The six that were never used stay lost.
    assert_eq!(shop.available(), 4);
    shop.pass(7 * DAY - 1);
    assert_eq!(shop.available(), 4);
    shop.pass(1);
    assert_eq!(shop.available(), 0);
    assert_eq!((shop.expire(), shop.balance().booked), (1, 0));
}

#[test]
fn t23_what_was_not_written_off_yet_does_not_come_back_with_it() {
    let mut shop = Shop::new(|program| program.purchase_validity_days = 30);
    shop.earn("ord_1", 10_000);
    shop.redeem("ord_2", "anna", Some(4), 5_000);
    shop.pass(31 * DAY);
    shop.cancel("ord_2", 5_000);
    assert_eq!(shop.available(), 4);
}

#[test]
fn t24_paying_and_calling_off_again_and_again_makes_points_last_a_week_longer_and_no_more() {
    let mut shop = Shop::new(|program| program.purchase_validity_days = 30);
    shop.earn("ord_1", 10_000);
    for turn in 0..20 {
        let order = format!("ord_turn{turn}");
        let redeemed = shop.redeem(&order, "anna", None, 5_000);
        shop.pass(6 * DAY);
        shop.cancel(&order, 5_000);
        if shop.now >= START + 37 * DAY + 6 * DAY {
            assert_eq!((shop.available(), redeemed), (0, 0), "turn {turn}");
        }
    }
    shop.expire();
    assert_eq!(shop.balance().booked, 0);
}

#[test]
fn t25_what_is_taken_back_is_counted_by_what_it_was_earned_by() {
    let mut shop = Shop::new(|_| {});
    shop.earn("ord_1", 10_000);
    shop.program.earning.insert("EUR".into(), Earning { points: 50, amount: 1, minimum: 0 });
    shop.program.include_redeemed = true;
    shop.refund("ord_1", 10_000, back("r1", 5_000));
    assert_eq!(shop.available(), 5);
    shop.program.earning.clear();
    shop.cancel("ord_1", 10_000);
    assert_eq!((shop.available(), shop.balance().debt), (0, 0));
}

#[test]
fn t26_points_are_active_from_the_very_instant() {
    let mut shop = Shop::new(|program| {
        program.delay = 1;
        program.delay_unit = Unit::Hours;
    });
    shop.earn("ord_1", 10_000);
    shop.pass(HOUR - 1);
    assert_eq!((shop.available(), shop.balance().pending), (0, 10));
    assert_eq!(shop.redeem("ord_2", "anna", None, 5_000), 0);
    shop.pass(1);
    assert_eq!((shop.available(), shop.balance().pending), (10, 0));
    assert_eq!(shop.redeem("ord_3", "anna", None, 5_000), 10);
}

#[test]
fn t27_points_expire_at_the_very_instant_whether_anybody_looks_or_not() {
    let mut shop = Shop::new(|program| program.purchase_validity_days = 30);
    shop.earn("ord_1", 10_000);
    shop.pass(30 * DAY - 1);
    assert_eq!((shop.available(), shop.balance().expiring_30d), (10, 10));
    assert_eq!(shop.expire(), 0);
    shop.pass(1);
    assert_eq!((shop.available(), shop.redeem("ord_2", "anna", None, 5_000)), (0, 0));
    shop.pass(365 * DAY);
    assert_eq!(shop.available(), 0);
    assert_eq!((shop.expire(), shop.expire()), (1, 0));
    let entries = shop.books.entries.borrow();
    let last = entries.last().unwrap();
    assert_eq!((last.kind, last.points, last.at), (Kind::Expire, -10, START + 30 * DAY));
}

#[test]
fn expired_points_are_no_debt_when_their_order_is_called_off() {
    for booked in [false, true] {
        let mut shop = Shop::new(|program| program.purchase_validity_days = 30);
        shop.earn("ord_1", 10_000);
        shop.redeem("ord_2", "anna", Some(4), 5_000);
        shop.pass(31 * DAY);
        if booked {
            shop.expire();
        }
        shop.cancel("ord_1", 10_000);
        // Only what was spent.
        assert_eq!((shop.balance().debt, shop.balance().booked), (4, -4), "{booked}");
    }
}

#[test]
fn t29_a_programme_that_is_off_earns_nothing_but_still_settles() {
    let mut shop = Shop::new(|_| {});
    shop.earn("ord_1", 10_000);
    shop.redeem("ord_2", "anna", Some(4), 5_000);
    shop.program.enabled = false;
    shop.earn("ord_3", 10_000);
    shop.cancel("ord_2", 5_000);
    assert_eq!(shop.available(), 10);
    shop.refund("ord_1", 10_000, everything("r1", 10_000));
    assert_eq!(shop.available(), 0);
}

#[test]
fn t30_points_by_hand_are_booked_once_and_may_leave_a_debt() {
    let shop = Shop::new(|_| {});
    let first = shop.manual(1_000_000_000, 0).unwrap();
    assert_eq!(shop.manual(1_000_000_000, 0).unwrap(), first);
    assert_eq!(first.message, Message::Text("danke, à bientôt 🎁".into()));
    assert_eq!(shop.available(), 1_000_000_000);
    shop.manual(-1_000_000_000, 0).unwrap();
    assert_eq!(shop.available(), 0);
    shop.manual(-5, 0).unwrap();
    assert_eq!((shop.available(), shop.balance().debt), (-5, 5));
}

#[test]
fn a_key_stands_for_one_thing_only() {
    let shop = Shop::new(|_| {});
    let adjustment = |points| Adjustment {
        customer: "anna",
        points,
        message: "x",
        at: START,
        active_at: START,
        expires_at: crate::book::NEVER,
        key: "manual:1".to_owned(),
        actor: "system",
    };
    shop.ledger().adjust(&adjustment(5)).unwrap();
    assert!(matches!(shop.ledger().adjust(&adjustment(6)), Err(Refusal::KeyTaken)));
}

#[test]
fn t31_a_registration_earns_once_and_not_before_the_email_is_known_to_be_theirs() {
    let registering = |program: &mut Program| {
        program.registration_points = 50;
        program.registration_validity_days = 30;
        program.delay = 14;
    };
    for verified_first in [false, true] {
        let mut shop = Shop::new(registering);
        let tell = |shop: &Shop, verified: bool| {
            if verified {
                shop.ledger().verified("anna", shop.now).unwrap();
            } else {
                shop.ledger().registered("anna", shop.now).unwrap();
            }
        };
        tell(&shop, verified_first);
        assert_eq!(shop.available(), 0);
        shop.pass(DAY);
        for _ in 0..3 {
            tell(&shop, !verified_first);
            tell(&shop, verified_first);
        }
        assert_eq!((shop.available(), shop.balance().next_expiring), (50, 50));
        assert_eq!(shop.balance().next_expiry, Some(START + 31 * DAY));
        shop.books.check();
    }
}

#[test]
fn two_accounts_become_one_with_all_dates_and_debts() {
    let mut shop = Shop::new(|program| program.purchase_validity_days = 30);
    shop.earn("ord_1", 10_000);
    shop.redeem("ord_2", "anna", Some(4), 5_000);
    for lot in 0..10 {
        shop.pass(1);
        shop.manual(lot + 1, 0).unwrap();
    }
    let before = shop.balance();
    for _ in 0..2 {
        shop.ledger().merge("anna", "berta", shop.now).unwrap();
        shop.books.check();
    }
    assert_eq!(shop.ledger().balance("berta", shop.now).unwrap(), before);
    // Whoever asks for the old account is shown the new one.
    assert_eq!(shop.balance(), before);
    shop.cancel("ord_2", 5_000);
    shop.cancel("ord_1", 10_000);
    assert_eq!(shop.ledger().balance("berta", shop.now).unwrap().available, 55);
    shop.books.check();
}

#[test]
fn points_that_are_not_there_cannot_be_taken() {
    let shop = Shop::new(|_| {});
    shop.manual(5, 0).unwrap();
    let plan = shop.ledger().plan("anna", 5, shop.now).unwrap();
    let by = Redemption {
        order: "ord_1",
        customer: "anna",
        points: 6,
        value: Money::new(600, "EUR"),
        at: shop.now,
        actor: "system",
    };
    assert!(matches!(shop.ledger().redeem(plan, &by), Err(Refusal::TooFew(5))));
    assert_eq!(shop.available(), 5);
}
