//! The second factor of people.

use alluvium_domain::{Role, UserId};
use time::OffsetDateTime;

use crate::error::parsed;
use crate::session::SecretHash;
use crate::{Connection, Store, StoreError};

/// Name of the setting that holds the weakest role that needs a second factor.
const REQUIRED: &str = "second-factor-role";

/// What is kept of a person's second factor.
#[derive(Clone, Default)]
pub struct SecondFactorRow {
    /// The shared secret; there before it is confirmed.
    pub secret: Option<Vec<u8>>,
    /// Since when codes are asked for; none where they are not.
    pub since: Option<OffsetDateTime>,
    /// Recovery codes that were not used.
    pub codes: i64,
}

/// Begins with a new secret, which counts once it is confirmed. False where the person has a second factor already.
pub async fn totp_begin_in_txn(conn: &mut Connection, person: UserId, secret: &[u8]) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update person set totp_secret = $2, totp_step = 0 where id = $1 and totp_since is null",
        person.0,
        secret
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// From now on codes are asked for; these recovery codes take the place of earlier ones.
pub async fn totp_confirm_in_txn(
    conn: &mut Connection,
    person: UserId,
    codes: &[SecretHash],
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update person set totp_since = now() where id = $1 and totp_since is null and totp_secret is not null",
        person.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from recovery_code where person_id = $1", person.0).execute(&mut *conn).await?;
    let codes: Vec<Vec<u8>> = codes.iter().map(|code| code.to_vec()).collect();
    sqlx::query!("insert into recovery_code (person_id, code_hash) select $1, unnest($2::bytea[])", person.0, &codes)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses the code of a time step up; false where this or a later one was used before.
pub async fn totp_step_use_in_txn(conn: &mut Connection, person: UserId, step: i64) -> Result<bool, StoreError> {
    let done = sqlx::query!("update person set totp_step = $2 where id = $1 and totp_step < $2", person.0, step)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses a recovery code up; false where there is none, or it was used before.
pub async fn recovery_code_use_in_txn(
    conn: &mut Connection,
    person: UserId,
    code: &SecretHash,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update recovery_code set used_at = now() where person_id = $1 and code_hash = $2 and used_at is null",
        person.0,
        code.as_slice()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Codes are asked for no longer. False where they were not.
pub async fn totp_end_in_txn(conn: &mut Connection, person: UserId) -> Result<bool, StoreError> {
    sqlx::query!("delete from recovery_code where person_id = $1", person.0).execute(&mut *conn).await?;
    let done = sqlx::query!(
        "update person set totp_secret = null, totp_since = null, totp_step = 0 where id = $1 and totp_secret is not null",
        person.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// From which role on a second factor is needed; none for nobody.
pub async fn second_factor_role_set_in_txn(conn: &mut Connection, role: Option<Role>) -> Result<(), StoreError> {
    match role {
        Some(role) => {
            sqlx::query!(
                "insert into setting (name, value) values ($1, to_jsonb($2::text))
                 on conflict (name) do update set value = excluded.value",
                REQUIRED,
                role.code()
            )
            .execute(conn)
            .await?
        }
        None => sqlx::query!("delete from setting where name = $1", REQUIRED).execute(conn).await?,
    };
    Ok(())
}

impl Store {
    /// What is kept of a person's second factor.
    pub async fn second_factor(&self, person: UserId) -> Result<SecondFactorRow, StoreError> {
        let row = sqlx::query!(
            r#"select totp_secret, totp_since,
                      (select count(*) from recovery_code r where r.person_id = p.id and r.used_at is null) as "codes!"
               from person p where id = $1"#,
            person.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let row = row.map(|row| SecondFactorRow { secret: row.totp_secret, since: row.totp_since, codes: row.codes });
        Ok(row.unwrap_or_default())
    }

    /// From which role on a second factor is needed; none for nobody.
    pub async fn second_factor_role(&self) -> Result<Option<Role>, StoreError> {
        let role = sqlx::query_scalar!(r#"select value #>> '{}' as "role!" from setting where name = $1"#, REQUIRED)
            .fetch_optional(&self.pool)
            .await?;
        role.map(|role| parsed("setting.value", &role)).transpose()
    }
}
