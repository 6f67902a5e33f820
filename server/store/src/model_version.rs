//! Versions of models and their files.

use std::collections::BTreeMap;

use alluvium_domain::UserId;
use alluvium_domain::registry::{Approval, FileHash, ModelFile, ModelId, ModelVersion, Stage, VersionId};
use alluvium_domain::tracking::RunId;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::artifact::blob_hash;
use crate::error::parsed;
use crate::{Connection, Store, StoreError};

/// A version to be made.
#[derive(Debug, Clone, Default)]
pub struct VersionDraft {
    /// The run that made it.
    pub run_id: Option<RunId>,
    /// Where the program says that its files are from.
    pub source: String,
    /// The version that it was trained on from.
    pub parent: Option<VersionId>,
    /// In Markdown.
    pub description: String,
    /// Keys and values.
    pub tags: BTreeMap<String, String>,
    /// Who makes it.
    pub author: Option<UserId>,
    /// Whether a training of this server made it.
    pub trained: bool,
}

/// Which versions; all by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct VersionQuery<'a> {
    /// Of these models.
    pub models: Option<&'a [ModelId]>,
    /// With this number.
    pub number: Option<i32>,
    /// With one of these ids.
    pub ids: Option<&'a [Uuid]>,
}

struct Row {
    id: Uuid,
    model_id: i32,
    name: String,
    number: i32,
    run_id: Option<Uuid>,
    source: String,
    parent: Option<i32>,
    description: String,
    tags: Json<BTreeMap<String, String>>,
    stage: String,
    approval: String,
    author_id: Option<Uuid>,
    author: Option<String>,
    trained: bool,
    aliases: Vec<String>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for ModelVersion {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(ModelVersion {
            id: VersionId(row.id),
            model: ModelId(row.model_id),
            name: row.name,
            number: row.number,
            run_id: row.run_id.map(RunId),
            source: row.source,
            parent: row.parent,
            description: row.description,
            tags: row.tags.0,
            stage: parsed::<Stage>("model_version.stage", &row.stage)?,
            approval: parsed::<Approval>("model_version.approval", &row.approval)?,
            author_id: row.author_id.map(UserId),
            author: row.author,
            trained: row.trained,
            aliases: row.aliases,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Store {
    /// Versions, newest first.
    pub async fn version_list(&self, query: VersionQuery<'_>) -> Result<Vec<ModelVersion>, StoreError> {
        let mut conn = self.pool.acquire().await?;
        version_list_on_conn(&mut conn, query).await
    }

    /// One version of a model by number.
    pub async fn version_by_number(&self, model: ModelId, number: i32) -> Result<Option<ModelVersion>, StoreError> {
        let query = VersionQuery { models: Some(&[model]), number: Some(number), ids: None };
        Ok(self.version_list(query).await?.pop())
    }

    /// One version.
    pub async fn version_by_id(&self, id: VersionId) -> Result<Option<ModelVersion>, StoreError> {
        Ok(self.version_list(VersionQuery { ids: Some(&[id.0]), ..VersionQuery::default() }).await?.pop())
    }

    /// The files of a version by path.
    pub async fn version_files(&self, id: VersionId) -> Result<Vec<ModelFile>, StoreError> {
        let rows = sqlx::query!("select path, sha256, size from model_file where version_id = $1 order by path", id.0)
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter()
            .map(|row| {
                let sha256 = FileHash(blob_hash("model_file.sha256", row.sha256)?);
                Ok(ModelFile { path: row.path, sha256, size: row.size })
            })
            .collect()
    }
}

impl Store {
    /// The file at a path of the trained versions of a model: that of `own` first where it is one, then the newest.
    pub async fn version_evidence(
        &self,
        model: ModelId,
        own: VersionId,
        path: &str,
        most: i64,
    ) -> Result<Vec<ModelFile>, StoreError> {
        let rows = sqlx::query!(
            "select f.path, f.sha256, f.size from model_file f join model_version v on v.id = f.version_id
             where v.model_id = $1 and v.trained and f.path = $3 order by (v.id = $2) desc, v.number desc limit $4",
            model.0,
            own.0,
            path,
            most
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let sha256 = FileHash(blob_hash("model_file.sha256", row.sha256)?);
                Ok(ModelFile { path: row.path, sha256, size: row.size })
            })
            .collect()
    }
}

/// Versions as the transaction sees them, newest first.
pub async fn version_list_on_conn(
    conn: &mut Connection,
    query: VersionQuery<'_>,
) -> Result<Vec<ModelVersion>, StoreError> {
    let models: Option<Vec<i32>> = query.models.map(|models| models.iter().map(|id| id.0).collect());
    let rows = sqlx::query_as!(
            Row,
            r#"select v.id, v.model_id, m.name, v.number, v.run_id, v.source, parent.number as "parent?", v.description,
                   v.tags as "tags: Json<BTreeMap<String, String>>", v.stage, v.approval, v.author_id, person.name as "author?", v.trained,
                   array(select a.name from model_alias a where a.version_id = v.id order by a.name) as "aliases!",
                   v.created_at, v.updated_at
               from model_version v join model m on m.id = v.model_id
               left join model_version parent on parent.id = v.parent_id
               left join person on person.id = v.author_id
               where ($1::integer[] is null or v.model_id = any($1)) and ($2::integer is null or v.number = $2)
                 and ($3::uuid[] is null or v.id = any($3))
               order by v.created_at desc, v.id desc"#,
            models.as_deref() as _,
            query.number,
            query.ids as _
        )
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(ModelVersion::try_from).collect()
}

/// Makes the next version of a model with its files, which are kept already.
pub async fn version_insert_in_txn(
    conn: &mut Connection,
    model: ModelId,
    draft: &VersionDraft,
    files: &[ModelFile],
) -> Result<(VersionId, i32), StoreError> {
    // Holds the model's row: two versions made at once get two numbers.
    let number = sqlx::query_scalar!(
        "update model set last_version = last_version + 1, updated_at = now() where id = $1 returning last_version",
        model.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let id = VersionId(Uuid::now_v7());
    sqlx::query!(
        "insert into model_version (id, model_id, number, run_id, source, parent_id, description, tags, author_id, trained)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        model.0,
        number,
        draft.run_id.map(|run| run.0),
        draft.source,
        draft.parent.map(|id| id.0),
        draft.description,
        Json(&draft.tags) as _,
        draft.author.map(|id| id.0),
        draft.trained
    )
    .execute(&mut *conn)
    .await?;
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let hashes: Vec<Vec<u8>> = files.iter().map(|file| file.sha256.0.to_vec()).collect();
    let sizes: Vec<i64> = files.iter().map(|file| file.size).collect();
    sqlx::query!(
        "insert into model_file (version_id, path, sha256, size)
         select $1, f.path, f.sha256, f.size from unnest($2::text[], $3::bytea[], $4::bigint[]) as f (path, sha256, size)",
        id.0,
        &paths as &[&str],
        &hashes as &[Vec<u8>],
        &sizes
    )
    .execute(conn)
    .await?;
    Ok((id, number))
}

/// What a version is approved for, read while nobody can change it.
pub async fn version_lock_in_txn(
    conn: &mut Connection,
    id: VersionId,
) -> Result<Option<(Approval, Option<UserId>)>, StoreError> {
    let row = sqlx::query!("select approval, author_id from model_version where id = $1 for update", id.0)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((parsed("model_version.approval", &row.approval)?, row.author_id.map(UserId)))).transpose()
}

/// Sets where a version's approval stands.
pub async fn version_approval_set_in_txn(
    conn: &mut Connection,
    id: VersionId,
    approval: Approval,
) -> Result<(), StoreError> {
    sqlx::query!("update model_version set approval = $2, updated_at = now() where id = $1", id.0, approval.code())
        .execute(conn)
        .await?;
    Ok(())
}

/// Archives a version that is in a stage which only approved ones have; false where it is in none.
pub async fn version_stage_archive_in_txn(conn: &mut Connection, id: VersionId) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update model_version set stage = 'Archived' where id = $1 and stage in ('Staging', 'Production')",
        id.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes what is no part of the weights; `None` leaves a column as it is. A tag without a value is taken away.
pub async fn version_update_in_txn(
    conn: &mut Connection,
    id: VersionId,
    description: Option<&str>,
    stage: Option<Stage>,
    tag: Option<(&str, Option<&str>)>,
) -> Result<(), StoreError> {
    let (key, value) = tag.unzip();
    sqlx::query!(
        "update model_version set description = coalesce($2, description), stage = coalesce($3, stage), updated_at = now(),
             tags = case when $4::text is null then tags
                         when $5::text is null then tags - $4::text
                         else tags || jsonb_build_object($4::text, $5::text) end
         where id = $1",
        id.0,
        description,
        stage.map(Stage::code),
        key,
        value.flatten()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a version; false where something was decided about it or another one is trained on from it, in which case it stays.
pub async fn version_delete_in_txn(conn: &mut Connection, id: VersionId) -> Result<bool, StoreError> {
    sqlx::query!("select id from model_version where id = $1 for update", id.0).fetch_optional(&mut *conn).await?;
    let held = sqlx::query_scalar!(
        r#"select exists (select from model_decision where version_id = $1)
               or exists (select from model_version where parent_id = $1) as "held!""#,
        id.0
    )
    .fetch_one(&mut *conn)
    .await?;
    if held {
        return Ok(false);
    }
    sqlx::query!("delete from model_alias where version_id = $1", id.0).execute(&mut *conn).await?;
    sqlx::query!("delete from model_file where version_id = $1", id.0).execute(&mut *conn).await?;
    sqlx::query!("delete from model_version where id = $1", id.0).execute(conn).await?;
    Ok(true)
}
