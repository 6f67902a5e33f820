//! `/api/2.0/mlflow/runs`: runs themselves, what they read and what they made.

use alluvium_domain::tracking::{DatasetInput, LoggedModelId, NewRun, RunChange, RunDataset};
use alluvium_services::Services;
use alluvium_services::tracking::RunSearch;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::experiments::lifecycle;
use super::fields::{Fields, invalid_value};
use super::wire::{RunBody, RunInfo, run_state};
use super::{Answer, Call, MlflowError, empty};

/// Runs on one page where a client does not say.
const PAGE: usize = 1_000;
/// The most that a client may ask for, and the most that one page has: clients go on with the next one.
const MOST: usize = 50_000;
const MOST_ON_PAGE: usize = 5_000;

pub(super) async fn create(State(services): State<Services>, call: Call) -> Answer {
    let new = NewRun {
        experiment: match call.fields.text("experiment_id")?.as_deref() {
            None | Some("") => alluvium_domain::tracking::ExperimentId::DEFAULT,
            Some(_) => call.experiment()?,
        },
        name: call.fields.text("run_name")?,
        user: call.fields.text("user_id")?,
        started_at: call.fields.time("start_time")?,
        parent: None,
        tags: call.fields.by_key("tags")?,
    }
    .cut();
    let run = services.run_create(&call.actor, new).await?;
    Ok(Json(json!({ "run": RunBody::from(&run) })))
}

pub(super) async fn get(State(services): State<Services>, call: Call) -> Answer {
    let run = services.run_get(&call.actor, call.run()?).await?;
    Ok(Json(json!({ "run": RunBody::from(&run) })))
}

#[derive(Serialize)]
struct SearchBody<'a> {
    runs: Vec<RunBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<&'a str>,
}

pub(super) async fn search(State(services): State<Services>, call: Call) -> Result<Response, MlflowError> {
    let search = RunSearch {
        experiments: call.experiments()?,
        lifecycle: lifecycle(&call.fields, "run_view_type")?,
        filter: call.fields.text("filter")?.unwrap_or_default(),
        order_by: call.fields.texts("order_by")?,
        limit: call.fields.max_results(PAGE, MOST)?.min(MOST_ON_PAGE),
        page: call.fields.text("page_token")?,
    };
    let page = services.run_search(&call.actor, &search).await?;
    let body =
        SearchBody { runs: page.items.iter().map(RunBody::from).collect(), next_page_token: page.next.as_deref() };
    Ok(Json(body).into_response())
}

pub(super) async fn update(State(services): State<Services>, call: Call) -> Answer {
    let id = call.run()?;
    let state = match call.fields.word("status")?.filter(|status| !status.is_empty()) {
        None => None,
        Some(status) => Some(run_state(&status).ok_or_else(|| {
            invalid_value("status", &status.as_str().into(), "one of RUNNING, SCHEDULED, FINISHED, FAILED, KILLED")
        })?),
    };
    let change = RunChange { state, ended_at: call.fields.time("end_time")?, name: call.fields.text("run_name")? };
    let run = services.run_change(&call.actor, id, change).await?;
    Ok(Json(json!({ "run_info": RunInfo::from(&run) })))
}

pub(super) async fn delete(State(services): State<Services>, call: Call) -> Answer {
    services.run_delete(&call.actor, call.run()?, true).await?;
    empty()
}

pub(super) async fn restore(State(services): State<Services>, call: Call) -> Answer {
    services.run_delete(&call.actor, call.run()?, false).await?;
    empty()
}

pub(super) async fn log_inputs(State(services): State<Services>, call: Call) -> Answer {
    let id = call.run()?;
    let sets = call.fields.objects("datasets")?.iter().map(dataset).collect::<Result<Vec<_>, _>>()?;
    let models = call.fields.objects("models")?.iter().map(model_id).collect::<Result<Vec<_>, _>>()?;
    services.run_inputs_add(&call.actor, id, sets, models).await?;
    empty()
}

pub(super) async fn log_outputs(State(services): State<Services>, call: Call) -> Answer {
    let id = call.run()?;
    let models = call.fields.objects("models")?;
    let models = models.iter().map(|model| Ok((model_id(model)?, model.integer("step")?.unwrap_or(0))));
    let models = models.collect::<Result<Vec<_>, MlflowError>>()?;
    services.run_outputs_add(&call.actor, id, models).await?;
    empty()
}

fn model_id(fields: &Fields) -> Result<LoggedModelId, MlflowError> {
    super::logged_models::id(&fields.required("model_id")?)
}

fn dataset(fields: &Fields) -> Result<DatasetInput, MlflowError> {
    let set = fields.object("dataset")?.ok_or_else(|| fields.missing("dataset"))?;
    Ok(DatasetInput(RunDataset {
        name: set.required("name")?,
        digest: set.required("digest")?,
        source_type: set.text("source_type")?.unwrap_or_default(),
        source: set.text("source")?.unwrap_or_default(),
        schema: set.text("schema")?,
        profile: set.text("profile")?,
        tags: fields.by_key("tags")?,
    }))
}
