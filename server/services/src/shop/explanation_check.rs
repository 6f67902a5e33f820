//! Checks of a model's explanations: whether they add up, whether they find what matters, whether they notice that the weights are others, whether they agree
//! with each other and, in a simulated shop, with the truth.

mod importance;
mod truth;

use std::collections::BTreeMap;
use std::sync::Arc;

use alluvium_domain::shop::{
    Bilingual, Catalogue, CheckKind, DependenceCurve, DependencePoint, ExplanationCheck, ExplanationMethod,
    ExplanationReport, Importance, RANK_GROUPS, Shopper, ShopperId, limits,
};
use alluvium_domain::{Issue, Problem};
use alluvium_engine::EngineError;
use alluvium_engine::explain::checks::{Verdict, curves, spearman};
use alluvium_engine::explain::{ExplainError, Point, integrated_gradients, leave_one_out, partial_dependence};
use alluvium_engine::metrics::mean;
use alluvium_engine::recommend::shop::{Act, Asked, Attribution, FEATURE_COUNT, FEATURES, Scored, TASKS, attribute};
use time::OffsetDateTime;

use importance::{Sums, by_shopper};
use truth::{Truth, true_groups};

use crate::background::on_thread;
use crate::recommend::shelf::Shelf;
use crate::recommend::{BY_HAND, TASK_WEIGHTS};
use crate::{ServiceError, Services};

/// Products in a list.
const K: usize = 10;
/// Products of each list that the slower checks look at.
const CLOSELY: usize = 3;
/// Random orders beside which a curve is laid.
const ORDERS: usize = 10;
/// Points of the line of integrated gradients.
const STEPS: usize = 200;
/// Shoppers whose events are left out, and the newest events of each.
const LEFT_OUT: (usize, usize) = (60, 8);
/// Rows and values of a partial dependence.
const DEPENDENCE: (usize, usize) = (400, 15);
/// Explanations of random weights should correlate with those of the model by less.
const RANDOM_LIMIT: f64 = 0.5;
/// Methods should agree by more.
const AGREEMENT_LIMIT: f64 = 0.5;
/// Integrated gradients may miss the score by so much at most: the model bends, and the integral has a finite number of points.
const GRADIENTS_LIMIT: f64 = 1e-2;

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckPlan {
    /// Slug of the catalogue.
    pub catalogue: String,
    /// Recommendations that are explained.
    pub recommendations: usize,
}

impl Services {
    /// Checks the explanations of the model that serves a catalogue, and keeps what was found.
    pub async fn explanation_check(&self, plan: &CheckPlan) -> Result<ExplanationReport, ServiceError> {
        self.explanation_check_on(plan, false).await
    }

    /// The same; on one core and after everything else where `quiet`.
    pub(crate) async fn explanation_check_on(
        &self,
        plan: &CheckPlan,
        quiet: bool,
    ) -> Result<ExplanationReport, ServiceError> {
        if !(1..=100_000).contains(&plan.recommendations) {
            return Err(Problem::field("recommendations", Issue::OutOfRange { min: 1, max: 100_000 }).into());
        }
        let catalogue = self.catalogue_by_slug(&plan.catalogue).await?;
        let shelf = self.recommend_shelf(&catalogue).await?;
        let asked = self.explanation_check_histories(&catalogue, &shelf, plan.recommendations).await?;
        let truth = if catalogue.input.simulated { self.explanation_check_truth(&catalogue).await? } else { None };
        let wanted = plan.recommendations;
        let report = on_thread("check", quiet, move || Checks { shelf, truth, wanted }.report(&asked)).await??;
        self.inner.store.explanation_check_insert(catalogue.id, &report).await?;
        Ok(report)
    }

    /// Shoppers evenly over the catalogue, with their histories: as many as the lists need.
    async fn explanation_check_histories(
        &self,
        catalogue: &Catalogue,
        shelf: &Shelf,
        recommendations: usize,
    ) -> Result<Vec<Sample>, ServiceError> {
        let store = &self.inner.store;
        let all: Vec<(ShopperId, Shopper)> = store.shopper_all(catalogue.id).await?;
        let step = (all.len() / recommendations.div_ceil(K)).max(1);
        let mut samples = Vec::new();
        for (number, shopper) in all.into_iter().step_by(step).take(recommendations.div_ceil(K)) {
            let most = i64::try_from(limits::HISTORY).unwrap_or(i64::MAX);
            let events = store.event_by_shopper(number, most, 0).await?;
            let act = |event: &alluvium_domain::shop::Event| {
                let item = shelf.recommender.goods().number(&event.product)?;
                Some(Act { item, kind: event.kind, at: event.at.unix_timestamp() })
            };
            samples.push(Sample { history: events.iter().rev().filter_map(act).collect(), truth: shopper.truth });
        }
        Ok(samples)
    }

    async fn explanation_check_truth(&self, catalogue: &Catalogue) -> Result<Option<Truth>, ServiceError> {
        let products = self.inner.store.product_since(catalogue.id, 0).await?;
        let shoppers = self.inner.store.shopper_all(catalogue.id).await?;
        let weights: Vec<BTreeMap<String, f64>> =
            shoppers.into_iter().filter_map(|(_, shopper)| shopper.truth).collect();
        Ok((!weights.is_empty()).then(|| Truth::new(products.into_iter().map(|product| product.input), &weights)))
    }
}

