//! The one explanation type: search hits, recommendations, intent and sentiment all use it.

use serde::{Deserialize, Serialize};

/// What a contribution belongs to; the page groups and colours bars by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FeatureGroup {
    /// A query term that matched literally (BM25).
    Lexical,
    /// A query token's share of the cosine between query and passage.
    Semantic,
    /// A term that the glossary added to the query.
    Glossary,
    /// What filters, language or other rules added.
    Rule,
    /// A link, a shared tag or another relation between entries.
    Relation,
    /// What the shopper did before: an event of the history, or what a model makes of the whole.
    History,
    /// How the product fits the shopper's tastes: category, brand, price, style.
    Taste,
    /// What the product is, whoever looks: price, rating, attributes.
    Product,
    /// How often others looked at it, put it into the cart, bought it.
    Popularity,
    /// When and where: season, query, place in the list.
    Context,
}

/// The signed amount that one input feature gives to one score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contribution {
    /// Stable machine name, e.g. `term:点击` or `word:3`.
    pub feature: String,
    /// What it belongs to.
    pub group: FeatureGroup,
    /// What a person reads: the word, the tag, the filter.
    pub value: String,
    /// Signed amount, in the unit of the score.
    pub amount: f64,
}

/// `baseline + sum(contributions) + gap = score`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// How it was made, e.g. `bm25+cosine (exact)`.
    pub method: String,
    /// The score of a featureless input.
    pub baseline: f64,
    /// The score explained.
    pub score: f64,
    /// What the contributions do not account for: `score - baseline - sum`.
    pub gap: f64,
    /// The parts, largest absolute amount first; the one of the whole sentence, which says nothing of any word, last.
    pub contributions: Vec<Contribution>,
}

/// The part of the marks that an encoder puts at both ends of a text: what it makes of the whole sentence.
pub const WHOLE_SENTENCE: &str = "token:ends";

/// An explanation with `|gap|` below this adds up; f32 arithmetic over a few hundred parts stays well within it.
pub const GAP_TOLERANCE: f64 = 1e-4;

impl Explanation {
    /// Builds an explanation: sorts the parts and computes the gap.
    pub fn new(method: impl Into<String>, baseline: f64, score: f64, mut contributions: Vec<Contribution>) -> Self {
        let whole = |part: &Contribution| part.feature == WHOLE_SENTENCE;
        contributions.sort_by(|a, b| whole(a).cmp(&whole(b)).then(b.amount.abs().total_cmp(&a.amount.abs())));
        let sum: f64 = contributions.iter().map(|part| part.amount).sum();
        Explanation { method: method.into(), baseline, score, gap: score - baseline - sum, contributions }
    }

    /// Whether the parts account for the score.
    pub fn adds_up(&self) -> bool {
        self.gap.abs() <= GAP_TOLERANCE
    }

    /// The sum of one group's amounts.
    pub fn group_total(&self, group: FeatureGroup) -> f64 {
        self.contributions.iter().filter(|part| part.group == group).map(|part| part.amount).sum()
    }
}
