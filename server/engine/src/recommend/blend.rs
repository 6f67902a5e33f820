//! Both models in one score that still adds up.

use alluvium_domain::{Contribution, Explanation, FeatureGroup};

use super::evaluation::{mean_gain, rank};
use super::linear::contributions;
use super::{Case, LinearModel, RecommendError, Recommender, SequenceModel};

/// Histories scored at a time while the share is chosen.
const BATCH: usize = 256;

/// Shares that are tried: 0 to 1 in steps of a twentieth.
const STEPS: u8 = 20;

/// `score = (1 - share) * z(linear) + share * z(sequence)`, where `z` takes away the mean and divides by the standard deviation of one
/// model's scores over all items. For one history that is linear in the scores, so the contributions of the linear model stay exact.
#[derive(Debug, Clone)]
pub struct Blend {
    pub(super) linear: LinearModel,
    pub(super) sequence: SequenceModel,
    share: f32,
}

/// Mean and reciprocal of the standard deviation; 0 where all scores are equal.
#[derive(Debug, Clone, Copy)]
struct Scale {
    mean: f32,
    reciprocal: f32,
}

impl Scale {
    fn of(scores: &[f32]) -> Scale {
        let n = u32::try_from(scores.len().max(1)).map_or(f64::MAX, f64::from);
        let mean = scores.iter().map(|score| f64::from(*score)).sum::<f64>() / n;
        let variance = scores.iter().map(|score| (f64::from(*score) - mean).powi(2)).sum::<f64>() / n;
        let reciprocal = if variance > 0.0 { variance.sqrt().recip() } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "scores are f32")]
        let scale = Scale { mean: mean as f32, reciprocal: reciprocal as f32 };
        scale
    }

    fn apply(self, score: f32) -> f32 {
        (score - self.mean) * self.reciprocal
    }
}

impl Blend {
    /// A blend with a given share of the sequence model, 0 to 1.
    ///
    /// # Errors
    /// Models that do not know the same number of items.
    pub fn new(linear: LinearModel, sequence: SequenceModel, share: f32) -> Result<Blend, RecommendError> {
        let (items, known) = (linear.item_count(), sequence.item_count());
        if items != known {
            let reason = format!("the linear model knows {items} items, the sequence model {known}");
            return Err(RecommendError::Model { reason });
        }
        Ok(Blend { linear, sequence, share: share.clamp(0.0, 1.0) })
    }

    /// The share of the sequence model.
    pub fn share(&self) -> f32 {
        self.share
    }

    /// Chooses the share with the best NDCG@10 on validation cases, and gives that figure too. Of equal shares the smallest, because the linear
    /// part is the one that is explained event by event.
    ///
    /// # Errors
    /// Those of the models.
    pub fn tune(&mut self, cases: &[Case<'_>]) -> Result<f64, RecommendError> {
        let shares: Vec<f32> = (0..=STEPS).map(|step| f32::from(step) / f32::from(STEPS)).collect();
        let mut ranks = vec![Vec::with_capacity(cases.len()); shares.len()];
        let items = self.item_count().max(1);
        for batch in cases.chunks(BATCH) {
            let histories: Vec<&[u32]> = batch.iter().map(|case| case.history).collect();
            let mut linear = self.linear.scores(&histories)?;
            let mut sequence = self.sequence.scores(&histories)?;
            let rows = linear.chunks_exact_mut(items).zip(sequence.chunks_exact_mut(items));
            for (case, (linear, sequence)) in batch.iter().zip(rows) {
                standardise(linear);
                standardise(sequence);
                for (share, ranks) in shares.iter().zip(&mut ranks) {
                    let mixed: Vec<f32> = linear.iter().zip(&*sequence).map(|(l, s)| mix(*share, *l, *s)).collect();
                    ranks.push(rank(&mixed, case)?);
                }
            }
        }
        let mut best = 0.0;
        self.share = 0.0;
        for (share, ranks) in shares.iter().zip(&ranks) {
            let gain = mean_gain(ranks);
            if gain > best {
                (best, self.share) = (gain, *share);
            }
        }
        Ok(best)
    }

    /// Why `item` has its score: a contribution for each event of the history from the linear model, exact, and one for what the sequence model
    /// makes of the whole history. The baseline is what the linear part gives to an item that no event speaks for.
    ///
    /// # Errors
    /// An item that the models do not know.
    pub fn explain(
        &self,
        history: &[u32],
        item: u32,
        name: &dyn Fn(u32) -> String,
    ) -> Result<Explanation, RecommendError> {
        let shares = self.linear.shares(history, item)?;
        let scale = Scale::of(&self.linear.scores(&[history])?);
        let sequence = self.sequence.scores(&[history])?;
        let known = sequence.len();
        let index = usize::try_from(item).unwrap_or(usize::MAX);
        let own = *sequence.get(index).ok_or(RecommendError::UnknownItem { item, known })?;
        let factor = f64::from((1.0 - self.share) * scale.reciprocal);
        let mut parts = contributions(history, &shares, factor, name);
        parts.push(Contribution {
            feature: "sequence".to_owned(),
            group: FeatureGroup::History,
            value: "order".to_owned(),
            amount: f64::from(self.share * Scale::of(&sequence).apply(own)),
        });
        let score = f64::from(self.scores(&[history])?[index]);
        let baseline = -f64::from(scale.mean) * factor;
        Ok(Explanation::new("item-item ridge (exact) + self-attention (one part)", baseline, score, parts))
    }
}

impl Recommender for Blend {
    fn item_count(&self) -> usize {
        self.linear.item_count()
    }

    fn scores(&self, histories: &[&[u32]]) -> Result<Vec<f32>, RecommendError> {
        let mut linear = self.linear.scores(histories)?;
        let mut sequence = self.sequence.scores(histories)?;
        let items = self.item_count().max(1);
        for (linear, sequence) in linear.chunks_exact_mut(items).zip(sequence.chunks_exact_mut(items)) {
            standardise(linear);
            standardise(sequence);
            for (l, s) in linear.iter_mut().zip(&*sequence) {
                *l = mix(self.share, *l, *s);
            }
        }
        Ok(linear)
    }
}

fn mix(share: f32, linear: f32, sequence: f32) -> f32 {
    (1.0 - share) * linear + share * sequence
}

fn standardise(scores: &mut [f32]) {
    let scale = Scale::of(scores);
    for score in scores {
        *score = scale.apply(*score);
    }
}
