//! Search keys: forms of a text in which matches are found whatever the case and script.
//!
//! The databases fold ASCII only, and differ beyond it; so the host computes the keys, of what is
//! stored and of what is looked for alike.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// The text without regard to case and compatibility forms: NFKC and full case folding.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    folded(text).nfc().collect()
}

/// The text as [`fold`] makes it, and without accents: `Åsa` is `asa`.
///
/// Accents are the marks above, below and through a letter, and the points of Hebrew and Arabic.
/// What makes another letter of it in its own script stays: vowel signs, nukta, dakuten.
pub fn fold_strip(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let bare: String = folded(text).filter(|c| !is_accent(*c)).collect();
    // A mark can hide another one that would otherwise have been composed with the letter.
    folded(&bare).filter(|c| !is_accent(*c)).nfc().collect()
}

/// Compatibility caseless form (Unicode 3.13, D146), decomposed.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().nfd().default_case_fold().nfkd().default_case_fold().nfkd()
}

fn is_accent(c: char) -> bool {
    matches!(canonical_combining_class(c), 10..=36 | 200..=240)
}

/// The digits of a phone number, of any script, in ASCII: `+49 (0) 171/55` is `4917155`.
///
/// The zero in brackets is dropped, since it is dialled only where the `+49` isn't.
pub fn digits(text: &str) -> String {
    let text = text.replace("(0)", "");
    text.chars().filter_map(digit).collect()
}

/// The digits by which to look for a phone number: [`digits`] without the zeros in front, which
/// the same number has or hasn't, depending on where it is dialled.
pub fn phone_needle(text: &str) -> String {
    digits(text).trim_start_matches('0').to_owned()
}

/// Where the ten digits of a script begin.
const ZEROS: &[char] = &[
    '0', '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}',
    '\u{be6}', '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}',
    '\u{17e0}', '\u{1810}', '\u{ff10}',
];

fn digit(c: char) -> Option<char> {
    let value = ZEROS.iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(*zero))?;
        (value < 10).then_some(value)
    })?;
    char::from_digit(value, 10)
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `text` anywhere, taken literally.
pub fn like_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_makes_no_difference_in_any_script() {
        for (one, other) in [
            ("Åsa", "åsa"),
            ("Åsa", "A\u{30a}SA"),
            ("straße", "STRASSE"),
            ("ΟΔΥΣΣΕΥΣ", "Οδυσσευς"),
            ("ПЁТР", "пётр"),
            ("Ａｄａ", "ada"),
            ("ﬁn", "FIN"),
            ("Ⅳ", "iv"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn accents_make_a_difference_only_if_wanted() {
        for (accented, plain) in [
            ("Åsa", "asa"),
            ("ASA", "åsa"),
            ("Nguyễn", "nguyen"),
            ("Renée", "RENEE"),
            ("ΆΡΗΣ", "αρης"),
            ("İstanbul", "istanbul"),
        ] {
            assert_ne!(fold(accented), fold(plain));
            assert_eq!(fold_strip(accented), fold_strip(plain));
        }
        // A letter of its own is no accented letter.
        for (one, other) in [("ı", "i"), ("が", "か"), ("ø", "o"), ("한", "하")] {
            assert_ne!(fold_strip(one), fold_strip(other));
        }
    }

    #[test]
    fn a_phone_number_is_found_by_its_digits() {
        let stored = digits("+49 (0) 171 / 555-12");
        assert_eq!(stored, "4917155512");
        for asked in ["+49 171 55512", "0049 171 55512", "0171 555 12", "555-12", "١٧١"] {
            assert!(stored.contains(&phone_needle(asked)), "{asked}");
        }
        assert_eq!(digits("call me"), "");
    }

    #[test]
    fn a_pattern_takes_wildcards_literally() {
        assert_eq!(like_pattern("50%_\\"), "%50\\%\\_\\\\%");
        assert_eq!(like_pattern(""), "%%");
    }

    proptest! {
        #[test]
        fn a_key_of_a_key_is_the_key(text in any::<String>()) {
            let (folded, bare) = (fold(&text), fold_strip(&text));
            prop_assert_eq!(fold(&folded), folded.clone());
            prop_assert_eq!(fold_strip(&bare), bare.clone());
            prop_assert_eq!(fold_strip(&folded), bare);
        }

        #[test]
        fn the_key_is_the_same_for_every_normal_form(text in any::<String>()) {
            for other in [text.nfc().collect::<String>(), text.nfd().collect(), text.nfkc().collect()] {
                prop_assert_eq!(fold(&other), fold(&text));
                prop_assert_eq!(fold_strip(&other), fold_strip(&text));
            }
        }

        #[test]
        fn digits_are_nothing_but_digits(text in any::<String>()) {
            prop_assert!(digits(&text).bytes().all(|byte| byte.is_ascii_digit()));
        }

        #[test]
        fn a_pattern_matches_its_own_text_alone(text in "[a-c%_\\\\]{0,6}", other in "[a-c%_\\\\]{0,6}") {
            prop_assert_eq!(like(&like_pattern(&text), &other), other.contains(&text));
        }
    }

    /// `LIKE … ESCAPE '\'` as SQL defines it.
    fn like(pattern: &str, text: &str) -> bool {
        let mut rest = pattern.chars();
        match rest.next() {
            None => text.is_empty(),
            Some('%') => text
                .char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .any(|at| like(rest.as_str(), &text[at..])),
            Some('_') => {
                text.chars().next().is_some_and(|c| like(rest.as_str(), &text[c.len_utf8()..]))
            }
            Some('\\') => {
                let Some(literal) = rest.next() else { return false };
                text.strip_prefix(literal).is_some_and(|text| like(rest.as_str(), text))
            }
            Some(literal) => {
                text.strip_prefix(literal).is_some_and(|text| like(rest.as_str(), text))
            }
        }
    }
}
