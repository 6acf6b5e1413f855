use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::adjustment::{AdjustmentScope, ProposedAdjustment, Stage};
use crate::cart::{AddedBy, Cart, CartOrigin, CartOwner, CartStart, LineDraft, PriceSource};
use crate::hook::CustomerTraits;
use crate::id::{
    CartId, CustomerId, LineId, OrderId, PaymentId, ProductId, RefundId, StoreId, VariantId,
};
use crate::money::Rate;
use crate::principal::Actor;
use crate::schedule::LineSchedule;
use crate::store::PriceMode;
use crate::totals::Calculation;

fn at(second: i64) -> Instant {
    Instant::from_micros(second * 1_000_000)
}

fn euro(amount: i64) -> Money {
    Money::new(amount, "EUR".parse().unwrap())
}

/// A cart with two lines, 2 × 10.00 and 1 × 5.00, of which so much is paid with points.
fn cart(points: i64) -> Cart {
    let start = CartStart {
        id: CartId::generate(),
        store: StoreId::generate(),
        currency: "EUR".parse().unwrap(),
        owner: CartOwner::Customer(CustomerId::generate()),
        is_current: true,
        origin: CartOrigin::Storefront,
        opened_by: None,
    };
    let mut cart = Cart::create(start, at(0));
    for (quantity, price) in [(2, 1_000), (1, 500)] {
        let draft = LineDraft {
            id: LineId::generate(),
            variant: VariantId::generate(),
            product: ProductId::generate(),
            sku: "MUG".into(),
            name: "Mug".into(),
            quantity,
            unit_price: euro(price),
            price_source: PriceSource::Catalog,
            tax_class: "standard".into(),
            schedule: LineSchedule::OneTime,
            options: Map::new(),
            added_by: AddedBy::Customer,
        };
        cart = cart.add_line(draft, at(1)).unwrap();
    }
    let traits = CustomerTraits::default();
    let input = cart.pricing(PriceMode::Incl, |_| Rate::ZERO, None, &traits, false);
    let mut calculation = Calculation::begin(input).unwrap();
    let tender = ProposedAdjustment {
        code: "points".into(),
        scope: AdjustmentScope::Tender,
        amount: euro(-points),
        label: [].into(),
        data: json!(null),
    };
    calculation.offer(Stage::Tender, &"points".parse().unwrap(), vec![tender]).unwrap();
    cart.priced(calculation.finish().unwrap(), at(2)).unwrap()
}

fn start() -> OrderStart {
    OrderStart {
        id: OrderId::generate(),
        number: 7,
        shipping_method: None,
        customer_ip: Some("192.0.2.1".into()),
        actor: Actor::System,
        actor_ip: None,
        impersonation: None,
        placed_via: PlacedVia::Storefront,
        placed_at: at(3),
    }
}

fn placed(points: i64) -> Order {
    Order::place(OrderSnapshot::of_cart(&cart(points), start()).unwrap())
}

fn payment(amount: i64, state: PaymentState) -> Payment {
    let id = PaymentId::generate();
    Payment {
        id,
        provider: "manual".into(),
        amount: euro(amount),
        state,
        reference: None,
        at: at(4),
    }
}

fn paid(points: i64) -> Order {
    let order = placed(points);
    if points == 2_500 {
        return order;
    }
    order.pay(payment(2_500 - points, PaymentState::Paid)).unwrap()
}

fn refund(amount: i64, tendered: i64) -> Refund {
    Refund {
        id: RefundId::generate(),
        amount: euro(amount),
        tendered: euro(tendered),
        lines: Vec::new(),
        reason: None,
        at: at(9),
        actor: Actor::System,
        data: [].into(),
    }
}

#[test]
fn t5_an_order_with_nothing_to_pay_is_paid_when_it_is_placed() {
    let order = placed(2_500);
    assert_eq!((order.status(), order.progress().paid_at), (OrderStatus::Paid, Some(at(3))));
    let order = placed(2_499);
    assert_eq!((order.status(), order.progress().paid_at), (OrderStatus::Placed, None));
    assert_eq!(order.left_to_pay(), Ok(euro(1)));
}

#[test]
fn only_a_priced_cart_with_something_in_it_is_ordered() {
    let cart = cart(0);
    let of = |cart: &Cart| OrderSnapshot::of_cart(cart, start()).map(drop);
    assert_eq!(of(&cart), Ok(()));
    let line = cart.lines[0].id.clone();
    let changed = cart.set_quantity(&line, 3, at(4)).unwrap();
    assert_eq!(of(&changed), Err(OrderError::Unpriced));
    // Totals of other lines than these won't do, even if somebody says they are new.
    let lied = changed.priced(cart.totals.clone().unwrap(), at(4)).unwrap();
    assert_eq!(of(&lied), Err(OrderError::Unpriced));
    let lines = cart.lines.iter();
    let empty = lines.fold(cart.clone(), |cart, line| cart.remove_line(&line.id, at(4)).unwrap());
    assert_eq!(of(&empty), Err(OrderError::Empty));
}

