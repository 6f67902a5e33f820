//! `/api/2.0/mlflow/registered-models` and `/api/2.0/mlflow/model-versions`. Whoever moves an alias or a stage here meets the same rules as everywhere:
//! `champion` of a model that serves is activated, which needs approval and a reviewer, and stages have no say in what serves.

use alluvium_domain::Actor;
use alluvium_domain::registry::{ModelId, ModelVersion, RegisteredModel, Stage};
use alluvium_services::Services;
use alluvium_services::registry::{ModelChange, NewModel, NewVersion, RegistrySearch, VersionChange};
use axum::extract::State;
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::call::run_id;
use super::wire::{artifact_uri, milliseconds, pairs};
use super::{Answer, Call, MlflowError, empty, logged_models};

/// Models on one page where a client does not say, and the most of one page.
const MODELS: (usize, usize) = (100, 1_000);
/// Versions on one page where a client does not say, and the most of one page.
const VERSIONS: (usize, usize) = (10_000, 200_000);

/// The routes of registered models.
pub(super) fn models() -> Router<Services> {
    Router::new()
        .route("/create", post(model_create))
        .route("/rename", post(model_rename))
        .route("/update", patch(model_update))
        .route("/delete", delete(model_delete))
        .route("/get", get(model_get))
        .route("/search", get(model_search))
        .route("/get-latest-versions", get(latest_versions).post(latest_versions))
        .route("/set-tag", post(model_set_tag))
        .route("/delete-tag", delete(model_delete_tag))
        .route("/alias", get(alias_get).post(alias_set).delete(alias_delete))
}

/// The routes of their versions.
pub(super) fn versions() -> Router<Services> {
    Router::new()
        .route("/create", post(version_create))
        .route("/get", get(version_get))
        .route("/update", patch(version_update))
        .route("/delete", delete(version_delete))
        .route("/search", get(version_search))
        .route("/get-download-uri", get(download_uri))
        .route("/transition-stage", post(transition_stage))
        .route("/set-tag", post(version_set_tag))
        .route("/delete-tag", delete(version_delete_tag))
}

fn version_json(version: &ModelVersion) -> Value {
    json!({
        "name": version.name,
        "version": version.number.to_string(),
        "creation_timestamp": milliseconds(version.created_at),
        "last_updated_timestamp": milliseconds(version.updated_at),
        "user_id": version.author.clone().unwrap_or_default(),
        "current_stage": version.stage.code(),
        "description": version.description,
        "source": version.source,
        "run_id": version.run_id.map(|run| run.to_string()).unwrap_or_default(),
        "status": "READY",
        "status_message": version.approval.code(),
        "tags": pairs(&version.tags),
        "aliases": version.aliases,
    })
}

/// The newest version of each of some stages, all where there are none named.
fn latest<'a>(versions: impl Iterator<Item = &'a ModelVersion> + Clone, stages: &[Stage]) -> Vec<Value> {
    let all = if stages.is_empty() { &Stage::ALL[..] } else { stages };
    let newest = |stage: &Stage| versions.clone().filter(|version| version.stage == *stage).max_by_key(|v| v.number);
    all.iter().filter_map(newest).map(version_json).collect()
}

fn model_json<'a>(model: &RegisteredModel, versions: impl Iterator<Item = &'a ModelVersion> + Clone) -> Value {
    let aliases: Vec<Value> =
        model.aliases.iter().map(|(alias, number)| json!({ "alias": alias, "version": number.to_string() })).collect();
    json!({
        "name": model.name,
        "creation_timestamp": milliseconds(model.created_at),
        "last_updated_timestamp": milliseconds(model.updated_at),
        "user_id": model.created_by.clone().unwrap_or_default(),
        "description": model.description,
        "latest_versions": latest(versions, &[]),
        "tags": pairs(&model.tags),
        "aliases": aliases,
    })
}

async fn version_of(services: &Services, call: &Call) -> Result<ModelVersion, MlflowError> {
    let name = call.fields.required("name")?;
    let number = call.fields.integer("version")?.ok_or_else(|| call.fields.missing("version"))?;
    // There are no numbers beyond.
    let number = i32::try_from(number).unwrap_or_default();
    Ok(services.version_get(&call.actor, &name, number).await?)
}

async fn model_answer(services: &Services, actor: &Actor, model: &RegisteredModel) -> Answer {
    let versions = services.version_list_of(actor, &[model.id]).await?;
    Ok(Json(json!({ "registered_model": model_json(model, versions.iter()) })))
}

