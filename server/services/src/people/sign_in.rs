//! Signing in and out; who asks.

use std::time::Instant;

use alluvium_domain::people::{CONFIRMATION, limits};
use alluvium_domain::{Action, Actor, Assurance, Issue, Problem, ProblemKind, Role, User, UserId};
use alluvium_store::{
    PersonSecret, audit_add_in_txn, person_insert_in_txn, session_end_in_txn, session_insert_in_txn,
    sign_in_link_insert_in_txn, sign_in_link_use_in_txn,
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::attempts::{Attempt, Key, Kind, address_key, key};
use super::browsers::{Caller, How};
use super::secrets::{hash_secret, new_secret, verify_password};
use crate::error::internal;
use crate::{ServiceError, Services};

/// How long a session lasts.
const SESSION: time::Duration = time::Duration::days(30);
/// How long a sign-in link lasts.
const LINK: time::Duration = time::Duration::hours(24);
/// How long the question for a code waits.
const CODE: time::Duration = time::Duration::minutes(5);

/// The secret of a session: goes into the cookie and nowhere else.
#[derive(Clone)]
pub struct SessionSecret(pub String);

/// Somebody who has just signed in.
pub struct SignIn {
    /// For the cookie.
    pub secret: SessionSecret,
    /// Who.
    pub user: User,
    /// For the cookie by which this browser is known later ([`Caller::known`]).
    pub known: String,
}

/// What follows the name and the password, or the link.
pub enum SignInStep {
    /// Nothing: somebody has signed in.
    Done(SignIn),
    /// A code of the authenticator; with it goes this secret, which is good for some minutes.
    Code(String),
}

impl SignInStep {
    /// The session, where no code is asked for.
    pub fn done(self) -> Option<SignIn> {
        match self {
            SignInStep::Done(done) => Some(done),
            SignInStep::Code(_) => None,
        }
    }
}

/// A name as it is compared; refused where it is longer than any, before anything is kept of it.
fn folded(name: &str) -> Result<String, Problem> {
    let name = name.trim().to_lowercase();
    let actual = name.chars().count();
    if actual > limits::NAME {
        return Err(Problem::field("name", Issue::TooLong { limit: limits::NAME, actual }));
    }
    if name.is_empty() {
        return Err(Problem::field("name", Issue::Required));
    }
    Ok(name)
}

impl Services {
    /// Signs in by name and password. The answer to a wrong name and to a wrong password is the same.
    pub async fn sign_in(&self, caller: &Caller, name: &str, password: &str) -> Result<SignInStep, Problem> {
        let name = folded(name)?;
        let known = self.person_by_name(&name).await?;
        match self.checked(caller, &name, password, known, "password").await? {
            Some(person) => self.first_step_done(caller, person, How::Password).await,
            None => Err(Problem::field("password", Issue::Wrong)),
        }
    }

    async fn person_by_name(&self, name: &str) -> Result<Option<PersonSecret>, Problem> {
        if !super::accounts::is_name(name) {
            return Ok(None);
        }
        self.inner.store.person_secret(name).await.map_err(internal)
    }

    /// The person, where the password is theirs and they may sign in.
    async fn checked(
        &self,
        caller: &Caller,
        name: &str,
        password: &str,
        known: Option<PersonSecret>,
        how: &'static str,
    ) -> Result<Option<PersonSecret>, Problem> {
        let user = known.as_ref().map(|person| &person.user);
        let browser = user.and_then(|user| self.inner.browsers.id(&caller.known, user.id));
        let keys = match browser {
            Some(id) => vec![key(Kind::Browser, [id.as_slice(), name.as_bytes()].concat())],
            None => vec![address_key(caller.address.0), key(Kind::Name, name)],
        };
        let attempt = self.attempt(caller, &keys, user, how)?;
        let hash = known.as_ref().and_then(|person| person.password_hash.clone());
        let right = verify_password(hash, password).await?;
        match known {
            Some(person) if right && !person.user.disabled => {
                self.inner.attempts.succeeded(&attempt);
                Ok(Some(person))
            }
            known => {
                self.attempt_failed(caller, known.as_ref().map(|person| &person.user), how);
                Ok(None)
            }
        }
    }

    /// Counts an attempt before it is looked at; it has failed until it is said to have succeeded. `user` is the person whom it names, if there is one.
    pub(super) fn attempt(
        &self,
        caller: &Caller,
        keys: &[Key],
        user: Option<&User>,
        how: &'static str,
    ) -> Result<Attempt, Problem> {
        self.inner.attempts.reserve(keys, Instant::now()).map_err(|wait| {
            let seconds = wait.as_secs() + 1;
            self.attempt_noted(caller, user, "person.sign-in-blocked", how);
            Problem::later(seconds)
        })
    }

    /// Writes down that an attempt failed.
    pub(super) fn attempt_failed(&self, caller: &Caller, user: Option<&User>, how: &'static str) {
        self.attempt_noted(caller, user, "person.sign-in-failed", how);
    }

    /// Once in a while for each person and address. A name that nobody has is not written down: it may be a password that was typed into the wrong field.
    /// Nobody waits for the line, so that the time of an answer tells nothing.
    fn attempt_noted(&self, caller: &Caller, user: Option<&User>, action: &'static str, how: &'static str) {
        let address = caller.address.0.to_canonical().to_string();
        let subject = format!("person/{}", user.map_or("?", |user| user.name.as_str()));
        if !self.inner.attempts.is_news(&format!("{action} {how} {subject} {address}"), Instant::now()) {
            return;
        }
        tracing::warn!(action, how, subject, address, "sign-in");
        let services = self.clone();
        tokio::spawn(async move {
            let detail = json!({ "how": how, "address": address });
            if let Err(error) = services.inner.store.audit_add(None, action, &subject, detail).await {
                tracing::error!(%error, "cannot write the audit log");
            }
        });
    }

    /// Signs in with a one-time link.
    pub async fn sign_in_by_link(&self, caller: &Caller, secret: &str) -> Result<SignInStep, Problem> {
        let attempt = self.attempt(caller, &[address_key(caller.address.0)], None, "link")?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let person = sign_in_link_use_in_txn(&mut txn, &hash_secret(secret)).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        let Some(person) = person else {
            self.attempt_failed(caller, None, "link");
            return Err(Problem::field("token", Issue::Wrong));
        };
        self.inner.attempts.succeeded(&attempt);
        let user = self.inner.store.person_by_id(person).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        let person = self.person_by_name(&user.name).await?.ok_or_else(Problem::not_found)?;
        self.first_step_done(caller, person, How::Link).await
    }

    /// The session, or the question for a code.
    async fn first_step_done(&self, caller: &Caller, person: PersonSecret, how: How) -> Result<SignInStep, Problem> {
        if person.second_factor {
            let until = OffsetDateTime::now_utc() + CODE;
            return Ok(SignInStep::Code(self.inner.browsers.pending(&person, how, until)));
        }
        self.session_begin(caller, person.user, how).await.map(SignInStep::Done)
    }

    /// Signs in with a code of the authenticator, or a recovery code, after what [`SignInStep::Code`] holds.
    pub async fn sign_in_by_code(&self, caller: &Caller, pending: &str, code: &str) -> Result<SignIn, Problem> {
        let over = || Problem::field("pending", Issue::Wrong);
        let (id, how) = self.inner.browsers.pending_of(pending, OffsetDateTime::now_utc()).ok_or_else(over)?;
        let user = self.inner.store.person_by_id(id).await.map_err(internal)?.ok_or_else(over)?;
        let person = self.person_by_name(&user.name).await?.ok_or_else(over)?;
        // Only what the person was and had when the first step was done counts.
        if person.user.disabled || !person.second_factor || !self.inner.browsers.is_pending(pending, &person) {
            return Err(over());
        }
        let attempt = self.code_attempt(caller, &person.user)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if let Err(problem) = self.code_check(&mut txn, &person.user, code, true).await {
            self.attempt_failed(caller, Some(&person.user), "code");
            return Err(problem);
        }
        txn.commit().await.map_err(internal)?;
        self.inner.attempts.succeeded(&attempt);
        self.session_begin(caller, person.user, how).await
    }

    pub(super) async fn session_begin(&self, caller: &Caller, user: User, how: How) -> Result<SignIn, Problem> {
        let secret = new_secret();
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        session_insert_in_txn(
            &mut txn,
            &hash_secret(&secret),
            user.id,
            OffsetDateTime::now_utc() + SESSION,
            how == How::Password,
            how == How::Oidc,
        )
        .await
        .map_err(internal)?;
        let subject = format!("person/{}", user.name);
        audit_add_in_txn(&mut txn, Some(user.id), "person.sign-in", &subject, json!({ "how": how.code() }))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        let known = self.inner.browsers.vouch(&caller.known, user.id);
        Ok(SignIn { secret: SessionSecret(secret), user, known })
    }

    /// Ends a session.
    pub async fn sign_out(&self, secret: &str) -> Result<(), Problem> {
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if let Some(id) = session_end_in_txn(&mut txn, &hash_secret(secret)).await.map_err(internal)? {
            let subject = format!("person/{}", id.0);
            audit_add_in_txn(&mut txn, Some(id), "person.sign-out", &subject, json!({})).await.map_err(internal)?;
        }
        txn.commit().await.map_err(internal)
    }

    /// Who asks, by session cookie; anonymous where there is none or it has ended.
    pub async fn actor_by_session(&self, secret: Option<&str>) -> Result<Actor, Problem> {
        let session = match secret {
            Some(secret) => self.inner.store.session_get(&hash_secret(secret)).await.map_err(internal)?,
            None => None,
        };
        let Some(session) = session else { return Ok(Actor::anonymous(self.inner.anonymous_reading)) };
        let since = session.confirmed_at.map(|at| OffsetDateTime::now_utc() - at);
        // Who has no password yet cannot give it.
        let fresh = !session.has_password || since.is_some_and(|since| since < CONFIRMATION);
        let assurance = if fresh { Assurance::Fresh } else { Assurance::Stale };
        // Who came by the provider gave it what it asks for; a code here guards the password, which was not used.
        let required = !session.by_provider && session.second_factor_role.is_some_and(|role| session.user.role >= role);
        Ok(Actor {
            user: Some(session.user),
            assurance,
            second_factor_missing: required && !session.has_second_factor,
            ..Actor::anonymous(self.inner.anonymous_reading)
        })
    }

    /// Who asks, by API token. A token that is not good is an error, not an anonymous reader.
    pub async fn actor_by_token(&self, token: &str) -> Result<Actor, Problem> {
        let known = self.inner.store.token_person(&hash_secret(token)).await.map_err(internal)?;
        let (user, token) = known.ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        Ok(Actor { token: Some(token), ..Actor::person(user, self.inner.anonymous_reading) })
    }

    /// Who asks, by name and password with each request, as programs do. Hashing takes tens of milliseconds on purpose, so that a password that was right
    /// is remembered (as a hash with a key of this process) while the stored one stays the same.
    pub async fn actor_by_password(&self, caller: &Caller, name: &str, password: &str) -> Result<Actor, Problem> {
        let name = folded(name).map_err(|_| Problem::new(ProblemKind::Unauthenticated))?;
        let known = self.person_by_name(&name).await?;
        let stored = known.as_ref().and_then(|person| person.password_hash.clone());
        let remembered = self.inner.verified.holds(&name, password, stored.as_deref());
        let user = match known {
            Some(person) if remembered && !person.user.disabled => Some(person),
            known => self.checked(caller, &name, password, known, "basic").await?,
        };
        // A password alone is not enough for somebody with a second factor: their programs have tokens.
        let user = user.filter(|person| !person.second_factor).map(|person| person.user);
        let user = user.ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        if let Some(stored) = stored {
            self.inner.verified.remember(&name, password, stored);
        }
        Ok(Actor::person(user, self.inner.anonymous_reading))
    }

    /// A one-time link for the first administrator: while no administrator has a password, each start makes a new one.
    pub async fn first_admin_link(&self) -> Result<Option<String>, ServiceError> {
        let mut administrator = None;
        for user in self.inner.store.person_list().await? {
            if user.role == Role::Administrator && !user.disabled {
                let secret = self.inner.store.person_secret(&user.name).await?;
                if secret.is_some_and(|person| person.password_hash.is_some()) {
                    return Ok(None);
                }
                administrator = Some(user.id);
            }
        }
        let mut txn = self.inner.store.begin().await?;
        let id = match administrator {
            Some(id) => id,
            None => {
                let id = UserId(Uuid::now_v7());
                person_insert_in_txn(&mut txn, id, "admin", "Administrator", Role::Administrator, None).await?;
                id
            }
        };
        let secret = new_secret();
        sign_in_link_insert_in_txn(&mut txn, &hash_secret(&secret), id, OffsetDateTime::now_utc() + LINK).await?;
        if administrator.is_none() {
            audit_add_in_txn(&mut txn, None, "person.add", "person/admin", json!({ "role": "administrator" })).await?;
        }
        txn.commit().await.map_err(alluvium_store::StoreError::from)?;
        Ok(Some(secret))
    }

    /// A new one-time sign-in link for a person.
    pub async fn user_link(&self, actor: &Actor, id: UserId) -> Result<String, Problem> {
        actor.may_confirmed(Action::Administer)?;
        let user = self.inner.store.person_by_id(id).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        self.link_insert(actor.user_id(), &user).await
    }

    pub(super) async fn link_insert(&self, by: Option<UserId>, user: &User) -> Result<String, Problem> {
        let secret = new_secret();
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        sign_in_link_insert_in_txn(&mut txn, &hash_secret(&secret), user.id, OffsetDateTime::now_utc() + LINK)
            .await
            .map_err(internal)?;
        let subject = format!("person/{}", user.name);
        audit_add_in_txn(&mut txn, by, "person.link", &subject, json!({})).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        Ok(secret)
    }
}
