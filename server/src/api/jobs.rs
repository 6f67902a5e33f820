//! Jobs: ask for one, see how it stands, follow what it says, stop it.

use std::convert::Infallible;

use alluvium_domain::{Actor, Job, JobEvent, JobId, JobKind, JobOrder, JobState};
use alluvium_services::{JobFilter, JobNewsFeed, Services};
use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::extract::{Body, Path, Query, Who};
use crate::problem::{ApiError, ProblemBody};

/// Events that a slow reader may fall behind.
const AHEAD: usize = 64;

/// Puts a job into the queue. What waits or runs already, asked for the same, is a conflict.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = JobOrder, security(("token" = [])), responses(
    (status = 201, body = Job, headers(("Location" = String, description = "Where the job is"))),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn create(
    State(services): State<Services>,
    Who(actor): Who,
    Body(order): Body<JobOrder>,
) -> Result<Response, ApiError> {
    let job = services.job_start(&actor, order).await?;
    let location = [(header::LOCATION, format!("/api/v1/jobs/{}", job.id))];
    Ok((StatusCode::CREATED, location, Json(job)).into_response())
}

/// Which jobs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobsParams {
    /// Only of this kind.
    #[param(inline)]
    kind: Option<JobKind>,
    /// Only in this state.
    #[param(inline)]
    state: Option<JobState>,
    /// Only older ones than this job.
    before: Option<Uuid>,
    /// Most jobs, 1 to 100 (default 20).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// A page of jobs.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobsBody {
    /// Newest first.
    jobs: Vec<Job>,
}

/// Lists jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(JobsParams), security(("token" = [])), responses(
    (status = 200, body = JobsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(services): State<Services>,
    Who(actor): Who,
    Query(params): Query<JobsParams>,
) -> Result<Json<JobsBody>, ApiError> {
    let JobsParams { kind, state, before, limit } = params;
    let filter = JobFilter { kind, state, before: before.map(JobId), limit: limit.unwrap_or(20) };
    Ok(Json(JobsBody { jobs: services.job_list(&actor, &filter).await? }))
}

/// One job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = Uuid, Path, description = "Id of the job")),
    security(("token" = [])), responses(
    (status = 200, body = Job),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn get(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<Uuid>,
) -> Result<Json<Job>, ApiError> {
    Ok(Json(services.job(&actor, JobId(id)).await?))
}

/// Asks for the end of a job: whoever started it, and administrators. One that runs ends as soon as its worker hears of it.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "jobs", params(("id" = Uuid, Path, description = "Id of the job")),
    security(("token" = [])), responses(
    (status = 200, body = Job),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn cancel(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<Uuid>,
) -> Result<Json<Job>, ApiError> {
    Ok(Json(services.job_cancel(&actor, JobId(id)).await?))
}

/// Has a job that failed or was stopped tried again, from where it stopped.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/retry", tag = "jobs", params(("id" = Uuid, Path, description = "Id of the job")),
    security(("token" = [])), responses(
    (status = 200, body = Job),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn retry(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<Uuid>,
) -> Result<Json<Job>, ApiError> {
    Ok(Json(services.job_again(&actor, JobId(id)).await?))
}

/// From where, and how long.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsParams {
    /// Only events after this number; the header `Last-Event-ID` says the same and goes before.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Whether to wait for what the job will say until it ends (default), or to end with what it has said.
    follow: Option<bool>,
}

/// What a job says, as server-sent events: `log`, `metric`, `progress`, `state`, each with its number as id and a `JobEvent` as data; `end` when
/// the job has ended and everything has been sent. A reader who is cut off asks again with `Last-Event-ID` and misses nothing.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/events", tag = "jobs", params(
    ("id" = Uuid, Path, description = "Id of the job"), EventsParams,
    ("Last-Event-ID" = Option<i64>, Header, description = "Number of the last event that was received"),
), security(("token" = [])), responses(
    (status = 200, body = String, content_type = "text/event-stream"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn events(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<Uuid>,
    Query(params): Query<EventsParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = JobId(id);
    services.job(&actor, id).await?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let after = last.or(params.after).unwrap_or(0);
    let (send, receive) = mpsc::channel(AHEAD);
    let follower = Follower { feed: services.jobs_follow(), services, actor, id, send };
    tokio::spawn(follower.follow(after, params.follow.unwrap_or(true)));
    // Proxies must not hold it back.
    let headers = [(header::CACHE_CONTROL, "no-store"), (http::HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((headers, Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::default())).into_response())
}

/// Sends what a job says until it has ended, the reader has gone or the server ends.
struct Follower {
    feed: JobNewsFeed,
    services: Services,
    actor: Actor,
    id: JobId,
    send: mpsc::Sender<Result<Event, Infallible>>,
}

impl Follower {
    async fn follow(mut self, mut after: i64, wait: bool) {
        loop {
            // How it stands is read before what it said: whoever has ended says no more.
            let Ok(job) = self.services.job(&self.actor, self.id).await else { return };
            loop {
                let Ok(events) = self.services.job_events(&self.actor, self.id, after).await else { return };
                let Some(last) = events.last() else { break };
                after = last.id;
                for event in &events {
                    if self.send.send(Ok(sent(event))).await.is_err() {
                        return;
                    }
                }
            }
            if job.state.is_final() || !wait {
                if job.state.is_final() {
                    // A reader who has gone misses nothing by it.
                    let _ = self.send.send(Ok(Event::default().event("end").data(job.state.code()))).await;
                }
                return;
            }
            tokio::select! {
                open = self.feed.of_job(self.id) => if !open { return },
                () = self.send.closed() => return,
            }
        }
    }
}

fn sent(event: &JobEvent) -> Event {
    let data = serde_json::to_string(event).unwrap_or_default();
    Event::default().id(event.id.to_string()).event(event.news.code()).data(data)
}
