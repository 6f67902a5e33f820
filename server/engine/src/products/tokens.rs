//! Words of products and of what shoppers type: measures with their units (`17"`, `4 GB`) and model numbers (`dv7-1211ea`) besides ordinary words.

use std::collections::HashSet;

use alluvium_domain::fold::Folded;

use crate::search::{Token, analyse, is_cjk, query_terms as plain_terms};

/// Units as people write them, and the one spelling that is kept. A unit that is also a word must touch its number.
const UNITS: [(&str, &str, bool); 52] = [
    ("\"", "in", true),
    ("\u{2032}\u{2032}", "in", true),
    ("''", "in", true),
    ("”", "in", true),
    ("inches", "in", false),
    ("inch", "in", false),
    ("in", "in", true),
    ("英寸", "in", false),
    ("寸", "in", true),
    ("tb", "tb", false),
    ("gb", "gb", false),
    ("mb", "mb", false),
    ("kb", "kb", false),
    ("ghz", "ghz", false),
    ("mhz", "mhz", false),
    ("khz", "khz", false),
    ("hz", "hz", false),
    ("kw", "kw", false),
    ("watts", "w", false),
    ("watt", "w", false),
    ("w", "w", false),
    ("瓦", "w", false),
    ("volts", "v", false),
    ("v", "v", false),
    ("伏", "v", false),
    ("mah", "mah", false),
    ("毫安时", "mah", false),
    ("毫安", "mah", false),
    ("wh", "wh", false),
    ("mm", "mm", false),
    ("毫米", "mm", false),
    ("cm", "cm", false),
    ("厘米", "cm", false),
    ("km", "km", false),
    ("m", "m", false),
    ("米", "m", false),
    ("kg", "kg", false),
    ("公斤", "kg", false),
    ("千克", "kg", false),
    ("mg", "mg", false),
    ("g", "g", false),
    ("克", "g", false),
    ("ml", "ml", false),
    ("毫升", "ml", false),
    ("l", "l", true),
    ("升", "l", false),
    ("dpi", "dpi", false),
    ("megapixels", "mp", false),
    ("mp", "mp", false),
    ("rpm", "rpm", false),
    ("fps", "fps", false),
    ("db", "db", false),
];

/// A number with its unit at the beginning of `text`, and how many bytes it takes.
fn measure(text: &str) -> Option<(String, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    if whole == 0 || whole > 9 {
        return None;
    }
    let mut number = text[..whole].to_owned();
    let mut at = whole;
    let rest = &text[at..];
    if let Some(after) = rest.strip_prefix(['.', ',']) {
        let fraction = digits(after);
        if fraction > 0 && fraction < 4 {
            let shown = after[..fraction].trim_end_matches('0');
            if !shown.is_empty() {
                number.push('.');
                number.push_str(shown);
            }
            at += 1 + fraction;
        }
    }
    let gap = text[at..].strip_prefix([' ', '-', '\u{a0}']).map(|after| text.len() - at - after.len());
    for (written, kept, touching) in UNITS {
        for skip in [Some(0), gap.filter(|_| !touching)].into_iter().flatten() {
            let Some(found) = text.get(at + skip..at + skip + written.len()) else { continue };
            if !found.eq_ignore_ascii_case(written) {
                continue;
            }
            let end = at + skip + written.len();
            let wordlike = written.bytes().all(|byte| byte.is_ascii_alphabetic());
            let goes_on = text[end..].chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
            if !(wordlike && goes_on) {
                return Some((format!("{number}{kept}"), end));
            }
        }
    }
    None
}

/// Every measure of a text, as `17in` or `4gb`.
fn measures(text: &str) -> Vec<Token> {
    let folded = Folded::of(text);
    let text = folded.text.as_str();
    let mut found = Vec::new();
    let mut before: Option<char> = None;
    let mut skip_to = 0;
    for (at, c) in text.char_indices() {
        let begins = c.is_ascii_digit() && !before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, '.' | ','));
        before = Some(c);
        if at < skip_to || !begins {
            continue;
        }
        if let Some((word, length)) = measure(&text[at..]) {
            let source = folded.source(at..at + length);
            found.push(Token { text: word, start: source.start, end: source.end });
            skip_to = at + length;
        }
    }
    found
}

/// A code without its marks: `dv7-1211ea` to `dv71211ea`. None for what has none.
fn joined(token: &str) -> Option<String> {
    let marked = token.contains(|c: char| !c.is_alphanumeric());
    let short: String = token.chars().filter(|c| c.is_alphanumeric()).collect();
    (marked && short.chars().count() > 2 && !short.chars().any(is_cjk)).then_some(short)
}

/// Whether a word looks like a model number or an article number: letters with digits, or many digits.
pub fn is_code(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let ascii = word.is_ascii();
    ascii && ((digits > 1 && letters > 0 && digits + letters > 3) || (digits > 4 && letters == 0))
}

/// Every word of a product's text, in order; measures and joined codes stand beside the words that they are made of.
pub fn product_tokens(text: &str) -> Vec<Token> {
    let mut tokens = analyse(text);
    let codes: Vec<Token> = tokens
        .iter()
        .filter_map(|token| Some(Token { text: joined(&token.text)?, start: token.start, end: token.end }))
        .collect();
    tokens.extend(codes);
    tokens.extend(measures(text));
    tokens
}

