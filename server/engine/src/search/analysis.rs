//! One analyser for the index, queries and highlighting.
//!
//! A text is folded first (`alluvium_domain::fold`). Chinese is cut by jieba in search mode (long words and the words in them); any two neighbouring
//! characters are found through [`bigrams`] besides, and each by itself through [`characters`]. English is stemmed (Porter2, Snowball). Codes such as
//! `NDCG@10` or `dv7-1211ea` are kept whole and in parts.

use std::sync::LazyLock;

use alluvium_domain::fold::Folded;
use jieba_rs::{Jieba, TokenizeMode};
use rust_stemmers::{Algorithm, Stemmer};

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);
static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// Longest token kept, in bytes; tantivy refuses terms beyond 65,530.
const LONGEST: usize = 120;

const STOP_WORDS: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "but",
    "by",
    "can",
    "do",
    "doe",
    "does",
    "for",
    "from",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "me",
    "my",
    "no",
    "not",
    "of",
    "on",
    "or",
    "our",
    "should",
    "so",
    "such",
    "that",
    "the",
    "their",
    "then",
    "there",
    "these",
    "they",
    "this",
    "to",
    "was",
    "we",
    "what",
    "when",
    "where",
    "which",
    "who",
    "whi",
    "why",
    "will",
    "with",
    "you",
    "your",
    "的",
    "了",
    "和",
    "是",
    "在",
    "与",
    "及",
    "或",
    "也",
    "都",
    "就",
    "把",
    "被",
    "让",
    "对",
    "为",
    "从",
    "到",
    "给",
    "向",
    "吗",
    "呢",
    "吧",
    "啊",
    "我",
    "你",
    "他",
    "它",
    "我们",
    "你们",
    "他们",
    "这",
    "那",
    "这个",
    "那个",
    "什么",
    "怎么",
    "怎样",
    "如何",
    "为什么",
    "为何",
    "哪些",
    "哪个",
    "有",
    "没有",
    "一个",
    "一些",
    "可以",
    "能",
    "能不能",
    "会",
    "要",
    "应该",
    "该",
    "不",
    "很",
    "还",
    "又",
    "再",
    "却",
    "而",
    "以及",
    "时",
    "时候",
    "之",
    "其",
    "怎么办",
    "多",
    "吗",
    "个",
    "种",
    "上",
    "下",
    "中",
    "里",
    "后",
    "前",
    "着",
    "过",
    "得",
    "地",
    "等",
    "以",
    "并",
    "且",
    "则",
    "更",
    "最",
    "只",
    "做",
    "用",
    "来",
    "去",
];

/// A token with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Folded, stemmed.
    pub text: String,
    /// First byte.
    pub start: usize,
    /// Past the last byte.
    pub end: usize,
}

/// Whether a character is written without spaces between words.
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{3040}'..='\u{30ff}' | '\u{20000}'..='\u{2fa1f}')
}

/// Whether a token says nothing by itself.
pub fn is_stop_word(token: &str) -> bool {
    STOP_WORDS.contains(&token)
}

/// Every token of a text, stop words included.
pub fn analyse(text: &str) -> Vec<Token> {
    let folded = Folded::of(text);
    let mut tokens = Vec::new();
    for (run, start) in runs(&folded.text) {
        if run.chars().next().is_some_and(is_cjk) {
            let offsets = byte_offsets(run);
            for word in JIEBA.tokenize(run, TokenizeMode::Search, true) {
                tokens.push(Token {
                    text: word.word.to_owned(),
                    start: start + offsets[word.start],
                    end: start + offsets[word.end],
                });
            }
        } else {
            latin(run, start, &mut tokens);
        }
    }
    tokens.retain(|token| token.text.len() <= LONGEST);
    in_source(&mut tokens, &folded);
    tokens
}

/// Gives tokens of a folded text the places of their sources.
fn in_source(tokens: &mut [Token], folded: &Folded) {
    for token in tokens {
        let source = folded.source(token.start..token.end);
        (token.start, token.end) = (source.start, source.end);
    }
}

/// The pairs of neighbouring Chinese characters: any two-character word is among them, wherever jieba cuts.
pub(crate) fn bigrams(text: &str) -> Vec<String> {
    let mut pairs = Vec::new();
    for (run, _) in runs(&Folded::of(text).text) {
        let chars: Vec<char> = run.chars().collect();
        if chars.first().copied().is_some_and(is_cjk) {
            pairs.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
        }
    }
    pairs
}

/// Every Chinese character by itself: a word of one character finds the longer ones that hold it.
pub(crate) fn characters(text: &str) -> Vec<String> {
    Folded::of(text).text.chars().filter(|c| is_cjk(*c)).map(String::from).collect()
}

/// Whether a word is one Chinese character.
pub fn is_one_character(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(is_cjk) && chars.next().is_none()
}

/// A stretch of Chinese in words without overlap.
pub(super) fn words(text: &str) -> Vec<&str> {
    JIEBA.cut(text, true).into_iter().map(|word| word.word).collect()
}

