//! Handing out and erasing what is kept of a person or a shopper.

use alluvium_domain::shop::VoidLearner;
use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::{Body, Path, Who};
use crate::problem::{ApiError, ProblemBody};

/// Everything that is kept of a person: account, sessions, tokens, votes, grades, revisions, runs, jobs, decisions, lines of the audit log, and what they
/// did as a shopper. For themselves and for administrators.
#[utoipa::path(get, path = "/api/v1/people/{name}/export", tag = "operations",
    params(("name" = String, Path, description = "Sign-in name")), security(("token" = [])), responses(
    (status = 200, body = Value, content_type = "application/json"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn person_export(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(services.person_export(&actor, &name).await?))
}

/// The name of whoever is erased, once more.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ErasureRequest {
    confirm: String,
}

/// What an erasure came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErasureBody {
    /// Events that are gone.
    events: i64,
    /// Versions of models that learned from events of the same senders and days.
    learned: Vec<VoidLearner>,
}

/// Erases a person (administrators): sessions, tokens, votes, what they did as a shopper, and their name. What they wrote stays, by somebody without a
/// name; the audit log keeps that it happened.
#[utoipa::path(post, path = "/api/v1/people/{name}/erase", tag = "operations", request_body = ErasureRequest,
    params(("name" = String, Path, description = "Sign-in name")), security(("token" = [])), responses(
    (status = 200, body = ErasureBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn person_erase(
    State(services): State<Services>,
    Who(actor): Who,
    Path(name): Path<String>,
    Body(request): Body<ErasureRequest>,
) -> Result<Json<ErasureBody>, ApiError> {
    let done = services.person_erase(&actor, &name, &request.confirm).await?;
    Ok(Json(ErasureBody { events: done.events, learned: done.learned }))
}

/// Everything that is kept of a shopper (administrators).
#[utoipa::path(get, path = "/api/v1/catalogues/{slug}/shoppers/{id}/export", tag = "shop", params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"),
    ("id" = String, Path, description = "The shop's own id of the shopper", example = "shopper-0001"),
), security(("token" = [])), responses(
    (status = 200, body = Value, content_type = "application/json"),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn shopper_export(
    State(services): State<Services>,
    Who(actor): Who,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(services.shopper_export(&actor, &slug, &id).await?))
}

/// Erases a shopper with all their events (administrators).
#[utoipa::path(post, path = "/api/v1/catalogues/{slug}/shoppers/{id}/erase", tag = "shop", request_body = ErasureRequest, params(
    ("slug" = String, Path, description = "Slug of the catalogue", example = "demo"),
    ("id" = String, Path, description = "The shop's own id of the shopper", example = "shopper-0001"),
), security(("token" = [])), responses(
    (status = 200, body = ErasureBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn shopper_erase(
    State(services): State<Services>,
    Who(actor): Who,
    Path((slug, id)): Path<(String, String)>,
    Body(request): Body<ErasureRequest>,
) -> Result<Json<ErasureBody>, ApiError> {
    let done = services.shopper_erase(&actor, &slug, &id, &request.confirm).await?;
    Ok(Json(ErasureBody { events: done.events, learned: done.learned }))
}
