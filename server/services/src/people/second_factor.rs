//! The second factor: codes of an authenticator (RFC 6238), and recovery codes for when that is lost.

use alluvium_domain::{Action, Actor, Issue, Problem, Role, User, UserId};
use alluvium_store::{
    Connection, audit_add_in_txn, recovery_code_use_in_txn, second_factor_role_set_in_txn, session_end_all_in_txn,
    totp_begin_in_txn, totp_confirm_in_txn, totp_end_in_txn, totp_step_use_in_txn,
};
use serde_json::json;
use time::OffsetDateTime;
use totp_rs::{Algorithm, Secret, TOTP};

use super::attempts::{Attempt, Kind, key};
use super::browsers::Caller;
use super::secrets::hash_secret;
use crate::Services;
use crate::error::internal;

/// Digits, tolerance in steps and seconds of a step: what every authenticator knows.
const DIGITS: usize = 6;
const SKEW: i64 = 1;
const STEP: u64 = 30;
/// Bytes of a shared secret (RFC 4226, section 4: 160 bits are recommended).
const SECRET: usize = 20;
const RECOVERY_CODES: usize = 10;
/// Bytes of a recovery code: 16 letters and digits.
const RECOVERY: usize = 10;
/// The name that authenticators show.
const ISSUER: &str = "Alluvium";

/// What a person has of a second factor.
#[derive(Debug, Clone, Default)]
pub struct SecondFactor {
    /// Since when codes are asked for; none where they are not.
    pub since: Option<OffsetDateTime>,
    /// Recovery codes that are left.
    pub codes: usize,
    /// Whether the person's role needs one.
    pub required: bool,
    /// A secret that waits for its first code.
    pub pending: Option<Enrolment>,
}

/// What goes into the authenticator.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The secret in base 32, to be typed.
    pub secret: String,
    /// The same as an address (`otpauth://`), to be read from a picture.
    pub address: String,
}

fn totp(secret: Vec<u8>, name: &str) -> Result<TOTP, Problem> {
    TOTP::new(Algorithm::SHA1, DIGITS, 1, STEP, secret, Some(ISSUER.to_owned()), name.to_owned()).map_err(internal)
}

