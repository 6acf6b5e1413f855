use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::address::AddressDraft;
use crate::attribution::{AttributionMode, Clicks};
use crate::change::Change;
use crate::hook::CustomerTraits;
use crate::money::Rate;
use crate::principal::Actor;
use crate::schedule::IntervalUnit;
use crate::store::PriceMode;
use crate::totals::Calculation;

mod merging;

fn at(second: i64) -> Instant {
    Instant::from_micros(second * 1_000_000)
}

fn euro(amount: i64) -> Money {
    Money::new(amount, "EUR".parse().unwrap())
}

fn cart_of(owner: CartOwner) -> Cart {
    let start = CartStart {
        id: CartId::generate(),
        store: StoreId::from_bytes([1; 16]),
        currency: "EUR".parse().unwrap(),
        owner,
        is_current: true,
        origin: CartOrigin::Storefront,
        opened_by: None,
    };
    Cart::create(start, at(0))
}

fn cart() -> Cart {
    cart_of(CartOwner::Customer(CustomerId::from_bytes([2; 16])))
}

fn draft(variant: u8, quantity: u32) -> LineDraft {
    LineDraft {
        id: LineId::generate(),
        variant: VariantId::from_bytes([variant; 16]),
        product: ProductId::from_bytes([variant; 16]),
        sku: format!("SKU-{variant}"),
        name: "Mug".into(),
        quantity,
        unit_price: euro(1_000),
        price_source: PriceSource::Catalog,
        tax_class: "standard".into(),
        schedule: LineSchedule::OneTime,
        options: Map::new(),
        added_by: AddedBy::Customer,
    }
}

fn with(variants: &[(u8, u32)]) -> Cart {
    let lines = variants.iter();
    lines.fold(cart(), |cart, (variant, count)| {
        cart.add_line(draft(*variant, *count), at(1)).unwrap()
    })
}

fn quantities(cart: &Cart) -> Vec<(&str, u32)> {
    cart.lines.iter().map(|line| (line.sku.as_str(), line.quantity)).collect()
}

fn priced(cart: &Cart) -> Cart {
    let traits = CustomerTraits::default();
    let input = cart.pricing(PriceMode::Incl, |_| Rate::ZERO, None, &traits, false);
    let totals = Calculation::begin(input).unwrap().finish().unwrap();
    cart.priced(totals, at(2)).unwrap()
}

fn invalid(result: Result<Cart, CartError>) -> Vec<(String, FieldCode)> {
    match result {
        Err(CartError::Invalid(errors)) => {
            errors.into_iter().map(|error| (error.path, error.code)).collect()
        }
        other => panic!("{other:?} isn't invalid"),
    }
}

#[test]
fn more_of_the_same_adds_up_and_anything_else_is_a_line_of_its_own() {
    let staff = PriceSource::Manual(StaffId::generate());
    let month = LineSchedule::Every { count: 1, unit: IntervalUnit::Month, first_at: None };
    let gift = Map::from_iter([("gift".to_owned(), json!(true))]);
    let mut cart = with(&[(1, 2)]);
    for other in [
        LineDraft { unit_price: euro(900), ..draft(1, 3) },
        LineDraft { schedule: month, ..draft(1, 1) },
        LineDraft { options: gift, ..draft(1, 1) },
        LineDraft { price_source: staff, unit_price: euro(1), ..draft(1, 1) },
        draft(2, 1),
    ] {
        cart = cart.add_line(other, at(2)).unwrap();
    }
    let lines: Vec<_> =
        cart.lines.iter().map(|line| (line.quantity, line.unit_price.amount)).collect();
    // The first one costs what the catalogue asks now.
    assert_eq!(lines, [(5, 900), (1, 1_000), (1, 1_000), (1, 1), (1, 1_000)]);
    assert_eq!(cart.version, 7);
}

#[test]
fn t12_a_quantity_of_0_removes_and_10_000_is_refused() {
    let cart = with(&[(1, 2), (2, 1)]);
    let line = cart.lines[0].id.clone();
    let range = vec![("quantity".to_owned(), FieldCode::Range)];
    assert_eq!(cart.set_quantity(&line, 9_999, at(2)).unwrap().lines[0].quantity, 9_999);
    assert_eq!(invalid(cart.set_quantity(&line, 10_000, at(2))), range);
    assert_eq!(invalid(cart.add_line(draft(1, 9_998), at(2))), range);
    assert_eq!(invalid(cart.add_line(draft(3, 0), at(2))), range);
    assert_eq!(quantities(&cart.set_quantity(&line, 0, at(2)).unwrap()), [("SKU-2", 1)]);
    let foreign = LineId::generate();
    for quantity in [0, 1] {
        let refused = cart.set_quantity(&foreign, quantity, at(2));
        assert_eq!(refused, Err(CartError::UnknownLine));
    }
}

