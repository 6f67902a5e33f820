//! From the states of the tokens to the vector of the text.

use std::ops::Range;

use super::network::States;
use super::settings::Pooling;

/// One token of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As the vocabulary spells it: lower case, `##` before a continuation, `[CLS]`.
    pub piece: String,
    /// Bytes of the input that it stands for; empty for a special token.
    pub start: usize,
    pub end: usize,
    /// Added by the tokenizer, not in the text.
    pub special: bool,
}

/// The vector of one text, taken apart.
#[derive(Clone, Debug)]
pub struct TokenStates {
    /// `[tokens]`, special ones included, after truncation.
    pub tokens: Vec<Token>,
    /// `[dimension]`, L2-normalised: what [`Encoder::encode`](super::Encoder::encode) returns.
    pub vector: Vec<f32>,
    /// `[tokens][dimension]`: for mean pooling, parts that sum to `vector` exactly (up to rounding
    /// of floats). `None` for cls and max pooling, where the vector is no sum over tokens; leave
    /// tokens out of the text one at a time instead.
    pub parts: Option<Vec<Vec<f32>>>,
}

impl TokenStates {
    /// What each token adds to the dot product with `other` (for a normalised `other`, to the
    /// cosine): the amounts sum to `vector · other`. `None` where [`parts`](Self::parts) is.
    pub fn amounts(&self, other: &[f32]) -> Option<Vec<f32>> {
        let dot = |part: &Vec<f32>| part.iter().zip(other).map(|(a, b)| a * b).sum();
        Some(self.parts.as_ref()?.iter().map(dot).collect())
    }
}

/// The L2-normalised vector of the rows `span`.
pub(super) fn pool(states: &States, span: &Range<usize>, pooling: Pooling) -> Vec<f32> {
    let mut vector = combined(states, span, pooling);
    let scale = reciprocal_norm(&vector);
    vector.iter_mut().for_each(|x| *x *= scale);
    vector
}

/// All rows of `states` are one text with these tokens.
pub(super) fn take_apart(states: &States, tokens: Vec<Token>, pooling: Pooling) -> TokenStates {
    let span = 0..tokens.len();
    let mut vector = combined(states, &span, pooling);
    let scale = reciprocal_norm(&vector);
    vector.iter_mut().for_each(|x| *x *= scale);
    let parts = (pooling == Pooling::Mean).then(|| {
        // The sum's norm is n · ‖mean‖.
        span.map(|row| states.row(row).map(|x| x * scale).collect()).collect()
    });
    TokenStates { tokens, vector, parts }
}

/// For a mean this is the sum: its direction is the same.
fn combined(states: &States, span: &Range<usize>, pooling: Pooling) -> Vec<f32> {
    let rows = match pooling {
        Pooling::Cls => span.start..span.end.min(span.start + 1),
        Pooling::Mean | Pooling::Max => span.clone(),
    };
    let mut rows = rows.map(|row| states.row(row));
    let mut vector: Vec<f32> = match rows.next() {
        Some(first) => first.collect(),
        None => vec![0.0; states.hidden],
    };
    for row in rows {
        for (x, y) in vector.iter_mut().zip(row) {
            *x = if pooling == Pooling::Max { x.max(y) } else { *x + y };
        }
    }
    vector
}

fn reciprocal_norm(vector: &[f32]) -> f32 {
    let norm = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    if norm > 0.0 { (1.0 / norm) as f32 } else { 0.0 }
}
