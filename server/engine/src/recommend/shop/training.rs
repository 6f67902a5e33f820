//! Training everything that a shop needs, in the order of time.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::examples::{Deeds, Examples, Retrieval, examples, mapped};
use super::goods::{Goods, count};
use super::held_out::HeldOut;
use super::kept::Kept;
use super::model::ShopModel;
use super::network::{RankProgress, RankSettings, RankTasks};
use super::profile::condensed;
use super::quality::{HeadQuality, quality};
use super::ranker::Ranker;
use crate::recommend::{Case, LinearModel, LinearSettings, RecommendError, SequenceModel, SequenceSettings};

/// How a shop's models are trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShopSettings {
    /// Item-item weights.
    pub linear: LinearSettings,
    /// Weights kept of each item.
    pub kept: usize,
    /// The retrieval models know so many products, those with the most events: item-item weights take `8 * items^2` bytes while they are solved.
    pub most_items: usize,
    /// Self-attention over the order of the history; none leaves it out.
    pub sequence: Option<SequenceSettings>,
    /// The ranking network.
    pub rank: RankSettings,
    /// Share of the events, oldest first, that only the retrieval models learn from while the ranking model is trained.
    pub before: f64,
    /// Share of the events after which nothing is trained on: the test.
    pub until: f64,
    /// Share of the stand-ins that are kept.
    pub rate: f32,
}

impl Default for ShopSettings {
    fn default() -> Self {
        ShopSettings {
            // A shop's events are many and tastes last: old events fade more slowly than in the sequences of reviews.
            linear: LinearSettings { past_decay: 0.95, future_decay: 0.95, ridge: 100.0, history_decay: 0.97 },
            kept: 500,
            most_items: 8_000,
            sequence: Some(SequenceSettings {
                hidden: 32,
                blocks: 1,
                heads: 2,
                window: 50,
                epochs: 20,
                patience: 2,
                ..SequenceSettings::default()
            }),
            rank: RankSettings::default(),
            before: 0.6,
            until: 0.85,
            rate: 0.5,
        }
    }
}

/// Where training stands.
#[derive(Debug, Clone, PartialEq)]
pub enum ShopStep {
    /// Item-item weights.
    Linear,
    /// An epoch of the sequence model: number, loss, validation NDCG@10.
    Sequence(usize, f64, Option<f64>),
    /// Examples are made.
    Examples,
    /// An epoch of the ranking model.
    Ranking(RankProgress),
    /// The test.
    Testing,
    /// A part is kept in files: `before` or `all` events' retrieval models.
    Kept(&'static str),
    /// A part that an earlier training kept need not be made again.
    Resumed(&'static str),
}

/// What is known of a model's quality when it is made, kept beside it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ShopReport {
    /// Events that there were.
    pub events: usize,
    /// Examples that the ranking model was trained on.
    pub trained: usize,
    /// Each head on the test: what came after everything that was trained on.
    pub heads: Vec<HeadQuality>,
}

/// The examples of a split by time, and the retrieval models that gave their features.
#[derive(Debug)]
pub struct Split {
    /// To train the ranking model on.
    pub training: Examples,
    /// What came afterwards.
    pub test: Examples,
    /// The retrieval models from what lies before `training`.
    pub known: Known,
    /// When the test begins.
    pub test_begins: i64,
}

/// Trained retrieval models and the products that they know.
#[derive(Debug)]
pub struct Known {
    /// Item-item weights.
    pub linear: LinearModel,
    /// Self-attention over the order of the history.
    pub sequence: Option<SequenceModel>,
    /// Number in the catalogue of each item.
    pub items: Vec<u32>,
    of_goods: Vec<Option<u32>>,
}

impl Known {
    /// The models with their numbers.
    pub fn retrieval(&self) -> Retrieval<'_> {
        Retrieval { linear: &self.linear, sequence: self.sequence.as_ref(), of_goods: &self.of_goods }
    }
}

type Listener<'a> = &'a mut dyn FnMut(&ShopStep) -> ControlFlow<()>;

