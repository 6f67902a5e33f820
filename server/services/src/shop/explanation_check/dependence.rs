//! How the score moves with one feature.

use alluvium_domain::shop::{DependenceCurve, DependencePoint};
use alluvium_engine::explain::{ExplainError, partial_dependence};
use alluvium_engine::recommend::shop::{FEATURE_COUNT, FEATURES};

use super::{Checks, List};

/// Rows and values of a partial dependence.
const DEPENDENCE: (usize, usize) = (400, 15);

impl Checks {
    pub(super) fn dependence(&self, lists: &[List<'_>]) -> Result<Vec<DependenceCurve>, ExplainError> {
        let (most, count) = DEPENDENCE;
        let rows: Vec<&[f32; FEATURE_COUNT]> = lists.iter().flat_map(|list| &list.scored).map(|one| &one.row).collect();
        let step = (rows.len() / most).max(1);
        let sample: Vec<f32> = rows.iter().step_by(step).take(most).flat_map(|row| row.iter().copied()).collect();
        let mut all = Vec::new();
        for (place, (name, _)) in FEATURES.iter().enumerate() {
            let values = grid(rows.iter().map(|row| row[place]).collect(), count);
            // What never varies has no curve.
            if values.len() < 2 {
                continue;
            }
            let curve = partial_dependence(&|rows| self.score(rows), &sample, FEATURE_COUNT, place, &values)?;
            let points = curve
                .into_iter()
                .map(|point| DependencePoint {
                    at: f64::from(point.value),
                    mean: point.mean,
                    deviation: point.deviation,
                })
                .collect();
            all.push(DependenceCurve { feature: (*name).to_owned(), points });
        }
        Ok(all)
    }
}

/// Values from the 5th to the 95th percentile, without repetition.
fn grid(mut values: Vec<f32>, count: usize) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    if values.is_empty() {
        return values;
    }
    let at = |place: usize| values[(values.len() - 1) * (5 + 90 * place / (count - 1).max(1)) / 100];
    let mut grid: Vec<f32> = (0..count).map(at).collect();
    grid.dedup();
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_spans_the_bulk_and_repeats_nothing() {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let values = (0..=100).map(|value| value as f32).collect();
        assert_eq!(grid(values, 3), [5.0, 50.0, 95.0]);
        assert_eq!(grid(vec![1.0; 9], 5), [1.0]);
        assert!(grid(Vec::new(), 5).is_empty());
    }
}
