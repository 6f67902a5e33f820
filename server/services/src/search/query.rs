//! A search from the query to explained hits.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use alluvium_domain::search::{Expansion, Facets, Hit, Mode, SearchRequest, SearchResponse, WordMatches, limits};
use alluvium_domain::{Action, Actor, EntryState, Issue, Problem, fold};
use alluvium_engine::EngineError;
use alluvium_store::Passage;
use uuid::Uuid;

use super::candidates::{self, Candidate, Query};
use super::index::{Known, Search, read};
use super::score::Features;
use super::{filter, parse, snippet};
use crate::Services;
use crate::error::internal;
use crate::processor::on_processor;

impl Services {
    /// Finds entries.
    pub async fn search(&self, actor: &Actor, request: SearchRequest) -> Result<SearchResponse, Problem> {
        let start = Instant::now();
        actor.may(Action::Read)?;
        let actual = request.query.chars().count();
        if actual > limits::QUERY {
            return Err(Problem::field("q", Issue::TooLong { limit: limits::QUERY, actual }));
        }
        let search = self.inner.search();
        let parsed = parse::parse(&request.query);
        let words = [parsed.text.as_str()]
            .into_iter()
            .chain(parsed.phrases.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ");
        let mut features = Features::without(&request.without);
        let expansions: Vec<Expansion> =
            if request.mode == Mode::Semantic { Vec::new() } else { search.expansions(&words) };
        let terms = match request.mode {
            Mode::Semantic => Vec::new(),
            _ => search.terms(&words, &expansions, &mut features),
        };
        let encoded = match request.mode {
            Mode::Lexical => None,
            _ => search.encode_query(&words, &mut features).await?,
        };
        let containing = self.containing(&parsed.phrases).await?;
        let degraded = search.worker.is_none() && request.mode != Mode::Lexical;
        let query = Query { request, parsed, words, terms, encoded, containing };
        let actor = actor.clone();
        let found = on_processor(move || Found::of(&search, &actor, query, features)).await??;
        let (total, matches, facets) = (found.total, found.matches, found.facets.clone());
        let parsed = found.query.parsed.clone();
        let hits = self.hits(found).await?;
        let took_ms = start.elapsed().as_secs_f64() * 1e3;
        Ok(SearchResponse { parsed, expansions, took_ms, degraded, total, matches, hits, facets })
    }

    /// As somebody types: names that begin with or hold what is there, then what an ordinary lexical search finds.
    pub async fn suggest(&self, actor: &Actor, query: &str, limit: usize) -> Result<SearchResponse, Problem> {
        let mut request = SearchRequest::new(query);
        request.mode = Mode::Lexical;
        request.limit = limit;
        let mut response = self.search(actor, request).await?;
        let typed = fold::name(&response.parsed.text);
        if typed.is_empty() {
            return Ok(response);
        }
        let search = self.inner.search();
        let mut named: Vec<(usize, usize, Arc<Known>)> = read(&search.entries)
            .values()
            .filter(|known| known.summary.state == EntryState::Published)
            .filter_map(|known| {
                let place = known.names.iter().filter_map(|name| name.find(&typed)).min()?;
                let length = known.names.iter().map(String::len).min().unwrap_or_default();
                Some((place, length, known.clone()))
            })
            .collect();
        named.sort_by_key(|(place, length, known)| (*place, *length, known.summary.id));
        let first: Vec<Hit> = named
            .into_iter()
            .take(limit)
            .map(|(_, _, known)| Hit {
                entry: known.summary.clone(),
                snippet: Vec::new(),
                anchor: None,
                score: 1.0,
                coverage: 1.0,
                explanation: None,
                passage: Vec::new(),
            })
            .collect();
        response.hits.retain(|hit| first.iter().all(|named| named.entry.id != hit.entry.id));
        response.hits.splice(0..0, first);
        response.hits.truncate(limit);
        Ok(response)
    }

    /// Entries that hold every phrase, letter by letter but for what folding makes one; none where there is no phrase.
    async fn containing(&self, phrases: &[String]) -> Result<Option<HashSet<Uuid>>, Problem> {
        if phrases.is_empty() {
            return Ok(None);
        }
        let (lexical, phrases) = (self.inner.search().lexical.clone(), phrases.to_vec());
        let found = on_processor(move || {
            let mut all: Option<HashSet<Uuid>> = None;
            for phrase in phrases {
                let holding: HashSet<Uuid> = lexical.containing(&phrase)?.into_iter().collect();
                all = Some(match all {
                    Some(all) => all.intersection(&holding).copied().collect(),
                    None => holding,
                });
            }
            Ok::<_, EngineError>(all)
        });
        found.await?.map_err(internal)
    }

    /// The hits of a page: snippets, and explanations where they are asked for.
    async fn hits(&self, found: Found) -> Result<Vec<Hit>, Problem> {
        let Found { query, features, page, .. } = found;
        let search = self.inner.search();
        let explain = query.request.explain;
        let ids: Vec<Uuid> = page
            .iter()
            .flat_map(|candidate| [Some(candidate.id()), candidate.near.map(|near| near.entry)].into_iter().flatten())
            .collect();
        let mut passages: HashMap<Uuid, Vec<Passage>> = HashMap::new();
        for (entry, passage) in self.inner.store.passages_of(&ids).await.map_err(internal)? {
            passages.entry(entry.0).or_default().push(passage);
        }
        let mut marked = HashMap::new();
        if explain && let Some(encoded) = &query.encoded {
            let near: Vec<_> = page.iter().filter_map(|hit| Some((hit.id(), hit.near?))).collect();
            marked = search.mark_passages(&near, &passages, encoded).await?;
        }
        on_processor(move || {
            let words: HashSet<String> = query.terms.iter().map(|term| term.text.clone()).collect();
            let method =
                if query.encoded.is_some() { "bm25 + cosine by token (exact)" } else { "bm25 by term (exact)" };
            let hits = page.into_iter().map(|candidate| {
                let id = candidate.id();
                let own = passages.get(&id).map(Vec::as_slice).unwrap_or_default();
                let near = candidate.near.filter(|near| near.entry == id).map(|near| near.ordinal);
                let shown = shown_passage(own, near, &words);
                let entry = candidate.known.summary.clone();
                let (score, coverage) = (candidate.score, candidate.coverage);
                let explanation = explain.then(|| {
                    let parts = search.parts(candidate, query.encoded.as_ref(), &features);
                    parts.explanation(&features, method, query.baseline(), score)
                });
                Hit {
                    entry,
                    snippet: shown.map(|passage| snippet::snippet(&passage.text, &words)).unwrap_or_default(),
                    anchor: shown.and_then(|passage| passage.anchor.clone()),
                    score,
                    coverage,
                    explanation,
                    passage: marked.remove(&id).unwrap_or_default(),
                }
            });
            hits.collect()
        })
        .await
    }
}

/// What a query finds.
struct Found {
    query: Query,
    features: Features,
    /// The hits of the page that was asked for.
    page: Vec<Candidate>,
    total: usize,
    matches: WordMatches,
    facets: Facets,
}

impl Found {
    fn of(search: &Search, actor: &Actor, query: Query, mut features: Features) -> Result<Found, Problem> {
        let candidates = search.candidates(actor, &query, &mut features)?;
        let facets = filter::facets(|| candidates.iter().map(|candidate| &candidate.known.summary));
        let total = candidates.len();
        let matches = match query.request.mode {
            // Words are not looked for.
            Mode::Semantic => WordMatches { every: total, some: total },
            _ if query.lists_all() => WordMatches { every: total, some: total },
            _ => candidates::matches(&candidates),
        };
        let page = candidates.into_iter().skip(query.request.offset).take(query.request.limit).collect();
        Ok(Found { query, features, page, total, matches, facets })
    }
}

/// The passage with the most words of the query; among equals the one that the encoder found nearest, then the first.
fn shown_passage<'a>(passages: &'a [Passage], near: Option<usize>, words: &HashSet<String>) -> Option<&'a Passage> {
    let counted = passages.iter().enumerate().map(|(ordinal, passage)| {
        let matched = snippet::matched(&passage.text, words);
        ((matched, Some(ordinal) == near, std::cmp::Reverse(ordinal)), passage)
    });
    counted.max_by_key(|(key, _)| *key).map(|(_, passage)| passage)
}
