//! The features of a product that are sums over the words of a query.

use std::collections::HashSet;

use super::features::{Feature, LEXICAL, word_name};
use super::index::{Field, ProductIndex, Word, count, plain_words};
use super::tokens::{QueryTerm, TermKind, is_code};

impl ProductIndex {
    /// Adds what one word is worth to every product that has it, and notes which words each product has.
    pub(super) fn add_term(
        &self,
        term: &QueryTerm,
        groups: usize,
        scale: f64,
        off: &HashSet<String>,
        amounts: &mut [[f32; LEXICAL]],
        covered: &mut [u64],
    ) {
        let on = Feature::ALL.map(|feature| !off.contains(&word_name(feature, term)));
        let mut add = |slot: u32, feature: Feature, amount: f64| {
            if on[feature.number()] {
                amounts[slot as usize][feature.number()] += amount as f32;
            }
        };
        if let Some(word) = self.word(&term.text) {
            let code = is_code(&term.text);
            for posting in &word.postings {
                let field = Field::ALL[usize::from(posting.field)];
                let amount = || term.weight * self.amount(word, posting) / scale;
                match field {
                    Field::Title => add(posting.slot, Feature::Title, amount()),
                    Field::Brand => add(posting.slot, Feature::Brand, amount()),
                    Field::Category | Field::Attributes => add(posting.slot, Feature::Kind, amount()),
                    Field::Description => add(posting.slot, Feature::Description, amount()),
                    Field::Code if code => add(posting.slot, Feature::Code, code_amount(term, groups)),
                    Field::Code => {}
                    Field::Text => continue,
                }
                covered[posting.slot as usize] |= 1 << term.group.min(63);
            }
        }
        for word in plain_words(&term.surface).iter().filter_map(|word| self.word(word)) {
            for posting in word.postings.iter().filter(|posting| usize::from(posting.field) == Field::Text.number()) {
                add(posting.slot, Feature::Text, term.weight * self.amount(word, posting) / scale);
            }
        }
    }

    /// What a word adds to a lexical feature of a product.
    pub(super) fn term_amount(&self, term: &QueryTerm, feature: Feature, slot: u32, groups: usize, scale: f64) -> f64 {
        let sum = |word: Option<&Word>, fields: &[Field]| {
            let word = word?;
            Some(fields.iter().map(|field| self.amount_in(word, slot, *field)).sum::<f64>())
        };
        let word = self.word(&term.text);
        let amount = match feature {
            Feature::Title => sum(word, &[Field::Title]),
            Feature::Brand => sum(word, &[Field::Brand]),
            Feature::Kind => sum(word, &[Field::Category, Field::Attributes]),
            Feature::Description => sum(word, &[Field::Description]),
            Feature::Code => {
                let there = is_code(&term.text) && sum(word, &[Field::Code]).is_some_and(|amount| amount > 0.0);
                return if there { code_amount(term, groups) } else { 0.0 };
            }
            Feature::Text => {
                let words = plain_words(&term.surface);
                Some(words.iter().filter_map(|word| sum(self.word(word), &[Field::Text])).sum())
            }
            _ => None,
        };
        term.weight * amount.unwrap_or(0.0) / scale
    }

    /// The most that a product can have of all words together in one field: the sum of `idf * (k1 + 1)`, for each typed word by what is looked for in
    /// its place.
    pub(super) fn scale(&self, terms: &[QueryTerm]) -> f64 {
        let groups = terms.iter().map(|term| term.group + 1).max().unwrap_or(0);
        let most = |term: &QueryTerm| {
            let word = self.word(&term.text)?;
            let field = Field::ALL.into_iter().max_by_key(|field| word.holding[field.number()])?;
            Some(term.weight * self.idf(word, field) * (super::Bm25::SHORT.k1 + 1.0))
        };
        let of = |group: usize| terms.iter().filter(|term| term.group == group).filter_map(most).fold(0.0, f64::max);
        let sum: f64 = (0..groups).map(of).sum();
        if sum > 0.0 { sum } else { 1.0 }
    }
}

fn code_amount(term: &QueryTerm, groups: usize) -> f64 {
    match term.kind {
        TermKind::Typed | TermKind::Part => term.weight / count(groups.max(1)),
        _ => 0.0,
    }
}

/// Whether `words` stand in `title` one after the other.
pub(super) fn side_by_side(title: &[u32], words: &[Option<u32>]) -> bool {
    !words.is_empty()
        && title.windows(words.len()).any(|window| window.iter().zip(words).all(|(own, word)| Some(*own) == *word))
}
