//! Runs, their parameters, tags and data sets.

mod search;

use std::collections::{BTreeMap, HashMap};

use alluvium_domain::UserId;
use alluvium_domain::tracking::{
    ExperimentId, LoggedModelId, MetricPoint, Param, Run, RunChange, RunDataset, RunId, RunModel, RunState, Tag,
};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

pub use search::{RunKeys, RunQuery};

/// A run as the table holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Id.
    pub id: RunId,
    /// Its experiment.
    pub experiment: ExperimentId,
    /// Name.
    pub name: String,
    /// How far it is.
    pub state: RunState,
    /// The run that it is a part of.
    pub parent: Option<RunId>,
    /// Who, as the program says.
    pub user: String,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
    /// Whether it is deleted.
    pub deleted: bool,
}

struct Row {
    id: Uuid,
    experiment_id: i32,
    name: String,
    state: String,
    parent_id: Option<Uuid>,
    user_name: String,
    started_at: OffsetDateTime,
    ended_at: Option<OffsetDateTime>,
    deleted: bool,
}

impl TryFrom<Row> for RunRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(RunRow {
            id: RunId(row.id),
            experiment: ExperimentId(row.experiment_id),
            name: row.name,
            state: parsed("run.state", &row.state)?,
            parent: row.parent_id.map(RunId),
            user: row.user_name,
            started_at: row.started_at,
            ended_at: row.ended_at,
            deleted: row.deleted,
        })
    }
}

/// Who began a run.
#[derive(Debug, Clone, Copy)]
pub struct RunMaker {
    /// The person; none for the program itself.
    pub person: Option<UserId>,
    /// Whether a job is recorded in it.
    pub by_job: bool,
}

/// Adds a run.
pub async fn run_insert_in_txn(conn: &mut Connection, run: &RunRow, by: Option<UserId>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into run (id, experiment_id, name, state, parent_id, user_name, person_id, started_at, ended_at, deleted)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        run.id.0,
        run.experiment.0,
        run.name,
        run.state.code(),
        run.parent.map(|id| id.0),
        run.user,
        by.map(|id| id.0),
        run.started_at,
        run.ended_at,
        run.deleted
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads a run and holds it until the transaction ends: whoever records something about it waits, so that nothing deadlocks and nothing is recorded
/// about a run that is being deleted.
pub async fn run_lock_in_txn(conn: &mut Connection, id: RunId) -> Result<Option<RunRow>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select id, experiment_id, name, state, parent_id, user_name, started_at, ended_at, deleted
         from run where id = $1 for no key update",
        id.0
    )
    .fetch_optional(conn)
    .await?;
    row.map(RunRow::try_from).transpose()
}

