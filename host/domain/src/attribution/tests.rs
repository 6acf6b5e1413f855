use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Instant {
    Instant::from_micros(second * 1_000_000)
}

fn source(text: &str) -> Clicks {
    Clicks { utm_source: Some(text.into()), ..Clicks::default() }
}

#[test]
fn the_last_click_counts_and_the_agent_stays() {
    let agent = StaffId::generate();
    let first = Clicks { gclid: Some("1".into()), ..source("mail") };
    let before = Attribution::default()
        .click(first, AttributionMode::Replace, Actor::System, at(1))
        .unwrap()
        .with_agent(Some(agent.clone()), at(2));

    let replace = AttributionMode::Replace;
    let after = before.click(source("ads"), replace, Actor::Visitor(None), at(3)).unwrap();
    assert_eq!(after.clicks, source("ads"));
    assert_eq!((&after.agent, after.agent_set_at), (&Some(agent), Some(at(2))));
    assert_eq!((&after.set_by, after.set_at), (&Some(Actor::Visitor(None)), Some(at(3))));

    let merged =
        before.click(source("ads"), AttributionMode::Merge, Actor::Visitor(None), at(3)).unwrap();
    assert_eq!(merged.clicks, Clicks { gclid: Some("1".into()), ..source("ads") });
    assert_eq!(merged.agent, before.agent);
}

#[test]
fn no_clicks_at_all_change_nothing() {
    let before = Attribution::default()
        .click(source("mail"), AttributionMode::Replace, Actor::System, at(1))
        .unwrap();
    for mode in AttributionMode::ALL {
        let after = before.click(Clicks::default(), *mode, Actor::Visitor(None), at(2)).unwrap();
        assert_eq!(after, before);
    }
}

#[test]
fn clicks_that_are_too_long_are_refused_by_field() {
    let metadata = |count: u32| (0..count).map(|at| (at.to_string(), "x".to_owned())).collect();
    let clicks = Clicks {
        sub5: Some("x".repeat(256)),
        utm_term: Some("a\nb".into()),
        metadata: metadata(21),
        ..Clicks::default()
    };
    let errors = clicks.validate().unwrap_err();
    let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(paths, ["utm_term", "sub5", "metadata"]);

    // Neither may merging lead beyond the limit.
    let full = Clicks { metadata: metadata(20), ..Clicks::default() };
    let before =
        Attribution::default().click(full, AttributionMode::Replace, Actor::System, at(1)).unwrap();
    let one = Clicks { metadata: [("new".into(), "x".into())].into(), ..Clicks::default() };
    assert!(before.click(one.clone(), AttributionMode::Merge, Actor::System, at(2)).is_err());
    assert!(before.click(one, AttributionMode::Replace, Actor::System, at(2)).is_ok());
}

#[test]
fn of_two_carts_the_newer_clicks_count_and_the_own_agent() {
    let click = |text: &str, second: i64| {
        Attribution::default()
            .click(source(text), AttributionMode::Replace, Actor::System, at(second))
            .unwrap()
    };
    let (ada, bob) = (StaffId::generate(), StaffId::generate());
    let mine = click("old", 1).with_agent(Some(ada.clone()), at(1));
    let guest = click("new", 2).with_agent(Some(bob.clone()), at(2));
    assert_eq!(mine.joined(&guest).clicks, source("new"));
    assert_eq!(guest.joined(&mine).clicks, source("new"));
    assert_eq!(mine.joined(&guest).agent, Some(ada));
    assert_eq!(Attribution::default().joined(&guest).agent, Some(bob));
    assert_eq!(mine.joined(&Attribution::default()), mine);
}

proptest! {
    #[test]
    fn i11_no_row_of_clicks_takes_the_agent_away(
        clicks in proptest::collection::vec((".{0,20}", any::<bool>(), any::<bool>()), 0..20),
    ) {
        let agent = StaffId::generate();
        let mut cart = Attribution::default().with_agent(Some(agent.clone()), at(0));
        for (second, (text, merge, joined)) in (1..).zip(clicks) {
            let mode = if merge { AttributionMode::Merge } else { AttributionMode::Replace };
            if let Ok(next) = cart.click(source(&text), mode, Actor::Visitor(None), at(second)) {
                cart = if joined { next.joined(&Attribution::default()) } else { next };
            }
            prop_assert_eq!(cart.agent.as_ref(), Some(&agent));
            prop_assert_eq!(cart.agent_set_at, Some(at(0)));
        }
    }
}
