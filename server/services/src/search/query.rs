//! A search from the query to explained hits.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use alluvium_domain::search::{
    Expansion, FacetCount, Facets, Filter, Hit, Mode, ParsedQuery, PassageToken, SearchRequest, SearchResponse, limits,
};
use alluvium_domain::{Action, Actor, EntryState, FeatureGroup, Issue, Lang, Problem, ProblemKind, Slug};
use alluvium_engine::encoder::TokenStates;
use alluvium_engine::search::{Busy, Similar, is_cjk, is_stop_word, query_terms};
use alluvium_store::Passage;
use uuid::Uuid;

use super::index::{Known, Search, read};
use super::score::Parts;
use super::weights;
use super::{parse, snippet};
use crate::Services;
use crate::error::internal;
use crate::glossary::fold;

/// Most candidates by cosine alone, and how far above the mean of all entries they must be, in standard deviations.
const SEMANTIC_CANDIDATES: usize = 60;
const SEMANTIC_DISTANCE: f64 = 1.0;
/// Most expansions of one query.
const MOST_EXPANSIONS: usize = 8;
/// Tags in the facets.
const FACET_TAGS: usize = 24;

/// A word of the query or of an expansion.
struct Term {
    text: String,
    /// Feature, group and value of its part.
    feature: String,
    group: FeatureGroup,
    value: String,
    weight: f64,
}

/// The query as the encoder read it.
struct Encoded {
    states: TokenStates,
    /// Nearest passage of each entry.
    nearest: HashMap<Uuid, Similar>,
    mean: f64,
    deviation: f64,
}

/// A candidate with its parts.
struct Candidate {
    known: Arc<Known>,
    parts: Parts,
    score: f64,
    /// Entry and passage whose cosine counts: its own or its translation's.
    nearest: Option<(Uuid, Similar)>,
}