/// The terms of a query in order, each once: words without overlap, no stop words unless there is nothing else.
pub fn query_terms(text: &str) -> Vec<Token> {
    let folded = Folded::of(text);
    let mut tokens = Vec::new();
    for (run, start) in runs(&folded.text) {
        if run.chars().next().is_some_and(is_cjk) {
            let mut at = start;
            for word in JIEBA.cut(run, true) {
                let word: &str = word.word;
                tokens.push(Token { text: word.to_owned(), start: at, end: at + word.len() });
                at += word.len();
            }
        } else {
            latin(run, start, &mut tokens);
        }
    }
    tokens.retain(|token| token.text.len() <= LONGEST);
    let mut seen = std::collections::HashSet::new();
    tokens.retain(|token| seen.insert(token.text.clone()));
    if tokens.iter().any(|token| !is_stop_word(&token.text)) {
        tokens.retain(|token| !is_stop_word(&token.text));
    }
    in_source(&mut tokens, &folded);
    tokens
}

/// Stretches of Chinese and stretches of Latin letters, digits and the marks that codes hold.
fn runs(text: &str) -> Vec<(&str, usize)> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Cjk,
        Latin,
        Other,
    }
    let kind = |c: char| {
        if is_cjk(c) {
            Kind::Cjk
        } else if c.is_alphanumeric() || matches!(c, '@' | '-' | '_' | '.' | '+' | '#' | '/' | '\'' | '"' | '%') {
            Kind::Latin
        } else {
            Kind::Other
        }
    };
    let mut runs = Vec::new();
    let mut begin = 0;
    let mut current = Kind::Other;
    for (at, c) in text.char_indices() {
        let next = kind(c);
        if next != current {
            if current != Kind::Other {
                runs.push((&text[begin..at], begin));
            }
            begin = at;
            current = next;
        }
    }
    if current != Kind::Other {
        runs.push((&text[begin..], begin));
    }
    runs
}

/// Offsets of characters in bytes, the end included.
fn byte_offsets(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

/// A word, or a code: whole and in its parts.
fn latin(run: &str, start: usize, tokens: &mut Vec<Token>) {
    let trimmed = run.trim_matches(|c: char| !c.is_alphanumeric());
    if trimmed.is_empty() {
        return;
    }
    let start = start + (trimmed.as_ptr() as usize - run.as_ptr() as usize);
    let mut parts = Vec::new();
    let mut begin = None;
    for (at, c) in trimmed.char_indices().chain([(trimmed.len(), ' ')]) {
        match (c.is_alphanumeric(), begin) {
            (true, None) => begin = Some(at),
            (false, Some(from)) => {
                parts.push((&trimmed[from..at], start + from));
                begin = None;
            }
            _ => {}
        }
    }
    // A possessive is no code.
    let possessive = parts.len() == 2 && parts[1].0 == "s";
    if parts.len() > 1 && !possessive {
        tokens.push(Token { text: trimmed.to_owned(), start, end: start + trimmed.len() });
    }
    for (part, at) in parts.iter().take(if possessive { 1 } else { usize::MAX }) {
        let plain = part.bytes().all(|byte| byte.is_ascii_lowercase());
        let text = if plain { STEMMER.stem(part).into_owned() } else { (*part).to_owned() };
        tokens.push(Token { text, start: *at, end: at + part.len() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        analyse(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn chinese_english_and_codes_are_cut() {
        let found = words("用ＮＤＣＧ@10 评估Ranking models，dv7-1211ea");
        for word in ["ndcg@10", "ndcg", "10", "评估", "rank", "model", "dv7-1211ea", "1211ea"] {
            assert!(found.iter().any(|w| w == word), "{word} in {found:?}");
        }
    }

    #[test]
    fn offsets_are_those_of_the_text() {
        let text = "召回stage的ＡＢ test";
        for token in analyse(text) {
            assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end), "{token:?}");
            assert!(!text[token.start..token.end].trim().is_empty());
        }
    }

    #[test]
    fn a_query_of_stop_words_alone_keeps_them() {
        assert_eq!(query_terms("怎么 召回").iter().map(|t| t.text.as_str()).collect::<Vec<_>>(), ["召回"]);
        assert!(!query_terms("什么").is_empty());
        assert!(query_terms("!!! ??? 🙂").is_empty());
    }

    #[test]
    fn forms_of_one_word_are_one_token() {
        for (one, other) in [
            ("café", "cafe\u{301}"),
            ("CAFÉS", "cafes"),
            ("推薦系統", "推荐系统"),
            ("10,000mAh", "１００００ｍＡｈ"),
            ("naïve", "naive"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
        }
        let text = "一杯 Café";
        let token = analyse(text).into_iter().find(|token| token.text == "cafe").unwrap();
        assert_eq!(&text[token.start..token.end], "Café", "marked as it was written");
        assert_eq!(characters("知鱼x乐"), ["知", "鱼", "乐"]);
    }

    #[test]
    fn bigrams_cover_every_pair() {
        assert_eq!(bigrams("沉积物x移动"), ["沉积", "积物", "移动"]);
    }
}
