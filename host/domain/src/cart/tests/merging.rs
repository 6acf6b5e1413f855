//! T62: what becomes of two carts.

use super::*;

fn guest(variants: &[(u8, u32)]) -> Cart {
    let owner = CartOwner::Visitor(VisitId::from_bytes([3; 16]));
    Cart { owner, id: CartId::generate(), ..with(variants) }
}

fn merge(own: &Cart, guest: &Cart, strategy: MergeStrategy) -> Result<Merged, CartError> {
    own.merge(guest, strategy, LineId::generate, at(5))
}

#[test]
fn t62_each_strategy_makes_its_own_of_equal_lines() {
    let (own, guest) = (with(&[(1, 5), (2, 1)]), guest(&[(1, 3), (3, 7)]));
    for (strategy, lines) in [
        (MergeStrategy::GuestWins, vec![("SKU-1", 3), ("SKU-2", 1), ("SKU-3", 7)]),
        (MergeStrategy::Sum, vec![("SKU-1", 8), ("SKU-2", 1), ("SKU-3", 7)]),
        (MergeStrategy::Max, vec![("SKU-1", 5), ("SKU-2", 1), ("SKU-3", 7)]),
        (MergeStrategy::KeepCustomer, vec![("SKU-1", 5), ("SKU-2", 1)]),
        (MergeStrategy::KeepGuest, vec![("SKU-1", 3), ("SKU-3", 7)]),
    ] {
        let merged = merge(&own, &guest, strategy).unwrap();
        assert_eq!(quantities(&merged.cart), lines, "{strategy}");
        assert_eq!((&merged.cart.id, merged.cart.version), (&own.id, own.version + 1));
        assert!(merged.cuts.is_empty());
        // The guest's keeps its lines, and lines that came over have ids of their own.
        assert_eq!((merged.guest.status, &merged.guest.lines), (CartStatus::Merged, &guest.lines));
        assert_eq!(merged.guest.merged_into.as_ref(), Some(&own.id));
        assert!(!merged.guest.is_current);
        let came_over = |line: &Line| guest.lines.iter().any(|one| one.id == line.id);
        assert!(!merged.cart.lines.iter().any(came_over));
    }
}

#[test]
fn t62_what_is_over_the_limits_is_cut_and_said() {
    let many: Vec<_> = (0..200).map(|at| (at, 9_000)).collect();
    let mut own = with(&many);
    for code in 0..9 {
        own = own.apply_code(&format!("c{code}"), at(1)).unwrap();
    }
    let guest = guest(&[(1, 1_000), (201, 1)]);
    let guest = ["c1", "d1", "d2"]
        .into_iter()
        .fold(guest, |guest, code| guest.apply_code(code, at(1)).unwrap());
    let merged = merge(&own, &guest, MergeStrategy::Sum).unwrap();
    assert_eq!(merged.cart.lines.len(), 200);
    assert_eq!(merged.cart.lines[1].quantity, 9_999);
    assert_eq!(merged.cart.codes.len(), 10);
    let cuts = [
        MergeCut::Quantity { sku: "SKU-1".into() },
        MergeCut::Line { sku: "SKU-201".into() },
        MergeCut::Code("D2".into()),
    ];
    assert_eq!(merged.cuts, cuts);
}

#[test]
fn t62_a_cart_of_another_customer_is_never_merged() {
    let own = with(&[(1, 1)]);
    let visitor = guest(&[(1, 1)]);
    let other = CartOwner::Customer(CustomerId::generate());
    let elsewhere = StoreId::generate();
    for (one, other) in [
        (&own, &Cart { owner: other, ..visitor.clone() }),
        (&own, &Cart { store: elsewhere, ..visitor.clone() }),
        (&visitor, &guest(&[])),
        (&own, &own),
    ] {
        assert_eq!(merge(one, other, MergeStrategy::Sum).unwrap_err(), CartError::Foreign);
    }
    let dollar = "USD".parse().unwrap();
    let in_dollars = Cart { currency: dollar, ..guest(&[]) };
    let refused = merge(&own, &in_dollars, MergeStrategy::Sum).unwrap_err();
    assert_eq!(refused, CartError::Currency(dollar));
    let locked = visitor.set_lock(CartLock::Lines, at(2)).unwrap();
    assert_eq!(merge(&own, &locked, MergeStrategy::Sum).unwrap_err(), CartError::Locked);
    let gone = visitor.delete(at(2)).unwrap();
    let closed = CartError::Closed(CartStatus::Deleted);
    assert_eq!(merge(&own, &gone, MergeStrategy::Sum).unwrap_err(), closed);
    // A second cart of the same customer may be.
    let second = Cart { owner: own.owner.clone(), ..visitor };
    assert!(merge(&own, &second, MergeStrategy::Sum).is_ok());
}

#[test]
fn t62_lines_with_another_schedule_stay_apart() {
    let own = with(&[(1, 1)]);
    let month = LineSchedule::Every { count: 1, unit: IntervalUnit::Month, first_at: None };
    let guest = guest(&[(1, 1)]);
    let guest = guest.set_schedule(&guest.lines[0].id, month, at(2)).unwrap();
    let merged = merge(&own, &guest, MergeStrategy::Sum).unwrap();
    assert_eq!(quantities(&merged.cart), [("SKU-1", 1), ("SKU-1", 1)]);
}

#[test]
fn t66_the_agent_survives_merging_and_the_newer_clicks_count() {
    let agent = StaffId::generate();
    let own = with(&[(1, 1)]).set_agent(Some(agent.clone()), at(2)).unwrap();
    let clicks = Clicks { utm_source: Some("mail".into()), ..Clicks::default() };
    let replace = AttributionMode::Replace;
    let guest =
        guest(&[(2, 1)]).attribute(clicks.clone(), replace, Actor::Visitor(None), at(3)).unwrap();
    let merged = merge(&own, &guest, MergeStrategy::GuestWins).unwrap();
    assert_eq!(merged.cart.attribution.agent, Some(agent));
    assert_eq!(merged.cart.attribution.clicks, clicks);
}

proptest! {
    #[test]
    fn merging_loses_nothing_and_invents_nothing(
        own in prop::collection::vec((0..6_u8, 1..9_999_u32), 0..6),
        other in prop::collection::vec((0..6_u8, 1..9_999_u32), 0..6),
        strategy in prop::sample::select(MergeStrategy::ALL),
    ) {
        // One line of each: adding up beyond the limit is refused, and tried elsewhere.
        let one_each = |mut lines: Vec<(u8, u32)>| {
            lines.sort_by_key(|(variant, _)| *variant);
            lines.dedup_by_key(|(variant, _)| *variant);
            lines
        };
        let (own, other) = (with(&one_each(own)), guest(&one_each(other)));
        let merged = merge(&own, &other, strategy).unwrap();
        let count = |cart: &Cart, sku: &str| {
            let lines = cart.lines.iter().filter(|line| line.sku == sku);
            lines.map(|line| line.quantity).sum::<u32>()
        };
        for variant in 0..6 {
            let sku = format!("SKU-{variant}");
            let (mine, guests) = (count(&own, &sku), count(&other, &sku));
            let wanted = match strategy {
                MergeStrategy::GuestWins => if guests == 0 { mine } else { guests },
                MergeStrategy::Sum => (mine + guests).min(LINE_QUANTITY_MAX),
                MergeStrategy::Max => mine.max(guests),
                MergeStrategy::KeepCustomer => mine,
                MergeStrategy::KeepGuest => guests,
            };
            prop_assert_eq!(count(&merged.cart, &sku), wanted);
        }
    }
}
