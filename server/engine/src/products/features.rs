//! What is known of a product for a query, by name.

use alluvium_domain::FeatureGroup;

use super::tokens::QueryTerm;

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

/// The name of one word of a lexical feature.
pub(super) fn word_name(feature: Feature, term: &QueryTerm) -> String {
    format!("{}:{}", feature.code(), term.text)
}
