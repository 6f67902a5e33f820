//! The queue as workers see it.
//!
//! Every write of a worker names the attempt that it works on: a worker that was silent for so long that another one took the job up writes nothing.

use alluvium_domain::tracking::RunId;
use alluvium_domain::{JobId, JobKind, JobNews, JobOrder, JobState, Problem, ProblemKind, UserId};
use serde_json::Value;
use sqlx::types::Json;

use super::{event_add_in_txn, order, state_add_in_txn};
use crate::{Connection, Store, StoreError};

/// A job that a worker has taken.
#[derive(Debug, Clone, PartialEq)]
pub struct JobClaim {
    /// Which.
    pub id: JobId,
    /// What it is asked for.
    pub order: JobOrder,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// What an earlier attempt left to go on from.
    pub checkpoint: Option<Value>,
    /// The run that it is; none before the first attempt.
    pub run: Option<RunId>,
    /// Who asked for it; none for the program itself.
    pub by: Option<UserId>,
    /// Their sign-in name.
    pub by_name: Option<String>,
}

/// What a worker has to say of its job.
#[derive(Debug, Clone, Copy)]
pub struct JobSaid<'a> {
    /// In order.
    pub news: &'a [JobNews],
    /// How far it is, from 0 to 1; none where that has not changed.
    pub progress: Option<f32>,
    /// What to go on from; none where that has not changed.
    pub checkpoint: Option<&'a Value>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEnd {
    /// Done, with a result.
    Succeeded(Value),
    /// It could not be done, and another attempt would not help.
    Failed(Problem),
    /// It could not be done now; again in so many seconds, where there are attempts left.
    Later(Problem, f64),
    /// It stopped because somebody asked for that.
    Cancelled,
    /// The worker gives it back because it ends itself; this attempt does not count.
    Released,
}

/// Takes the next job of these kinds: one that is due, or one whose worker has been silent for `silence` seconds.
pub async fn job_claim_in_txn(
    conn: &mut Connection,
    worker: &str,
    kinds: &[JobKind],
    silence: f64,
) -> Result<Option<JobClaim>, StoreError> {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.code()).collect();
    let row = sqlx::query!(
        r#"update job set state = 'running', attempt = attempt + 1, worker = $1, heartbeat_at = now(), started_at = coalesce(started_at, now())
           where id = (
             select id from job
             where kind = any($2) and attempt < attempts and not cancel
               and ((state = 'queued' and due_at <= now())
                 or (state = 'running' and heartbeat_at < now() - make_interval(secs => $3)))
             order by due_at, id limit 1 for update skip locked)
           returning id, kind, params, attempt, checkpoint, run_id, created_by,
             (select p.name from person p where p.id = job.created_by) as by_name"#,
        worker,
        &kinds as &[&str],
        silence
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let id = JobId(row.id);
    let claim = JobClaim {
        id,
        order: order(&row.kind, &row.params)?,
        attempt: row.attempt,
        checkpoint: row.checkpoint,
        run: row.run_id.map(RunId),
        by: row.created_by.map(UserId),
        by_name: row.by_name,
    };
    state_add_in_txn(&mut *conn, id, JobState::Running, row.attempt).await?;
    Ok(Some(claim))
}

/// Keeps what the worker says, all at once; false where the job is not this worker's any more.
pub async fn job_say_in_txn(
    conn: &mut Connection,
    id: JobId,
    attempt: i32,
    said: &JobSaid<'_>,
) -> Result<bool, StoreError> {
    let own = sqlx::query!(
        "update job set heartbeat_at = now(), progress = coalesce($3, progress), checkpoint = coalesce($4, checkpoint)
         where id = $1 and attempt = $2 and state = 'running'",
        id.0,
        attempt,
        said.progress,
        said.checkpoint
    )
    .execute(&mut *conn)
    .await?;
    if own.rows_affected() == 0 {
        return Ok(false);
    }
    event_add_in_txn(conn, id, said.news).await?;
    Ok(true)
}

impl Store {
    /// Ends jobs that no worker will take up any more: their worker is silent, and they were to be stopped or have no attempt left.
    pub async fn job_sweep(&self, silence: f64) -> Result<(), StoreError> {
        let lost = Problem::new(ProblemKind::Unavailable);
        let mut txn = self.begin().await?;
        let rows = sqlx::query!(
            "update job set state = case when cancel then 'cancelled' else 'failed' end, finished_at = now(),
                 problem = case when cancel then null else $2::jsonb end
             where id in (
               select id from job where state = 'running' and heartbeat_at < now() - make_interval(secs => $1)
                 and (cancel or attempt >= attempts) for update skip locked)
             returning id, state, attempt",
            silence,
            Json(&lost) as _
        )
        .fetch_all(&mut *txn)
        .await?;
        for row in rows {
            let state = crate::error::parsed("state", &row.state)?;
            state_add_in_txn(&mut txn, JobId(row.id), state, row.attempt).await?;
        }
        txn.commit().await?;
        Ok(())
    }

    /// The worker is there; whether the job is to be stopped. None where it is not this worker's any more.
    pub async fn job_heartbeat(&self, id: JobId, attempt: i32) -> Result<Option<bool>, StoreError> {
        let cancel = sqlx::query_scalar!(
            "update job set heartbeat_at = now() where id = $1 and attempt = $2 and state = 'running' returning cancel",
            id.0,
            attempt
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(cancel)
    }

    /// Ends an attempt; how the job stands then. None where the job is not this worker's any more.
    pub async fn job_end(&self, id: JobId, attempt: i32, end: &JobEnd) -> Result<Option<JobState>, StoreError> {
        // State, result, problem, seconds until the next attempt, attempts more.
        let (state, result, problem, delay, more) = match end {
            JobEnd::Succeeded(result) => (JobState::Succeeded, Some(result), None, 0.0, 0),
            JobEnd::Failed(problem) => (JobState::Failed, None, Some(problem), 0.0, 0),
            JobEnd::Later(problem, delay) => (JobState::Queued, None, Some(problem), *delay, 0),
            JobEnd::Cancelled => (JobState::Cancelled, None, None, 0.0, 0),
            JobEnd::Released => (JobState::Queued, None, None, 0.0, 1),
        };
        let mut txn = self.begin().await?;
        let row = sqlx::query!(
            "update job set
                 state = case when $3 = 'queued' and cancel then 'cancelled' when $3 = 'queued' and attempt >= attempts + $7 then 'failed' else $3 end,
                 result = $4, problem = $5, due_at = now() + make_interval(secs => $6), attempts = attempts + $7,
                 progress = case $3 when 'succeeded' then 1 else progress end,
                 finished_at = case when $3 = 'queued' and not cancel and attempt < attempts + $7 then null else now() end
             where id = $1 and attempt = $2 and state = 'running' returning state",
            id.0,
            attempt,
            state.code(),
            result,
            problem.map(Json) as _,
            delay,
            more
        )
        .fetch_optional(&mut *txn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let state = crate::error::parsed("state", &row.state)?;
        state_add_in_txn(&mut txn, id, state, attempt).await?;
        txn.commit().await?;
        Ok(Some(state))
    }
}
