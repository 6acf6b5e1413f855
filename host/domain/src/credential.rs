//! Passwords that are good enough, and how fast they can be tried.

mod common;
mod throttle;

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::email::EmailAddress;
use crate::error::{FieldCode, Mistake};
use crate::fold::fold;

pub use throttle::{
    FREE_FAILURES, LOCK_AFTER_FAILURES, LOCK_DURATION, LoginAccount, LoginGate, LoginThrottle,
    MAX_DELAY,
};

/// The fewest characters of a password.
pub const PASSWORD_MIN_CHARS: usize = 8;

/// The most characters of a password.
pub const PASSWORD_MAX_CHARS: usize = 128;

/// No password in reach has more bytes before it is normalised, so that nothing long is worked on.
const INPUT_MAX_BYTES: usize = PASSWORD_MAX_CHARS * 16;

/// A password in the form that is hashed: NFKC, so that it is the same from every keyboard.
#[derive(Clone, Eq, PartialEq)]
pub struct Password(String);

impl Password {
    /// Accepts a password for an account from now on.
    ///
    /// There are no rules of composition (OWASP ASVS 5.0, 6.2); what is refused is what is guessed
    /// first: common words, also with a few digits around them, rows of keys, and one's own email.
    pub fn choose(text: &str, email: Option<&EmailAddress>) -> Result<Self, InvalidPassword> {
        let password = Self::offer(text).ok_or(InvalidPassword::TooLong)?;
        if password.0.chars().count() < PASSWORD_MIN_CHARS {
            return Err(InvalidPassword::TooShort);
        }
        if common::is_common(&password.0) {
            return Err(InvalidPassword::Common);
        }
        if email.is_some_and(|email| password.is_like(email)) {
            return Err(InvalidPassword::Own);
        }
        Ok(password)
    }

    /// Takes a password as it is offered at a login; `None` if it is too long to be anybody's.
    pub fn offer(text: &str) -> Option<Self> {
        if text.len() > INPUT_MAX_BYTES {
            return None;
        }
        let password: String = text.nfkc().collect();
        password.chars().nth(PASSWORD_MAX_CHARS).is_none().then_some(Self(password))
    }

    /// The bytes to be hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether it is the email, or what stands before its `@` with a few characters more.
    fn is_like(&self, email: &EmailAddress) -> bool {
        let folded = fold(&self.0);
        let local = email.normalized().split('@').next().unwrap_or_default();
        let few = 4;
        let near_local = folded
            .split_once(local)
            .is_some_and(|(before, after)| before.chars().count() + after.chars().count() <= few);
        folded == email.normalized() || folded == fold(email.as_str()) || near_local
    }
}

/// Shows nothing of it.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why a password is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidPassword {
    /// Fewer than 8 characters.
    #[error("is shorter than {PASSWORD_MIN_CHARS} characters")]
    TooShort,
    /// More than 128 characters.
    #[error("is longer than {PASSWORD_MAX_CHARS} characters")]
    TooLong,
    /// One of those that are tried first.
    #[error("is too easy to guess")]
    Common,
    /// The account's own email, or nearly so.
    #[error("is too much like the email address")]
    Own,
}

impl Mistake for InvalidPassword {
    fn code(&self) -> FieldCode {
        match self {
            Self::TooShort => FieldCode::TooShort,
            Self::TooLong => FieldCode::TooLong,
            Self::Common | Self::Own => FieldCode::Range,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choose(text: &str) -> Result<Password, InvalidPassword> {
        Password::choose(text, None)
    }

    #[test]
    fn a_password_has_8_to_128_characters() {
        assert_eq!(choose("zv7!kQp"), Err(InvalidPassword::TooShort));
        assert!(choose("zv7!kQpw").is_ok());
        assert!(choose(&"zv7!kQpw".repeat(15)).is_err());
        let longest: String = ('!'..='~').chain('Ā'..='ġ').take(PASSWORD_MAX_CHARS).collect();
        assert_eq!(longest.chars().count(), PASSWORD_MAX_CHARS);
        assert!(choose(&longest).is_ok());
        assert_eq!(choose(&format!("{longest}x")), Err(InvalidPassword::TooLong));
        assert_eq!(choose(&"x".repeat(1_000_000)), Err(InvalidPassword::TooLong));
        // One character here is eighteen after normalising.
        assert_eq!(choose(&"\u{fdfa}".repeat(8)), Err(InvalidPassword::TooLong));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for bad in [
            "password",
            "Password1",
            "P@ssw0rd!",
            "12345678",
            "87654321",
            "qwertyuiop",
            "1q2w3e4r",
            "aaaaaaaa",
            "abcabcabc",
            "abcdefgh",
            "iloveyou",
            "letmein123",
            "Dragon2024",
            "monkey99",
            "qwertz123",
            "asdfghjkl",
            "football!",
            "11112222",
            "passwort1",
            "123qweasd",
            "pass1234",
            "galleria1",
            "19901990",
            "00000000",
            "trustno1",
            "s3cr3t!!",
        ] {
            assert_eq!(choose(bad), Err(InvalidPassword::Common), "{bad}");
        }
    }

    #[test]
    fn what_is_hard_to_guess_is_accepted_without_rules_of_composition() {
        for good in [
            "correct horse battery staple",
            "tjenfqxw",
            "Lampe Regen 7 Kiosk",
            "пароль-от-кота-77",
            "月曜日の朝の雨は静か",
            "8273 6455 1902",
            "pa\0ss\u{1}phrase of mine",
        ] {
            assert!(choose(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn ones_own_email_is_no_password() {
        let email: EmailAddress = "Ada.Lovelace@Example.com".parse().unwrap();
        for bad in ["ada.lovelace@example.com", "ADA.LOVELACE", "ada.lovelace1815", "!ada.lovelace"]
        {
            assert_eq!(Password::choose(bad, Some(&email)), Err(InvalidPassword::Own), "{bad}");
        }
        assert!(Password::choose("ada.lovelace is my name", Some(&email)).is_ok());
    }

    #[test]
    fn a_password_is_the_same_from_every_keyboard() {
        let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301} au lait");
        assert_eq!(choose(composed), choose(decomposed));
        assert_eq!(Password::offer("ｗｉｄｅ").unwrap().as_bytes(), b"wide");
        assert_eq!(format!("{:?}", Password::offer("secret").unwrap()), "Password(…)");
    }

    proptest! {
        #[test]
        fn what_was_chosen_is_what_is_offered(text in any::<String>()) {
            if let Ok(chosen) = choose(&text) {
                prop_assert_eq!(Password::offer(&text), Some(chosen));
            }
        }

        #[test]
        fn a_common_word_with_a_few_digits_stays_common(digits in "[0-9]{2,4}", upper in any::<bool>()) {
            let word = if upper { "SUNSHINE" } else { "sunshine" };
            let password = format!("{word}{digits}");
            prop_assert_eq!(choose(&password), Err(InvalidPassword::Common));
        }
    }
}
