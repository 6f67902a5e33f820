//! Markdown to safe HTML.

use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Who};
use crate::problem::{ApiError, ProblemBody};

/// A text to render.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RenderRequest {
    /// CommonMark with tables, footnotes, task lists, strikethrough, callouts, wiki links and formulas.
    #[schema(max_length = 400_000)]
    markdown: String,
    /// Whether to add what the article page has: heading ids, highlighted code, glossary hovers, diagrams.
    #[serde(default)]
    decorate: bool,
}

/// The rendered text.
#[derive(Serialize, ToSchema)]
pub(crate) struct RenderResponse {
    /// Sanitised HTML.
    html: String,
}

/// Renders Markdown to sanitised HTML.
#[utoipa::path(post, path = "/api/v1/render", tag = "text", request_body = RenderRequest, responses(
    (status = 200, body = RenderResponse),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn render(
    State(services): State<Services>,
    Who(actor): Who,
    Body(request): Body<RenderRequest>,
) -> Result<Json<RenderResponse>, ApiError> {
    let html = services.render_html(&actor, &request.markdown, request.decorate).await?;
    Ok(Json(RenderResponse { html }))
}
