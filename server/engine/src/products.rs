//! Product search: an index of one catalogue in memory, candidates, named features, and an additive ranker that is learned from graded results.
//!
//! The index is not the one of entries on disk ([`crate::search::LexicalIndex`]): a ranker needs the numbers behind a score (frequencies and
//! exact lengths by field, with any k1 and b), spelling correction needs the vocabulary, and both want them for every candidate. Text
//! analysis is the same, with units and model numbers besides.

mod candidates;
mod features;
mod index;
mod lexical;
mod likeness;
mod ranker;
mod spelling;
#[cfg(test)]
mod tests;
mod tokens;
mod training;
mod vectors;
mod weights;

pub use candidates::{Candidate, Candidates, QueryFeatures};
pub use features::{FEATURES, Feature};
pub use index::{Bm25, Field, PlainHit, ProductDocument, ProductIndex};
pub use ranker::{BM25, HYBRID, LinearRanker, Part, Ranked};
pub use spelling::{Nearest, distance};
pub use tokens::{QueryTerm, TermKind, is_code, product_tokens, query_terms};
pub use training::{TrainingQuery, TrainingSettings, shuffled, train};
pub use vectors::{VectorCache, text_hash};
pub use weights::LEARNED;
