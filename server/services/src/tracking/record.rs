//! What programs record about a run that goes on, or that has ended: both are taken.

use std::collections::BTreeMap;

use alluvium_domain::tracking::{
    DatasetInput, LoggedModelId, MetricInput, MetricPoint, ModelDirection, ModelMetric, RunBatch, RunChange,
    RunDataset, RunId, RunModel, Tag, check_tag_key, limits,
};
use alluvium_domain::{Actor, FieldError, Issue, Problem, ProblemKind};
use alluvium_store::{
    Connection, logged_model_metric_record_in_txn, metric_record_in_txn, run_change_in_txn, run_dataset_upsert_in_txn,
    run_model_upsert_in_txn, run_param_record_in_txn, run_tag_remove_in_txn, run_tag_upsert_in_txn,
};
use time::OffsetDateTime;

use super::rights::run_subject;
use super::runs::{NAME_TAG, held};
use crate::Services;
use crate::error::internal;

impl Services {
    /// Records metrics, parameters and tags at once, all of it or nothing.
    ///
    /// The same value of a metric at the same step and time again, and a parameter with the value that it has, change nothing: a batch may be sent again.
    /// A parameter with another value is a problem with [`Issue::Fixed`] for each.
    pub async fn run_record(&self, actor: &Actor, run: RunId, batch: &RunBatch) -> Result<(), Problem> {
        let granted = self.run_granted(actor, run).await?;
        batch.check()?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, run).await?;
        record_in_txn(&mut txn, run, batch).await?;
        granted.note_in_txn(&mut txn, actor, "tracking.run-record", &run_subject(run)).await?;
        txn.commit().await.map_err(internal)
    }

    /// Removes a tag of a run.
    pub async fn run_tag_remove(&self, actor: &Actor, run: RunId, key: &str) -> Result<(), Problem> {
        let granted = self.run_granted(actor, run).await?;
        check_tag_key(key)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, run).await?;
        if !run_tag_remove_in_txn(&mut txn, run, key).await.map_err(internal)? {
            return Err(Problem::unknown("tag", key));
        }
        granted.note_in_txn(&mut txn, actor, "tracking.run-tag-remove", &run_subject(run)).await?;
        txn.commit().await.map_err(internal)
    }

    /// Notes the data sets and models that a run read.
    pub async fn run_inputs_add(
        &self,
        actor: &Actor,
        run: RunId,
        sets: Vec<DatasetInput>,
        models: Vec<LoggedModelId>,
    ) -> Result<(), Problem> {
        let models = models.into_iter().map(|id| RunModel { id, direction: ModelDirection::Input, step: 0 }).collect();
        self.run_links_add(actor, run, sets, models).await
    }

    /// Notes the models that a run made, with the step.
    pub async fn run_outputs_add(
        &self,
        actor: &Actor,
        run: RunId,
        models: Vec<(LoggedModelId, i64)>,
    ) -> Result<(), Problem> {
        let outputs = models.into_iter().map(|(id, step)| RunModel { id, direction: ModelDirection::Output, step });
        self.run_links_add(actor, run, Vec::new(), outputs.collect()).await
    }

    async fn run_links_add(
        &self,
        actor: &Actor,
        run: RunId,
        sets: Vec<DatasetInput>,
        models: Vec<RunModel>,
    ) -> Result<(), Problem> {
        let granted = self.run_granted(actor, run).await?;
        for (field, actual) in [("datasets", sets.len()), ("models", models.len())] {
            if actual > limits::INPUTS {
                return Err(Problem::field(field, Issue::TooMany { limit: limits::INPUTS, actual }));
            }
        }
        for (place, set) in sets.iter().enumerate() {
            set.check(place)?;
        }
        let sets: Vec<RunDataset> = sets.into_iter().map(|set| set.0).collect();
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, run).await?;
        run_dataset_upsert_in_txn(&mut txn, run, &sets).await.map_err(internal)?;
        let unknown = run_model_upsert_in_txn(&mut txn, run, &models).await.map_err(internal)?;
        if let Some(id) = unknown.first() {
            return Err(Problem::unknown("model_id", id));
        }
        granted.note_in_txn(&mut txn, actor, "tracking.run-record", &run_subject(run)).await?;
        txn.commit().await.map_err(internal)
    }
}

/// Records a batch that was checked, of a run that the caller holds.
pub(crate) async fn record_in_txn(conn: &mut Connection, run: RunId, batch: &RunBatch) -> Result<(), Problem> {
    let now = OffsetDateTime::now_utc();
    if !batch.params.is_empty() {
        let fixed = run_param_record_in_txn(conn, run, &batch.params).await.map_err(internal)?;
        if !fixed.is_empty() {
            let errors = fixed.into_iter().map(|(param, old)| FieldError {
                field: "params".into(),
                issue: Issue::Fixed { key: param.key, old, new: param.value },
            });
            return Err(Problem { kind: ProblemKind::Invalid, errors: errors.collect() });
        }
    }
    if !batch.metrics.is_empty() {
        let points: Vec<MetricPoint> = batch.metrics.iter().map(|metric| point(metric, now)).collect();
        metric_record_in_txn(conn, run, &points).await.map_err(internal)?;
        let on_models = model_metrics(run, &batch.metrics, &points);
        logged_model_metric_record_in_txn(conn, run, &on_models).await.map_err(internal)?;
    }
    record_tags(conn, run, &batch.tags).await
}

fn point(metric: &MetricInput, now: OffsetDateTime) -> MetricPoint {
    MetricPoint { key: metric.key.clone(), value: metric.value, step: metric.step, at: metric.at.unwrap_or(now) }
}

/// Those of the metrics that were measured on a logged model.
fn model_metrics(run: RunId, metrics: &[MetricInput], points: &[MetricPoint]) -> Vec<(LoggedModelId, ModelMetric)> {
    let both = metrics.iter().zip(points);
    both.filter_map(|(metric, point)| {
        let measured = ModelMetric {
            point: point.clone(),
            run,
            dataset_name: metric.dataset_name.clone(),
            dataset_digest: metric.dataset_digest.clone(),
        };
        Some((metric.model.clone()?, measured))
    })
    .collect()
}

/// Sets tags; of a key that occurs twice the last one holds. The tag with the run's name names the run.
async fn record_tags(conn: &mut Connection, run: RunId, tags: &[Tag]) -> Result<(), Problem> {
    let last: BTreeMap<&String, &Tag> = tags.iter().map(|tag| (&tag.key, tag)).collect();
    let tags: Vec<Tag> = last.into_values().cloned().collect();
    if tags.is_empty() {
        return Ok(());
    }
    run_tag_upsert_in_txn(conn, run, &tags).await.map_err(internal)?;
    let name = tags.into_iter().find(|tag| tag.key == NAME_TAG && !tag.value.is_empty()).map(|tag| tag.value);
    if let Some(name) = name {
        let change = RunChange { name: Some(name.chars().take(limits::NAME).collect()), ..RunChange::default() };
        run_change_in_txn(conn, run, &change).await.map_err(internal)?;
    }
    Ok(())
}
