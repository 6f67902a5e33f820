//! Training the sentence encoder: fine-tuning on queries and the products that answer them (grades of a folder, or what people graded and shoppers
//! chose in a catalogue), and pretraining that goes on with texts.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use alluvium_domain::shop::{EventKind, Grade, ProductId, ProductInput, judged_query};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::training::{
    EncoderSettings, EncoderStep, EncoderTraining, LoraSettings, Progress, TrainingPair,
};
use alluvium_engine::encoder::{Encoder, EncoderError};
use alluvium_engine::metrics::mean;
use alluvium_store::{EventSource, Interaction};

use crate::error::internal;
use crate::evaluate_products::judgements;
use crate::recommend::Stop;
use crate::shop::product_rows;
use crate::shop::search::encoded;
use crate::{ServiceError, Services};

/// From this grade on a product answers a query.
const ANSWERS: u8 = 2;
/// Most pairs out of a catalogue: all grades, and the newest events.
const MOST_PAIRS: usize = 20_000;

/// How an encoder is trained, and where to.
#[derive(Debug, Clone)]
pub struct EncoderPlan {
    /// Folder of the encoder to begin with.
    pub encoder_dir: PathBuf,
    /// Folder for the new one; with a low-rank addition it has a folder `adapter` beside its weights.
    pub out: PathBuf,
    /// Rank of a low-rank addition; none trains all weights.
    pub lora: Option<usize>,
    /// Passes over the pairs.
    pub epochs: usize,
    /// Stops it.
    pub stop: Stop,
    /// Where an interrupted training goes on from.
    pub kept: Option<PathBuf>,
}

impl EncoderPlan {
    /// The name of the encoder to begin with.
    pub(crate) fn base(&self) -> String {
        self.encoder_dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// How it is trained.
    pub(crate) fn settings(&self) -> EncoderSettings {
        EncoderSettings { epochs: self.epochs, ..EncoderSettings::new(self.lora.map(LoraSettings::of_rank)) }
    }
}

/// What a training gives.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedEncoder {
    /// Pairs or texts that it was trained on.
    pub examples: usize,
    /// Steps.
    pub steps: usize,
    /// Mean loss of the first tenth of the steps and of the last, in nats.
    pub losses: (f64, f64),
    /// Its fingerprint.
    pub fingerprint: String,
}

