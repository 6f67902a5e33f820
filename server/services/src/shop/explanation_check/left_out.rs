//! Whether the events that count most by leave-one-out are those that count.

use alluvium_domain::shop::{CheckKind, ExplanationCheck, ExplanationMethod};
use alluvium_engine::EngineError;
use alluvium_engine::explain::checks::curves;
use alluvium_engine::explain::{Point, leave_one_out};
use alluvium_engine::recommend::shop::Act;

use super::verdict::above;
use super::{Checks, List, ORDERS};
use crate::ServiceError;

/// Shoppers whose events are left out, and the newest events of each.
const LEFT_OUT: (usize, usize) = (60, 8);

impl Checks {
    /// Curves over the newest events of histories, in the order of what each gives to the first product.
    pub(super) fn left_out(&self, lists: &[List<'_>]) -> Result<Vec<ExplanationCheck>, ServiceError> {
        let (shoppers, newest) = LEFT_OUT;
        let (mut deletion, mut insertion) = (vec![], vec![]);
        let long = lists.iter().filter(|list| list.sample.history.len() >= newest && !list.scored.is_empty());
        for (seed, list) in (1..).zip(long.take(shoppers)) {
            let history = &list.sample.history;
            let first = history.len() - newest;
            let item = list.scored[0].item;
            let model = |masks: &[f32]| -> Vec<f32> {
                let one = |mask: &[f32]| {
                    let stays = |place: usize| place < first || mask[place - first] > 0.5;
                    let kept: Vec<Act> =
                        history.iter().enumerate().filter(|(place, _)| stays(*place)).map(|(_, act)| *act).collect();
                    let scored = self.shelf.recommender.score(&self.asked(&kept), &[item]);
                    // A model that fails gives no number, which is reported.
                    #[expect(clippy::cast_possible_truncation, reason = "the model calculates in f32")]
                    scored.ok().and_then(|scored| Some(scored.first()?.score as f32)).unwrap_or(f32::NAN)
                };
                masks.chunks_exact(newest).map(one).collect()
            };
            let found = leave_one_out(&model, newest).map_err(EngineError::from)?;
            let point = Point::ungrouped(vec![1.0; newest], vec![0.0; newest]).map_err(EngineError::from)?;
            let curves = curves(&model, &point, &found.amounts, ORDERS, seed).map_err(EngineError::from)?;
            deletion.push(curves.deletion_gain());
            insertion.push(curves.insertion_gain());
        }
        if deletion.is_empty() {
            return Ok(Vec::new());
        }
        use ExplanationMethod::LeaveOneOut;
        Ok(vec![
            above(LeaveOneOut, CheckKind::Deletion, &deletion, 0.0),
            above(LeaveOneOut, CheckKind::Insertion, &insertion, 0.0),
        ])
    }
}
