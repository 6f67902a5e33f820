//! Candidates of a query, each with the numbers that a ranker weighs.

use std::collections::HashSet;

use super::features::{FEATURES, Feature, LEXICAL};
use super::index::{Field, ProductIndex, count};
use super::lexical::side_by_side;
use super::likeness::same_kind;
use super::ranker::FIRST_STAGE;
use super::tokens::QueryTerm;
use crate::metrics::mean;
use crate::search::dot;

/// Most products by words that are put in order, and most by meaning besides.
const BY_WORDS: usize = 1_000;
const BY_MEANING: usize = 100;
/// How far above the mean cosine of all products one must be to be found by meaning alone, in standard deviations.
const DISTANCE: f64 = 2.0;
/// The least cosine of a product that is found by meaning alone: some product is always nearest, also to a word that means nothing.
const LEAST_COSINE: f64 = 0.35;
/// Products that stand for what the query is about: those that words and meaning like best.
const BEST: usize = 20;

/// A query as the index takes it.
#[derive(Debug, Clone, Default)]
pub struct QueryFeatures {
    /// The words to look for.
    pub terms: Vec<QueryTerm>,
    /// Its vector; none where meaning is not compared.
    pub vector: Option<Vec<f32>>,
    /// Names of what is switched off: a feature, or one word of a lexical one.
    pub off: HashSet<String>,
    /// Whether every product answers: nothing is looked for, and what may be found is said otherwise.
    pub all: bool,
}

/// A product with the numbers that a ranker weighs.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Number of the product.
    pub key: i32,
    pub(super) slot: u32,
    /// By [`Feature::ALL`]; NaN where something is not known.
    pub values: [f64; FEATURES],
}

/// The candidates of a query, in no order.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// The products.
    pub list: Vec<Candidate>,
    /// What all words could reach together: lexical features are divided by it.
    pub(super) scale: f64,
    /// Whether meaning was compared.
    pub semantic: bool,
}

impl ProductIndex {
    /// The products that may answer a query: the best by words, and some by meaning, each with all its features. `allowed` says which
    /// products may be found at all.
    pub fn candidates(&self, query: &QueryFeatures, allowed: &dyn Fn(i32) -> bool) -> Candidates {
        let size = self.slots.len();
        let groups = query.terms.iter().map(|term| term.group + 1).max().unwrap_or(0);
        let scale = self.scale(&query.terms);
        let mut amounts = vec![[0.0_f32; LEXICAL]; size];
        let mut covered = vec![0_u64; size];
        for term in &query.terms {
            self.add_term(term, groups, scale, &query.off, &mut amounts, &mut covered);
        }
        let cosines = query.vector.as_deref().filter(|_| self.vector_count() > 0).map(|vector| self.cosines(vector));
        let first = |slot: usize| -> f64 {
            amounts[slot].iter().zip(FIRST_STAGE).map(|(amount, weight)| f64::from(*amount) * weight).sum()
        };
        let may = |slot: usize| self.slots[slot].alive && allowed(self.slots[slot].key);
        let mut found: Vec<(f64, usize)> = (0..size)
            .filter(|slot| (query.all || amounts[*slot].iter().any(|amount| *amount > 0.0)) && may(*slot))
            .map(|slot| (first(slot), slot))
            .collect();
        keep_best(&mut found, BY_WORDS);
        let mut slots: Vec<usize> = found.iter().map(|(_, slot)| *slot).collect();
        if let Some(cosines) = &cosines {
            let known: HashSet<usize> = slots.iter().copied().collect();
            slots.extend(by_meaning(cosines, &may).into_iter().filter(|slot| !known.contains(slot)));
        }
        let cosine = |slot: usize| cosines.as_ref().map_or(f64::NAN, |all| f64::from(all[slot]));
        let best = best_of(&slots, &first, &cosine);
        let centre = query.vector.as_ref().map(|_| self.centre(&best));
        let weights: Vec<f32> = (0..self.kind_holding.len()).map(|kind| self.kind_weight(kind)).collect();
        let kinds = self.kinds_of(&best, &weights);
        let phrase: Vec<Option<u32>> = (0..groups)
            .filter_map(|group| query.terms.iter().find(|term| term.group == group))
            .map(|term| self.word_number(&term.text))
            .collect();
        let list = slots
            .into_iter()
            .map(|slot| {
                let number = u32::try_from(slot).unwrap_or(u32::MAX);
                let mut values = [0.0; FEATURES];
                for (value, amount) in values.iter_mut().zip(amounts[slot]) {
                    *value = f64::from(amount);
                }
                let mut set = |feature: Feature, value: f64| values[feature.number()] = value;
                let own = &self.slots[slot];
                let lengths = |field: Field| f64::from(own.lengths[field.number()]).ln_1p();
                let known = |value: Option<f32>| value.map_or(f64::NAN, f64::from);
                set(Feature::Cosine, cosine(slot));
                let share = f64::from(covered[slot].count_ones()) / count(groups.clamp(1, 64));
                set(Feature::Coverage, share);
                set(Feature::Phrase, f64::from(u8::from(side_by_side(&own.title, &phrase))));
                set(Feature::TitleLength, lengths(Field::Title));
                set(Feature::DescriptionLength, lengths(Field::Description));
                set(Feature::Price, known(own.price).ln_1p());
                set(Feature::Attributes, f64::from(own.names).ln_1p());
                set(Feature::Year, known(own.year));
                let alike = centre.as_ref().and_then(|centre| Some(f64::from(dot(centre, self.vector(number)?))));
                set(Feature::Alike, alike.unwrap_or(f64::NAN));
                set(Feature::SameKind, same_kind(&own.kinds, &kinds, &weights));
                set(Feature::Popularity, known(own.popularity).ln_1p());
                Candidate { key: own.key, slot: number, values }
            })
            .collect();
        Candidates { list, scale, semantic: cosines.is_some() }
    }
}

fn keep_best(found: &mut Vec<(f64, usize)>, most: usize) {
    let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if found.len() > most {
        found.select_nth_unstable_by(most, order);
        found.truncate(most);
    }
    found.sort_by(order);
}

/// The products that stand out by meaning.
fn by_meaning(cosines: &[f32], may: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let known: Vec<f64> = cosines.iter().filter(|cosine| !cosine.is_nan()).map(|cosine| f64::from(*cosine)).collect();
    let average = mean(&known);
    let spread = mean(&known.iter().map(|cosine| (cosine - average).powi(2)).collect::<Vec<f64>>()).sqrt();
    let least = (average + DISTANCE * spread).max(LEAST_COSINE);
    let mut found: Vec<(f64, usize)> = cosines
        .iter()
        .enumerate()
        .map(|(slot, cosine)| (f64::from(*cosine), slot))
        .filter(|(cosine, slot)| *cosine >= least && may(*slot))
        .collect();
    keep_best(&mut found, BY_MEANING);
    found.into_iter().map(|(_, slot)| slot).collect()
}

/// The products that words (against the best by words) and meaning (twice) like best.
fn best_of(slots: &[usize], first: &dyn Fn(usize) -> f64, cosine: &dyn Fn(usize) -> f64) -> Vec<usize> {
    let most = slots.iter().map(|slot| first(*slot)).fold(f64::EPSILON, f64::max);
    let mut liked: Vec<(f64, usize)> = slots
        .iter()
        .map(|slot| {
            let cosine = cosine(*slot);
            (first(*slot) / most + if cosine.is_nan() { 0.0 } else { 2.0 * cosine }, *slot)
        })
        .collect();
    keep_best(&mut liked, BEST);
    liked.into_iter().map(|(_, slot)| slot).collect()
}
