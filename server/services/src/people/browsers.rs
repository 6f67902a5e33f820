//! Browsers that somebody has signed in with: what others try does not lock them out.

use std::net::{IpAddr, Ipv4Addr};

use alluvium_domain::UserId;
use alluvium_store::PersonSecret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use time::OffsetDateTime;
use uuid::Uuid;

/// Names that one browser is known for.
const MAX_VOUCHERS: usize = 4;
/// Random bytes that tell browsers apart.
const ID: usize = 16;
const CODE: usize = 32;

/// The address that a request comes from: the peer's, or what a trusted proxy says. Stands in the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl Default for ClientAddress {
    /// This machine, where a request came over no network.
    fn default() -> Self {
        ClientAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

/// Where an attempt to sign in comes from.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The address.
    pub address: ClientAddress,
    /// The cookie that the browser was given at earlier sign-ins ([`crate::SignIn::known`]); may be anything.
    pub known: String,
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum How {
    Password = 1,
    Link = 2,
    Oidc = 3,
}

impl How {
    pub(super) fn code(self) -> &'static str {
        match self {
            How::Password => "password",
            How::Link => "link",
            How::Oidc => "oidc",
        }
    }
}

/// Text and code of a proof.
fn pending_parts(pending: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut text = URL_SAFE_NO_PAD.decode(pending).ok()?;
    let code = text.split_off(text.len().checked_sub(CODE)?);
    Some((text, code))
}

/// Makes vouchers and checks them. The key is the installation's, so that every server knows the same browsers.
pub(crate) struct Browsers {
    key: [u8; 32],
}

