//! Entries and their revisions.

use alluvium_domain::entry::{Clash, Conflict, Decided, ExperimentState, ProposalSummary};
use alluvium_domain::{
    Actor, Diff, EntryInput, EntryKind, EntryState, EntrySummary, Issue, Lang, Problem, Revision, RevisionSummary,
};
use alluvium_services::{EntryFilter, SaveEntry, SaveOutcome, Services};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Path, Query, Who, checked_limit};
use crate::problem::{ApiError, ProblemBody};

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only this kind.
    #[serde(rename = "type")]
    #[param(inline)]
    kind: Option<EntryKind>,
    /// Only with this tag.
    tag: Option<String>,
    /// Only in this language.
    #[param(inline)]
    lang: Option<Lang>,
    /// Only in this state; archived entries show only when asked for.
    #[param(inline)]
    state: Option<EntryState>,
    /// Only where this is an author, or the owner of an experiment.
    author: Option<String>,
    /// Only experiments that have come so far.
    #[param(inline)]
    progress: Option<ExperimentState>,
    /// Most entries, 1 to 200 (default 20).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Entries to pass over.
    #[serde(default)]
    #[param(minimum = 0, maximum = 1_000_000)]
    offset: usize,
}

/// A page of entries.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListBody {
    /// How many there are in all.
    total: usize,
    /// Newest first.
    entries: Vec<EntrySummary>,
}

/// Lists entries, newest first.
#[utoipa::path(get, path = "/api/v1/entries", tag = "entries", params(ListParams), responses(
    (status = 200, body = ListBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(services): State<Services>,
    Who(actor): Who,
    Query(params): Query<ListParams>,
) -> Result<Json<ListBody>, ApiError> {
    let limit = checked_limit(params.limit, 20, 200)?;
    if params.offset > 1_000_000 {
        return Err(Problem::field("offset", Issue::OutOfRange { min: 0, max: 1_000_000 }).into());
    }
    for (name, value) in [("tag", &params.tag), ("author", &params.author)] {
        if value.as_ref().is_some_and(|value| value.contains('\0')) {
            return Err(Problem::field(name, Issue::Malformed { expected: "no NUL character".into() }).into());
        }
    }
    let filter = EntryFilter {
        kind: params.kind,
        tag: params.tag,
        lang: params.lang,
        state: params.state,
        author: params.author,
        progress: params.progress,
        mine: false,
        limit,
        offset: params.offset,
    };
    let list = services.entry_list(&actor, &filter).await?;
    Ok(Json(ListBody { total: list.total, entries: list.entries }))
}

/// An entry to create.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CreateRequest {
    /// What it says.
    #[serde(flatten)]
    input: EntryInput,
    /// `draft` (default), `in-review`, or `published` (reviewers).
    #[serde(default = "draft")]
    state: EntryState,
}

fn draft() -> EntryState {
    EntryState::Draft
}

/// An entry with its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryBody {
    /// Its line in lists.
    entry: EntrySummary,
    /// Its latest revision.
    revision: Revision,
}

/// Creates an entry. It can be found when the answer arrives.
#[utoipa::path(post, path = "/api/v1/entries", tag = "entries", request_body = CreateRequest, security(("token" = [])), responses(
    (status = 201, body = EntryBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn create(
    State(services): State<Services>,
    Who(actor): Who,
    Body(request): Body<CreateRequest>,
) -> Result<(StatusCode, Json<EntryBody>), ApiError> {
    let entry = services.entry_create(&actor, request.input, request.state).await?;
    let (entry, revision) = services.entry_source(&actor, entry.kind, entry.slug.as_str()).await?;
    Ok((StatusCode::CREATED, Json(EntryBody { entry, revision })))
}

/// One entry with its latest revision.
#[utoipa::path(get, path = "/api/v1/entries/{type}/{slug}", tag = "entries", params(
    ("type" = EntryKind, Path, description = "Kind"), ("slug" = String, Path, description = "Slug"),
), responses(
    (status = 200, body = EntryBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn get(
    State(services): State<Services>,
    Who(actor): Who,
    Path((kind, slug)): Path<(EntryKind, String)>,
) -> Result<Json<EntryBody>, ApiError> {
    let (entry, revision) = services.entry_source(&actor, kind, &slug).await?;
    Ok(Json(EntryBody { entry, revision }))
}

/// A new text for an entry.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SaveRequest {
    /// What it says now; `slug` must be the entry's own.
    #[serde(flatten)]
    input: EntryInput,
    /// Number of the revision that the text began from.
    base: i32,
    /// What was decided of the clashes that a 409 named.
    #[serde(default)]
    decided: Option<Decided>,
}

/// Somebody changed the same since; nothing was written.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConflictBody {
    /// What stands now.
    theirs: Revision,
    /// Both changes in one, with the text that was sent where they clash.
    merged: EntryInput,
    /// What both changed, each in another way. Send the text again with `decided.against` set to the number of `theirs`, and `decided.keep`
    /// saying for each of these fields whose text stands.
    clashes: Vec<Clash>,
    /// From theirs to `merged`, in the body.
    diff: Diff,
}

impl ConflictBody {
    pub(super) fn answer(conflict: Conflict) -> Response {
        let Conflict { theirs, merged, clashes, diff } = conflict;
        (StatusCode::CONFLICT, Json(ConflictBody { theirs, merged, clashes, diff })).into_response()
    }
}

