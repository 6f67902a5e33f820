//! Writing: new models, and commits that make versions.

use alluvium_app::Origin;
use alluvium_domain::registry::ModelVersion;
use alluvium_domain::{Action, Actor, Lang, Problem, ProblemKind};
use alluvium_services::Services;
use alluvium_services::registry::{Commit, CommitFile, NewModel};
use axum::body::Body as RequestBody;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Fault;
use super::large::{TOGETHER, is_large};
use super::read::{Asked, file_json, version_of};
use super::{COMMIT_LIMIT, FORM_LIMIT};
use crate::api::extract::{Body, Path, Who};

/// A model to be made.
#[derive(Deserialize)]
pub(super) struct CreateRequest {
    name: String,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

impl CreateRequest {
    /// The whole name: without an owner, that of the person.
    fn name(&self, actor: &Actor) -> Result<String, Problem> {
        if self.kind.as_deref().is_some_and(|kind| kind != "model") {
            return Err(Problem::refused("type", "这里只有模型", "there are models only"));
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
    Path(rest): Path<String>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    uri: http::Uri,
    body: RequestBody,
) -> Result<Json<Value>, Fault> {
    let Asked { name, what } = Asked::parse(&rest);
    let what: Vec<&str> = what.iter().map(String::as_str).collect();
    // Nobody makes us read a large body who may not write.
    let writes = matches!(what.first(), Some(&("preupload" | "commit")));
    if writes {
        actor.may(Action::Write)?;
    }
    let limit = if writes { COMMIT_LIMIT } else { FORM_LIMIT };
    let body = axum::body::to_bytes(body, limit).await;
    let body = body.map_err(|error| Fault::malformed(format!("the body ({limit} bytes at most): {error}")))?;
    match what.as_slice() {
        ["paths-info", revision @ ..] => {
            paths_info(&services, &actor, &name, &revision.join("/"), &headers, &body).await
        }
        ["preupload", _] => preupload(&services, &actor, &name, &body).await,
        ["commit", "main"] if uri.query().is_some_and(|query| query.contains("create_pr=1")) => {
            Err(Fault::malformed("there are no pull requests: a commit makes a draft, which a reviewer approves"))
        }
        ["commit", "main"] => commit(&services, &actor, &name, &origin, &body).await,
        ["commit", _] => Err(Fault::malformed("commits go to main; versions that are there never change")),
        _ => Err(Problem::not_found().into()),
    }
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
        }
        serde_json::from_slice::<Request>(body).map_err(|error| wrong(error.to_string()))?.paths
    } else {
        let uri: http::Uri =
            format!("/?{}", String::from_utf8_lossy(body)).parse().map_err(|_| wrong("no form".to_owned()))?;
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri)
            .map_err(|error| wrong(error.to_string()))?;
        pairs.0.into_iter().filter(|(key, _)| key == "paths").map(|(_, path)| path).collect()
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
    let (_, main) = version_of(services, actor, name, "main").await?;
    let mut together = 0_u64;
    let files = request.files.into_iter().map(|file| {
        together = together.saturating_add(file.size);
        let mode = if is_large(file.size) || together > TOGETHER { "lfs" } else { "regular" };
        json!({ "path": file.path, "uploadMode": mode, "shouldIgnore": false, "oid": null })
    });
    Ok(Json(json!({ "files": files.collect::<Vec<_>>(), "commitOid": main.as_ref().map(ModelVersion::commit) })))
}

#[derive(Deserialize)]
#[serde(tag = "key", content = "value", rename_all = "camelCase")]
enum Line {
    #[serde(rename_all = "camelCase")]
    Header {
        #[serde(default)]
        summary: String,
        #[serde(default)]
        description: String,
        #[serde(default)]
        parent_commit: Option<String>,
    },
    File {
        path: String,
        content: String,
        #[serde(default)]
        encoding: Option<String>,
    },
    LfsFile {
        path: String,
        oid: String,
        size: i64,
    },
    DeletedFile {
        path: String,
    },
    DeletedFolder {
        path: String,
    },
}

fn commit_of(body: &[u8]) -> Result<Commit, String> {
    let mut commit = Commit::default();
    for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let wrong = |error: String| format!("line {}: {error}", number + 1);
        match serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))? {
            Line::Header { summary, description, parent_commit } => {
                commit.summary = summary;
                commit.description = description;
                commit.parent = parent_commit;
            }
            Line::File { path, content, encoding } => {
                let bytes = match encoding.as_deref() {
                    Some("base64") => STANDARD.decode(content).map_err(|error| wrong(error.to_string()))?,
                    None | Some("utf-8") => content.into_bytes(),
                    Some(other) => return Err(wrong(format!("unknown encoding {other}"))),
                };
                commit.files.push((path, CommitFile::Bytes(bytes)));
            }
            Line::LfsFile { path, oid, size } => {
                let sha256 = oid.parse().map_err(|()| wrong("oid is no SHA-256".to_owned()))?;
                commit.files.push((path, CommitFile::Kept { sha256, size }));
            }
            Line::DeletedFile { path } => commit.deleted.push(path),
            Line::DeletedFolder { path } => commit.deleted.push(format!("{}/", path.trim_end_matches('/'))),
        }
    }
    Ok(commit)
}

/// Makes the next version.
async fn commit(
    services: &Services,
    actor: &Actor,
    name: &str,
    origin: &Origin,
    body: &[u8],
) -> Result<Json<Value>, Fault> {
    let commit = commit_of(body).map_err(Fault::malformed)?;
    services.model_get(actor, name).await.map_err(Fault::repository)?;
    let version = services.commit(actor, name, commit).await?;
    let oid = version.commit();
    let url = format!("{origin}/{name}/commit/{oid}");
    Ok(Json(json!({ "success": true, "commitOid": oid, "commitUrl": url, "hookOutput": "" })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_read_line_by_line() {
        let body = concat!(
            r#"{"key":"header","value":{"summary":"s","description":"d","parentCommit":null}}"#,
            "\n",
            r#"{"key":"file","value":{"content":"aGk=","path":"a","encoding":"base64"}}"#,
            "\n",
            r#"{"key":"deletedFolder","value":{"path":"old"}}"#,
            "\n"
        );
        let commit = commit_of(body.as_bytes()).unwrap();
        assert_eq!((commit.summary.as_str(), commit.deleted.as_slice()), ("s", &["old/".to_owned()][..]));
        assert!(matches!(&commit.files[..], [(path, CommitFile::Bytes(bytes))] if path == "a" && bytes == b"hi"));
        for wrong in [
            r#"{"key":"file","value":{"content":"?","path":"a","encoding":"base64"}}"#,
            r#"{"key":"lfsFile","value":{"path":"a","algo":"sha256","oid":"12","size":1}}"#,
            r#"{"key":"copyFile","value":{"path":"a"}}"#,
            "not json",
        ] {
            assert!(commit_of(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
