//! Text that is compared as people do; needs the feature `text`.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// The text without regard to case, to compatibility forms and to how its spaces are laid out
/// (Unicode 3.13, D146): `" STRASSE  1"` and `"straße 1"` are one. The host makes its search keys
/// alike.
pub fn fold(text: &str) -> String {
    let folded: String = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.chars().nfd().default_case_fold().nfkd().default_case_fold().nfkd().nfc().collect()
    };
    // Last, because a compatibility form can hold a space: an accent that stands alone does.
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_composition_width_and_spaces_make_no_difference() {
        assert_eq!(fold(" STRASSE  1"), fold("straße 1"));
        assert_eq!(fold("CAF\u{c9}"), fold("cafe\u{301}"));
        assert_eq!(fold("\u{ff21}\u{ff22}"), "ab");
        assert_ne!(fold("cafe"), fold("café"));
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_is_folding_once(text: String) {
            proptest::prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
