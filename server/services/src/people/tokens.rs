//! Personal API tokens.

use alluvium_domain::people::limits;
use alluvium_domain::problem::Check;
use alluvium_domain::{Action, Actor, ApiToken, Issue, Problem, ProblemKind, Scope, UserId};
use alluvium_store::{SenderSubject, audit_add_in_txn, sender_ensure_in_txn, token_insert_in_txn, token_revoke_in_txn};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::secrets::{hash_secret, new_secret};
use crate::Services;
use crate::error::internal;

/// What every token begins with.
pub const TOKEN_PREFIX: &str = "alv_";
/// Most days that a token may last.
const MOST_DAYS: u32 = 3650;
/// Most tokens of one person.
const MOST_TOKENS: usize = 50;

/// A token that has just been made. Its secret is shown once and kept nowhere.
pub struct TokenCreated {
    /// The token.
    pub token: ApiToken,
    /// Its secret, `alv_...`.
    pub secret: String,
}

/// The person who asks, where they may have tokens.
fn owner(actor: &Actor) -> Result<UserId, Problem> {
    actor.may(Action::OwnAccount)?;
    actor.user_id().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))
}

impl Services {
    /// The actor's tokens that still work.
    pub async fn token_list(&self, actor: &Actor) -> Result<Vec<ApiToken>, Problem> {
        self.inner.store.token_list(owner(actor)?).await.map_err(internal)
    }

    /// Makes a token that lasts `days`, or until it is revoked, and may what `scopes` say beyond what its person may.
    pub async fn token_create(
        &self,
        actor: &Actor,
        name: &str,
        days: Option<u32>,
        scopes: &[Scope],
    ) -> Result<TokenCreated, Problem> {
        let person = owner(actor)?;
        if scopes.contains(&Scope::Events) {
            actor.may(Action::SendEvents)?;
        }
        // A token never gives its password: it must not be made by whoever found a session open.
        actor.confirmed()?;
        let mut check = Check::default();
        let name = check.text("name", name, 1, limits::TOKEN_NAME);
        if days.is_some_and(|days| days == 0 || days > MOST_DAYS) {
            check.fail("days", Issue::OutOfRange { min: 1, max: i64::from(MOST_DAYS) });
        }
        check.finish()?;
        let present = self.inner.store.token_list(person).await.map_err(internal)?.len();
        if present >= MOST_TOKENS {
            return Err(Problem::field("name", Issue::TooMany { limit: MOST_TOKENS, actual: present + 1 }));
        }
        let secret = format!("{TOKEN_PREFIX}{}", new_secret());
        let now = OffsetDateTime::now_utc();
        let token = ApiToken {
            id: Uuid::now_v7(),
            name,
            prefix: secret.chars().take(8).collect(),
            scopes: scopes.to_vec(),
            created_at: now,
            last_used_at: None,
            expires_at: days.map(|days| now + Duration::days(i64::from(days))),
        };
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        token_insert_in_txn(&mut txn, &token, person, &hash_secret(&secret)).await.map_err(internal)?;
        if scopes.contains(&Scope::Events) {
            // It stands in the list of senders before it sends, so that it can be trusted.
            sender_ensure_in_txn(&mut txn, SenderSubject::Token(token.id, person)).await.map_err(internal)?;
        }
        let subject = format!("token/{}", token.id);
        audit_add_in_txn(
            &mut txn,
            Some(person),
            "token.create",
            &subject,
            json!({ "name": token.name, "days": days, "scopes": scopes }),
        )
        .await
        .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        Ok(TokenCreated { token, secret })
    }

    /// Another person's tokens that still work (administrators only).
    pub async fn token_list_of(&self, actor: &Actor, person: UserId) -> Result<Vec<ApiToken>, Problem> {
        actor.may(Action::Administer)?;
        self.inner.store.token_list(person).await.map_err(internal)
    }

    /// Revokes another person's token (administrators only).
    pub async fn token_revoke_of(&self, actor: &Actor, person: UserId, id: Uuid) -> Result<(), Problem> {
        actor.may_confirmed(Action::Administer)?;
        self.token_end(actor, person, id).await
    }

    /// Revokes one of the actor's tokens.
    pub async fn token_revoke(&self, actor: &Actor, id: Uuid) -> Result<(), Problem> {
        let person = owner(actor)?;
        self.token_end(actor, person, id).await
    }

    async fn token_end(&self, actor: &Actor, person: UserId, id: Uuid) -> Result<(), Problem> {
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if !token_revoke_in_txn(&mut txn, person, id).await.map_err(internal)? {
            return Err(Problem::not_found());
        }
        let detail = json!({ "person": person });
        audit_add_in_txn(&mut txn, actor.user_id(), "token.revoke", &format!("token/{id}"), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }
}
