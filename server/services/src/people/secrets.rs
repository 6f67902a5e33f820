//! Secrets and password hashes.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use alluvium_domain::people::limits;
use alluvium_domain::{Problem, ProblemKind};
use alluvium_store::SecretHash;
use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lru::LruCache;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::passwords::check_password;
use crate::error::internal;

/// A new secret: 256 random bits, URL-safe.
pub(super) fn new_secret() -> String {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the database keeps of a secret. No salt is needed: the secret has 256 random bits.
pub(super) fn hash_secret(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Hashing is slow on purpose and takes 19 MiB each time: two at once, the rest wait.
static HASHING: Semaphore = Semaphore::const_new(2);
/// So many may wait, about a second and a half; more are sent away.
static WAITING: Semaphore = Semaphore::const_new(100);

/// Checks a new password of somebody with these names and hashes it with argon2id (the crate's defaults are OWASP's: 19 MiB, 2 passes, 1 lane).
pub(super) async fn hash_password(field: &'static str, password: &str, names: &[&str]) -> Result<String, Problem> {
    let password = password.to_owned();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    on_hashing_thread(move || {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        check_password(field, &password, &names)?;
        let salt = SaltString::generate(&mut OsRng);
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| {
            tracing::error!(%error, "argon2 failed");
            Problem::internal()
        })
    })
    .await?
}

/// Whether the password is right. Without a hash it takes as long and is wrong, so that the time tells nothing about who exists.
pub(super) async fn verify_password(hash: Option<String>, password: &str) -> Result<bool, Problem> {
    if password.chars().count() > limits::PASSWORD_MAX {
        return Ok(false);
    }
    let password = password.to_owned();
    on_hashing_thread(move || {
        // The hash of a random string that nobody knows.
        const NOBODY: &str =
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$0rJwpvyNwGHWcdBMJFwrDSrFfBGmQm1pFzqkBnHWQ1s";
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let right = PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && right
    })
    .await
}

/// Passwords that were right a moment ago: a keyed hash of name and password, and the stored hash that they were right for.
pub(crate) struct Verified {
    key: [u8; 32],
    known: Mutex<LruCache<SecretHash, String>>,
}

/// People who send their password with each request, at once.
const MOST_VERIFIED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

impl Default for Verified {
    fn default() -> Self {
        Verified { key: rand::random(), known: Mutex::new(LruCache::new(MOST_VERIFIED)) }
    }
}

impl Verified {
    /// Whether this password was right for the hash that is stored now.
    pub(super) fn holds(&self, name: &str, password: &str, stored: Option<&str>) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        stored.is_some() && known.get(&self.hash(name, password)).map(String::as_str) == stored
    }

    /// This password is right for this stored hash.
    pub(super) fn remember(&self, name: &str, password: &str, stored: String) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).put(self.hash(name, password), stored);
    }

    fn hash(&self, name: &str, password: &str) -> SecretHash {
        // A name holds no NUL: no other pair gives the same bytes.
        Sha256::new()
            .chain_update(self.key)
            .chain_update(name)
            .chain_update([0])
            .chain_update(password)
            .finalize()
            .into()
    }
}

async fn on_hashing_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let _place = WAITING.try_acquire().map_err(|_| Problem::later(2))?;
    let _permit = HASHING.acquire().await.map_err(|_| Problem::new(ProblemKind::Unavailable))?;
    tokio::task::spawn_blocking(work).await.map_err(internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hash = hash_password("password", "correct horse battery", &["ann"]).await.expect("long enough");
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password(Some(hash.clone()), "correct horse battery").await.expect("verifies"));
        assert!(!verify_password(Some(hash), "correct horse batterz").await.expect("verifies"));
        assert!(!verify_password(None, "correct horse battery").await.expect("verifies"));
    }

    #[test]
    fn a_password_is_remembered_for_one_stored_hash() {
        let verified = Verified::default();
        assert!(!verified.holds("ann", "secret", Some("hash")));
        verified.remember("ann", "secret", "hash".to_owned());
        assert!(verified.holds("ann", "secret", Some("hash")));
        assert!(!verified.holds("ann", "secret", Some("another hash")), "the password was changed");
        assert!(!verified.holds("ann", "secret", None), "there is no password any more");
        assert!(!verified.holds("ann", "other", Some("hash")));
        assert!(!verified.holds("bob", "secret", Some("hash")));
    }

    #[tokio::test]
    async fn a_short_password_names_the_limit() {
        let problem = hash_password("password", "short", &[]).await.expect_err("too short");
        assert_eq!(
            problem.errors[0].issue,
            alluvium_domain::Issue::TooShort { limit: limits::PASSWORD_MIN, actual: 5 }
        );
    }
}
