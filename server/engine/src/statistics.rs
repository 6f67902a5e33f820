//! Is a difference real? Intervals, tests, power, the split of an experiment, and several comparisons at once.
//!
//! A difference whose interval holds 0 is noise: it may be there, but the figures do not show it. Checked against `SciPy` and `statsmodels`:
//! `tests/peers.json`, with the script that made it beside it.

mod distributions;
mod means;
mod multiple;
mod paired;
mod power;
mod proportions;
mod ratio;

#[cfg(test)]
mod tests;

use alluvium_domain::is_noise;

pub use means::{Sample, paired_means, welch};
pub use multiple::holm;
pub(crate) use paired::percentiles;
pub use paired::{Paired, bootstrap_interval, mean, paired};
pub use power::{power, sample_size, smallest_difference};
pub use proportions::{Counts, newcombe, wilson};
pub use ratio::sample_ratio;

/// How sure an interval is, everywhere in this module.
pub const CONFIDENCE: f64 = 0.95;

/// The second group less the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// What the first has.
    pub first: f64,
    /// What the second has.
    pub second: f64,
    /// Second less first.
    pub difference: f64,
    /// 95 % interval of the difference.
    pub interval: (f64, f64),
    /// Two-sided p: how often chance alone makes a difference at least as large.
    pub p: f64,
}

impl Comparison {
    /// Whether the figures show no difference: the interval holds 0.
    pub fn is_noise(&self) -> bool {
        is_noise(self.interval)
    }
}
