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

/// Compares two means over the same users or queries by Student's test of the differences, `first - second`; none for fewer than two, and where all
/// differences are the same without being 0: then there is no spread to judge them by.
pub fn paired_means(first: &[f64], second: &[f64]) -> Option<Comparison> {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let sample = Sample::of(&differences)?;
    let error = (sample.variance / sample.n).sqrt();
    let (interval, p) = if error > 0.0 {
        let degrees = sample.n - 1.0;
        let half = student_quantile((1.0 - CONFIDENCE) / 2.0, degrees) * error;
        ((sample.mean - half, sample.mean + half), 2.0 * student_tail((sample.mean / error).abs(), degrees))
    } else if sample.mean == 0.0 {
        ((0.0, 0.0), 1.0)
    } else {
        return None;
    };
    Some(Comparison { first: mean(first), second: mean(second), difference: sample.mean, interval, p })
}

#[cfg(test)]
mod paired_tests {
    use super::*;

    #[test]
    fn pairs_show_what_the_spread_of_the_values_hides() {
        // SciPy: ttest_rel([1,2,3,4,5.5], [0.8,1.9,2.7,3.9,5.2]) gives t = 4.4721, p = 0.01106.
        let found = paired_means(&[1.0, 2.0, 3.0, 4.0, 5.5], &[0.8, 1.9, 2.7, 3.9, 5.2]).unwrap();
        assert!((found.difference - 0.2).abs() < 1e-9 && (found.p - 0.011_06).abs() < 5e-5, "{found:?}");
        assert!(found.interval.0 > 0.0);
        let same = paired_means(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((same.p - 1.0).abs() < 1e-12);
        assert_eq!(paired_means(&[2.0, 2.0], &[1.0, 1.0]), None, "no spread");
        assert_eq!(paired_means(&[1.0], &[2.0]), None);
    }
}
