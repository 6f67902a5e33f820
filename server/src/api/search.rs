//! Search and related entries.

use alluvium_domain::search::{Facets, Hit, Mode, SearchRequest, WordMatches, limits};
use alluvium_domain::{EntryKind, Explanation, Issue, Lang, Problem};
use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::extract::{Path, Query, Who};
use crate::problem::{ApiError, ProblemBody};

/// A search.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// The query, as in the search box: words, `"phrases"`, and filters `type:` `tag:` `author:` `after:` `before:` `lang:`.
    #[serde(default)]
    #[param(max_length = 500)]
    q: String,
    /// Only this kind.
    #[serde(rename = "type")]
    #[param(inline)]
    kind: Option<EntryKind>,
    /// How candidates are found and scored.
    #[serde(default)]
    #[param(inline)]
    mode: Mode,
    /// Most hits, 1 to 100 (default 10).
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Hits to pass over, 0 to 1000.
    #[serde(default)]
    #[param(minimum = 0, maximum = 1000)]
    offset: usize,
    /// Whether each hit says why.
    #[serde(default)]
    explain: bool,
    /// Features to switch off, as `contributions[].feature` names them, separated by commas.
    #[serde(default)]
    without: String,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchBody {
    /// The query as it was asked.
    query: String,
    /// Server time in milliseconds.
    took_ms: f64,
    /// Whether a part was missing (no encoder): lexical only.
    degraded: bool,
    /// Number of hits over all pages.
    total: usize,
    /// How much of the words the hits have: those after the place `every` have only part of them; with `some` 0 they are near in meaning only.
    matches: WordMatches,
    /// Best first.
    hits: Vec<HitBody>,
    /// Counts over all hits.
    facets: Facets,
}

/// One entry found.
#[derive(Serialize, ToSchema)]
pub(crate) struct HitBody {
    /// Id.
    id: Uuid,
    /// Kind.
    #[serde(rename = "type")]
    kind: EntryKind,
    /// Slug.
    slug: String,
    /// Path of its page.
    url: String,
    /// Title.
    title: String,
    /// Language of the text.
    lang: Lang,
    /// Best stretch of its text; matches stand between `<mark>` and `</mark>`, the rest is HTML-escaped.
    snippet: String,
    /// Score.
    score: f64,
    /// Share of the words of the query that the entry has, 0 to 1.
    coverage: f64,
    /// Why; present if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation>,
}

impl From<Hit> for HitBody {
    fn from(hit: Hit) -> Self {
        let mut snippet = String::new();
        for span in &hit.snippet {
            let text = span.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            if span.marked {
                snippet.extend(["<mark>", &text, "</mark>"]);
            } else {
                snippet.push_str(&text);
            }
        }
        HitBody {
            id: hit.entry.id.0,
            kind: hit.entry.kind,
            url: hit.entry.url(),
            slug: hit.entry.slug.to_string(),
            title: hit.entry.title,
            lang: hit.entry.lang,
            snippet,
            score: hit.score,
            coverage: hit.coverage,
            explanation: hit.explanation,
        }
    }
}

/// Finds entries. With `explain=true` each hit says why: `baseline + sum of amounts + gap = score`.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(SearchParams), responses(
    (status = 200, body = SearchBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn search(
    State(services): State<Services>,
    Who(actor): Who,
    Query(params): Query<SearchParams>,
) -> Result<Json<SearchBody>, ApiError> {
    let limit = params.limit.unwrap_or(limits::DEFAULT_LIMIT);
    if limit == 0 || limit > limits::LIMIT {
        return Err(Problem::field("limit", Issue::OutOfRange { min: 1, max: 100 }).into());
    }
    if params.offset > limits::OFFSET {
        return Err(Problem::field("offset", Issue::OutOfRange { min: 0, max: 1000 }).into());
    }
    let request = SearchRequest {
        mode: params.mode,
        kind: params.kind,
        limit,
        offset: params.offset,
        explain: params.explain,
        without: params.without.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        ..SearchRequest::new(params.q.clone())
    };
    let answer = services.search(&actor, request).await?;
    Ok(Json(SearchBody {
        query: params.q,
        took_ms: answer.took_ms,
        degraded: answer.degraded,
        total: answer.total,
        matches: answer.matches,
        hits: answer.hits.into_iter().map(HitBody::from).collect(),
        facets: answer.facets,
    }))
}

/// Entries related to one.
#[derive(Serialize, ToSchema)]
pub(crate) struct RelatedBody {
    /// Best first.
    entries: Vec<RelatedEntry>,
}

/// A related entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct RelatedEntry {
    /// Kind.
    #[serde(rename = "type")]
    kind: EntryKind,
    /// Slug.
    slug: String,
    /// Path of its page.
    url: String,
    /// Title.
    title: String,
    /// Score.
    score: f64,
    /// Why.
    explanation: Explanation,
}

/// Entries related to one, each with the reason.
#[utoipa::path(get, path = "/api/v1/entries/{type}/{slug}/related", tag = "search", params(
    ("type" = EntryKind, Path, description = "Kind"), ("slug" = String, Path, description = "Slug"),
), responses(
    (status = 200, body = RelatedBody),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn related(
    State(services): State<Services>,
    Who(actor): Who,
    Path((kind, slug)): Path<(EntryKind, String)>,
) -> Result<Json<RelatedBody>, ApiError> {
    let (entry, _) = services.entry_source(&actor, kind, &slug).await?;
    let related = services.related(&actor, entry.id, limits::DEFAULT_LIMIT).await?;
    let entries = related.into_iter().map(|related| RelatedEntry {
        kind: related.entry.kind,
        url: related.entry.url(),
        slug: related.entry.slug.to_string(),
        title: related.entry.title,
        score: related.score,
        explanation: related.explanation,
    });
    Ok(Json(RelatedBody { entries: entries.collect() }))
}
