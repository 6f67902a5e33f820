//! Registered models, their versions, approval, and what serves.

use std::collections::BTreeMap;

use alluvium_domain::registry::{Act, Decision, ModelFile, ModelVersion, RegisteredModel};
use alluvium_domain::tracking::RunId;
use alluvium_services::Services;
use alluvium_services::registry::{NewModel, NewVersion, ServingPlace};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Path, Who};
use crate::problem::{ApiError, ProblemBody};

/// All models.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelsBody {
    /// By name.
    models: Vec<RegisteredModel>,
}

/// Lists the registered models by name.
#[utoipa::path(get, path = "/api/v1/models", tag = "models", responses(
    (status = 200, body = ModelsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(State(services): State<Services>, Who(actor): Who) -> Result<Json<ModelsBody>, ApiError> {
    Ok(Json(ModelsBody { models: services.model_list(&actor).await? }))
}

/// A model to be registered.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ModelRequest {
    /// A name, or `namespace/name`.
    name: String,
    /// In Markdown.
    #[serde(default)]
    description: String,
    /// Keys and values.
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

/// Registers a model.
#[utoipa::path(post, path = "/api/v1/models", tag = "models", request_body = ModelRequest, security(("token" = [])), responses(
    (status = 201, body = RegisteredModel),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn create(
    State(services): State<Services>,
    Who(actor): Who,
    Body(request): Body<ModelRequest>,
) -> Result<(StatusCode, Json<RegisteredModel>), ApiError> {
    let new = NewModel { name: request.name, description: request.description, tags: request.tags };
    Ok((StatusCode::CREATED, Json(services.model_create(&actor, new).await?)))
}

/// One model. A `/` in its name is written `%2F`.
#[utoipa::path(get, path = "/api/v1/models/{name}", tag = "models", params(("name" = String, Path, description = "Name")), responses(
    (status = 200, body = RegisteredModel),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn get(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
) -> Result<Json<RegisteredModel>, ApiError> {
    Ok(Json(services.model_get(&actor, &name).await?))
}

/// A model's card.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CardRequest {
    /// Slug of an entry of kind model; null for none.
    card: Option<String>,
}

/// Binds a model to the entry that is its card. An entry is the card of one model.
#[utoipa::path(put, path = "/api/v1/models/{name}/card", tag = "models", request_body = CardRequest,
    params(("name" = String, Path, description = "Name")), security(("token" = [])), responses(
    (status = 200, body = RegisteredModel),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn card(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
    Body(request): Body<CardRequest>,
) -> Result<Json<RegisteredModel>, ApiError> {
    Ok(Json(services.model_card_set(&actor, &name, request.card.as_deref()).await?))
}

/// Versions of a model.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionsBody {
    /// Newest first; those that are not approved show to authors.
    versions: Vec<ModelVersion>,
}

