#![doc = include_str!("../README.md")]

pub mod encoder;
pub mod explain;
pub mod metrics;
pub mod products;
mod random;
pub mod recommend;
pub mod search;
mod self_check;
pub mod statistics;
pub mod weights;

pub use self_check::SelfCheck;

/// What can go wrong in this crate.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Loading or running the encoder.
    #[error(transparent)]
    Encoder(#[from] encoder::EncoderError),
    /// Explaining a score.
    #[error(transparent)]
    Explain(#[from] explain::ExplainError),
    /// Reading sequences, training or using a recommender.
    #[error(transparent)]
    Recommend(#[from] recommend::RecommendError),
    /// The lexical index.
    #[error("search index")]
    Index(#[from] tantivy::TantivyError),
    /// A file of the index, or a thread.
    #[error("search index files")]
    Io(#[from] std::io::Error),
}
