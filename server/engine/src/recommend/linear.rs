//! Item-item weights in closed form, from past to future.
//!
//! The family is EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): a ridge regression from items to items,
//! solved with one Cholesky factorisation. Instead of predicting a history from itself, each prefix of a history predicts what came after it
//! (as in Choi et al., "Session-aware Linear Item-Item Models for Session-based Recommendation", WWW 2021), with both sides decayed by
//! distance: so the weights know the direction of time, and the constraint of a zero diagonal is not needed.

mod file;

use alluvium_domain::{Contribution, Explanation, FeatureGroup};
use faer::linalg::cholesky::llt;
use faer::{
    MatMut, dyn_stack,
    reborrow::{Reborrow, ReborrowMut},
};
use serde::Serialize;

use super::{RecommendError, Recommender};

/// How the weights are trained and used. The crate's README says which settings the validation items of Beauty were asked about.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LinearSettings {
    /// Weight of an item in the prefix relative to the one after it, in training.
    pub past_decay: f32,
    /// Weight of an item that follows relative to the one before it, in training.
    pub future_decay: f32,
    /// Added to the diagonal; in units of squared weights, so about a number of events.
    pub ridge: f32,
    /// Weight of an item in a history relative to the one after it, when scoring.
    pub history_decay: f32,
}

impl Default for LinearSettings {
    fn default() -> Self {
        LinearSettings { past_decay: 0.8, future_decay: 0.5, ridge: 20.0, history_decay: 0.8 }
    }
}

/// `score(j) = sum over the history of history_decay^age * weights[i, j]`, age 0 for the newest item.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    items: usize,
    history_decay: f32,
    weights: Weights,
}

#[derive(Debug, Clone, PartialEq)]
enum Weights {
    /// `[items, items]`, row `i` holds what item `i` gives to all others.
    Dense(Vec<f32>),
    /// Row `i` is `entries[starts[i]..starts[i + 1]]`, in order of the target's number.
    Sparse { starts: Vec<usize>, entries: Vec<(u32, f32)> },
}

impl LinearModel {
    /// Trains on histories of items below `items`. Takes `8 * items^2` bytes and about `2.3 * items^3` multiplications (2 GB and a minute for
    /// 12,000 items); the time hardly depends on the number of histories.
    ///
    /// # Errors
    /// No history of two items, an item out of range, or a ridge too small.
    pub fn train(histories: &[&[u32]], items: usize, settings: &LinearSettings) -> Result<LinearModel, RecommendError> {
        let plain = histories.iter().map(|history| history.iter().map(|item| (*item, 1.0)));
        LinearModel::solve(moments(plain, items, settings)?, items, settings)
    }

    fn solve(
        (mut gram, mut cross): (Vec<f32>, Vec<f32>),
        items: usize,
        settings: &LinearSettings,
    ) -> Result<LinearModel, RecommendError> {
        for i in 0..items {
            gram[i * items + i] += settings.ridge;
        }
        // The Gram matrix is symmetric, so its rows serve as columns; `cross` is solved in place, row by row in memory.
        let mut gram = MatMut::from_column_major_slice_mut(&mut gram, items, items);
        let cross_view = MatMut::from_row_major_slice_mut(&mut cross, items, items);
        let parallel = faer::get_global_parallelism();
        let need = llt::factor::cholesky_in_place_scratch::<f32>(items, parallel, faer::prelude::default())
            .or(llt::solve::solve_in_place_scratch::<f32>(items, items, parallel));
        let mut memory = dyn_stack::MemBuffer::new(need);
        let stack = dyn_stack::MemStack::new(&mut memory);
        llt::factor::cholesky_in_place(
            gram.rb_mut(),
            faer::prelude::default(),
            parallel,
            stack,
            faer::prelude::default(),
        )
        .map_err(|_| RecommendError::NotPositiveDefinite)?;
        llt::solve::solve_in_place(gram.rb(), cross_view, parallel, stack);
        Ok(LinearModel { items, history_decay: settings.history_decay, weights: Weights::Dense(cross) })
    }