impl Split {
    /// Trains the retrieval models on the oldest events and makes examples of the others.
    ///
    /// # Errors
    /// Too few events, or [`RecommendError::Cancelled`].
    pub fn new(
        goods: &Goods,
        deeds: &Deeds,
        settings: &ShopSettings,
        progress: Listener<'_>,
    ) -> Result<Split, RecommendError> {
        Split::resumed(goods, deeds, settings, None, progress)
    }

    fn resumed(
        goods: &Goods,
        deeds: &Deeds,
        settings: &ShopSettings,
        kept: Option<&Kept>,
        progress: Listener<'_>,
    ) -> Result<Split, RecommendError> {
        let (from, until) = (deeds.time_at(settings.before), deeds.time_at(settings.until));
        let known = Known::resumed("before", goods, deeds, from, settings, kept, progress)?;
        report(ShopStep::Examples, progress)?;
        let retrieval = known.retrieval();
        let end = deeds.time_at(1.0);
        let make = |span, seed| examples(goods, deeds, retrieval, span, settings.rate, seed);
        let training = make((from, until), settings.rank.seed)?;
        let test = make((until, end), settings.rank.seed + 1)?;
        Ok(Split { training, test, known, test_begins: until })
    }
}

impl ShopModel {
    /// Trains on the events of a shop. The ranking model learns from a split by time and is tested on what came after it; then the
    /// retrieval models are trained anew on everything, because they know only products that they have seen. With `kept`, retrieval models are
    /// kept as soon as they are made, and those that are there already are not made again.
    ///
    /// # Errors
    /// Too few events to learn from, or [`RecommendError::Cancelled`].
    pub fn train(
        goods: &Goods,
        deeds: &Deeds,
        settings: &ShopSettings,
        kept: Option<&Kept>,
        progress: Listener<'_>,
    ) -> Result<ShopModel, RecommendError> {
        Ok(ShopModel::train_held_out(goods, deeds, settings, kept, progress)?.0)
    }

    /// The same, with the examples of the test, on which the next model can be compared with this one.
    ///
    /// # Errors
    /// Too few events to learn from, or [`RecommendError::Cancelled`].
    pub fn train_held_out(
        goods: &Goods,
        deeds: &Deeds,
        settings: &ShopSettings,
        kept: Option<&Kept>,
        progress: Listener<'_>,
    ) -> Result<(ShopModel, HeldOut), RecommendError> {
        let split = Split::resumed(goods, deeds, settings, kept, progress)?;
        let ranker = Ranker::train(&split.training, RankTasks::All, &settings.rank, &mut |at| {
            progress(&ShopStep::Ranking(*at))
        })?;
        report(ShopStep::Testing, progress)?;
        let heads = quality(&ranker.predict(&split.test.rows), &split.test);
        let trained = split.training.len();
        let known = Known::resumed("all", goods, deeds, i64::MAX, settings, kept, progress)?;
        let report = ShopReport { events: deeds.len(), trained, heads };
        let items = known.items.iter().map(|item| goods.ids()[*item as usize].clone()).collect();
        let held_out = HeldOut::new(&split.test);
        Ok((ShopModel::new(items, known.linear, known.sequence, ranker, report)?, held_out))
    }
}

/// The products with the most events before a time, in the order of their numbers, and the number of each among them.
fn chosen(goods: &Goods, deeds: &Deeds, before: i64, most: usize) -> (Vec<u32>, Vec<Option<u32>>) {
    let mut events = vec![0_u32; goods.len()];
    for (_, history) in deeds.histories(before) {
        history.iter().for_each(|act| events[act.item as usize] += 1);
    }
    let mut items: Vec<u32> = (0..count(goods.len())).filter(|item| events[*item as usize] > 0).collect();
    items.sort_by_key(|item| std::cmp::Reverse(events[*item as usize]));
    items.truncate(most);
    items.sort_unstable();
    let of_goods = numbered(&items, goods.len());
    (items, of_goods)
}

