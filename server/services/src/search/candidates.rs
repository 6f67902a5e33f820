//! Candidates of a query and their scores.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use alluvium_domain::search::{Expansion, Mode, ParsedQuery, SearchRequest, WordMatches};
use alluvium_domain::{Actor, EntryKind, FeatureGroup, Lang, Problem, fold};
use alluvium_engine::search::{is_cjk, is_stop_word, query_terms};
use uuid::Uuid;

use super::encoded::{Encoded, Near};
use super::filter;
use super::index::{Known, Search, read};
use super::score::{Features, Parts};
use super::weights;
use crate::error::internal;

/// The least cosine of an entry that is found by meaning where no word of the query is found anywhere.
const LEAST_COSINE: f64 = 0.35;

/// A word of the query or of an expansion.
pub(super) struct Term {
    pub(super) text: String,
    feature: usize,
    weight: f64,
    /// Whether it was typed, not added by the glossary.
    typed: bool,
}

/// A query, taken apart and encoded.
pub(super) struct Query {
    pub(super) request: SearchRequest,
    pub(super) parsed: ParsedQuery,
    /// Everything but the filters.
    pub(super) words: String,
    pub(super) terms: Vec<Term>,
    pub(super) encoded: Option<Encoded>,
    /// Entries that hold every phrase; none where there is no phrase.
    pub(super) containing: Option<HashSet<Uuid>>,
}

impl Query {
    /// What every hit starts from.
    pub(super) fn baseline(&self) -> f64 {
        self.encoded.as_ref().map_or(0.0, Encoded::baseline)
    }

    /// Filters alone: a list, not a search.
    pub(super) fn lists_all(&self) -> bool {
        self.terms.is_empty()
            && self.parsed.text.trim().is_empty()
            && self.parsed.phrases.is_empty()
            && !self.parsed.filters.is_empty()
    }
}

/// How much of the words the candidates, best first, have.
pub(super) fn matches(candidates: &[Candidate]) -> WordMatches {
    WordMatches {
        every: candidates
            .iter()
            .rposition(|candidate| candidate.literal && candidate.coverage >= 1.0)
            .map_or(0, |place| place + 1),
        some: candidates.iter().filter(|candidate| candidate.literal).count(),
    }
}

/// An entry with its score.
pub(super) struct Candidate {
    pub(super) known: Arc<Known>,
    /// Parts other than the cosine, which is taken apart for the hits that are shown only.
    parts: Parts,
    pub(super) near: Option<Near>,
    pub(super) score: f64,
    /// Share of the typed words that it has; of phrases it has all.
    pub(super) coverage: f64,
    /// Whether a word, a name that the glossary adds, or a phrase speaks for it, not meaning alone.
    pub(super) literal: bool,
}

impl Candidate {
    pub(super) fn id(&self) -> Uuid {
        self.known.summary.id.0
    }
}

impl Search {
    /// The words to look up: those typed, and those that the glossary adds.
    pub(super) fn terms(&self, words: &str, expansions: &[Expansion], features: &mut Features) -> Vec<Term> {
        let typed = |token: alluvium_engine::search::Token| {
            let name = format!("term:{}", token.text);
            let feature = features.number(&name, FeatureGroup::Lexical, &words[token.start..token.end]);
            Term { text: token.text, feature, weight: 1.0, typed: true }
        };
        let mut terms: Vec<Term> = query_terms(words).into_iter().map(typed).collect();
        for expansion in expansions {
            let value = format!("{} → {}", expansion.from, expansion.to.join(" / "));
            let mut seen: HashSet<String> = terms.iter().map(|term| term.text.clone()).collect();
            for name in &expansion.to {
                let tokens = query_terms(name);
                let weight =
                    weights::GLOSSARY / f64::from(u32::try_from(tokens.len().max(1)).unwrap_or(u32::MAX)).sqrt();
                for token in tokens {
                    if !is_stop_word(&token.text) && seen.insert(token.text.clone()) {
                        let name = format!("glossary:{}", expansion.term);
                        let feature = features.number(&name, FeatureGroup::Glossary, &value);
                        terms.push(Term { text: token.text, feature, weight, typed: false });
                    }
                }
            }
        }
        terms
    }

