//! Who people are to a provider of OpenID Connect.

use alluvium_domain::UserId;
use time::OffsetDateTime;

use crate::session::SecretHash;
use crate::{Connection, Store, StoreError};

/// A provider's account that somebody may sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When somebody last signed in with it.
    pub last_used_at: Option<OffsetDateTime>,
}

/// The person whom a provider knows under this subject.
pub async fn identity_person_in_txn(
    conn: &mut Connection,
    issuer: &str,
    subject: &str,
) -> Result<Option<UserId>, StoreError> {
    let person =
        sqlx::query_scalar!("select person_id from identity where issuer = $1 and subject = $2", issuer, subject)
            .fetch_optional(conn)
            .await?;
    Ok(person.map(UserId))
}

/// Notes that somebody signed in with it.
pub async fn identity_used_in_txn(conn: &mut Connection, issuer: &str, subject: &str) -> Result<(), StoreError> {
    sqlx::query!("update identity set last_used_at = now() where issuer = $1 and subject = $2", issuer, subject)
        .execute(conn)
        .await?;
    Ok(())
}

/// From now on the provider's subject is this person; false where the subject is somebody, or the person another subject.
pub async fn identity_insert_in_txn(
    conn: &mut Connection,
    issuer: &str,
    subject: &str,
    person: UserId,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "insert into identity (issuer, subject, person_id) values ($1, $2, $3) on conflict do nothing",
        issuer,
        subject,
        person.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The provider's account does not let this person in any more; false where none did.
pub async fn identity_end_in_txn(conn: &mut Connection, issuer: &str, person: UserId) -> Result<bool, StoreError> {
    let done = sqlx::query!("delete from identity where issuer = $1 and person_id = $2", issuer, person.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Holds the names of people as they are until the transaction ends.
pub async fn person_lock_in_txn(conn: &mut Connection) -> Result<(), StoreError> {
    sqlx::query!("lock table person in share row exclusive mode").execute(conn).await?;
    Ok(())
}

/// Whether a sign-in name is somebody's.
pub async fn person_name_taken_in_txn(conn: &mut Connection, name: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(r#"select exists (select from person where name = $1) as "taken!""#, name)
        .fetch_one(conn)
        .await?)
}

impl Store {
    /// The provider's account of a person.
    pub async fn identity_get(&self, issuer: &str, person: UserId) -> Result<Option<Identity>, StoreError> {
        Ok(sqlx::query_as!(
            Identity,
            "select created_at, last_used_at from identity where issuer = $1 and person_id = $2",
            issuer,
            person.0
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Uses a state up; false where that was done before. Forgets those that are too old to be taken anyway.
    pub async fn oidc_state_use(&self, state: &SecretHash, expires_at: OffsetDateTime) -> Result<bool, StoreError> {
        sqlx::query!("delete from oidc_state where expires_at < now()").execute(&self.pool).await?;
        let done = sqlx::query!(
            "insert into oidc_state (state_hash, expires_at) values ($1, $2) on conflict do nothing",
            state.as_slice(),
            expires_at
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
