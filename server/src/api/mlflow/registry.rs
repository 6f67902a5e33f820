//! Registered models and their versions. Whoever moves an alias or a stage here meets the same rules as everywhere: `champion` of a model that
//! serves is activated, which needs approval and a reviewer, and stages have no say in what serves.

use std::collections::BTreeMap;

use alluvium_domain::registry::{Filter, FilterError, ModelVersion, Order, RegisteredModel, Stage};
use alluvium_domain::{Actor, Problem};
use alluvium_services::Services;
use alluvium_services::registry::{ModelChange, NewModel, NewVersion, VersionChange};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::fault::Fault;
use super::fields::Asked;

/// Most results at once, and how many where the client does not say: of models, and of versions, of which the client itself asks for 10,000.
const MODELS: (i64, i64) = (1_000, 100);
const VERSIONS: (i64, i64) = (200_000, 10_000);

type Answer = Result<Json<Value>, Fault>;

/// The routes, under every version of the path that clients know.
pub(super) fn router() -> Router<Services> {
    let models = Router::new()
        .route("/create", post(model_create))
        .route("/rename", post(model_rename))
        .route("/update", axum::routing::patch(model_update))
        .route("/delete", axum::routing::delete(model_delete))
        .route("/get", get(model_get))
        .route("/search", get(model_search))
        .route("/get-latest-versions", get(latest_versions).post(latest_versions))
        .route("/set-tag", post(model_set_tag))
        .route("/delete-tag", axum::routing::delete(model_delete_tag))
        .route("/alias", get(alias_get).post(alias_set).delete(alias_delete));
    let versions = Router::new()
        .route("/create", post(version_create))
        .route("/get", get(version_get))
        .route("/update", axum::routing::patch(version_update))
        .route("/delete", axum::routing::delete(version_delete))
        .route("/search", get(version_search))
        .route("/get-download-uri", get(download_uri))
        .route("/transition-stage", post(transition_stage))
        .route("/set-tag", post(version_set_tag))
        .route("/delete-tag", axum::routing::delete(version_delete_tag));
    Router::new().nest("/api/2.0/mlflow/registered-models", models).nest("/api/2.0/mlflow/model-versions", versions)
}

fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

