//! Shapley values over feature groups.

use alluvium_domain::shop::{CheckKind, ExplanationCheck, ExplanationMethod, RANK_GROUPS};
use alluvium_engine::explain::checks::{curves, spearman};
use alluvium_engine::explain::{ExplainError, Point};
use alluvium_engine::metrics::mean;
use alluvium_engine::recommend::shop::{FEATURES, Scored, TASKS, attribute, weighted};

use super::truth::true_groups;
use super::verdict::{above, below};
use super::{CLOSELY, Checks, List, ORDERS, RANDOM_LIMIT, Sample};

impl Checks {
    /// The row of a product with its feature groups.
    fn point(&self, one: &Scored) -> Result<Point, ExplainError> {
        let members = |group: usize| -> Vec<usize> {
            FEATURES.iter().enumerate().filter(|(_, (_, own))| *own == group).map(|(place, _)| place).collect()
        };
        let groups = (0..RANK_GROUPS.len()).map(members).collect();
        Point::new(one.row.to_vec(), self.shelf.recommender.baseline().to_vec(), groups)
    }

    /// Curves, random weights and the truth for Shapley values; each measure is the mean over a shopper's list, because products of one list are alike.
    pub(super) fn shapley(&self, lists: &[List<'_>]) -> Result<Vec<ExplanationCheck>, ExplainError> {
        let recommender = &self.shelf.recommender;
        let (mut deletion, mut insertion, mut randomised, mut true_to) = (vec![], vec![], vec![], vec![]);
        for (seed, list) in (1..).zip(lists) {
            // Other weights for each shopper: one draw could be like the model by chance.
            let random = recommender.ranker(self.by_hand()).redrawn(seed);
            let (mut lower, mut higher, mut alike, mut right) = (vec![], vec![], vec![], vec![]);
            for (one, own) in list.scored.iter().zip(&list.amounts) {
                let curves = curves(&|rows| self.score(rows), &self.point(one)?, own, ORDERS, seed)?;
                lower.push(curves.deletion_gain());
                higher.push(curves.insertion_gain());
                right.extend(self.true_amounts(list.sample, one).and_then(|truth| spearman(&truth, &true_groups(own))));
            }
            for (one, own) in list.scored.iter().zip(&list.amounts).take(CLOSELY) {
                let other = attribute(&random, &one.row, recommender.baseline()).amounts(&self.weights);
                alike.extend(spearman(own, &other));
            }
            for (all, own) in
                [(&mut deletion, lower), (&mut insertion, higher), (&mut randomised, alike), (&mut true_to, right)]
            {
                if !own.is_empty() {
                    all.push(mean(&own));
                }
            }
        }
        use ExplanationMethod::Shapley;
        let mut checks = vec![
            above(Shapley, CheckKind::Deletion, &deletion, 0.0),
            above(Shapley, CheckKind::Insertion, &insertion, 0.0),
            below(Shapley, CheckKind::Randomisation, &randomised, RANDOM_LIMIT),
        ];
        if !true_to.is_empty() {
            checks.push(above(Shapley, CheckKind::Truth, &true_to, 0.0));
        }
        Ok(checks)
    }

    fn true_amounts(&self, sample: &Sample, one: &Scored) -> Option<Vec<f64>> {
        let id = self.shelf.recommender.goods().ids().get(one.item as usize)?;
        self.truth.as_ref()?.amounts(sample.truth.as_ref()?, id)
    }
}

impl List<'_> {
    /// The largest amount by which an explanation of the list, or of one of its tasks, misses the value.
    pub(super) fn gap(&self, weights: &[f64; TASKS]) -> f64 {
        let all = self.scored.iter().zip(&self.attributions).zip(&self.amounts);
        let gaps = all.flat_map(|((one, attribution), amounts)| {
            let of_task = move |task: usize| {
                let sum: f64 = attribution.groups.iter().map(|group| group[task]).sum();
                (one.tasks[task] - attribution.baseline[task] - sum).abs()
            };
            let whole: f64 = amounts.iter().sum();
            (0..TASKS).map(of_task).chain([(one.score - weighted(&attribution.baseline, weights) - whole).abs()])
        });
        gaps.fold(0.0, f64::max)
    }
}