#[test]
fn i6_a_line_in_another_currency_is_refused_with_whatever_else_is_wrong() {
    let cart = cart();
    let long = Map::from_iter([("a".to_owned(), json!("x".repeat(2_048)))]);
    let every = LineSchedule::Every { count: 0, unit: IntervalUnit::Day, first_at: None };
    let price = Money::new(1, "USD".parse().unwrap());
    let bad = LineDraft { unit_price: price, options: long, schedule: every, ..draft(1, 1) };
    let errors = invalid(cart.add_line(bad, at(1)));
    let paths: Vec<_> = errors.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["unit_price", "schedule.count", "options"]);
    let below = LineDraft { unit_price: euro(-1), ..draft(1, 1) };
    assert_eq!(invalid(cart.add_line(below, at(1))).len(), 1);

    let one = with(&[(1, 1)]);
    let line = one.lines[0].id.clone();
    assert!(one.set_price(&line, price, PriceSource::Catalog, at(2)).is_err());
    let mut totals = priced(&one).totals.unwrap();
    totals.currency = "USD".parse().unwrap();
    assert_eq!(one.priced(totals, at(2)), Err(CartError::Currency(one.currency)));
}

#[test]
fn a_cart_has_at_most_200_lines_and_10_codes() {
    let mut cart = with(&(0..200).map(|at| (at, 1)).collect::<Vec<_>>());
    assert_eq!(
        invalid(cart.add_line(draft(200, 1), at(2))),
        [("lines".into(), FieldCode::TooLong)]
    );
    assert!(cart.add_line(draft(199, 1), at(2)).is_ok());
    for code in 0..10 {
        cart = cart.apply_code(&format!("code{code}"), at(2)).unwrap();
    }
    assert_eq!(invalid(cart.apply_code("more", at(2))), [("code".into(), FieldCode::TooLong)]);
}

#[test]
fn codes_are_compared_without_regard_to_case() {
    let cart = cart().apply_code(" summer-straße ", at(1)).unwrap();
    assert_eq!(cart.codes, ["SUMMER-STRASSE"]);
    assert_eq!(cart.apply_code("Summer-STRASSE", at(2)).unwrap(), cart);
    assert_eq!(cart.remove_code("winter", at(2)), Err(CartError::UnknownCode));
    assert!(cart.remove_code("summer-Straße", at(2)).unwrap().codes.is_empty());
    for (bad, code) in [
        ("  ", FieldCode::Required),
        (&"x".repeat(65), FieldCode::TooLong),
        // Folded it is twice as long.
        (&"ß".repeat(33), FieldCode::TooLong),
        ("a\nb", FieldCode::Malformed),
    ] {
        assert_eq!(invalid(cart.apply_code(bad, at(2))), [("code".to_owned(), code)], "{bad}");
    }
}

#[test]
fn a_locked_cart_keeps_its_lines_codes_and_prices() {
    let cart = with(&[(1, 2)]).apply_code("a", at(1)).unwrap();
    let line = cart.lines[0].id.clone();
    let locked = cart.set_lock(CartLock::Lines, at(2)).unwrap();
    let prices = LinePrices::from([(locked.lines[0].variant.clone(), euro(1))]);
    for refused in [
        locked.add_line(draft(2, 1), at(3)),
        locked.set_quantity(&line, 1, at(3)),
        locked.remove_line(&line, at(3)),
        locked.set_schedule(&line, LineSchedule::OneTime, at(3)),
        locked.set_price(&line, euro(1), PriceSource::Catalog, at(3)),
        locked.apply_code("b", at(3)),
        locked.remove_code("a", at(3)),
    ] {
        assert_eq!(refused, Err(CartError::Locked));
    }
    let dollar = "USD".parse().unwrap();
    assert_eq!(locked.convert(dollar, &prices, at(3)), Err(CartError::Locked));
    assert_eq!(locked.reprice(&prices, at(3)), Ok(None));
    let note = CartDetails { note: Change::Set("Ring twice".into()), ..CartDetails::default() };
    assert!(locked.set_details(&note, at(3)).is_ok());
    assert!(locked.set_lock(CartLock::None, at(3)).unwrap().remove_line(&line, at(4)).is_ok());
}

