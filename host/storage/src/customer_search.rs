//! What customers are searched by: folded columns on both databases, and on SQLite an index of
//! fragments.
//!
//! SQLite's own trigram index knows no fragment of one or two characters, and those are what a
//! person types first. So the host cuts texts into fragments of one, two and three characters and
//! hands them to FTS5 as tokens. A search for a longer word asks for all fragments of three that it
//! is made of and then compares the text itself, since they might stand apart. What has accents is
//! cut both with them and without, so that a search in which they count finds few to compare.

use std::collections::BTreeSet;

use galleria_domain::{Address, Customer};

use crate::conn::Conn;
use crate::error::Result;
use crate::sql::Value;
use crate::unit::Unit;

/// The longest fragment in the index, in characters.
const GRAM_MAX: usize = 3;

/// Fragments asked for at once; what they let through besides, the comparison finds.
const GRAMS_ASKED_MAX: usize = 24;

/// The search columns of a customer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SearchColumns {
    name_fold: String,
    name_strip: Option<String>,
    email_fold: String,
    email_strip: Option<String>,
    company_fold: String,
    company_strip: Option<String>,
    phone_digits: String,
    search: String,
    search_fold: Option<String>,
}

impl SearchColumns {
    /// Those of a customer; of one who is deleted, nothing is found.
    pub(crate) fn of(customer: &Customer) -> Self {
        let keys = customer.search_keys();
        let (all_fold, all_strip) = (keys.all_fold(), keys.all_strip());
        let if_other = |text: String, than: &String| (text != *than).then_some(text);
        Self {
            name_strip: if_other(keys.name_strip, &keys.name_fold),
            name_fold: keys.name_fold,
            email_strip: if_other(keys.email_strip, &keys.email_fold),
            email_fold: keys.email_fold,
            company_strip: if_other(keys.company_strip, &keys.company_fold),
            company_fold: keys.company_fold,
            phone_digits: keys.phone_digits,
            search_fold: if_other(all_fold, &all_strip),
            search: all_strip,
        }
    }

    pub(crate) fn cells(&self) -> Vec<(&'static str, Option<Value>)> {
        let must = |text: &String| Some(Value::from(text.as_str()));
        let may = |text: &Option<String>| text.as_deref().map(Value::from);
        vec![
            ("name_fold", must(&self.name_fold)),
            ("name_strip", may(&self.name_strip)),
            ("email_fold", must(&self.email_fold)),
            ("email_strip", may(&self.email_strip)),
            ("company_fold", must(&self.company_fold)),
            ("company_strip", may(&self.company_strip)),
            ("phone_digits", must(&self.phone_digits)),
            ("search", must(&self.search)),
            ("search_fold", may(&self.search_fold)),
        ]
    }

    /// The fragments by which the index finds the customer, with accents and without.
    pub(crate) fn grams(&self) -> String {
        grams([self.search.as_str()].into_iter().chain(self.search_fold.as_deref()))
    }
}

/// An index of fragments.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Index {
    /// Of names, emails, companies and phones.
    Customers,
    /// Of addresses.
    Places,
}

impl Index {
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Customers => "customers_search",
            Self::Places => "customers_places",
        }
    }

    /// Makes the index find a customer by these fragments and no others; by none, not at all.
    pub(crate) async fn put(
        self,
        unit: &mut Unit,
        seq: i64,
        grams: &str,
        is_new: bool,
    ) -> Result<()> {
        let (delete, insert) = match self {
            Self::Customers => (
                "DELETE FROM customers_search WHERE rowid = $1",
                "INSERT INTO customers_search (rowid, grams) VALUES ($1, $2)",
            ),
            Self::Places => (
                "DELETE FROM customers_places WHERE rowid = $1",
                "INSERT INTO customers_places (rowid, grams) VALUES ($1, $2)",
            ),
        };
        let Conn::Sqlite(c) = unit.conn().await? else { return Ok(()) };
        if !is_new {
            sqlx::query(delete).bind(seq).execute(&mut *c).await?;
        }
        if !grams.is_empty() {
            sqlx::query(insert).bind(seq).bind(grams).execute(c).await?;
        }
        Ok(())
    }
}