/// For each product of a catalogue its place among `items`, where it has one.
fn numbered(items: &[u32], goods: usize) -> Vec<Option<u32>> {
    let mut of_goods = vec![None; goods];
    for (number, item) in (0..).zip(items) {
        of_goods[*item as usize] = Some(number);
    }
    of_goods
}

impl Known {
    /// Trained models of these items of a catalogue of so many products.
    pub(super) fn new(linear: LinearModel, sequence: Option<SequenceModel>, items: Vec<u32>, goods: usize) -> Known {
        let of_goods = numbered(&items, goods);
        Known { linear, sequence, items, of_goods }
    }

    /// A part that is kept, or one that is trained now and kept.
    fn resumed(
        part: &'static str,
        goods: &Goods,
        deeds: &Deeds,
        before: i64,
        settings: &ShopSettings,
        kept: Option<&Kept>,
        progress: Listener<'_>,
    ) -> Result<Known, RecommendError> {
        let Some(kept) = kept else { return Known::train(goods, deeds, before, settings, progress) };
        if let Some(known) = kept.load(part) {
            report(ShopStep::Resumed(part), progress)?;
            return Ok(known);
        }
        let known = Known::train(goods, deeds, before, settings, progress)?;
        kept.save(part, &known)?;
        report(ShopStep::Kept(part), progress)?;
        Ok(known)
    }

    /// Trains the retrieval models on what lies before a time.
    ///
    /// # Errors
    /// No history of two products, or [`RecommendError::Cancelled`].
    pub fn train(
        goods: &Goods,
        deeds: &Deeds,
        before: i64,
        settings: &ShopSettings,
        progress: Listener<'_>,
    ) -> Result<Known, RecommendError> {
        report(ShopStep::Linear, progress)?;
        let (items, of_goods) = chosen(goods, deeds, before, settings.most_items);
        let histories: Vec<Vec<(u32, f32)>> =
            deeds.histories(before).iter().map(|(_, history)| mapped(&condensed(history, None), &of_goods)).collect();
        let weighted: Vec<&[(u32, f32)]> = histories.iter().map(Vec::as_slice).collect();
        let linear = LinearModel::train_weighted(&weighted, items.len(), &settings.linear)?.pruned(settings.kept);
        let Some(sequence) = &settings.sequence else {
            return Ok(Known { linear, sequence: None, items, of_goods });
        };
        let plain: Vec<Vec<u32>> =
            histories.iter().map(|history| history.iter().map(|(item, _)| *item).collect()).collect();
        let last = |history: &'_ Vec<u32>| history.len().checked_sub(1).filter(|last| *last > 1);
        let cases: Vec<Case<'_>> = plain
            .iter()
            .filter_map(|history| last(history).map(|at| Case { history: &history[..at], target: history[at] }))
            .collect();
        let training: Vec<&[u32]> =
            plain.iter().map(|history| last(history).map_or(&history[..], |at| &history[..at])).collect();
        let trained = SequenceModel::train(&training, items.len(), sequence, &cases, &mut |at| {
            if at.batch == at.batches {
                return progress(&ShopStep::Sequence(at.epoch, at.loss, at.validation));
            }
            ControlFlow::Continue(())
        });
        let sequence = match trained {
            Ok(trained) => Some(trained.model),
            Err(RecommendError::NothingToTrain) => None,
            Err(error) => return Err(error),
        };
        Ok(Known { linear, sequence, items, of_goods })
    }
}

/// Runs something on one thread of its own, so that training beside a server leaves the other cores alone. (Matrix products take as many
/// threads as the pool has in which they run.)
///
/// # Errors
/// A thread that cannot be started.
pub fn quietly<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, RecommendError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|error| RecommendError::Model { reason: error.to_string() })?;
    Ok(pool.install(work))
}

fn report(step: ShopStep, progress: Listener<'_>) -> Result<(), RecommendError> {
    if progress(&step).is_break() { Err(RecommendError::Cancelled) } else { Ok(()) }
}