    /// [`LinearModel::train`] on histories whose events count by a weight, on both sides.
    ///
    /// # Errors
    /// Those of [`LinearModel::train`].
    pub fn train_weighted(
        histories: &[&[(u32, f32)]],
        items: usize,
        settings: &LinearSettings,
    ) -> Result<LinearModel, RecommendError> {
        LinearModel::solve(
            moments(histories.iter().map(|history| history.iter().copied()), items, settings)?,
            items,
            settings,
        )
    }

    /// Adds to `scores` (one for each item) what a history of weighted events gives, oldest first.
    ///
    /// # Errors
    /// An item that the model does not know.
    pub fn add_scores(&self, history: &[(u32, f32)], scores: &mut [f32]) -> Result<(), RecommendError> {
        for ((item, weight), decay) in history.iter().zip(decays(history.len(), self.history_decay)) {
            self.each_weight(self.index(*item)?, |target, value| scores[target] += decay * weight * value);
        }
        Ok(())
    }

    /// Keeps the `most` largest weights by amount of each item, for serving: memory falls from `4 * items^2` to `8 * most * items` bytes.
    pub fn pruned(&self, most: usize) -> LinearModel {
        let mut starts = vec![0];
        let mut entries = Vec::new();
        for item in 0..self.items {
            let mut row = Vec::new();
            self.each_weight(item, |target, weight| row.push((target, weight)));
            if most < row.len() {
                row.select_nth_unstable_by(most, |a, b| b.1.abs().total_cmp(&a.1.abs()));
                row.truncate(most);
                row.sort_unstable_by_key(|(target, _)| *target);
            }
            entries.extend(row.into_iter().filter_map(|(target, weight)| Some((u32::try_from(target).ok()?, weight))));
            starts.push(entries.len());
        }
        LinearModel {
            items: self.items,
            history_decay: self.history_decay,
            weights: Weights::Sparse { starts, entries },
        }
    }

    /// Number of weights kept.
    pub fn weight_count(&self) -> usize {
        match &self.weights {
            Weights::Dense(weights) => weights.len(),
            Weights::Sparse { entries, .. } => entries.len(),
        }
    }

    /// The share of each event in the score of `item`, oldest first. They sum to the score.
    ///
    /// # Errors
    /// An item that the model does not know.
    pub fn shares(&self, history: &[u32], item: u32) -> Result<Vec<f64>, RecommendError> {
        let target = self.index(item)?;
        let decays = decays(history.len(), self.history_decay);
        history
            .iter()
            .zip(decays)
            .map(|(i, decay)| Ok(f64::from(decay * self.weight(self.index(*i)?, target))))
            .collect()
    }

    /// Why `item` has its score: one contribution for each event of the history, which is exact because the score is their sum.
    ///
    /// # Errors
    /// An item that the model does not know.
    pub fn explain(
        &self,
        history: &[u32],
        item: u32,
        name: &dyn Fn(u32) -> String,
    ) -> Result<Explanation, RecommendError> {
        let shares = self.shares(history, item)?;
        let scores = self.scores(&[history])?;
        let score = f64::from(scores[self.index(item)?]);
        Ok(Explanation::new("item-item ridge (exact)", 0.0, score, contributions(history, &shares, 1.0, name)))
    }

    fn index(&self, item: u32) -> Result<usize, RecommendError> {
        match usize::try_from(item) {
            Ok(index) if index < self.items => Ok(index),
            _ => Err(RecommendError::UnknownItem { item, known: self.items }),
        }
    }

    fn weight(&self, from: usize, to: usize) -> f32 {
        match &self.weights {
            Weights::Dense(weights) => weights[from * self.items + to],
            Weights::Sparse { starts, entries } => {
                let row = &entries[starts[from]..starts[from + 1]];
                let found = row.binary_search_by_key(&to, |(target, _)| usize::try_from(*target).unwrap_or(usize::MAX));
                found.map_or(0.0, |place| row[place].1)
            }
        }
    }

