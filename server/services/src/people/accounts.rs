//! Accounts: adding people, roles, passwords, profiles.

use alluvium_domain::people::limits;
use alluvium_domain::problem::Check;
use alluvium_domain::{Action, Actor, AuditRecord, Issue, Problem, ProblemKind, Role, User, UserId};
use alluvium_store::{
    StoreError, audit_add_in_txn, person_administrators_in_txn, person_insert_in_txn, person_update_in_txn,
    session_end_all_in_txn, sign_in_link_end_all_in_txn, token_revoke_all_in_txn,
};
use serde_json::json;
use uuid::Uuid;

use super::attempts::{Kind, key};
use super::browsers::Caller;
use super::secrets::{hash_password, hash_secret, verify_password};
use crate::Services;
use crate::error::internal;

/// Most lines of the audit log at once.
const MOST_AUDIT: usize = 200;

/// A person to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Sign-in name.
    pub name: String,
    /// The name shown; the sign-in name where empty.
    pub display_name: String,
    /// What they may do.
    pub role: Role,
    /// Their password; without one they get a sign-in link.
    pub password: Option<String>,
}

/// Whether somebody can have this sign-in name.
pub(super) fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
}

/// A new password of one's own.
#[derive(Clone, Copy)]
pub struct PasswordRequest<'a> {
    /// The password until now; nothing where there is none.
    pub current: &'a str,
    /// The new one.
    pub new: &'a str,
    /// The secret of the session that goes on; all others end.
    pub session: Option<&'a str>,
    /// Whether the person's API tokens end too.
    pub end_tokens: bool,
}

fn check_name(check: &mut Check, name: &str) -> String {
    let name = check.text("name", name, 2, limits::NAME).to_lowercase();
    if !is_name(&name) {
        check.fail("name", Issue::Malformed { expected: "a-z 0-9 . _ -".into() });
    }
    name
}

impl Services {
    /// Everybody (administrators only).
    pub async fn user_list(&self, actor: &Actor) -> Result<Vec<User>, Problem> {
        actor.may(Action::Administer)?;
        self.inner.store.person_list().await.map_err(internal)
    }

    /// Those who wrote something published, with the number of their revisions.
    pub async fn people_list(&self, actor: &Actor) -> Result<Vec<(User, usize)>, Problem> {
        actor.may(Action::Read)?;
        let counts = self.inner.store.person_contributions().await.map_err(internal)?;
        let users = self.inner.store.person_list().await.map_err(internal)?;
        Ok(counts
            .into_iter()
            .filter_map(|(id, count)| {
                let user = users.iter().find(|user| user.id == id)?;
                Some((user.clone(), usize::try_from(count).unwrap_or_default()))
            })
            .collect())
    }

    /// One person (administrators only).
    pub async fn user_get(&self, actor: &Actor, id: UserId) -> Result<User, Problem> {
        actor.may(Action::Administer)?;
        self.user_by_id(id).await
    }

    /// Adds a person. Without a password the answer holds the secret of a one-time sign-in link.
    pub async fn user_add(&self, actor: &Actor, new: NewUser) -> Result<(User, Option<String>), Problem> {
        actor.may_confirmed(Action::Administer)?;
        let linked = new.password.is_none();
        let user = self.user_insert(actor.user_id(), new).await?;
        let link = if linked { Some(self.link_insert(actor.user_id(), &user).await?) } else { None };
        Ok((user, link))
    }

    /// Adds a person for the command line, whose user owns the database anyway; with a sign-in link where `linked`.
    pub async fn user_add_by_command(&self, new: NewUser, linked: bool) -> Result<(User, Option<String>), Problem> {
        let user = self.user_insert(None, new).await?;
        let link = if linked { Some(self.link_insert(None, &user).await?) } else { None };
        Ok((user, link))
    }

    async fn user_insert(&self, by: Option<UserId>, new: NewUser) -> Result<User, Problem> {
        let mut check = Check::default();
        let name = check_name(&mut check, &new.name);
        let shown = if new.display_name.trim().is_empty() { &new.name } else { &new.display_name };
        let display_name = check.text("display_name", shown, 1, limits::DISPLAY_NAME);
        check.finish()?;
        let hash = match &new.password {
            Some(password) => Some(hash_password("password", password, &[&name, &display_name]).await?),
            None => None,
        };
        let id = UserId(Uuid::now_v7());
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        match person_insert_in_txn(&mut txn, id, &name, &display_name, new.role, hash.as_deref()).await {
            Ok(()) => {}
            Err(StoreError::Taken { .. }) => return Err(Problem::field("name", Issue::Taken { value: name })),
            Err(error) => return Err(internal(error)),
        }
        let subject = format!("person/{name}");
        audit_add_in_txn(&mut txn, by, "person.add", &subject, json!({ "role": new.role })).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.user_by_id(id).await
    }

    async fn user_by_id(&self, id: UserId) -> Result<User, Problem> {
        self.inner.store.person_by_id(id).await.map_err(internal)?.ok_or_else(Problem::not_found)
    }

    /// Changes a role. The last administrator keeps theirs.
    pub async fn user_role_set(&self, actor: &Actor, id: UserId, role: Role) -> Result<User, Problem> {
        self.user_change(actor, id, "person.role", Some(role), None).await
    }

    /// Disables a person, which ends their sessions, links and tokens for good, or lets them in again. The last administrator stays.
    pub async fn user_disable(&self, actor: &Actor, id: UserId, disabled: bool) -> Result<User, Problem> {
        self.user_change(actor, id, "person.disable", None, Some(disabled)).await
    }

