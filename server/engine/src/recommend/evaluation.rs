//! Where a model ranks the item that came next, among all items.

use crate::metrics::{self, CUT};

use super::{Case, RecommendError};

/// Histories scored at a time: enough for one large product, few enough for the scores (4 bytes an item) to stay below 100 MB
/// with 100,000 items.
const BATCH: usize = 256;

/// A model that scores all items for a history.
pub trait Recommender {
    /// Number of items it knows.
    fn item_count(&self) -> usize;

    /// `[histories.len(), item_count]`, row by row. Items of the history are scored like others: leaving them out is the caller's decision.
    ///
    /// # Errors
    /// An item that the model does not know.
    fn scores(&self, histories: &[&[u32]]) -> Result<Vec<f32>, RecommendError>;
}

/// The rank of each case's target, counted from 0, among all items that are not in the history. The target is always a candidate, also
/// where it was in the history. Ties count against the target, and a score that is not a number counts as ahead of it.
///
/// # Errors
/// Those of the model.
pub fn ranks(model: &dyn Recommender, cases: &[Case<'_>]) -> Result<Vec<usize>, RecommendError> {
    let items = model.item_count();
    let mut ranks = Vec::with_capacity(cases.len());
    for batch in cases.chunks(BATCH) {
        let histories: Vec<&[u32]> = batch.iter().map(|case| case.history).collect();
        let scores = model.scores(&histories)?;
        for (case, row) in batch.iter().zip(scores.chunks_exact(items.max(1))) {
            ranks.push(rank(row, case)?);
        }
    }
    Ok(ranks)
}

pub(super) fn rank(scores: &[f32], case: &Case<'_>) -> Result<usize, RecommendError> {
    let score_of = |item: u32| {
        let index = usize::try_from(item).unwrap_or(usize::MAX);
        scores.get(index).copied().ok_or(RecommendError::UnknownItem { item, known: scores.len() })
    };
    let target = score_of(case.target)?;
    // Written as a negation so that NaN on either side is ahead.
    #[expect(clippy::neg_cmp_op_on_partial_ord, reason = "a NaN must not flatter the model")]
    let ahead = |score: f32| !(score < target);
    let mut seen = case.history.to_vec();
    seen.push(case.target);
    seen.sort_unstable();
    seen.dedup();
    let mut better = scores.iter().filter(|score| ahead(**score)).count();
    for item in seen {
        better -= usize::from(ahead(score_of(item)?));
    }
    Ok(better)
}

/// What a model reached, with 95 % bootstrap intervals over users.
#[derive(Debug, Clone, PartialEq)]
pub struct RankQuality {
    /// Number of cases.
    pub users: usize,
    /// Share of the users whose item is among the first [`CUT`].
    pub hit_rate: f64,
    /// Its interval.
    pub hit_rate_interval: (f64, f64),
    /// Mean of `1 / log2(rank + 1)`, rank counted from 1 and 0 below the cut: with one relevant item the ideal is 1.
    pub ndcg: f64,
    /// Its interval.
    pub ndcg_interval: (f64, f64),
}

impl RankQuality {
    /// From the ranks that [`ranks`] gives.
    pub fn of(ranks: &[usize]) -> RankQuality {
        let hits: Vec<f64> = ranks.iter().map(|rank| f64::from(u8::from(*rank < CUT))).collect();
        let gains: Vec<f64> = ranks.iter().map(|rank| gain(*rank)).collect();
        RankQuality {
            users: ranks.len(),
            hit_rate: metrics::mean(&hits),
            hit_rate_interval: metrics::bootstrap_interval(&hits),
            ndcg: metrics::mean(&gains),
            ndcg_interval: metrics::bootstrap_interval(&gains),
        }
    }
}

/// Mean gain without intervals: for tuning, where only the order of two settings counts.
pub(super) fn mean_gain(ranks: &[usize]) -> f64 {
    metrics::mean(&ranks.iter().map(|rank| gain(*rank)).collect::<Vec<f64>>())
}

fn gain(rank: usize) -> f64 {
    match u32::try_from(rank) {
        Ok(rank) if usize::try_from(rank).is_ok_and(|rank| rank < CUT) => f64::from(rank + 2).log2().recip(),
        _ => 0.0,
    }
}