fn tags(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

fn version_json(version: &ModelVersion) -> Value {
    json!({
        "name": version.name,
        "version": version.number.to_string(),
        "creation_timestamp": millis(version.created_at),
        "last_updated_timestamp": millis(version.updated_at),
        "user_id": version.author.clone().unwrap_or_default(),
        "current_stage": version.stage.code(),
        "description": version.description,
        "source": version.source,
        "run_id": version.run_id.map(|run| run.simple().to_string()).unwrap_or_default(),
        "status": "READY",
        "status_message": version.approval.code(),
        "tags": tags(&version.tags),
        "aliases": version.aliases,
    })
}

/// The newest version of each of some stages, all where there are none named.
fn latest(versions: &[ModelVersion], stages: &[Stage]) -> Vec<Value> {
    let all = if stages.is_empty() { &Stage::ALL[..] } else { stages };
    let newest = |stage: &Stage| versions.iter().filter(|version| version.stage == *stage).max_by_key(|v| v.number);
    all.iter().filter_map(newest).map(version_json).collect()
}

fn model_json(model: &RegisteredModel, versions: &[ModelVersion]) -> Value {
    let aliases: Vec<Value> =
        model.aliases.iter().map(|(alias, number)| json!({ "alias": alias, "version": number.to_string() })).collect();
    json!({
        "name": model.name,
        "creation_timestamp": millis(model.created_at),
        "last_updated_timestamp": millis(model.updated_at),
        "user_id": model.created_by.clone().unwrap_or_default(),
        "description": model.description,
        "latest_versions": latest(versions, &[]),
        "tags": tags(&model.tags),
        "aliases": aliases,
    })
}

fn no_model(problem: Problem, name: &str) -> Fault {
    Fault::not_found(problem, || format!("Registered Model with name={name} not found"))
}

fn no_version(problem: Problem, name: &str, number: &str) -> Fault {
    Fault::not_found(problem, || format!("Model Version (name={name}, version={number}) not found"))
}

fn number(text: &str) -> Result<i32, Fault> {
    text.parse().map_err(|_| Fault::parameter(format!("Model version must be an integer, got '{text}'")))
}

/// The answer of what changes something and says nothing of it.
fn nothing(_: Json<Value>) -> Json<Value> {
    Json(json!({}))
}

async fn model_of(services: &Services, actor: &Actor, name: &str) -> Result<RegisteredModel, Fault> {
    services.model_get(actor, name).await.map_err(|problem| no_model(problem, name))
}

async fn version_of(services: &Services, asked: &Asked) -> Result<ModelVersion, Fault> {
    let (name, text) = (asked.text("name")?, asked.text("version")?);
    services.version_get(&asked.actor, &name, number(&text)?).await.map_err(|problem| no_version(problem, &name, &text))
}

async fn model_answer(services: &Services, actor: &Actor, model: &RegisteredModel) -> Answer {
    let versions = services.version_list(actor, Some(&model.name)).await?;
    Ok(Json(json!({ "registered_model": model_json(model, &versions) })))
}

fn version_answer(version: &ModelVersion) -> Json<Value> {
    Json(json!({ "model_version": version_json(version) }))
}

async fn model_create(State(services): State<Services>, asked: Asked) -> Answer {
    let name = asked.text("name")?;
    let description = asked.optional("description")?.unwrap_or_default();
    let new = NewModel { name: name.clone(), description, tags: asked.tags() };
    let model = services.model_create(&asked.actor, new).await?;
    model_answer(&services, &asked.actor, &model).await
}

async fn change(services: &Services, asked: &Asked, change: ModelChange) -> Answer {
    let name = asked.text("name")?;
    let model = services.model_change(&asked.actor, &name, change).await.map_err(|problem| no_model(problem, &name))?;
    model_answer(services, &asked.actor, &model).await
}

async fn model_rename(State(services): State<Services>, asked: Asked) -> Answer {
    let name = Some(asked.text("new_name")?);
    change(&services, &asked, ModelChange { name, ..ModelChange::default() }).await
}

async fn model_update(State(services): State<Services>, asked: Asked) -> Answer {
    let description = asked.optional("description")?;
    change(&services, &asked, ModelChange { description, ..ModelChange::default() }).await
}

async fn model_set_tag(State(services): State<Services>, asked: Asked) -> Answer {
    let tag = Some((asked.text("key")?, Some(asked.optional("value")?.unwrap_or_default())));
    change(&services, &asked, ModelChange { tag, ..ModelChange::default() }).await.map(nothing)
}

async fn model_delete_tag(State(services): State<Services>, asked: Asked) -> Answer {
    let tag = Some((asked.text("key")?, None));
    change(&services, &asked, ModelChange { tag, ..ModelChange::default() }).await.map(nothing)
}

async fn model_delete(State(services): State<Services>, asked: Asked) -> Answer {
    let name = asked.text("name")?;
    services.model_delete(&asked.actor, &name).await.map_err(|problem| no_model(problem, &name))?;
    Ok(Json(json!({})))
}

async fn model_get(State(services): State<Services>, asked: Asked) -> Answer {
    let model = model_of(&services, &asked.actor, &asked.text("name")?).await?;
    model_answer(&services, &asked.actor, &model).await
}

async fn latest_versions(State(services): State<Services>, asked: Asked) -> Answer {
    let model = model_of(&services, &asked.actor, &asked.text("name")?).await?;
    let mut stages = Vec::new();
    for text in asked.texts("stages") {
        stages.push(stage(&text)?);
    }
    let versions = services.version_list(&asked.actor, Some(&model.name)).await?;
    Ok(Json(json!({ "model_versions": latest(&versions, &stages) })))
}

fn stage(text: &str) -> Result<Stage, Fault> {
    text.parse().map_err(|()| {
        Fault::parameter(format!(
            "Invalid Model Version stage: {text}. Value must be one of None, Staging, Production, Archived."
        ))
    })
}

async fn alias_set(State(services): State<Services>, asked: Asked) -> Answer {
    let version = version_of(&services, &asked).await?;
    services.alias_set(&asked.actor, &version.name, &asked.text("alias")?, version.number).await?;
    Ok(Json(json!({})))
}

async fn alias_delete(State(services): State<Services>, asked: Asked) -> Answer {
    let name = asked.text("name")?;
    let alias = asked.text("alias")?;
    services.alias_delete(&asked.actor, &name, &alias).await.map_err(|problem| no_model(problem, &name))?;
    Ok(Json(json!({})))
}

async fn alias_get(State(services): State<Services>, asked: Asked) -> Answer {
    let (name, alias) = (asked.text("name")?, asked.text("alias")?);
    let model = model_of(&services, &asked.actor, &name).await?;
    let missing = || Fault::parameter(format!("Registered model alias {alias} not found."));
    let number = model.aliases.get(&alias).copied().ok_or_else(missing)?;
    let version = services.version_get(&asked.actor, &name, number).await;
    Ok(version_answer(&version.map_err(|problem| no_version(problem, &name, &number.to_string()))?))
}

async fn version_create(State(services): State<Services>, asked: Asked) -> Answer {
    let name = asked.text("name")?;
    let run_id = match asked.optional("run_id")?.filter(|run| !run.is_empty()) {
        Some(run) => {
            let wrong = |_| Fault::parameter(format!("Invalid run id '{run}'"));
            Some(run.parse().map_err(wrong)?)
        }
        None => None,
    };
    let source = match asked.optional("model_id")?.filter(|id| !id.is_empty()) {
        Some(id) => format!("models:/{id}"),
        None => asked.text("source")?,
    };
    let new = NewVersion {
        source,
        run_id,
        description: asked.optional("description")?.unwrap_or_default(),
        tags: asked.tags(),
        ..NewVersion::default()
    };
    let version =
        services.version_create(&asked.actor, &name, new).await.map_err(|problem| no_model(problem, &name))?;
    Ok(version_answer(&version))
}

async fn version_get(State(services): State<Services>, asked: Asked) -> Answer {
    Ok(version_answer(&version_of(&services, &asked).await?))
}

async fn version_change(services: &Services, asked: &Asked, change: VersionChange) -> Answer {
    let version = version_of(services, asked).await?;
    let changed = services.version_change(&asked.actor, &version.name, version.number, change).await?;
    Ok(version_answer(&changed))
}

async fn version_update(State(services): State<Services>, asked: Asked) -> Answer {
    let description = asked.optional("description")?;
    version_change(&services, &asked, VersionChange { description, ..VersionChange::default() }).await
}

async fn version_set_tag(State(services): State<Services>, asked: Asked) -> Answer {
    let tag = Some((asked.text("key")?, Some(asked.optional("value")?.unwrap_or_default())));
    version_change(&services, &asked, VersionChange { tag, ..VersionChange::default() }).await.map(nothing)
}

async fn version_delete_tag(State(services): State<Services>, asked: Asked) -> Answer {
    let tag = Some((asked.text("key")?, None));
    version_change(&services, &asked, VersionChange { tag, ..VersionChange::default() }).await.map(nothing)
}

async fn transition_stage(State(services): State<Services>, asked: Asked) -> Answer {
    let version = version_of(&services, &asked).await?;
    let target = stage(&asked.text("stage")?)?;
    if asked.flag("archive_existing_versions") && matches!(target, Stage::Staging | Stage::Production) {
        for other in services.version_list(&asked.actor, Some(&version.name)).await? {
            if other.stage == target && other.number != version.number {
                let archived = VersionChange { stage: Some(Stage::Archived), ..VersionChange::default() };
                services.version_change(&asked.actor, &other.name, other.number, archived).await?;
            }
        }
    }
    version_change(&services, &asked, VersionChange { stage: Some(target), ..VersionChange::default() }).await
}

async fn version_delete(State(services): State<Services>, asked: Asked) -> Answer {
    let version = version_of(&services, &asked).await?;
    services.version_delete(&asked.actor, &version.name, version.number).await?;
    Ok(Json(json!({})))
}

async fn download_uri(State(services): State<Services>, asked: Asked) -> Answer {
    let version = version_of(&services, &asked).await?;
    let folder = services.version_artifacts(&version).await?;
    let uri = folder.map_or(version.source, |folder| format!("mlflow-artifacts:/{}", folder.trim_end_matches('/')));
    Ok(Json(json!({ "artifact_uri": uri })))
}

fn unread(error: FilterError) -> Fault {
    Fault::parameter(error.to_string())
}

/// Sorts, cuts a page out and says where the next one begins.
fn page<T>(
    asked: &Asked,
    mut all: Vec<T>,
    (largest, usual): (i64, i64),
    keys: &[&str],
    value: impl Fn(&T, &str) -> (i64, String),
) -> Result<(Vec<T>, Option<String>), Fault> {
    let orders = asked.texts("order_by").iter().map(|text| Order::parse(text, keys)).collect::<Result<Vec<_>, _>>();
    let orders = orders.map_err(unread)?;
    all.sort_by(|a, b| {
        orders.iter().fold(std::cmp::Ordering::Equal, |so_far, order| {
            so_far.then_with(|| {
                let ordering = value(a, &order.key).cmp(&value(b, &order.key));
                if order.descending { ordering.reverse() } else { ordering }
            })
        })
    });
    let most = asked.number("max_results")?.unwrap_or(usual);
    if !(1..=largest).contains(&most) {
        return Err(Fault::parameter(format!(
            "Invalid value for max_results. It must be at least 1 and at most {largest}, but got value {most}"
        )));
    }
    let from = match asked.optional("page_token")?.filter(|token| !token.is_empty()) {
        Some(token) => token.parse::<usize>().map_err(|_| Fault::parameter("Invalid page_token"))?,
        None => 0,
    };
    let most = usize::try_from(most).unwrap_or_default();
    let next = (from.saturating_add(most) < all.len()).then(|| (from + most).to_string());
    Ok((all.into_iter().skip(from).take(most).collect(), next))
}

async fn model_search(State(services): State<Services>, asked: Asked) -> Answer {
    let filter = Filter::parse(&asked.optional("filter")?.unwrap_or_default(), &["name"]).map_err(unread)?;
    let mut models = services.model_list(&asked.actor).await?;
    models.retain(|model| filter.matches(|key| (key == "name").then(|| model.name.clone()), &model.tags));
    let keys = ["name", "timestamp", "creation_timestamp", "last_updated_timestamp"];
    let (models, next) = page(&asked, models, MODELS, &keys, |model, key| match key {
        "name" => (0, model.name.clone()),
        "creation_timestamp" => (millis(model.created_at), String::new()),
        _ => (millis(model.updated_at), String::new()),
    })?;
    let versions = services.version_list(&asked.actor, None).await?;
    let shown: Vec<Value> = models
        .iter()
        .map(|model| {
            let own: Vec<ModelVersion> = versions.iter().filter(|version| version.model == model.id).cloned().collect();
            model_json(model, &own)
        })
        .collect();
    Ok(Json(json!({ "registered_models": shown, "next_page_token": next })))
}

async fn version_search(State(services): State<Services>, asked: Asked) -> Answer {
    let attributes = ["name", "run_id", "source_path", "version_number"];
    let filter = Filter::parse(&asked.optional("filter")?.unwrap_or_default(), &attributes).map_err(unread)?;
    let mut versions = services.version_list(&asked.actor, None).await?;
    versions.retain(|version| {
        let attribute = |key: &str| match key {
            "name" => Some(version.name.clone()),
            "run_id" => version.run_id.map(|run| run.simple().to_string()),
            "source_path" => Some(version.source.clone()),
            _ => Some(version.number.to_string()),
        };
        filter.matches(attribute, &version.tags)
    });
    let keys = ["name", "version_number", "creation_timestamp", "last_updated_timestamp"];
    let (versions, next) = page(&asked, versions, VERSIONS, &keys, |version, key| match key {
        "name" => (0, version.name.clone()),
        "version_number" => (version.number.into(), String::new()),
        "creation_timestamp" => (millis(version.created_at), String::new()),
        _ => (millis(version.updated_at), String::new()),
    })?;
    let shown: Vec<Value> = versions.iter().map(version_json).collect();
    Ok(Json(json!({ "model_versions": shown, "next_page_token": next })))
}