    async fn user_change(
        &self,
        actor: &Actor,
        id: UserId,
        action: &str,
        role: Option<Role>,
        disabled: Option<bool>,
    ) -> Result<User, Problem> {
        actor.may_confirmed(Action::Administer)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        // Locks the table, so that two administrators cannot remove each other at the same moment.
        let before = person_administrators_in_txn(&mut txn).await.map_err(internal)?;
        if !person_update_in_txn(&mut txn, id, None, role, disabled, None).await.map_err(internal)? {
            return Err(Problem::not_found());
        }
        if before > 0 && person_administrators_in_txn(&mut txn).await.map_err(internal)? == 0 {
            return Err(Problem { kind: ProblemKind::Conflict, ..Problem::field("role", Issue::Required) });
        }
        if disabled == Some(true) {
            session_end_all_in_txn(&mut txn, id, None).await.map_err(internal)?;
            sign_in_link_end_all_in_txn(&mut txn, id).await.map_err(internal)?;
            token_revoke_all_in_txn(&mut txn, id).await.map_err(internal)?;
        }
        let detail = json!({ "role": role, "disabled": disabled });
        audit_add_in_txn(&mut txn, actor.user_id(), action, &format!("person/{}", id.0), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.user_by_id(id).await
    }

    /// Changes the actor's own shown name.
    pub async fn profile_set(&self, actor: &Actor, display_name: &str) -> Result<User, Problem> {
        let id = self.own_id(actor)?;
        let mut check = Check::default();
        let display_name = check.text("display_name", display_name, 1, limits::DISPLAY_NAME);
        check.finish()?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        person_update_in_txn(&mut txn, id, Some(&display_name), None, None, None).await.map_err(internal)?;
        // Not the name: the log outlives it.
        let detail = json!({});
        audit_add_in_txn(&mut txn, Some(id), "person.profile", &format!("person/{}", id.0), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.user_by_id(id).await
    }

    /// Whether the actor has a password.
    pub async fn password_is_set(&self, actor: &Actor) -> Result<bool, Problem> {
        Ok(self.own_hash(actor).await?.is_some())
    }

    /// Sets the actor's password; the current one is needed where there is one. Ends their other sessions and their sign-in links.
    pub async fn password_set(
        &self,
        caller: &Caller,
        actor: &Actor,
        request: PasswordRequest<'_>,
    ) -> Result<(), Problem> {
        let id = self.own_id(actor)?;
        if let Some(hash) = self.own_hash(actor).await? {
            self.own_password_check(caller, actor, request.session, "current", hash, request.current).await?;
        }
        let names =
            actor.user.as_ref().map(|user| [user.name.as_str(), user.display_name.as_str()]).unwrap_or_default();
        let hash = hash_password("new", request.new, &names).await?;
        let keep = request.session.map(hash_secret);
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        person_update_in_txn(&mut txn, id, None, None, None, Some(&hash)).await.map_err(internal)?;
        session_end_all_in_txn(&mut txn, id, keep.as_ref()).await.map_err(internal)?;
        sign_in_link_end_all_in_txn(&mut txn, id).await.map_err(internal)?;
        let revoked = match request.end_tokens {
            true => token_revoke_all_in_txn(&mut txn, id).await.map_err(internal)?,
            false => 0,
        };
        let detail = json!({ "tokens_revoked": revoked });
        audit_add_in_txn(&mut txn, Some(id), "person.password", &format!("person/{}", id.0), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        match keep {
            Some(session) => self.inner.store.session_confirm(&session).await.map_err(internal),
            None => Ok(()),
        }
    }

    /// The actor gives their password again in their session, for what [`Actor::confirmed`] asks.
    pub async fn session_confirm(
        &self,
        caller: &Caller,
        actor: &Actor,
        session: &str,
        password: &str,
    ) -> Result<(), Problem> {
        if let Some(hash) = self.own_hash(actor).await? {
            self.own_password_check(caller, actor, Some(session), "password", hash, password).await?;
        }
        self.inner.store.session_confirm(&hash_secret(session)).await.map_err(internal)
    }

    /// Refuses a wrong password of somebody who is signed in already, counted by session: whoever has taken one over does not lock out the others.
    async fn own_password_check(
        &self,
        caller: &Caller,
        actor: &Actor,
        session: Option<&str>,
        field: &'static str,
        hash: String,
        password: &str,
    ) -> Result<(), Problem> {
        let id = self.own_id(actor)?;
        let counted = session.map_or_else(|| id.0.as_bytes().to_vec(), |secret| secret.as_bytes().to_vec());
        let attempt = self.attempt(caller, &[key(Kind::Session, counted)], actor.user.as_ref(), "session")?;
        if !verify_password(Some(hash), password).await? {
            self.attempt_failed(caller, actor.user.as_ref(), "session");
            return Err(Problem::field(field, Issue::Wrong));
        }
        self.inner.attempts.succeeded(&attempt);
        Ok(())
    }

    fn own_id(&self, actor: &Actor) -> Result<UserId, Problem> {
        actor.may(Action::OwnAccount)?;
        actor.user_id().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))
    }

    async fn own_hash(&self, actor: &Actor) -> Result<Option<String>, Problem> {
        self.own_id(actor)?;
        let name = actor.user.as_ref().map(|user| user.name.as_str()).unwrap_or_default();
        Ok(self.inner.store.person_secret(name).await.map_err(internal)?.and_then(|person| person.password_hash))
    }

    /// The audit log, newest first (administrators only).
    pub async fn audit_list(
        &self,
        actor: &Actor,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, Problem> {
        actor.may(Action::Administer)?;
        let limit = i64::try_from(limit.min(MOST_AUDIT)).unwrap_or(i64::MAX);
        self.inner.store.audit_list(before, limit).await.map_err(internal)
    }
}
