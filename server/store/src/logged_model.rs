//! Logged models: what a run made, before anybody registers it.

use std::collections::{BTreeMap, HashMap};

use alluvium_domain::UserId;
use alluvium_domain::tracking::filter::{Clause, Field, LoggedModelColumn, Order};
use alluvium_domain::tracking::{
    ExperimentId, LoggedModel, LoggedModelId, LoggedModelState, MetricPoint, ModelMetric, RunId, RunModel,
};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::condition::{Sql, in_capitals, push_metric_test, push_test};
use crate::error::parsed;
use crate::{Connection, Store, StoreError};

struct Row {
    id: String,
    experiment_id: i32,
    name: String,
    run_id: Option<Uuid>,
    state: String,
    model_type: String,
    params: Json<BTreeMap<String, String>>,
    tags: Json<BTreeMap<String, String>>,
    deleted: bool,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for LoggedModel {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(LoggedModel {
            id: LoggedModelId(row.id),
            experiment: ExperimentId(row.experiment_id),
            name: row.name,
            run: row.run_id.map(RunId),
            state: parsed("logged_model.state", &row.state)?,
            kind: row.model_type,
            params: row.params.0,
            tags: row.tags.0,
            metrics: Vec::new(),
            deleted: row.deleted,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Which logged models.
#[derive(Debug, Clone, Copy)]
pub struct LoggedModelQuery<'a> {
    /// Of these experiments.
    pub experiments: &'a [ExperimentId],
    /// Conditions.
    pub filter: &'a [Clause<LoggedModelColumn>],
    /// Order; newest first where it leaves one.
    pub order: &'a [Order<LoggedModelColumn>],
    /// Most models.
    pub limit: i64,
    /// Models to pass over.
    pub offset: i64,
}

/// Adds a logged model.
pub async fn logged_model_insert_in_txn(conn: &mut Connection, model: &LoggedModel) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into logged_model (id, experiment_id, name, run_id, state, model_type, params, tags, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        model.id.0,
        model.experiment.0,
        model.name,
        model.run.map(|run| run.0),
        model.state.code(),
        model.kind,
        Json(&model.params) as _,
        Json(&model.tags) as _,
        model.created_at,
        model.updated_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records what a run measured on models: the last value of each metric by data set. Models that do not exist are left out.
pub async fn logged_model_metric_record_in_txn(
    conn: &mut Connection,
    run: RunId,
    metrics: &[(LoggedModelId, ModelMetric)],
) -> Result<(), StoreError> {
    for (model, metric) in metrics {
        sqlx::query!(
            "insert into logged_model_metric as l (model_id, run_id, key, dataset_name, dataset_digest, step, at, value)
             select id, $2, $3, $4, $5, $6, $7, $8 from logged_model where id = $1
             on conflict (model_id, key, run_id, dataset_name, dataset_digest)
             do update set step = excluded.step, at = excluded.at, value = excluded.value
             where (excluded.step, excluded.at, excluded.value) > (l.step, l.at, l.value)",
            model.0,
            run.0,
            metric.point.key,
            metric.dataset_name,
            metric.dataset_digest,
            metric.point.step,
            metric.point.at,
            metric.point.value
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Notes models that a run made or read; answers with those that do not exist.
pub async fn run_model_upsert_in_txn(
    conn: &mut Connection,
    run: RunId,
    models: &[RunModel],
) -> Result<Vec<LoggedModelId>, StoreError> {
    let mut unknown = Vec::new();
    for model in models {
        let done = sqlx::query!(
            "insert into run_model (run_id, model_id, direction, step) select $1, id, $3, $4 from logged_model where id = $2
             on conflict (run_id, model_id, direction) do update set step = excluded.step",
            run.0,
            model.id.0,
            model.direction.code(),
            model.step
        )
        .execute(&mut *conn)
        .await?;
        if done.rows_affected() == 0 {
            unknown.push(model.id.clone());
        }
    }
    Ok(unknown)
}

impl Store {
    /// Who made a logged model: who began its run, or its experiment where it has none.
    pub async fn logged_model_maker(&self, id: &LoggedModelId) -> Result<Option<Option<UserId>>, StoreError> {
        let row = sqlx::query_scalar!(
            "select case when m.run_id is null then e.created_by else r.person_id end
             from logged_model m join experiment e on e.id = m.experiment_id left join run r on r.id = m.run_id where m.id = $1",
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|person| person.map(UserId)))
    }

    /// A logged model, deleted or not.
    pub async fn logged_model_by_id(&self, id: &LoggedModelId) -> Result<Option<LoggedModel>, StoreError> {
        Ok(self.logged_model_by_ids(std::slice::from_ref(id)).await?.pop())
    }

    /// Logged models with what was measured on them, in the order of the ids.
    pub async fn logged_model_by_ids(&self, ids: &[LoggedModelId]) -> Result<Vec<LoggedModel>, StoreError> {
        let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
        let rows = sqlx::query_as!(
            Row,
            r#"select id, experiment_id, name, run_id, state, model_type, params as "params: Json<BTreeMap<String, String>>",
                      tags as "tags: Json<BTreeMap<String, String>>", deleted, created_at, updated_at
               from logged_model where id = any($1)"#,
            &ids as &[&str]
        )
        .fetch_all(&self.pool)
        .await?;
        let mut models = HashMap::with_capacity(rows.len());
        for row in rows {
            models.insert(row.id.clone(), LoggedModel::try_from(row)?);
        }
        let metrics = sqlx::query!(
            "select model_id, run_id, key, dataset_name, dataset_digest, step, at, value
             from logged_model_metric where model_id = any($1) order by key, at",
            &ids as &[&str]
        )
        .fetch_all(&self.pool)
        .await?;
        for row in metrics {
            if let Some(model) = models.get_mut(&row.model_id) {
                model.metrics.push(ModelMetric {
                    point: MetricPoint { key: row.key, value: row.value, step: row.step, at: row.at },
                    run: RunId(row.run_id),
                    dataset_name: row.dataset_name,
                    dataset_digest: row.dataset_digest,
                });
            }
        }
        Ok(ids.iter().filter_map(|id| models.remove(*id)).collect())
    }

    /// The ids of logged models that are not deleted, in order.
    pub async fn logged_model_search(&self, query: &LoggedModelQuery<'_>) -> Result<Vec<LoggedModelId>, StoreError> {
        let experiments: Vec<i32> = query.experiments.iter().map(|id| id.0).collect();
        let mut sql = Sql::new("select l.id from logged_model l where not l.deleted and l.experiment_id = any(");
        sql.push_bind(experiments).push(")");
        for clause in query.filter {
            sql.push(" and ");
            match &clause.field {
                Field::Metric(key) => {
                    sql.push("exists (select from logged_model_metric m where m.model_id = l.id and m.key = ");
                    sql.push_bind(key.clone()).push(" and ");
                    push_metric_test(&mut sql, "m.value", &clause.test);
                    sql.push(")");
                }
                Field::Column(LoggedModelColumn::State) => {
                    sql.push("upper(l.state)");
                    push_test(&mut sql, &in_capitals(&clause.test));
                }
                field => {
                    push_field(&mut sql, field);
                    push_test(&mut sql, &clause.test);
                }
            }
        }
        sql.push(" order by ");
        for order in query.order {
            push_field(&mut sql, &order.field);
            sql.push(if order.descending { " desc nulls last, " } else { " nulls last, " });
        }
        sql.push("l.created_at desc, l.id limit ").push_bind(query.limit).push(" offset ").push_bind(query.offset);
        let ids: Vec<String> = sql.build_query_scalar().persistent(false).fetch_all(&self.pool).await?;
        Ok(ids.into_iter().map(LoggedModelId).collect())
    }

    /// Says whether a logged model's files are there; false where the model is deleted or there is none.
    pub async fn logged_model_state_set(
        &self,
        id: &LoggedModelId,
        state: LoggedModelState,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update logged_model set state = $2, updated_at = now() where id = $1 and not deleted",
            id.0,
            state.code()
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds parameters and tags, or changes them; false where the model is deleted or there is none.
    pub async fn logged_model_notes_add(
        &self,
        id: &LoggedModelId,
        params: &BTreeMap<String, String>,
        tags: &BTreeMap<String, String>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update logged_model set params = params || $2, tags = tags || $3, updated_at = now()
             where id = $1 and not deleted",
            id.0,
            Json(params) as _,
            Json(tags) as _
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Removes a tag; false where there is none, or the model is deleted.
    pub async fn logged_model_tag_remove(&self, id: &LoggedModelId, key: &str) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update logged_model set tags = tags - $2::text, updated_at = now()
             where id = $1 and not deleted and tags ? $2::text",
            id.0,
            key
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes a logged model, whose files stay; false where it is deleted or there is none.
    pub async fn logged_model_delete(&self, id: &LoggedModelId) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update logged_model set deleted = true, updated_at = now() where id = $1 and not deleted",
            id.0
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn push_field(sql: &mut Sql, field: &Field<LoggedModelColumn>) {
    match field {
        Field::Metric(key) => sql
            .push("(select max(m.value) from logged_model_metric m where m.model_id = l.id and m.key = ")
            .push_bind(key.clone())
            .push(")"),
        Field::Param(key) => sql.push("(l.params ->> ").push_bind(key.clone()).push(")"),
        Field::Tag(key) => sql.push("(l.tags ->> ").push_bind(key.clone()).push(")"),
        Field::Column(column) => sql.push(match column {
            LoggedModelColumn::Id => "l.id",
            LoggedModelColumn::Name => "l.name",
            LoggedModelColumn::Kind => "l.model_type",
            LoggedModelColumn::State => "l.state",
            LoggedModelColumn::Run => "replace(l.run_id::text, '-', '')",
            LoggedModelColumn::CreatedAt => "floor(extract(epoch from l.created_at) * 1000)::float8",
            LoggedModelColumn::UpdatedAt => "floor(extract(epoch from l.updated_at) * 1000)::float8",
        }),
        // The grammar of logged models has none of these.
        Field::Dataset(_) => sql.push("null::text"),
    };
}
