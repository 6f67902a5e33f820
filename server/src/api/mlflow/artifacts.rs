//! `/api/2.0/mlflow-artifacts`: files of runs and logged models, streamed to and from the disk.

use alluvium_services::Services;
use alluvium_services::tracking::ArtifactPath;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use tokio_util::io::StreamReader;

use super::{Answer, Call, MlflowError, empty, wire};
use crate::api::extract::actor;
use crate::api::file_body;

/// Files and folders at `path`, which clients always send.
pub(super) async fn list(State(services): State<Services>, call: Call) -> Answer {
    let path = ArtifactPath::parse(&call.fields.required("path")?)?;
    let entries = services.artifact_list(&call.actor, &path).await?;
    Ok(Json(json!({ "files": wire::files("", &entries) })))
}

/// Files and folders of a run, by a path below its own folder.
pub(super) async fn list_of_run(State(services): State<Services>, call: Call) -> Answer {
    let run = services.run_get(&call.actor, call.run()?).await?;
    below(&services, &call, &run.artifact_root(), "path").await
}

/// Files and folders below a root; `field` holds the path from there.
pub(super) async fn below(services: &Services, call: &Call, root: &str, field: &str) -> Answer {
    let below = call.fields.text(field)?.unwrap_or_default();
    let folder = if below.is_empty() { root.to_owned() } else { format!("{root}/{below}") };
    let entries = services.artifact_list(&call.actor, &ArtifactPath::parse(&folder)?).await?;
    Ok(Json(json!({ "root_uri": wire::artifact_uri(root), "files": wire::files(&below, &entries) })))
}

/// Takes a file in, as it comes.
pub(super) async fn upload(State(services): State<Services>, Path(path): Path<String>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let actor = actor(&parts, &services).await?;
    let path = ArtifactPath::parse(&path)?;
    services.upload_check(announced(&parts.headers).unwrap_or(0))?;
    let stream = body.into_data_stream().map_err(std::io::Error::other);
    services.artifact_put(&actor, &path, StreamReader::new(stream)).await?;
    empty()
}

/// The size that a client says a body has.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Gives a file out. Never as something that a browser would show: what a program uploaded may be a page with scripts.
pub(super) async fn download(
    State(services): State<Services>,
    Path(path): Path<String>,
    call: Call,
) -> Result<Response, MlflowError> {
    let path = ArtifactPath::parse(&path)?;
    let (file, size) = services.artifact_open(&call.actor, &path).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_LENGTH, HeaderValue::from(size)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, file_body(file)).into_response())
}

/// Removes a file or a folder.
pub(super) async fn remove(State(services): State<Services>, Path(path): Path<String>, call: Call) -> Answer {
    services.artifact_remove(&call.actor, &ArtifactPath::parse(&path)?).await?;
    empty()
}

/// Uploads in parts go to other programs' storage; clients upload at once where there is none.
pub(super) async fn multipart() -> MlflowError {
    not_supported("Multipart upload is not supported for the current artifact repository")
}

/// The same of addresses that are signed in advance.
pub(super) async fn presigned() -> MlflowError {
    not_supported("Presigned download is not supported for the current artifact repository")
}

fn not_supported(message: &str) -> MlflowError {
    MlflowError::new(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", message)
}
