//! A job and its run in step: taken together, and what the work says is kept together.

use alluvium_domain::tracking::{Param, Tag};
use alluvium_store::{Connection, JobClaim, JobSaid, StoreError, job_claim_in_txn, job_run_set_in_txn, job_say_in_txn};
use serde_json::json;

use super::run::flat;
use super::worker::WorkerSettings;
use crate::tracking::{JobRun, Recording, job_run_begin_in_txn, job_run_record_in_txn};
use crate::{ServiceError, Services};

/// Which job a run is.
const JOB_TAG: &str = "alluvium.job";
/// Which attempt at the job was the last.
const ATTEMPT_TAG: &str = "alluvium.attempt";

impl Services {
    /// Takes the next job with its run, which begins with the first attempt and is gone on with by the others.
    pub(super) async fn job_take(&self, settings: &WorkerSettings) -> Result<Option<JobClaim>, ServiceError> {
        let silence = settings.silence.as_secs_f64();
        self.inner.store.job_sweep(silence).await?;
        let mut txn = self.inner.store.begin().await?;
        let Some(mut claim) = job_claim_in_txn(&mut txn, &settings.name, &settings.kinds(), silence).await? else {
            return Ok(None);
        };
        if claim.order.kind().is_run() {
            run_ensure_in_txn(&mut txn, &mut claim).await?;
        }
        txn.commit().await.map_err(StoreError::from)?;
        Ok(Some(claim))
    }

    /// Keeps what the work says, of the job and of its run, all at once; false where the job is not this worker's any more.
    pub(super) async fn job_say(
        &self,
        claim: &JobClaim,
        said: &JobSaid<'_>,
        recording: &Recording,
        again: &[(&str, i64)],
    ) -> Result<bool, ServiceError> {
        let mut txn = self.inner.store.begin().await?;
        if !job_say_in_txn(&mut txn, claim.id, claim.attempt, said).await? {
            return Ok(false);
        }
        if let Some(run) = claim.run.filter(|_| !recording.is_empty()) {
            job_run_record_in_txn(&mut txn, run, recording, again).await?;
        }
        txn.commit().await.map_err(StoreError::from)?;
        Ok(true)
    }
}

/// Begins the run where there is none yet; says which attempt this is.
async fn run_ensure_in_txn(conn: &mut Connection, claim: &mut JobClaim) -> Result<(), ServiceError> {
    let mut recording = Recording::default();
    if claim.run.is_none() {
        let kind = claim.order.kind().code();
        let tags = [
            (JOB_TAG, claim.id.to_string()),
            ("mlflow.source.type", "JOB".to_owned()),
            ("mlflow.source.name", format!("alluvium {kind}")),
        ];
        let new = JobRun {
            experiment: claim.order.name(),
            by: claim.by,
            user: claim.by_name.clone().unwrap_or_else(|| "alluvium".to_owned()),
            tags: tags.map(|(key, value)| (key.to_owned(), value)).into(),
        };
        let Some(run) = job_run_begin_in_txn(conn, new).await? else { return Ok(()) };
        job_run_set_in_txn(conn, claim.id, run).await?;
        claim.run = Some(run);
        let asked = json!(claim.order).get("params").map(flat).unwrap_or_default();
        recording.params = asked.into_iter().map(|(key, value)| Param { key, value }).collect();
    }
    if let Some(run) = claim.run {
        recording.tags.push(Tag { key: ATTEMPT_TAG.to_owned(), value: claim.attempt.to_string() });
        job_run_record_in_txn(conn, run, &recording, &[]).await?;
    }
    Ok(())
}
