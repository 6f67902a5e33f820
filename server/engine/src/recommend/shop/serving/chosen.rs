//! Scores of chosen products, without a search for candidates.

use super::{Asked, RecommendError, Scored, ShopRecommender, TASKS, condensed, weighted};
use crate::recommend::shop::features::{FEATURE_COUNT, Moment};
use crate::recommend::shop::profile::Profile;

impl ShopRecommender {
    /// `items` as the model ranks them for a history, in their order: what becomes of them when the history changes.
    ///
    /// # Errors
    /// Those of the sequence model.
    pub fn score(&self, asked: &Asked<'_>, items: &[u32]) -> Result<Vec<Scored>, RecommendError> {
        let profile = Profile::new(&self.goods, asked.history, None);
        let voices = self.voices(&[condensed(asked.history, None)], asked.by_hand)?.pop().unwrap_or_default();
        let query = self.matches(asked);
        let moment = Moment::new(&self.goods, &self.counts, &profile, asked.at);
        let row = |item: &u32| self.masked(moment.row(*item, voices.of(*item, query.as_deref()), 1), asked.without);
        let rows: Vec<[f32; FEATURE_COUNT]> = items.iter().map(row).collect();
        let values = self.ranker(asked.by_hand).predict(rows.as_flattened());
        let scored = items.iter().zip(rows).zip(values.chunks_exact(TASKS)).map(|((item, row), tasks)| Scored {
            item: *item,
            score: weighted(tasks, &asked.weights),
            tasks: std::array::from_fn(|task| f64::from(tasks[task])),
            sources: Vec::new(),
            row,
        });
        Ok(scored.collect())
    }
}
