//! Whoever sends events, for administrators: what waits, taking it in, making it void.

use alluvium_domain::shop::{EventSender, RulingReceipt, RulingRequest, SenderId, SenderPage, VoidLearner};
use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Path, Who};
use crate::problem::{ApiError, ProblemBody};

/// Senders.
#[derive(Serialize, ToSchema)]
pub(crate) struct SendersBody {
    /// Those with most events that wait first, at most 200.
    senders: Vec<EventSender>,
}

/// Lists whoever sends events (administrators).
#[utoipa::path(get, path = "/api/v1/event-senders", tag = "shop", security(("token" = [])), responses(
    (status = 200, body = SendersBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(State(services): State<Services>, Who(actor): Who) -> Result<Json<SendersBody>, ApiError> {
    Ok(Json(SendersBody { senders: services.sender_list(&actor).await? }))
}

/// One sender with what they sent, by day and by product (administrators).
#[utoipa::path(get, path = "/api/v1/event-senders/{id}", tag = "shop",
    params(("id" = i32, Path, description = "Number of the sender")), security(("token" = [])), responses(
    (status = 200, body = SenderPage),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn get(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<i32>,
) -> Result<Json<SenderPage>, ApiError> {
    Ok(Json(services.sender_page(&actor, SenderId(id)).await?))
}

/// Whether new events of a token count at once.
#[derive(Deserialize, ToSchema)]
pub(crate) struct TrustRequest {
    trusted: bool,
}

/// Trusts a token, or no longer (administrators). What came before stays as it is.
#[utoipa::path(patch, path = "/api/v1/event-senders/{id}", tag = "shop", request_body = TrustRequest,
    params(("id" = i32, Path, description = "Number of the sender")), security(("token" = [])), responses(
    (status = 200, body = EventSender),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn trust(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<i32>,
    Body(request): Body<TrustRequest>,
) -> Result<Json<EventSender>, ApiError> {
    Ok(Json(services.sender_trust(&actor, SenderId(id), request.trusted).await?))
}

/// Takes events of a sender in, makes them void, or lets void ones wait again (administrators).
#[utoipa::path(post, path = "/api/v1/event-senders/{id}/rulings", tag = "shop", request_body = RulingRequest,
    params(("id" = i32, Path, description = "Number of the sender")), security(("token" = [])), responses(
    (status = 200, body = RulingReceipt),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn rule(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<i32>,
    Body(request): Body<RulingRequest>,
) -> Result<Json<RulingReceipt>, ApiError> {
    Ok(Json(services.sender_rule(&actor, SenderId(id), &request).await?))
}

/// Versions that learned from events that are void by now.
#[derive(Serialize, ToSchema)]
pub(crate) struct LearnedBody {
    /// By model, newest first.
    versions: Vec<VoidLearner>,
}

/// Lists versions of models that learned from events that are void or erased by now.
#[utoipa::path(get, path = "/api/v1/void-learners", tag = "shop", security(("token" = [])), responses(
    (status = 200, body = LearnedBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn learned(State(services): State<Services>, Who(actor): Who) -> Result<Json<LearnedBody>, ApiError> {
    Ok(Json(LearnedBody { versions: services.void_learners(&actor, None).await? }))
}
