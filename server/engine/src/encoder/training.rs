//! Training an encoder: contrastive fine-tuning, and continued pretraining on texts.
//!
//! In fine-tuning queries move towards the texts that answer them, and away from those that answer the others of a batch. The loss is `InfoNCE` with in-batch negatives (van den Oord et al. 2018; Henderson et al. 2017; what sentence-transformers calls
//! `MultipleNegativesRankingLoss`), without those "negatives" that are known to answer the query too. Either all weights are trained, or with the others
//! fixed a low-rank addition to queries and values of attention (`LoRA`, Hu et al. 2021), saved as `PEFT` names it.
//!
//! Pretraining goes on with masked language modelling (Devlin et al. 2019) on the texts of a field (Gururangan et al. 2020). It moves the vectors without
//! regard to what should be near what: fine-tuning comes after it.

mod adam;
mod differentiable;
mod files;
mod loss;
mod masked;
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
use candle_core::Tensor;
use differentiable::Weights;
use masked::Text;

pub use masked::MASKED;

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
    /// In pretraining, after the warm-up and after each epoch: the cross-entropy of hidden words in texts that it does not learn from, in nats.
    pub held_out_loss: Option<f64>,
    /// Whether everything up to here is kept in files.
    pub kept: bool,
}

/// Is told of every step; breaks to end the training.
pub type Progress<'a> = dyn FnMut(&EncoderStep) -> ControlFlow<()> + 'a;

/// The loss of a batch: the places of its examples, and the number of the step.
type BatchLoss<'a> = dyn Fn(&EncoderTraining, &[usize], usize) -> candle_core::Result<Tensor> + 'a;

