//! Recommendations.

use alluvium_domain::shop::{RecommendationQuery, Recommendations};
use alluvium_services::Services;
use axum::Json;
use axum::extract::State;

use super::extract::{Body, Who};
use crate::problem::{ApiError, ProblemBody};

/// Recommends products, best first, each with its three task probabilities, the reason in a sentence and, where asked for, explanations that add
/// up. Either a stored `shopper` or a `history`; the history of a shopper of a shop that is not simulated needs a token.
#[utoipa::path(post, path = "/api/v1/recommendations", tag = "shop", request_body = RecommendationQuery, security(("token" = [])), responses(
    (status = 200, body = Recommendations),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn recommend(
    State(services): State<Services>,
    Who(actor): Who,
    Body(query): Body<RecommendationQuery>,
) -> Result<Json<Recommendations>, ApiError> {
    Ok(Json(services.recommend(&actor, query).await?))
}