/// Saves a text. What others saved since `base` is merged field by field; where both changed the same, nothing is written and the answer is 409
/// with what clashes. What somebody without the right to publish saves of a published entry becomes a proposal (202): the published revision
/// stays until a reviewer accepts it, and an earlier proposal of theirs for this entry is replaced.
#[utoipa::path(put, path = "/api/v1/entries/{type}/{slug}", tag = "entries", params(
    ("type" = EntryKind, Path, description = "Kind"), ("slug" = String, Path, description = "Slug"),
), request_body = SaveRequest, security(("token" = [])), responses(
    (status = 200, body = EntryBody),
    (status = 202, body = ProposalSummary),
    (status = 409, body = ConflictBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn save(
    State(services): State<Services>,
    Who(actor): Who,
    Path((kind, slug)): Path<(EntryKind, String)>,
    Body(request): Body<SaveRequest>,
) -> Result<Response, ApiError> {
    if request.input.slug != slug {
        let expected = slug.into();
        return Err(Problem::field("slug", Issue::Malformed { expected }).into());
    }
    let decided = request.decided.unwrap_or_default();
    let save = SaveEntry { input: request.input, base: request.base, decided };
    let outcome = services.entry_save(&actor, kind, &slug, save).await?;
    answer(&services, &actor, outcome).await
}

/// What became of a text, for programs.
pub(super) async fn answer(services: &Services, actor: &Actor, outcome: SaveOutcome) -> Result<Response, ApiError> {
    match outcome {
        SaveOutcome::Saved(entry) | SaveOutcome::Unchanged(entry) => {
            let (entry, revision) = services.entry_source(actor, entry.kind, entry.slug.as_str()).await?;
            Ok(Json(EntryBody { entry, revision }).into_response())
        }
        SaveOutcome::Proposed(proposal) => Ok((StatusCode::ACCEPTED, Json(proposal)).into_response()),
        SaveOutcome::Conflict(conflict) => Ok(ConflictBody::answer(*conflict)),
    }
}

/// The state that an entry is to have.
#[derive(Deserialize, ToSchema)]
pub(crate) struct StateRequest {
    /// New state.
    state: EntryState,
}

/// Moves an entry to another state.
#[utoipa::path(put, path = "/api/v1/entries/{type}/{slug}/state", tag = "entries", params(
    ("type" = EntryKind, Path, description = "Kind"), ("slug" = String, Path, description = "Slug"),
), request_body = StateRequest, security(("token" = [])), responses(
    (status = 200, body = EntrySummary),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn set_state(
    State(services): State<Services>,
    Who(actor): Who,
    Path((kind, slug)): Path<(EntryKind, String)>,
    Body(request): Body<StateRequest>,
) -> Result<Json<EntrySummary>, ApiError> {
    Ok(Json(services.entry_move(&actor, kind, &slug, request.state).await?))
}

/// The revisions of an entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionsBody {
    /// Newest first.
    revisions: Vec<RevisionSummary>,
}

/// Lists the revisions of an entry, newest first.
#[utoipa::path(get, path = "/api/v1/entries/{type}/{slug}/revisions", tag = "entries", params(
    ("type" = EntryKind, Path, description = "Kind"), ("slug" = String, Path, description = "Slug"),
), responses(
    (status = 200, body = RevisionsBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn revisions(
    State(services): State<Services>,
    Who(actor): Who,
    Path((kind, slug)): Path<(EntryKind, String)>,
) -> Result<Json<RevisionsBody>, ApiError> {
    let (_, revisions) = services.revision_list(&actor, kind, &slug).await?;
    Ok(Json(RevisionsBody { revisions }))
}

/// One revision of an entry, by number.
#[utoipa::path(get, path = "/api/v1/entries/{type}/{slug}/revisions/{number}", tag = "entries", params(
    ("type" = EntryKind, Path, description = "Kind"), ("slug" = String, Path, description = "Slug"),
    ("number" = i32, Path, description = "From 1"),
), responses(
    (status = 200, body = Revision),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn revision(
    State(services): State<Services>,
    Who(actor): Who,
    Path((kind, slug, number)): Path<(EntryKind, String, i32)>,
) -> Result<Json<Revision>, ApiError> {
    Ok(Json(services.revision_at(&actor, kind, &slug, number).await?.1))
}

/// Which two revisions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffParams {
    /// Number of the older.
    from: i32,
    /// Number of the newer.
    to: i32,
}

/// What differs between two revisions.
#[derive(Serialize, ToSchema)]
pub(crate) struct DiffBody {
    /// Difference of the bodies.
    body: Diff,
    /// Other fields that differ.
    fields: Vec<FieldDiff>,
}

/// A field that differs.
#[derive(Serialize, ToSchema)]
pub(super) struct FieldDiff {
    /// Name.
    field: String,
    /// Older value.
    old: String,
    /// Newer value.
    new: String,
}

impl FieldDiff {
    pub(super) fn all(fields: Vec<(String, String, String)>) -> Vec<FieldDiff> {
        fields.into_iter().map(|(field, old, new)| FieldDiff { field, old, new }).collect()
    }
}

/// The difference of two revisions of an entry.
#[utoipa::path(get, path = "/api/v1/entries/{type}/{slug}/diff", tag = "entries", params(
    ("type" = EntryKind, Path, description = "Kind"), ("slug" = String, Path, description = "Slug"), DiffParams,
), responses(
    (status = 200, body = DiffBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn diff(
    State(services): State<Services>,
    Who(actor): Who,
    Path((kind, slug)): Path<(EntryKind, String)>,
    Query(params): Query<DiffParams>,
) -> Result<Json<DiffBody>, ApiError> {
    let diff = services.revision_diff(&actor, kind, &slug, params.from, params.to).await?;
    Ok(Json(DiffBody { body: diff.body, fields: FieldDiff::all(diff.fields) }))
}
