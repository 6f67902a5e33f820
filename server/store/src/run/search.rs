//! Runs that fulfil conditions, in an order.

use alluvium_domain::tracking::filter::{Clause, DatasetColumn, Field, Order, RunColumn, Test};
use alluvium_domain::tracking::{ExperimentId, Lifecycle, RunId};
use uuid::Uuid;

use crate::condition::{Sql, in_capitals, push_metric_test, push_test};
use crate::{Store, StoreError};

/// Which runs.
#[derive(Debug, Clone, Copy)]
pub struct RunQuery<'a> {
    /// Of these experiments.
    pub experiments: &'a [ExperimentId],
    /// Deleted or not.
    pub lifecycle: Lifecycle,
    /// Conditions.
    pub filter: &'a [Clause<RunColumn>],
    /// Order; newest first, then by id, where it leaves one.
    pub order: &'a [Order<RunColumn>],
    /// Most runs.
    pub limit: i64,
    /// Runs to pass over.
    pub offset: i64,
}

/// What the runs of an experiment have, each by name: what a table of them can show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunKeys {
    /// Metrics.
    pub metrics: Vec<String>,
    /// Parameters.
    pub params: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
}

impl Store {
    /// The ids of runs, in order.
    pub async fn run_search(&self, query: &RunQuery<'_>) -> Result<Vec<RunId>, StoreError> {
        let mut sql = Sql::new("select r.id from run r");
        for (place, order) in query.order.iter().enumerate() {
            push_join(&mut sql, place, &order.field);
        }
        push_conditions(&mut sql, query);
        sql.push(" order by ");
        for (place, order) in query.order.iter().enumerate() {
            push_order(&mut sql, place, order);
        }
        if !query.order.iter().any(|order| order.field == Field::Column(RunColumn::StartedAt)) {
            sql.push("r.started_at desc, ");
        }
        sql.push("r.id limit ").push_bind(query.limit).push(" offset ").push_bind(query.offset);
        // Not kept prepared: the plan must know the values.
        let ids: Vec<Uuid> = sql.build_query_scalar().persistent(false).fetch_all(&self.pool).await?;
        Ok(ids.into_iter().map(RunId).collect())
    }

    /// How many runs there are in all; limit and offset do not count.
    pub async fn run_count(&self, query: &RunQuery<'_>) -> Result<i64, StoreError> {
        let mut sql = Sql::new("select count(*) from run r");
        push_conditions(&mut sql, query);
        Ok(sql.build_query_scalar().persistent(false).fetch_one(&self.pool).await?)
    }

    /// Metrics, parameters and tags that the newest `most` runs of an experiment have, by name.
    pub async fn run_keys(&self, experiment: ExperimentId, most: i64) -> Result<RunKeys, StoreError> {
        let metrics = sqlx::query_scalar!(
            "select distinct x.key from run_metric_last x
             where x.run_id = any(array(select id from run where experiment_id = $1 and not deleted
                                        order by started_at desc, id limit $2))
             order by x.key",
            experiment.0,
            most
        );
        let params = sqlx::query_scalar!(
            "select distinct x.key from run_param x
             where x.run_id = any(array(select id from run where experiment_id = $1 and not deleted
                                        order by started_at desc, id limit $2))
             order by x.key",
            experiment.0,
            most
        );
        let tags = sqlx::query_scalar!(
            "select distinct x.key from run_tag x
             where x.run_id = any(array(select id from run where experiment_id = $1 and not deleted
                                        order by started_at desc, id limit $2))
             order by x.key",
            experiment.0,
            most
        );
        Ok(RunKeys {
            metrics: metrics.fetch_all(&self.pool).await?,
            params: params.fetch_all(&self.pool).await?,
            tags: tags.fetch_all(&self.pool).await?,
        })
    }
}

