use proptest::prelude::*;

use super::*;

fn traits(discount: u32, age: Option<u32>, roles: &[&str]) -> CustomerTraits {
    CustomerTraits {
        line_discount: Rate::from_parts_per_million(discount),
        password_max_age_days: age,
        roles: roles.iter().map(ToString::to_string).collect(),
        ..CustomerTraits::default()
    }
}

#[test]
fn of_several_plugins_the_best_discount_and_the_strictest_age_count() {
    let exempt = CustomerTraits {
        tax_exempt: true,
        price_display: Some(PriceMode::Excl),
        ..traits(50_000, Some(90), &["wholesale", "vip"])
    };
    let shipped = CustomerTraits {
        free_shipping: true,
        price_display: Some(PriceMode::Incl),
        ..traits(100_000, Some(30), &["vip", "staff"])
    };
    let merged = CustomerTraits::merged([traits(0, None, &[]), exempt, shipped]);
    let expected = CustomerTraits {
        tax_exempt: true,
        free_shipping: true,
        price_display: Some(PriceMode::Excl),
        ..traits(100_000, Some(30), &["staff", "vip", "wholesale"])
    };
    assert_eq!(merged, expected);
    assert_eq!(CustomerTraits::merged([]), CustomerTraits::default());
}

#[test]
fn the_names_of_hooks_are_those_of_their_permissions() {
    for hook in HookKind::ALL {
        let name = format!("hooks:{hook}");
        assert!(name.parse::<crate::permission::Permission>().is_ok(), "{name}");
    }
}

#[test]
fn hooks_that_only_price_or_judge_may_not_write() {
    let writing: Vec<_> = HookKind::ALL.iter().filter(|hook| hook.may_write()).collect();
    let gates = [&HookKind::BeforePlace, &HookKind::LoginGate, &HookKind::ImpersonationGate];
    assert_eq!(writing, gates);
}

#[test]
fn plugins_are_asked_by_priority_and_then_by_name() {
    let rank = |priority, plugin: &str| HookRank { priority, plugin: plugin.parse().unwrap() };
    let mut ranks = [rank(200, "a"), rank(100, "c"), rank(-1, "z"), rank(100, "b")];
    ranks.sort();
    assert_eq!(ranks, [rank(-1, "z"), rank(100, "b"), rank(100, "c"), rank(200, "a")]);
}

#[test]
fn a_decision_survives_json() {
    let deny = Decision::Deny { code: "blocked".into(), message: "No.".into() };
    for decision in [Decision::Allow, deny] {
        let text = serde_json::to_string(&decision).unwrap();
        assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
    }
}

proptest! {
    #[test]
    fn merging_in_parts_is_merging_all(
        parts in proptest::collection::vec(
            (any::<[bool; 2]>(), 0..1_000_000_u32, any::<Option<u32>>(), "[a-c]{0,3}"), 0..6),
        cut in 0..6_usize,
    ) {
        let all: Vec<_> = parts.iter().map(|([exempt, free], discount, age, roles)| {
            let roles: Vec<String> = roles.chars().map(String::from).collect();
            CustomerTraits {
                tax_exempt: *exempt,
                free_shipping: *free,
                roles,
                ..traits(*discount, *age, &[])
            }
        }).collect();
        let (first, rest) = all.split_at(cut.min(all.len()));
        let halves =
            [CustomerTraits::merged(first.to_vec()), CustomerTraits::merged(rest.to_vec())];
        prop_assert_eq!(CustomerTraits::merged(halves), CustomerTraits::merged(all));
    }
}