#[test]
fn an_order_is_paid_once_all_of_it_is() {
    let order = placed(0).pay(payment(1_000, PaymentState::Paid)).unwrap();
    assert_eq!((order.status(), order.left_to_pay()), (OrderStatus::Placed, Ok(euro(1_500))));
    let rest = payment(1_500, PaymentState::Pending);
    let id = rest.id.clone();
    let order = order.pay(rest.clone()).unwrap();
    assert_eq!(order.pay(rest), Err(OrderError::UnknownPayment));
    // What is under way counts: nobody pays twice.
    let more = order.pay(payment(1, PaymentState::Pending));
    assert_eq!(more, Err(OrderError::Payment(euro(0))));
    let order = order.set_payment(&id, PaymentState::Authorized, None, at(5)).unwrap();
    assert_eq!(order.status(), OrderStatus::Placed);
    let order = order.set_payment(&id, PaymentState::Paid, Some("ref".into()), at(6)).unwrap();
    assert_eq!((order.status(), order.progress().paid_at), (OrderStatus::Paid, Some(at(6))));
    // Told twice, it is true once.
    assert_eq!(order.set_payment(&id, PaymentState::Paid, None, at(7)).unwrap(), order);
    let back = order.set_payment(&id, PaymentState::Failed, None, at(7));
    assert_eq!(back, Err(OrderError::PaymentState(PaymentState::Paid)));
    let late = order.pay(payment(1, PaymentState::Paid));
    assert_eq!(late, Err(OrderError::Status(OrderStatus::Paid)));
}

#[test]
fn a_payment_that_failed_makes_room_for_another() {
    let first = payment(2_500, PaymentState::Pending);
    let id = first.id.clone();
    let order = placed(0).pay(first).unwrap();
    let order = order.set_payment(&id, PaymentState::Failed, None, at(5)).unwrap();
    let order = order.pay(payment(2_500, PaymentState::Paid)).unwrap();
    assert_eq!(order.status(), OrderStatus::Paid);
    for bad in [0, -1, 2_501] {
        let refused = placed(0).pay(payment(bad, PaymentState::Paid));
        assert_eq!(refused, Err(OrderError::Payment(euro(2_500))), "{bad}");
    }
    let mut dollar = payment(1, PaymentState::Paid);
    dollar.amount.currency = "USD".parse().unwrap();
    assert!(matches!(placed(0).pay(dollar), Err(OrderError::Money(MoneyError::Mixed(..)))));
}

#[test]
fn t10_a_refund_of_nothing_or_of_more_than_was_paid_is_refused() {
    let order = paid(500);
    for (bad, left) in [
        (refund(0, 0), 2_000),
        (refund(-1, 1), 2_000),
        (refund(2_001, 0), 2_000),
        (refund(1, -1), 500),
        (refund(0, 501), 500),
        (refund(i64::MAX, 0), 2_000),
    ] {
        assert_eq!(order.refund(bad), Err(OrderError::Refund(euro(left))));
    }
    let part = order.refund(refund(1_999, 0)).unwrap();
    assert_eq!(part.status(), OrderStatus::PartiallyRefunded);
    assert_eq!(part.refund(refund(2, 0)), Err(OrderError::Refund(euro(1))));
    let all_money = part.refund(refund(1, 0)).unwrap();
    assert_eq!(all_money.status(), OrderStatus::PartiallyRefunded, "the points are left");
    let all = all_money.refund(refund(0, 500)).unwrap();
    assert_eq!((all.status(), all.is_fully_refunded()), (OrderStatus::Refunded, Ok(true)));
    assert_eq!(all.refund(refund(1, 0)), Err(OrderError::Status(OrderStatus::Refunded)));
    assert_eq!(placed(0).refund(refund(1, 0)), Err(OrderError::Refund(euro(0))));
}

#[test]
fn a_refund_names_lines_of_the_order_and_no_more_of_them_than_there_are() {
    let order = paid(0);
    let lines = &order.snapshot().lines;
    let of = |line: &LineId, quantity, amount| {
        let line = RefundLine { line: line.clone(), quantity, amount: euro(amount) };
        Refund { lines: vec![line], ..refund(500, 0) }
    };
    let one = order.refund(of(&lines[0].id, 1, 500)).unwrap();
    assert!(one.refund(of(&lines[0].id, 1, 500)).is_ok());
    let paths = |refused: Result<Order, OrderError>| match refused {
        Err(OrderError::Invalid(errors)) => {
            errors.into_iter().map(|error| error.path).collect::<Vec<_>>()
        }
        other => panic!("{other:?} isn't invalid"),
    };
    assert_eq!(paths(one.refund(of(&lines[0].id, 2, 500))), ["lines.0"]);
    assert_eq!(paths(one.refund(of(&LineId::generate(), 1, 1))), ["lines.0"]);
    assert_eq!(paths(one.refund(of(&lines[0].id, 1, 501))), ["lines"]);
    let again = Refund { id: one.progress().refunds[0].id.clone(), ..refund(1, 0) };
    assert_eq!(paths(one.refund(again)), ["id"]);
}