/// Changes a run; what is missing stays.
pub async fn run_change_in_txn(conn: &mut Connection, id: RunId, change: &RunChange) -> Result<(), StoreError> {
    sqlx::query!(
        "update run set state = coalesce($2, state), ended_at = coalesce($3, ended_at), name = coalesce($4, name) where id = $1",
        id.0,
        change.state.map(|state| state.code()),
        change.ended_at,
        change.name
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes or restores a run.
pub async fn run_deleted_set_in_txn(conn: &mut Connection, id: RunId, deleted: bool) -> Result<(), StoreError> {
    sqlx::query!("update run set deleted = $2 where id = $1", id.0, deleted).execute(conn).await?;
    Ok(())
}

/// Records parameters, each once; answers with those that had another value before, with that value. The caller holds the run.
pub async fn run_param_record_in_txn(
    conn: &mut Connection,
    run: RunId,
    params: &[Param],
) -> Result<Vec<(Param, String)>, StoreError> {
    let keys: Vec<&str> = params.iter().map(|param| param.key.as_str()).collect();
    let values: Vec<&str> = params.iter().map(|param| param.value.as_str()).collect();
    let before = sqlx::query!(
        r#"select p.key, p.value as old, n.value as "new!" from run_param p
           join unnest($2::text[], $3::text[]) as n (key, value) on n.key = p.key
           where p.run_id = $1 and p.value <> n.value"#,
        run.0,
        &keys as &[&str],
        &values as &[&str]
    )
    .fetch_all(&mut *conn)
    .await?;
    if !before.is_empty() {
        return Ok(before.into_iter().map(|row| (Param { key: row.key, value: row.new }, row.old)).collect());
    }
    sqlx::query!(
        "insert into run_param (run_id, key, value) select $1, * from unnest($2::text[], $3::text[]) on conflict do nothing",
        run.0,
        &keys as &[&str],
        &values as &[&str]
    )
    .execute(conn)
    .await?;
    Ok(Vec::new())
}

/// Sets tags. No key may occur twice.
pub async fn run_tag_upsert_in_txn(conn: &mut Connection, run: RunId, tags: &[Tag]) -> Result<(), StoreError> {
    let keys: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
    let values: Vec<&str> = tags.iter().map(|tag| tag.value.as_str()).collect();
    sqlx::query!(
        "insert into run_tag (run_id, key, value) select $1, * from unnest($2::text[], $3::text[])
         on conflict (run_id, key) do update set value = excluded.value",
        run.0,
        &keys as &[&str],
        &values as &[&str]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a tag; false where there is none.
pub async fn run_tag_remove_in_txn(conn: &mut Connection, run: RunId, key: &str) -> Result<bool, StoreError> {
    let done = sqlx::query!("delete from run_tag where run_id = $1 and key = $2", run.0, key).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Adds data sets that a run read; tags of those that it has already are joined.
pub async fn run_dataset_upsert_in_txn(
    conn: &mut Connection,
    run: RunId,
    sets: &[RunDataset],
) -> Result<(), StoreError> {
    for set in sets {
        sqlx::query!(
            "insert into run_dataset (run_id, name, digest, source_type, source, schema, profile, tags)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (run_id, name, digest) do update set tags = run_dataset.tags || excluded.tags",
            run.0,
            set.name,
            set.digest,
            set.source_type,
            set.source,
            set.schema,
            set.profile,
            Json(&set.tags) as _
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

impl Store {
    /// A run without what was recorded of it.
    pub async fn run_row(&self, id: RunId) -> Result<Option<RunRow>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "select id, experiment_id, name, state, parent_id, user_name, started_at, ended_at, deleted
             from run where id = $1",
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(RunRow::try_from).transpose()
    }

    /// Who began a run, deleted or not, and whether it is a job's.
    pub async fn run_maker(&self, id: RunId) -> Result<Option<RunMaker>, StoreError> {
        let row = sqlx::query!(
            r#"select person_id, exists (select from job where run_id = run.id) as "by_job!" from run where id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| RunMaker { person: row.person_id.map(UserId), by_job: row.by_job }))
    }

    /// Which of some runs there are, deleted or not.
    pub async fn run_known(&self, ids: &[RunId]) -> Result<Vec<RunId>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let known = sqlx::query_scalar!("select id from run where id = any($1)", &ids).fetch_all(&self.pool).await?;
        Ok(known.into_iter().map(RunId).collect())
    }

    /// Runs that are finished and have a tag, with this value where there is one, the newest first.
    pub async fn run_finished_with_tag(
        &self,
        key: &str,
        value: Option<&str>,
        most: i64,
    ) -> Result<Vec<RunId>, StoreError> {
        let ids = sqlx::query_scalar!(
            "select run.id from run join run_tag on run_tag.run_id = run.id
             where run_tag.key = $1 and ($2::text is null or run_tag.value = $2) and run.state = 'finished' and not run.deleted
             order by run.started_at desc, run.id desc limit $3",
            key,
            value,
            most
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(RunId).collect())
    }

    /// Runs with all that is known of them, in the order of the ids; those that do not exist are left out. One statement for each table, however
    /// many runs there are.
    pub async fn run_by_ids(&self, ids: &[RunId]) -> Result<Vec<Run>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query_as!(
            Row,
            "select id, experiment_id, name, state, parent_id, user_name, started_at, ended_at, deleted
             from run where id = any($1)",
            &ids
        )
        .fetch_all(&self.pool)
        .await?;
        let mut runs = HashMap::with_capacity(rows.len());
        for row in rows {
            runs.insert(row.id, RunRow::try_from(row)?.into_run());
        }
        self.run_texts(&ids, &mut runs).await?;
        self.run_metrics(&ids, &mut runs).await?;
        self.run_inputs(&ids, &mut runs).await?;
        Ok(ids.iter().filter_map(|id| runs.remove(id)).collect())
    }

    async fn run_texts(&self, ids: &[Uuid], runs: &mut HashMap<Uuid, Run>) -> Result<(), StoreError> {
        let params = sqlx::query!("select run_id, key, value from run_param where run_id = any($1)", ids)
            .fetch_all(&self.pool)
            .await?;
        for row in params {
            if let Some(run) = runs.get_mut(&row.run_id) {
                run.params.insert(row.key, row.value);
            }
        }
        let tags = sqlx::query!("select run_id, key, value from run_tag where run_id = any($1)", ids)
            .fetch_all(&self.pool)
            .await?;
        for row in tags {
            if let Some(run) = runs.get_mut(&row.run_id) {
                run.tags.insert(row.key, row.value);
            }
        }
        Ok(())
    }

    async fn run_metrics(&self, ids: &[Uuid], runs: &mut HashMap<Uuid, Run>) -> Result<(), StoreError> {
        let rows = sqlx::query!("select run_id, key, step, at, value from run_metric_last where run_id = any($1)", ids)
            .fetch_all(&self.pool)
            .await?;
        for row in rows {
            if let Some(run) = runs.get_mut(&row.run_id) {
                run.metrics.push(MetricPoint { key: row.key, value: row.value, step: row.step, at: row.at });
            }
        }
        for run in runs.values_mut() {
            run.metrics.sort_by(|a, b| a.key.cmp(&b.key));
        }
        Ok(())
    }

    async fn run_inputs(&self, ids: &[Uuid], runs: &mut HashMap<Uuid, Run>) -> Result<(), StoreError> {
        let sets = sqlx::query!(
            r#"select run_id, name, digest, source_type, source, schema, profile,
                      tags as "tags: Json<BTreeMap<String, String>>"
               from run_dataset where run_id = any($1) order by name, digest"#,
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        for row in sets {
            if let Some(run) = runs.get_mut(&row.run_id) {
                run.datasets.push(RunDataset {
                    name: row.name,
                    digest: row.digest,
                    source_type: row.source_type,
                    source: row.source,
                    schema: row.schema,
                    profile: row.profile,
                    tags: row.tags.0,
                });
            }
        }
        let models = sqlx::query!(
            "select run_id, model_id, direction, step from run_model where run_id = any($1) order by step, model_id",
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        for row in models {
            if let Some(run) = runs.get_mut(&row.run_id) {
                let direction = parsed("run_model.direction", &row.direction)?;
                run.models.push(RunModel { id: LoggedModelId(row.model_id), direction, step: row.step });
            }
        }
        Ok(())
    }
}

impl RunRow {
    /// The run without anything that was recorded.
    pub fn into_run(self) -> Run {
        Run {
            id: self.id,
            experiment: self.experiment,
            name: self.name,
            state: self.state,
            parent: self.parent,
            user: self.user,
            started_at: self.started_at,
            ended_at: self.ended_at,
            deleted: self.deleted,
            params: BTreeMap::new(),
            metrics: Vec::new(),
            tags: BTreeMap::new(),
            datasets: Vec::new(),
            models: Vec::new(),
        }
    }
}
