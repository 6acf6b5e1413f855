//! Hashing of passwords, without holding anybody up.
//!
//! A hash takes tens of milliseconds of CPU by design. It is made apart from the threads that
//! serve, never inside an open unit of work, two at once at most, with a bounded queue before it.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use galleria_domain::Password;
use tokio::sync::Semaphore;

use crate::error::{AppError, Result};

/// Argon2id with 19 MiB, two passes and one lane (OWASP ASVS 5.0, appendix C).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// What every hash with these settings begins with.
const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
/// What is verified where there is no account, so that it takes as long as where there is one.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Z2FsbGVyaWEtbm8tb25l$\
     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const AT_ONCE_MAX: usize = 2;
const QUEUE_MAX: usize = 64;
/// Long enough for a full queue to be worked off.
const RETRY_AFTER_S: u64 = 3;

/// Hashes passwords and compares them with their hashes.
#[derive(Debug)]
pub(crate) struct Passwords {
    /// For those who wait and those who are at work.
    places: Arc<Semaphore>,
    /// For those who are at work.
    workers: Arc<Semaphore>,
}

/// What comparing a password with a hash has shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verified {
    /// It is another password, or there was no hash.
    No,
    /// It is the password.
    Yes,
    /// It is the password; its hash was made with other settings and is to be made anew.
    YesButOutdated,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE_MAX + QUEUE_MAX)),
            workers: Arc::new(Semaphore::new(AT_ONCE_MAX)),
        }
    }

    /// The hash of a password, in the PHC string format.
    pub(crate) async fn hash(&self, password: Password) -> Result<String> {
        self.run(move || {
            let hash = argon2()?.hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|error| internal(&error))
        })
        .await?
    }

    /// Compares a password with a hash; without one, does the same work and answers no.
    pub(crate) async fn verify(
        &self,
        password: Option<Password>,
        hash: Option<String>,
    ) -> Result<Verified> {
        self.run(move || {
            let bytes = password.as_ref().map_or(&b""[..], Password::as_bytes);
            let is_same = is_same(bytes, hash.as_deref().unwrap_or(DUMMY))?;
            Ok(match hash {
                Some(hash) if is_same && password.is_some() => {
                    if hash.starts_with(CURRENT) {
                        Verified::Yes
                    } else {
                        Verified::YesButOutdated
                    }
                }
                _ => Verified::No,
            })
        })
        .await?
    }

    /// Whether a password is the one of any of these hashes.
    pub(crate) async fn is_any_of(&self, password: Password, hashes: Vec<String>) -> Result<bool> {
        self.run(move || {
            for hash in hashes {
                if is_same(password.as_bytes(), &hash)? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| AppError::RateLimited { retry_after_s: RETRY_AFTER_S })?;
        let worker =
            Arc::clone(&self.workers).acquire_owned().await.map_err(|error| internal(&error))?;
        tokio::task::spawn_blocking(move || {
            // Held to the end of the work, also if whoever asked for it is gone by then.
            let _held = (place, worker);
            work()
        })
        .await
        .map_err(|error| internal(&error))
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| internal(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_same(password: &[u8], hash: &str) -> Result<bool> {
    let hash = PasswordHash::new(hash).map_err(|error| internal(&error))?;
    Ok(argon2()?.verify_password(password, &hash).is_ok())
}

fn internal(error: &dyn std::fmt::Display) -> AppError {
    AppError::Internal(format!("a password could not be hashed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::offer(text).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_recognised_by_its_hash() {
        let passwords = Passwords::new();
        let hash = passwords.hash(password("a quiet morning")).await.unwrap();
        assert!(hash.starts_with(CURRENT));
        for (offered, verified) in
            [("a quiet morning", Verified::Yes), ("a quiet evening", Verified::No)]
        {
            let answer = passwords.verify(Some(password(offered)), Some(hash.clone())).await;
            assert_eq!(answer.unwrap(), verified);
        }
        assert_eq!(passwords.verify(None, Some(hash)).await.unwrap(), Verified::No);
        // That the dummy can be verified at all is what makes it take as long.
        assert_eq!(passwords.verify(Some(password("x")), None).await.unwrap(), Verified::No);
    }

    #[tokio::test]
    async fn a_hash_with_other_settings_is_to_be_made_anew() {
        let weak = Params::new(8, 1, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, weak);
        let hash = argon2.hash_password(b"a quiet morning").unwrap().to_string();
        let answer = Passwords::new().verify(Some(password("a quiet morning")), Some(hash)).await;
        assert_eq!(answer.unwrap(), Verified::YesButOutdated);
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_told_to_come_back() {
        let passwords = Passwords::new();
        let _all = passwords.places.clone().try_acquire_many_owned(66).unwrap();
        let answer = passwords.verify(None, None).await;
        assert!(matches!(answer, Err(AppError::RateLimited { retry_after_s: RETRY_AFTER_S })));
    }
}