/// Lists the versions of a model, newest first.
#[utoipa::path(get, path = "/api/v1/models/{name}/versions", tag = "models", params(("name" = String, Path, description = "Name")), responses(
    (status = 200, body = VersionsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn versions(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
) -> Result<Json<VersionsBody>, ApiError> {
    Ok(Json(VersionsBody { versions: services.version_list(&actor, &name).await? }))
}

/// A version to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct VersionRequest {
    /// Where its files are from: `runs:/RUN/path`, `models:/m-...`, `mlflow-artifacts:/path`, or an address elsewhere, from which nothing is fetched.
    source: String,
    /// The run that made it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    run_id: Option<RunId>,
    /// Number of the version that it was trained on from.
    #[serde(default)]
    parent: Option<i32>,
    /// In Markdown.
    #[serde(default)]
    description: String,
    /// Keys and values.
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

/// Makes a version with the files that its source holds now. Weights are checked; the version is a draft.
#[utoipa::path(post, path = "/api/v1/models/{name}/versions", tag = "models", request_body = VersionRequest,
    params(("name" = String, Path, description = "Name")), security(("token" = [])), responses(
    (status = 201, body = ModelVersion),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn version_create(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
    Body(request): Body<VersionRequest>,
) -> Result<(StatusCode, Json<ModelVersion>), ApiError> {
    let VersionRequest { source, run_id, parent, description, tags } = request;
    let new = NewVersion { source, run_id, parent, description, tags };
    Ok((StatusCode::CREATED, Json(services.version_create(&actor, &name, new).await?)))
}

/// A version with its files.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionBody {
    /// The version.
    #[serde(flatten)]
    version: ModelVersion,
    /// By path.
    files: Vec<ModelFile>,
}

/// One version with its files, by number.
#[utoipa::path(get, path = "/api/v1/models/{name}/versions/{number}", tag = "models", params(
    ("name" = String, Path, description = "Name"), ("number" = i32, Path, description = "From 1"),
), responses(
    (status = 200, body = VersionBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn version(
    State(services): State<Services>,
    Who(actor): Who,
    Path((name, number)): Path<(String, i32)>,
) -> Result<Json<VersionBody>, ApiError> {
    let version = services.version_get(&actor, &name, number).await?;
    let files = services.version_files(&actor, &version).await?;
    Ok(Json(VersionBody { version, files }))
}

/// What is to happen to a version.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ActRequest {
    /// `request`, `approve`, `reject`, `withdraw` or `activate`.
    act: Act,
    /// Why; needed to reject.
    #[serde(default)]
    reason: String,
}

/// Asks for approval (the automatic checks run before the answer), approves, rejects, withdraws, or activates a version.
///
/// Nobody approves or rejects a version of their own. An approved version that is activated serves when the answer arrives; one that fails its
/// self-check on load is not activated.
#[utoipa::path(post, path = "/api/v1/models/{name}/versions/{number}/acts", tag = "models", request_body = ActRequest, params(
    ("name" = String, Path, description = "Name"), ("number" = i32, Path, description = "From 1"),
), security(("token" = [])), responses(
    (status = 200, body = ModelVersion),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn act(
    State(services): State<Services>,
    Who(actor): Who,
    Path((name, number)): Path<(String, i32)>,
    Body(request): Body<ActRequest>,
) -> Result<Json<ModelVersion>, ApiError> {
    Ok(Json(services.version_act(&actor, &name, number, request.act, &request.reason).await?))
}

/// Why something is done.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ReasonRequest {
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Makes the champion before this one the champion again, in one step. The answer is that version.
#[utoipa::path(post, path = "/api/v1/models/{name}/roll-back", tag = "models", request_body = ReasonRequest,
    params(("name" = String, Path, description = "Name")), security(("token" = [])), responses(
    (status = 200, body = ModelVersion),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn roll_back(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
    Body(request): Body<ReasonRequest>,
) -> Result<Json<ModelVersion>, ApiError> {
    Ok(Json(services.model_roll_back(&actor, &name, &request.reason).await?))
}

/// What was decided about the versions of a model.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecisionsBody {
    /// In the order of time.
    decisions: Vec<Decision>,
}

/// Lists what was asked, checked and decided about the versions of a model, with the reports of the automatic checks.
#[utoipa::path(get, path = "/api/v1/models/{name}/decisions", tag = "models", params(("name" = String, Path, description = "Name")), responses(
    (status = 200, body = DecisionsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn decisions(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
) -> Result<Json<DecisionsBody>, ApiError> {
    Ok(Json(DecisionsBody { decisions: services.decision_list(&actor, &name).await? }))
}

/// Where an alias is to point.
#[derive(Deserialize, ToSchema)]
pub(crate) struct AliasRequest {
    /// Number of the version.
    version: i32,
}

/// Points an alias to a version. `champion` of a model that serves is activation: it needs approval and a reviewer.
#[utoipa::path(put, path = "/api/v1/models/{name}/aliases/{alias}", tag = "models", request_body = AliasRequest, params(
    ("name" = String, Path, description = "Name"), ("alias" = String, Path, description = "Alias"),
), security(("token" = [])), responses(
    (status = 200, body = RegisteredModel),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn alias_set(
    State(services): State<Services>,
    Who(actor): Who,
    Path((name, alias)): Path<(String, String)>,
    Body(request): Body<AliasRequest>,
) -> Result<Json<RegisteredModel>, ApiError> {
    Ok(Json(services.alias_set(&actor, &name, &alias, request.version).await?))
}

/// Takes an alias away.
#[utoipa::path(delete, path = "/api/v1/models/{name}/aliases/{alias}", tag = "models", params(
    ("name" = String, Path, description = "Name"), ("alias" = String, Path, description = "Alias"),
), security(("token" = [])), responses(
    (status = 200, body = RegisteredModel),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn alias_delete(
    State(services): State<Services>,
    Who(actor): Who,
    Path((name, alias)): Path<(String, String)>,
) -> Result<Json<RegisteredModel>, ApiError> {
    Ok(Json(services.alias_delete(&actor, &name, &alias).await?))
}

/// What serves where.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServingBody {
    /// By place.
    places: Vec<PlaceBody>,
}

/// A place and its champion.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaceBody {
    /// The place, e.g. `recommend:demo`.
    place: String,
    /// Name of the model.
    model: String,
    /// Number of the champion.
    version: i32,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    since: time::OffsetDateTime,
    /// Who activated it; none for the program itself.
    activated_by: Option<String>,
    /// Who approved it; none for the program itself.
    approved_by: Option<String>,
    /// Whether this process answers with it now; false as well where nobody has asked yet.
    loaded: bool,
    /// Why this process does not answer with it.
    refused: Option<String>,
}

impl From<ServingPlace> for PlaceBody {
    fn from(place: ServingPlace) -> Self {
        let ServingPlace { row, loaded, refused } = place;
        PlaceBody {
            loaded: loaded == Some(row.version),
            place: row.serves,
            model: row.model,
            version: row.number,
            since: row.since,
            activated_by: row.activated_by,
            approved_by: row.approved_by,
            refused,
        }
    }
}

/// Lists what serves where, since when and by whose word. For authors.
#[utoipa::path(get, path = "/api/v1/serving", tag = "models", security(("token" = [])), responses(
    (status = 200, body = ServingBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn serving(State(services): State<Services>, Who(actor): Who) -> Result<Json<ServingBody>, ApiError> {
    let places = services.serving_list(&actor).await?;
    Ok(Json(ServingBody { places: places.into_iter().map(PlaceBody::from).collect() }))
}
