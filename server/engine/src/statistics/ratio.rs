//! Whether people were split as they should have been.

use super::distributions::chi_square_tail;

/// The p of Pearson's chi-square test that two groups have the sizes that a split with this share for the first makes. A very small one (below
/// 0.001) says that the assignment or the logging is broken, and that nothing else of the result can be trusted (Fabijan et al., KDD 2019).
pub fn sample_ratio(first: u64, second: u64, share: f64) -> f64 {
    let (first, second) = (first as f64, second as f64);
    let all = first + second;
    let expected = [all * share, all * (1.0 - share)];
    if expected.iter().any(|count| *count <= 0.0) {
        return 1.0;
    }
    let square = |seen: f64, expected: f64| (seen - expected).powi(2) / expected;
    chi_square_tail(square(first, expected[0]) + square(second, expected[1]), 1.0)
}
