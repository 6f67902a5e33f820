//! Attempts to prove who one is: counted before the proof is looked at, so that sixty at once are no more than sixty one after the other.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use alluvium_store::SecretHash;
use sha2::{Digest, Sha256};

/// After so long without an attempt, fewer failures than the free ones are forgotten.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// After so long without an attempt, any number of failures is forgotten.
const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);
/// The wait after the last free attempt; each further failure doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const MAX_WAIT: Duration = Duration::from_secs(60 * 60);
/// Counts kept of each kind; where they are full, new ones are refused.
const MAX_COUNTS: usize = 10_000;
/// Lines for the audit log within [`WINDOW`].
const MAX_NOTES: usize = 200;

/// What attempts are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, whether or not somebody has it, from browsers that are not known for it.
    Name,
    /// A network address (the /64 of IPv6), from browsers that are not known.
    Address,
    /// A browser that has signed in with the name before: others' attempts do not count against it.
    Browser,
    /// A session that gives its password again.
    Session,
    /// An address from which somebody comes back from the provider of OpenID Connect. Apart from [`Kind::Address`], so that a provider that fails keeps
    /// nobody from their password.
    Provider,
}

impl Kind {
    const COUNT: usize = 5;

    /// Attempts before the first wait. An address may be that of a whole office.
    fn free(self) -> u32 {
        match self {
            Kind::Name | Kind::Browser | Kind::Session => 10,
            Kind::Address | Kind::Provider => 30,
        }
    }
}

/// One count: its kind and the hash of what it counts.
pub(super) type Key = (Kind, SecretHash);

/// The key of something that is counted. Only its hash is kept.
pub(super) fn key(kind: Kind, what: impl AsRef<[u8]>) -> Key {
    (kind, Sha256::digest(what).into())
}

/// The key of an address.
pub(super) fn address_key(address: IpAddr) -> Key {
    network_key(Kind::Address, address)
}

/// The key of an address at which somebody comes back from the provider.
pub(super) fn provider_key(address: IpAddr) -> Key {
    network_key(Kind::Provider, address)
}

fn network_key(kind: Kind, address: IpAddr) -> Key {
    match address.to_canonical() {
        IpAddr::V4(address) => key(kind, address.octets()),
        IpAddr::V6(address) => key(kind, &address.octets()[..8]),
    }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    tried: u32,
    last: Instant,
    /// No attempt before this moment.
    until: Option<Instant>,
}

impl Count {
    fn is_over(&self, free: u32, now: Instant) -> bool {
        now.saturating_duration_since(self.last) >= if self.tried < free { WINDOW } else { MEMORY }
    }
}

#[derive(Default)]
struct State {
    counts: [HashMap<SecretHash, Count>; Kind::COUNT],
    notes: HashMap<SecretHash, Instant>,
}

/// Recent attempts of this process.
#[derive(Default)]
pub(crate) struct Attempts {
    state: Mutex<State>,
}

/// An attempt that is counted as failed until it is said to have succeeded.
#[derive(Debug)]
pub(super) struct Attempt {
    keys: Vec<Key>,
}

impl Attempts {
    /// Counts an attempt by each key, or says how long to wait first; then nothing is counted.
    pub(super) fn reserve(&self, keys: &[Key], now: Instant) -> Result<Attempt, Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, hash) in keys {
            let counts = &mut state.counts[*kind as usize];
            if counts.get(hash).is_some_and(|count| count.is_over(kind.free(), now)) {
                counts.remove(hash);
            }
            match counts.get(hash) {
                Some(count) => {
                    if let Some(wait) = count.until.and_then(|until| until.checked_duration_since(now))
                        && !wait.is_zero()
                    {
                        return Err(wait);
                    }
                }
                None if counts.len() >= MAX_COUNTS => {
                    counts.retain(|_, count| !count.is_over(kind.free(), now));
                    if counts.len() >= MAX_COUNTS {
                        return Err(FIRST_WAIT);
                    }
                }
                None => {}
            }
        }
        for (kind, hash) in keys {
            let count = state.counts[*kind as usize].entry(*hash).or_insert(Count { tried: 0, last: now, until: None });
            count.tried = count.tried.saturating_add(1);
            count.last = now;
            count.until = count.tried.checked_sub(kind.free()).map(|over| now + wait(over));
        }
        Ok(Attempt { keys: keys.to_vec() })
    }

    /// The proof was right. An address stays as it was before: whoever has an account must not win free attempts at others'.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, hash) in &attempt.keys {
            let counts = &mut state.counts[*kind as usize];
            match kind {
                Kind::Address | Kind::Provider => {
                    if let Some(count) = counts.get_mut(hash) {
                        count.tried = count.tried.saturating_sub(1);
                        count.until = None;
                    }
                }
                Kind::Name | Kind::Browser | Kind::Session => {
                    counts.remove(hash);
                }
            }
        }
    }

    /// Whether this is to be written down: once in [`WINDOW`], and not where there is too much to write.
    pub(super) fn is_news(&self, what: &str, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.notes.retain(|_, at| now.saturating_duration_since(*at) < WINDOW);
        state.notes.len() < MAX_NOTES && state.notes.insert(Sha256::digest(what).into(), now).is_none()
    }
}

