//! Jobs: what was asked for, how it stands, what it said. The queue itself is in `queue`.
//!
//! Whoever adds an event has changed the row of its job before, in the same transaction: the events of one job become visible in the order of
//! their numbers, so that a reader who asks on from the last one misses none. The run of a job changes its state in the transaction in which the job does.

mod queue;

use alluvium_domain::job::UnreadableOrder;
use alluvium_domain::tracking::RunId;
use alluvium_domain::{Job, JobEvent, JobId, JobKind, JobNews, JobOrder, JobState, Problem, UserId};
use serde_json::{Value, json};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

pub use queue::{JobClaim, JobEnd, JobSaid, job_claim_in_txn, job_say_in_txn};

/// Which jobs a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobQuery {
    /// Only these.
    pub kind: Option<JobKind>,
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only older ones than this.
    pub before: Option<JobId>,
    /// Most jobs.
    pub limit: i64,
}

struct Row {
    id: Uuid,
    kind: String,
    params: Value,
    state: String,
    attempt: i32,
    attempts: i32,
    due_at: OffsetDateTime,
    worker: Option<String>,
    heartbeat_at: Option<OffsetDateTime>,
    cancel: bool,
    progress: f32,
    result: Option<Value>,
    problem: Option<Json<Problem>>,
    run_id: Option<Uuid>,
    created_by: Option<Uuid>,
    by_name: Option<String>,
    created_at: OffsetDateTime,
    started_at: Option<OffsetDateTime>,
    finished_at: Option<OffsetDateTime>,
}

