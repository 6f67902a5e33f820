//! Finding glossary terms in running text.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use alluvium_domain::Lang;

use crate::glossary::TermHint;

/// Finds the names of glossary terms, all at once and in linear time.
#[derive(Debug, Clone)]
pub struct TermMatcher {
    automaton: Option<AhoCorasick>,
    /// One for each pattern of the automaton.
    names: Vec<Name>,
    terms: Vec<Term>,
    by_slug: HashMap<String, usize>,
    lang: Lang,
}

/// What a hover shows.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) slug: String,
    pub(super) definition: String,
}

#[derive(Debug, Clone)]
struct Name {
    text: String,
    term: usize,
    /// `MAP` is a metric, `map` a word: names in capitals count only as they are written.
    exact_case: bool,
    /// Whether the name begins and ends with a letter of an alphabet, so that it must stand as a word of its own.
    word_start: bool,
    word_end: bool,
}

/// A name found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) term: usize,
}

impl TermMatcher {
    /// A matcher for the names and aliases of these terms, in both languages, with definitions in `lang`.
    pub fn new(hints: &[TermHint], lang: Lang) -> Self {
        let mut names: Vec<Name> = Vec::new();
        let mut seen = HashSet::new();
        for (term, hint) in hints.iter().enumerate() {
            for text in [&hint.zh, &hint.en].into_iter().chain(&hint.aliases) {
                // One Chinese character, or one letter, is part of too many other words.
                if text.chars().count() >= 2 && seen.insert(text.to_lowercase()) {
                    names.push(Name::new(text, term));
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(names.iter().map(|name| &name.text))
            .ok();
        let terms = hints
            .iter()
            .map(|hint| Term {
                slug: hint.slug.clone(),
                definition: lang.pick(&hint.definition_zh, &hint.definition_en).clone(),
            })
            .collect();
        let by_slug = hints.iter().enumerate().map(|(number, hint)| (hint.slug.clone(), number)).collect();
        TermMatcher { automaton, names, terms, by_slug, lang }
    }

    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    /// The number of the term with this slug.
    pub(super) fn by_slug(&self, slug: &str) -> Option<usize> {
        self.by_slug.get(slug).copied()
    }

    pub(super) fn term(&self, number: usize) -> Option<&Term> {
        self.terms.get(number)
    }

    /// The terms that occur in `text` and are not yet in `seen`: each once, the longest name where several begin or overlap.
    pub(super) fn first_occurrences(&self, text: &str, seen: &mut HashSet<usize>) -> Vec<Found> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let mut found: Vec<Found> = automaton
            .find_overlapping_iter(text)
            .filter_map(|hit| {
                let name = &self.names[hit.pattern().as_usize()];
                let range = name.place(text, hit.range())?;
                Some(Found { range, term: name.term })
            })
            .collect();
        found.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
        let mut end = 0;
        found.retain(|found| {
            let free = found.range.start >= end;
            if free {
                // A later term inside a longer, earlier one does not count, even if that one was explained before.
                end = found.range.end;
            }
            free && seen.insert(found.term)
        });
        found
    }
}

impl Name {
    fn new(text: &str, term: usize) -> Self {
        let mut letters = text.chars().filter(|c| c.is_alphabetic()).peekable();
        let exact_case = letters.peek().is_some() && letters.all(char::is_uppercase) && text.chars().count() <= 8;
        Name {
            text: text.to_owned(),
            term,
            exact_case,
            word_start: text.chars().next().is_some_and(is_word),
            word_end: text.chars().next_back().is_some_and(is_word),
        }
    }

    /// Where the name stands, if it stands there as a name; an English plural's `s` belongs to it.
    fn place(&self, text: &str, range: Range<usize>) -> Option<Range<usize>> {
        if self.exact_case && text[range.clone()] != self.text {
            return None;
        }
        let before = text[..range.start].chars().next_back();
        if self.word_start && before.is_some_and(joins) {
            return None;
        }
        let mut end = range.end;
        if self.word_end {
            let mut after = text[end..].chars();
            let mut next = after.next();
            if next == Some('s') {
                end += 1;
                next = after.next();
            }
            if next.is_some_and(joins) {
                return None;
            }
        }
        Some(range.start..end)
    }
}

/// A letter or digit of a script that has spaces between words.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !super::words::is_cjk(c)
}

/// What makes a longer word of a name beside it: `ranking` in `re-ranking`, `map` in `map_fn`.
fn joins(c: char) -> bool {
    is_word(c) || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(slug: &str, zh: &str, en: &str, aliases: &[&str]) -> TermHint {
        TermHint {
            slug: slug.into(),
            zh: zh.into(),
            en: en.into(),
            aliases: aliases.iter().map(|&alias| alias.into()).collect(),
            definition_zh: format!("{zh}的定义"),
            definition_en: format!("what {en} is"),
            tags: Vec::new(),
        }
    }

    fn found(text: &str) -> Vec<String> {
        let matcher = TermMatcher::new(
            &[
                hint("ranking", "排序", "ranking", &[]),
                hint("re-ranking", "重排", "re-ranking", &["重排序"]),
                hint("map", "平均精度均值", "MAP", &[]),
                hint("click-model", "点击模型", "click model", &["softmax 点击模型"]),
                hint("embedding", "嵌入", "embedding", &[]),
                hint("sku", "最小库存单位", "SKU", &["单品"]),
            ],
            Lang::Zh,
        );
        let found = matcher.first_occurrences(text, &mut HashSet::new());
        found.into_iter().map(|found| format!("{}={}", matcher.terms[found.term].slug, &text[found.range])).collect()
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(found("先重排序，再排序"), ["re-ranking=重排序", "ranking=排序"]);
        assert_eq!(found("Softmax 点击模型"), ["click-model=Softmax 点击模型"]);
        assert_eq!(found("re-ranking"), ["re-ranking=re-ranking"]);
    }

    #[test]
    fn latin_names_are_words_of_their_own() {
        assert_eq!(found("the outranking rankings' Ranking"), ["ranking=rankings"]);
        assert_eq!(found("pre-ranking ranking_fn rankingss"), [""; 0]);
        assert_eq!(found("用embedding表示"), ["embedding=embedding"]);
        assert_eq!(found("embeddings, 3 SKUs"), ["embedding=embeddings", "sku=SKUs"]);
    }

    #[test]
    fn capitals_count_as_written() {
        assert_eq!(found("a map of the city"), [""; 0]);
        assert_eq!(found("MAP@10"), ["map=MAP"]);
    }

    #[test]
    fn each_term_is_found_once() {
        assert_eq!(found("排序 ranking 排序"), ["ranking=排序"]);
        let matcher = TermMatcher::new(&[hint("a", "召回", "recall", &[])], Lang::En);
        let mut seen = HashSet::new();
        assert_eq!(matcher.first_occurrences("召回", &mut seen).len(), 1);
        assert_eq!(matcher.first_occurrences("recall", &mut seen).len(), 0);
        assert_eq!(matcher.term(0).unwrap().definition, "what recall is");
        assert!(TermMatcher::new(&[], Lang::Zh).first_occurrences("召回", &mut seen).is_empty());
    }
}
