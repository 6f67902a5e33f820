//! Partial dependence: the mean score where one feature has a chosen value and the others are as they come (Friedman, "Greedy Function
//! Approximation: A Gradient Boosting Machine", Annals of Statistics 2001, section 8.2).

use super::{Batch, ExplainError, ask, real};

/// One point of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dependence {
    /// Value of the feature.
    pub value: f32,
    /// Mean score over all rows.
    pub mean: f64,
    /// Standard deviation of the score over the rows.
    pub deviation: f64,
}

/// The curve of `feature` at `values`, over `rows`, `[n, features]`.
///
/// # Errors
/// A model that does not give one finite score for each row.
pub fn partial_dependence(
    model: &Batch<'_>,
    rows: &[f32],
    features: usize,
    feature: usize,
    values: &[f32],
) -> Result<Vec<Dependence>, ExplainError> {
    let mut moved = rows.to_vec();
    let mut curve = Vec::with_capacity(values.len());
    for value in values {
        for row in moved.chunks_exact_mut(features.max(1)) {
            if let Some(cell) = row.get_mut(feature) {
                *cell = *value;
            }
        }
        let scores = ask(model, &moved, features)?;
        let n = real(scores.len()).max(1.0);
        let mean = scores.iter().sum::<f64>() / n;
        let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / n;
        curve.push(Dependence { value: *value, mean, deviation: variance.sqrt() });
    }
    Ok(curve)
}
