//! Signing in and out; who asks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use alluvium_domain::{Actor, Issue, Problem, ProblemKind, Role, User, UserId};
use alluvium_store::{
    PersonSecret, audit_add_in_txn, person_insert_in_txn, session_insert_in_txn, sign_in_link_insert_in_txn,
    sign_in_link_use_in_txn,
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::secrets::{hash_secret, new_secret, verify_password};
use crate::error::internal;
use crate::{ServiceError, Services};

/// How long a session lasts.
const SESSION: time::Duration = time::Duration::days(30);
/// How long a sign-in link lasts.
const LINK: time::Duration = time::Duration::hours(24);
/// So many wrong passwords for one name within [`WINDOW`] and no more are tried.
const MOST_FAILURES: usize = 10;
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Names watched at once; an attacker cannot make the map grow beyond it.
const MOST_NAMES: usize = 10_000;

/// The secret of a session: goes into the cookie and nowhere else.
#[derive(Clone)]
pub struct SessionSecret(pub String);

/// Somebody who has just signed in.
pub struct SignIn {
    /// For the cookie.
    pub secret: SessionSecret,
    /// Who.
    pub user: User,
}

/// Recent wrong passwords by name.
#[derive(Default)]
pub(crate) struct Attempts {
    failures: Mutex<HashMap<String, Vec<Instant>>>,
}

impl Attempts {
    fn too_many(&self, name: &str) -> bool {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = failures.get_mut(name) else { return false };
        times.retain(|at| at.elapsed() < WINDOW);
        times.len() >= MOST_FAILURES
    }

    fn failed(&self, name: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_NAMES {
            failures.retain(|_, times| times.iter().any(|at| at.elapsed() < WINDOW));
        }
        if failures.len() < MOST_NAMES {
            failures.entry(name.to_owned()).or_default().push(Instant::now());
        }
    }

    fn succeeded(&self, name: &str) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

impl Services {
    /// Signs in by name and password. The answer to a wrong name and to a wrong password is the same.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<SignIn, Problem> {
        let name = name.trim().to_lowercase();
        if name.is_empty() {
            return Err(Problem::field("name", Issue::Required));
        }
        let known = self.inner.store.person_secret(&name).await.map_err(internal)?;
        match self.checked(&name, password, known).await? {
            Some(user) => self.session_begin(user, "password").await,
            None => Err(Problem::field("password", Issue::Wrong)),
        }
    }

    /// The person, where the password is theirs and they may sign in.
    async fn checked(&self, name: &str, password: &str, known: Option<PersonSecret>) -> Result<Option<User>, Problem> {
        if self.inner.attempts.too_many(name) {
            return Err(Problem::new(ProblemKind::Overloaded));
        }
        let hash = known.as_ref().and_then(|person| person.password_hash.clone());
        let right = verify_password(hash, password).await?;
        match known {
            Some(person) if right && !person.user.disabled => {
                self.inner.attempts.succeeded(name);
                Ok(Some(person.user))
            }
            _ => {
                self.inner.attempts.failed(name);
                Ok(None)
            }
        }
    }

    /// Signs in with a one-time link.
    pub async fn sign_in_by_link(&self, secret: &str) -> Result<SignIn, Problem> {
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let person = sign_in_link_use_in_txn(&mut txn, &hash_secret(secret)).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        let person = person.ok_or_else(|| Problem::field("token", Issue::Wrong))?;
        let user = self.inner.store.person_by_id(person).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        self.session_begin(user, "link").await
    }

    async fn session_begin(&self, user: User, how: &str) -> Result<SignIn, Problem> {
        let secret = new_secret();
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        session_insert_in_txn(&mut txn, &hash_secret(&secret), user.id, OffsetDateTime::now_utc() + SESSION)
            .await
            .map_err(internal)?;
        let subject = format!("person/{}", user.name);
        audit_add_in_txn(&mut txn, Some(user.id), "person.sign-in", &subject, json!({ "how": how }))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        Ok(SignIn { secret: SessionSecret(secret), user })
    }

    /// Ends a session.
    pub async fn sign_out(&self, secret: &str) -> Result<(), Problem> {
        self.inner.store.session_end(&hash_secret(secret)).await.map_err(internal)
    }

    /// Who asks, by session cookie; anonymous where there is none or it has ended.
    pub async fn actor_by_session(&self, secret: Option<&str>) -> Result<Actor, Problem> {
        let user = match secret {
            Some(secret) => self.inner.store.session_person(&hash_secret(secret)).await.map_err(internal)?,
            None => None,
        };
        Ok(Actor { user, ..Actor::anonymous(self.inner.anonymous_reading) })
    }

    /// Who asks, by API token. A token that is not good is an error, not an anonymous reader.
    pub async fn actor_by_token(&self, token: &str) -> Result<Actor, Problem> {
        let known = self.inner.store.token_person(&hash_secret(token)).await.map_err(internal)?;
        let (user, token) = known.ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
        Ok(Actor { token: Some(token), ..Actor::person(user, self.inner.anonymous_reading) })
    }

    /// Who asks, by name and password with each request, as programs do. Hashing takes tens of milliseconds on purpose, so that a password that was right
    /// is remembered (as a hash with a key of this process) while the stored one stays the same.
    pub async fn actor_by_password(&self, name: &str, password: &str) -> Result<Actor, Problem> {
        let name = name.trim().to_lowercase();
        let known = self.inner.store.person_secret(&name).await.map_err(internal)?;
        let stored = known.as_ref().and_then(|person| person.password_hash.clone());
        let remembered = self.inner.verified.holds(&name, password, stored.as_deref());
        let user = match known {
            Some(person) if remembered && !person.user.disabled => Some(person.user),
            known => self.checked(&name, password, known).await?,
        };
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
        actor.may(alluvium_domain::Action::Administer)?;
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
