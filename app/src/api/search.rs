//! Search for islands: suggestions while typing, and the search block of a text.

use alluvium_domain::search::Span;
use alluvium_domain::{EntryKind, FeatureGroup, Lang};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::Failure;

/// A line of the list under a search box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Suggestion {
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) kind: EntryKind,
    pub(crate) lang: Lang,
    pub(crate) snippet: Vec<Span>,
}

/// What a search block shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct LiveResults {
    pub(crate) hits: Vec<LiveHit>,
    pub(crate) total: usize,
}

/// A hit with the short form of its explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LiveHit {
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) lang: Lang,
    pub(crate) snippet: Vec<Span>,
    pub(crate) score: f64,
    pub(crate) baseline: f64,
    /// Sums of the groups that took part.
    pub(crate) groups: Vec<(FeatureGroup, f64)>,
    /// The largest parts: group, word, amount.
    pub(crate) parts: Vec<(FeatureGroup, String, f64)>,
}

/// What a search block asks: its parameters with the query that stands in its box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LiveQuery {
    pub(crate) query: String,
    pub(crate) kind: String,
    pub(crate) tag: String,
    pub(crate) lang: String,
    pub(crate) limit: usize,
}

/// Entries whose text begins like the query.
#[server(prefix = "/api/fn", endpoint = "suggest", input = Json, output = Json)]
pub(crate) async fn suggest(query: String) -> Result<Vec<Suggestion>, Failure> {
    let visit = super::visit()?;
    let found = visit.services.suggest(&visit.actor, &query, 8).await?;
    Ok(found
        .hits
        .into_iter()
        .map(|hit| Suggestion {
            url: hit.entry.url(),
            title: hit.entry.title,
            kind: hit.entry.kind,
            lang: hit.entry.lang,
            snippet: hit.snippet,
        })
        .collect())
}

/// The hits of a search block.
#[server(prefix = "/api/fn", endpoint = "live_search", input = Json, output = Json)]
pub(crate) async fn live_search(ask: LiveQuery) -> Result<LiveResults, Failure> {
    Ok(live_results(&super::visit()?, &ask).await?)
}

/// The hits of a search block, for the page and for the server function.
#[cfg(feature = "ssr")]
pub(crate) async fn live_results(
    visit: &crate::visit::Visit,
    ask: &LiveQuery,
) -> Result<LiveResults, alluvium_domain::Problem> {
    use alluvium_domain::search::SearchRequest;
    if ask.query.trim().is_empty() {
        return Ok(LiveResults::default());
    }
    let request = SearchRequest {
        kind: ask.kind.parse().ok(),
        limit: ask.limit.clamp(1, 20),
        explain: true,
        ..SearchRequest::new(full_query(ask))
    };
    let found = visit.services.search(&visit.actor, request).await?;
    let hits = found
        .hits
        .into_iter()
        .map(|hit| {
            let url =
                hit.anchor.as_ref().map_or_else(|| hit.entry.url(), |anchor| format!("{}#{anchor}", hit.entry.url()));
            let explanation = hit.explanation;
            LiveHit {
                url,
                title: hit.entry.title,
                lang: hit.entry.lang,
                snippet: hit.snippet,
                score: hit.score,
                baseline: explanation.as_ref().map_or(0.0, |explanation| explanation.baseline),
                groups: explanation.as_ref().map(crate::components::explanation::group_totals).unwrap_or_default(),
                parts: explanation
                    .map(|explanation| explanation.contributions)
                    .unwrap_or_default()
                    .into_iter()
                    .take(6)
                    .map(|part| (part.group, crate::i18n::parts::name(&part, visit.lang), part.amount))
                    .collect(),
            }
        })
        .collect();
    Ok(LiveResults { hits, total: found.total })
}

/// The query with the block's filters, as the search page takes it.
pub(crate) fn full_query(ask: &LiveQuery) -> String {
    let mut query = ask.query.trim().to_owned();
    for (name, value) in [("tag", &ask.tag), ("lang", &ask.lang)] {
        if !value.is_empty() {
            query.push_str(&format!(" {name}:{value}"));
        }
    }
    query
}
