//! Experiments: what holds runs together.

use std::collections::{BTreeMap, HashMap};

use alluvium_domain::tracking::filter::{Clause, ExperimentColumn, Field, Order};
use alluvium_domain::tracking::{Experiment, ExperimentId, Lifecycle};
use alluvium_domain::{EntryId, UserId};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::condition::{Sql, push_test};
use crate::{Connection, Store, StoreError};

#[derive(sqlx::FromRow)]
struct Row {
    id: i32,
    name: String,
    entry_id: Option<Uuid>,
    tags: Json<BTreeMap<String, String>>,
    deleted: bool,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<Row> for Experiment {
    fn from(row: Row) -> Self {
        Experiment {
            id: ExperimentId(row.id),
            name: row.name,
            entry: row.entry_id.map(EntryId),
            tags: row.tags.0,
            deleted: row.deleted,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Which experiments.
#[derive(Debug, Clone, Copy)]
pub struct ExperimentQuery<'a> {
    /// Deleted or not.
    pub lifecycle: Lifecycle,
    /// Conditions.
    pub filter: &'a [Clause<ExperimentColumn>],
    /// Order; newest first where it leaves one.
    pub order: &'a [Order<ExperimentColumn>],
    /// Most experiments.
    pub limit: i64,
    /// Experiments to pass over.
    pub offset: i64,
}

/// Adds an experiment; a name that exists breaks `experiment_name_key`.
pub async fn experiment_insert_in_txn(
    conn: &mut Connection,
    name: &str,
    tags: &BTreeMap<String, String>,
    by: Option<UserId>,
) -> Result<ExperimentId, StoreError> {
    let id = sqlx::query_scalar!(
        "insert into experiment (name, tags, created_by) values ($1, $2, $3) returning id",
        name,
        Json(tags) as _,
        by.map(|id| id.0)
    )
    .fetch_one(conn)
    .await?;
    Ok(ExperimentId(id))
}

/// The experiment of that name, deleted or not, made where there is none; held until the transaction ends.
pub async fn experiment_ensure_in_txn(
    conn: &mut Connection,
    name: &str,
    by: Option<UserId>,
) -> Result<Experiment, StoreError> {
    sqlx::query!(
        "insert into experiment (name, created_by) values ($1, $2) on conflict (name) do nothing",
        name,
        by.map(|id| id.0)
    )
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query_as!(
        Row,
        r#"select id, name, entry_id, tags as "tags: Json<BTreeMap<String, String>>", deleted, created_at, updated_at
           from experiment where name = $1 for no key update"#,
        name
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// Reads an experiment and holds it until the transaction ends.
pub async fn experiment_lock_in_txn(conn: &mut Connection, id: ExperimentId) -> Result<Option<Experiment>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, name, entry_id, tags as "tags: Json<BTreeMap<String, String>>", deleted, created_at, updated_at
           from experiment where id = $1 for no key update"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Experiment::from))
}

/// Gives an experiment another name; one that exists breaks `experiment_name_key`.
pub async fn experiment_name_set_in_txn(conn: &mut Connection, id: ExperimentId, name: &str) -> Result<(), StoreError> {
    sqlx::query!("update experiment set name = $2, updated_at = now() where id = $1", id.0, name).execute(conn).await?;
    Ok(())
}

/// Deletes or restores an experiment with all its runs.
pub async fn experiment_deleted_set_in_txn(
    conn: &mut Connection,
    id: ExperimentId,
    deleted: bool,
) -> Result<(), StoreError> {
    sqlx::query!("update experiment set deleted = $2, updated_at = now() where id = $1", id.0, deleted)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("update run set deleted = $2 where experiment_id = $1 and deleted <> $2", id.0, deleted)
        .execute(conn)
        .await?;
    Ok(())
}

/// Sets a tag.
pub async fn experiment_tag_set_in_txn(
    conn: &mut Connection,
    id: ExperimentId,
    key: &str,
    value: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update experiment set tags = tags || jsonb_build_object($2::text, $3::text), updated_at = now() where id = $1",
        id.0,
        key,
        value
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a tag; false where there is none.
pub async fn experiment_tag_remove_in_txn(
    conn: &mut Connection,
    id: ExperimentId,
    key: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update experiment set tags = tags - $2::text, updated_at = now() where id = $1 and tags ? $2::text",
        id.0,
        key
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

impl Store {
    /// An experiment by number.
    pub async fn experiment_by_id(&self, id: ExperimentId) -> Result<Option<Experiment>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"select id, name, entry_id, tags as "tags: Json<BTreeMap<String, String>>", deleted, created_at, updated_at
               from experiment where id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Experiment::from))
    }

    /// Who made an experiment, deleted or not; none for the program itself.
    pub async fn experiment_maker(&self, id: ExperimentId) -> Result<Option<Option<UserId>>, StoreError> {
        let row = sqlx::query_scalar!("select created_by from experiment where id = $1", id.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|person| person.map(UserId)))
    }

    /// An experiment by name, deleted or not.
    pub async fn experiment_by_name(&self, name: &str) -> Result<Option<Experiment>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"select id, name, entry_id, tags as "tags: Json<BTreeMap<String, String>>", deleted, created_at, updated_at
               from experiment where name = $1"#,
            name
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Experiment::from))
    }

    /// Experiments that fulfil conditions, in an order.
    pub async fn experiment_search(&self, query: &ExperimentQuery<'_>) -> Result<Vec<Experiment>, StoreError> {
        let mut sql =
            Sql::new("select id, name, entry_id, tags, deleted, created_at, updated_at from experiment where true");
        if let Some(deleted) = query.lifecycle.deleted() {
            sql.push(" and deleted = ").push_bind(deleted);
        }
        for clause in query.filter {
            sql.push(" and ");
            push_field(&mut sql, &clause.field);
            push_test(&mut sql, &clause.test);
        }
        sql.push(" order by ");
        for order in query.order {
            push_field(&mut sql, &order.field);
            sql.push(if order.descending { " desc nulls last, " } else { " nulls last, " });
        }
        sql.push("created_at desc, id desc limit ").push_bind(query.limit).push(" offset ").push_bind(query.offset);
        // Not kept prepared: the plan must know the values.
        let rows: Vec<Row> = sql.build_query_as().persistent(false).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(Experiment::from).collect())
    }

    /// The number of runs of experiments that are not deleted, and when the newest began. An experiment without runs is left out.
    pub async fn experiment_run_counts(
        &self,
        ids: &[ExperimentId],
    ) -> Result<HashMap<ExperimentId, (i64, Option<OffsetDateTime>)>, StoreError> {
        let ids: Vec<i32> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"select experiment_id, count(*) as "runs!", max(started_at) as newest
               from run where experiment_id = any($1) and not deleted group by experiment_id"#,
            &ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (ExperimentId(row.experiment_id), (row.runs, row.newest))).collect())
    }

    /// Binds an experiment to the entry with its question; none unbinds it.
    pub async fn experiment_entry_set(&self, id: ExperimentId, entry: Option<EntryId>) -> Result<(), StoreError> {
        sqlx::query!("update experiment set entry_id = $2 where id = $1", id.0, entry.map(|entry| entry.0))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The experiment that belongs to an entry.
    pub async fn experiment_by_entry(&self, entry: EntryId) -> Result<Option<Experiment>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"select id, name, entry_id, tags as "tags: Json<BTreeMap<String, String>>", deleted, created_at, updated_at
               from experiment where entry_id = $1"#,
            entry.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Experiment::from))
    }
}

fn push_field(sql: &mut Sql, field: &Field<ExperimentColumn>) {
    match field {
        Field::Tag(key) => sql.push("(tags ->> ").push_bind(key.clone()).push(")"),
        Field::Column(ExperimentColumn::Id) => sql.push("id::text"),
        Field::Column(ExperimentColumn::Name) => sql.push("name"),
        Field::Column(ExperimentColumn::CreatedAt) => sql.push("floor(extract(epoch from created_at) * 1000)::float8"),
        Field::Column(ExperimentColumn::UpdatedAt) => sql.push("floor(extract(epoch from updated_at) * 1000)::float8"),
        // The grammar of experiments has none of these.
        Field::Metric(_) | Field::Param(_) | Field::Dataset(_) => sql.push("null::text"),
    };
}