impl Row {
    fn job(self) -> Result<Job, StoreError> {
        Ok(Job {
            id: JobId(self.id),
            order: order(&self.kind, &self.params)?,
            state: parsed("state", &self.state)?,
            attempt: self.attempt,
            attempts: self.attempts,
            due_at: self.due_at,
            worker: self.worker,
            heartbeat_at: self.heartbeat_at,
            cancel: self.cancel,
            progress: self.progress,
            result: self.result,
            problem: self.problem.map(|problem| problem.0),
            run: self.run_id.map(RunId),
            by: self.created_by.map(UserId),
            by_name: self.by_name,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

/// What a job is asked for, out of its two columns. Parameters of a known kind that cannot be read are kept as they stand.
fn order(kind: &str, params: &Value) -> Result<JobOrder, StoreError> {
    if let Ok(order) = serde_json::from_value(json!({ "kind": kind, "params": params })) {
        return Ok(order);
    }
    Ok(JobOrder::Unreadable(UnreadableOrder { kind: parsed("kind", kind)?, params: params.clone() }))
}

/// The two columns of what a job is asked for; the second is a JSON null where the kind asks for nothing.
fn columns(order: &JobOrder) -> (&'static str, Value) {
    let value = serde_json::to_value(order).unwrap_or_default();
    (order.kind().code(), value.get("params").cloned().unwrap_or_default())
}

/// Adds an event of a job whose row the transaction has changed, and tells those who follow it.
async fn event_add_in_txn(conn: &mut Connection, id: JobId, news: &[JobNews]) -> Result<(), StoreError> {
    let kinds: Vec<&str> = news.iter().map(JobNews::code).collect();
    let data = |one: &JobNews| serde_json::to_value(one).ok().and_then(|value| value.get("data").cloned());
    let data: Vec<Value> = news.iter().map(|one| data(one).unwrap_or_default()).collect();
    sqlx::query!(
        "insert into job_event (job_id, kind, data)
         select $1, n.kind, n.data from unnest($2::text[], $3::jsonb[]) with ordinality as n (kind, data, place) order by n.place",
        id.0,
        &kinds as &[&str],
        &data
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("select pg_notify('job_event', $1)", id.0.to_string()).execute(conn).await?;
    Ok(())
}

/// Notes that a job, whose row the transaction has changed, stands otherwise now, and changes its run with it.
async fn state_add_in_txn(conn: &mut Connection, id: JobId, state: JobState, attempt: i32) -> Result<(), StoreError> {
    event_add_in_txn(&mut *conn, id, &[JobNews::State { state, attempt }]).await?;
    let run = state.run_state();
    sqlx::query!(
        "update run set state = $2, ended_at = case when $3 then now() end
         from job where job.id = $1 and run.id = job.run_id and not run.deleted",
        id.0,
        run.code(),
        run.is_over()
    )
    .execute(&mut *conn)
    .await?;
    if state == JobState::Queued {
        sqlx::query!("select pg_notify('job_queued', '')").execute(conn).await?;
    }
    Ok(())
}

/// Holds the queue against others who add to it until the transaction ends; answers with how many jobs wait or run, and how many of them are asked
/// for the same.
pub async fn job_open_count_in_txn(conn: &mut Connection, order: &JobOrder) -> Result<(i64, i64), StoreError> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('job.add'))").execute(&mut *conn).await?;
    let (kind, params) = columns(order);
    let row = sqlx::query!(
        r#"select count(*) as "open!", count(*) filter (where kind = $1 and params = $2) as "same!"
           from job where state in ('queued', 'running')"#,
        kind,
        params
    )
    .fetch_one(conn)
    .await?;
    Ok((row.open, row.same))
}

/// Puts a job into the queue, in the transaction of its reason.
pub async fn job_insert_in_txn(
    conn: &mut Connection,
    id: JobId,
    order: &JobOrder,
    attempts: i32,
    by: Option<UserId>,
) -> Result<(), StoreError> {
    let (kind, params) = columns(order);
    sqlx::query!(
        "insert into job (id, kind, params, attempts, created_by) values ($1, $2, $3, $4, $5)",
        id.0,
        kind,
        params,
        attempts,
        by.map(|by| by.0)
    )
    .execute(&mut *conn)
    .await?;
    state_add_in_txn(conn, id, JobState::Queued, 0).await
}

/// Asks for the end of a job: one that waits has ended at once, one that runs is told. None where it had ended before.
pub async fn job_cancel_in_txn(conn: &mut Connection, id: JobId) -> Result<Option<JobState>, StoreError> {
    let row = sqlx::query!(
        "update job set cancel = true,
             state = case state when 'queued' then 'cancelled' else state end,
             finished_at = case state when 'queued' then now() end
         where id = $1 and state in ('queued', 'running') returning state, attempt",
        id.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let state: JobState = parsed("state", &row.state)?;
    if state == JobState::Cancelled {
        state_add_in_txn(conn, id, state, row.attempt).await?;
    }
    Ok(Some(state))
}

/// Notes which run a job is.
pub async fn job_run_set_in_txn(conn: &mut Connection, id: JobId, run: RunId) -> Result<(), StoreError> {
    sqlx::query!("update job set run_id = $2 where id = $1", id.0, run.0).execute(conn).await?;
    Ok(())
}

/// Puts a job that failed or was stopped back into the queue, with as many attempts as a new one, going on from its checkpoint.
pub async fn job_again_in_txn(conn: &mut Connection, id: JobId, attempts: i32) -> Result<bool, StoreError> {
    let row = sqlx::query!(
        "update job set state = 'queued', attempts = attempt + $2, cancel = false, due_at = now(), problem = null, worker = null,
             heartbeat_at = null, finished_at = null
         where id = $1 and state in ('failed', 'cancelled') returning attempt",
        id.0,
        attempts
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(false) };
    state_add_in_txn(conn, id, JobState::Queued, row.attempt).await?;
    Ok(true)
}

impl Store {
    /// A job.
    pub async fn job_by_id(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            r#"select j.id, j.kind, j.params, j.state, j.attempt, j.attempts, j.due_at, j.worker, j.heartbeat_at, j.cancel, j.progress,
                 j.result, j.problem as "problem: Json<Problem>", j.run_id, j.created_by, p.name as "by_name?", j.created_at, j.started_at, j.finished_at
               from job j left join person p on p.id = j.created_by where j.id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Row::job).transpose()
    }

    /// Jobs, newest first. Those of a kind that this version does not know are left out.
    pub async fn job_list(&self, query: &JobQuery) -> Result<Vec<Job>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"select j.id, j.kind, j.params, j.state, j.attempt, j.attempts, j.due_at, j.worker, j.heartbeat_at, j.cancel, j.progress,
                 j.result, j.problem as "problem: Json<Problem>", j.run_id, j.created_by, p.name as "by_name?", j.created_at, j.started_at, j.finished_at
               from job j left join person p on p.id = j.created_by
               where ($1::text is null or j.kind = $1) and ($2::text is null or j.state = $2) and ($3::uuid is null or j.id < $3)
               order by j.id desc limit $4"#,
            query.kind.map(JobKind::code),
            query.state.map(JobState::code),
            query.before.map(|before| before.0),
            query.limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().filter_map(|row| row.job().ok()).collect())
    }

    /// What a job said after event number `after`, in order.
    pub async fn job_events(&self, id: JobId, after: i64, limit: i64) -> Result<Vec<JobEvent>, StoreError> {
        let rows = sqlx::query!(
            "select id, at, kind, data from job_event where job_id = $1 and id > $2 order by id limit $3",
            id.0,
            after,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let event = |news: Value, id, at| {
            let news = serde_json::from_value(news)
                .map_err(|error| StoreError::Decode { column: "data", value: error.to_string() })?;
            Ok(JobEvent { id, at, news })
        };
        rows.into_iter().map(|row| event(json!({ "kind": row.kind, "data": row.data }), row.id, row.at)).collect()
    }
}
