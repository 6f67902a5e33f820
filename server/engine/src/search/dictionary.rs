//! Chinese words in English, for an encoder that reads English only.
//!
//! The source is CC-CEDICT (mdbg.net, CC BY-SA 4.0), one word a line: `繁體 简体 [pin1 yin1] /sense/sense/`. It is data that an installation fetches,
//! not part of the program.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::analysis::{is_stop_word, words};
use crate::EngineError;

/// Senses of a word that are kept: the first ones are the common ones.
const SENSES: usize = 2;

/// A dictionary in memory.
#[derive(Debug, Default)]
pub struct Dictionary {
    /// Simplified word to its English senses.
    senses: HashMap<String, String>,
    fingerprint: String,
}

impl Dictionary {
    /// Reads a file; lines of another form are passed over.
    pub fn load(path: &Path) -> Result<Dictionary, EngineError> {
        let text = std::fs::read_to_string(path)?;
        let digest = Sha256::digest(&text);
        let fingerprint = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Dictionary { senses: parse(&text), fingerprint })
    }

    /// Names the version of the data.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.senses.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.senses.is_empty()
    }

    /// The words of a stretch of Chinese with their senses in English; what is not known, and what says nothing by itself, is left out.
    pub fn gloss<'a>(&'a self, text: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut gloss = Vec::new();
        for word in words(text) {
            if is_stop_word(word) {
                continue;
            }
            match self.senses.get(word) {
                Some(senses) => gloss.push((word, senses.as_str())),
                None => gloss.extend(self.pieces(word)),
            }
        }
        gloss
    }

    /// A word that is not in the dictionary in the longest pieces that are.
    fn pieces<'a>(&'a self, word: &'a str) -> Vec<(&'a str, &'a str)> {
        let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        let (mut found, mut first) = (Vec::new(), 0);
        while first + 2 < ends.len() {
            // Single characters mean too many things.
            let longest = (first + 2..ends.len()).rev().find_map(|last| {
                let piece = &word[ends[first]..ends[last]];
                let senses = self.senses.get(piece).filter(|_| !is_stop_word(piece))?;
                Some((last, piece, senses.as_str()))
            });
            match longest {
                Some((last, piece, senses)) => {
                    found.push((piece, senses));
                    first = last;
                }
                None => first += 1,
            }
        }
        found
    }
}

fn parse(text: &str) -> HashMap<String, String> {
    let mut senses: HashMap<String, Vec<String>> = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((names, rest)) = line.split_once(" [") else { continue };
        let (Some((_, simplified)), Some((pinyin, definitions))) = (names.split_once(' '), rest.split_once("] /"))
        else {
            continue;
        };
        // Capitals begin surnames and places, which are rarely meant.
        if pinyin.starts_with(|c: char| c.is_ascii_uppercase()) {
            continue;
        }
        let known = senses.entry(simplified.to_owned()).or_default();
        for sense in definitions.split('/').flat_map(|sense| sense.split(';')).filter_map(clean) {
            if known.len() < SENSES && !known.contains(&sense) {
                known.push(sense);
            }
        }
    }
    senses.retain(|_, known| !known.is_empty());
    senses.into_iter().map(|(word, known)| (word, known.join(" "))).collect()
}

/// A sense without notes; none where it only refers to another word.
fn clean(sense: &str) -> Option<String> {
    const REFERENCES: [&str; 11] = [
        "variant of",
        "old variant",
        "CL:",
        "see ",
        "abbr. for",
        "also written",
        "also pr.",
        "Taiwan pr.",
        "used in",
        "erhua variant",
        "surname",
    ];
    let sense = sense.trim();
    if REFERENCES.iter().any(|reference| sense.contains(reference)) {
        return None;
    }
    let mut depth = 0_usize;
    let plain: String = sense
        .chars()
        .filter(|c| {
            match c {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = plain.strip_prefix("to ").unwrap_or(&plain);
    // A long sense is an explanation, not a word.
    let fits = !plain.is_empty() && plain.split(' ').count() <= 5 && plain.is_ascii();
    fits.then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_english_and_notes_go() {
        let text = "# note\n\
            顧客 顾客 [gu4 ke4] /customer/client/shopper/CL:位[wei4]/\n\
            購買 购买 [gou4 mai3] /to purchase/to buy/\n\
            張 张 [Zhang1] /surname Zhang/\n\
            便宜 便宜 [pian2 yi5] /cheap; inexpensive/(coll.) advantage/\n\
            broken line\n";
        let dictionary = Dictionary { senses: parse(text), fingerprint: String::new() };
        assert_eq!(dictionary.len(), 3);
        let gloss = dictionary.gloss("顾客购买便宜的");
        assert_eq!(gloss, [("顾客", "customer client"), ("购买", "purchase buy"), ("便宜", "cheap inexpensive")]);
        assert_eq!(dictionary.gloss("张"), []);
    }
}
