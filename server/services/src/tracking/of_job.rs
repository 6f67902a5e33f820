//! Runs that the program's own jobs are: begun and recorded in the transactions in which the jobs speak, so that neither knows more than the other.
//!
//! Who may start the job was asked before. A run that somebody deleted meanwhile is left alone: its job goes on without it.

use std::collections::BTreeMap;

use alluvium_domain::tracking::{MetricInput, NewRun, Param, RunBatch, RunDataset, RunId, Tag, limits};
use alluvium_domain::{Problem, ProblemKind, UserId};
use alluvium_store::{Connection, experiment_ensure_in_txn, metric_rewind_in_txn, run_dataset_upsert_in_txn};

use uuid::Uuid;

use super::record::record_in_txn;
use super::runs::{held, insert_in_txn};
use crate::error::internal;

/// The run of a job that begins.
pub(crate) struct JobRun {
    /// Name of its experiment, which is made where there is none.
    pub(crate) experiment: String,
    /// Who asked for the job.
    pub(crate) by: Option<UserId>,
    /// Their name.
    pub(crate) user: String,
    /// Notes by key.
    pub(crate) tags: BTreeMap<String, String>,
}

/// What a job has to say of its run.
#[derive(Default)]
pub(crate) struct Recording {
    /// In order.
    pub(crate) metrics: Vec<MetricInput>,
    /// Those that are known already are not changed.
    pub(crate) params: Vec<Param>,
    /// The last one of a key holds.
    pub(crate) tags: Vec<Tag>,
    /// What it reads.
    pub(crate) datasets: Vec<RunDataset>,
}

impl Recording {
    /// Whether there is nothing to say.
    pub(crate) fn is_empty(&self) -> bool {
        self.metrics.is_empty() && self.params.is_empty() && self.tags.is_empty() && self.datasets.is_empty()
    }

    /// In portions that a program may send, too.
    fn batches(&self) -> Vec<RunBatch> {
        let params = self.params.chunks(limits::BATCH_PARAMS);
        let params = params.map(|params| RunBatch { params: params.to_vec(), ..RunBatch::default() });
        let tags = self.tags.chunks(limits::BATCH_PARAMS);
        let tags = tags.map(|tags| RunBatch { tags: tags.to_vec(), ..RunBatch::default() });
        let metrics = self.metrics.chunks(limits::BATCH_METRICS);
        let metrics = metrics.map(|metrics| RunBatch { metrics: metrics.to_vec(), ..RunBatch::default() });
        params.chain(tags).chain(metrics).collect()
    }
}

/// Begins the run of a job. None where its experiment is deleted: nothing is added to that.
pub(crate) async fn job_run_begin_in_txn(conn: &mut Connection, new: JobRun) -> Result<Option<RunId>, Problem> {
    let name: String = new.experiment.chars().take(limits::NAME).collect();
    let experiment = experiment_ensure_in_txn(conn, &name, new.by).await.map_err(internal)?;
    if experiment.deleted {
        return Ok(None);
    }
    let run = NewRun {
        experiment: experiment.id,
        name: None,
        user: Some(new.user),
        started_at: None,
        parent: None,
        tags: new.tags,
    };
    run.check()?;
    let id = RunId(Uuid::now_v7());
    insert_in_txn(conn, id, run, new.by).await?;
    Ok(Some(id))
}

/// Records what a job says. Metrics that are done again from some step on, because an attempt goes on from a checkpoint, take the place of the earlier ones.
pub(crate) async fn job_run_record_in_txn(
    conn: &mut Connection,
    run: RunId,
    recording: &Recording,
    again: &[(&str, i64)],
) -> Result<(), Problem> {
    match held(conn, run).await {
        Err(problem) if problem.kind == ProblemKind::Internal => return Err(problem),
        Err(_) => return Ok(()),
        Ok(_) => {}
    }
    if !again.is_empty() {
        metric_rewind_in_txn(conn, run, again).await.map_err(internal)?;
    }
    for batch in recording.batches() {
        let done = match batch.check() {
            Ok(()) => record_in_txn(conn, run, &batch).await,
            wrong => wrong,
        };
        match done {
            // E.g. a parameter that was another one before the program was renewed. What is left out is no reason to fail.
            Err(problem) if problem.kind == ProblemKind::Invalid => {
                tracing::warn!(%problem, "some of what a job says of run {run} is not recorded");
            }
            done => done?,
        }
    }
    run_dataset_upsert_in_txn(conn, run, &recording.datasets).await.map_err(internal)
}
