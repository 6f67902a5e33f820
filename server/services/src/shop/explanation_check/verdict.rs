//! What a check says: its figure, its interval, and whether it passed.

use alluvium_domain::shop::{CheckKind, ExplanationCheck, ExplanationMethod};
use alluvium_engine::explain::checks::Verdict;

fn check(method: ExplanationMethod, kind: CheckKind, limit: f64, verdict: Verdict) -> ExplanationCheck {
    let Verdict { value, low, high, points, passed } = verdict;
    ExplanationCheck { method, kind, value, low, high, limit, points, passed }
}

pub(super) fn above(method: ExplanationMethod, kind: CheckKind, values: &[f64], limit: f64) -> ExplanationCheck {
    check(method, kind, limit, Verdict::above(values, limit))
}

pub(super) fn below(method: ExplanationMethod, kind: CheckKind, values: &[f64], limit: f64) -> ExplanationCheck {
    check(method, kind, limit, Verdict::below(values, limit))
}

/// The largest gap, which is no mean: the interval is from the smallest to the largest.
pub(super) fn gap_check(method: ExplanationMethod, gaps: &[f64], limit: f64) -> ExplanationCheck {
    let (low, high) = (gaps.iter().copied().fold(f64::INFINITY, f64::min), gaps.iter().copied().fold(0.0, f64::max));
    let low = if low.is_finite() { low } else { 0.0 };
    let passed = !gaps.is_empty() && high < limit;
    check(method, CheckKind::Gap, limit, Verdict { value: high, low, high, points: gaps.len(), passed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_passes_below_its_limit_only() {
        assert!(gap_check(ExplanationMethod::Shapley, &[1e-7, 1e-5], 1e-4).passed);
        assert!(!gap_check(ExplanationMethod::Shapley, &[1e-7, 1e-3], 1e-4).passed);
        assert!(!gap_check(ExplanationMethod::Shapley, &[], 1e-4).passed, "nothing measured is nothing passed");
    }
}