#[test]
fn i3_a_cart_leaves_open_once_and_nothing_changes_afterwards() {
    let cart = priced(&with(&[(1, 2)]));
    let line = cart.lines[0].id.clone();
    for gone in [
        cart.close(OrderId::generate(), at(3)).unwrap(),
        cart.expire(at(3)).unwrap(),
        cart.delete(at(3)).unwrap(),
    ] {
        let closed = CartError::Closed(gone.status);
        assert!(!gone.is_current, "I2: only open carts are current");
        // What was ordered keeps what it came to.
        assert_eq!((&gone.lines, &gone.totals), (&cart.lines, &cart.totals));
        assert_eq!(gone.priced_at, cart.priced_at);
        let details = CartDetails::default();
        for refused in vec![
            gone.add_line(draft(2, 1), at(4)),
            gone.set_quantity(&line, 1, at(4)),
            gone.remove_line(&line, at(4)),
            gone.apply_code("a", at(4)),
            gone.set_details(&details, at(4)),
            gone.set_agent(None, at(4)),
            gone.set_current(true, at(4)),
            gone.set_owner(gone.owner.clone(), true, at(4)),
            gone.priced(cart.totals.clone().unwrap(), at(4)),
            gone.abandon(at(4)),
            gone.close(OrderId::generate(), at(4)),
            gone.expire(at(4)),
            gone.delete(at(4)),
        ] {
            assert_eq!(refused, Err(closed.clone()));
        }
    }
}

#[test]
fn prices_follow_the_catalogue_unless_staff_has_set_them() {
    let cart = with(&[(1, 1), (2, 1)]);
    let by_hand = PriceSource::Manual(StaffId::generate());
    let cart = cart.set_price(&cart.lines[1].id, euro(1), by_hand, at(2)).unwrap();
    let price = |currency: &str| {
        let money = Money::new(7, currency.parse().unwrap());
        cart.lines.iter().map(|line| (line.variant.clone(), money)).collect::<LinePrices>()
    };
    let next = cart.reprice(&price("EUR"), at(3)).unwrap().unwrap();
    let amounts: Vec<_> = next.lines.iter().map(|line| line.unit_price.amount).collect();
    assert_eq!(amounts, [7, 1]);
    assert_eq!(next.reprice(&price("EUR"), at(4)), Ok(None));
    // T70: a price set by hand can't be carried over to another currency.
    let dollar = "USD".parse().unwrap();
    let refused = invalid(cart.convert(dollar, &price("USD"), at(3)));
    assert_eq!(refused, [("lines.1".to_owned(), FieldCode::Range)]);
    let cart = cart.remove_line(&cart.lines[1].id, at(3)).unwrap();
    let converted = cart.convert(dollar, &price("USD"), at(4)).unwrap();
    assert_eq!(converted.lines[0].unit_price, Money::new(7, dollar));
    assert!(cart.convert(dollar, &LinePrices::new(), at(4)).is_err());
}

#[test]
fn a_change_makes_totals_stale_and_a_cart_fresh_again() {
    let cart = priced(&with(&[(1, 2)])).abandon(at(3)).unwrap();
    assert_eq!((cart.priced_at, cart.abandoned_at), (Some(at(2)), Some(at(3))));
    assert_eq!(cart.version, 2, "neither is a change of the cart");
    let next = cart.apply_code("a", at(4)).unwrap();
    assert_eq!((next.version, next.priced_at, next.abandoned_at), (3, None, None));
    assert_eq!(next.updated_at, at(4));
}