/// Why a word is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermKind {
    /// It was typed.
    Typed,
    /// It is the nearest word to one that occurs nowhere; how many letters differ.
    Corrected(usize),
    /// Two typed words together, or one typed word apart.
    Compound,
    /// English for a Chinese word.
    Translated,
    /// A longer word that holds it: one Chinese character, part of a model number.
    Part,
}

/// A word to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// As the index has it: folded, stemmed.
    pub text: String,
    /// As products write it: what plain words are compared with.
    pub surface: String,
    /// As it was typed, or `typed → looked for`.
    pub shown: String,
    /// Why.
    pub kind: TermKind,
    /// What a match counts, 1 for a typed word.
    pub weight: f64,
    /// Number of the typed word that it stands for, from 0.
    pub group: usize,
}

/// The words of a query in order, each once. `occurs` says whether a word occurs in the catalogue: a measure that nothing has falls back to its parts,
/// and a code that is not there as written is looked for in parts.
pub fn query_terms(text: &str, occurs: &dyn Fn(&str) -> bool) -> Vec<Token> {
    let measures: Vec<Token> = measures(text).into_iter().filter(|measure| occurs(&measure.text)).collect();
    let inside = |token: &Token| measures.iter().any(|m| m.start <= token.start && token.end <= m.end);
    let mut terms: Vec<Token> = Vec::new();
    let plain = plain_terms(text);
    for token in &plain {
        if inside(token) {
            continue;
        }
        // A code as written is enough: its parts would count the same product again, and others that share only a part.
        let part_of_found = plain.iter().any(|whole| {
            whole.text.len() > token.text.len()
                && whole.start <= token.start
                && token.end <= whole.end
                && (occurs(&whole.text) || joined(&whole.text).is_some_and(|joined| occurs(&joined)))
        });
        if part_of_found {
            continue;
        }
        let mut term = token.clone();
        if !occurs(&term.text)
            && let Some(joined) = joined(&term.text)
        {
            let in_parts = plain.iter().any(|part| part != token && token.start <= part.start && part.end <= token.end);
            if occurs(&joined) {
                term.text = joined;
            } else if in_parts {
                // Only its parts may be found.
                continue;
            }
        }
        terms.push(term);
    }
    terms.extend(measures);
    terms.sort_by_key(|term| term.start);
    let mut seen = HashSet::new();
    terms.retain(|term| seen.insert(term.text.clone()));
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        product_tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn measures_have_one_spelling() {
        for (text, word) in [
            ("43.2 cm (17\") screen", "17in"),
            ("17 inch", "17in"),
            ("17-inch", "17in"),
            ("17inch", "17in"),
            ("15.60\" panel", "15.6in"),
            ("17英寸", "17in"),
            ("4GB DDR2", "4gb"),
            ("4 GB DDR2", "4gb"),
            ("4,5 kg", "4.5kg"),
            ("500毫升", "500ml"),
            ("5000mAh", "5000mah"),
            ("10,000mAh", "10000mah"),
            ("1,200 W", "1200w"),
            ("１７英寸", "17in"),
            ("1\u{a0}000 ml", "1000ml"),
        ] {
            assert!(words(text).iter().any(|w| w == word), "{word} in {text}: {:?}", words(text));
        }
        for (text, word) in
            [("3 in 1 cable", "3in"), ("dv7 good", "7g"), ("4 gbit", "4gb"), ("2 lamps", "2l"), ("10,000mAh", "10mah")]
        {
            assert!(!words(text).iter().any(|w| w == word), "no {word} in {text}");
        }
    }

    #[test]
    fn a_model_number_is_found_as_written_in_parts_and_without_its_hyphen() {
        let found = words("HP Pavilion dv7-1211ea Notebook");
        for word in ["dv7-1211ea", "dv7", "1211ea", "dv71211ea"] {
            assert!(found.iter().any(|w| w == word), "{word} in {found:?}");
        }
        let has = |word: &str| found.iter().any(|w| w == word);
        let terms = |text: &str| -> Vec<String> { query_terms(text, &has).into_iter().map(|t| t.text).collect() };
        assert_eq!(terms("dv7-1211ea"), ["dv7-1211ea"]);
        assert_eq!(terms("DV71211EA"), ["dv71211ea"]);
        assert_eq!(terms("dv7 1211ea"), ["dv7", "1211ea"]);
        assert_eq!(terms("dv7/1211-ea"), ["dv71211ea"], "joined, whatever the marks");
        assert_eq!(terms("dv7-9999zz"), ["dv7", "9999zz"], "in parts where the whole is not there");
        assert!(is_code("dv7-1211ea") && is_code("P7450") && is_code("0884420588030"));
        assert!(!is_code("usb") && !is_code("4g") && !is_code("跑鞋4"));
    }

    #[test]
    fn a_measure_stands_for_its_parts_where_products_have_it() {
        let with = |word: &str| matches!(word, "17in" | "laptop" | "17" | "inch");
        let terms = |text: &str| -> Vec<String> { query_terms(text, &with).into_iter().map(|t| t.text).collect() };
        assert_eq!(terms("17 inch laptop"), ["17in", "laptop"]);
        assert_eq!(terms("17\" laptop"), ["17in", "laptop"]);
        assert_eq!(terms("4 gb laptop"), ["4", "gb", "laptop"], "nothing has 4gb");
    }

    #[test]
    fn odd_text_is_no_panic() {
        for odd in
            ["", "\"", "1", "1.", "1,\"", "9999999999999999999999 gb", "1\u{301}gb", "４ＧＢ", "７英寸", "5.000.000 m"]
        {
            product_tokens(odd);
            query_terms(odd, &|_| false);
        }
    }
}
