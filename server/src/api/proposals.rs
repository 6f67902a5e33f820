//! Proposals: what waits for a reviewer.

use alluvium_domain::entry::{Clash, Decided, Proposal, ProposalId, ProposalState, ProposalSummary};
use alluvium_domain::{Diff, Issue, Problem};
use alluvium_services::{ProposalFilter, Services};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::entries::{self, ConflictBody, EntryBody, FieldDiff};
use super::extract::{Body, Path, Query, Who, checked_limit};
use crate::problem::{ApiError, ProblemBody};

/// Which proposals.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only in this state.
    #[param(inline)]
    state: Option<ProposalState>,
    /// Most proposals, 1 to 200 (default 20).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Proposals to pass over.
    #[serde(default)]
    #[param(minimum = 0, maximum = 1_000_000)]
    offset: usize,
}

/// A page of proposals.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProposalsBody {
    /// How many there are in all.
    total: usize,
    /// Newest first.
    proposals: Vec<ProposalSummary>,
}

/// Lists proposals, newest first: reviewers see all, others their own.
#[utoipa::path(get, path = "/api/v1/proposals", tag = "proposals", params(ListQuery), security(("token" = [])), responses(
    (status = 200, body = ProposalsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(services): State<Services>,
    Who(actor): Who,
    Query(query): Query<ListQuery>,
) -> Result<Json<ProposalsBody>, ApiError> {
    let limit = checked_limit(query.limit, 20, 200)?;
    if query.offset > 1_000_000 {
        return Err(Problem::field("offset", Issue::OutOfRange { min: 0, max: 1_000_000 }).into());
    }
    let filter = ProposalFilter { state: query.state, entry: None, limit, offset: query.offset };
    let (proposals, total) = services.proposal_list(&actor, &filter).await?;
    Ok(Json(ProposalsBody { total, proposals }))
}

/// A proposal and what it would change.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProposalBody {
    /// The proposal.
    proposal: Proposal,
    /// Number of the revision that it is compared with: the latest while it waits, the one that it began from afterwards.
    against: i32,
    /// Difference of the bodies.
    body: Diff,
    /// Other fields that differ.
    fields: Vec<FieldDiff>,
    /// What others changed since in another way: to be decided when it is accepted.
    clashes: Vec<Clash>,
}

/// One proposal.
#[utoipa::path(get, path = "/api/v1/proposals/{id}", tag = "proposals", params(("id" = Uuid, Path, description = "Id")),
    security(("token" = [])), responses(
    (status = 200, body = ProposalBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn get(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<Uuid>,
) -> Result<Json<ProposalBody>, ApiError> {
    let review = services.proposal_review(&actor, ProposalId(id), &Decided::default()).await?;
    Ok(Json(ProposalBody {
        proposal: review.proposal,
        against: review.from.summary.number,
        body: review.body,
        fields: FieldDiff::all(review.fields),
        clashes: review.clashes,
    }))
}

/// Accepting a proposal.
#[derive(Deserialize, ToSchema)]
pub(crate) struct AcceptRequest {
    /// Whose text stands where the proposal clashes with what came since: `theirs` is the published text, `mine` the proposed one.
    #[serde(default)]
    decided: Option<Decided>,
}

/// Makes a proposal the next revision of its entry, with what others changed since it began. Where both changed the same, nothing is written
/// and the answer is 409 with what clashes. For reviewers.
#[utoipa::path(post, path = "/api/v1/proposals/{id}/accept", tag = "proposals", params(("id" = Uuid, Path, description = "Id")),
    request_body = AcceptRequest, security(("token" = [])), responses(
    (status = 200, body = EntryBody),
    (status = 409, body = ConflictBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn accept(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<Uuid>,
    Body(request): Body<AcceptRequest>,
) -> Result<Response, ApiError> {
    let decided = request.decided.unwrap_or_default();
    let outcome = services.proposal_accept(&actor, ProposalId(id), &decided).await?;
    entries::answer(&services, &actor, outcome).await
}

/// Declining a proposal.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DeclineRequest {
    /// Why, for its author; 1 to 1,000 characters.
    reason: String,
}

/// Declines a proposal. For reviewers.
#[utoipa::path(post, path = "/api/v1/proposals/{id}/decline", tag = "proposals", params(("id" = Uuid, Path, description = "Id")),
    request_body = DeclineRequest, security(("token" = [])), responses(
    (status = 200, body = ProposalSummary),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn decline(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<Uuid>,
    Body(request): Body<DeclineRequest>,
) -> Result<Json<ProposalSummary>, ApiError> {
    Ok(Json(services.proposal_decline(&actor, ProposalId(id), &request.reason).await?))
}

/// Takes one's own proposal back.
#[utoipa::path(post, path = "/api/v1/proposals/{id}/withdraw", tag = "proposals", params(("id" = Uuid, Path, description = "Id")),
    security(("token" = [])), responses(
    (status = 200, body = ProposalSummary),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn withdraw(
    State(services): State<Services>,
    Who(actor): Who,
    Path(id): Path<Uuid>,
) -> Result<Json<ProposalSummary>, ApiError> {
    Ok(Json(services.proposal_withdraw(&actor, ProposalId(id)).await?))
}
