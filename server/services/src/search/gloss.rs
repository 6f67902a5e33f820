//! Text for an encoder that reads no Chinese: the glossary's English names stand for Chinese ones, and the dictionary's senses for other words. Without
//! a dictionary the rest of the Chinese is left out.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use alluvium_engine::encoder::Encoder;
use alluvium_engine::search::{Dictionary, is_cjk};

use crate::Glossary;

/// Chinese names with their English ones.
pub(super) type Names = HashMap<Vec<char>, String>;

/// How texts are prepared for the encoder.
pub(crate) struct Gloss {
    reads_chinese: bool,
    names: Arc<Names>,
    dictionary: Option<Arc<Dictionary>>,
}

/// Longest Chinese name looked for, in characters.
const LONGEST: usize = 16;

/// The glossary's Chinese names with their English ones.
pub(super) fn names(glossary: &Glossary) -> Names {
    let mut names = HashMap::new();
    for term in &glossary.terms {
        for name in std::iter::once(&term.zh).chain(&term.aliases) {
            let chars: Vec<char> = name.chars().collect();
            if chars.iter().all(|c| is_cjk(*c)) && (2..=LONGEST).contains(&chars.len()) {
                names.insert(chars, term.en.clone());
            }
        }
    }
    names
}

/// Whether an encoder knows ordinary Chinese characters: an English vocabulary answers most with its unknown token.
pub(super) fn reads_chinese(encoder: &Encoder) -> bool {
    encoder.encode_tokens("浏览加购商品检索排序推荐特征归因").is_ok_and(|states| {
        let unknown = states.tokens.iter().filter(|token| token.piece == "[UNK]").count();
        unknown * 10 < states.tokens.len()
    })
}

impl Gloss {
    pub(super) fn new(reads_chinese: bool, names: Arc<Names>, dictionary: Option<Arc<Dictionary>>) -> Self {
        Gloss { reads_chinese, names, dictionary }
    }

    /// The text that the encoder reads.
    pub(super) fn of(&self, text: &str) -> String {
        self.read(text).text
    }

    /// The same with what each stretch of it stands for.
    pub(crate) fn read(&self, text: &str) -> Glossed {
        if self.reads_chinese || !text.chars().any(is_cjk) {
            return Glossed { text: text.to_owned(), sources: Vec::new() };
        }
        let chars: Vec<char> = text.chars().collect();
        let mut glossed = Glossed::default();
        // What stands as it is, and Chinese that no name covers.
        let (mut plain, mut rest) = (String::new(), String::new());
        let mut at = 0;
        while at < chars.len() {
            if !is_cjk(chars[at]) {
                self.push_rest(&mut glossed, &mut rest);
                plain.push(punctuation(chars[at]));
                at += 1;
                continue;
            }
            glossed.push(&std::mem::take(&mut plain));
            let longest = (2..=LONGEST.min(chars.len() - at)).rev().find_map(|n| {
                let name = self.names.get(&chars[at..at + n])?;
                Some((n, name))
            });
            match longest {
                Some((n, name)) => {
                    self.push_rest(&mut glossed, &mut rest);
                    glossed.push_for(&chars[at..at + n].iter().collect::<String>(), name);
                    at += n;
                }
                None => {
                    rest.push(chars[at]);
                    at += 1;
                }
            }
        }
        self.push_rest(&mut glossed, &mut rest);
        glossed.push(&plain);
        glossed
    }

    /// English for a Chinese word, whatever the encoder reads: the glossary's name, else the dictionary's senses. None where neither has it.
    pub(crate) fn words(&self, chinese: &str) -> Vec<String> {
        let chars: Vec<char> = chinese.chars().collect();
        if let Some(name) = self.names.get(&chars) {
            return vec![name.clone()];
        }
        let senses = self.dictionary.iter().flat_map(|dictionary| dictionary.gloss(chinese));
        senses.map(|(_, english)| english.to_owned()).collect()
    }

    fn push_rest(&self, glossed: &mut Glossed, rest: &mut String) {
        if let Some(dictionary) = &self.dictionary {
            for (word, senses) in dictionary.gloss(rest) {
                glossed.push_for(word, senses);
            }
        }
        rest.clear();
    }
}

/// A text as the encoder reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Glossed {
    pub(crate) text: String,
    /// Bytes of the text, and the Chinese that they stand for, in order.
    sources: Vec<(Range<usize>, String)>,
}

impl Glossed {
    /// The Chinese word that the byte `at` stands for, with its number.
    pub(crate) fn source(&self, at: usize) -> Option<(usize, &str)> {
        let number = self.sources.iter().position(|(range, _)| range.contains(&at))?;
        Some((number, &self.sources[number].1))
    }

    /// The English of a numbered source.
    pub(crate) fn english(&self, number: usize) -> &str {
        &self.text[self.sources[number].0.clone()]
    }

    fn push(&mut self, words: &str) -> Range<usize> {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if !self.text.is_empty() && !words.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(&words);
        start..self.text.len()
    }

    fn push_for(&mut self, source: &str, words: &str) {
        let range = self.push(words);
        self.sources.push((range, source.to_owned()));
    }
}

fn punctuation(c: char) -> char {
    match c {
        '。' => '.',
        '，' | '、' | '；' => ',',
        '：' => ':',
        '？' => '?',
        '！' => '!',
        '（' => '(',
        '）' => ')',
        '“' | '”' => '"',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_wins_and_the_rest_is_left_out() {
        let names = HashMap::from([
            ("点击".chars().collect(), "click".to_owned()),
            ("点击模型".chars().collect(), "click model".to_owned()),
        ]);
        let gloss = Gloss::new(false, Arc::new(names.clone()), None);
        assert_eq!(gloss.of("什么是点击模型，与 BERT 的点击"), "click model , BERT click");
        assert_eq!(gloss.of("plain English"), "plain English");
        let read = gloss.read("BERT 的点击模型");
        assert_eq!(read.source(0), None);
        assert_eq!(read.source(5), Some((0, "点击模型")));
        assert_eq!(read.english(0), "click model");
        assert_eq!(Gloss::new(true, Arc::new(names), None).of("点击模型"), "点击模型");
    }
}
