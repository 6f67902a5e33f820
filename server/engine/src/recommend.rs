//! Recommending the next item from what a shopper did so far: data, measure, models.
//!
//! Items are numbered 0 to `item_count - 1`; a history is a slice of these numbers, oldest first.

mod blend;
mod evaluation;
mod linear;
mod protocol;
mod sequence;
mod sequences;
pub mod shop;
#[cfg(test)]
mod tests;

pub use blend::Blend;
pub use evaluation::{RankQuality, Recommender, ranks};
pub use linear::{LinearModel, LinearSettings};
pub use protocol::{Measured, ModelKind, Protocol, Step};
pub use sequence::{Progress, SequenceModel, SequenceSettings, Trained};
pub use sequences::{Case, Holdout, Sequences};

/// Why sequences could not be read, or a model not be trained, saved or used.
#[derive(Debug, thiserror::Error)]
pub enum RecommendError {
    /// A line of a sequences file that is not `user item item ...`.
    #[error("line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that cannot be read or written.
    #[error("cannot read or write {}", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Training needs at least one history of two items.
    #[error("there is nothing to train on: no history has two items or more")]
    NothingToTrain,
    /// The ridge is too small for these histories.
    #[error("the item-item matrix is not positive definite; a larger ridge makes it so")]
    NotPositiveDefinite,
    /// An item that the model was not trained with.
    #[error("item {item} is unknown: the model knows {known} items")]
    UnknownItem {
        /// Its number.
        item: u32,
        /// Number of items of the model.
        known: usize,
    },
    /// A saved model that does not say what it should.
    #[error("the saved model is not usable: {reason}")]
    Model {
        /// What is missing or has another shape.
        reason: String,
    },
    /// Tensor arithmetic.
    #[error("tensor arithmetic")]
    Tensor(#[from] candle_core::Error),
    /// The caller asked to stop.
    #[error("training was cancelled")]
    Cancelled,
}
