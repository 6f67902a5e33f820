//! Differences with their intervals.

/// Whether figures show no difference: the interval of the difference holds 0.
pub fn is_noise((low, high): (f64, f64)) -> bool {
    low <= 0.0 && high >= 0.0
}
