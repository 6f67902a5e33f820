//! Text for an encoder that reads no Chinese: the glossary's English names stand for Chinese ones, and the dictionary's senses for other words. Without
//! a dictionary the rest of the Chinese is left out.

use std::collections::HashMap;
use std::sync::Arc;

use alluvium_engine::encoder::Encoder;
use alluvium_engine::search::{Dictionary, is_cjk};

use crate::Glossary;

/// How texts are prepared for the encoder.
pub(super) struct Gloss {
    reads_chinese: bool,
    /// Chinese name to English name.
    names: Arc<HashMap<Vec<char>, String>>,
    dictionary: Option<Arc<Dictionary>>,
}

/// Longest Chinese name looked for, in characters.
const LONGEST: usize = 16;

/// The glossary's Chinese names with their English ones.
pub(super) fn names(glossary: &Glossary) -> HashMap<Vec<char>, String> {
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
    pub(super) fn new(
        reads_chinese: bool,
        names: Arc<HashMap<Vec<char>, String>>,
        dictionary: Option<Arc<Dictionary>>,
    ) -> Self {
        Gloss { reads_chinese, names, dictionary }
    }

    /// The text that the encoder reads.
    pub(super) fn of(&self, text: &str) -> String {
        if self.reads_chinese || !text.chars().any(is_cjk) {
            return text.to_owned();
        }
        let chars: Vec<char> = text.chars().collect();
        let mut gloss = String::new();
        // Chinese that no name has covered yet.
        let mut rest = String::new();
        let mut at = 0;
        while at < chars.len() {
            if !is_cjk(chars[at]) {
                self.push_rest(&mut gloss, &mut rest);
                gloss.push(punctuation(chars[at]));
                at += 1;
                continue;
            }
            let longest = (2..=LONGEST.min(chars.len() - at)).rev().find_map(|n| {
                let name = self.names.get(&chars[at..at + n])?;
                Some((n, name))
            });
            match longest {
                Some((n, name)) => {
                    self.push_rest(&mut gloss, &mut rest);
                    gloss.push(' ');
                    gloss.push_str(name);
                    gloss.push(' ');
                    at += n;
                }
                None => {
                    rest.push(chars[at]);
                    at += 1;
                }
            }
        }
        self.push_rest(&mut gloss, &mut rest);
        gloss.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn push_rest(&self, gloss: &mut String, rest: &mut String) {
        if rest.is_empty() {
            return;
        }
        gloss.push(' ');
        if let Some(dictionary) = &self.dictionary {
            gloss.push_str(&dictionary.gloss(rest));
            gloss.push(' ');
        }
        rest.clear();
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
        assert_eq!(Gloss::new(true, Arc::new(names), None).of("点击模型"), "点击模型");
    }
}
