//! What a model answers to the inputs that it carries, compared with what it answered when it was trained.

use alluvium_domain::explanation::GAP_TOLERANCE;

/// An output may differ by so much, in parts of itself where it is larger than 1: other processors add in another order.
const TOLERANCE: f64 = 1e-4;

/// What a model answers to its golden inputs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SelfCheck {
    /// Outputs that were compared.
    pub outputs: usize,
    /// The largest difference to what is expected, relative where that is larger than 1.
    pub largest_difference: f64,
    /// The largest amount by which a baseline and its contributions miss an output.
    pub largest_gap: f64,
}

/// The larger one; what is not a number is larger than all.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::INFINITY } else { a.max(b) }
}

impl SelfCheck {
    /// Notes an output with what it was.
    pub(crate) fn output(&mut self, own: f32, kept: f32) {
        let (own, kept) = (f64::from(own), f64::from(kept));
        self.outputs += 1;
        self.largest_difference = larger(self.largest_difference, (own - kept).abs() / kept.abs().max(1.0));
    }

    /// Notes by how much an explanation misses what it explains.
    pub(crate) fn gap(&mut self, gap: f64) {
        self.largest_gap = larger(self.largest_gap, gap.abs());
    }

    /// Whether outputs are within tolerance and explanations add up.
    pub fn passed(&self) -> bool {
        self.outputs > 0 && self.largest_difference <= TOLERANCE && self.largest_gap <= GAP_TOLERANCE
    }
}
