//! Candidates of a query and what is known of each of them, by name.

use std::collections::HashSet;

use alluvium_domain::FeatureGroup;
use rayon::prelude::*;

use super::index::{Field, ProductIndex, Word, count, plain_words};
use super::ranker::FIRST_STAGE;
use super::tokens::{QueryTerm, TermKind, is_code};
use crate::metrics::mean;

/// Most products by words that are put in order, and most by meaning besides.
const BY_WORDS: usize = 1_000;
const BY_MEANING: usize = 100;
/// How far above the mean cosine of all products one must be to be found by meaning alone, in standard deviations.
const DISTANCE: f64 = 2.0;
/// Products that stand for what the query is about: those that words and meaning like best.
const BEST: usize = 20;

/// What is known of a product for a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// BM25 over title, description and brand as one text, words as written.
    Text,
    /// BM25 of the title, stems.
    Title,
    /// BM25 of the brand.
    Brand,
    /// BM25 of category and attributes.
    Kind,
    /// BM25 of the description.
    Description,
    /// Share of the words that are model or article numbers of the product.
    Code,
    /// Cosine of query and product text.
    Cosine,
    /// Share of the words that occur in the product at all.
    Coverage,
    /// Whether the title has the words side by side.
    Phrase,
    /// Words of the title, `ln(1 + n)`.
    TitleLength,
    /// Words of the description, `ln(1 + n)`.
    DescriptionLength,
    /// Price in minor units, `ln(1 + price)`.
    Price,
    /// Attributes, `ln(1 + n)`.
    Attributes,
    /// Year of release.
    Year,
    /// Cosine with the products that words and meaning like best.
    Alike,
    /// How far category and names of attributes are those of the products that words and meaning like best.
    SameKind,
    /// How often it was viewed, carted, bought, `ln(1 + n)`.
    Popularity,
}

/// Number of features.
pub const FEATURES: usize = 17;

/// Features that are sums over words, before the others.
pub(super) const LEXICAL: usize = 6;

impl Feature {
    /// All of them, in the order of the numbers of a candidate.
    pub const ALL: [Feature; FEATURES] = [
        Feature::Text,
        Feature::Title,
        Feature::Brand,
        Feature::Kind,
        Feature::Description,
        Feature::Code,
        Feature::Cosine,
        Feature::Coverage,
        Feature::Phrase,
        Feature::TitleLength,
        Feature::DescriptionLength,
        Feature::Price,
        Feature::Attributes,
        Feature::Year,
        Feature::Alike,
        Feature::SameKind,
        Feature::Popularity,
    ];

    /// The name in explanations; that of a word of a lexical one is `name:word`.
    pub fn code(self) -> &'static str {
        match self {
            Feature::Text => "text",
            Feature::Title => "title",
            Feature::Brand => "brand",
            Feature::Kind => "kind",
            Feature::Description => "description",
            Feature::Code => "code",
            Feature::Cosine => "cosine",
            Feature::Coverage => "coverage",
            Feature::Phrase => "phrase",
            Feature::TitleLength => "title-length",
            Feature::DescriptionLength => "description-length",
            Feature::Price => "price",
            Feature::Attributes => "attributes",
            Feature::Year => "year",
            Feature::Alike => "alike",
            Feature::SameKind => "same-kind",
            Feature::Popularity => "popularity",
        }
    }

    /// What it belongs to.
    pub fn group(self) -> FeatureGroup {
        use Feature::{Alike, Cosine, Coverage, Phrase, Popularity, SameKind};
        match self {
            _ if self.is_lexical() => FeatureGroup::Lexical,
            Cosine => FeatureGroup::Semantic,
            Coverage | Phrase => FeatureGroup::Rule,
            Alike | SameKind => FeatureGroup::Relation,
            Popularity => FeatureGroup::Popularity,
            _ => FeatureGroup::Product,
        }
    }

    pub(super) fn number(self) -> usize {
        self as usize
    }

    /// Whether it is a sum over the words of the query.
    pub fn is_lexical(self) -> bool {
        self.number() < LEXICAL
    }
}

/// A query as the index takes it.
#[derive(Debug, Clone, Default)]
pub struct QueryFeatures {
    /// The words to look for.
    pub terms: Vec<QueryTerm>,
    /// Its vector; none where meaning is not compared.
    pub vector: Option<Vec<f32>>,
    /// Names of what is switched off: a feature, or one word of a lexical one.
    pub off: HashSet<String>,
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
            .filter(|slot| amounts[*slot].iter().any(|amount| *amount > 0.0) && may(*slot))
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

    fn add_term(
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
    fn scale(&self, terms: &[QueryTerm]) -> f64 {
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

    fn cosines(&self, vector: &[f32]) -> Vec<f32> {
        (0..self.slots.len())
            .into_par_iter()
            .with_min_len(2_000)
            .map(|slot| {
                let stored = self.vector(u32::try_from(slot).unwrap_or(u32::MAX));
                stored.filter(|stored| stored.len() == vector.len()).map_or(f32::NAN, |stored| dot(stored, vector))
            })
            .collect()
    }

    /// The normalised mean of some products' vectors.
    fn centre(&self, slots: &[usize]) -> Vec<f32> {
        let mut centre = vec![0.0; self.dimension];
        for vector in slots.iter().filter_map(|slot| self.vector(u32::try_from(*slot).ok()?)) {
            centre.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        }
        let norm = dot(&centre, &centre).sqrt().max(f32::EPSILON);
        centre.iter_mut().for_each(|x| *x /= norm);
        centre
    }

    /// The mean kind of some products: for each mark (a level of the category, the name of an attribute) its weight.
    fn kinds_of(&self, slots: &[usize], weights: &[f32]) -> Vec<f32> {
        let mut mean = vec![0.0; weights.len()];
        for slot in slots {
            let kinds = &self.slots[*slot].kinds;
            let norm = kind_norm(kinds, weights);
            for kind in kinds {
                mean[*kind as usize] += weights[*kind as usize] / norm / count(slots.len()) as f32;
            }
        }
        mean
    }

    /// What few products have says most.
    fn kind_weight(&self, kind: usize) -> f32 {
        let all = count(self.slots.len()) as f32;
        (all / self.kind_holding[kind] as f32).ln().max(0.0)
    }
}

fn kind_norm(kinds: &[u32], weights: &[f32]) -> f32 {
    kinds.iter().map(|kind| weights[*kind as usize].powi(2)).sum::<f32>().sqrt().max(f32::EPSILON)
}

/// The share of a product's kind that is the mean's.
fn same_kind(kinds: &[u32], mean: &[f32], weights: &[f32]) -> f64 {
    let sum: f32 = kinds.iter().map(|kind| weights[*kind as usize] * mean[*kind as usize]).sum();
    f64::from(sum / kind_norm(kinds, weights))
}

/// The name of one word of a lexical feature.
pub(super) fn word_name(feature: Feature, term: &QueryTerm) -> String {
    format!("{}:{}", feature.code(), term.text)
}

fn code_amount(term: &QueryTerm, groups: usize) -> f64 {
    if term.kind == TermKind::Typed { 1.0 / count(groups.max(1)) } else { 0.0 }
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
    let least = average + DISTANCE * spread;
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

/// Whether `words` stand in `title` one after the other.
fn side_by_side(title: &[u32], words: &[Option<u32>]) -> bool {
    !words.is_empty()
        && title.windows(words.len()).any(|window| window.iter().zip(words).all(|(own, word)| Some(*own) == *word))
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    crate::search::dot(a, b)
}
