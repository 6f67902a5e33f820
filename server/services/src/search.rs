//! Search: the index of all entries, queries, related entries, vectors.
//!
//! One additive score (this crate's README has the formula): lexical terms, glossary terms, query tokens of the cosine and a few rules, minus a
//! baseline that is the same for every hit of a query.

mod candidates;
mod document;
mod embed;
mod encoded;
mod expansion;
mod filter;
mod formula;
mod gloss;
mod index;
mod parse;
mod query;
mod reading;
mod related;
mod reply;
mod score;
mod snippet;

pub use embed::Embeddings;
pub(crate) use encoded::words;
pub(crate) use gloss::Glossed;
pub use index::SearchStatus;
pub(crate) use index::{Prepared, Search};
pub use reading::MOST_READ;

/// Weights of the score's parts, chosen on the tune half of the judged set (`evaluate search`).
pub(crate) mod weights {
    /// The cosine against a lexical score of about 1.
    pub(crate) const SEMANTIC: f64 = 6.0;
    /// A glossary name against a typed word.
    pub(crate) const GLOSSARY: f64 = 0.6;
    /// The title or a name is the query.
    pub(crate) const TITLE: f64 = 0.8;
    /// The entry is in the language of the query.
    pub(crate) const LANGUAGE: f64 = 0.08;
    /// What a translation's cosine counts.
    pub(crate) const TRANSLATION: f64 = 0.9;
}