/// Where checkpoints are, and what they belong to.
struct Kept<'a> {
    folder: Option<&'a Path>,
    of: String,
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
        progress: &mut Progress<'_>,
    ) -> Result<(), EncoderError> {
        if self.settings.batch < 2 {
            return Err(EncoderError::NothingToTrain);
        }
        let known: HashSet<(u32, u32)> = pairs.iter().map(|pair| (pair.query_id, pair.text_id)).collect();
        let ids = |text: &str| self.cutter.ids(text);
        let tokens: Vec<(Vec<u32>, Vec<u32>)> =
            pairs.iter().map(|pair| Ok((ids(&pair.query)?, ids(&pair.text)?))).collect::<Result<_, EncoderError>>()?;
        let answers = |query: usize, text: usize| known.contains(&(pairs[query].query_id, pairs[text].text_id));
        let told =
            pairs.iter().map(|pair| format!("{} {}\0{}\0{}", pair.query_id, pair.text_id, pair.query, pair.text));
        let kept = Kept { folder: kept, of: files::fingerprint(told, &self.settings) };
        let loss = |own: &EncoderTraining, places: &[usize], _: usize| {
            let queries: Vec<&[u32]> = places.iter().map(|place| tokens[*place].0.as_slice()).collect();
            let texts: Vec<&[u32]> = places.iter().map(|place| tokens[*place].1.as_slice()).collect();
            let (queries, texts) = (own.weights.encode(&queries)?, own.weights.encode(&texts)?);
            loss::info_nce(&queries, &texts, own.settings.temperature, &|row, column| {
                row != column && answers(places[row], places[column])
            })
        };
        self.learn(pairs.len(), &kept, &loss, &|_| Ok(None), progress)
    }

    /// Continued pretraining by masked language modelling on texts, one in ten of which are held out. `kept` is as for [`train`](Self::train).
    ///
    /// The head that guesses words is that of the file where it has one, else a new one; it moves alone during the warm-up, so that a head that knows
    /// nothing yet does not spoil the encoder (Kumar et al. 2022).
    ///
    /// # Errors
    /// Fewer than two texts, a tokenizer without a mask, a file that cannot be written, or [`EncoderError::Cancelled`] where `progress` breaks.
    pub fn pretrain(
        &mut self,
        texts: &[String],
        kept: Option<&Path>,
        progress: &mut Progress<'_>,
    ) -> Result<(), EncoderError> {
        let mask = self.cutter.mask().ok_or_else(|| EncoderError::Unsupported {
            path: self.base.folder.join("tokenizer.json"),
            what: "its vocabulary has no token for what is hidden".to_owned(),
        })?;
        let mut cut = texts.iter().map(|text| Text::cut(&self.cutter, text)).collect::<Result<Vec<_>, _>>()?;
        cut.retain(Text::can_be_masked);
        let held_out: Vec<Text> = cut.extract_if(.., |text| text.is_held_out()).collect();
        self.weights.add_head(self.settings.seed)?;
        self.adam = Adam::new(&self.weights.trained)?;
        let (seed, vocabulary) = (self.settings.seed, self.weights.vocabulary());
        let batch_loss = |own: &EncoderTraining, batch: &[&Text], seed: u64| {
            let hidden = masked::hide(batch, mask, vocabulary, &mut SplitMix::new(seed));
            loss::words(&own.weights.word_scores(&hidden.texts, &hidden.places)?, &hidden.words)
        };
        let loss = |own: &EncoderTraining, places: &[usize], step: usize| {
            let batch: Vec<&Text> = places.iter().map(|place| &cut[*place]).collect();
            batch_loss(own, &batch, seed.wrapping_add(step as u64))
        };
        // The same words are hidden each time.
        let measure = |own: &EncoderTraining| {
            let (mut sum, mut count) = (0.0, 0);
            let held_out: Vec<&Text> = held_out.iter().take(masked::MOST_HELD_OUT).collect();
            for batch in held_out.chunks(own.settings.batch) {
                sum += f64::from(batch_loss(own, batch, seed)?.to_scalar::<f32>()?) * batch.len() as f64;
                count += batch.len();
            }
            Ok((count > 0).then(|| sum / count as f64))
        };
        let kept = Kept { folder: kept, of: files::fingerprint(texts, &self.settings) };
        self.learn(cut.len(), &kept, &loss, &measure, progress)
    }

    /// Passes over the examples in batches; `loss` is asked for each batch of places and the number of the step, `measure` after the warm-up and each epoch.
    fn learn(
        &mut self,
        examples: usize,
        kept: &Kept<'_>,
        loss: &BatchLoss<'_>,
        measure: &dyn Fn(&EncoderTraining) -> candle_core::Result<Option<f64>>,
        progress: &mut Progress<'_>,
    ) -> Result<(), EncoderError> {
        let EncoderSettings { batch, epochs, .. } = self.settings;
        if examples < 2 {
            return Err(EncoderError::NothingToTrain);
        }
        let each = examples.div_ceil(batch);
        let steps = each * epochs;
        if let Some(folder) = kept.folder {
            self.done = files::resume(folder, &kept.of, &self.weights, &mut self.adam)?;
        }
        while self.done < steps {
            // The same order whether it was interrupted or not.
            let mut order: Vec<usize> = (0..examples).collect();
            SplitMix::new(self.settings.seed.wrapping_add((self.done / each) as u64 + 1)).shuffle(&mut order);
            let from = self.done % each * batch;
            let places = &order[from..(from + batch).min(order.len())];
            let learning_rate = self.learning_rate(steps);
            let value = loss(self, places, self.done)?;
            self.descend(&value, learning_rate, self.done < self.warm(steps))?;
            self.done += 1;
            let due = self.done.is_multiple_of(self.settings.keep_every.max(1)) && self.done < steps;
            if let (Some(folder), true) = (kept.folder, due) {
                files::keep(folder, &kept.of, &self.weights, &self.adam, self.done)?;
            }
            let at_rest = self.done == self.warm(steps) || self.done.is_multiple_of(each);
            let step = EncoderStep {
                step: self.done,
                steps,
                loss: f64::from(value.to_scalar::<f32>()?),
                learning_rate,
                held_out_loss: if at_rest { measure(self)? } else { None },
                kept: kept.folder.is_some() && due,
            };
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

    /// Steps of the warm-up.
    fn warm(&self, steps: usize) -> usize {
        ((steps as f64 * self.settings.warm_up) as usize).max(1)
    }

    /// Adam's step as a share of the largest.
    fn share(&self, steps: usize) -> f64 {
        let (done, steps, warm) = (self.done as f64 + 1.0, steps as f64, self.warm(steps) as f64);
        if done <= warm { done / warm } else { (steps - done + 1.0) / (steps - warm + 1.0) }
    }

    fn learning_rate(&self, steps: usize) -> f64 {
        self.settings.learning_rate * self.share(steps)
    }

    /// A step of Adam. A head moves faster than the encoder, and alone during the warm-up.
    fn descend(&mut self, loss: &Tensor, learning_rate: f64, warming_up: bool) -> Result<(), EncoderError> {
        let gradients = loss.backward()?;
        let head = masked::HEAD_LEARNING_RATE * learning_rate / self.settings.learning_rate;
        let has_head = self.weights.has_head();
        let rate = |name: &str| match has_head {
            true if Weights::is_head(name) => head,
            true if warming_up => 0.0,
            _ => learning_rate,
        };
        self.adam.step(&self.weights.trained, &gradients, &rate)?;
        Ok(())
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
