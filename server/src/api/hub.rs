//! The API of model hubs, on its own paths: what `huggingface_hub`, and everything that loads by it, asks for. A repository is a registered
//! model; a commit is a version, which is a draft until a reviewer has approved it.

mod commit;
mod fault;
mod files;
mod large;
mod other;
mod query;
mod read;
mod write;

use std::time::Duration;

use alluvium_services::Services;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, delete, get, post, put};
use time::OffsetDateTime;
use time::macros::format_description;

pub(super) use large::Grants;

/// Largest commit, in bytes: files that come with it are in base64. Larger ones are uploaded before.
const COMMIT_LIMIT: usize = 192 * 1024 * 1024;
/// Longest line of a commit, in bytes: a file that comes with it, in base64.
const MAX_LINE: usize = 48 * 1024 * 1024;
/// So long a commit may take to come.
const COMMIT_TIME: Duration = Duration::from_secs(1_800);
/// Largest other request, in bytes.
const FORM_LIMIT: usize = 2 * 1024 * 1024;

/// The routes that take part in the limit on the time of a request.
pub(super) fn router() -> Router<Services> {
    Router::new()
        .route("/api/whoami-v2", get(read::who_am_i))
        .route("/api/models", get(read::list))
        .route("/api/models/{*rest}", get(read::one))
        .route("/api/repos/create", post(write::create))
        .route("/api/repos/delete", delete(write::delete))
        .route("/api/validate-yaml", post(write::validate))
        .route("/api/datasets", get(other::none))
        .route("/api/spaces", get(other::none))
        .route("/api/datasets/{*rest}", any(other::repository))
        .route("/api/spaces/{*rest}", any(other::repository))
        .route("/datasets/{name}/resolve/{*rest}", any(other::repository))
        .route("/datasets/{owner}/{name}/resolve/{*rest}", any(other::repository))
        .route("/spaces/{name}/resolve/{*rest}", any(other::repository))
        .route("/spaces/{owner}/{name}/resolve/{*rest}", any(other::repository))
}

/// The routes that move files, which may take longer than any other request.
pub(super) fn streams() -> Router<Services> {
    let grants = Grants::default();
    Router::new()
        .route("/api/models/{*rest}", post(write::one))
        .route("/{owner}/resolve/{revision}/{*path}", get(files::resolve_plain))
        .route("/{owner}/{name}/resolve/{revision}/{*path}", get(files::resolve))
        .route("/{owner}/info/lfs/objects/batch", post(large::batch_plain))
        .route("/{owner}/{name}/info/lfs/objects/batch", post(large::batch))
        .route("/api/hub/objects/{oid}", put(large::put).layer(DefaultBodyLimit::disable()))
        .layer(axum::Extension(grants))
}

/// A time as hubs write it.
fn moment(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.to_offset(time::UtcOffset::UTC).format(form).unwrap_or_default()
}