fn push_conditions(sql: &mut Sql, query: &RunQuery<'_>) {
    let experiments: Vec<i32> = query.experiments.iter().map(|id| id.0).collect();
    sql.push(" where r.experiment_id = any(").push_bind(experiments).push(")");
    if let Some(deleted) = query.lifecycle.deleted() {
        sql.push(" and r.deleted = ").push_bind(deleted);
    }
    for clause in query.filter {
        sql.push(" and ");
        push_clause(sql, clause);
    }
}

fn push_clause(sql: &mut Sql, clause: &Clause<RunColumn>) {
    match &clause.field {
        Field::Metric(key) => {
            sql.push("exists (select from run_metric_last m where m.run_id = r.id and m.key = ").push_bind(key.clone());
            sql.push(" and ");
            push_metric_test(sql, "m.value", &clause.test);
            sql.push(")");
        }
        Field::Param(key) => push_text(sql, "run_param", key, &clause.test),
        Field::Tag(key) => push_text(sql, "run_tag", key, &clause.test),
        Field::Dataset(column) => {
            sql.push("exists (select from run_dataset d where d.run_id = r.id and ").push(match column {
                DatasetColumn::Name => "d.name",
                DatasetColumn::Digest => "d.digest",
                DatasetColumn::Context => "d.tags ->> 'mlflow.data.context'",
            });
            push_test(sql, &clause.test);
            sql.push(")");
        }
        Field::Column(RunColumn::State) => {
            sql.push("upper(r.state)");
            push_test(sql, &in_capitals(&clause.test));
        }
        Field::Column(column) => {
            sql.push(expression(*column));
            push_test(sql, &clause.test);
        }
    }
}

/// A condition on a table of keys and texts.
fn push_text(sql: &mut Sql, table: &'static str, key: &str, test: &Test) {
    sql.push(if *test == Test::Missing { "not exists (select from " } else { "exists (select from " });
    sql.push(table).push(" x where x.run_id = r.id and x.key = ").push_bind(key.to_owned());
    if !matches!(test, Test::Missing | Test::Present) {
        sql.push(" and x.value");
        push_test(sql, test);
    }
    sql.push(")");
}

fn expression(column: RunColumn) -> &'static str {
    match column {
        RunColumn::Id => "replace(r.id::text, '-', '')",
        RunColumn::Name => "r.name",
        RunColumn::User => "r.user_name",
        RunColumn::State => "r.state",
        RunColumn::ArtifactUri => {
            "('mlflow-artifacts:/' || r.experiment_id || '/' || replace(r.id::text, '-', '') || '/artifacts')"
        }
        RunColumn::StartedAt => "floor(extract(epoch from r.started_at) * 1000)::float8",
        RunColumn::EndedAt => "floor(extract(epoch from r.ended_at) * 1000)::float8",
    }
}

/// What an order goes by is joined under a name with the order's place.
fn push_join(sql: &mut Sql, place: usize, field: &Field<RunColumn>) {
    let (table, key) = match field {
        Field::Metric(key) => ("run_metric_last", key),
        Field::Param(key) => ("run_param", key),
        Field::Tag(key) => ("run_tag", key),
        Field::Column(_) | Field::Dataset(_) => return,
    };
    sql.push(format_args!(" left join {table} o{place} on o{place}.run_id = r.id and o{place}.key = "));
    sql.push_bind(key.clone());
}

/// Numbers, then NaN, then what is missing, in both directions.
fn push_order(sql: &mut Sql, place: usize, order: &Order<RunColumn>) {
    match &order.field {
        Field::Metric(_) => sql.push(format_args!("o{place}.value = 'NaN' nulls last, o{place}.value")),
        Field::Param(_) | Field::Tag(_) => sql.push(format_args!("o{place}.value")),
        Field::Column(column) => sql.push(expression(*column)),
        // The grammar refuses it.
        Field::Dataset(_) => sql.push("null::text"),
    };
    sql.push(if order.descending { " desc nulls last, " } else { " nulls last, " });
}
