//! How many people a test needs, and what it can see with those it has. Two shares, two-sided, 5 %.

use super::distributions::{deviate, normal_quantile, normal_tail};

/// How often a test with `n1` and `n2` people shows a difference between these two shares, where it is there (normal approximation; the variance
/// is pooled where there is no difference: Fleiss, Levin and Paik 2003, section 4.5).
pub fn power(p1: f64, p2: f64, n1: f64, n2: f64) -> f64 {
    let pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
    let none = (pooled * (1.0 - pooled) * (n1.recip() + n2.recip())).sqrt();
    let some = (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2).sqrt();
    let bound = deviate() * none;
    if some == 0.0 {
        return if (p2 - p1).abs() > bound { 1.0 } else { 0.0 };
    }
    let difference = p2 - p1;
    normal_tail((bound - difference) / some) + normal_tail((bound + difference) / some)
}

/// How many people each of two equal groups needs, to show the difference with this power.
pub fn sample_size(p1: f64, p2: f64, power: f64) -> f64 {
    let pooled = 0.5 * (p1 + p2);
    let none = (2.0 * pooled * (1.0 - pooled)).sqrt();
    let some = (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    let sum = deviate() * none + normal_quantile(1.0 - power) * some;
    (sum / (p2 - p1)).powi(2)
}

/// The smallest rise over the share `p1` that a test of this size shows with this power; none where even a share of 1 would not do.
pub fn smallest_difference(p1: f64, n1: f64, n2: f64, wanted: f64) -> Option<f64> {
    let (mut low, mut high) = (0.0, 1.0 - p1);
    if power(p1, 1.0, n1, n2) < wanted {
        return None;
    }
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if power(p1, p1 + middle, n1, n2) < wanted { low = middle } else { high = middle }
    }
    Some(high)
}