fn wait(over: u32) -> Duration {
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(over)).min(MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn tries(attempts: &Attempts, keys: &[Key], times: u32, now: Instant) {
        for n in 0..times {
            assert!(attempts.reserve(keys, now).is_ok(), "{n}");
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let ann = [key(Kind::Name, "ann")];
        tries(&attempts, &ann, 10, start);
        assert_eq!(attempts.reserve(&ann, start).unwrap_err(), MINUTE);
        let mut now = start;
        let mut last = MINUTE;
        for _ in 0..10 {
            now += last;
            tries(&attempts, &ann, 1, now);
            let wait = attempts.reserve(&ann, now).unwrap_err();
            assert!(wait == last * 2 || wait == MAX_WAIT, "{last:?} {wait:?}");
            last = wait;
        }
        assert_eq!(last, MAX_WAIT);
        tries(&attempts, &[key(Kind::Name, "ben")], 1, now);
        assert!(attempts.reserve(&ann, now + WINDOW).is_err(), "a pause of minutes gives no new ones");
        tries(&attempts, &ann, 10, now + MEMORY);
    }

    #[test]
    fn few_failures_are_forgotten_soon_and_success_at_once() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let ann = [key(Kind::Name, "ann")];
        tries(&attempts, &ann, 9, start);
        tries(&attempts, &ann, 10, start + WINDOW);
        let attempts = Attempts::default();
        tries(&attempts, &ann, 9, start);
        let right = attempts.reserve(&ann, start).unwrap();
        attempts.succeeded(&right);
        tries(&attempts, &ann, 10, start);
    }

    #[test]
    fn one_address_does_not_try_many_names() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let from = |name: &str, address: &str| [key(Kind::Name, name), address_key(address.parse().unwrap())];
        for n in 0..30 {
            tries(&attempts, &from(&format!("person-{n}"), "192.0.2.7"), 1, now);
            // Signing in oneself between them does not help.
            if n < 29 {
                let own = attempts.reserve(&from("own", "192.0.2.7"), now).unwrap();
                attempts.succeeded(&own);
            }
        }
        assert!(attempts.reserve(&from("person-30", "192.0.2.7"), now).is_err());
        assert!(attempts.reserve(&from("person-30", "::ffff:192.0.2.7"), now).is_err(), "the same address");
        tries(&attempts, &from("person-30", "192.0.2.8"), 1, now);
        for n in 0..30 {
            tries(&attempts, &from(&format!("six-{n}"), &format!("2001:db8::{n}")), 1, now);
        }
        assert!(attempts.reserve(&from("six-30", "2001:db8::ffff:1"), now).is_err(), "one network of IPv6");
        assert!(attempts.reserve(&from("six-30", "2001:db8:0:1::1"), now).is_ok());
    }

    #[test]
    fn full_is_refused_and_known_browsers_pass() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for n in 0..MAX_COUNTS {
            tries(&attempts, &[key(Kind::Name, n.to_string())], 1, now);
        }
        assert!(attempts.reserve(&[key(Kind::Name, "one more")], now).is_err());
        tries(&attempts, &[key(Kind::Name, "0")], 1, now);
        tries(&attempts, &[key(Kind::Browser, "one more")], 1, now);
        tries(&attempts, &[key(Kind::Name, "one more")], 1, now + WINDOW);
    }

    #[test]
    fn what_is_written_down_is_bounded() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        assert!(attempts.is_news("ann 192.0.2.7", now));
        assert!(!attempts.is_news("ann 192.0.2.7", now));
        assert!(attempts.is_news("ann 192.0.2.7", now + WINDOW));
        let written = (0..10_000).filter(|n| attempts.is_news(&n.to_string(), now + WINDOW)).count();
        assert_eq!(written, MAX_NOTES - 1);
    }
}
