//! Rankers: weighted sums of features, so that an explanation is exact.

use alluvium_domain::FeatureGroup;

use super::candidates::{Candidate, Candidates, QueryFeatures};
use super::features::{FEATURES, Feature, LEXICAL, word_name};
use super::index::ProductIndex;

/// Weights of the fields in the first stage, which chooses candidates; BM25 by itself ranks with the same.
pub(super) const FIRST_STAGE: [f64; LEXICAL] = [0.0, 2.0, 1.0, 0.5, 1.0, 2.0];

/// `score = baseline + sum over features of weight * (value - centre)`.
///
/// The parts of lexical features and of the cosine are shown as `weight * value`, word by word, and their `- weight * centre` is the baseline;
/// other features are shown against their centre, the mean of what was learned from. What is not known counts as the centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearRanker {
    /// How it is called in explanations.
    pub method: &'static str,
    /// By [`Feature::ALL`].
    pub weights: [f64; FEATURES],
    /// By [`Feature::ALL`].
    pub centres: [f64; FEATURES],
}

const fn by_words(cosine: f64) -> [f64; FEATURES] {
    let mut weights = [0.0; FEATURES];
    let mut at = 0;
    while at < LEXICAL {
        weights[at] = FIRST_STAGE[at];
        at += 1;
    }
    weights[Feature::Cosine as usize] = cosine;
    weights
}

/// Words only.
pub const BM25: LinearRanker =
    LinearRanker { method: "bm25 by field and word (exact)", weights: by_words(0.0), centres: [0.0; FEATURES] };

/// Words and meaning, weights by hand.
pub const HYBRID: LinearRanker =
    LinearRanker { method: "bm25 + cosine (exact)", weights: by_words(3.0), centres: [0.0; FEATURES] };

/// A candidate with its score.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// The product and its features.
    pub candidate: Candidate,
    /// `baseline + parts`.
    pub score: f64,
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Name: of a feature, or `feature:word`.
    pub name: String,
    /// Which feature.
    pub feature: Feature,
    /// Number of the word in the query's terms, for lexical features.
    pub term: Option<usize>,
    /// The value of the feature; of a word its share of it.
    pub value: f64,
    /// Signed amount.
    pub amount: f64,
}

impl LinearRanker {
    /// What every candidate of a query begins with.
    pub fn baseline(&self, semantic: bool) -> f64 {
        let raw = |feature: &Feature| feature.is_lexical() || (semantic && *feature == Feature::Cosine);
        let features = Feature::ALL.into_iter().filter(raw);
        -features.map(|feature| self.weights[feature.number()] * self.centres[feature.number()]).sum::<f64>()
    }

    /// The score of a product that has nothing of the query and is usual otherwise.
    pub fn nothing(&self, semantic: bool) -> f64 {
        let of_query = |feature: &Feature| matches!(feature.group(), FeatureGroup::Rule | FeatureGroup::Relation);
        let amount = |feature: Feature| self.amount(feature, 0.0, semantic);
        self.baseline(semantic) + Feature::ALL.into_iter().filter(of_query).map(amount).sum::<f64>()
    }

    /// The weight of a feature, 0 where it is switched off.
    pub fn weight(&self, feature: Feature, query: &QueryFeatures) -> f64 {
        if query.off.contains(feature.code()) { 0.0 } else { self.weights[feature.number()] }
    }

    fn amount(&self, feature: Feature, value: f64, semantic: bool) -> f64 {
        let (weight, centre) = (self.weights[feature.number()], self.centres[feature.number()]);
        match (feature, value.is_nan()) {
            (Feature::Cosine, _) if !semantic => 0.0,
            (Feature::Cosine, true) => weight * centre,
            (_, true) => 0.0,
            (Feature::Cosine, false) => weight * value,
            _ if feature.is_lexical() => weight * value,
            _ => weight * (value - centre),
        }
    }

    /// The candidates, best first; equal ones in the order in which they came into the catalogue.
    pub fn rank(&self, query: &QueryFeatures, candidates: &Candidates) -> Vec<Ranked> {
        let baseline = self.baseline(candidates.semantic);
        let on: Vec<Feature> = Feature::ALL.into_iter().filter(|feature| self.weight(*feature, query) != 0.0).collect();
        let mut ranked: Vec<Ranked> = candidates
            .list
            .iter()
            .filter(|candidate| query.all || self.finds(candidate))
            .map(|candidate| {
                let amount =
                    |feature: &Feature| self.amount(*feature, candidate.values[feature.number()], candidates.semantic);
                Ranked { candidate: candidate.clone(), score: baseline + on.iter().map(amount).sum::<f64>() }
            })
            .collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.slot.cmp(&b.candidate.slot)));
        ranked
    }

    /// Whether something that this ranker weighs speaks for the product: BM25 finds nothing by meaning.
    fn finds(&self, candidate: &Candidate) -> bool {
        let by_words = candidate.values[..LEXICAL].iter().any(|value| *value > 0.0);
        by_words || self.weights[Feature::Cosine.number()] != 0.0
    }

    /// The parts of a candidate's score that are not switched off, the cosine as one.
    pub fn parts(
        &self,
        index: &ProductIndex,
        query: &QueryFeatures,
        candidates: &Candidates,
        candidate: &Candidate,
    ) -> Vec<Part> {
        let groups = query.terms.iter().map(|term| term.group + 1).max().unwrap_or(0);
        let mut parts = Vec::new();
        for feature in Feature::ALL {
            let weight = self.weight(feature, query);
            if weight == 0.0 {
                continue;
            }
            if feature.is_lexical() {
                for (number, term) in query.terms.iter().enumerate() {
                    let name = word_name(feature, term);
                    if query.off.contains(&name) {
                        continue;
                    }
                    let value = index.term_amount(term, feature, candidate.slot, groups, candidates.scale);
                    if value != 0.0 {
                        parts.push(Part { name, feature, term: Some(number), value, amount: weight * value });
                    }
                }
            } else {
                let value = candidate.values[feature.number()];
                let amount = self.amount(feature, value, candidates.semantic);
                if amount != 0.0 {
                    parts.push(Part { name: feature.code().to_owned(), feature, term: None, value, amount });
                }
            }
        }
        parts
    }
}
