//! Email addresses, as typed and as compared.

use std::fmt;
use std::str::FromStr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

use crate::error::{FieldCode, Mistake};
use crate::names::as_json_text;

/// The most bytes an address may have (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX_BYTES: usize = 254;

/// The most bytes before the `@` (RFC 5321, 4.5.3.1.1).
const LOCAL_MAX_BYTES: usize = 64;

/// An email address as its owner typed it, trimmed and in NFC, with the form it is compared by.
///
/// Two addresses are the same if their normal forms are: no tricks with dots or `+`, since only
/// the receiving host knows what those mean.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
// Invariant: `normalized` is what `normalize` makes of `typed`.
pub struct EmailAddress {
    typed: String,
    normalized: String,
}

impl EmailAddress {
    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The form that is compared: local part in small letters, domain in ASCII.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }

    /// Whether both name the same mailbox.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.normalized == other.normalized
    }
}

/// Why a text is refused as an email address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidEmailAddress {
    /// Empty, or nothing but spaces.
    #[error("is empty")]
    Empty,
    /// More than 254 bytes.
    #[error("is longer than {EMAIL_MAX_BYTES} bytes")]
    TooLong,
    /// Not one `@` with a name before it and a domain behind it.
    #[error("is no email address; write name@example.com")]
    Malformed,
}

impl Mistake for InvalidEmailAddress {
    fn code(&self) -> FieldCode {
        match self {
            Self::Empty => FieldCode::Required,
            Self::TooLong => FieldCode::TooLong,
            Self::Malformed => FieldCode::Malformed,
        }
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(InvalidEmailAddress::Empty);
        }
        // Composing can only shorten what counts here; so what is far too long needs no work.
        if trimmed.len() > 4 * EMAIL_MAX_BYTES {
            return Err(InvalidEmailAddress::TooLong);
        }
        let typed: String = trimmed.nfc().collect();
        if typed.len() > EMAIL_MAX_BYTES {
            return Err(InvalidEmailAddress::TooLong);
        }
        let normalized = normalize(&typed).ok_or(InvalidEmailAddress::Malformed)?;
        Ok(Self { typed, normalized })
    }
}

fn normalize(typed: &str) -> Option<String> {
    let (local, domain) = typed.split_once('@')?;
    let local_fits = (1..=LOCAL_MAX_BYTES).contains(&local.len());
    if !local_fits || !local.chars().all(is_local_char) {
        return None;
    }
    let domain = ascii_domain(domain)?;
    let local: String = local.nfc().flat_map(char::to_lowercase).nfc().collect();
    Some(format!("{local}@{domain}"))
}

/// What may stand before the `@` without quotes: RFC 5321's atoms with dots anywhere, since such
/// mailboxes exist, and letters of any script (RFC 6531). What can't be seen is refused.
fn is_local_char(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c)
    } else {
        let invisible = matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
                | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}'
        );
        !c.is_control() && !c.is_whitespace() && !invisible
    }
}

/// The domain in ASCII and small letters; it needs a dot and a last label that isn't a number.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()?;
    let (_, top) = ascii.rsplit_once('.')?;
    let named = top.bytes().any(|byte| !byte.is_ascii_digit());
    named.then(|| ascii.into_owned())
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.typed)
    }
}

/// Shows nothing of it: what is printed for debugging ends up in logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

as_json_text!(EmailAddress);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> String {
        text.parse::<EmailAddress>().unwrap().normalized().to_owned()
    }

    #[test]
    fn the_same_mailbox_is_recognised_however_it_is_typed() {
        for (one, other) in [
            ("Ada@Example.com", "ada@example.COM"),
            (" ada@example.com\t", "ada@example.com"),
            ("ren\u{e9}@example.com", "rene\u{301}@example.com"),
            ("REN\u{c9}@example.com", "rene\u{301}@example.com"),
            ("ada@bücher.de", "ada@xn--bcher-kva.de"),
            ("ada@BÜCHER.de", "ada@XN--BCHER-KVA.DE"),
            ("ada@example。com", "ada@example.com"),
        ] {
            assert_eq!(normal(one), normal(other));
        }
    }

    #[test]
    fn different_mailboxes_stay_different() {
        for (one, other) in [
            ("a.da@example.com", "ada@example.com"),
            ("ada+shop@example.com", "ada@example.com"),
            // Turkish: the dotted capital and the dotless small letter are no Latin i.
            ("İ@example.com", "i@example.com"),
            ("ı@example.com", "i@example.com"),
            // Cyrillic а looks like Latin a.
            ("аda@example.com", "ada@example.com"),
        ] {
            assert_ne!(normal(one), normal(other));
        }
    }

    #[test]
    fn an_address_stays_as_typed() {
        let address: EmailAddress = " Ada.Lovelace@Bücher.DE ".parse().unwrap();
        assert_eq!(address.as_str(), "Ada.Lovelace@Bücher.DE");
        assert_eq!(address.normalized(), "ada.lovelace@xn--bcher-kva.de");
        assert_eq!(format!("{address:?}"), "EmailAddress(…)");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "ada",
            "@example.com",
            "ada@",
            "a@b@example.com",
            "ada@example",
            "ada@.com",
            "ada@a..com",
            "ada@example.com.",
            "ada@-a.com",
            "ada@a_b.com",
            "ada@1.2.3.4",
            "ada@[1.2.3.4]",
            "a da@example.com",
            "a\nda@example.com",
            "a\0da@example.com",
            "a\u{200b}da@example.com",
            "\"a b\"@example.com",
            "ada@exa mple.com",
            "Ada <ada@example.com>",
            "a,b@example.com",
            "ada@exam\u{202e}ple.com",
            "ada@example.com\r\nBcc: eve@example.com",
        ] {
            assert_eq!(bad.parse::<EmailAddress>(), Err(InvalidEmailAddress::Malformed), "{bad:?}");
        }
        for empty in ["", "  ", "\t"] {
            assert_eq!(empty.parse::<EmailAddress>(), Err(InvalidEmailAddress::Empty));
        }
    }

    #[test]
    fn an_address_has_at_most_254_bytes() {
        let domain = format!("{0}.{0}.{0}.com", "d".repeat(61));
        let longest = format!("{}@{domain}", "a".repeat(EMAIL_MAX_BYTES - domain.len() - 1));
        assert!(longest.parse::<EmailAddress>().is_ok());
        for long in [format!("a{longest}"), "a".repeat(1_000_000)] {
            assert_eq!(long.parse::<EmailAddress>(), Err(InvalidEmailAddress::TooLong));
        }
        let local = format!("{}@example.com", "a".repeat(65));
        assert_eq!(local.parse::<EmailAddress>(), Err(InvalidEmailAddress::Malformed));
    }

    proptest! {
        #[test]
        fn the_normal_form_is_an_address_with_itself_as_normal_form(
            text in "[\\PC&&[^@]]{1,8}@[\\p{L}0-9-]{1,8}\\.[a-z]{2,5}"
        ) {
            if let Ok(address) = text.parse::<EmailAddress>()
                && address.normalized().split('@').next().is_some_and(|local| local.len() <= 64)
            {
                prop_assert_eq!(normal(address.normalized()), address.normalized());
                prop_assert_eq!(normal(address.as_str()), address.normalized());
            }
        }

        #[test]
        fn any_text_is_an_address_or_refused_without_a_panic(text in any::<String>()) {
            let _ = text.parse::<EmailAddress>();
        }
    }
}
