//! The stretch of a hit's text that is shown, with the words that matched.

use std::collections::HashSet;

use alluvium_domain::fold::Folded;
use alluvium_domain::search::Span;
use alluvium_engine::search::{analyse, is_one_character};

/// Characters of a snippet; English words are longer than Chinese ones.
const CHARACTERS: usize = 120;
const CHARACTERS_LATIN: usize = 220;

/// How many different terms a text holds.
pub(super) fn matched(text: &str, terms: &HashSet<String>) -> usize {
    places(text, terms).into_iter().map(|(term, ..)| term).collect::<HashSet<_>>().len()
}

/// Where the terms stand, by first byte: as words, and those of one Chinese character also within longer words.
fn places(text: &str, terms: &HashSet<String>) -> Vec<(String, usize, usize)> {
    let words = analyse(text).into_iter().filter(|token| terms.contains(&token.text));
    let mut places: Vec<(String, usize, usize)> = words.map(|token| (token.text, token.start, token.end)).collect();
    let single: Vec<&String> = terms.iter().filter(|term| is_one_character(term)).collect();
    if !single.is_empty() {
        let folded = Folded::of(text);
        for term in single {
            for (at, _) in folded.text.match_indices(term.as_str()) {
                let source = folded.source(at..at + term.len());
                places.push((term.clone(), source.start, source.end));
            }
        }
    }
    places.sort_by_key(|(_, start, end)| (*start, *end));
    places
}

/// The window with the most matches, cut at sentence ends where they are near.
pub(super) fn snippet(text: &str, terms: &HashSet<String>) -> Vec<Span> {
    // Overlapping words (jieba's search mode) become one mark.
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for (start, end) in places(text, terms).into_iter().map(|(_, start, end)| (start, end)) {
        match marks.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => marks.push((start, end)),
        }
    }
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let latin = chars.iter().filter(|(_, c)| c.is_ascii()).count() * 2 > chars.len();
    let width = if latin { CHARACTERS_LATIN } else { CHARACTERS };
    let (start, end) = window(&chars, text.len(), &marks, width);
    let mut spans = Vec::new();
    let mut push = |text: &str, marked: bool| {
        if !text.is_empty() {
            spans.push(Span { text: text.to_owned(), marked });
        }
    };
    if start > 0 {
        push("… ", false);
    }
    let mut at = start;
    for (from, to) in marks.into_iter().filter(|(from, to)| *from >= start && *to <= end) {
        push(&text[at..from], false);
        push(&text[from..to], true);
        at = to;
    }
    push(&text[at..end], false);
    if end < text.len() {
        push(" …", false);
    }
    spans
}

/// First and last byte of the densest stretch of `width` characters.
fn window(chars: &[(usize, char)], len: usize, marks: &[(usize, usize)], width: usize) -> (usize, usize) {
    if chars.len() <= width {
        return (0, len);
    }
    let number = |byte: usize| chars.partition_point(|(at, _)| *at < byte);
    let best = marks
        .iter()
        .map(|(from, _)| {
            let first = number(*from);
            let last = chars.get(first + width).map_or(len, |(at, _)| *at);
            (marks.iter().filter(|(start, end)| start >= from && *end <= last).count(), first)
        })
        .max_by_key(|(count, first)| (*count, std::cmp::Reverse(*first)))
        .map_or(0, |(_, first)| first);
    // A little before the first mark, from the start of a clause if there is one.
    let lead = best.saturating_sub(width / 5);
    let clause =
        chars[lead..best].iter().rposition(|(_, c)| matches!(c, '。' | '，' | '；' | '.' | ',' | ';' | '！' | '？'));
    let mut first = clause.map_or(lead, |at| lead + at + 1);
    first = first.min(chars.len() - width);
    while chars.get(first).is_some_and(|(_, c)| c.is_whitespace()) {
        first += 1;
    }
    let last = chars.get(first + width).map_or(len, |(at, _)| *at);
    (chars[first].0, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(words: &[&str]) -> HashSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_window_holds_the_matches_and_nothing_is_lost() {
        let text = "无关的话。".repeat(60) + "这里讲点击模型与位置偏差。" + &"又是无关的话。".repeat(60);
        let spans = snippet(&text, &terms(&["点击", "偏差", "位置"]));
        let joined: String = spans.iter().map(|span| span.text.as_str()).collect();
        assert!(joined.contains("点击模型与位置偏差"), "{joined}");
        assert!(spans.iter().any(|span| span.marked && span.text == "点击"));
        let spans = snippet("谈的是知鱼之乐，不是女鞋。", &terms(&["鱼"]));
        assert!(spans.iter().any(|span| span.marked && span.text == "鱼"), "one character within a word: {spans:?}");
        let short = snippet("A short text about ranking.", &terms(&["rank"]));
        assert_eq!(short.iter().map(|span| span.text.as_str()).collect::<String>(), "A short text about ranking.");
        assert!(short.iter().any(|span| span.marked && span.text == "ranking"));
    }
}
