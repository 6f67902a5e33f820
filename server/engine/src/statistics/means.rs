//! Values of users: revenue, items, minutes.

use super::distributions::{student_quantile, student_tail};
use super::{CONFIDENCE, Comparison, mean};

/// What a test needs of one group's values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Number of values.
    pub n: f64,
    /// Their mean.
    pub mean: f64,
    /// Their variance, with `n - 1` below.
    pub variance: f64,
}

impl Sample {
    /// Sums values up; none for fewer than two.
    pub fn of(values: &[f64]) -> Option<Sample> {
        if values.len() < 2 {
            return None;
        }
        let n = values.len() as f64;
        // Sums are rounded: the mean of equal values need not be that value, nor their variance 0.
        if let Some(first) = values.first().filter(|first| values.iter().all(|value| value == *first)) {
            return Some(Sample { n, mean: *first, variance: 0.0 });
        }
        let mean = mean(values);
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Some(Sample { n, mean, variance })
    }
}

/// Compares two means without taking their variances for equal (Welch, Biometrika 1947).
pub fn welch(first: Sample, second: Sample) -> Comparison {
    let (e1, e2) = (first.variance / first.n, second.variance / second.n);
    let difference = second.mean - first.mean;
    let error = (e1 + e2).sqrt();
    let (interval, p) = if error > 0.0 {
        let degrees = (e1 + e2).powi(2) / (e1 * e1 / (first.n - 1.0) + e2 * e2 / (second.n - 1.0));
        let half = student_quantile((1.0 - CONFIDENCE) / 2.0, degrees) * error;
        ((difference - half, difference + half), 2.0 * student_tail((difference / error).abs(), degrees))
    } else {
        ((difference, difference), if difference == 0.0 { 1.0 } else { 0.0 })
    };
    Comparison { first: first.mean, second: second.mean, difference, interval, p }
}
