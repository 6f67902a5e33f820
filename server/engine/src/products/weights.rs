//! The weights that the program ships with.

use super::ranker::LinearRanker;

/// Learned from the 77 queries of `search-icecat` that have a positive grade: `alluvium evaluate products FOLDER --fit` prints them.
pub const LEARNED: LinearRanker = LinearRanker {
    method: "learned weights of named features (exact)",
    weights: [
        5.9199,  // text
        0.3221,  // title
        -0.0808, // brand
        0.9065,  // kind
        0.6808,  // description
        3.0,     // code
        1.2903,  // cosine
        2.4994,  // coverage
        0.1902,  // phrase
        -0.2168, // title-length
        -0.1142, // description-length
        0.0341,  // price
        -0.0154, // attributes
        0.0282,  // year
        0.7555,  // alike
        1.429,   // same-kind
        0.1,     // popularity
    ],
    centres: [
        0.193,     // text
        0.1601,    // title
        0.0081,    // brand
        0.1503,    // kind
        0.1262,    // description
        0.0,       // code
        0.2914,    // cosine
        0.5865,    // coverage
        0.1209,    // phrase
        2.7087,    // title-length
        2.595,     // description-length
        9.0376,    // price
        3.1687,    // attributes
        2010.3679, // year
        0.4009,    // alike
        0.0828,    // same-kind
        0.0,       // popularity
    ],
};
