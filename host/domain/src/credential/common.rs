//! What attackers try first: a list of words, the ways people dress them up, and rows of keys.

/// Words that common passwords are made of, in small letters.
const WORDS: &str = include_str!("common.txt");

/// How many characters put before or behind a common word make it no better.
const DRESSING_MAX: usize = 4;

/// Keys in the order in which fingers find them.
const ROWS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "!@#$%^&*()",
    "1a2b3c4d5e6f7g8h",
    "a1b2c3d4e5f6g7h8",
];

/// Whether a password is among those that are tried first.
pub(super) fn is_common(password: &str) -> bool {
    let small = password.to_lowercase();
    let chars: Vec<char> = small.chars().collect();
    is_repeated(&chars) || is_rows(&small) || candidates(&small).any(|word| is_word(&word))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && WORDS.split_ascii_whitespace().any(|word| word == text)
}

/// The word that may be hidden in the password: without what was put around it, and with letters
/// for the digits and signs that look like them.
fn candidates(small: &str) -> impl Iterator<Item = String> + '_ {
    let dressing = |c: char| !c.is_alphabetic();
    let bare = [
        small,
        strip_end(small, dressing),
        strip_start(small, dressing),
        strip_start(strip_end(small, dressing), dressing),
    ];
    let guesses =
        bare.into_iter().flat_map(|text| [text.to_owned(), plain(text, 'i'), plain(text, 'l')]);
    // The signs at the end may be both: letters in disguise, and dressing.
    guesses.chain([
        strip_end(&plain(small, 'i'), |c| c == 'i').to_owned(),
        plain(small.trim_end_matches(['!', '?', '.', '*', '#', '$']), 'i'),
    ])
}

/// The text without what was put behind it, if that isn't much.
fn strip_end(text: &str, dressing: impl Fn(char) -> bool) -> &str {
    let bare = text.trim_end_matches(dressing);
    if text[bare.len()..].chars().count() <= DRESSING_MAX { bare } else { text }
}

/// The text without what was put before it, if that isn't much.
fn strip_start(text: &str, dressing: impl Fn(char) -> bool) -> &str {
    let bare = text.trim_start_matches(dressing);
    if text[..text.len() - bare.len()].chars().count() <= DRESSING_MAX { bare } else { text }
}

/// Letters for what looks like them; what looks like two letters is `one`.
fn plain(text: &str, one: char) -> String {
    text.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' | '|' => one,
            '3' | '€' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            '8' => 'b',
            '9' => 'g',
            other => other,
        })
        .collect()
}

/// Whether it is one short piece over and over, the last time maybe cut: `abcabcab`.
fn is_repeated(chars: &[char]) -> bool {
    let longest = (chars.len() / 2).min(8);
    (1..=longest).any(|period| chars.iter().zip(&chars[period..]).all(|(one, two)| one == two))
}

/// Whether it is made of at most three runs along rows of keys, in either direction, or of one
/// key over and over: `12345678`, `qwer4321`, `11112222`.
fn is_rows(small: &str) -> bool {
    let mut rest = small;
    for _ in 0..3 {
        let run = longest_run(rest);
        // Three in a row are a run; fewer are chance, but at the end nothing better is left.
        if run < 3 && rest.chars().count() > run {
            return false;
        }
        rest = rest.char_indices().nth(run).map_or("", |(at, _)| &rest[at..]);
        if rest.is_empty() {
            return true;
        }
    }
    false
}

/// How many of the first characters lie in a row.
fn longest_run(text: &str) -> usize {
    let first = text.chars().next();
    let same = text.chars().take_while(|c| Some(*c) == first).count();
    let along = ROWS.iter().flat_map(|row| [(*row).to_owned(), row.chars().rev().collect()]);
    along.map(|row: String| run_along(text, &row)).max().unwrap_or(0).max(same)
}

fn run_along(text: &str, row: &str) -> usize {
    let starts = row.char_indices().map(|(at, _)| &row[at..]);
    let shared = |from: &str| from.chars().zip(text.chars()).take_while(|(a, b)| a == b).count();
    starts.map(shared).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_small_and_stand_there_once() {
        let words: Vec<_> = WORDS.split_ascii_whitespace().collect();
        assert!(words.len() > 500, "{}", words.len());
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(words.iter().all(|word| *word == word.to_lowercase()));
    }

    #[test]
    fn a_word_is_common_however_it_is_dressed_up() {
        for word in WORDS.split_ascii_whitespace() {
            for dressed in [
                word.to_uppercase(),
                format!("{word}1"),
                format!("{word}2024"),
                format!("12{word}!"),
            ] {
                assert!(is_common(&dressed), "{dressed}");
            }
        }
    }

    #[test]
    fn a_run_along_the_keys_is_common_in_either_direction() {
        for row in ROWS {
            let reversed: String = row.chars().rev().collect();
            assert!(is_common(row) && is_common(&reversed), "{row}");
        }
        assert!(is_common("qwer4321") && is_common("111222333"));
        assert!(!is_common("qw84ertz1") && !is_common("1379246850"));
    }
}
