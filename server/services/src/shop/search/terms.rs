//! From a query to the words that are looked for.

use std::ops::Range;

use alluvium_domain::fold::Folded;
use alluvium_domain::shop::Correction;
use alluvium_engine::products::{ProductIndex, QueryTerm, TermKind, query_terms};
use alluvium_engine::search::{is_cjk, is_one_character, is_stop_word, query_terms as plain_terms};

/// What a corrected word counts, for each letter that differs.
const CORRECTED: f64 = 0.8;
/// What words written together or apart count.
const COMPOUND: f64 = 0.9;
/// What a longer word counts that holds a typed one: a model number of which a part was typed, a Chinese word of which one character was.
const PART: f64 = 0.8;
/// Words that count or price things: they stand for no others, and a product need not have them.
const MEASURE_WORDS: &[&str] = &[
    "元", "块", "块钱", "钱", "款", "件", "个", "双", "只", "条", "支", "枚", "颗", "份", "把", "张", "部", "台", "套",
    "副", "样", "些", "点", "类", "式", "号",
];
/// Digits of a part of a model number at least, and characters.
const PART_DIGITS: usize = 3;
const PART_LENGTH: usize = 4;
/// What English counts that stands for a Chinese word, over the square root of its words.
const TRANSLATED: f64 = 0.6;

/// The words of a query: those typed; for one that occurs nowhere its English, its parts, or the nearest word; and neighbours that the catalogue writes
/// as one word. With what stands for what.
pub(crate) fn terms(
    index: &ProductIndex,
    text: &str,
    translate: &dyn Fn(&str) -> Vec<String>,
) -> (Vec<QueryTerm>, Vec<Correction>) {
    // Everything is compared folded and shown as it was typed.
    let folded = Folded::of(text);
    let (written, text) = (text, folded.text.as_str());
    let shown = |range: Range<usize>| &written[folded.source(range)];
    let mut tokens = query_terms(text, &|word| index.occurs(word));
    if tokens.len() > 1 {
        tokens.retain(|token| !MEASURE_WORDS.contains(&token.text.as_str()) || index.occurs(&token.text));
    }
    let mut terms: Vec<QueryTerm> = Vec::new();
    let mut corrections = Vec::new();
    for (group, token) in tokens.iter().enumerate() {
        let typed = &text[token.start..token.end];
        let as_typed = shown(token.start..token.end);
        let instead = |surface: &str, term: String, kind: TermKind, weight: f64| QueryTerm {
            text: term,
            surface: surface.to_owned(),
            shown: format!("{as_typed} → {surface}"),
            kind,
            weight,
            group,
        };
        let before = terms.len();
        let occurs = index.occurs(&token.text);
        let measure = MEASURE_WORDS.contains(&token.text.as_str());
        if occurs {
            terms.push(QueryTerm {
                text: token.text.clone(),
                surface: typed.to_owned(),
                shown: as_typed.to_owned(),
                kind: TermKind::Typed,
                weight: 1.0,
                group,
            });
        }
        let character = is_one_character(&token.text) && !is_stop_word(&token.text) && !measure;
        if character || (is_part_of_number(&token.text) && (!occurs || tokens.len() == 1)) {
            let words = index.words_with(&token.text);
            terms.extend(words.into_iter().map(|word| instead(word, word.to_owned(), TermKind::Part, PART)));
        }
        if terms.len() > before {
            continue;
        }
        if measure {
            // It stands for itself.
        } else if typed.chars().any(is_cjk) {
            let english: Vec<(String, String)> = translate(typed)
                .iter()
                .flat_map(|words| plain_terms(words).into_iter().map(|t| (words[t.start..t.end].to_owned(), t.text)))
                .filter(|(_, term)| !is_stop_word(term) && index.occurs(term))
                .collect();
            let weight = TRANSLATED / f64::from(u32::try_from(english.len().max(1)).unwrap_or(u32::MAX)).sqrt();
            terms.extend(english.into_iter().map(|(word, term)| instead(&word, term, TermKind::Translated, weight)));
        } else if let Some(parts) = apart(index, &token.text) {
            let surface = parts.join(" ");
            terms.extend(parts.iter().map(|part| {
                let term = plain_terms(part).into_iter().next().map_or_else(|| part.clone(), |term| term.text);
                QueryTerm { surface: part.clone(), ..instead(&surface, term, TermKind::Compound, COMPOUND) }
            }));
        } else if let Some(near) = index.nearest_word(typed) {
            let weight = CORRECTED.powi(i32::try_from(near.distance).unwrap_or(i32::MAX));
            terms.push(instead(&near.word, near.term, TermKind::Corrected(near.distance), weight));
        }
        if terms.len() == before {
            // Nothing has it; it still counts as a word that no product covers.
            terms.push(QueryTerm {
                shown: as_typed.to_owned(),
                ..instead(typed, token.text.clone(), TermKind::Typed, 1.0)
            });
        }
    }
    for (group, pair) in tokens.windows(2).enumerate() {
        // A code and a measure may overlap: then nothing is between them.
        let Some(between) = text.get(pair[0].end..pair[1].start) else { continue };
        let surface = format!("{}{}", &text[pair[0].start..pair[0].end], &text[pair[1].start..pair[1].end]);
        let latin = surface.bytes().all(|byte| byte.is_ascii_alphanumeric()) && between.trim().is_empty();
        let Some(term) = plain_terms(&surface).into_iter().next().filter(|_| latin && surface.len() > 4) else {
            continue;
        };
        if index.occurs(&term.text) && terms.iter().all(|known| known.text != term.text) {
            // It stands for both, so that a product that has it covers both.
            for group in [group, group + 1] {
                terms.push(QueryTerm {
                    text: term.text.clone(),
                    surface: surface.clone(),
                    shown: format!(
                        "{} {} → {surface}",
                        shown(pair[0].start..pair[0].end),
                        shown(pair[1].start..pair[1].end)
                    ),
                    kind: TermKind::Compound,
                    weight: COMPOUND / 2.0,
                    group,
                });
            }
        }
    }
    // A part stands for many words, which the reasons of the hits name.
    for term in terms.iter().filter(|term| !matches!(term.kind, TermKind::Typed | TermKind::Part)) {
        if let Some((from, to)) = term.shown.split_once(" → ") {
            let correction = Correction { from: from.to_owned(), to: to.to_owned() };
            if !corrections.contains(&correction) {
                corrections.push(correction);
            }
        }
    }
    (terms, corrections)
}