/// The fragments of the places of a customer's addresses, with accents and without.
pub(crate) fn place_grams(addresses: &[Address]) -> String {
    let keys: Vec<_> = addresses.iter().map(|address| address.postal.search_keys()).collect();
    grams(keys.iter().flat_map(|keys| [keys.place_strip.as_str(), keys.place_fold.as_str()]))
}

/// The fragments of one, two and three characters of all words, as tokens parted by spaces.
fn grams<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut found = BTreeSet::new();
    for word in texts.into_iter().flat_map(str::split_whitespace) {
        let word: Vec<char> = word.chars().map(token_char).collect();
        for length in 1..=GRAM_MAX {
            found.extend(word.windows(length).map(|gram| gram.iter().collect::<String>()));
        }
    }
    found.into_iter().collect::<Vec<_>>().join(" ")
}

/// The fragments, all of which a text has that has these folded words: at most 24, those of the
/// longest words first, in FTS5's language.
pub(crate) fn grams_of_words(words: &[String]) -> String {
    let mut words: Vec<_> = words.iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    let mut asked: Vec<String> = Vec::new();
    for part in words.iter().flat_map(|word| word.split_whitespace()) {
        let part: Vec<char> = part.chars().map(token_char).collect();
        for gram in part.windows(part.len().clamp(1, GRAM_MAX)) {
            let gram = format!("\"{}\"", gram.iter().collect::<String>());
            if asked.len() < GRAMS_ASKED_MAX && !asked.contains(&gram) {
                asked.push(gram);
            }
        }
    }
    asked.join(" AND ")
}

/// A character that FTS5's `ascii` tokenizer takes as part of a token and leaves as it is: letters
/// and digits are, and all beyond ASCII. Two that become the same only let through what the
/// comparison then finds.
fn token_char(c: char) -> char {
    const PRIVATE_USE: u32 = 0xE000;
    if c.is_ascii() && !c.is_ascii_lowercase() && !c.is_ascii_digit() {
        char::from_u32(PRIVATE_USE + u32::from(c)).unwrap_or(c)
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use galleria_domain::{fold, fold_strip};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_cut_into_fragments_of_up_to_three_characters() {
        assert_eq!(grams(["abcd ab"]), "a ab abc b bc bcd c cd d");
        assert_eq!(grams(["", " \n"]), "");
        assert_eq!(grams_of_words(&["abcd".into(), "x".into()]), "\"abc\" AND \"bcd\" AND \"x\"");
        assert_eq!(grams_of_words(&[]), "");
    }

    #[test]
    fn nothing_in_a_fragment_means_anything_to_the_index() {
        let asked = grams_of_words(&["\"*:^-+".into()]);
        assert!(
            asked.split(" AND ").all(|gram| gram.trim_matches('"').chars().all(|c| !c.is_ascii()))
        );
    }

    proptest! {
        #[test]
        fn every_part_of_a_word_is_made_of_fragments_of_the_whole(
            text in "[a-c .@åß宮]{0,20}", at in 0_usize..20, length in 1_usize..8,
        ) {
            let text = fold(&text);
            let part: String = text.chars().skip(at).take(length).collect();
            let words: Vec<_> = part.split_whitespace().map(str::to_owned).collect();
            let stored = grams([text.as_str(), &fold_strip(&text)]);
            let stored: BTreeSet<_> = stored.split(' ').collect();
            let strip: Vec<_> = words.iter().map(|word| fold_strip(word)).collect();
            let (with, without) = (grams_of_words(&words), grams_of_words(&strip));
            let asked = [with, without].join(" AND ");
            for gram in asked.split(" AND ").filter(|gram| !gram.is_empty()) {
                prop_assert!(stored.contains(gram.trim_matches('"')), "{gram}");
            }
        }
    }
}
