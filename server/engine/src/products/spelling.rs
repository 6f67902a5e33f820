//! The word that was meant where one occurs nowhere.

use alluvium_domain::fold;

use super::index::{Field, ProductIndex};
use crate::search::query_terms;

/// A word of the catalogue near to a mistyped one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// As products write it.
    pub word: String,
    /// As the index has it.
    pub term: String,
    /// Letters that differ.
    pub distance: usize,
}

/// Letters that may differ: none in short words and in codes, where every letter tells products apart.
fn most(word: &str) -> usize {
    let length = word.chars().count();
    match length {
        _ if word.chars().any(|c| !c.is_alphabetic()) || !word.is_ascii() => 0,
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    }
}

/// Letters that differ, whether the first one does, products that have the word: what is least comes first.
type Order = (usize, bool, std::cmp::Reverse<u32>);

impl ProductIndex {
    /// The nearest word of titles, descriptions and brands to one that occurs nowhere, by letters inserted, left out, replaced or swapped with their
    /// neighbour; of equally near ones the one with the same first letter, then the one that most products have. None where nothing is near enough.
    pub fn nearest_word(&self, word: &str) -> Option<Nearest> {
        let word = fold::fold(word);
        let most = most(&word);
        if most == 0 {
            return None;
        }
        let letters: Vec<char> = word.chars().collect();
        let mut best: Option<(Order, &str)> = None;
        for other in &self.words {
            let holding = other.holding[Field::Text.number()];
            let length = other.text.len();
            if holding == 0
                || length.abs_diff(letters.len()) > most
                || !other.text.bytes().all(|b| b.is_ascii_lowercase())
            {
                continue;
            }
            let Some(distance) = distance(&letters, &other.text, most) else { continue };
            let key = (distance, !other.text.starts_with(letters[0]), std::cmp::Reverse(holding));
            if best.is_none_or(|(known, _)| key < known) {
                best = Some((key, &other.text));
            }
        }
        let ((distance, ..), text) = best?;
        let term = query_terms(text).into_iter().next()?.text;
        Some(Nearest { word: text.to_owned(), term, distance })
    }
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours (Damerau, CACM 1964), where it is at most `most`.
pub fn distance(a: &[char], b: &str, most: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    // Three rows of the table: that before the last, the last, this one.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().all(|so_far| *so_far > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(a: &str, b: &str, most: usize) -> Option<usize> {
        distance(&a.chars().collect::<Vec<_>>(), b, most)
    }

    #[test]
    fn letters_that_differ_are_counted() {
        assert_eq!(between("sennheisr", "sennheiser", 2), Some(1));
        assert_eq!(between("haedphones", "headphones", 2), Some(1), "a swap is one");
        assert_eq!(between("kitten", "sitting", 3), Some(3));
        assert_eq!(between("kitten", "sitting", 2), None);
        assert_eq!(between("same", "same", 0), Some(0));
        assert_eq!(between("", "ab", 2), Some(2));
    }
}