    fn each_weight(&self, from: usize, mut visit: impl FnMut(usize, f32)) {
        match &self.weights {
            Weights::Dense(weights) => {
                for (target, weight) in weights[from * self.items..][..self.items].iter().enumerate() {
                    visit(target, *weight);
                }
            }
            Weights::Sparse { starts, entries } => {
                for (target, weight) in &entries[starts[from]..starts[from + 1]] {
                    visit(usize::try_from(*target).unwrap_or(usize::MAX), *weight);
                }
            }
        }
    }
}

impl Recommender for LinearModel {
    fn item_count(&self) -> usize {
        self.items
    }

    fn scores(&self, histories: &[&[u32]]) -> Result<Vec<f32>, RecommendError> {
        let mut scores = vec![0.0; histories.len() * self.items];
        for (history, row) in histories.iter().zip(scores.chunks_exact_mut(self.items.max(1))) {
            for (item, decay) in history.iter().zip(decays(history.len(), self.history_decay)) {
                self.each_weight(self.index(*item)?, |target, weight| row[target] += decay * weight);
            }
        }
        Ok(scores)
    }
}

/// One contribution for each event; `factor` turns shares into the unit of the score.
pub(super) fn contributions(
    history: &[u32],
    shares: &[f64],
    factor: f64,
    name: &dyn Fn(u32) -> String,
) -> Vec<Contribution> {
    (1..)
        .zip(history.iter().zip(shares))
        .map(|(event, (item, share)): (usize, _)| Contribution {
            feature: format!("history:{event}"),
            group: FeatureGroup::History,
            value: name(*item),
            amount: share * factor,
        })
        .collect()
}

/// `decay^age` for each event, oldest first.
fn decays(length: usize, decay: f32) -> Vec<f32> {
    let mut weights: Vec<f32> = std::iter::successors(Some(1.0), |weight| Some(weight * decay)).take(length).collect();
    weights.reverse();
    weights
}

/// Sums over all prefixes of all histories: `x x^T` and `x y^T`, both `[items, items]` row by row, where `x` is the decayed prefix and `y` the
/// decayed rest, each event by its weight. Instead of visiting prefixes, each pair of events gets its sum over prefixes at once.
fn moments(
    histories: impl Iterator<Item = impl Iterator<Item = (u32, f32)>>,
    items: usize,
    settings: &LinearSettings,
) -> Result<(Vec<f32>, Vec<f32>), RecommendError> {
    let mut any = false;
    let (past, future) = (settings.past_decay, settings.future_decay);
    let mut gram = vec![0.0; items * items];
    let mut cross = vec![0.0; items * items];
    for history in histories {
        let events: Vec<(usize, f32)> = history
            .map(|(item, weight)| match usize::try_from(item) {
                Ok(index) if index < items => Ok((index, weight)),
                _ => Err(RecommendError::UnknownItem { item, known: items }),
            })
            .collect::<Result<_, _>>()?;
        let Some(prefixes) = events.len().checked_sub(1) else { continue };
        any |= prefixes > 0;
        // `tails[k]`: sum of past^(2 age) over the ages 0..k, for an event that k prefixes contain.
        let mut tails = vec![0.0];
        let mut square = 1.0;
        for k in 0..prefixes {
            tails.push(tails[k] + square);
            square *= past * past;
        }
        for (a, (from, own)) in events.iter().enumerate() {
            let mut distance = *own;
            for (b, (with, weight)) in events[..prefixes].iter().enumerate().skip(a) {
                let sum = distance * weight * tails[prefixes - b];
                gram[from * items + with] += sum;
                if a != b {
                    gram[with * items + from] += sum;
                }
                distance *= past;
            }
            // Over the prefixes that end between both events: past^(end - a) * future^(b - end - 1).
            let (mut sum, mut newest) = (0.0, 1.0);
            for (to, weight) in &events[a + 1..] {
                sum = sum * future + newest;
                newest *= past;
                cross[from * items + to] += own * weight * sum;
            }
        }
    }
    if any { Ok((gram, cross)) } else { Err(RecommendError::NothingToTrain) }
}
