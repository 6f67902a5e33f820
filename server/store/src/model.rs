//! Registered models.

use std::collections::BTreeMap;

use alluvium_domain::registry::{ModelId, RegisteredModel};
use alluvium_domain::{EntryId, UserId};
use sqlx::types::Json;
use time::OffsetDateTime;

use crate::{Connection, Store, StoreError};

struct Row {
    id: i32,
    name: String,
    description: String,
    tags: Json<BTreeMap<String, String>>,
    serves: Option<String>,
    card: Option<String>,
    created_by: Option<String>,
    aliases: Json<BTreeMap<String, i32>>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<Row> for RegisteredModel {
    fn from(row: Row) -> Self {
        RegisteredModel {
            id: ModelId(row.id),
            name: row.name,
            description: row.description,
            tags: row.tags.0,
            serves: row.serves,
            card: row.card,
            created_by: row.created_by,
            aliases: row.aliases.0,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Which models; all by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct ModelQuery<'a> {
    /// With this name.
    pub name: Option<&'a str>,
    /// The one that serves this place.
    pub serves: Option<&'a str>,
    /// The one whose card is this entry.
    pub entry: Option<EntryId>,
    /// With one of these ids.
    pub ids: Option<&'a [i32]>,
}

impl Store {
    /// Models by name.
    pub async fn model_list(&self, query: ModelQuery<'_>) -> Result<Vec<RegisteredModel>, StoreError> {
        let mut conn = self.pool.acquire().await?;
        model_list_on_conn(&mut conn, query).await
    }

    /// A model by name.
    pub async fn model_by_name(&self, name: &str) -> Result<Option<RegisteredModel>, StoreError> {
        Ok(self.model_list(ModelQuery { name: Some(name), ..ModelQuery::default() }).await?.pop())
    }

    /// The model that serves a place.
    pub async fn model_by_place(&self, serves: &str) -> Result<Option<RegisteredModel>, StoreError> {
        Ok(self.model_list(ModelQuery { serves: Some(serves), ..ModelQuery::default() }).await?.pop())
    }

    /// The model whose card an entry is.
    pub async fn model_by_entry(&self, entry: EntryId) -> Result<Option<RegisteredModel>, StoreError> {
        Ok(self.model_list(ModelQuery { entry: Some(entry), ..ModelQuery::default() }).await?.pop())
    }
}

async fn model_list_on_conn(conn: &mut Connection, query: ModelQuery<'_>) -> Result<Vec<RegisteredModel>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.id, m.name, m.description, m.tags as "tags: Json<BTreeMap<String, String>>", m.serves,
                   e.slug as "card?", person.name as "created_by?", m.created_at, m.updated_at,
                   coalesce((select jsonb_object_agg(a.name, v.number)
                             from model_alias a join model_version v on v.id = a.version_id
                             where a.model_id = m.id), '{}') as "aliases!: Json<BTreeMap<String, i32>>"
               from model m left join person on person.id = m.created_by left join entry e on e.id = m.entry_id
               where ($1::text is null or m.name = $1) and ($2::text is null or m.serves = $2)
                 and ($3::uuid is null or m.entry_id = $3) and ($4::integer[] is null or m.id = any($4))
               order by m.name"#,
        query.name,
        query.serves,
        query.entry.map(|entry| entry.0),
        query.ids as _
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(RegisteredModel::from).collect())
}

/// A model as the transaction sees it.
pub async fn model_by_id_on_conn(conn: &mut Connection, id: ModelId) -> Result<Option<RegisteredModel>, StoreError> {
    Ok(model_list_on_conn(conn, ModelQuery { ids: Some(&[id.0]), ..ModelQuery::default() }).await?.pop())
}

/// Holds a model's row until the transaction ends: whoever moves one of its aliases does so first.
pub async fn model_lock_in_txn(conn: &mut Connection, id: ModelId) -> Result<(), StoreError> {
    sqlx::query!("select id from model where id = $1 for update", id.0).fetch_optional(conn).await?;
    Ok(())
}

/// Registers a model. The entry of kind model with the slug `card` becomes its card, where there is one that is no other model's.
pub async fn model_insert_in_txn(
    conn: &mut Connection,
    name: &str,
    description: &str,
    tags: &BTreeMap<String, String>,
    serves: Option<&str>,
    created_by: Option<UserId>,
    card: &str,
) -> Result<ModelId, StoreError> {
    let id = sqlx::query_scalar!(
        "insert into model (name, description, tags, serves, created_by, entry_id)
         values ($1, $2, $3, $4, $5, (select e.id from entry e where e.kind = 'model' and e.slug = $6
                                      and not exists (select from model o where o.entry_id = e.id))) returning id",
        name,
        description,
        Json(tags) as _,
        serves,
        created_by.map(|id| id.0),
        card
    )
    .fetch_one(conn)
    .await?;
    Ok(ModelId(id))
}

/// Binds a model to the entry that is its card; none unbinds it. An entry that is another model's breaks `model_entry_key`.
pub async fn model_card_set_in_txn(
    conn: &mut Connection,
    id: ModelId,
    entry: Option<EntryId>,
) -> Result<(), StoreError> {
    sqlx::query!("update model set entry_id = $2, updated_at = now() where id = $1", id.0, entry.map(|entry| entry.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// Changes what programs may change of a model; `None` leaves a column as it is. A tag without a value is taken away.
pub async fn model_update_in_txn(
    conn: &mut Connection,
    id: ModelId,
    name: Option<&str>,
    description: Option<&str>,
    tag: Option<(&str, Option<&str>)>,
) -> Result<(), StoreError> {
    let (key, value) = tag.unzip();
    sqlx::query!(
        "update model set name = coalesce($2, name), description = coalesce($3, description), updated_at = now(),
             tags = case when $4::text is null then tags
                         when $5::text is null then tags - $4::text
                         else tags || jsonb_build_object($4::text, $5::text) end
         where id = $1",
        id.0,
        name,
        description,
        key,
        value.flatten()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a model with its versions; false where something was decided about one of these, in which case nothing is removed.
pub async fn model_delete_in_txn(conn: &mut Connection, id: ModelId) -> Result<bool, StoreError> {
    model_lock_in_txn(&mut *conn, id).await?;
    let decided = sqlx::query_scalar!(
        r#"select exists (select from model_decision d join model_version v on v.id = d.version_id
                          where v.model_id = $1) as "decided!""#,
        id.0
    )
    .fetch_one(&mut *conn)
    .await?;
    if decided {
        return Ok(false);
    }
    sqlx::query!("delete from model_alias where model_id = $1", id.0).execute(&mut *conn).await?;
    sqlx::query!("delete from model_file where version_id in (select id from model_version where model_id = $1)", id.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from model_version where model_id = $1", id.0).execute(&mut *conn).await?;
    sqlx::query!("delete from model where id = $1", id.0).execute(conn).await?;
    Ok(true)
}