fn version_answer(version: &ModelVersion) -> Json<Value> {
    Json(json!({ "model_version": version_json(version) }))
}

async fn model_create(State(services): State<Services>, call: Call) -> Answer {
    let name = call.fields.required("name")?;
    let description = call.fields.text("description")?.unwrap_or_default();
    let new = NewModel { name, description, tags: call.fields.by_key("tags")? };
    let model = services.model_create(&call.actor, new).await?;
    model_answer(&services, &call.actor, &model).await
}

async fn change(services: &Services, call: &Call, change: ModelChange) -> Result<RegisteredModel, MlflowError> {
    Ok(services.model_change(&call.actor, &call.fields.required("name")?, change).await?)
}

async fn model_rename(State(services): State<Services>, call: Call) -> Answer {
    let name = Some(call.fields.required("new_name")?);
    let model = change(&services, &call, ModelChange { name, ..ModelChange::default() }).await?;
    model_answer(&services, &call.actor, &model).await
}

async fn model_update(State(services): State<Services>, call: Call) -> Answer {
    let description = call.fields.text("description")?;
    let model = change(&services, &call, ModelChange { description, ..ModelChange::default() }).await?;
    model_answer(&services, &call.actor, &model).await
}

async fn model_set_tag(State(services): State<Services>, call: Call) -> Answer {
    let tag = Some((call.fields.required("key")?, Some(call.fields.text("value")?.unwrap_or_default())));
    change(&services, &call, ModelChange { tag, ..ModelChange::default() }).await?;
    empty()
}

async fn model_delete_tag(State(services): State<Services>, call: Call) -> Answer {
    let tag = Some((call.fields.required("key")?, None));
    change(&services, &call, ModelChange { tag, ..ModelChange::default() }).await?;
    empty()
}

async fn model_delete(State(services): State<Services>, call: Call) -> Answer {
    let name = call.fields.required("name")?;
    services.model_delete(&call.actor, &name).await?;
    empty()
}

async fn model_get(State(services): State<Services>, call: Call) -> Answer {
    let model = services.model_get(&call.actor, &call.fields.required("name")?).await?;
    model_answer(&services, &call.actor, &model).await
}

async fn latest_versions(State(services): State<Services>, call: Call) -> Answer {
    let model = services.model_get(&call.actor, &call.fields.required("name")?).await?;
    let mut stages = Vec::new();
    for text in call.fields.texts("stages")? {
        stages.push(stage(&text)?);
    }
    let versions = services.version_list_of(&call.actor, &[model.id]).await?;
    Ok(Json(json!({ "model_versions": latest(versions.iter(), &stages) })))
}

fn stage(text: &str) -> Result<Stage, MlflowError> {
    text.parse().map_err(|()| {
        MlflowError::invalid(format!(
            "Invalid Model Version stage: {text}. Value must be one of None, Staging, Production, Archived."
        ))
    })
}

async fn alias_set(State(services): State<Services>, call: Call) -> Answer {
    let version = version_of(&services, &call).await?;
    services.alias_set(&call.actor, &version.name, &call.fields.required("alias")?, version.number).await?;
    empty()
}

async fn alias_delete(State(services): State<Services>, call: Call) -> Answer {
    let name = call.fields.required("name")?;
    let alias = call.fields.required("alias")?;
    services.alias_delete(&call.actor, &name, &alias).await?;
    empty()
}

async fn alias_get(State(services): State<Services>, call: Call) -> Answer {
    let (name, alias) = (call.fields.required("name")?, call.fields.required("alias")?);
    let model = services.model_get(&call.actor, &name).await?;
    let missing = || MlflowError::invalid(format!("Registered model alias {alias} not found."));
    let number = model.aliases.get(&alias).copied().ok_or_else(missing)?;
    Ok(version_answer(&services.version_get(&call.actor, &name, number).await?))
}

