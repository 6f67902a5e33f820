//! Training with Adam, early stopping and a callback that can stop it.

use std::ops::ControlFlow;

use candle_core::{Device, Tensor};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use serde::Serialize;

use crate::random::SplitMix;

use super::loss::{self, Choice};
use super::network::{self, Dropout, Shape};
use super::{RecommendError, SequenceModel, copied, filled};
use crate::recommend::Case;
use crate::recommend::evaluation::{mean_gain, ranks};

/// Batches are cut from this many at a time, sorted by length: little filling, and still another mix in each epoch.
const SORTED_BATCHES: usize = 16;

/// Sizes and training. The defaults have not been tuned; the number of epochs comes from validation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SequenceSettings {
    /// Width of the states; a multiple of `heads`.
    pub hidden: usize,
    /// Attention blocks.
    pub blocks: usize,
    /// Attention heads.
    pub heads: usize,
    /// Newest items of a history that count.
    pub window: usize,
    /// Share of values set to zero in training.
    pub dropout: f32,
    /// Adam's step.
    pub learning_rate: f64,
    /// Items drawn for each step that stand in the soft-max beside the target; `None` for all items. With 12,000 items all cost little more than a
    /// sample, because most of the time goes into the blocks and Adam; a sample is for catalogues ten times as large.
    pub negatives: Option<usize>,
    /// Histories a step.
    pub batch: usize,
    /// Most passes over the histories.
    pub epochs: usize,
    /// Passes without a better validation figure until training stops.
    pub patience: usize,
    /// Of initial weights, dropout and order: the same seed gives the same model on the same machine.
    pub seed: u64,
}

impl Default for SequenceSettings {
    fn default() -> Self {
        SequenceSettings {
            hidden: 64,
            blocks: 2,
            heads: 2,
            window: 50,
            dropout: 0.3,
            learning_rate: 3e-3,
            negatives: None,
            batch: 128,
            epochs: 40,
            patience: 3,
            seed: 1,
        }
    }
}

/// Where training stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Counted from 1.
    pub epoch: usize,
    /// Batches done in this epoch.
    pub batch: usize,
    /// Batches of an epoch.
    pub batches: usize,
    /// Mean cross-entropy of this epoch's batches so far, in nats.
    pub loss: f64,
    /// NDCG@10 on the validation cases, after the last batch of an epoch.
    pub validation: Option<f64>,
}

/// What training gives.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model of the best epoch; of the last where there were no validation cases.
    pub model: SequenceModel,
    /// Which epoch that is, counted from 1.
    pub epoch: usize,
    /// Its NDCG@10 on the validation cases.
    pub validation: Option<f64>,
}

