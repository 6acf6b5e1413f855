use serde::{Deserialize, Serialize};

use crate::rules;

/// A role that a customer has.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Held {
    pub(crate) role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
}

/// A role that a customer is to have.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// Which field of the request named it, below the wish's own path.
    pub(crate) field: String,
    pub(crate) role: String,
    pub(crate) expires_at: Option<i64>,
}

/// What is to become of one customer's roles.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// Which part of the request it came from: `rows.3`; empty for the whole.
    pub(crate) path: String,
    /// Which field there named the customer.
    pub(crate) customer_field: &'static str,
    pub(crate) customer: String,
    pub(crate) give: Vec<Grant>,
    pub(crate) take: Vec<String>,
}

impl Wish {
    /// The roles to be given.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &String> {
        self.give.iter().map(|grant| &grant.role)
    }

    /// A field's whole path.
    pub(crate) fn path_of(&self, field: &str) -> String {
        match (self.path.as_str(), field) {
            ("", field) => field.to_owned(),
            (path, "") => path.to_owned(),
            (path, field) => format!("{path}.{field}"),
        }
    }
}

/// What a customer has after a wish: without what is over or taken, with what is given.
pub(crate) fn after(before: &[Held], wish: &Wish, now: i64) -> Vec<Held> {
    let stays = |held: &&Held| {
        !rules::is_over(held.expires_at, now)
            && !wish.take.contains(&held.role)
            && !wish.roles().any(|role| *role == held.role)
    };
    let mut after: Vec<Held> = before.iter().filter(stays).cloned().collect();
    for grant in &wish.give {
        if !after.iter().any(|held| held.role == grant.role) {
            after.push(Held { role: grant.role.clone(), expires_at: grant.expires_at });
        }
    }
    after.sort_by(|one, other| one.role.cmp(&other.role));
    after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn held(role: &str, expires_at: Option<i64>) -> Held {
        Held { role: role.to_owned(), expires_at }
    }

    fn wish(give: &[(&str, Option<i64>)], take: &[&str]) -> Wish {
        let grant = |(role, expires_at): &(&str, Option<i64>)| Grant {
            field: String::new(),
            role: (*role).to_owned(),
            expires_at: *expires_at,
        };
        Wish {
            path: String::new(),
            customer_field: "",
            customer: "cus_1".to_owned(),
            give: give.iter().map(grant).collect(),
            take: take.iter().map(|role| (*role).to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_given_is_there_and_what_is_taken_is_not() {
        let before = [held("a", None), held("b", None)];
        let after = after(&before, &wish(&[("c", Some(9))], &["a"]), 5);
        assert_eq!(after, [held("b", None), held("c", Some(9))]);
    }

    #[test]
    fn a_membership_ends_at_its_instant_and_not_after_it() {
        let before = [held("a", Some(5)), held("b", Some(6))];
        assert_eq!(after(&before, &wish(&[], &[]), 5), [held("b", Some(6))]);
    }

    #[test]
    fn to_be_given_again_sets_the_end_anew() {
        let before = [held("a", Some(9))];
        assert_eq!(after(&before, &wish(&[("a", None)], &[]), 5), [held("a", None)]);
    }

    proptest! {
        #[test]
        fn a_wish_that_came_true_changes_nothing_more(
            before in proptest::collection::btree_map("[a-e]", proptest::option::of(0i64..10), 0..5),
            give in proptest::collection::vec(("[a-e]", proptest::option::of(6i64..10)), 0..4),
            take in proptest::collection::vec("[a-e]", 0..3),
        ) {
            let before: Vec<Held> =
                before.iter().map(|(role, end)| held(role, *end)).collect();
            let give: Vec<(&str, Option<i64>)> =
                give.iter().map(|(role, end)| (role.as_str(), *end)).collect();
            let take: Vec<&str> = take.iter().map(String::as_str).collect();
            let wish = wish(&give, &take);
            let once = after(&before, &wish, 5);
            prop_assert_eq!(&after(&once, &wish, 5), &once);
            prop_assert!(once.windows(2).all(|pair| pair[0].role < pair[1].role));
            for (role, _) in give {
                prop_assert!(once.iter().any(|held| held.role == role));
            }
        }
    }
}
