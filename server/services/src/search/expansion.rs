//! Glossary terms in a query: the names in the other language that search looks for besides.

use alluvium_domain::search::Expansion;
use alluvium_domain::{Slug, fold};

use super::index::{Search, read};
use crate::glossary::FoldedName;

/// Most expansions of one query.
const MOST_EXPANSIONS: usize = 8;

impl Search {
    /// Glossary terms in the query: the longest names first, each stretch of the query once.
    pub(super) fn expansions(&self, words: &str) -> Vec<Expansion> {
        let Some(glossary) = read(&self.glossary).clone() else { return Vec::new() };
        let text = fold::name(words);
        let mut found: Vec<(usize, usize, &FoldedName)> = Vec::new();
        for name in &glossary.names {
            if let Some(start) = text.find(&name.folded) {
                let end = start + name.folded.len();
                if on_word_boundaries(&text, start, end) {
                    found.push((start, end, name));
                }
            }
        }
        found.sort_by_key(|(start, end, _)| (std::cmp::Reverse(end - start), *start));
        let mut taken: Vec<(usize, usize)> = Vec::new();
        let mut expansions: Vec<Expansion> = Vec::new();
        for (start, end, name) in found {
            if taken.iter().any(|(from, to)| start < *to && *from < end) || expansions.len() == MOST_EXPANSIONS {
                continue;
            }
            taken.push((start, end));
            let term = &glossary.terms[name.term];
            let Ok(slug) = Slug::parse(&term.slug) else { continue };
            if expansions.iter().any(|expansion| expansion.term == slug) {
                continue;
            }
            let to: Vec<String> =
                [&term.zh, &term.en].into_iter().filter(|other| fold::name(other) != name.folded).cloned().collect();
            expansions.push(Expansion { from: name.name.clone(), term: slug, to });
        }
        expansions
    }
}

/// A Latin name must not begin or end inside a word.
fn on_word_boundaries(text: &str, start: usize, end: usize) -> bool {
    let joins = |a: Option<char>, b: Option<char>| matches!((a, b), (Some(a), Some(b)) if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric());
    !joins(text[..start].chars().next_back(), text[start..].chars().next())
        && !joins(text[..end].chars().next_back(), text[end..].chars().next())
}