impl Services {
    /// Finds entries.
    pub async fn search(&self, actor: &Actor, request: SearchRequest) -> Result<SearchResponse, Problem> {
        let start = Instant::now();
        actor.may(Action::Read)?;
        let actual = request.query.chars().count();
        if actual > limits::QUERY {
            return Err(Problem::field("q", Issue::TooLong { limit: limits::QUERY, actual }));
        }
        let search = &self.inner.search;
        let parsed = parse::parse(&request.query);
        let words = [parsed.text.as_str()]
            .into_iter()
            .chain(parsed.phrases.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ");
        let (terms, expansions) = search.terms(&words, request.mode);
        let degraded = search.worker.is_none() && request.mode != Mode::Lexical;
        let encoded = match request.mode {
            Mode::Lexical => None,
            _ => search.encode_query(&words).await?,
        };
        let containing = self.containing(&parsed.phrases).await?;
        let candidates =
            search.candidates(actor, &request, &parsed, &terms, encoded.as_ref(), containing.as_ref(), &words)?;
        let baseline = encoded.as_ref().map_or(0.0, |encoded| -weights::SEMANTIC * encoded.mean);
        let facets = facets(&candidates);
        let total = candidates.len();
        let page: Vec<Candidate> = candidates.into_iter().skip(request.offset).take(request.limit).collect();
        let hits = self.hits(page, &terms, encoded.as_ref(), baseline, request.explain).await?;
        let took_ms = start.elapsed().as_secs_f64() * 1e3;
        Ok(SearchResponse { parsed, expansions, took_ms, degraded, total, hits, facets })
    }

    /// As somebody types: names that begin with or hold what is there, then what an ordinary lexical search finds.
    pub async fn suggest(&self, actor: &Actor, query: &str, limit: usize) -> Result<SearchResponse, Problem> {
        let mut request = SearchRequest::new(query);
        request.mode = Mode::Lexical;
        request.limit = limit;
        let mut response = self.search(actor, request).await?;
        let typed = fold(&response.parsed.text);
        if typed.is_empty() {
            return Ok(response);
        }
        let mut named: Vec<(usize, usize, Arc<Known>)> = read(&self.inner.search.entries)
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
                explanation: None,
                passage: Vec::new(),
            })
            .collect();
        response.hits.retain(|hit| first.iter().all(|named| named.entry.id != hit.entry.id));
        response.hits.splice(0..0, first);
        response.hits.truncate(limit);
        Ok(response)
    }

    /// Entries that hold every phrase literally; none where there is no phrase.
    async fn containing(&self, phrases: &[String]) -> Result<Option<HashSet<Uuid>>, Problem> {
        let mut all: Option<HashSet<Uuid>> = None;
        for phrase in phrases {
            let holding: HashSet<Uuid> =
                self.inner.store.entry_containing(phrase).await.map_err(internal)?.into_iter().collect();
            all = Some(match all {
                Some(all) => all.intersection(&holding).copied().collect(),
                None => holding,
            });
        }
        Ok(all)
    }

    async fn hits(
        &self,
        page: Vec<Candidate>,
        terms: &[Term],
        encoded: Option<&Encoded>,
        baseline: f64,
        explain: bool,
    ) -> Result<Vec<Hit>, Problem> {
        let ids: Vec<Uuid> = page
            .iter()
            .flat_map(|candidate| {
                [Some(candidate.known.summary.id.0), candidate.nearest.map(|(id, _)| id)].into_iter().flatten()
            })
            .collect();
        let mut passages: HashMap<Uuid, Vec<Passage>> = HashMap::new();
        for (entry, passage) in self.inner.store.passages_of(&ids).await.map_err(internal)? {
            passages.entry(entry.0).or_default().push(passage);
        }
        let mut marked = HashMap::new();
        if explain && let Some(encoded) = encoded {
            marked = self.inner.search.mark_passages(&page, &passages, encoded).await?;
        }
        let words: HashSet<String> = terms.iter().map(|term| term.text.clone()).collect();
        let method = if encoded.is_some() { "bm25 + cosine by token (exact)" } else { "bm25 by term (exact)" };
        let hits = page.into_iter().map(|candidate| {
            let id = candidate.known.summary.id.0;
            let own = passages.get(&id).map(Vec::as_slice).unwrap_or_default();
            let near = candidate.nearest.filter(|(entry, _)| *entry == id).map(|(_, similar)| similar.ordinal);
            let shown = shown_passage(own, near, &words);
            Hit {
                entry: candidate.known.summary.clone(),
                snippet: shown.map(|passage| snippet::snippet(&passage.text, &words)).unwrap_or_default(),
                anchor: shown.and_then(|passage| passage.anchor.clone()),
                score: candidate.score,
                explanation: explain.then(|| candidate.parts.explanation(method, baseline, candidate.score)),
                passage: marked.remove(&id).unwrap_or_default(),
            }
        });
        Ok(hits.collect())
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

impl Search {
    /// The words to look up: those typed, and those that the glossary adds.
    fn terms(&self, words: &str, mode: Mode) -> (Vec<Term>, Vec<Expansion>) {
        if mode == Mode::Semantic {
            return (Vec::new(), Vec::new());
        }
        let mut terms: Vec<Term> = query_terms(words)
            .into_iter()
            .map(|token| Term {
                feature: format!("term:{}", token.text),
                group: FeatureGroup::Lexical,
                value: words[token.start..token.end].to_owned(),
                weight: 1.0,
                text: token.text,
            })
            .collect();
        let expansions = self.expansions(words);
        for expansion in &expansions {
            let value = format!("{} → {}", expansion.from, expansion.to.join(" / "));
            let mut seen: HashSet<String> = terms.iter().map(|term| term.text.clone()).collect();
            for name in &expansion.to {
                let tokens = query_terms(name);
                let share =
                    weights::GLOSSARY / f64::from(u32::try_from(tokens.len().max(1)).unwrap_or(u32::MAX)).sqrt();
                for token in tokens {
                    if !is_stop_word(&token.text) && seen.insert(token.text.clone()) {
                        terms.push(Term {
                            text: token.text,
                            feature: format!("glossary:{}", expansion.term),
                            group: FeatureGroup::Glossary,
                            value: value.clone(),
                            weight: share,
                        });
                    }
                }
            }
        }
        (terms, expansions)
    }

    /// Glossary terms in the query: the longest names first, each stretch of the query once.
    fn expansions(&self, words: &str) -> Vec<Expansion> {
        let Some(glossary) = read(&self.glossary).clone() else { return Vec::new() };
        let text = fold(words);
        let mut found: Vec<(usize, usize, &crate::TermHint, &String)> = Vec::new();
        for term in &glossary.terms {
            for name in [&term.zh, &term.en].into_iter().chain(&term.aliases) {
                let folded = fold(name);
                if folded.is_empty() {
                    continue;
                }
                if let Some(at) = text.find(&folded)
                    && on_word_boundaries(&text, at, at + folded.len())
                {
                    found.push((at, at + folded.len(), term, name));
                }
            }
        }
        found.sort_by_key(|(start, end, ..)| (std::cmp::Reverse(end - start), *start));
        let mut taken: Vec<(usize, usize)> = Vec::new();
        let mut expansions: Vec<Expansion> = Vec::new();
        for (start, end, term, name) in found {
            if taken.iter().any(|(from, to)| start < *to && *from < end) || expansions.len() == MOST_EXPANSIONS {
                continue;
            }
            taken.push((start, end));
            let Ok(slug) = Slug::parse(&term.slug) else { continue };
            if expansions.iter().any(|expansion| expansion.term == slug) {
                continue;
            }
            let to: Vec<String> =
                [&term.zh, &term.en].into_iter().filter(|other| fold(other) != fold(name)).cloned().collect();
            expansions.push(Expansion { from: name.clone(), term: slug, to });
        }
        expansions
    }

    async fn encode_query(&self, words: &str) -> Result<Option<Encoded>, Problem> {
        let text = self.gloss().of(words);
        if self.worker.is_none() || !text.chars().any(char::is_alphanumeric) {
            return Ok(None);
        }
        let Some(states) = self.token_states(vec![text]).await?.pop() else { return Ok(None) };
        let (vector, passages) = (states.vector.clone(), self.passages.clone());
        let nearest = tokio::task::spawn_blocking(move || read(&passages).nearest(&vector)).await.map_err(internal)?;
        let n = f64::from(u32::try_from(nearest.len().max(1)).unwrap_or(u32::MAX));
        let mean = nearest.values().map(|similar| f64::from(similar.cosine)).sum::<f64>() / n;
        let variance = nearest.values().map(|similar| (f64::from(similar.cosine) - mean).powi(2)).sum::<f64>() / n;
        Ok(Some(Encoded { states, nearest, mean, deviation: variance.sqrt() }))
    }

    async fn token_states(&self, texts: Vec<String>) -> Result<Vec<TokenStates>, Problem> {
        let worker = self.worker.as_ref().ok_or_else(|| Problem::new(ProblemKind::Unavailable))?;
        let (send, receive) = tokio::sync::oneshot::channel();
        worker
            .encode_tokens(texts, move |answer| {
                let _ = send.send(answer);
            })
            .map_err(|Busy| Problem::new(ProblemKind::Overloaded))?;
        receive.await.map_err(internal)?.map_err(internal)
    }

    /// Everything that matches and that the actor may see, best first.
    #[expect(clippy::too_many_arguments, reason = "the parts of one query, used here once")]
    fn candidates(
        &self,
        actor: &Actor,
        request: &SearchRequest,
        parsed: &ParsedQuery,
        terms: &[Term],
        encoded: Option<&Encoded>,
        containing: Option<&HashSet<Uuid>>,
        words: &str,
    ) -> Result<Vec<Candidate>, Problem> {
        let off: HashSet<&str> = request.without.iter().map(String::as_str).collect();
        let texts: Vec<&str> = terms.iter().map(|term| term.text.as_str()).collect();
        let mut lexical =
            if texts.is_empty() { HashMap::new() } else { self.lexical.matches(&texts).map_err(internal)? };
        // What a document that holds every typed word once, at no length penalty, would about reach.
        let mut scale = 0.0;
        for term in terms.iter().filter(|term| term.group == FeatureGroup::Lexical) {
            scale += self.lexical.most(&term.text).map_err(internal)?;
        }
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let near = encoded.map(|encoded| self.with_translations(encoded)).unwrap_or_default();
        let mut ids: HashSet<Uuid> = lexical.keys().copied().collect();
        if let Some(encoded) = encoded {
            ids.extend(above(&near, encoded));
        }
        let lists_all = terms.is_empty()
            && parsed.text.trim().is_empty()
            && parsed.phrases.is_empty()
            && !parsed.filters.is_empty();
        let entries = read(&self.entries);
        if lists_all {
            ids.extend(entries.keys());
        } else if let Some(containing) = containing {
            ids.extend(containing);
        }
        let title = fold(words);
        let lang = if words.chars().any(is_cjk) { Lang::Zh } else { Lang::En };
        let mut candidates = Vec::new();
        for id in ids {
            let Some(known) = entries.get(&id) else { continue };
            let summary = &known.summary;
            if containing.is_some_and(|containing| !containing.contains(&id))
                || !actor.sees(summary.state, summary.created_by)
                || !passes(known, parsed, request)
            {
                continue;
            }
            let mut parts = Parts::default();
            let matched = lexical.remove(&id).unwrap_or_default();
            for (number, amount) in &matched.amounts {
                let term = &terms[*number];
                parts.add(&off, term.feature.clone(), term.group, &term.value, term.weight * amount / scale);
            }
            let nearest = near.get(&id).copied();
            if let (Some(encoded), Some((entry, similar, factor))) = (encoded, nearest) {
                self.add_tokens(&mut parts, &off, encoded, entry, similar, factor);
            }
            if request.mode != Mode::Semantic && !lists_all {
                if known.names.contains(&title) {
                    parts.add(&off, "rule:title".into(), FeatureGroup::Rule, "=", weights::TITLE);
                }
                if !parts.is_empty() && (summary.kind == alluvium_domain::EntryKind::Term || summary.lang == lang) {
                    parts.add(&off, "rule:language".into(), FeatureGroup::Rule, lang.code(), weights::LANGUAGE);
                }
            }
            // With everything that spoke for it switched off, it is no hit any more.
            if parts.is_empty() && !lists_all && containing.is_none() {
                continue;
            }
            let baseline = encoded.map_or(0.0, |encoded| -weights::SEMANTIC * encoded.mean);
            let score = baseline + parts.sum();
            let nearest = nearest.map(|(entry, similar, _)| (entry, similar));
            candidates.push(Candidate { known: known.clone(), parts, score, nearest });
        }
        candidates.sort_by(|a, b| {
            let newest = || b.known.summary.updated_at.cmp(&a.known.summary.updated_at);
            b.score.total_cmp(&a.score).then_with(newest).then_with(|| a.known.summary.id.cmp(&b.known.summary.id))
        });
        Ok(candidates)
    }

    /// The nearest passage of each entry, or its translation's where that, discounted, is nearer.
    fn with_translations(&self, encoded: &Encoded) -> HashMap<Uuid, (Uuid, Similar, f64)> {
        let translations = read(&self.translations);
        encoded
            .nearest
            .iter()
            .map(|(id, own)| {
                let other = translations.get(id).and_then(|other| Some((*other, *encoded.nearest.get(other)?)));
                match other {
                    Some((other, similar))
                        if f64::from(similar.cosine) * weights::TRANSLATION > f64::from(own.cosine) =>
                    {
                        (*id, (other, similar, weights::TRANSLATION))
                    }
                    _ => (*id, (*id, *own, 1.0)),
                }
            })
            .collect()
    }

    /// The cosine as a sum over the query's tokens, whole words together.
    fn add_tokens(
        &self,
        parts: &mut Parts,
        off: &HashSet<&str>,
        encoded: &Encoded,
        entry: Uuid,
        near: Similar,
        factor: f64,
    ) {
        let passages = read(&self.passages);
        let Some(vector) = passages.vector(&entry, near.ordinal) else { return };
        let weight = weights::SEMANTIC * factor;
        let Some(amounts) = encoded.states.amounts(vector) else {
            // Pooling by cls is no sum over tokens: the cosine stays one part.
            let amount = weight * f64::from(near.cosine);
            parts.add(off, "cosine".into(), FeatureGroup::Semantic, "cosine", amount);
            return;
        };
        let mut feature = String::new();
        let mut value = String::new();
        let mut sum = 0.0;
        for (number, (token, amount)) in encoded.states.tokens.iter().zip(&amounts).enumerate() {
            let amount = weight * f64::from(*amount);
            if token.special {
                parts.add(off, "token:ends".into(), FeatureGroup::Semantic, "[ ]", amount);
                continue;
            }
            match token.piece.strip_prefix("##") {
                Some(rest) => value.push_str(rest),
                None => {
                    if !feature.is_empty() {
                        parts.add(off, std::mem::take(&mut feature), FeatureGroup::Semantic, &value, sum);
                    }
                    feature = format!("token:{number}");
                    value.clone_from(&token.piece);
                    sum = 0.0;
                }
            }
            sum += amount;
        }
        if !feature.is_empty() {
            parts.add(off, feature, FeatureGroup::Semantic, &value, sum);
        }
    }

    /// The best passage of each hit word by word: each token's share of the cosine with the query.
    async fn mark_passages(
        &self,
        page: &[Candidate],
        passages: &HashMap<Uuid, Vec<Passage>>,
        encoded: &Encoded,
    ) -> Result<HashMap<Uuid, Vec<PassageToken>>, Problem> {
        let mut owners = Vec::new();
        let mut texts = Vec::new();
        for candidate in page {
            let Some((entry, similar)) = candidate.nearest else { continue };
            let Some(passage) = passages.get(&entry).and_then(|all| all.get(similar.ordinal)) else { continue };
            let factor = if entry == candidate.known.summary.id.0 { 1.0 } else { weights::TRANSLATION };
            owners.push((candidate.known.summary.id.0, factor));
            texts.push(passage.encoded.clone());
        }
        let states = self.token_states(texts.clone()).await?;
        let mut marked = HashMap::new();
        for (((owner, factor), text), states) in owners.into_iter().zip(texts).zip(states) {
            let Some(amounts) = states.amounts(&encoded.states.vector) else { continue };
            let weight = weights::SEMANTIC * factor;
            let mut tokens: Vec<PassageToken> = Vec::new();
            let mut at = 0;
            for (token, amount) in states.tokens.iter().zip(amounts) {
                let amount = weight * f64::from(amount);
                if token.special {
                    continue;
                }
                let Some(piece) = text.get(at..token.end) else { continue };
                match tokens.last_mut() {
                    Some(last) if token.piece.starts_with("##") => {
                        last.text.push_str(piece);
                        last.amount += amount;
                    }
                    _ => tokens.push(PassageToken { text: piece.to_owned(), amount }),
                }
                at = token.end;
            }
            marked.insert(owner, tokens);
        }
        Ok(marked)
    }
}

/// Entries that stand out by cosine.
fn above(near: &HashMap<Uuid, (Uuid, Similar, f64)>, encoded: &Encoded) -> Vec<Uuid> {
    let least = encoded.mean + SEMANTIC_DISTANCE * encoded.deviation;
    let mut found: Vec<(f64, Uuid)> = near
        .iter()
        .map(|(id, (_, similar, factor))| (f64::from(similar.cosine) * factor, *id))
        .filter(|(cosine, _)| *cosine >= least)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    found.truncate(SEMANTIC_CANDIDATES);
    found.into_iter().map(|(_, id)| id).collect()
}

/// A Latin name must not begin or end inside a word.
fn on_word_boundaries(text: &str, start: usize, end: usize) -> bool {
    let joins = |a: Option<char>, b: Option<char>| matches!((a, b), (Some(a), Some(b)) if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric());
    !joins(text[..start].chars().next_back(), text[start..].chars().next())
        && !joins(text[..end].chars().next_back(), text[end..].chars().next())
}

/// Filters of one sort widen, different sorts narrow. Archived entries show only when asked for.
fn passes(known: &Known, parsed: &ParsedQuery, request: &SearchRequest) -> bool {
    let summary = &known.summary;
    if request.kind.is_some_and(|kind| kind != summary.kind) {
        return false;
    }
    let mut verdicts: HashMap<std::mem::Discriminant<Filter>, bool> = HashMap::new();
    let mut asks_state = false;
    for filter in &parsed.filters {
        let holds = match filter {
            Filter::Type(kind) => summary.kind == *kind,
            Filter::Tag(tag) => summary.tags.iter().any(|own| own == tag),
            Filter::Author(name) => {
                let name = name.to_lowercase();
                summary.authors.iter().any(|author| author.to_lowercase().contains(&name))
            }
            Filter::After(date) => summary.updated_at.date() >= *date,
            Filter::Before(date) => summary.updated_at.date() < *date,
            Filter::Lang(lang) => summary.lang == *lang,
            Filter::State(state) => {
                asks_state = true;
                summary.state == *state
            }
        };
        *verdicts.entry(std::mem::discriminant(filter)).or_default() |= holds;
    }
    verdicts.values().all(|holds| *holds) && (asks_state || summary.state != EntryState::Archived)
}

fn facets(candidates: &[Candidate]) -> Facets {
    let summaries = || candidates.iter().map(|candidate| &candidate.known.summary);
    Facets {
        types: counted(summaries().map(|summary| summary.kind.to_string()), usize::MAX),
        tags: counted(summaries().flat_map(|summary| summary.tags.iter().cloned()), FACET_TAGS),
        langs: counted(summaries().map(|summary| summary.lang.to_string()), usize::MAX),
    }
}

fn counted(values: impl Iterator<Item = String>, most: usize) -> Vec<FacetCount> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<FacetCount> = counts.into_iter().map(|(value, count)| FacetCount { value, count }).collect();
    counts.sort_by(|a, b| match b.count.cmp(&a.count) {
        Ordering::Equal => a.value.cmp(&b.value),
        other => other,
    });
    counts.truncate(most);
    counts
}