/// The time step whose code this is, near now.
fn step_of(totp: &TOTP, code: &str, now: i64) -> Option<i64> {
    let current = now / STEP.cast_signed();
    ((current - SKEW).max(0)..=current + SKEW).find(|step| {
        let wanted = totp.generate(step.unsigned_abs() * STEP);
        // As long for a code that differs at once as for one that differs at the end.
        wanted.len() == code.len() && wanted.bytes().zip(code.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
    })
}

/// A code without what people put between: spaces, hyphens; full-width digits become plain ones.
fn plain(code: &str) -> String {
    let narrow = |c: char| match u32::from(c) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    code.chars().map(narrow).filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

impl Services {
    /// The actor's own second factor.
    pub async fn second_factor(&self, actor: &Actor) -> Result<SecondFactor, Problem> {
        let user = own(actor)?;
        let row = self.inner.store.second_factor(user.id).await.map_err(internal)?;
        let pending = match row.secret {
            Some(secret) if row.since.is_none() => Some(enrolment(secret, &user.name)?),
            _ => None,
        };
        let required = self.second_factor_role().await?.is_some_and(|role| user.role >= role);
        Ok(SecondFactor { since: row.since, codes: usize::try_from(row.codes).unwrap_or_default(), required, pending })
    }

    /// Makes a secret for the actor's authenticator. Codes are asked for once the first was right.
    pub async fn second_factor_begin(&self, actor: &Actor) -> Result<(), Problem> {
        let user = own(actor)?;
        actor.password_is_fresh()?;
        let secret: [u8; SECRET] = rand::random();
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if !totp_begin_in_txn(&mut txn, user.id, &secret).await.map_err(internal)? {
            return Err(Problem::conflict("code", "两步验证已经开启", "the second factor is on already"));
        }
        txn.commit().await.map_err(internal)
    }

    /// The first code: from now on codes are asked for. Answers with the recovery codes, which are shown this once.
    pub async fn second_factor_confirm(
        &self,
        caller: &Caller,
        actor: &Actor,
        code: &str,
    ) -> Result<Vec<String>, Problem> {
        let user = own(actor)?;
        actor.password_is_fresh()?;
        let attempt = self.code_attempt(caller, user)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        self.code_check(&mut txn, user, code, false).await?;
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
        let hashes: Vec<_> = codes.iter().map(|code| hash_secret(&plain(code))).collect();
        if !totp_confirm_in_txn(&mut txn, user.id, &hashes).await.map_err(internal)? {
            return Err(Problem::conflict("code", "两步验证已经开启", "the second factor is on already"));
        }
        self.second_factor_noted(&mut txn, actor, user.id, "person.second-factor").await?;
        txn.commit().await.map_err(internal)?;
        self.inner.attempts.succeeded(&attempt);
        Ok(codes)
    }

    /// Codes are asked for no longer; the last one, or a recovery code, proves that it is the person who says so.
    pub async fn second_factor_end(&self, caller: &Caller, actor: &Actor, code: &str) -> Result<(), Problem> {
        let user = own(actor)?;
        actor.password_is_fresh()?;
        if self.second_factor_role().await?.is_some_and(|role| user.role >= role) {
            return Err(Problem::conflict("code", "你的角色必须使用两步验证", "your role needs a second factor"));
        }
        let attempt = self.code_attempt(caller, user)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        self.code_check(&mut txn, user, code, true).await?;
        totp_end_in_txn(&mut txn, user.id).await.map_err(internal)?;
        self.second_factor_noted(&mut txn, actor, user.id, "person.second-factor-end").await?;
        txn.commit().await.map_err(internal)?;
        self.inner.attempts.succeeded(&attempt);
        Ok(())
    }

    /// Takes a person's second factor away, who has lost it and the recovery codes (administrators only). Their sessions end.
    pub async fn second_factor_reset(&self, actor: &Actor, person: UserId) -> Result<(), Problem> {
        actor.may_confirmed(Action::Administer)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if !totp_end_in_txn(&mut txn, person).await.map_err(internal)? {
            return Err(Problem::not_found());
        }
        session_end_all_in_txn(&mut txn, person, None).await.map_err(internal)?;
        self.second_factor_noted(&mut txn, actor, person, "person.second-factor-end").await?;
        txn.commit().await.map_err(internal)
    }

    /// Since when a person has a second factor (administrators only).
    pub async fn second_factor_of(&self, actor: &Actor, person: UserId) -> Result<Option<OffsetDateTime>, Problem> {
        actor.may(Action::Administer)?;
        Ok(self.inner.store.second_factor(person).await.map_err(internal)?.since)
    }

    /// From which role on a second factor is needed; none for nobody.
    pub async fn second_factor_role(&self) -> Result<Option<Role>, Problem> {
        self.inner.store.second_factor_role().await.map_err(internal)
    }

    /// Asks everybody from a role on for a second factor, or nobody (administrators only).
    pub async fn second_factor_role_set(&self, actor: &Actor, role: Option<Role>) -> Result<(), Problem> {
        actor.may_confirmed(Action::Administer)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        second_factor_role_set_in_txn(&mut txn, role).await.map_err(internal)?;
        audit_add_in_txn(
            &mut txn,
            actor.user_id(),
            "setting.second-factor",
            "setting/second-factor",
            json!({ "role": role }),
        )
        .await
        .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }

    /// Counts a code before it is looked at. The codes of somebody are tried by whoever has given their password, or sits at a session of theirs.
    pub(super) fn code_attempt(&self, caller: &Caller, user: &User) -> Result<Attempt, Problem> {
        let counted = match self.inner.browsers.id(&caller.known, user.id) {
            Some(id) => key(Kind::Browser, [b"code".as_slice(), &id, user.id.0.as_bytes()].concat()),
            None => key(Kind::Name, [b"code ".as_slice(), user.id.0.as_bytes()].concat()),
        };
        self.attempt(caller, &[counted], Some(user), "code")
    }

    /// Uses a code of the authenticator up, or a recovery code where these are taken.
    pub(super) async fn code_check(
        &self,
        conn: &mut Connection,
        user: &User,
        code: &str,
        recovery: bool,
    ) -> Result<(), Problem> {
        let code = plain(code);
        let row = self.inner.store.second_factor(user.id).await.map_err(internal)?;
        let wrong = || Problem::field("code", Issue::Wrong);
        let totp = totp(row.secret.ok_or_else(wrong)?, &user.name)?;
        let right = match step_of(&totp, &code, OffsetDateTime::now_utc().unix_timestamp()) {
            Some(step) => totp_step_use_in_txn(conn, user.id, step).await.map_err(internal)?,
            None => recovery && recovery_code_use_in_txn(conn, user.id, &hash_secret(&code)).await.map_err(internal)?,
        };
        if right { Ok(()) } else { Err(wrong()) }
    }

    async fn second_factor_noted(
        &self,
        conn: &mut Connection,
        actor: &Actor,
        person: UserId,
        action: &str,
    ) -> Result<(), Problem> {
        audit_add_in_txn(conn, actor.user_id(), action, &format!("person/{}", person.0), json!({}))
            .await
            .map_err(internal)
    }
}

fn own(actor: &Actor) -> Result<&User, Problem> {
    actor.may(Action::OwnAccount)?;
    actor.user.as_ref().ok_or_else(|| Problem::new(alluvium_domain::ProblemKind::Unauthenticated))
}

fn enrolment(secret: Vec<u8>, name: &str) -> Result<Enrolment, Problem> {
    let totp = totp(secret, name)?;
    Ok(Enrolment { secret: totp.get_secret_base32(), address: totp.get_url() })
}

/// `ABCD-EFGH-IJKL-MNOP`
fn recovery_code() -> String {
    let bytes: [u8; RECOVERY] = rand::random();
    let text = Secret::Raw(bytes.to_vec()).to_encoded().to_string();
    text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of eight digits.
        let totp = totp(b"12345678901234567890".to_vec(), "ann").unwrap();
        for (now, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(step_of(&totp, code, now), Some(now / 30));
            assert_eq!(step_of(&totp, code, now + 30), Some(now / 30), "a clock that is late");
            assert_eq!(step_of(&totp, code, now - 30), Some(now / 30), "a clock that is early");
            assert_eq!(step_of(&totp, code, now + 60), None);
            assert_eq!(step_of(&totp, &code[1..], now), None);
        }
        assert_eq!(step_of(&totp, "", 59), None);
    }

    #[test]
    fn codes_are_read_as_people_write_them() {
        assert_eq!(plain(" 287 082"), "287082");
        assert_eq!(plain("２８７０８２"), "287082");
        assert_eq!(plain("abcd-efgh—ijkl"), "ABCDEFGHIJKL");
        let code = recovery_code();
        assert_eq!((code.len(), plain(&code).len()), (19, 16), "{code}");
    }

    #[test]
    fn an_authenticator_reads_the_address() {
        let shown = enrolment(b"12345678901234567890".to_vec(), "ann").unwrap();
        assert_eq!(shown.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(
            shown.address.starts_with("otpauth://totp/Alluvium:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{}",
            shown.address
        );
    }
}
