//! Secrets that prove who somebody is: shown once, stored only as hashes.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use galleria_domain::Sha256Hash;
use subtle::ConstantTimeEq as _;

/// 256 random bits in base64url. Too many to be guessed, so that a plain hash is enough to keep.
#[derive(Clone, Eq, PartialEq)]
pub struct Token(String);

impl Token {
    /// A fresh one.
    pub(crate) fn generate() -> Self {
        Self(BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>()))
    }

    /// The secret itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> String {
        token_hash(&self.0)
    }
}

/// Shows nothing of it.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What is stored of a secret: SHA-256 in hexadecimal.
pub(crate) fn token_hash(secret: &str) -> String {
    Sha256Hash::of(secret.as_bytes()).to_string()
}

/// Whether a secret is the one whose hash is stored; takes the same time either way.
pub(crate) fn matches_hash(secret: &str, stored: &str) -> bool {
    token_hash(secret).as_bytes().ct_eq(stored.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_256_bits_that_only_its_hash_recognises() {
        let (one, other) = (Token::generate(), Token::generate());
        assert_eq!(BASE64URL_NOPAD.decode(one.as_str().as_bytes()).unwrap().len(), 32);
        assert!(matches_hash(one.as_str(), &one.hash()));
        assert!(!matches_hash(one.as_str(), &other.hash()));
        assert!(!matches_hash(one.as_str(), ""));
        assert!(!one.hash().contains(one.as_str()));
        assert_eq!(format!("{one:?}"), "Token(…)");
    }
}