#[test]
fn t72_carts_grow_old_as_they_should() {
    let ages = CartAges::default();
    let hour = 3_600;
    let day = 24 * hour;
    let visitor = cart_of(CartOwner::Visitor(VisitId::generate()));
    let one = |cart: Cart| cart.add_line(draft(1, 1), at(0)).unwrap();
    let email =
        CartDetails { email: Change::Set("a@example.com".into()), ..CartDetails::default() };
    let lead = one(visitor.set_details(&email, at(0)).unwrap());
    let (anonymous, known) = (one(visitor.clone()), one(cart()));
    for (cart, second, held, age) in [
        (&visitor, 6 * hour - 1, false, CartAge::Fresh),
        (&visitor, 6 * hour, false, CartAge::Expired),
        (&visitor, 6 * hour, true, CartAge::Fresh),
        (&anonymous, hour - 1, false, CartAge::Fresh),
        (&anonymous, hour, false, CartAge::Abandoned),
        (&anonymous, 30 * day - 1, false, CartAge::Abandoned),
        (&anonymous, 30 * day, false, CartAge::Expired),
        (&anonymous, 30 * day, true, CartAge::Abandoned),
        (&lead, 30 * day, false, CartAge::Abandoned),
        (&lead, 90 * day, false, CartAge::Expired),
        (&known, 90 * day - 1, false, CartAge::Abandoned),
        (&known, 90 * day, false, CartAge::Expired),
    ] {
        assert_eq!(cart.age(&ages, held, at(second)), age, "after {second} s, held: {held}");
    }
    let abandoned = known.abandon(at(hour)).unwrap();
    assert_eq!(abandoned.age(&ages, false, at(2 * hour)), CartAge::Fresh, "once per version");
    assert_eq!(known.delete(at(1)).unwrap().age(&ages, false, at(100 * day)), CartAge::Fresh);
}

#[test]
fn wishes_are_kept_for_each_plugin() {
    let (points, other) = ("points".parse().unwrap(), "other".parse().unwrap());
    let cart = cart().set_wish(&points, Some(json!({ "use": 50 })), at(1)).unwrap();
    assert_eq!(cart.wishes.get(&points), Some(&json!({ "use": 50 })));
    assert_eq!(cart.wishes.get(&other), None);
    assert_eq!(invalid(cart.set_wish(&other, Some(json!("x".repeat(2_047))), at(2))).len(), 1);
    assert!(cart.set_wish(&points, None, at(2)).unwrap().wishes.is_empty());
}

#[test]
fn details_are_set_kept_and_cleared() {
    let draft = AddressDraft {
        line1: Some("Way 1".into()),
        city: Some("Ulm".into()),
        country: Some("DE".into()),
        region_code: Some("BW".into()),
        ..AddressDraft::default()
    };
    let address = PostalAddress::create(draft).unwrap();
    assert_eq!(address.tax_place().region, Some("BW"));
    assert!(PostalAddress::create(AddressDraft::default()).is_err());
    let set = CartDetails {
        billing: Change::Set(address.clone()),
        email: Change::Set("A@example.com".into()),
        ..CartDetails::default()
    };
    let cart = cart().set_details(&set, at(1)).unwrap();
    assert_eq!((&cart.billing, &cart.shipping), (&Some(address), &None));
    let clear = CartDetails { billing: Change::Clear, ..CartDetails::default() };
    let cart = cart.set_details(&clear, at(2)).unwrap();
    assert!(cart.billing.is_none() && cart.email.is_some());
    let bad = CartDetails { email: Change::Set("a".into()), ..CartDetails::default() };
    assert_eq!(invalid(cart.set_details(&bad, at(2)))[0].0, "email");
}

#[test]
fn hooks_see_the_lines_with_what_is_left_of_them() {
    let cart = with(&[(1, 2), (2, 1)]);
    let traits = CustomerTraits {
        line_discount: Rate::from_parts_per_million(100_000),
        ..Default::default()
    };
    let input = cart.pricing(PriceMode::Incl, |_| Rate::ZERO, None, &traits, true);
    assert!(input.tax_exempt);
    let calculation = Calculation::begin(input).unwrap();
    let running = calculation.so_far(crate::adjustment::Stage::LineDiscount).unwrap();
    let view = cart.view(running, traits, true, false);
    let left: Vec<_> = view.lines.iter().map(|line| line.net_so_far.amount).collect();
    assert_eq!(left, [1_800, 900]);
    assert_eq!((view.version, view.customer.as_ref()), (cart.version, cart.customer()));
}

#[test]
fn a_cart_survives_json() {
    let wish = json!({ "use": true });
    let cart = priced(&with(&[(1, 2)])).set_wish(&"a".parse().unwrap(), Some(wish), at(2)).unwrap();
    let text = serde_json::to_string(&cart).unwrap();
    assert_eq!(serde_json::from_str::<Cart>(&text).unwrap(), cart);
}
