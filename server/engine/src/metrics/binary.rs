//! Measures of probabilities of something that happens or not, over weighted examples.

use serde::{Deserialize, Serialize};

use crate::random::SplitMix;
use crate::statistics::percentiles;

/// Bins of [`calibration`].
const BINS: usize = 10;

/// Area under the ROC curve: the chance that an example in which it happened has a larger value than one in which it did not; ties count half
/// (Hanley and `McNeil`, Radiology 1982). 0.5 where one of the two is missing.
pub fn auc(values: &[f64], labels: &[bool], weights: &[f64]) -> f64 {
    auc_sorted(&ascending(values), values, labels, weights)
}

fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    order
}

fn auc_sorted(order: &[usize], values: &[f64], labels: &[bool], weights: &[f64]) -> f64 {
    let (mut below, mut won, mut positive) = (0.0, 0.0, 0.0);
    let mut at = 0;
    while at < order.len() {
        let (mut up, mut down) = (0.0, 0.0);
        let value = values[order[at]];
        while at < order.len() && values[order[at]] == value {
            let place = order[at];
            if labels[place] {
                up += weights[place];
            } else {
                down += weights[place];
            }
            at += 1;
        }
        won += up * (below + 0.5 * down);
        below += down;
        positive += up;
    }
    if positive == 0.0 || below == 0.0 { 0.5 } else { won / (positive * below) }
}

/// The cross-entropy of each example in nats; probabilities are kept within 1e-7 of 0 and 1.
pub fn log_losses(values: &[f64], labels: &[bool]) -> Vec<f64> {
    values
        .iter()
        .zip(labels)
        .map(|(value, label)| {
            let p = value.clamp(1e-7, 1.0 - 1e-7);
            if *label { -p.ln() } else { -(1.0 - p).ln() }
        })
        .collect()
}

/// The mean of weighted values; 0 of nothing.
pub fn weighted_mean(values: &[f64], weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    if sum == 0.0 { 0.0 } else { values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / sum }
}

/// One bin of a calibration table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Sum of the weights.
    pub weight: f64,
    /// Mean probability.
    pub predicted: f64,
    /// How often it happened.
    pub observed: f64,
}

/// A calibration table and its summary.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Calibration {
    /// Expected calibration error: mean over the bins, by weight, of the difference between predicted and observed (Naeini et al., AAAI 2015).
    pub error: f64,
    /// Ten bins of equal weight, from the lowest probabilities to the highest.
    pub bins: Vec<CalibrationBin>,
}

/// Calibration over ten bins of equal weight: rare things have no probabilities near 1, so bins of equal width would be empty.
pub fn calibration(values: &[f64], labels: &[bool], weights: &[f64]) -> Calibration {
    let total: f64 = weights.iter().sum();
    let mut bins = vec![CalibrationBin { weight: 0.0, predicted: 0.0, observed: 0.0 }; BINS];
    let mut before = 0.0;
    for place in ascending(values) {
        let weight = weights[place];
        let bin = ((before + weight / 2.0) / total.max(f64::MIN_POSITIVE) * BINS as f64) as usize;
        before += weight;
        let bin = &mut bins[bin.min(BINS - 1)];
        bin.weight += weight;
        bin.predicted += weight * values[place];
        bin.observed += weight * f64::from(u8::from(labels[place]));
    }
    bins.retain(|bin| bin.weight > 0.0);
    for bin in &mut bins {
        bin.predicted /= bin.weight;
        bin.observed /= bin.weight;
    }
    let error =
        bins.iter().map(|bin| bin.weight * (bin.predicted - bin.observed).abs()).sum::<f64>() / total.max(1e-300);
    Calibration { error, bins }
}

/// A difference with its 95 % percentile bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// On all examples.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Two models on the same examples: AUC of the first less that of the second, and log loss of the first less that of the second. Whole clusters
/// (shoppers) are drawn, because examples of one shopper are alike (Field and Welsh, JRSS B 2007). The seed is fixed.
pub fn paired_by_cluster(
    first: &[f64],
    second: &[f64],
    labels: &[bool],
    weights: &[f64],
    clusters: &[u32],
) -> (Difference, Difference) {
    const RESAMPLES: usize = 400;
    let orders = [ascending(first), ascending(second)];
    let losses = [log_losses(first, labels), log_losses(second, labels)];
    let differences = |weights: &[f64]| {
        let auc = auc_sorted(&orders[0], first, labels, weights) - auc_sorted(&orders[1], second, labels, weights);
        (auc, weighted_mean(&losses[0], weights) - weighted_mean(&losses[1], weights))
    };
    let most = clusters.iter().max().map_or(0, |most| *most as usize + 1);
    let mut present = vec![false; most];
    clusters.iter().for_each(|cluster| present[*cluster as usize] = true);
    let present: Vec<usize> = (0..most).filter(|cluster| present[*cluster]).collect();
    let mut random = SplitMix::new(0x5eed);
    let (mut aucs, mut means) = (Vec::new(), Vec::new());
    for _ in 0..RESAMPLES {
        let mut times = vec![0.0; most];
        for _ in 0..present.len() {
            times[present[random.below(present.len())]] += 1.0;
        }
        let drawn: Vec<f64> =
            weights.iter().zip(clusters).map(|(weight, cluster)| weight * times[*cluster as usize]).collect();
        let (auc, loss) = differences(&drawn);
        aucs.push(auc);
        means.push(loss);
    }
    let (auc, loss) = differences(weights);
    let interval = |mut all: Vec<f64>, mean: f64| {
        let (low, high) = percentiles(&mut all);
        Difference { mean, low, high }
    };
    (interval(aucs, auc), interval(means, loss))
}

