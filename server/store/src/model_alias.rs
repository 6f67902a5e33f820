//! Aliases of versions, and what serves because of them.

use alluvium_domain::UserId;
use alluvium_domain::registry::{Approval, CHAMPION, ModelId, VersionId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

/// The champion of a model that serves a place.
#[derive(Debug, Clone)]
pub struct ServingRow {
    /// Name of the model.
    pub model: String,
    /// The place.
    pub serves: String,
    /// The version.
    pub version: VersionId,
    /// Its number.
    pub number: i32,
    /// Where its approval stands.
    pub approval: Approval,
    /// Since when.
    pub since: OffsetDateTime,
    /// By whose word: who activated it, and who approved it. None: the program itself.
    pub activated_by: Option<String>,
    /// The reviewer.
    pub approved_by: Option<String>,
}

impl Store {
    /// The approved version under the alias `champion` of the model that serves a place: what may be loaded, and nothing else may.
    pub async fn champion_of(&self, serves: &str) -> Result<Option<VersionId>, StoreError> {
        let id: Option<Uuid> = sqlx::query_scalar!(
            "select v.id from model m join model_alias a on a.model_id = m.id and a.name = $2
             join model_version v on v.id = a.version_id and v.model_id = m.id
             where m.serves = $1 and v.approval = 'approved'",
            serves,
            CHAMPION
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(id.map(VersionId))
    }

    /// Whether the model of a place has a version, whatever its state.
    pub async fn place_has_version(&self, serves: &str) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from model m join model_version v on v.model_id = m.id where m.serves = $1) as "there!""#,
            serves
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// What serves where.
    pub async fn serving_list(&self) -> Result<Vec<ServingRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select m.name, m.serves as "serves!", v.id, v.number, v.approval, a.updated_at, person.name as "activated_by?",
                   (select p.name from model_decision d join person p on p.id = d.person_id
                    where d.version_id = v.id and d.act = 'approve' order by d.id desc limit 1) as approved_by
               from model m join model_alias a on a.model_id = m.id and a.name = $1
               join model_version v on v.id = a.version_id
               left join person on person.id = a.person_id
               where m.serves is not null order by m.serves"#,
            CHAMPION
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ServingRow {
                    model: row.name,
                    serves: row.serves,
                    version: VersionId(row.id),
                    number: row.number,
                    approval: parsed("model_version.approval", &row.approval)?,
                    since: row.updated_at,
                    activated_by: row.activated_by,
                    approved_by: row.approved_by,
                })
            })
            .collect()
    }
}

/// Points an alias to a version of the same model, and tells listeners.
pub async fn alias_set_in_txn(
    conn: &mut Connection,
    model: ModelId,
    alias: &str,
    version: VersionId,
    person: Option<UserId>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into model_alias (model_id, name, version_id, person_id) values ($1, $2, $3, $4)
         on conflict (model_id, name) do update
         set version_id = excluded.version_id, person_id = excluded.person_id, updated_at = now()",
        model.0,
        alias,
        version.0,
        person.map(|id| id.0)
    )
    .execute(&mut *conn)
    .await?;
    alias_moved_in_txn(conn, model, alias).await
}

/// Takes an alias away, and tells listeners; answers with the version that it named.
pub async fn alias_delete_in_txn(
    conn: &mut Connection,
    model: ModelId,
    alias: &str,
) -> Result<Option<VersionId>, StoreError> {
    let version: Option<Uuid> = sqlx::query_scalar!(
        "delete from model_alias where model_id = $1 and name = $2 returning version_id",
        model.0,
        alias
    )
    .fetch_optional(&mut *conn)
    .await?;
    alias_moved_in_txn(conn, model, alias).await?;
    Ok(version.map(VersionId))
}

/// Takes all aliases off a version; answers with them.
pub async fn alias_delete_all_in_txn(conn: &mut Connection, version: VersionId) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!("delete from model_alias where version_id = $1 returning name", version.0)
        .fetch_all(conn)
        .await?)
}

async fn alias_moved_in_txn(conn: &mut Connection, model: ModelId, alias: &str) -> Result<(), StoreError> {
    sqlx::query!("update model set updated_at = now() where id = $1", model.0).execute(&mut *conn).await?;
    if alias == CHAMPION {
        sqlx::query!(
            "select pg_notify('champion_moved', serves) from model where id = $1 and serves is not null",
            model.0
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}
