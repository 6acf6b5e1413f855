use proptest::prelude::*;

use super::*;

fn chain(length: usize) -> Vec<AuditEntry> {
    let mut last = AuditLink::START;
    let mut entries = Vec::with_capacity(length);
    for at in 0..length {
        let at = Instant::from_micros(i64::try_from(at).unwrap());
        let entry = AuditEntry::append(
            AuditEvent::new(at, Actor::System, "customer.update", "cus_1"),
            last,
        );
        last = entry.link();
        entries.push(entry);
    }
    entries
}

#[test]
fn an_untouched_chain_verifies_also_in_parts() {
    let entries = chain(5);
    let whole = audit_verify(AuditLink::START, &entries).unwrap();
    assert_eq!(whole, entries[4].link());
    let half = audit_verify(AuditLink::START, &entries[..2]).unwrap();
    assert_eq!(audit_verify(half, &entries[2..]), Ok(whole));
    assert_eq!(audit_verify(AuditLink::START, []), Ok(AuditLink::START));
}

#[test]
fn the_hash_of_an_entry_never_changes() {
    let hash = chain(1)[0].hash;
    assert_eq!(hash.to_string().parse(), Ok(hash));
    assert_eq!(hash.to_string(), FIRST_HASH);
}

/// Stored chains depend on it.
const FIRST_HASH: &str = "41a4068e4c926c8ead92fbb30b7271925248fa5c96752c981b3c60a2fd7894f6";

#[test]
fn an_entry_taken_out_put_in_or_replaced_is_noticed() {
    let mut entries = chain(4);
    let removed = entries.remove(1);
    let gap = BrokenChain::Gap { expected: 2, found: 3 };
    assert_eq!(audit_verify(AuditLink::START, &entries), Err(gap));

    let event = AuditEvent { object: "cus_2".into(), ..removed.event };
    entries.insert(1, AuditEntry::append(event, entries[0].link()));
    let unlinked = BrokenChain::Unlinked { seq: 3 };
    assert_eq!(audit_verify(AuditLink::START, &entries), Err(unlinked));
}

#[test]
fn every_field_is_part_of_the_hash() {
    let event = chain(1).remove(0).event;
    let customer = CustomerId::from_bytes([1; 16]);
    let hash = Some(Sha256Hash::of(b"x"));
    let others = [
        AuditEvent { at: Instant::from_micros(7), ..event.clone() },
        AuditEvent { store: Some(StoreId::from_bytes([1; 16])), ..event.clone() },
        AuditEvent { actor: Actor::Customer(customer.clone()), ..event.clone() },
        AuditEvent { on_behalf_of: Some(customer), ..event.clone() },
        AuditEvent { plugin: "a".parse().ok(), ..event.clone() },
        AuditEvent { action: "customer.updat".into(), object: "ecus_1".into(), ..event.clone() },
        AuditEvent { object: "cus_2".into(), ..event.clone() },
        AuditEvent { reason: Some(String::new()), ..event.clone() },
        AuditEvent { detail: Some(String::new()), ..event.clone() },
        AuditEvent { before: hash, ..event.clone() },
        AuditEvent { after: hash, ..event.clone() },
        AuditEvent { ip: "::1".parse().ok(), ..event.clone() },
        AuditEvent { request: Some(RequestId::from_bytes([1; 16])), ..event.clone() },
    ];
    let mut hashes: Vec<_> = [event]
        .into_iter()
        .chain(others)
        .map(|event| AuditEntry::append(event, AuditLink::START).hash.to_string())
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 14);
}

#[test]
fn an_action_has_a_plain_name_and_an_object_is_one_line() {
    for (action, object, path) in [
        ("", "cus_1", "action"),
        ("Customer.Update", "cus_1", "action"),
        ("a b", "cus_1", "action"),
        ("customer.update", "a\nb", "object"),
    ] {
        let event = AuditEvent::new(Instant::EPOCH, Actor::System, action, object);
        assert_eq!(event.validate().unwrap_err()[0].path, path);
    }
    assert_eq!(chain(1)[0].event.validate(), Ok(()));
}

proptest! {
    #[test]
    fn the_first_entry_that_was_changed_is_named(length in 1..12_usize, at in any::<prop::sample::Index>()) {
        let mut entries = chain(length);
        let at = at.index(length);
        entries[at].event.object.push('x');
        let seq = entries[at].seq;
        let broken = audit_verify(AuditLink::START, &entries).unwrap_err();
        prop_assert_eq!(broken, BrokenChain::Changed { seq });
        prop_assert_eq!(broken.seq(), seq);
    }
}