/// Spearman's rank correlation; ties get their mean rank; 0 where one side does not vary.
pub fn rank_correlation(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (mean_ranks(a), mean_ranks(b));
    let n = a.len().max(1) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut both, mut left, mut right) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(&b) {
        both += (x - mean_a) * (y - mean_b);
        left += (x - mean_a).powi(2);
        right += (y - mean_b).powi(2);
    }
    if left == 0.0 || right == 0.0 { 0.0 } else { both / (left * right).sqrt() }
}

fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let mut ranks = vec![0.0; values.len()];
    let mut at = 0;
    while at < order.len() {
        let end = (at..order.len()).find(|place| values[order[*place]] != values[order[at]]).unwrap_or(order.len());
        for place in &order[at..end] {
            ranks[*place] = (at + end - 1) as f64 / 2.0;
        }
        at = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_counts_pairs() {
        let labels = [false, true, false, true];
        // Of four pairs: 0.2 > 0.1, 0.2 < 0.3, 0.3 = 0.3, 0.3 > 0.1.
        assert!((auc(&[0.1, 0.2, 0.3, 0.3], &labels, &[1.0; 4]) - 2.5 / 4.0).abs() < 1e-12);
        // A weight of two is the example twice.
        let twice = auc(&[0.1, 0.1, 0.2, 0.3, 0.3], &[false, false, true, false, true], &[1.0; 5]);
        assert!((auc(&[0.1, 0.2, 0.3, 0.3], &labels, &[2.0, 1.0, 1.0, 1.0]) - twice).abs() < 1e-12);
        assert_eq!(auc(&[0.1, 0.2], &[true, true], &[1.0; 2]), 0.5);
    }

    #[test]
    fn calibration_sees_what_is_promised_and_what_comes() {
        let values: Vec<f64> = (0..1_000).map(|i| f64::from(i) / 1_000.0).collect();
        let labels: Vec<bool> = (0..1_000).map(|i| (i * 617 % 1_000) < i).collect();
        let table = calibration(&values, &labels, &[1.0; 1_000]);
        assert_eq!(table.bins.len(), 10);
        assert!(table.error < 0.05, "{}", table.error);
        let high: Vec<f64> = values.iter().map(|value| (value + 0.3).min(1.0)).collect();
        assert!(calibration(&high, &labels, &[1.0; 1_000]).error > 0.2);
    }

    #[test]
    fn a_better_model_is_better_beyond_chance_and_itself_is_not() {
        let labels: Vec<bool> = (0..600).map(|i| i % 3 == 0).collect();
        let good: Vec<f64> =
            labels.iter().zip(0..).map(|(label, i)| if *label { 0.6 } else { 0.2 } + f64::from(i % 7) / 20.0).collect();
        let poor: Vec<f64> = (0..600).map(|i| 0.3 + f64::from(i % 11) / 50.0).collect();
        let clusters: Vec<u32> = (0..600).map(|i| i / 10).collect();
        let (auc, loss) = paired_by_cluster(&good, &poor, &labels, &[1.0; 600], &clusters);
        assert!(auc.low > 0.0 && loss.high < 0.0, "{auc:?} {loss:?}");
        let (auc, loss) = paired_by_cluster(&good, &good, &labels, &[1.0; 600], &clusters);
        assert_eq!((auc.low, auc.high, loss.low, loss.high), (0.0, 0.0, 0.0, 0.0));
    }

    #[test]
    fn rank_correlation_sees_order_only() {
        assert!((rank_correlation(&[1.0, 2.0, 3.0], &[1.0, 10.0, 100.0]) - 1.0).abs() < 1e-12);
        assert!((rank_correlation(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
        assert_eq!(rank_correlation(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
    }
}
