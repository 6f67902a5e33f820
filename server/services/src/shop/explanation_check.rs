//! Checks of a model's explanations: whether they add up, whether they find what matters, whether they notice that the weights are others, whether they agree
//! with each other and, in a simulated shop, with the truth.

mod dependence;
mod gradients;
mod importance;
mod left_out;
mod shapley;
mod truth;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use alluvium_domain::explanation::GAP_TOLERANCE;
use alluvium_domain::shop::{Catalogue, ExplanationMethod, ExplanationReport, Shopper, ShopperId, limits};
use alluvium_domain::{Issue, Problem};
use alluvium_engine::EngineError;
use alluvium_engine::recommend::shop::{Act, Asked, Attribution, GROUP_COUNT, Scored, TASKS, weighted};
use time::OffsetDateTime;

use importance::by_shopper;
use truth::Truth;
use verdict::gap_check;

use crate::background::on_thread;
use crate::recommend::BY_HAND;
use crate::recommend::shelf::Shelf;
use crate::{ServiceError, Services};

/// Products in a list.
const K: usize = 10;
/// Products of each list that the slower checks look at.
const CLOSELY: usize = 3;
/// Random orders beside which a curve is laid.
const ORDERS: usize = 10;
/// Explanations of random weights should correlate with those of the model by less.
const RANDOM_LIMIT: f64 = 0.5;

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
        let shoppers = self.inner.store.shopper_all(catalogue.id).await?;
        let asked = self.explanation_check_histories(&shoppers, &shelf, plan.recommendations).await?;
        let simulated = catalogue.input.simulated;
        let truth = if simulated { self.explanation_check_truth(&catalogue, shoppers).await? } else { None };
        let (wanted, weights) = (plan.recommendations, self.inner.task_weights.list());
        let work = move || Checks { shelf, truth, weights, wanted }.report(&asked);
        let report = on_thread("check", quiet, work).await??;
        self.inner.store.explanation_check_insert(catalogue.id, &report).await?;
        Ok(report)
    }

    /// Shoppers evenly over the catalogue, with their histories: as many as the lists need.
    async fn explanation_check_histories(
        &self,
        shoppers: &[(ShopperId, Shopper)],
        shelf: &Shelf,
        recommendations: usize,
    ) -> Result<Vec<Sample>, ServiceError> {
        let step = (shoppers.len() / recommendations.div_ceil(K)).max(1);
        let chosen: Vec<_> = shoppers.iter().step_by(step).take(recommendations.div_ceil(K)).collect();
        let numbers: Vec<ShopperId> = chosen.iter().map(|(number, _)| *number).collect();
        let most = i64::try_from(limits::HISTORY).unwrap_or(i64::MAX);
        let events = self.inner.store.event_by_shoppers(&numbers, most, 0).await?;
        let sample = |(number, shopper): &(ShopperId, Shopper)| Sample {
            history: shelf.acts(events.get(number).map_or(&[], Vec::as_slice)),
            truth: shopper.truth.clone(),
        };
        Ok(chosen.into_iter().map(sample).collect())
    }

    /// Histories of shoppers evenly over a catalogue: as many as so many recommendations need.
    pub(crate) async fn sample_histories(
        &self,
        catalogue: &Catalogue,
        shelf: &Shelf,
        recommendations: usize,
    ) -> Result<Vec<Vec<Act>>, ServiceError> {
        let shoppers = self.inner.store.shopper_all(catalogue.id).await?;
        let samples = self.explanation_check_histories(&shoppers, shelf, recommendations).await?;
        Ok(samples.into_iter().map(|sample| sample.history).collect())
    }

    async fn explanation_check_truth(
        &self,
        catalogue: &Catalogue,
        shoppers: Vec<(ShopperId, Shopper)>,
    ) -> Result<Option<Truth>, ServiceError> {
        let products = self.inner.store.product_since(catalogue.id, 0).await?;
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
    /// What each group gives to each score.
    amounts: Vec<[f64; GROUP_COUNT]>,
}

struct Checks {
    shelf: Arc<Shelf>,
    truth: Option<Truth>,
    /// Of the tasks in the score.
    weights: [f64; TASKS],
    wanted: usize,
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
            weights: self.weights,
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
            let attributions: Vec<Attribution> = scored.iter().map(|one| recommender.attribute(&asked, one)).collect();
            let amounts = attributions.iter().map(|attribution| attribution.amounts(&self.weights)).collect();
            lists.push(List { sample, scored, attributions, amounts });
        }
        let gaps = lists.iter().map(|list| list.gap(&self.weights)).collect::<Vec<f64>>();
        let largest_gap = gaps.iter().copied().fold(0.0, f64::max);
        let mut checks = vec![gap_check(ExplanationMethod::Shapley, &gaps, GAP_TOLERANCE)];
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
        let score = |tasks: &[f32]| weighted(tasks, &self.weights) as f32;
        values.chunks_exact(TASKS).map(score).collect()
    }
}
