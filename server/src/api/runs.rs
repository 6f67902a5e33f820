//! Experiments of programs and their runs, in this product's own words.

use std::collections::BTreeMap;

use alluvium_domain::Problem;
use alluvium_domain::tracking::{
    Experiment, ExperimentId, Lifecycle, MetricPoint, NewExperiment, NewRun, Run, RunBatch, RunChange, RunId,
};
use alluvium_services::Services;
use alluvium_services::tracking::{ExperimentSearch, RunSearch};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Path, Query, Who, checked_limit};
use crate::problem::{ApiError, ProblemBody};

/// Items of one page where a caller does not say, and the most.
const PAGE: usize = 50;
const MOST: usize = 1_000;

/// Which experiments or runs.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// Conditions joined by AND, as MLflow writes them: `metrics.loss < 0.5 AND params.lr = '0.1' AND tags.team LIKE 'a%'`.
    #[serde(default)]
    #[param(max_length = 10_000)]
    filter: String,
    /// Columns with commas between, the first one first: `metrics.loss DESC,start_time`. Newest first where it is missing.
    #[serde(default)]
    #[param(max_length = 10_000)]
    order: String,
    /// Only what is deleted.
    #[serde(default)]
    deleted: bool,
    /// Most items, 1 to 1,000 (default 50).
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    page: Option<String>,
}

impl SearchParams {
    fn order(&self) -> Vec<String> {
        self.order.split(',').map(str::trim).filter(|column| !column.is_empty()).map(str::to_owned).collect()
    }

    fn lifecycle(&self) -> Lifecycle {
        if self.deleted { Lifecycle::Deleted } else { Lifecycle::Active }
    }
}

fn run_id(text: &str) -> Result<RunId, Problem> {
    text.parse().map_err(|()| Problem::unknown("run_id", text))
}

/// A page of experiments.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExperimentsBody {
    /// The page.
    experiments: Vec<Experiment>,
    /// Asks for the next page; missing on the last one.
    next: Option<String>,
}

/// Lists experiments.
#[utoipa::path(get, path = "/api/v1/experiments", tag = "runs", params(SearchParams), responses(
    (status = 200, body = ExperimentsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn experiments(
    State(services): State<Services>,
    Who(actor): Who,
    Query(params): Query<SearchParams>,
) -> Result<Json<ExperimentsBody>, ApiError> {
    let search = ExperimentSearch {
        lifecycle: params.lifecycle(),
        order_by: params.order(),
        limit: checked_limit(params.limit, PAGE, MOST)?,
        filter: params.filter,
        page: params.page,
    };
    let page = services.experiment_search(&actor, &search).await?;
    Ok(Json(ExperimentsBody { experiments: page.items, next: page.next }))
}

/// Makes an experiment.
#[utoipa::path(post, path = "/api/v1/experiments", tag = "runs", request_body = NewExperiment, security(("token" = [])), responses(
    (status = 201, body = Experiment),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn create_experiment(
    State(services): State<Services>,
    Who(actor): Who,
    Body(new): Body<NewExperiment>,
) -> Result<(StatusCode, Json<Experiment>), ApiError> {
    let id = services.experiment_create(&actor, &new).await?;
    Ok((StatusCode::CREATED, Json(services.experiment_get(&actor, id).await?)))
}

/// One experiment.
#[utoipa::path(get, path = "/api/v1/experiments/{id}", tag = "runs", params(
    ("id" = i32, Path, description = "Number of the experiment", example = 0),
), responses(
    (status = 200, body = Experiment),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn experiment(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<i32>,
) -> Result<Json<Experiment>, ApiError> {
    Ok(Json(services.experiment_get(&actor, ExperimentId(id)).await?))
}

/// A page of runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunsBody {
    /// How many fulfil the filter.
    total: i64,
    /// The page.
    runs: Vec<Run>,
    /// Asks for the next page; missing on the last one.
    next: Option<String>,
}

/// Lists the runs of an experiment with their parameters, tags and the last value of each metric.
#[utoipa::path(get, path = "/api/v1/experiments/{id}/runs", tag = "runs", params(
    ("id" = i32, Path, description = "Number of the experiment", example = 0), SearchParams,
), responses(
    (status = 200, body = RunsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<i32>,
    Query(params): Query<SearchParams>,
) -> Result<Json<RunsBody>, ApiError> {
    let experiment = services.experiment_get(&actor, ExperimentId(id)).await?;
    let search = RunSearch {
        experiments: vec![experiment.id],
        lifecycle: params.lifecycle(),
        order_by: params.order(),
        limit: checked_limit(params.limit, PAGE, MOST)?,
        filter: params.filter,
        page: params.page,
    };
    let page = services.run_page(&actor, &search).await?;
    Ok(Json(RunsBody { total: page.total, runs: page.runs, next: page.next }))
}

/// What the runs of an experiment have.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeysBody {
    /// Names of metrics.
    metrics: Vec<String>,
    /// Names of parameters.
    params: Vec<String>,
    /// Names of tags.
    tags: Vec<String>,
}

