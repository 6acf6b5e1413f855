use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn the_name_of_a_kind_begins_with_the_thing_that_it_happened_to() {
    let things: Vec<_> = EventKind::ALL
        .iter()
        .map(|kind| kind.as_str().split_once('.').expect("every kind has a dot").0)
        .collect();
    let mut known = things.clone();
    known.dedup();
    assert_eq!(
        known,
        [
            "customer",
            "cart",
            "checkout-link",
            "order",
            "impersonation",
            "product",
            "plugin",
            "job",
            "export"
        ]
    );
}

#[test]
fn a_payload_has_at_most_64_kib() {
    let event = |length: usize| NewEvent {
        kind: EventKind::OrderPlaced,
        aggregate: "ord_1",
        aggregate_version: 1,
        payload: json!("x".repeat(length)),
    };
    // The two quotes count as well.
    let most = EVENT_PAYLOAD_MAX_BYTES - 2;
    assert_eq!(event(most).payload_text().map(|text| text.len()), Ok(EVENT_PAYLOAD_MAX_BYTES));
    let too_large = EventTooLarge { bytes: EVENT_PAYLOAD_MAX_BYTES + 1 };
    assert_eq!(event(most + 1).payload_text(), Err(too_large));
}

#[test]
fn what_is_no_position_is_refused() {
    for bad in ["", ".", "1", "1.", ".1", "-1.1", "+1.1", "01.1", "1.1.1", "1.9223372036854775808"]
    {
        assert_eq!(bad.parse::<EventPosition>(), Err(InvalidEventPosition), "{bad}");
    }
}

proptest! {
    #[test]
    fn a_position_survives_text_and_sorts_by_turn_first(
        turn in 0..=i64::MAX, seq in 0..=i64::MAX, other in 0..=i64::MAX,
    ) {
        let position = EventPosition { turn, seq };
        prop_assert_eq!(position.to_string().parse(), Ok(position));
        prop_assert_eq!(position.cmp(&EventPosition { turn, seq: other }), seq.cmp(&other));
        prop_assert!(EventPosition::START <= position);
    }
}
