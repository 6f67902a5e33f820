//! Sessions, API tokens and one-time sign-in links. Only hashes of their secrets are kept.

use alluvium_domain::{ApiToken, Role, Scope, TokenGrant, User, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::parsed;
use crate::person::Row;
use crate::{Connection, Store, StoreError};

/// SHA-256 of a secret.
pub type SecretHash = [u8; 32];

/// A session with what says how certain it is that the person sits there.
#[derive(Clone)]
pub struct SessionRow {
    /// Whose it is.
    pub user: User,
    /// When the password was last given in it; none where it began with a link.
    pub confirmed_at: Option<OffsetDateTime>,
    /// Whether the person has a password.
    pub has_password: bool,
    /// Whether the person has a second factor.
    pub has_second_factor: bool,
    /// The weakest role that needs one.
    pub second_factor_role: Option<Role>,
    /// Whether it began with a provider of OpenID Connect.
    pub by_provider: bool,
}

/// Adds a session, which begins with the password where `confirmed`, or `by_provider`.
pub async fn session_insert_in_txn(
    conn: &mut Connection,
    secret: &SecretHash,
    person: UserId,
    expires_at: OffsetDateTime,
    confirmed: bool,
    by_provider: bool,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into session (secret_hash, person_id, expires_at, confirmed_at, by_provider)
         values ($1, $2, $3, case when $4 then now() end, $5)",
        secret.as_slice(),
        person.0,
        expires_at,
        confirmed,
        by_provider
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends every session of a person, except one.
pub async fn session_end_all_in_txn(
    conn: &mut Connection,
    person: UserId,
    except: Option<&SecretHash>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from session where person_id = $1 and ($2::bytea is null or secret_hash <> $2)",
        person.0,
        except.map(|hash| hash.as_slice())
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends one session, and forgets what has expired; answers whose it was.
pub async fn session_end_in_txn(conn: &mut Connection, secret: &SecretHash) -> Result<Option<UserId>, StoreError> {
    sqlx::query!("delete from session where expires_at < now()").execute(&mut *conn).await?;
    let person =
        sqlx::query_scalar!("delete from session where secret_hash = $1 returning person_id", secret.as_slice())
            .fetch_optional(conn)
            .await?;
    Ok(person.map(UserId))
}

/// Adds a one-time sign-in link.
pub async fn sign_in_link_insert_in_txn(
    conn: &mut Connection,
    secret: &SecretHash,
    person: UserId,
    expires_at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into sign_in_link (secret_hash, person_id, expires_at) values ($1, $2, $3)",
        secret.as_slice(),
        person.0,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends every link of a person that was not used; how many these were.
pub async fn sign_in_link_end_all_in_txn(conn: &mut Connection, person: UserId) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "update sign_in_link set expires_at = now() where person_id = $1 and used_at is null and expires_at > now()",
        person.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Uses a link up; the person it signs in, if it is still good.
pub async fn sign_in_link_use_in_txn(conn: &mut Connection, secret: &SecretHash) -> Result<Option<UserId>, StoreError> {
    let person = sqlx::query_scalar!(
        "update sign_in_link set used_at = now()
         where secret_hash = $1 and used_at is null and expires_at > now()
           and exists (select 1 from person where person.id = person_id and not person.disabled)
         returning person_id",
        secret.as_slice()
    )
    .fetch_optional(conn)
    .await?;
    Ok(person.map(UserId))
}

/// Adds an API token.
pub async fn token_insert_in_txn(
    conn: &mut Connection,
    token: &ApiToken,
    person: UserId,
    secret: &SecretHash,
) -> Result<(), StoreError> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.code()).collect();
    sqlx::query!(
        "insert into api_token (id, person_id, name, prefix, secret_hash, created_at, expires_at, scopes)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        token.id,
        person.0,
        token.name,
        token.prefix,
        secret.as_slice(),
        token.created_at,
        token.expires_at,
        &scopes as &[&str]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Revokes a person's token; false where they have no such token.
pub async fn token_revoke_in_txn(conn: &mut Connection, person: UserId, id: Uuid) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update api_token set revoked_at = now() where id = $1 and person_id = $2 and revoked_at is null",
        id,
        person.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes every token of a person that still works; how many these were.
pub async fn token_revoke_all_in_txn(conn: &mut Connection, person: UserId) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "update api_token set revoked_at = now()
         where person_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())",
        person.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Ends everybody's sessions and sign-in links, and revokes their tokens where `tokens`.
pub async fn secrets_end_all_in_txn(conn: &mut Connection, tokens: bool) -> Result<(), StoreError> {
    sqlx::query!("delete from session").execute(&mut *conn).await?;
    sqlx::query!("delete from sign_in_link").execute(&mut *conn).await?;
    if tokens {
        sqlx::query!("update api_token set revoked_at = now() where revoked_at is null").execute(conn).await?;
    }
    Ok(())
}

impl Store {
    /// Whose session it is, if it is still good. Notes at most once a minute that it was seen.
    pub async fn session_get(&self, secret: &SecretHash) -> Result<Option<SessionRow>, StoreError> {
        let row = sqlx::query!(
            r#"select p.id, p.name, p.display_name, p.role, p.disabled, p.created_at, s.confirmed_at, s.by_provider,
                      p.password_hash is not null as "has_password!", p.totp_since is not null as "has_second_factor!",
                      (select value #>> '{}' from setting where name = 'second-factor-role') as second_factor_role
             from session s join person p on p.id = s.person_id
             where s.secret_hash = $1 and s.expires_at > now() and not p.disabled"#,
            secret.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?;
        if row.is_some() {
            sqlx::query!(
                "update session set last_seen_at = now()
                 where secret_hash = $1 and last_seen_at < now() - interval '1 minute'",
                secret.as_slice()
            )
            .execute(&self.pool)
            .await?;
        }
        let Some(row) = row else { return Ok(None) };
        let (confirmed_at, has_password, has_second_factor, by_provider) =
            (row.confirmed_at, row.has_password, row.has_second_factor, row.by_provider);
        let role = row.second_factor_role.as_deref().map(|role| parsed("setting.value", role)).transpose()?;
        let user = Row {
            id: row.id,
            name: row.name,
            display_name: row.display_name,
            role: row.role,
            disabled: row.disabled,
            created_at: row.created_at,
        };
        Ok(Some(SessionRow {
            user: user.try_into()?,
            confirmed_at,
            has_password,
            has_second_factor,
            second_factor_role: role,
            by_provider,
        }))
    }

    /// The password was given again in a session.
    pub async fn session_confirm(&self, secret: &SecretHash) -> Result<(), StoreError> {
        sqlx::query!("update session set confirmed_at = now() where secret_hash = $1", secret.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whose token it is, if it is still good, and what it may do.
    pub async fn token_person(&self, secret: &SecretHash) -> Result<Option<(User, TokenGrant)>, StoreError> {
        let row = sqlx::query!(
            "select t.id as token_id, t.scopes, p.id, p.name, p.display_name, p.role, p.disabled, p.created_at
             from api_token t join person p on p.id = t.person_id
             where t.secret_hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
               and not p.disabled",
            secret.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?;
        if row.is_some() {
            sqlx::query!(
                "update api_token set last_used_at = now()
                 where secret_hash = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')",
                secret.as_slice()
            )
            .execute(&self.pool)
            .await?;
        }
        let Some(row) = row else { return Ok(None) };
        let grant = TokenGrant { id: row.token_id, scopes: scopes(&row.scopes)? };
        let person = Row {
            id: row.id,
            name: row.name,
            display_name: row.display_name,
            role: row.role,
            disabled: row.disabled,
            created_at: row.created_at,
        };
        Ok(Some((User::try_from(person)?, grant)))
    }

    /// A person's tokens that still work, newest first.
    pub async fn token_list(&self, person: UserId) -> Result<Vec<ApiToken>, StoreError> {
        let rows = sqlx::query!(
            "select id, name, prefix, scopes, created_at, last_used_at, expires_at from api_token
             where person_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())
             order by created_at desc",
            person.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ApiToken {
                    id: row.id,
                    name: row.name,
                    prefix: row.prefix,
                    scopes: scopes(&row.scopes)?,
                    created_at: row.created_at,
                    last_used_at: row.last_used_at,
                    expires_at: row.expires_at,
                })
            })
            .collect()
    }
}

fn scopes(codes: &[String]) -> Result<Vec<Scope>, StoreError> {
    codes.iter().map(|code| parsed("api_token.scopes", code)).collect()
}
