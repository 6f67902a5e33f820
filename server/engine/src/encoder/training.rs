//! Contrastive fine-tuning: queries move towards the texts that answer them, and away from those that answer the others of a batch.
//!
//! The loss is `InfoNCE` with in-batch negatives (van den Oord et al. 2018; Henderson et al. 2017; what sentence-transformers calls
//! `MultipleNegativesRankingLoss`), without those "negatives" that are known to answer the query too. Either all weights are trained, or with the others
//! fixed a low-rank addition to queries and values of attention (`LoRA`, Hu et al. 2021), saved as `PEFT` names it.

mod adam;
mod differentiable;
mod files;
mod loss;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::EncoderError;
use super::settings::{self, Settings};
use super::tokens::Cutter;
use crate::random::SplitMix;

use adam::Adam;
use differentiable::Weights;

/// A query with a text that answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingPair {
    /// Number of the query: pairs with the same one are answers to the same query.
    pub query_id: u32,
    /// Number of the text.
    pub text_id: u32,
    /// The query.
    pub query: String,
    /// The text.
    pub text: String,
}

/// A low-rank addition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LoraSettings {
    /// Rank.
    pub rank: usize,
    /// The addition is scaled by `alpha / rank`.
    pub alpha: f64,
}

impl LoraSettings {
    /// A rank, with twice as much alpha, as is usual.
    pub fn of_rank(rank: usize) -> LoraSettings {
        LoraSettings { rank, alpha: 2.0 * rank as f64 }
    }
}

/// How an encoder is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EncoderSettings {
    /// None trains all weights.
    pub lora: Option<LoraSettings>,
    /// Adam's largest step: it rises to it over the warm-up, and falls to nothing at the end.
    pub learning_rate: f64,
    /// Share of the steps that warm up.
    pub warm_up: f64,
    /// Cosines are divided by it.
    pub temperature: f64,
    /// Pairs a step.
    pub batch: usize,
    /// Passes over the pairs.
    pub epochs: usize,
    /// Tokens of a text that count in training.
    pub max_tokens: usize,
    /// Steps between two checkpoints.
    pub keep_every: usize,
    /// Of the low-rank matrices and the order.
    pub seed: u64,
}

impl EncoderSettings {
    /// The usual ones: a small step for all weights, a larger one for a low-rank addition.
    pub fn new(lora: Option<LoraSettings>) -> EncoderSettings {
        EncoderSettings {
            lora,
            learning_rate: if lora.is_some() { 2e-4 } else { 2e-5 },
            warm_up: 0.1,
            temperature: 0.05,
            batch: 32,
            epochs: 3,
            max_tokens: 64,
            keep_every: 20,
            seed: 1,
        }
    }
}

/// Where training stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderStep {
    /// Counted from 1, over all epochs.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// Cross-entropy of the batch, in nats.
    pub loss: f64,
    /// Adam's step.
    pub learning_rate: f64,
    /// Whether everything up to here is kept in files.
    pub kept: bool,
}

/// An encoder that is being trained.
pub struct EncoderTraining {
    folder: PathBuf,
    base: Settings,
    cutter: Cutter,
    settings: EncoderSettings,
    weights: Weights,
    adam: Adam,
    /// Steps that are done.
    done: usize,
}

impl EncoderTraining {
    /// Begins with the encoder of a folder.
    ///
    /// # Errors
    /// Those of [`Encoder::load`](super::Encoder::load), and pooling by the maximum.
    pub fn new(folder: &Path, settings: &EncoderSettings) -> Result<EncoderTraining, EncoderError> {
        let base = Settings::read(folder)?;
        let weights = Weights::load(&base, settings.lora.as_ref(), settings.seed)?;
        let tokenizer_path = base.folder.join("tokenizer.json");
        let tokenizer = settings::read(&tokenizer_path)?;
        let max_tokens = settings.max_tokens.min(base.max_tokens).min(weights.max_tokens());
        let cutter = Cutter::new(&tokenizer_path, &tokenizer, base.lower_case, max_tokens, weights.vocabulary())?;
        let adam = Adam::new(&weights.trained)?;
        Ok(EncoderTraining { folder: folder.to_owned(), base, cutter, settings: *settings, weights, adam, done: 0 })
    }

