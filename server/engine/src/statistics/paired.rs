//! Two systems on the same queries or users: the bootstrap and the randomisation test.

use crate::random::SplitMix;

/// The mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    let n = u32::try_from(values.len()).map_or(f64::MAX, f64::from);
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / n }
}

/// A 95 % percentile bootstrap interval of the mean over queries (Efron and Tibshirani 1993, chapter 13), with a fixed seed.
pub fn bootstrap_interval(values: &[f64]) -> (f64, f64) {
    const RESAMPLES: usize = 2_000;
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mut random = SplitMix::new(0x5eed);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let sample: Vec<f64> = values.iter().map(|_| values[random.below(values.len())]).collect();
            mean(&sample)
        })
        .collect();
    percentiles(&mut means)
}

/// The 2.5th and 97.5th percentile of resampled figures.
pub(crate) fn percentiles(resampled: &mut [f64]) -> (f64, f64) {
    resampled.sort_by(f64::total_cmp);
    let at = |thousandth: usize| resampled.get(resampled.len() * thousandth / 1000).copied().unwrap_or_default();
    (at(25), at(975))
}

/// Two rankers on the same queries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Mean of `a - b`.
    pub difference: f64,
    /// Its 95 % percentile bootstrap interval over queries.
    pub interval: (f64, f64),
    /// How often a difference at least as large, in either direction, comes out when each query's two values are swapped at random: the two-sided p of
    /// Fisher's randomisation test (Smucker, Allan and Carterette, CIKM 2007), 10,000 draws, the observed one counted.
    pub p: f64,
}

/// Compares two rankers query by query, with a fixed seed.
pub fn paired(a: &[f64], b: &[f64]) -> Paired {
    const DRAWS: u32 = 10_000;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let difference = mean(&differences);
    let mut random = SplitMix::new(0xfa1);
    let as_large = (0..DRAWS)
        .filter(|_| {
            let swapped: Vec<f64> =
                differences.iter().map(|value| if random.below(2) == 0 { *value } else { -value }).collect();
            mean(&swapped).abs() >= difference.abs() - 1e-12
        })
        .count();
    let as_large = u32::try_from(as_large).unwrap_or(DRAWS);
    Paired { difference, interval: bootstrap_interval(&differences), p: f64::from(as_large + 1) / f64::from(DRAWS + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_gain_is_told_from_noise() {
        let mut random = SplitMix::new(3);
        let base: Vec<f64> = (0..60).map(|_| f64::from(random.unit())).collect();
        let better: Vec<f64> = base.iter().map(|x| x + 0.05 + 0.05 * f64::from(random.normal())).collect();
        let steady = paired(&better, &base);
        assert!(steady.interval.0 > 0.0 && steady.p < 0.001, "{steady:?}");
        let noise: Vec<f64> = base.iter().map(|x| x + 0.2 * f64::from(random.normal())).collect();
        let none = paired(&noise, &base);
        assert!(none.interval.0 < 0.0 && none.interval.1 > 0.0 && none.p > 0.05, "{none:?}");
        assert!((paired(&base, &base).p - 1.0).abs() < 1e-9);
        assert!(paired(&[], &[]).difference.abs() < 1e-12);
    }

    #[test]
    fn the_interval_holds_the_mean_and_is_the_same_each_time() {
        let values: Vec<f64> = (0..50).map(|i| f64::from(i % 7) / 7.0).collect();
        let (low, high) = bootstrap_interval(&values);
        assert!(low < mean(&values) && mean(&values) < high && high - low < 0.3);
        assert_eq!(bootstrap_interval(&values), (low, high));
    }
}
