//! Who somebody is here: found by issuer and subject, and by nothing else.

use alluvium_domain::people::limits;
use alluvium_domain::{Action, Actor, Problem, Role, User, UserId};
use alluvium_store::{
    Connection, audit_add_in_txn, identity_end_in_txn, identity_insert_in_txn, identity_person_in_txn,
    identity_used_in_txn, person_insert_in_txn, person_lock_in_txn, person_name_taken_in_txn,
};
use openidconnect::core::CoreIdTokenClaims;
use serde_json::json;
use uuid::Uuid;

use super::Oidc;
use crate::Services;
use crate::error::internal;

/// Longest subject (OpenID Connect Core 1.0, 2).
const MAX_SUBJECT: usize = 255;
/// Room in a sign-in name for the number that tells two people apart.
const NUMBER: usize = 8;

/// The subject as it is kept; none where it is not one.
fn subject(claims: &CoreIdTokenClaims) -> Option<&str> {
    let subject = claims.subject().as_str();
    ((1..=MAX_SUBJECT).contains(&subject.len()) && !subject.contains('\0')).then_some(subject)
}

/// A sign-in name made of what the provider calls somebody: nothing follows from it.
fn name_of(called: &str) -> String {
    let called = called.split('@').next().unwrap_or_default().to_lowercase();
    let kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(*c);
    let name: String = called.chars().filter(kept).collect();
    let name = name.trim_matches(['.', '_', '-']);
    let name = &name[..name.len().min(limits::NAME - NUMBER)];
    if name.len() < 2 { "person".to_owned() } else { name.to_owned() }
}

fn called(claims: &CoreIdTokenClaims) -> &str {
    let name = claims.preferred_username().map(|name| name.as_str());
    let email = claims.email().map(|email| email.as_str());
    [name, email].into_iter().flatten().find(|text| !text.is_empty()).unwrap_or_default()
}

/// The name to show.
fn shown(claims: &CoreIdTokenClaims) -> String {
    let name = claims.name().and_then(|name| name.get(None).or_else(|| name.iter().next().map(|(_, name)| name)));
    let name = name.map(|name| name.as_str()).unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    name.trim().chars().take(limits::DISPLAY_NAME).collect()
}

impl Services {
    /// The person whom the provider's account stands for; made where that is wanted and there is none.
    pub(super) async fn oidc_person(&self, oidc: &Oidc, claims: &CoreIdTokenClaims) -> Result<Option<User>, Problem> {
        let Some(subject) = subject(claims) else { return Ok(None) };
        let issuer = &oidc.settings.issuer;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let mut known = identity_person_in_txn(&mut txn, issuer, subject).await.map_err(internal)?;
        if known.is_none() && oidc.settings.new_people.is_some() {
            // The same person may be coming in by another window.
            person_lock_in_txn(&mut txn).await.map_err(internal)?;
            known = identity_person_in_txn(&mut txn, issuer, subject).await.map_err(internal)?;
        }
        let id = match (known, oidc.settings.new_people) {
            (Some(id), _) => id,
            (None, Some(role)) => add(&mut txn, issuer, subject, claims, role).await?,
            (None, None) => return Ok(None),
        };
        identity_used_in_txn(&mut txn, issuer, subject).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.inner.store.person_by_id(id).await.map_err(internal)
    }

    /// From now on the provider's account lets this person in; false where it is somebody's, or they have another one.
    pub(super) async fn oidc_identity_add(
        &self,
        oidc: &Oidc,
        person: UserId,
        claims: &CoreIdTokenClaims,
    ) -> Result<bool, Problem> {
        let Some(subject) = subject(claims) else { return Ok(false) };
        let issuer = &oidc.settings.issuer;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if identity_person_in_txn(&mut txn, issuer, subject).await.map_err(internal)? == Some(person) {
            return Ok(true);
        }
        if !identity_insert_in_txn(&mut txn, issuer, subject, person).await.map_err(internal)? {
            return Ok(false);
        }
        noted(&mut txn, person, issuer, true).await?;
        txn.commit().await.map_err(internal)?;
        Ok(true)
    }

    /// The provider's account does not let the actor in any more. Who has no password keeps it.
    pub async fn oidc_unlink(&self, actor: &Actor) -> Result<(), Problem> {
        actor.may_confirmed(Action::OwnAccount)?;
        let person = actor.user_id().ok_or_else(Problem::not_found)?;
        if !self.password_is_set(actor).await? {
            return Err(Problem::conflict("oidc", "请先设置密码，再取消关联。", "Set a password first, then unlink."));
        }
        let issuer = &self.oidc()?.settings.issuer;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if identity_end_in_txn(&mut txn, issuer, person).await.map_err(internal)? {
            noted(&mut txn, person, issuer, false).await?;
        }
        txn.commit().await.map_err(internal)
    }
}

/// The subject is not written down: the log outlives the person.
async fn noted(conn: &mut Connection, person: UserId, issuer: &str, linked: bool) -> Result<(), Problem> {
    let action = if linked { "person.identity-link" } else { "person.identity-unlink" };
    let detail = json!({ "issuer": issuer });
    audit_add_in_txn(conn, Some(person), action, &format!("person/{}", person.0), detail).await.map_err(internal)
}

async fn add(
    conn: &mut Connection,
    issuer: &str,
    subject: &str,
    claims: &CoreIdTokenClaims,
    role: Role,
) -> Result<UserId, Problem> {
    let wanted = name_of(called(claims));
    let mut name = wanted.clone();
    let mut number = 1;
    while person_name_taken_in_txn(conn, &name).await.map_err(internal)? {
        number += 1;
        name = format!("{wanted}-{number}");
    }
    let mut shown = shown(claims);
    if shown.is_empty() {
        shown.clone_from(&name);
    }
    let id = UserId(Uuid::now_v7());
    person_insert_in_txn(conn, id, &name, &shown, role, None).await.map_err(internal)?;
    identity_insert_in_txn(conn, issuer, subject, id).await.map_err(internal)?;
    let detail = json!({ "role": role, "issuer": issuer });
    audit_add_in_txn(conn, None, "person.add", &format!("person/{name}"), detail).await.map_err(internal)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ours_to_spell() {
        for (called, name) in [
            ("Mei.Li", "mei.li"),
            ("../admin\u{0}", "admin"),
            ("ann@know.example", "ann"),
            ("王芳", "person"),
            ("x", "person"),
            ("", "person"),
        ] {
            assert_eq!(name_of(called), name);
        }
        assert_eq!(name_of(&"a".repeat(200)).len(), limits::NAME - NUMBER);
    }
}
