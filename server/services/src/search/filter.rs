//! Filters of a query, and counts over its hits.

use std::cmp::Ordering;
use std::collections::HashMap;

use alluvium_domain::search::{FacetCount, Facets, Filter, ParsedQuery, SearchRequest};
use alluvium_domain::{EntryState, EntrySummary, fold};

/// Tags in the facets.
const FACET_TAGS: usize = 24;

/// Filters of one sort widen, different sorts narrow. Archived entries show only when asked for.
pub(super) fn passes(summary: &EntrySummary, parsed: &ParsedQuery, request: &SearchRequest) -> bool {
    if request.kind.is_some_and(|kind| kind != summary.kind) {
        return false;
    }
    let mut verdicts: HashMap<std::mem::Discriminant<Filter>, bool> = HashMap::new();
    let mut asks_state = false;
    for filter in &parsed.filters {
        let holds = match filter {
            Filter::Type(kind) => summary.kind == *kind,
            Filter::Tag(tag) => summary.tags.iter().any(|own| fold::same_name(own, tag)),
            Filter::Author(name) => {
                let name = fold::name(name);
                summary.authors.iter().any(|author| fold::name(author).contains(&name))
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

/// Counts over all hits.
pub(super) fn facets<'a, I: Iterator<Item = &'a EntrySummary>>(summaries: impl Fn() -> I) -> Facets {
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
