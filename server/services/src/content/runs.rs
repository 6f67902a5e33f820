//! Runs that a folder brings along: `runs/<name>.json`, one experiment a file, so that a new installation shows where its own figures come from.

use std::collections::BTreeMap;
use std::path::Path;

use alluvium_domain::tracking::{
    ExperimentId, MetricInput, NewExperiment, NewRun, Param, RunBatch, RunChange, RunDataset, RunId, RunState,
    high_key, low_key,
};
use alluvium_domain::{EntryKind, Issue, Problem};
use alluvium_store::{Connection, experiment_ensure_in_txn, run_change_in_txn, run_dataset_upsert_in_txn};
use serde::Deserialize;
use time::OffsetDateTime;

use super::folder;
use crate::Services;
use crate::error::internal;
use crate::tracking::{insert_in_txn, record_in_txn};

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
        RunBatch { metrics, params: params.collect(), ..RunBatch::default() }
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
    pub(super) async fn content_import_runs(&self, file: RunFile) -> Result<usize, Problem> {
        NewExperiment { name: file.experiment.clone(), tags: BTreeMap::new() }.check()?;
        for run in &file.runs {
            run.batch().check()?;
        }
        let store = &self.inner.store;
        let ids: Vec<RunId> = file.runs.iter().map(|run| run.id).collect();
        let known = store.run_known(&ids).await.map_err(internal)?;
        let missing: Vec<FileRun> = file.runs.into_iter().filter(|run| !known.contains(&run.id)).collect();
        let taken = missing.len();
        if taken == 0 {
            return Ok(0);
        }
        let mut txn = store.begin().await.map_err(internal)?;
        let experiment = experiment_ensure_in_txn(&mut txn, &file.experiment, None).await.map_err(internal)?;
        for run in missing {
            take_in_txn(&mut txn, experiment.id, run).await?;
        }
        txn.commit().await.map_err(internal)?;
        if !file.entry.is_empty() && experiment.entry.is_none() {
            let entry = store.entry_by_slug(EntryKind::Experiment, &file.entry).await.map_err(internal)?;
            let entry = entry.ok_or_else(|| Problem::field("entry", Issue::Unknown { value: file.entry.clone() }))?;
            store.experiment_entry_set(experiment.id, Some(entry.summary.id)).await.map_err(internal)?;
        }
        Ok(taken)
    }
}

/// Adds a run that is over, with all that is known of it.
async fn take_in_txn(conn: &mut Connection, experiment: ExperimentId, run: FileRun) -> Result<(), Problem> {
    let (id, batch) = (run.id, run.batch());
    let new =
        NewRun { experiment, name: Some(run.name), user: None, started_at: Some(run.at), parent: None, tags: run.tags };
    new.check()?;
    insert_in_txn(conn, id, new, None).await?;
    record_in_txn(conn, id, &batch).await?;
    let over = RunChange { state: Some(RunState::Finished), ended_at: Some(run.at), ..RunChange::default() };
    run_change_in_txn(conn, id, &over).await.map_err(internal)?;
    let sets: Vec<RunDataset> = run.datasets.iter().map(|(name, digest)| dataset(name, digest)).collect();
    run_dataset_upsert_in_txn(conn, id, &sets).await.map_err(internal)
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
