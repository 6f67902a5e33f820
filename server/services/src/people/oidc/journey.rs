//! What the browser keeps while the person is at the provider. It cannot change it.

use alluvium_domain::{Problem, UserId};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::super::browsers::Browsers;
use crate::error::internal;

/// How long the person may take there.
const TIME: Duration = Duration::minutes(10);
/// Longest address to go to afterwards, in bytes: a cookie holds 4,096.
const MAX_NEXT: usize = 1024;

#[derive(Serialize, Deserialize)]
pub(super) struct Journey {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    pub(super) next: String,
    /// Who wants to link the account; none where somebody wants to sign in.
    pub(super) link: Option<UserId>,
    /// When it is too late to come back, in seconds since 1970.
    until: i64,
}

impl Journey {
    pub(super) fn new(
        state: CsrfToken,
        nonce: Nonce,
        verifier: PkceCodeVerifier,
        next: &str,
        link: Option<UserId>,
        now: OffsetDateTime,
    ) -> Journey {
        Journey {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            next: if next.len() > MAX_NEXT { "/".to_owned() } else { next.to_owned() },
            link,
            until: (now + TIME).unix_timestamp(),
        }
    }

    pub(super) fn sealed(&self, browsers: &Browsers) -> Result<String, Problem> {
        Ok(browsers.seal(&serde_json::to_vec(self).map_err(internal)?))
    }

    pub(super) fn unsealed(text: &str, browsers: &Browsers) -> Option<Journey> {
        serde_json::from_slice(&browsers.unseal(text)?).ok()
    }

    pub(super) fn is_current(&self, now: OffsetDateTime) -> bool {
        now.unix_timestamp() < self.until
    }

    pub(super) fn until(&self) -> Result<OffsetDateTime, Problem> {
        OffsetDateTime::from_unix_timestamp(self.until).map_err(internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_ends_after_ten_minutes() {
        let browsers = Browsers::new([7; 32]);
        let now = OffsetDateTime::now_utc();
        let secret = || "a".repeat(43);
        let (state, nonce, verifier) =
            (CsrfToken::new(secret()), Nonce::new(secret()), PkceCodeVerifier::new(secret()));
        let journey = Journey::new(state, nonce, verifier, &"/".repeat(2000), None, now);
        assert_eq!(journey.next, "/");
        let sealed = Journey { next: "/".repeat(MAX_NEXT), ..journey }.sealed(&browsers).unwrap();
        assert!(sealed.len() < 3000, "{}", sealed.len());
        let journey = Journey::unsealed(&sealed, &browsers).unwrap();
        assert!(journey.is_current(now + TIME - Duration::seconds(1)));
        assert!(!journey.is_current(now + TIME + Duration::seconds(1)));
    }
}
