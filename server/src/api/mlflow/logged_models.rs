//! `/api/2.0/mlflow/logged-models`.

use std::collections::BTreeMap;

use alluvium_domain::Problem;
use alluvium_domain::tracking::{LoggedModelId, LoggedModelState, NewLoggedModel};
use alluvium_services::Services;
use alluvium_services::tracking::LoggedModelSearch;
use axum::Json;
use axum::extract::{Path, State};
use serde_json::json;

use super::call::run_id;
use super::fields::invalid_value;
use super::{Answer, Call, MlflowError, artifacts, empty, wire};

/// Models on one page where a client does not say, and the most of one page.
const PAGE: usize = 100;
const MOST: usize = 5_000;

/// A logged model's id; one of another form names none.
pub(super) fn id(text: &str) -> Result<LoggedModelId, MlflowError> {
    text.parse().map_err(|()| MlflowError::from(Problem::unknown("model_id", text)))
}

pub(super) async fn create(State(services): State<Services>, call: Call) -> Answer {
    let run = call.fields.filled("source_run_id")?;
    let new = NewLoggedModel {
        experiment: call.experiment()?,
        name: call.fields.text("name")?,
        run: run.map(|run| run_id(&run)).transpose()?,
        kind: call.fields.text("model_type")?.unwrap_or_default(),
        params: call.fields.by_key("params")?,
        tags: call.fields.by_key("tags")?,
    };
    let model = services.logged_model_create(&call.actor, new).await?;
    Ok(Json(json!({ "model": wire::logged_model(&model) })))
}

pub(super) async fn get(State(services): State<Services>, Path(model): Path<String>, call: Call) -> Answer {
    let deleted = call.fields.flag("allow_deleted")?.unwrap_or(false);
    let model = services.logged_model_get(&call.actor, &id(&model)?, deleted).await?;
    Ok(Json(json!({ "model": wire::logged_model(&model) })))
}

pub(super) async fn finalize(State(services): State<Services>, Path(model): Path<String>, call: Call) -> Answer {
    let state = match call.fields.word("status")?.as_deref() {
        Some("LOGGED_MODEL_PENDING" | "1") => LoggedModelState::Pending,
        Some("LOGGED_MODEL_READY" | "2") => LoggedModelState::Ready,
        Some("LOGGED_MODEL_UPLOAD_FAILED" | "3") => LoggedModelState::Failed,
        None | Some("") => return Err(call.fields.missing("status")),
        Some(other) => return Err(invalid_value("status", &other.into(), "one of the states of a logged model")),
    };
    let model = services.logged_model_finish(&call.actor, &id(&model)?, state).await?;
    Ok(Json(json!({ "model": wire::logged_model(&model) })))
}

pub(super) async fn delete(State(services): State<Services>, Path(model): Path<String>, call: Call) -> Answer {
    services.logged_model_delete(&call.actor, &id(&model)?).await?;
    empty()
}

pub(super) async fn log_params(State(services): State<Services>, Path(model): Path<String>, call: Call) -> Answer {
    let params = call.fields.by_key("params")?;
    services.logged_model_note(&call.actor, &id(&model)?, &params, &BTreeMap::new()).await?;
    empty()
}

pub(super) async fn set_tags(State(services): State<Services>, Path(model): Path<String>, call: Call) -> Answer {
    let tags = call.fields.by_key("tags")?;
    let model = services.logged_model_note(&call.actor, &id(&model)?, &BTreeMap::new(), &tags).await?;
    Ok(Json(json!({ "model": wire::logged_model(&model) })))
}

pub(super) async fn delete_tag(
    State(services): State<Services>,
    Path((model, key)): Path<(String, String)>,
    call: Call,
) -> Answer {
    services.logged_model_tag_remove(&call.actor, &id(&model)?, &key).await?;
    empty()
}

pub(super) async fn search(State(services): State<Services>, call: Call) -> Answer {
    let order_by = call.fields.objects("order_by")?;
    let order_by = order_by.iter().map(|order| {
        let direction = if order.flag("ascending")?.unwrap_or(true) { "ASC" } else { "DESC" };
        Ok(format!("{} {direction}", order.required("field_name")?))
    });
    let search = LoggedModelSearch {
        experiments: call.experiments()?,
        filter: call.fields.text("filter")?.unwrap_or_default(),
        order_by: order_by.collect::<Result<_, MlflowError>>()?,
        limit: call.fields.max_results(PAGE, MOST)?,
        page: call.fields.text("page_token")?,
    };
    let page = services.logged_model_search(&call.actor, &search).await?;
    let models: Vec<_> = page.items.iter().map(wire::logged_model).collect();
    Ok(Json(match page.next {
        Some(next) => json!({ "models": models, "next_page_token": next }),
        None => json!({ "models": models }),
    }))
}

pub(super) async fn files(State(services): State<Services>, Path(model): Path<String>, call: Call) -> Answer {
    let model = services.logged_model_get(&call.actor, &id(&model)?, false).await?;
    artifacts::below(&services, &call, &model.artifact_root(), "artifact_directory_path").await
}