/// Lists the metrics, parameters and tags that the newest 1,000 runs of an experiment have.
#[utoipa::path(get, path = "/api/v1/experiments/{id}/keys", tag = "runs", params(
    ("id" = i32, Path, description = "Number of the experiment", example = 0),
), responses(
    (status = 200, body = KeysBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn keys(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<i32>,
) -> Result<Json<KeysBody>, ApiError> {
    let experiment = services.experiment_get(&actor, ExperimentId(id)).await?;
    let keys = services.run_keys(&actor, &experiment).await?;
    Ok(Json(KeysBody { metrics: keys.metrics, params: keys.params, tags: keys.tags }))
}

/// A run to begin.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewRunBody {
    /// Name; one is made up where it is missing.
    #[serde(default)]
    #[schema(max_length = 500)]
    name: Option<String>,
    /// The run that it is a part of.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    parent: Option<RunId>,
    /// Notes by key.
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

/// Begins a run.
#[utoipa::path(post, path = "/api/v1/experiments/{id}/runs", tag = "runs", params(
    ("id" = i32, Path, description = "Number of the experiment", example = 0),
), request_body = NewRunBody, security(("token" = [])), responses(
    (status = 201, body = Run),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn create(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<i32>,
    Body(body): Body<NewRunBody>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    let new = NewRun {
        experiment: ExperimentId(id),
        name: body.name,
        user: None,
        started_at: None,
        parent: body.parent,
        tags: body.tags,
    };
    Ok((StatusCode::CREATED, Json(services.run_create(&actor, new).await?)))
}

/// One run.
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "runs", params(
    ("id" = String, Path, description = "Id of the run, 32 hexadecimal digits"),
), responses(
    (status = 200, body = Run),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn get(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<String>,
) -> Result<Json<Run>, ApiError> {
    Ok(Json(services.run_get(&actor, run_id(&id)?).await?))
}

/// Ends a run, or names it.
#[utoipa::path(patch, path = "/api/v1/runs/{id}", tag = "runs", params(
    ("id" = String, Path, description = "Id of the run, 32 hexadecimal digits"),
), request_body = RunChange, security(("token" = [])), responses(
    (status = 200, body = Run),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn change(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<String>,
    Body(change): Body<RunChange>,
) -> Result<Json<Run>, ApiError> {
    Ok(Json(services.run_change(&actor, run_id(&id)?, change).await?))
}

/// Records metrics, parameters and tags, all of it or nothing. The same again changes nothing; a parameter with another value is refused.
#[utoipa::path(post, path = "/api/v1/runs/{id}/records", tag = "runs", params(
    ("id" = String, Path, description = "Id of the run, 32 hexadecimal digits"),
), request_body = RunBatch, security(("token" = [])), responses(
    (status = 204, description = "Recorded"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn record(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<String>,
    Body(batch): Body<RunBatch>,
) -> Result<StatusCode, ApiError> {
    services.run_record(&actor, run_id(&id)?, &batch).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which values.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// The metric.
    key: String,
    /// Most values, 1 to 10,000 (default 1,000).
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    page: Option<String>,
}

/// A page of a metric's values.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryBody {
    /// By step, then time.
    values: Vec<MetricPoint>,
    /// Asks for the next page; missing on the last one.
    next: Option<String>,
}

/// All values of one metric of a run.
#[utoipa::path(get, path = "/api/v1/runs/{id}/metrics", tag = "runs", params(
    ("id" = String, Path, description = "Id of the run, 32 hexadecimal digits"), HistoryParams,
), responses(
    (status = 200, body = HistoryBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn history(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<String>,
    Query(params): Query<HistoryParams>,
) -> Result<Json<HistoryBody>, ApiError> {
    let limit = checked_limit(params.limit, 1_000, 10_000)?;
    let page = services.metric_history(&actor, run_id(&id)?, &params.key, limit, params.page.as_deref()).await?;
    Ok(Json(HistoryBody { values: page.items, next: page.next }))
}