async fn version_create(State(services): State<Services>, call: Call) -> Answer {
    let name = call.fields.required("name")?;
    let run_id = call.fields.filled("run_id")?.map(|run| run_id(&run)).transpose()?;
    let (source, run_id) = match call.fields.filled("model_id")? {
        // The run that logged the model is the version's, where the client does not say one and it is the caller's own.
        Some(id) => {
            let made_by = services.logged_model_get(&call.actor, &logged_models::id(&id)?, false).await?.run;
            let run_id = match (run_id, made_by) {
                (None, Some(run)) if services.run_may_be_named(&call.actor, run).await? => Some(run),
                (run_id, _) => run_id,
            };
            (format!("models:/{id}"), run_id)
        }
        None => (call.fields.required("source")?, run_id),
    };
    let new = NewVersion {
        source,
        run_id,
        description: call.fields.text("description")?.unwrap_or_default(),
        tags: call.fields.by_key("tags")?,
        ..NewVersion::default()
    };
    let version = services.version_create(&call.actor, &name, new).await?;
    Ok(version_answer(&version))
}

async fn version_get(State(services): State<Services>, call: Call) -> Answer {
    Ok(version_answer(&version_of(&services, &call).await?))
}

async fn version_change(services: &Services, call: &Call, change: VersionChange) -> Result<ModelVersion, MlflowError> {
    let version = version_of(services, call).await?;
    Ok(services.version_change(&call.actor, &version.name, version.number, change).await?)
}

async fn version_update(State(services): State<Services>, call: Call) -> Answer {
    let description = call.fields.text("description")?;
    let change = VersionChange { description, ..VersionChange::default() };
    Ok(version_answer(&version_change(&services, &call, change).await?))
}

async fn version_set_tag(State(services): State<Services>, call: Call) -> Answer {
    let tag = Some((call.fields.required("key")?, Some(call.fields.text("value")?.unwrap_or_default())));
    version_change(&services, &call, VersionChange { tag, ..VersionChange::default() }).await?;
    empty()
}

async fn version_delete_tag(State(services): State<Services>, call: Call) -> Answer {
    let tag = Some((call.fields.required("key")?, None));
    version_change(&services, &call, VersionChange { tag, ..VersionChange::default() }).await?;
    empty()
}

async fn transition_stage(State(services): State<Services>, call: Call) -> Answer {
    let version = version_of(&services, &call).await?;
    let target = stage(&call.fields.required("stage")?)?;
    if call.fields.flag("archive_existing_versions")?.unwrap_or(false)
        && matches!(target, Stage::Staging | Stage::Production)
    {
        for other in services.version_list_of(&call.actor, &[version.model]).await? {
            if other.stage == target && other.number != version.number {
                let archived = VersionChange { stage: Some(Stage::Archived), ..VersionChange::default() };
                services.version_change(&call.actor, &other.name, other.number, archived).await?;
            }
        }
    }
    let change = VersionChange { stage: Some(target), ..VersionChange::default() };
    let version = services.version_change(&call.actor, &version.name, version.number, change).await?;
    Ok(version_answer(&version))
}

async fn version_delete(State(services): State<Services>, call: Call) -> Answer {
    let version = version_of(&services, &call).await?;
    services.version_delete(&call.actor, &version.name, version.number).await?;
    empty()
}

async fn download_uri(State(services): State<Services>, call: Call) -> Answer {
    let version = version_of(&services, &call).await?;
    let folder = services.artifact_folder(&version.source).await?;
    let uri = folder.map_or(version.source, |folder| artifact_uri(&folder.to_string()));
    Ok(Json(json!({ "artifact_uri": uri })))
}

fn search(call: &Call, (usual, most): (usize, usize)) -> Result<RegistrySearch, MlflowError> {
    Ok(RegistrySearch {
        filter: call.fields.text("filter")?.unwrap_or_default(),
        order_by: call.fields.texts("order_by")?,
        limit: call.fields.max_results(usual, most)?,
        page: call.fields.text("page_token")?,
    })
}

async fn model_search(State(services): State<Services>, call: Call) -> Answer {
    let page = services.model_search(&call.actor, &search(&call, MODELS)?).await?;
    let ids: Vec<ModelId> = page.items.iter().map(|model| model.id).collect();
    let versions = services.version_list_of(&call.actor, &ids).await?;
    let shown: Vec<Value> = page
        .items
        .iter()
        .map(|model| model_json(model, versions.iter().filter(|version| version.model == model.id)))
        .collect();
    Ok(Json(json!({ "registered_models": shown, "next_page_token": page.next })))
}

async fn version_search(State(services): State<Services>, call: Call) -> Answer {
    let page = services.version_search(&call.actor, &search(&call, VERSIONS)?).await?;
    let shown: Vec<Value> = page.items.iter().map(version_json).collect();
    Ok(Json(json!({ "model_versions": shown, "next_page_token": page.next })))
}
