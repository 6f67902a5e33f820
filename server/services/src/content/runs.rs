//! Runs that a folder brings along: `runs/<name>.json`, one experiment a file, so that a new installation shows where its own figures come from.

use std::collections::BTreeMap;
use std::path::Path;

use alluvium_domain::tracking::{
    MetricInput, MetricPoint, NewExperiment, NewRun, Param, RunBatch, RunDataset, RunId, RunState, Tag, high_key,
    low_key,
};
use alluvium_domain::{EntryKind, Issue, Problem};
use alluvium_store::{
    RunRow, experiment_insert_in_txn, metric_record_in_txn, run_dataset_upsert_in_txn, run_insert_in_txn,
    run_param_record_in_txn, run_tag_upsert_in_txn,
};
use serde::Deserialize;
use time::OffsetDateTime;

use super::folder;
use crate::Services;
use crate::error::internal;
use crate::tracking::NAME_TAG;

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunFile {
    /// Name of the experiment that holds the runs.
    experiment: String,
    /// Slug of the entry with its question.
    #[serde(default)]
    entry: String,
    runs: Vec<FileRun>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRun {
    id: RunId,
    name: String,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(default)]
    params: BTreeMap<String, String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    metrics: BTreeMap<String, FileMetric>,
    #[serde(default)]
    datasets: BTreeMap<String, String>,
}

/// A value, or a value with the ends of its 95 % interval.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum FileMetric {
    Value(f64),
    Interval([f64; 3]),
}

impl FileRun {
    fn batch(&self) -> RunBatch {
        let mut metrics = Vec::new();
        let mut add = |key: String, value: f64| {
            metrics.push(MetricInput { at: Some(self.at), ..MetricInput::new(key, value, 0) });
        };
        for (key, measured) in &self.metrics {
            match *measured {
                FileMetric::Value(value) => add(key.clone(), value),
                FileMetric::Interval([value, low, high]) => {
                    add(key.clone(), value);
                    add(low_key(key), low);
                    add(high_key(key), high);
                }
            }
        }
        let params = self.params.iter().map(|(key, value)| Param { key: key.clone(), value: value.clone() });
        let tags = self.tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
        let name = Tag { key: NAME_TAG.to_owned(), value: self.name.clone() };
        let tags = tags.chain([name]);
        RunBatch { metrics, params: params.collect(), tags: tags.collect() }
    }
}

/// Reads the files, by name.
pub(super) fn read(root: &Path) -> std::io::Result<Vec<(String, Result<RunFile, Problem>)>> {
    let texts = folder::read_texts(&root.join("runs"), "json")?;
    Ok(texts
        .into_iter()
        .map(|(name, text)| {
            let file = text.and_then(|text| {
                serde_json::from_str(&text).map_err(|error| {
                    Problem::field("file", Issue::Malformed { expected: format!("runs as JSON ({error})").into() })
                })
            });
            (format!("runs/{name}"), file)
        })
        .collect())
}

impl Services {
    /// Takes in the runs of a file that are not here yet; answers with how many those were. What is here stays as it is.
    pub(super) async fn content_import_runs(&self, file: &RunFile) -> Result<usize, Problem> {
        NewExperiment { name: file.experiment.clone(), tags: BTreeMap::new() }.check()?;
        let store = &self.inner.store;
        let mut missing = Vec::new();
        for run in &file.runs {
            run.batch().check()?;
            if store.run_row(run.id).await.map_err(internal)?.is_none() {
                missing.push(run);
            }
        }
        let known = store.experiment_by_name(&file.experiment).await.map_err(internal)?;
        if missing.is_empty() {
            return Ok(0);
        }
        let mut txn = store.begin().await.map_err(internal)?;
        let experiment = match &known {
            Some(known) => known.id,
            None => {
                experiment_insert_in_txn(&mut txn, &file.experiment, &BTreeMap::new(), None).await.map_err(internal)?
            }
        };
        for run in &missing {
            let new = NewRun {
                experiment,
                name: Some(run.name.clone()),
                user: None,
                started_at: Some(run.at),
                parent: None,
                tags: BTreeMap::new(),
            };
            new.check()?;
            let row = RunRow {
                id: run.id,
                experiment,
                name: run.name.clone(),
                state: RunState::Finished,
                parent: None,
                user: String::new(),
                started_at: run.at,
                ended_at: Some(run.at),
                deleted: false,
            };
            let batch = run.batch();
            run_insert_in_txn(&mut txn, &row, None).await.map_err(internal)?;
            run_param_record_in_txn(&mut txn, run.id, &batch.params).await.map_err(internal)?;
            run_tag_upsert_in_txn(&mut txn, run.id, &batch.tags).await.map_err(internal)?;
            let point = |metric: &MetricInput| MetricPoint {
                key: metric.key.clone(),
                value: metric.value,
                step: metric.step,
                at: run.at,
            };
            let points: Vec<MetricPoint> = batch.metrics.iter().map(point).collect();
            metric_record_in_txn(&mut txn, run.id, &points).await.map_err(internal)?;
            let sets: Vec<RunDataset> = run.datasets.iter().map(|(name, digest)| dataset(name, digest)).collect();
            run_dataset_upsert_in_txn(&mut txn, run.id, &sets).await.map_err(internal)?;
        }
        txn.commit().await.map_err(internal)?;
        if !file.entry.is_empty() && known.is_none_or(|known| known.entry.is_none()) {
            let entry = store.entry_by_slug(EntryKind::Experiment, &file.entry).await.map_err(internal)?;
            let entry = entry.ok_or_else(|| Problem::field("entry", Issue::Unknown { value: file.entry.clone() }))?;
            store.experiment_entry_set(experiment, Some(entry.summary.id)).await.map_err(internal)?;
        }
        Ok(missing.len())
    }
}

fn dataset(name: &str, digest: &str) -> RunDataset {
    RunDataset {
        name: name.to_owned(),
        digest: digest.to_owned(),
        source_type: "entry".to_owned(),
        source: format!("/datasets/{name}"),
        schema: None,
        profile: None,
        tags: BTreeMap::new(),
    }
}
