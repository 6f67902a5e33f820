//! Integrated gradients.

use alluvium_domain::shop::{CheckKind, ExplanationCheck, ExplanationMethod, RANK_GROUPS};
use alluvium_engine::explain::checks::{curves, spearman};
use alluvium_engine::explain::{ExplainError, Line, Point, integrated_gradients};
use alluvium_engine::metrics::mean;
use alluvium_engine::recommend::shop::{FEATURES, Ranker};

use super::verdict::{above, below, gap_check};
use super::{CLOSELY, Checks, List, ORDERS, RANDOM_LIMIT};

/// Largest gap that a numerical integral over the line may leave, of a score between 0 and the sum of the task weights.
const GRADIENTS_LIMIT: f64 = 1e-2;
/// How finely integrated gradients look at the line: well within the limit, but for a row of very many kinks.
const LINE: Line = Line { points: 8, tolerance: GRADIENTS_LIMIT / 10.0, most: 20_000 };
/// Methods should agree by more.
const AGREEMENT_LIMIT: f64 = 0.5;

impl Checks {
    /// The same for integrated gradients, and whether they agree with Shapley values over the groups.
    pub(super) fn gradients(&self, lists: &[List<'_>]) -> Result<Vec<ExplanationCheck>, ExplainError> {
        let recommender = &self.shelf.recommender;
        let ranker = recommender.ranker(self.by_hand());
        let (mut gaps, mut deletion, mut insertion, mut agreement, mut randomised) =
            (vec![], vec![], vec![], vec![], vec![]);
        for (seed, list) in (1..).zip(lists) {
            let random = ranker.redrawn(seed);
            let (mut lower, mut higher, mut agree, mut alike) = (vec![], vec![], vec![], vec![]);
            for (one, amounts) in list.scored.iter().zip(&list.amounts).take(CLOSELY) {
                let of = |ranker: &Ranker| {
                    let model = |rows: &_| ranker.network(rows, &self.weights);
                    integrated_gradients(&model, &one.row, recommender.baseline(), &LINE)
                };
                let found = of(ranker)?;
                gaps.push(found.gap().abs());
                let single = Point::ungrouped(one.row.to_vec(), recommender.baseline().to_vec())?;
                let curves = curves(&|rows| self.score(rows), &single, &found.amounts, ORDERS, seed)?;
                lower.push(curves.deletion_gain());
                higher.push(curves.insertion_gain());
                agree.extend(spearman(&by_group(&found.amounts), amounts));
                alike.extend(spearman(&found.amounts, &of(&random)?.amounts));
            }
            for (all, own) in
                [(&mut deletion, lower), (&mut insertion, higher), (&mut agreement, agree), (&mut randomised, alike)]
            {
                if !own.is_empty() {
                    all.push(mean(&own));
                }
            }
        }
        use ExplanationMethod::Gradients;
        Ok(vec![
            gap_check(Gradients, &gaps, GRADIENTS_LIMIT),
            above(Gradients, CheckKind::Deletion, &deletion, 0.0),
            above(Gradients, CheckKind::Insertion, &insertion, 0.0),
            below(Gradients, CheckKind::Randomisation, &randomised, RANDOM_LIMIT),
            above(Gradients, CheckKind::Agreement, &agreement, AGREEMENT_LIMIT),
        ])
    }
}

/// Amounts by feature summed over groups.
fn by_group(features: &[f64]) -> Vec<f64> {
    let mut groups = vec![0.0; RANK_GROUPS.len()];
    for (amount, (_, group)) in features.iter().zip(FEATURES) {
        groups[group] += amount;
    }
    groups
}