    /// Everything that matches and that the actor may see, best first.
    pub(super) fn candidates(
        &self,
        actor: &Actor,
        query: &Query,
        features: &mut Features,
    ) -> Result<Vec<Candidate>, Problem> {
        let lang = if query.words.chars().any(is_cjk) { Lang::Zh } else { Lang::En };
        let title_rule = features.number("rule:title", FeatureGroup::Rule, "=");
        let language_rule = features.number("rule:language", FeatureGroup::Rule, lang.code());
        let features = &*features;
        let texts: Vec<&str> = query.terms.iter().map(|term| term.text.as_str()).collect();
        let mut lexical =
            if texts.is_empty() { HashMap::new() } else { self.lexical.matches(&texts).map_err(internal)? };
        let scale = self.scale(query)?;
        let lists_all = query.lists_all();
        let mut ids: HashSet<Uuid> = lexical.keys().copied().collect();
        ids.extend(query.encoded.as_ref().map(Encoded::above).unwrap_or_default());
        let entries = read(&self.entries);
        if lists_all {
            ids.extend(entries.keys());
        } else if let Some(containing) = &query.containing {
            ids.extend(containing);
        }
        let title = fold::name(&query.words);
        let words = query.terms.iter().filter(|term| term.typed).count();
        let whole = query.encoded.as_ref().is_some_and(|encoded| encoded.is_whole(features));
        let mut candidates = Vec::new();
        for id in ids {
            let Some(known) = entries.get(&id) else { continue };
            let summary = &known.summary;
            if query.containing.as_ref().is_some_and(|containing| !containing.contains(&id))
                || !actor.sees(summary.state, summary.created_by)
                || !filter::passes(summary, &query.parsed, &query.request)
            {
                continue;
            }
            let mut parts = Parts::default();
            let matched = lexical.remove(&id).unwrap_or_default().amounts;
            let typed = matched.iter().filter(|(number, _)| query.terms[*number].typed).count();
            let literal = !matched.is_empty() || query.containing.is_some() || known.names.contains(&title);
            for (number, amount) in &matched {
                let term = &query.terms[*number];
                parts.add(features, term.feature, term.weight * amount / scale);
            }
            let near = query.encoded.as_ref().and_then(|encoded| encoded.near.get(&id).copied());
            let semantic = match (&query.encoded, near) {
                (Some(_), Some(near)) if whole => Some(near.amount()),
                (Some(encoded), Some(near)) => {
                    let mut tokens = Parts::default();
                    self.add_tokens(&mut tokens, features, encoded, &near);
                    (!tokens.is_empty()).then(|| tokens.sum())
                }
                _ => None,
            };
            if query.request.mode != Mode::Semantic && !lists_all {
                if known.names.contains(&title) {
                    parts.add(features, title_rule, weights::TITLE);
                }
                let speaks = semantic.is_some() || !parts.is_empty();
                if speaks && (summary.kind == EntryKind::Term || summary.lang == lang) {
                    parts.add(features, language_rule, weights::LANGUAGE);
                }
            }
            // With everything that spoke for it switched off, it is no hit any more.
            if parts.is_empty() && semantic.is_none() && !lists_all && query.containing.is_none() {
                continue;
            }
            let score = query.baseline() + parts.sum() + semantic.unwrap_or(0.0);
            let coverage = if words == 0 { 1.0 } else { typed as f64 / words as f64 };
            candidates.push(Candidate { known: known.clone(), parts, near, score, coverage, literal });
        }
        // Something is always nearest: where no word is found at all, only what is near by itself.
        if query.request.mode != Mode::Semantic && !lists_all && candidates.iter().all(|candidate| !candidate.literal) {
            candidates.retain(|candidate| candidate.near.is_some_and(|near| near.closeness() >= LEAST_COSINE));
        }
        candidates.sort_by(|a, b| {
            let newest = || b.known.summary.updated_at.cmp(&a.known.summary.updated_at);
            b.score.total_cmp(&a.score).then_with(newest).then_with(|| a.id().cmp(&b.id()))
        });
        Ok(candidates)
    }

    /// What a document that holds every typed word once, at no length penalty, would about reach.
    fn scale(&self, query: &Query) -> Result<f64, Problem> {
        let mut scale = 0.0;
        for term in query.terms.iter().filter(|term| term.typed) {
            scale += self.lexical.most(&term.text).map_err(internal)?;
        }
        Ok(if scale > 0.0 { scale } else { 1.0 })
    }

    /// All parts of a candidate, the cosine token by token.
    pub(super) fn parts(&self, candidate: Candidate, encoded: Option<&Encoded>, features: &Features) -> Parts {
        let mut parts = candidate.parts;
        if let (Some(encoded), Some(near)) = (encoded, candidate.near) {
            self.add_tokens(&mut parts, features, encoded, &near);
        }
        parts
    }
}