#[test]
fn an_order_goes_from_status_to_status_and_not_back() {
    let unpaid = placed(0);
    assert_eq!(unpaid.complete(at(5)), Err(OrderError::Status(OrderStatus::Placed)));
    let cancelled = unpaid.cancel("changed their mind", at(5)).unwrap();
    assert_eq!(cancelled.status(), OrderStatus::Cancelled);
    let twice = cancelled.cancel("again", at(6));
    assert_eq!(twice, Err(OrderError::Status(OrderStatus::Cancelled)));
    assert!(unpaid.cancel(&"x".repeat(501), at(5)).is_err());

    let completed = paid(0).complete(at(5)).unwrap();
    assert_eq!(completed.status(), OrderStatus::Completed);
    assert!(completed.complete(at(6)).is_err() && completed.cancel("", at(6)).is_err());
    let part = completed.refund(refund(1, 0)).unwrap();
    assert_eq!(part.status(), OrderStatus::PartiallyRefunded);
    assert!(part.cancel("", at(6)).is_err() && part.complete(at(6)).is_err());
    // What was refunded before it was done stays so.
    let part = paid(0).refund(refund(1, 0)).unwrap().complete(at(6)).unwrap();
    assert_eq!(part.status(), OrderStatus::PartiallyRefunded);
    assert_eq!(part.progress().completed_at, Some(at(6)));
}

#[test]
fn t22_money_of_a_cancelled_order_can_be_given_back() {
    let pending = payment(2_500, PaymentState::Pending);
    let id = pending.id.clone();
    let order = placed(0).pay(pending).unwrap().cancel("", at(5)).unwrap();
    // The customer had paid at that very moment.
    let order = order.set_payment(&id, PaymentState::Paid, None, at(6)).unwrap();
    assert_eq!((order.status(), order.left_to_refund()), (OrderStatus::Cancelled, Ok(euro(2_500))));
    let order = order.refund(refund(2_500, 0)).unwrap();
    assert_eq!((order.status(), order.is_fully_refunded()), (OrderStatus::Cancelled, Ok(true)));
}

#[test]
fn i12_t67_what_an_order_is_made_of_never_changes() {
    let cart = cart(500);
    let order = Order::place(OrderSnapshot::of_cart(&cart, start()).unwrap());
    let snapshot = order.snapshot().clone();
    let edited = cart.set_agent(None, at(4)).unwrap().set_quantity(&cart.lines[0].id, 9, at(4));
    assert!(edited.is_ok());
    let order = order.pay(payment(2_000, PaymentState::Paid)).unwrap();
    let order = order.refund(refund(5, 5)).unwrap().complete(at(8)).unwrap();
    assert_eq!(order.snapshot(), &snapshot);
    let text = serde_json::to_string(&order).unwrap();
    let read: Order = serde_json::from_str(&text).unwrap();
    assert_eq!(read, order);
    let (snapshot, progress) = (read.snapshot().clone(), read.progress().clone());
    assert_eq!(Order::restore(snapshot, progress), order);
}

proptest! {
    #[test]
    fn no_row_of_steps_gives_back_more_than_was_paid(
        points in 0..=2_500_i64,
        steps in prop::collection::vec((0..5_u8, -10..3_000_i64, 0..600_i64), 0..20),
    ) {
        let mut order = placed(points);
        for (step, amount, tendered) in steps {
            let next = match step {
                0 => order.pay(payment(amount, PaymentState::Paid)),
                1 => order.refund(refund(amount, 0)),
                2 => order.refund(refund(amount, tendered)),
                3 => order.complete(at(5)),
                _ => order.cancel("", at(5)),
            };
            if let Ok(next) = next {
                prop_assert_eq!(next.progress().version, order.progress().version + 1);
                order = next;
            }
            let (paid, refunded) = (order.paid().unwrap(), order.refunded().unwrap());
            prop_assert!(paid.amount <= order.snapshot().totals.payable.amount);
            prop_assert!((0..=paid.amount).contains(&refunded.amount));
            prop_assert!((0..=points).contains(&order.left_to_untender().unwrap().amount));
            let full = order.is_fully_refunded().unwrap();
            if order.status() == OrderStatus::Refunded {
                prop_assert!(full);
            }
        }
    }
}
