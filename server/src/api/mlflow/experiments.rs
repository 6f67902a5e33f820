//! `/api/2.0/mlflow/experiments`.

use alluvium_domain::tracking::{Lifecycle, NewExperiment};
use alluvium_services::Services;
use alluvium_services::tracking::ExperimentSearch;
use axum::Json;
use axum::extract::State;
use serde_json::json;

use super::fields::Fields;
use super::{Answer, Call, MlflowError, empty, wire};

/// Experiments on one page where a client does not say.
const PAGE: usize = 1_000;
/// The most that a client may ask for.
const MOST: usize = 50_000;

pub(super) async fn create(State(services): State<Services>, call: Call) -> Answer {
    let name = call.fields.required("name")?;
    let location = call.fields.text("artifact_location")?.unwrap_or_default();
    if !location.is_empty() {
        return Err(MlflowError::invalid("'artifact_location' must be empty: this server keeps all artifacts itself"));
    }
    let new = NewExperiment { name, tags: call.fields.by_key("tags")? };
    let id = services.experiment_create(&call.actor, &new).await?;
    Ok(Json(json!({ "experiment_id": id.to_string() })))
}

pub(super) async fn get(State(services): State<Services>, call: Call) -> Answer {
    let experiment = services.experiment_get(&call.actor, call.experiment()?).await?;
    Ok(Json(json!({ "experiment": wire::experiment(&experiment) })))
}

pub(super) async fn get_by_name(State(services): State<Services>, call: Call) -> Answer {
    let name = call.fields.required("experiment_name")?;
    let experiment = services.experiment_get_by_name(&call.actor, &name).await?;
    Ok(Json(json!({ "experiment": wire::experiment(&experiment) })))
}

pub(super) async fn search(State(services): State<Services>, call: Call) -> Answer {
    let search = ExperimentSearch {
        lifecycle: lifecycle(&call.fields, "view_type")?,
        filter: call.fields.text("filter")?.unwrap_or_default(),
        order_by: call.fields.texts("order_by")?,
        limit: call.fields.max_results(PAGE, MOST)?,
        page: call.fields.text("page_token")?,
    };
    let page = services.experiment_search(&call.actor, &search).await?;
    let experiments: Vec<_> = page.items.iter().map(wire::experiment).collect();
    Ok(Json(json!({ "experiments": experiments, "next_page_token": page.next })))
}

/// Active ones, deleted ones or both, by word or by number.
pub(super) fn lifecycle(fields: &Fields, name: &str) -> Result<Lifecycle, MlflowError> {
    match fields.word(name)?.as_deref() {
        None | Some("" | "ACTIVE_ONLY" | "1") => Ok(Lifecycle::Active),
        Some("DELETED_ONLY" | "2") => Ok(Lifecycle::Deleted),
        Some("ALL" | "3") => Ok(Lifecycle::All),
        Some(other) => Err(MlflowError::invalid(format!("Invalid value \"{other}\" for parameter '{name}' supplied."))),
    }
}

pub(super) async fn update(State(services): State<Services>, call: Call) -> Answer {
    let id = call.experiment()?;
    if let Some(name) = call.fields.filled("new_name")? {
        services.experiment_rename(&call.actor, id, &name).await?;
    }
    empty()
}

pub(super) async fn delete(State(services): State<Services>, call: Call) -> Answer {
    services.experiment_delete(&call.actor, call.experiment()?, true).await?;
    empty()
}

pub(super) async fn restore(State(services): State<Services>, call: Call) -> Answer {
    services.experiment_delete(&call.actor, call.experiment()?, false).await?;
    empty()
}

pub(super) async fn set_tag(State(services): State<Services>, call: Call) -> Answer {
    let (id, key) = (call.experiment()?, call.fields.required("key")?);
    let value = call.fields.text("value")?.unwrap_or_default();
    services.experiment_tag_set(&call.actor, id, &key, &value).await?;
    empty()
}

pub(super) async fn delete_tag(State(services): State<Services>, call: Call) -> Answer {
    let (id, key) = (call.experiment()?, call.fields.required("key")?);
    services.experiment_tag_remove(&call.actor, id, &key).await?;
    empty()
}