/// A shopper of the sample.
struct Sample {
    history: Vec<Act>,
    truth: Option<BTreeMap<String, f64>>,
}

/// One list with its explanations.
struct List<'a> {
    sample: &'a Sample,
    scored: Vec<Scored>,
    attributions: Vec<Attribution>,
}

struct Checks {
    shelf: Arc<Shelf>,
    truth: Option<Truth>,
    wanted: usize,
}

const WEIGHTS: [f64; TASKS] = [TASK_WEIGHTS.view, TASK_WEIGHTS.cart, TASK_WEIGHTS.purchase];

fn weighted(tasks: &[f64; TASKS]) -> f64 {
    tasks.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum()
}

/// Amounts of the score by group.
fn amounts(attribution: &Attribution) -> Vec<f64> {
    attribution.groups.iter().map(weighted).collect()
}

impl Checks {
    fn by_hand(&self) -> bool {
        self.shelf.recommender.model().is_none()
    }

    fn asked<'a>(&self, history: &'a [Act]) -> Asked<'a> {
        Asked {
            history,
            query: None,
            at: OffsetDateTime::now_utc().unix_timestamp(),
            k: K,
            weights: WEIGHTS,
            without: 0,
            by_hand: self.by_hand(),
        }
    }

    fn report(&self, samples: &[Sample]) -> Result<ExplanationReport, ServiceError> {
        let recommender = &self.shelf.recommender;
        let mut lists = Vec::with_capacity(samples.len());
        let mut left = self.wanted;
        for sample in samples {
            let asked = self.asked(&sample.history);
            let mut scored = recommender.recommend(&asked).map_err(EngineError::from)?;
            scored.truncate(left);
            left -= scored.len();
            let attributions = scored.iter().map(|one| recommender.attribute(&asked, one)).collect();
            lists.push(List { sample, scored, attributions });
        }
        let gaps = lists.iter().map(List::gap).collect::<Vec<f64>>();
        let largest_gap = gaps.iter().copied().fold(0.0, f64::max);
        let mut checks =
            vec![gap_check(ExplanationMethod::Shapley, &gaps, alluvium_domain::explanation::GAP_TOLERANCE)];
        checks.extend(self.shapley(&lists).map_err(EngineError::from)?);
        checks.extend(self.gradients(&lists).map_err(EngineError::from)?);
        checks.extend(self.left_out(&lists)?);
        Ok(ExplanationReport {
            model: recommender.model().map_or_else(|| BY_HAND.to_owned(), |model| model.name.clone()),
            at: OffsetDateTime::now_utc(),
            recommendations: lists.iter().map(|list| list.scored.len()).sum(),
            largest_gap,
            checks,
            by_category: self.by_category(&lists),
            by_shopper: by_shopper(&lists),
            dependence: self.dependence(&lists).map_err(EngineError::from)?,
        })
    }

    fn score(&self, rows: &[f32]) -> Vec<f32> {
        let values = self.shelf.recommender.ranker(self.by_hand()).predict(rows);
        #[expect(clippy::cast_possible_truncation, reason = "the model calculates in f32")]
        let sum = |tasks: &[f32]| {
            tasks.iter().zip(WEIGHTS).map(|(value, weight)| f64::from(*value) * weight).sum::<f64>() as f32
        };
        values.chunks_exact(TASKS).map(sum).collect()
    }

    /// The row of a product with its feature groups.
    fn point(&self, one: &Scored) -> Result<Point, ExplainError> {
        let members = |group: usize| -> Vec<usize> {
            FEATURES.iter().enumerate().filter(|(_, (_, own))| *own == group).map(|(place, _)| place).collect()
        };
        let groups = (0..RANK_GROUPS.len()).map(members).collect();
        Point::new(one.row.to_vec(), self.shelf.recommender.baseline().to_vec(), groups)
    }

    /// Curves, random weights and the truth for Shapley values; each measure is the mean over a shopper's list, because products of one list are alike.
    fn shapley(&self, lists: &[List<'_>]) -> Result<Vec<ExplanationCheck>, ExplainError> {
        let recommender = &self.shelf.recommender;
        let (mut deletion, mut insertion, mut randomised, mut true_to) = (vec![], vec![], vec![], vec![]);
        for (seed, list) in (1..).zip(lists) {
            // Other weights for each shopper: one draw could be like the model by chance.
            let random = recommender.ranker(self.by_hand()).redrawn(seed);
            let (mut lower, mut higher, mut alike, mut right) = (vec![], vec![], vec![], vec![]);
            for (one, attribution) in list.scored.iter().zip(&list.attributions) {
                let own = amounts(attribution);
                let curves = curves(&|rows| self.score(rows), &self.point(one)?, &own, ORDERS, seed)?;
                lower.push(curves.deletion_gain());
                higher.push(curves.insertion_gain());
                right
                    .extend(self.true_amounts(list.sample, one).and_then(|truth| spearman(&truth, &true_groups(&own))));
            }
            for (one, attribution) in list.scored.iter().zip(&list.attributions).take(CLOSELY) {
                let other = amounts(&attribute(&random, &one.row, recommender.baseline()));
                alike.extend(spearman(&amounts(attribution), &other));
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

    /// The same for integrated gradients, and whether they agree with Shapley values over the groups.
    fn gradients(&self, lists: &[List<'_>]) -> Result<Vec<ExplanationCheck>, ExplainError> {
        let recommender = &self.shelf.recommender;
        let ranker = recommender.ranker(self.by_hand());
        let (mut gaps, mut deletion, mut insertion, mut agreement, mut randomised) =
            (vec![], vec![], vec![], vec![], vec![]);
        for (seed, list) in (1..).zip(lists) {
            let random = ranker.redrawn(seed);
            let (mut lower, mut higher, mut agree, mut alike) = (vec![], vec![], vec![], vec![]);
            for (one, attribution) in list.scored.iter().zip(&list.attributions).take(CLOSELY) {
                let of = |ranker: &alluvium_engine::recommend::shop::Ranker| {
                    let model = |rows: &_| ranker.network(rows, &WEIGHTS);
                    integrated_gradients(&model, &one.row, recommender.baseline(), STEPS)
                };
                let found = of(ranker)?;
                gaps.push(found.gap().abs());
                let single = Point::ungrouped(one.row.to_vec(), recommender.baseline().to_vec())?;
                let curves = curves(&|rows| self.score(rows), &single, &found.amounts, ORDERS, seed)?;
                lower.push(curves.deletion_gain());
                higher.push(curves.insertion_gain());
                agree.extend(spearman(&by_group(&found.amounts), &amounts(attribution)));
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

    /// Curves over the newest events of histories, in the order of what each gives to the first product.
    fn left_out(&self, lists: &[List<'_>]) -> Result<Vec<ExplanationCheck>, ServiceError> {
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

    fn by_category(&self, lists: &[List<'_>]) -> Vec<Importance> {
        let mut sums: BTreeMap<String, (Bilingual, Sums)> = BTreeMap::new();
        for (one, attribution) in lists.iter().flat_map(|list| list.scored.iter().zip(&list.attributions)) {
            let Some(product) = self.shelf.products.get(one.item as usize) else { continue };
            let entry =
                sums.entry(product.category.en.clone()).or_insert_with(|| (product.category.clone(), Sums::default()));
            entry.1.add(attribution);
        }
        let mut all: Vec<Importance> = sums.into_values().map(|(name, sums)| sums.mean(name)).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.points));
        all
    }

    fn dependence(&self, lists: &[List<'_>]) -> Result<Vec<DependenceCurve>, ExplainError> {
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

impl List<'_> {
    /// The largest amount by which an explanation of the list, or of one of its tasks, misses the value.
    fn gap(&self) -> f64 {
        let gaps = self.scored.iter().zip(&self.attributions).flat_map(|(one, attribution)| {
            let of_task = move |task: usize| {
                let sum: f64 = attribution.groups.iter().map(|group| group[task]).sum();
                (one.tasks[task] - attribution.baseline[task] - sum).abs()
            };
            let whole: f64 = amounts(attribution).iter().sum();
            (0..TASKS).map(of_task).chain([(one.score - weighted(&attribution.baseline) - whole).abs()])
        });
        gaps.fold(0.0, f64::max)
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

fn check(method: ExplanationMethod, kind: CheckKind, limit: f64, verdict: Verdict) -> ExplanationCheck {
    let Verdict { value, low, high, points, passed } = verdict;
    ExplanationCheck { method, kind, value, low, high, limit, points, passed }
}

fn above(method: ExplanationMethod, kind: CheckKind, values: &[f64], limit: f64) -> ExplanationCheck {
    check(method, kind, limit, Verdict::above(values, limit))
}

fn below(method: ExplanationMethod, kind: CheckKind, values: &[f64], limit: f64) -> ExplanationCheck {
    check(method, kind, limit, Verdict::below(values, limit))
}

/// The largest gap, which is no mean: the interval is from the smallest to the largest.
fn gap_check(method: ExplanationMethod, gaps: &[f64], limit: f64) -> ExplanationCheck {
    let (low, high) = (gaps.iter().copied().fold(f64::INFINITY, f64::min), gaps.iter().copied().fold(0.0, f64::max));
    let low = if low.is_finite() { low } else { 0.0 };
    let passed = !gaps.is_empty() && high < limit;
    check(method, CheckKind::Gap, limit, Verdict { value: high, low, high, points: gaps.len(), passed })
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

    #[test]
    fn a_gap_passes_below_its_limit_only() {
        assert!(gap_check(ExplanationMethod::Shapley, &[1e-7, 1e-5], 1e-4).passed);
        assert!(!gap_check(ExplanationMethod::Shapley, &[1e-7, 1e-3], 1e-4).passed);
        assert!(!gap_check(ExplanationMethod::Shapley, &[], 1e-4).passed, "nothing measured is nothing passed");
    }
}