/// Queries and products of a folder with `products.jsonl` and `judg*.csv` that answer them, for the queries that are `wanted`.
pub(crate) fn pairs_of_folder(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<TrainingPair>, ServiceError> {
    let products = products_of_folder(folder)?;
    let texts: HashMap<&str, (u32, String)> =
        (0..).zip(&products).map(|(number, product)| (product.id.as_str(), (number, encoded(product)))).collect();
    let mut pairs = Vec::new();
    for (query_id, (query, grades)) in (0..).zip(judgements(folder)?) {
        if !wanted(&query) {
            continue;
        }
        let answers = grades.iter().filter(|(_, grade)| grade.value() >= ANSWERS);
        let mut answers: Vec<&(u32, String)> = answers.filter_map(|(product, _)| texts.get(product.as_str())).collect();
        answers.sort();
        pairs.extend(answers.into_iter().map(|(text_id, text)| TrainingPair {
            query_id,
            text_id: *text_id,
            query: query.clone(),
            text: text.clone(),
        }));
    }
    Ok(pairs)
}

/// Trains on the grades of a folder. Blocks.
pub fn train_encoder_on_folder(
    folder: &Path,
    plan: &EncoderPlan,
    progress: &mut dyn FnMut(&EncoderStep),
) -> Result<TrainedEncoder, ServiceError> {
    train_encoder(&pairs_of_folder(folder, &|_| true)?, plan, progress)
}

/// Continues pretraining on the texts of the products of a folder. Blocks.
pub fn pretrain_encoder_on_folder(
    folder: &Path,
    plan: &EncoderPlan,
    progress: &mut dyn FnMut(&EncoderStep),
) -> Result<TrainedEncoder, ServiceError> {
    let texts: Vec<String> = products_of_folder(folder)?.iter().map(encoded).collect();
    pretrain_encoder(&texts, plan, progress)
}

fn products_of_folder(folder: &Path) -> Result<Vec<ProductInput>, ServiceError> {
    let file = folder.join("products.jsonl");
    product_rows(&file).map_err(|source| ServiceError::File { path: file.display().to_string(), source })
}

/// Trains on pairs and saves what came of it. Blocks.
pub(crate) fn train_encoder(
    pairs: &[TrainingPair],
    plan: &EncoderPlan,
    progress: &mut dyn FnMut(&EncoderStep),
) -> Result<TrainedEncoder, ServiceError> {
    train(pairs.len(), plan, progress, |training, say| training.train(pairs, plan.kept.as_deref(), say))
}

/// Continues pretraining on texts and saves what came of it. Blocks.
pub(crate) fn pretrain_encoder(
    texts: &[String],
    plan: &EncoderPlan,
    progress: &mut dyn FnMut(&EncoderStep),
) -> Result<TrainedEncoder, ServiceError> {
    train(texts.len(), plan, progress, |training, say| training.pretrain(texts, plan.kept.as_deref(), say))
}

fn train(
    examples: usize,
    plan: &EncoderPlan,
    progress: &mut dyn FnMut(&EncoderStep),
    run: impl FnOnce(&mut EncoderTraining, &mut Progress<'_>) -> Result<(), EncoderError>,
) -> Result<TrainedEncoder, ServiceError> {
    let mut training = EncoderTraining::new(&plan.encoder_dir, &plan.settings()).map_err(EngineError::from)?;
    let mut losses = Vec::new();
    run(&mut training, &mut |step| {
        losses.push(step.loss);
        progress(step);
        if plan.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .map_err(EngineError::from)?;
    training.save(&plan.out).map_err(EngineError::from)?;
    training.save_adapter(&plan.base(), &plan.out.join("adapter")).map_err(EngineError::from)?;
    let tenth = losses.len().div_ceil(10).max(1);
    let losses = (mean(&losses[..tenth.min(losses.len())]), mean(&losses[losses.len().saturating_sub(tenth)..]));
    let encoder = Encoder::load(&plan.out).map_err(EngineError::from)?;
    Ok(TrainedEncoder { examples, steps: training.steps_done(), losses, fingerprint: encoder.fingerprint().to_owned() })
}

impl Services {
    /// Queries of a catalogue, as the encoder reads them, with the products that answer them: those that people graded so, and those that shoppers put
    /// into the cart or bought after them, each pair once; and whose events these are.
    pub(crate) async fn encoder_pairs(
        &self,
        catalogue: &str,
    ) -> Result<(Vec<TrainingPair>, Vec<EventSource>), ServiceError> {
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let store = &self.inner.store;
        let products = store.product_since(catalogue.id, 0).await?;
        let grades = store.judgement_list(catalogue.id).await?;
        let (mut events, sources) = store.event_interactions(catalogue.id, false).await?;
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        let gloss = self.inner.search().gloss();
        let pairs = tokio::task::spawn_blocking(move || {
            let texts = products.iter().map(|product| (product.number, encoded(&product.input))).collect();
            let mut pairs = chosen(&texts, &grades, &events);
            for pair in &mut pairs {
                pair.query = gloss.read(&pair.query).text;
            }
            pairs
        });
        Ok((pairs.await.map_err(internal)?, sources))
    }

    /// Texts to go on pretraining with, as the encoder reads them: those of a catalogue's products, or without one the passages of all published
    /// entries.
    pub(crate) async fn encoder_texts(&self, catalogue: &str) -> Result<Vec<String>, ServiceError> {
        let store = &self.inner.store;
        if catalogue.is_empty() {
            return Ok(store.passage_texts_published().await?);
        }
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let products = store.product_since(catalogue.id, 0).await?;
        Ok(products.iter().map(|product| encoded(&product.input)).collect())
    }
}

/// Pairs out of grades and events, newest first. What a person graded as no answer is none, whatever shoppers did.
fn chosen(
    texts: &HashMap<ProductId, String>,
    grades: &[(String, ProductId, Grade)],
    events: &[Interaction],
) -> Vec<TrainingPair> {
    let mut known: HashSet<(String, ProductId)> =
        grades.iter().map(|(query, product, _)| (query.clone(), *product)).collect();
    let graded = grades.iter().filter(|(.., grade)| grade.value() >= ANSWERS);
    let graded: Vec<(String, ProductId)> = graded.map(|(query, product, _)| (query.clone(), *product)).collect();
    let taken = events.iter().filter(|event| event.kind != EventKind::View);
    let taken = taken.filter_map(|event| Some((judged_query(event.query.as_deref()?), event.product)));
    let taken = taken.filter(|pair| !pair.0.is_empty() && known.insert(pair.clone()));
    let mut queries: HashMap<String, u32> = HashMap::new();
    let pairs = graded.into_iter().chain(taken).filter_map(|(query, product)| {
        let text = texts.get(&product)?.clone();
        let next = u32::try_from(queries.len()).unwrap_or(u32::MAX);
        let query_id = *queries.entry(query.clone()).or_insert(next);
        Some(TrainingPair { query_id, text_id: product.0.unsigned_abs(), query, text })
    });
    pairs.take(MOST_PAIRS).collect()
}

#[cfg(test)]
mod tests {
    use alluvium_domain::shop::ShopperId;
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn grades_go_before_what_shoppers_did() {
        let texts = (1..=4).map(|number| (ProductId(number), format!("product {number}"))).collect();
        let grade = |query: &str, product, grade: &str| {
            (query.to_owned(), ProductId(product), grade.parse::<Grade>().expect("a grade"))
        };
        let event = |query: Option<&str>, product, kind| Interaction {
            shopper: ShopperId(1),
            product: ProductId(product),
            kind,
            at: OffsetDateTime::UNIX_EPOCH,
            query: query.map(str::to_owned),
            position: None,
        };
        let grades = [grade("red tea", 1, "3"), grade("red tea", 2, "1"), grade("red tea", 3, "2")];
        let events = [
            event(Some("Red  Tea"), 2, EventKind::Purchase),
            event(Some("Red Tea"), 1, EventKind::Cart),
            event(Some("cup"), 4, EventKind::Cart),
            event(Some("CUP"), 4, EventKind::Purchase),
            event(Some("cup"), 3, EventKind::View),
            event(Some("red tea"), 4, EventKind::Purchase),
            event(None, 1, EventKind::Purchase),
            event(Some("gone"), 9, EventKind::Purchase),
        ];
        let pairs = chosen(&texts, &grades, &events);
        let found: Vec<(u32, &str, u32)> =
            pairs.iter().map(|pair| (pair.query_id, pair.query.as_str(), pair.text_id)).collect();
        assert_eq!(found, [(0, "red tea", 1), (0, "red tea", 3), (1, "cup", 4), (0, "red tea", 4)]);
        assert_eq!(pairs[2].text, "product 4");
    }
}
