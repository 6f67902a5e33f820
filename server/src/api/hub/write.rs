//! Writing: new models, and commits that make versions.

use alluvium_app::Origin;
use alluvium_domain::registry::ModelVersion;
use alluvium_domain::{Action, Actor, Lang, Problem, ProblemKind};
use alluvium_services::Services;
use alluvium_services::registry::{MAIN, NewModel, main_version};
use axum::body::Body as RequestBody;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Fault;
use super::large::{TOGETHER, is_large};
use super::query::{Parameters, refused};
use super::read::{Asked, file_json, version_of};
use super::{FORM_LIMIT, commit};
use crate::api::extract::{Body, Who};

/// A model to be made.
#[derive(Deserialize)]
pub(super) struct CreateRequest {
    name: String,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    private: Option<bool>,
    #[serde(default)]
    visibility: Option<String>,
    /// What else was sent.
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

impl CreateRequest {
    /// The whole name: without an owner, that of the person.
    fn name(&self, actor: &Actor) -> Result<String, Problem> {
        if self.kind.as_deref().is_some_and(|kind| kind != "model") {
            return Err(Problem::refused("type", "这里只有模型", "there are models only"));
        }
        let hidden = self.visibility.as_deref().filter(|visibility| *visibility != "public");
        if self.private == Some(true) || hidden.is_some() {
            let field = if hidden.is_some() { "visibility" } else { "private" };
            return Err(Problem::refused(
                field,
                "没有私有（private）模型：名称人人可见，文件在批准之前只有作者可见",
                "there are no private models: everybody sees the name, and authors alone the files until a version is approved",
            ));
        }
        let is_asked = |value: &Value| !matches!(value, Value::Null | Value::Bool(false)) && value != "";
        if let Some((name, _)) = self.others.iter().find(|(_, value)| is_asked(value)) {
            return Err(Problem::refused(name.clone(), "不支持这个参数", "this parameter is not supported"));
        }
        let own = actor.user.as_ref().map(|user| user.name.clone());
        let owner = self.organization.clone().filter(|owner| !owner.is_empty()).or(own);
        match owner {
            Some(owner) if !self.name.contains('/') => Ok(format!("{owner}/{}", self.name)),
            _ => Ok(self.name.clone()),
        }
    }
}

/// Registers a model.
pub(super) async fn create(
    State(services): State<Services>,
    Who(actor): Who,
    Extension(origin): Extension<Origin>,
    Body(request): Body<CreateRequest>,
) -> Result<Response, Fault> {
    let name = request.name(&actor)?;
    let url = format!("{origin}/{name}");
    let new = NewModel { name: name.clone(), ..NewModel::default() };
    match services.model_create(&actor, new).await {
        Ok(model) => {
            let id = format!("{:024x}", model.id.0);
            Ok(Json(json!({ "url": url, "name": name, "id": id })).into_response())
        }
        // Who does not mind that it is there reads its address from the refusal.
        Err(problem) if problem.kind == ProblemKind::Conflict => {
            let body = json!({ "error": problem.detail(Lang::En), "url": url, "name": name });
            Ok((StatusCode::CONFLICT, Json(body)).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Removes a model about whose versions nothing was decided.
pub(super) async fn delete(
    State(services): State<Services>,
    Who(actor): Who,
    Body(request): Body<CreateRequest>,
) -> Result<Json<Value>, Fault> {
    services.model_delete(&actor, &request.name(&actor)?).await.map_err(Fault::repository)?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
pub(super) struct ValidateRequest {
    content: String,
}

/// Says what is wrong with the metadata of a card.
pub(super) async fn validate(
    State(services): State<Services>,
    Who(actor): Who,
    Body(request): Body<ValidateRequest>,
) -> Result<(StatusCode, Json<Value>), Fault> {
    Ok(match services.card_problem(&actor, request.content).await? {
        None => (StatusCode::OK, Json(json!({ "errors": [], "warnings": [] }))),
        Some(message) => (
            StatusCode::BAD_REQUEST,
            Json(json!({ "errors": [{ "message": message }], "warnings": [], "error": message })),
        ),
    })
}

/// Everything that is asked of one model with POST.
pub(super) async fn one(
    State(services): State<Services>,
    Who(actor): Who,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    uri: http::Uri,
    body: RequestBody,
) -> Result<Json<Value>, Fault> {
    let Asked { name, what } = Asked::parse(&uri);
    let what: Vec<&str> = what.iter().map(String::as_str).collect();
    // Nobody makes us read a large body who may not write.
    if let Some(&("preupload" | "commit")) = what.first() {
        actor.may(Action::Write)?;
    }
    if uri.query().is_some_and(|query| query.contains("create_pr=1")) {
        return Err(Fault::malformed("there are no pull requests: a commit makes a draft, which a reviewer approves"));
    }
    if let ["commit", revision @ ..] = what.as_slice()
        && is_main(revision)
    {
        return commit::make(&services, &actor, &name, &origin, body).await;
    }
    let body = axum::body::to_bytes(body, FORM_LIMIT).await;
    let body = body.map_err(|error| Fault::malformed(format!("the body ({FORM_LIMIT} bytes at most): {error}")))?;
    match what.as_slice() {
        ["paths-info", revision @ ..] => {
            paths_info(&services, &actor, &name, &revision.join("/"), &headers, &body).await
        }
        ["preupload", revision @ ..] if is_main(revision) => preupload(&services, &actor, &name, &body).await,
        ["preupload" | "commit", revision @ ..] => {
            version_of(&services, &actor, &name, &revision.join("/")).await?;
            Err(Fault::malformed("commits go to main; versions that are there never change"))
        }
        _ => Err(Problem::not_found().into()),
    }
}

fn is_main(revision: &[&str]) -> bool {
    matches!(revision.join("/").as_str(), MAIN | "refs/heads/main")
}

/// Files and folders that are named in a form or in JSON.
async fn paths_info(
    services: &Services,
    actor: &Actor,
    name: &str,
    revision: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Json<Value>, Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wrong = |error: String| Fault::malformed(format!("paths: {error}"));
    let paths: Vec<String> = if kind.starts_with("application/json") {
        #[derive(Deserialize)]
        struct Request {
            paths: Vec<String>,
            #[serde(default)]
            expand: bool,
        }
        let request: Request = serde_json::from_slice(body).map_err(|error| wrong(error.to_string()))?;
        if request.expand {
            return Err(refused("expand", "there is nothing more to say of a file"));
        }
        request.paths
    } else {
        let uri: http::Uri =
            format!("/?{}", String::from_utf8_lossy(body)).parse().map_err(|_| wrong("no form".to_owned()))?;
        Parameters::of(&uri, &["paths"])?.all("paths").map(str::to_owned).collect()
    };
    let (_, version) = version_of(services, actor, name, revision).await?;
    let files = match &version {
        Some(version) => services.version_files(actor, version).await?,
        None => Vec::new(),
    };
    let mut shown = Vec::new();
    for path in paths {
        let path = path.trim_end_matches('/');
        if let Some(file) = files.iter().find(|file| file.path == path) {
            shown.push(file_json(file));
        } else if files.iter().any(|file| file.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))) {
            shown.push(json!({ "type": "directory", "path": path, "size": 0, "oid": "0".repeat(40) }));
        }
    }
    Ok(Json(shown.into()))
}

/// Which files come with the commit and which are uploaded before.
async fn preupload(services: &Services, actor: &Actor, name: &str, body: &[u8]) -> Result<Json<Value>, Fault> {
    #[derive(Deserialize)]
    struct Request {
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        path: String,
        size: u64,
    }
    let request: Request = serde_json::from_slice(body).map_err(|error| Fault::malformed(error.to_string()))?;
    let model = services.model_get(actor, name).await.map_err(Fault::repository)?;
    let versions = services.version_list_of(actor, &[model.id]).await?;
    let main = main_version(actor, versions.iter());
    let mut together = 0_u64;
    let files = request.files.into_iter().map(|file| {
        together = together.saturating_add(file.size);
        let mode = if is_large(file.size) || together > TOGETHER { "lfs" } else { "regular" };
        json!({ "path": file.path, "uploadMode": mode, "shouldIgnore": false, "oid": null })
    });
    Ok(Json(json!({ "files": files.collect::<Vec<_>>(), "commitOid": main.map(ModelVersion::commit) })))
}
