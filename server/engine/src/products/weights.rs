//! The weights that the program ships with.

use super::features::FEATURES;
use super::ranker::LinearRanker;

/// Learned from the 77 queries of `search-icecat` that have a positive: `alluvium evaluate products FOLDER --fit` prints it.
pub const LEARNED: LinearRanker = LinearRanker {
    method: "learned weights of named features (exact)",
    weights: [3.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.05],
    centres: [0.0; FEATURES],
};