    /// Trains on pairs. With `kept`, a folder, it goes on from what an interrupted training on the same pairs left there, and leaves its own.
    ///
    /// # Errors
    /// Fewer than two pairs, a file that cannot be written, or [`EncoderError::Cancelled`] where `progress` breaks.
    pub fn train(
        &mut self,
        pairs: &[TrainingPair],
        kept: Option<&Path>,
        progress: &mut dyn FnMut(&EncoderStep) -> ControlFlow<()>,
    ) -> Result<(), EncoderError> {
        let EncoderSettings { batch, epochs, .. } = self.settings;
        if pairs.len() < 2 || batch < 2 {
            return Err(EncoderError::NothingToTrain);
        }
        let known: HashSet<(u32, u32)> = pairs.iter().map(|pair| (pair.query_id, pair.text_id)).collect();
        let ids = |text: &str| self.cutter.ids(text);
        let tokens: Vec<(Vec<u32>, Vec<u32>)> =
            pairs.iter().map(|pair| Ok((ids(&pair.query)?, ids(&pair.text)?))).collect::<Result<_, EncoderError>>()?;
        let each = pairs.len().div_ceil(batch);
        let steps = each * epochs;
        let of = files::fingerprint(pairs, &self.settings);
        if let Some(folder) = kept {
            self.done = files::resume(folder, &of, &self.weights, &mut self.adam)?;
        }
        while self.done < steps {
            // The same order whether it was interrupted or not.
            let mut order: Vec<usize> = (0..pairs.len()).collect();
            SplitMix::new(self.settings.seed.wrapping_add((self.done / each) as u64 + 1)).shuffle(&mut order);
            let from = self.done % each * batch;
            let places = &order[from..(from + batch).min(order.len())];
            let learning_rate = self.learning_rate(steps);
            let loss = self.step(places, &tokens, learning_rate, &|query, text| {
                known.contains(&(pairs[query].query_id, pairs[text].text_id))
            })?;
            self.done += 1;
            let due = self.done.is_multiple_of(self.settings.keep_every.max(1)) && self.done < steps;
            if let (Some(folder), true) = (kept, due) {
                files::keep(folder, &of, &self.weights, &self.adam, self.done)?;
            }
            let step = EncoderStep { step: self.done, steps, loss, learning_rate, kept: kept.is_some() && due };
            if progress(&step).is_break() {
                return Err(EncoderError::Cancelled);
            }
        }
        Ok(())
    }

    /// Steps that are done, those of an interrupted training included.
    pub fn steps_done(&self) -> usize {
        self.done
    }

    fn learning_rate(&self, steps: usize) -> f64 {
        let (done, steps) = (self.done as f64 + 1.0, steps as f64);
        let warm = (steps * self.settings.warm_up).max(1.0);
        let share = if done <= warm { done / warm } else { (steps - done + 1.0) / (steps - warm + 1.0) };
        self.settings.learning_rate * share
    }

    fn step(
        &mut self,
        places: &[usize],
        tokens: &[(Vec<u32>, Vec<u32>)],
        learning_rate: f64,
        answers: &dyn Fn(usize, usize) -> bool,
    ) -> Result<f64, EncoderError> {
        let queries: Vec<&[u32]> = places.iter().map(|place| tokens[*place].0.as_slice()).collect();
        let texts: Vec<&[u32]> = places.iter().map(|place| tokens[*place].1.as_slice()).collect();
        let (queries, texts) = (self.weights.encode(&queries)?, self.weights.encode(&texts)?);
        let loss = loss::info_nce(&queries, &texts, self.settings.temperature, &|row, column| {
            row != column && answers(places[row], places[column])
        })?;
        let gradients = loss.backward()?;
        self.adam.step(&self.weights.trained, &gradients, learning_rate)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    /// Writes the whole encoder, what was trained included, as a folder that [`Encoder::load`](super::Encoder::load) and sentence-transformers read.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), EncoderError> {
        files::save(&self.folder, &self.base, &self.weights, folder)
    }

    /// Writes what was trained as a `PEFT` adapter: `adapter_config.json` and `adapter_model.safetensors`. `base` is what the config calls the encoder
    /// that it belongs to. Without a low-rank addition nothing is written.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_adapter(&self, base: &str, folder: &Path) -> Result<(), EncoderError> {
        match &self.settings.lora {
            Some(lora) => files::save_adapter(&self.weights, lora, base, folder),
            None => Ok(()),
        }
    }
}
