//! Large files: uploaded before the commit that names them, to an address that lets exactly this file in for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use alluvium_app::Origin;
use alluvium_domain::registry::FileHash;
use alluvium_domain::{Action, Actor, Issue, Problem, ProblemKind};
use alluvium_services::Services;
use axum::body::Body as RequestBody;
use axum::extract::State;
use axum::{Extension, Json};
use futures_util::TryStreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::io::StreamReader;

use super::fault::Fault;
use crate::api::extract::{Body, Path, Query, Who};

/// From this size on a file is uploaded before the commit. The client's default way for these is Xet, a store of chunks that only the makers' hub has;
/// `HF_HUB_DISABLE_XET=1` makes it take this one. So the size is as large as a commit can carry well.
const LARGE: u64 = 32 * 1024 * 1024;
/// Files that come with one commit may have so many bytes together.
pub(super) const TOGETHER: u64 = 128 * 1024 * 1024;
/// So long an address is good.
const GOOD: Duration = Duration::from_secs(3_600);
/// Most addresses that are good at once.
const MOST: usize = 100_000;

/// Whether a file does not come with the commit.
pub(super) fn is_large(size: u64) -> bool {
    size >= LARGE
}

/// The addresses that were given out: the client sends no token to them. They are this process's own; after a restart the client asks again.
#[derive(Clone, Default)]
pub(in crate::api) struct Grants(Arc<Mutex<HashMap<String, Grant>>>);

#[derive(Clone)]
struct Grant {
    actor: Actor,
    sha256: FileHash,
    size: u64,
    until: Instant,
}

impl Grants {
    fn give(&self, grant: Grant) -> Result<String, Problem> {
        // Version 4: 122 random bits.
        let secret = uuid::Uuid::new_v4().simple().to_string();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        all.retain(|_, grant| grant.until > now);
        if all.len() >= MOST {
            return Err(Problem::new(ProblemKind::Overloaded));
        }
        all.insert(secret.clone(), grant);
        Ok(secret)
    }

    fn take(&self, secret: &str) -> Option<Grant> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(secret).filter(|grant| grant.until > Instant::now()).cloned()
    }
}

#[derive(Deserialize)]
pub(super) struct BatchRequest {
    operation: String,
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    oid: String,
    size: u64,
}

/// Addresses for files of a model whose name has one part.
pub(super) async fn batch_plain(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
    Extension(grants): Extension<Grants>,
    Extension(origin): Extension<Origin>,
    Body(request): Body<BatchRequest>,
) -> Result<Json<Value>, Fault> {
    addresses(&services, &actor, &name, &grants, &origin, &request).await
}

/// Addresses for files of a model whose name has two.
pub(super) async fn batch(
    State(services): State<Services>,
    Who(actor): Who,
    Path((owner, name)): Path<(String, String)>,
    Extension(grants): Extension<Grants>,
    Extension(origin): Extension<Origin>,
    Body(request): Body<BatchRequest>,
) -> Result<Json<Value>, Fault> {
    addresses(&services, &actor, &format!("{owner}/{name}"), &grants, &origin, &request).await
}

async fn addresses(
    services: &Services,
    actor: &Actor,
    name: &str,
    grants: &Grants,
    origin: &Origin,
    request: &BatchRequest,
) -> Result<Json<Value>, Fault> {
    actor.may(Action::Write)?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    services.model_get(actor, name).await.map_err(Fault::repository)?;
    if request.operation != "upload" {
        return Err(Fault::malformed("files are downloaded from their own addresses"));
    }
    let mut objects = Vec::new();
    for object in &request.objects {
        let sha256: FileHash = object.oid.parse().map_err(|()| Fault::malformed("oid is no SHA-256"))?;
        let mut answer = json!({ "oid": object.oid, "size": object.size });
        if services.file_kept(sha256).await? != Some(object.size) {
            let until = Instant::now() + GOOD;
            let secret = grants.give(Grant { actor: actor.clone(), sha256, size: object.size, until })?;
            let href = format!("{origin}/api/hub/objects/{}?grant={secret}", object.oid);
            answer["actions"] = json!({ "upload": { "href": href } });
        }
        objects.push(answer);
    }
    Ok(Json(json!({ "transfer": "basic", "objects": objects })))
}

#[derive(Deserialize)]
pub(super) struct PutParams {
    grant: String,
}

/// Keeps a file that was announced; one with other bytes is refused.
pub(super) async fn put(
    State(services): State<Services>,
    Path(oid): Path<String>,
    Query(params): Query<PutParams>,
    Extension(grants): Extension<Grants>,
    body: RequestBody,
) -> Result<Json<Value>, Fault> {
    let grant = grants.take(&params.grant).filter(|grant| grant.sha256.to_string() == oid);
    let grant = grant.ok_or_else(|| Problem::new(ProblemKind::Forbidden))?;
    let stream = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
    // One byte more than announced is enough to see that there are more.
    let reader = tokio::io::AsyncReadExt::take(stream, grant.size + 1);
    let (sha256, size) = services.file_keep(&grant.actor, reader).await?;
    if (sha256, size) != (grant.sha256, grant.size) {
        let expected = format!("{} bytes with the SHA-256 {}", grant.size, grant.sha256);
        return Err(Problem::field("body", Issue::Malformed { expected: expected.into() }).into());
    }
    Ok(Json(json!({})))
}