impl SequenceModel {
    /// Trains on histories of items below `items`. `progress` hears of every batch and stops training by answering `Break`.
    ///
    /// # Errors
    /// No history of two items, an item out of range, or [`RecommendError::Cancelled`].
    pub fn train(
        histories: &[&[u32]],
        items: usize,
        settings: &SequenceSettings,
        validation: &[Case<'_>],
        progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Trained, RecommendError> {
        let SequenceSettings { hidden, blocks, heads, window, .. } = *settings;
        if heads == 0 || !hidden.is_multiple_of(heads) {
            let reason = format!("width {hidden} is not a multiple of {heads} heads");
            return Err(RecommendError::Model { reason });
        }
        let shape = Shape { items, hidden, blocks, heads, window };
        let mut random = SplitMix::new(settings.seed);
        let model = SequenceModel { shape, weights: network::initial(&shape, &mut random)? };
        model.run(histories, settings, random, validation, progress)
    }

    /// Goes on from this model, which stays as it is, with histories that may have new events of the same items. Sizes in `settings` do not count.
    ///
    /// # Errors
    /// Those of [`SequenceModel::train`].
    pub fn train_on(
        &self,
        histories: &[&[u32]],
        settings: &SequenceSettings,
        validation: &[Case<'_>],
        progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Trained, RecommendError> {
        let model = SequenceModel { shape: self.shape, weights: copied(&self.weights)? };
        model.run(histories, settings, SplitMix::new(settings.seed), validation, progress)
    }

    fn run(
        self,
        histories: &[&[u32]],
        settings: &SequenceSettings,
        mut random: SplitMix,
        validation: &[Case<'_>],
        progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Trained, RecommendError> {
        let shape = self.shape;
        let model = self;
        let mut pieces = pieces(histories, shape.items, shape.window)?;
        // Without weight decay AdamW is Adam.
        let parameters =
            ParamsAdamW { lr: settings.learning_rate, weight_decay: 0.0, beta2: 0.98, ..Default::default() };
        let mut adam = AdamW::new(model.weights.values().cloned().collect(), parameters)?;
        let mut best: Option<Trained> = None;
        for epoch in 1..=settings.epochs {
            let batches = batches(&mut pieces, settings.batch.max(1), &mut random);
            let mut state = Progress { epoch, batch: 0, batches: batches.len(), loss: 0.0, validation: None };
            let mut total = 0.0;
            for batch in batches {
                let loss = model.loss(&batch, settings, &mut random)?;
                adam.backward_step(&loss)?;
                total += f64::from(loss.to_scalar::<f32>()?);
                state.batch += 1;
                state.loss = total / u32::try_from(state.batch).map_or(f64::MAX, f64::from);
                if state.batch < state.batches && progress(&state).is_break() {
                    return Err(RecommendError::Cancelled);
                }
            }
            if !validation.is_empty() {
                state.validation = Some(mean_gain(&ranks(&model, validation)?));
            }
            if progress(&state).is_break() {
                return Err(RecommendError::Cancelled);
            }
            if best.as_ref().is_none_or(|best| state.validation.is_none() || best.validation < state.validation) {
                let model = SequenceModel { shape, weights: copied(&model.weights)? };
                best = Some(Trained { model, epoch, validation: state.validation });
            } else if best.as_ref().is_some_and(|best| epoch >= best.epoch + settings.patience) {
                break;
            }
        }
        best.ok_or(RecommendError::NothingToTrain)
    }

    /// Mean cross-entropy of predicting each item of the pieces from those before it.
    fn loss(
        &self,
        batch: &[&[u32]],
        settings: &SequenceSettings,
        random: &mut SplitMix,
    ) -> Result<Tensor, RecommendError> {
        let inputs: Vec<&[u32]> = batch.iter().map(|piece| &piece[..piece.len() - 1]).collect();
        let length = inputs.iter().map(|input| input.len()).max().unwrap_or(0);
        let mut columns = Columns::draw(self.shape.items, settings.negatives, random);
        let shared = columns.items.len();
        let dropout = Some(Dropout { random, rate: settings.dropout });
        let states = network::states(&self.weights, &self.shape, filled(&inputs, length), length, dropout)?;
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        for (row, piece) in batch.iter().enumerate() {
            for (place, target) in piece[1..].iter().enumerate() {
                rows.push(u32::try_from(row * length + place).unwrap_or(u32::MAX));
                targets.push(columns.of(*target));
            }
        }
        let rows = Tensor::from_vec(rows, targets.len(), &Device::Cpu)?;
        let Some(items) = self.weights.get("items") else {
            return Err(RecommendError::Model { reason: "no tensor items".to_owned() });
        };
        let sampled = shared < self.shape.items;
        #[expect(clippy::cast_precision_loss, reason = "a logarithm of the ratio needs no more than f32 has")]
        let shift = if sampled { (self.shape.items as f32 / shared as f32).ln() } else { 0.0 };
        let count = columns.items.len();
        let columns = Tensor::from_vec(columns.items, count, &Device::Cpu)?;
        let items = if sampled { items.index_select(&columns, 0)? } else { items.as_tensor().clone() };
        Ok(loss::cross_entropy(&states.index_select(&rows, 0)?, &items, Choice { targets, shared, shift })?)
    }
}

/// The items of one step's soft-max: those that were drawn, then the targets that were not.
struct Columns {
    items: Vec<u32>,
    /// Column of each item; `usize::MAX` where it has none.
    places: Vec<usize>,
}

impl Columns {
    /// Different items, uniform; all in order where fewer are not asked for.
    fn draw(items: usize, negatives: Option<usize>, random: &mut SplitMix) -> Columns {
        let Some(most) = negatives.filter(|most| *most < items) else {
            let all = (0..).take(items).collect();
            return Columns { items: all, places: (0..items).collect() };
        };
        let mut columns = Columns { items: Vec::new(), places: vec![usize::MAX; items] };
        while columns.items.len() < most.max(1) {
            columns.of(u32::try_from(random.below(items)).unwrap_or_default());
        }
        columns
    }

    /// The column of an item, which it gets now if it has none.
    fn of(&mut self, item: u32) -> usize {
        let index = usize::try_from(item).unwrap_or(usize::MAX);
        if self.places[index] == usize::MAX {
            self.places[index] = self.items.len();
            self.items.push(item);
        }
        self.places[index]
    }
}

/// Histories cut from their end into pieces of at most `window` inputs, so that every item but the first of each piece is predicted once.
fn pieces<'a>(histories: &[&'a [u32]], items: usize, window: usize) -> Result<Vec<&'a [u32]>, RecommendError> {
    let unknown = |item: &&u32| usize::try_from(**item).map_or(true, |item| item >= items);
    if let Some(item) = histories.iter().copied().flatten().find(unknown) {
        return Err(RecommendError::UnknownItem { item: *item, known: items });
    }
    let mut pieces = Vec::new();
    for history in histories {
        let mut end = history.len();
        while end > 1 {
            let start = end.saturating_sub(window.max(1) + 1);
            pieces.push(&history[start..end]);
            end = start + usize::from(start > 0);
        }
    }
    if pieces.is_empty() { Err(RecommendError::NothingToTrain) } else { Ok(pieces) }
}

/// All pieces in a new order, in batches of similar length.
fn batches<'a>(pieces: &mut [&'a [u32]], size: usize, random: &mut SplitMix) -> Vec<Vec<&'a [u32]>> {
    random.shuffle(pieces);
    let mut batches = Vec::new();
    for some in pieces.chunks_mut(size * SORTED_BATCHES) {
        some.sort_by_key(|piece| piece.len());
        batches.extend(some.chunks(size).map(<[&[u32]]>::to_vec));
    }
    random.shuffle(&mut batches);
    batches
}