/// Whether a word may be part of a model number: some digits, alone or with Latin letters.
fn is_part_of_number(word: &str) -> bool {
    word.len() >= PART_LENGTH
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.bytes().filter(u8::is_ascii_digit).count() >= PART_DIGITS
}

/// A word that occurs nowhere as two that do, each of at least three letters.
fn apart(index: &ProductIndex, word: &str) -> Option<Vec<String>> {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let occurs = |part: &str| plain_terms(part).first().is_some_and(|term| index.occurs(&term.text));
    (3..word.len().saturating_sub(2))
        .map(|at| word.split_at(at))
        .find(|(first, second)| occurs(first) && occurs(second))
        .map(|(first, second)| vec![first.to_owned(), second.to_owned()])
}

#[cfg(test)]
mod tests {
    use alluvium_engine::products::ProductDocument;

    use super::*;

    fn shop() -> ProductIndex {
        let mut index = ProductIndex::new(0);
        for (key, title) in [(1, "Sennheiser headphones"), (2, "Logitech headset"), (3, "memory card reader")] {
            index.put(&ProductDocument { key, title: title.to_owned(), ..ProductDocument::default() });
        }
        index
    }

    fn shown(text: &str) -> Vec<String> {
        let translate =
            |word: &str| if word == "耳机" { vec!["earphones headphones".to_owned()] } else { Vec::new() };
        terms(&shop(), text, &translate).0.into_iter().map(|term| term.shown).collect()
    }

    #[test]
    fn only_words_that_occur_nowhere_are_replaced() {
        assert_eq!(shown("sennheisr headphones"), ["sennheisr → sennheiser", "headphones"]);
        assert_eq!(shown("sennheiser headset"), ["sennheiser", "headset"]);
        assert_eq!(shown("memorycard"), ["memorycard → memory card", "memorycard → memory card"]);
        assert_eq!(shown("head set"), ["head", "set", "head set → headset", "head set → headset"]);
        assert_eq!(shown("耳机"), ["耳机 → headphones"]);
        assert_eq!(shown("zeppelin"), ["zeppelin"]);
    }

    #[test]
    fn parts_of_model_numbers_and_single_characters_find_longer_words() {
        let mut index = ProductIndex::new(0);
        let titles = [
            "Epson WF-M5799DWF",
            "Oki ML5790",
            "Service table 15799",
            "运动女鞋 36码",
            "铁观音茶叶",
            "iPhone15 保护壳",
        ];
        for (key, title) in (0..).zip(titles) {
            index.put(&ProductDocument { key, title: title.to_owned(), ..ProductDocument::default() });
        }
        let found = |text: &str| -> Vec<String> {
            terms(&index, text, &|_| Vec::new()).0.into_iter().map(|term| term.text).collect()
        };
        assert!(found("m5799").contains(&"m5799dwf".to_owned()), "{:?}", found("m5799"));
        assert!(!found("m5799").contains(&"15799".to_owned()));
        assert_eq!(found("5790"), ["ml5790"]);
        assert_eq!(found("579"), ["579"], "too short to tell");
        assert!(found("鞋").iter().any(|word| word.contains("女鞋") || word == "鞋"), "{:?}", found("鞋"));
        assert!(found("茶").iter().any(|word| word.contains('茶')));
        assert_eq!(found("ＩＰＨＯＮＥ　１５")[..1], ["iphon".to_owned()], "{:?}", found("ＩＰＨＯＮＥ　１５"));
        assert!(found("ＩＰＨＯＮＥ　１５").contains(&"iphone15".to_owned()));
        let (_, corrections) = terms(&index, "茶", &|_| Vec::new());
        assert!(corrections.is_empty());
    }

    #[test]
    fn odd_queries_are_no_panic() {
        for odd in ["", " ", "\"", "ab", "a b c", "É", "17\"x 4gb/s", "耳 机", "１７\" ４ＧＢ", "a\u{301}bcd efgh"]
        {
            shown(odd);
        }
    }
}