impl Browsers {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Browsers { key }
    }

    fn code(&self, id: &[u8], person: UserId) -> Option<Hmac<Sha256>> {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        code.update(b"browser");
        code.update(id);
        code.update(person.0.as_bytes());
        Some(code)
    }

    fn pending_code(&self, text: &[u8], person: &PersonSecret) -> Option<Hmac<Sha256>> {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        code.update(b"pending");
        code.update(text);
        // A new password makes it worthless.
        code.update(person.password_hash.as_deref().unwrap_or_default().as_bytes());
        Some(code)
    }

    /// What proves for a while that the first step of signing in was done.
    pub(super) fn pending(&self, person: &PersonSecret, how: How, until: OffsetDateTime) -> String {
        let mut text = person.user.id.0.as_bytes().to_vec();
        text.push(how as u8);
        text.extend(until.unix_timestamp().to_be_bytes());
        let Some(code) = self.pending_code(&text, person) else { return String::new() };
        URL_SAFE_NO_PAD.encode([text.as_slice(), code.finalize().into_bytes().as_slice()].concat())
    }

    /// Whom that is about, if its time is not over. Whether it is genuine says [`Browsers::is_pending`].
    pub(super) fn pending_of(&self, pending: &str, now: OffsetDateTime) -> Option<(UserId, How)> {
        let (text, _) = pending_parts(pending)?;
        let (id, rest) = text.split_at_checked(16)?;
        let (how, until) = rest.split_first()?;
        let until = i64::from_be_bytes(until.try_into().ok()?);
        let how = [How::Password, How::Link].into_iter().find(|one| *one as u8 == *how)?;
        (now.unix_timestamp() < until).then_some((UserId(Uuid::from_slice(id).ok()?), how))
    }

    /// Whether we made it, for this person as they are now.
    pub(super) fn is_pending(&self, pending: &str, person: &PersonSecret) -> bool {
        let Some((text, code)) = pending_parts(pending) else { return false };
        self.pending_code(&text, person).is_some_and(|wanted| wanted.verify_slice(&code).is_ok())
    }

    fn seal_code(&self, text: &[u8]) -> Option<Hmac<Sha256>> {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        code.update(b"journey");
        code.update(text);
        Some(code)
    }

    /// A text that a browser keeps for a while and cannot change.
    pub(super) fn seal(&self, text: &[u8]) -> String {
        let Some(code) = self.seal_code(text) else { return String::new() };
        URL_SAFE_NO_PAD.encode([text, code.finalize().into_bytes().as_slice()].concat())
    }

    /// The text, where it is one that we sealed.
    pub(super) fn unseal(&self, sealed: &str) -> Option<Vec<u8>> {
        let mut text = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let code = text.split_off(text.len().checked_sub(CODE)?);
        self.seal_code(&text)?.verify_slice(&code).ok()?;
        Some(text)
    }

    /// The random id of a browser that is known for this person.
    pub(super) fn id(&self, known: &str, person: UserId) -> Option<[u8; ID]> {
        known.split('.').take(MAX_VOUCHERS).find_map(|voucher| self.id_of(voucher, person))
    }

    fn id_of(&self, voucher: &str, person: UserId) -> Option<[u8; ID]> {
        let bytes = URL_SAFE_NO_PAD.decode(voucher).ok()?;
        let (id, code) = bytes.split_at_checked(ID)?;
        self.code(id, person)?.verify_slice(code).ok()?;
        id.try_into().ok()
    }

    /// What the browser keeps from now on: known for this person, and for those that it was known for before.
    pub(super) fn vouch(&self, known: &str, person: UserId) -> String {
        let id = self.id(known, person).unwrap_or_else(rand::random);
        let Some(code) = self.code(&id, person) else { return String::new() };
        let own = URL_SAFE_NO_PAD.encode([id.as_slice(), code.finalize().into_bytes().as_slice()].concat());
        let others = known.split('.').filter(|voucher| self.is_well_formed(voucher) && **voucher != own);
        std::iter::once(own.as_str()).chain(others).take(MAX_VOUCHERS).collect::<Vec<_>>().join(".")
    }

    fn is_well_formed(&self, voucher: &str) -> bool {
        URL_SAFE_NO_PAD.decode(voucher).is_ok_and(|bytes| bytes.len() == ID + CODE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_not_changed() {
        let browsers = Browsers::new([7; 32]);
        let sealed = browsers.seal(b"text");
        assert_eq!(browsers.unseal(&sealed).as_deref(), Some(b"text".as_slice()));
        assert!(Browsers::new([8; 32]).unseal(&sealed).is_none(), "another installation's");
        let mut other = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        other[0] ^= 1;
        for junk in [URL_SAFE_NO_PAD.encode(other).as_str(), "", "e30", &sealed[1..]] {
            assert!(browsers.unseal(junk).is_none(), "{junk}");
        }
    }

    #[test]
    fn a_browser_is_known_for_whom_it_was_signed_in_with() {
        let browsers = Browsers::new([7; 32]);
        let people: Vec<UserId> = (0..6).map(|n| UserId(Uuid::from_u128(n))).collect();
        let first = browsers.vouch("", people[0]);
        let id = browsers.id(&first, people[0]).unwrap();
        assert!(browsers.id(&first, people[1]).is_none());
        assert!(Browsers::new([8; 32]).id(&first, people[0]).is_none(), "another installation's");
        assert_eq!(browsers.id(&browsers.vouch(&first, people[0]), people[0]), Some(id), "it stays the same browser");
        let both = browsers.vouch(&first, people[1]);
        assert!(browsers.id(&both, people[0]).is_some() && browsers.id(&both, people[1]).is_some());
        let all = people.iter().fold(String::new(), |known, person| browsers.vouch(&known, *person));
        let known: Vec<bool> = people.iter().map(|person| browsers.id(&all, *person).is_some()).collect();
        assert_eq!(known, [false, false, true, true, true, true], "the newest four");
        for junk in ["", ".", "x", "....", &first[1..], "; Domain=evil.example", "\u{1f600}"] {
            assert!(browsers.id(junk, people[0]).is_none(), "{junk}");
            assert!(
                browsers.vouch(junk, people[0]).bytes().all(|byte| byte.is_ascii_graphic() && byte != b';'),
                "{junk}"
            );
        }
    }
}
