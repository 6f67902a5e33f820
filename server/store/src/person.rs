//! People.

use alluvium_domain::{Role, User, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) role: String,
    pub(crate) disabled: bool,
    pub(crate) created_at: OffsetDateTime,
}

impl TryFrom<Row> for User {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(User {
            id: UserId(row.id),
            name: row.name,
            display_name: row.display_name,
            role: parsed("person.role", &row.role)?,
            disabled: row.disabled,
            created_at: row.created_at,
        })
    }
}

/// A person with what proves their password.
#[derive(Clone)]
pub struct PersonSecret {
    /// The person.
    pub user: User,
    /// PHC string; none until a password is set.
    pub password_hash: Option<String>,
    /// Whether a code is asked for after the password.
    pub second_factor: bool,
}

impl Store {
    /// A person by sign-in name, with the password hash.
    pub async fn person_secret(&self, name: &str) -> Result<Option<PersonSecret>, StoreError> {
        let row = sqlx::query!(
            r#"select id, name, display_name, role, disabled, created_at, password_hash,
                      totp_since is not null as "second_factor!"
               from person where name = $1"#,
            name
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (password_hash, second_factor) = (row.password_hash, row.second_factor);
        let user = Row {
            id: row.id,
            name: row.name,
            display_name: row.display_name,
            role: row.role,
            disabled: row.disabled,
            created_at: row.created_at,
        };
        Ok(Some(PersonSecret { user: user.try_into()?, password_hash, second_factor }))
    }

    /// A person by id.
    pub async fn person_by_id(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "select id, name, display_name, role, disabled, created_at from person where id = $1",
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(User::try_from).transpose()
    }

    /// Everybody, by name.
    pub async fn person_list(&self) -> Result<Vec<User>, StoreError> {
        let rows =
            sqlx::query_as!(Row, "select id, name, display_name, role, disabled, created_at from person order by name")
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter().map(User::try_from).collect()
    }

    /// People with the number of revisions of published entries that they wrote, most first.
    pub async fn person_contributions(&self) -> Result<Vec<(UserId, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select r.author_id as "author!", count(*) as "count!"
               from revision r join entry e on e.id = r.entry_id
               where r.author_id is not null and e.state = 'published'
               group by r.author_id order by count(*) desc"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (UserId(row.author), row.count)).collect())
    }
}

/// Adds a person.
pub async fn person_insert_in_txn(
    conn: &mut Connection,
    id: UserId,
    name: &str,
    display_name: &str,
    role: Role,
    password_hash: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into person (id, name, display_name, role, password_hash) values ($1, $2, $3, $4, $5)",
        id.0,
        name,
        display_name,
        role.code(),
        password_hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets what an administrator or the person may change; `None` leaves a column as it is.
pub async fn person_update_in_txn(
    conn: &mut Connection,
    id: UserId,
    display_name: Option<&str>,
    role: Option<Role>,
    disabled: Option<bool>,
    password_hash: Option<&str>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update person set display_name = coalesce($2, display_name), role = coalesce($3, role),
         disabled = coalesce($4, disabled), password_hash = coalesce($5, password_hash) where id = $1",
        id.0,
        display_name,
        role.map(Role::code),
        disabled,
        password_hash
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many administrators can sign in, counted while nobody can change it.
pub async fn person_administrators_in_txn(conn: &mut Connection) -> Result<i64, StoreError> {
    sqlx::query!("lock table person in share row exclusive mode").execute(&mut *conn).await?;
    Ok(sqlx::query_scalar!(r#"select count(*) as "count!" from person where role = 'administrator' and not disabled"#)
        .fetch_one(conn)
        .await?)
}
