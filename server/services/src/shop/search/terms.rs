//! From a query to the words that are looked for.

use alluvium_domain::shop::Correction;
use alluvium_engine::products::{ProductIndex, QueryTerm, TermKind, query_terms};
use alluvium_engine::search::{is_cjk, is_stop_word, query_terms as plain_terms};

/// What a corrected word counts, for each letter that differs.
const CORRECTED: f64 = 0.8;
/// What words written together or apart count.
const COMPOUND: f64 = 0.9;
/// What English counts that stands for a Chinese word, over the square root of its words.
const TRANSLATED: f64 = 0.6;

/// The words of a query: those typed; for one that occurs nowhere its English, its parts, or the nearest word; and neighbours that the catalogue writes
/// as one word. With what stands for what.
pub(crate) fn terms(
    index: &ProductIndex,
    text: &str,
    translate: &dyn Fn(&str) -> Vec<String>,
) -> (Vec<QueryTerm>, Vec<Correction>) {
    let tokens = query_terms(text, &|word| index.occurs(word));
    let mut terms: Vec<QueryTerm> = Vec::new();
    let mut corrections = Vec::new();
    for (group, token) in tokens.iter().enumerate() {
        let typed = &text[token.start..token.end];
        if index.occurs(&token.text) {
            terms.push(QueryTerm {
                text: token.text.clone(),
                surface: typed.to_owned(),
                shown: typed.to_owned(),
                kind: TermKind::Typed,
                weight: 1.0,
                group,
            });
            continue;
        }
        let instead = |surface: &str, term: String, kind: TermKind, weight: f64| QueryTerm {
            text: term,
            surface: surface.to_owned(),
            shown: format!("{typed} → {surface}"),
            kind,
            weight,
            group,
        };
        let before = terms.len();
        if typed.chars().any(is_cjk) {
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
                shown: typed.to_owned(),
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
                    surface: surface.to_lowercase(),
                    shown: format!(
                        "{} {} → {surface}",
                        &text[pair[0].start..pair[0].end],
                        &text[pair[1].start..pair[1].end]
                    ),
                    kind: TermKind::Compound,
                    weight: COMPOUND / 2.0,
                    group,
                });
            }
        }
    }
    for term in terms.iter().filter(|term| term.kind != TermKind::Typed) {
        if let Some((from, to)) = term.shown.split_once(" → ") {
            let correction = Correction { from: from.to_owned(), to: to.to_owned() };
            if !corrections.contains(&correction) {
                corrections.push(correction);
            }
        }
    }
    (terms, corrections)
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
    fn odd_queries_are_no_panic() {
        for odd in ["", " ", "\"", "ab", "a b c", "É", "17\"x 4gb/s", "耳 机", "１７\" ４ＧＢ", "a\u{301}bcd efgh"]
        {
            shown(odd);
        }
    }
}
