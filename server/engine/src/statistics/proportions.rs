//! Shares: how many of how many.

use super::Comparison;
use super::distributions::{deviate, normal_tail};

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Of how many: users, sessions.
    pub of: u64,
    /// How many of these did it.
    pub did: u64,
}

impl Counts {
    /// The share; 0 of nothing.
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.did as f64 / self.of as f64 }
    }
}

/// Wilson's interval of a share (JASA 1927): right for small counts and for 0, where the textbook's is not.
pub fn wilson(counts: Counts) -> (f64, f64) {
    if counts.of == 0 {
        return (0.0, 1.0);
    }
    let (n, share, z) = (counts.of as f64, counts.share(), deviate());
    let scale = 1.0 + z * z / n;
    let centre = (share + z * z / (2.0 * n)) / scale;
    let half = z / scale * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    // At 0 and 1 the bound is exact; rounding would leave it just outside.
    let low = if counts.did == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if counts.did >= counts.of { 1.0 } else { (centre + half).min(1.0) };
    (low, high)
}

/// Compares two shares: Newcombe's hybrid score interval (Statistics in Medicine 1998, method 10) and the pooled z test.
pub fn newcombe(first: Counts, second: Counts) -> Comparison {
    let (p1, p2) = (first.share(), second.share());
    let ((low1, high1), (low2, high2)) = (wilson(first), wilson(second));
    let difference = p2 - p1;
    let low = difference - ((p2 - low2).powi(2) + (high1 - p1).powi(2)).sqrt();
    let high = difference + ((high2 - p2).powi(2) + (p1 - low1).powi(2)).sqrt();
    let (n1, n2) = (first.of as f64, second.of as f64);
    let pooled = (first.did + second.did) as f64 / (n1 + n2);
    let error = (pooled * (1.0 - pooled) * (n1.recip() + n2.recip())).sqrt();
    let p = if error > 0.0 { 2.0 * normal_tail((difference / error).abs()) } else { 1.0 };
    Comparison { first: p1, second: p2, difference, interval: (low, high), p }
}
