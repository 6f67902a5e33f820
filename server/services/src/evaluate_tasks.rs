//! Quality of the ranking model on the demo shop, whose truth is known. Needs no database.

use std::fmt;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use alluvium_domain::shop::EventKind;
use alluvium_engine::EngineError;
use alluvium_engine::metrics::{self, Difference};
use alluvium_engine::recommend::shop::{
    Act, Asked, Deeds, Examples, FEATURE_COUNT, Goods, HeadQuality, RankSettings, RankTasks, Ranker, ShopModel,
    ShopRecommender, ShopReport, ShopSettings, ShopStep, Split, TASKS, example_weights, head, labels, weighted,
};
use alluvium_engine::recommend::{RecommendError, SequenceSettings};
use time::OffsetDateTime;

use crate::ServiceError;
use crate::recommend::TASK_WEIGHTS;
use crate::shop::demo::{DemoPlan, DemoShop, generate, truth};

/// Shoppers whose rankings are compared with the truth.
const SHOPPERS: usize = 300;

/// The answer of [`evaluate_tasks`].
#[derive(Debug, Clone)]
pub struct TasksReport {
    training: usize,
    tested: usize,
    /// How long the retrieval models were trained, and the passes that the sequence model took of it.
    retrieval: (Duration, usize),
    /// Model and the quality of each task.
    models: Vec<(String, Vec<HeadQuality>)>,
    /// Against which model, and for each task the differences in AUC and log loss of the multi-task model.
    compared: Vec<(String, Vec<(Difference, Difference)>)>,
    /// Ranking, and mean rank correlation with the true utility with its interval.
    agreement: Vec<Agreement>,
}

/// Trains the ranking model on a demo shop that is made up anew, split by time, and measures it on what came afterwards beside models of single
/// tasks, the shared bottom, and the probabilities that the generator used. `progress` hears in words where it stands.
/// `sequence_epochs` are the most passes of the sequence model in the place of those of serving; with 0 there is none.
pub fn evaluate_tasks(
    plan: &DemoPlan,
    sequence_epochs: Option<usize>,
    progress: &mut dyn FnMut(&str),
) -> Result<TasksReport, ServiceError> {
    let shop = generate(plan)?;
    let (goods, deeds) = learnable(&shop);
    let mut settings = ShopSettings::default();
    if let (Some(epochs), Some(sequence)) = (sequence_epochs, settings.sequence) {
        settings.sequence = (epochs > 0).then_some(SequenceSettings { epochs, ..sequence });
    }
    let mut retrieval = (Duration::ZERO, 0);
    let started = Instant::now();
    let split = Split::new(&goods, &deeds, &settings, &mut |step| {
        match step {
            ShopStep::Sequence(epoch, ..) => retrieval.1 = *epoch,
            ShopStep::Examples => retrieval.0 = started.elapsed(),
            _ => {}
        }
        progress(&training_words(step));
        ControlFlow::Continue(())
    })
    .map_err(EngineError::from)?;
    let mut train = |name: &str, tasks: RankTasks, rank: &RankSettings| {
        Ranker::train(&split.training, tasks, rank, &mut |at| {
            progress(&format!("{name}, epoch {}: loss {:.5}, validation {:.5}", at.epoch, at.loss, at.validation));
            ControlFlow::Continue(())
        })
    };
    let mixture = train("multi-gate mixture", RankTasks::All, &settings.rank).map_err(EngineError::from)?;
    let shared = RankSettings { experts: 1, hidden: settings.rank.hidden * settings.rank.experts, ..settings.rank };
    let shared = train("shared bottom", RankTasks::All, &shared).map_err(EngineError::from)?;
    let mut single = Vec::new();
    for (task, name) in EventKind::ALL.iter().enumerate() {
        single
            .push(train(&format!("{name} alone"), RankTasks::Single(task), &settings.rank).map_err(EngineError::from)?);
    }
    let test = &split.test;
    let by_task = |values: Vec<f32>| -> Vec<Vec<f64>> {
        (0..TASKS).map(|task| values.chunks_exact(TASKS).map(|row| f64::from(row[task])).collect()).collect()
    };
    let mixture_values = by_task(mixture.predict(&test.rows));
    let shared_values = by_task(shared.predict(&test.rows));
    let single_values: Vec<Vec<f64>> =
        single.iter().map(|ranker| ranker.predict(&test.rows).into_iter().map(f64::from).collect()).collect();
    let true_values = true_values(&shop, test);
    let weights = example_weights(test);
    let shoppers: Vec<u32> = test.of.iter().map(|(shopper, ..)| *shopper).collect();
    let all = [
        ("multi-task, mixture of experts (serves)", &mixture_values),
        ("multi-task, shared bottom", &shared_values),
        ("three single-task models", &single_values),
        ("the generator's own probabilities", &true_values),
    ];
    let quality = |values: &[Vec<f64>]| -> Vec<HeadQuality> {
        values.iter().enumerate().map(|(task, values)| head(values, &labels(test, task), &weights)).collect()
    };
    let models = all.iter().map(|(name, values)| ((*name).to_owned(), quality(values))).collect();
    progress("paired bootstrap");
    let compared = [all[2], all[1]]
        .iter()
        .map(|(name, other)| {
            let differences = (0..TASKS)
                .map(|task| {
                    let labels = labels(test, task);
                    metrics::paired_by_cluster(&mixture_values[task], &other[task], &labels, &weights, &shoppers)
                })
                .collect();
            ((*name).to_owned(), differences)
        })
        .collect();
    progress("agreement with the true utility");
    let (training, tested) = (split.training.len(), test.len());
    let agreement = agreement(&shop, goods, &deeds, split, mixture).map_err(EngineError::from)?;
    Ok(TasksReport { training, tested, retrieval, models, compared, agreement })
}

/// Products and events of a demo shop in the engine's numbers.
pub(crate) fn learnable(shop: &DemoShop) -> (Goods, Deeds) {
    let goods = Goods::new(&shop.products);
    let mut deeds = Deeds::default();
    for event in &shop.events {
        let act = Act { item: event.product as u32, kind: event.kind, at: event.at.unix_timestamp() };
        deeds.add(event.shopper as u32, act, u32::try_from(event.position).ok(), event.query.as_deref());
    }
    deeds.sort();
    (goods, deeds)
}

/// What to say of a step of training.
pub fn training_words(step: &ShopStep) -> String {
    match step {
        ShopStep::Linear => "item-item weights".to_owned(),
        ShopStep::Sequence(epoch, loss, validation) => {
            format!(
                "sequence model, epoch {epoch}: loss {loss:.3}, validation NDCG@10 {:.4}",
                validation.unwrap_or_default()
            )
        }
        ShopStep::Examples => "examples".to_owned(),
        ShopStep::Ranking(at) => {
            format!("ranking model, epoch {}: loss {:.5}, validation {:.5}", at.epoch, at.loss, at.validation)
        }
        ShopStep::Testing => "test".to_owned(),
        ShopStep::Kept(part) => format!("checkpoint: retrieval models ({part})"),
        ShopStep::Resumed(part) => format!("going on from the checkpoint: retrieval models ({part})"),
    }
}

fn utility(shop: &DemoShop, shopper: u32, product: u32, at: i64) -> f64 {
    let at = OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let features = truth::features(&shop.products[product as usize], at);
    shop.shoppers[shopper as usize].truth.as_ref().map_or(0.0, |weights| truth::utility(weights, &features))
}

/// The probabilities that the generator used, by task.
fn true_values(shop: &DemoShop, examples: &Examples) -> Vec<Vec<f64>> {
    let mut values = vec![Vec::new(); TASKS];
    for (shopper, item, at, place) in &examples.of {
        let utility = utility(shop, *shopper, *item, *at);
        let mut reached = truth::examined(*place as usize);
        for (values, intercept) in values.iter_mut().zip([truth::VIEW, truth::CART, truth::PURCHASE]) {
            reached *= truth::logistic(intercept + utility);
            values.push(reached);
        }
    }
    values
}

/// A ranking's name, its mean rank correlation with the true utility, and the interval of that.
type Agreement = (String, f64, (f64, f64));

/// How rankings of all products agree with the true utility, over shoppers with a history.
fn agreement(
    shop: &DemoShop,
    goods: Goods,
    deeds: &Deeds,
    split: Split,
    ranker: Ranker,
) -> Result<Vec<Agreement>, RecommendError> {
    let at = split.test_begins;
    let counts = deeds.counts(goods.len(), at);
    let histories = deeds.histories(at);
    let n = goods.len();
    let names = split.known.items.iter().map(|item| goods.ids()[*item as usize].clone()).collect();
    let model = ShopModel::new(names, split.known.linear, split.known.sequence, ranker, ShopReport::default())?;
    let popularity: Vec<f64> = (0..n as u32).map(|item| f64::from(counts.views(item))).collect();
    let recommender = ShopRecommender::new(goods.into(), counts, Some(model.into()));
    let all: Vec<u32> = (0..n as u32).collect();
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); 4];
    let step = (histories.len() / SHOPPERS).max(1);
    for (shopper, history) in histories.iter().step_by(step) {
        let history = &history[history.len().saturating_sub(alluvium_domain::shop::limits::HISTORY)..];
        let truth: Vec<f64> = all.iter().map(|item| utility(shop, *shopper, *item, at)).collect();
        for (place, by_hand) in [(0, false), (2, true)] {
            let weights = TASK_WEIGHTS.list();
            let asked = Asked { history, query: None, at, k: n, weights, without: 0, by_hand };
            let rows = recommender.rows(&asked, &all)?;
            let values = recommender.ranker(by_hand).predict(&rows);
            let scores: Vec<f64> = values.chunks_exact(TASKS).map(|tasks| weighted(tasks, &weights)).collect();
            found[place].push(metrics::rank_correlation(&scores, &truth));
            if !by_hand {
                let item_item: Vec<f64> = rows.chunks_exact(FEATURE_COUNT).map(|row| f64::from(row[0])).collect();
                found[1].push(metrics::rank_correlation(&item_item, &truth));
            }
        }
        found[3].push(metrics::rank_correlation(&popularity, &truth));
    }
    let names = [
        "multi-task, mixture of experts (serves)",
        "item-item model alone",
        "content and popularity, by hand",
        "popularity alone",
    ];
    Ok(names
        .iter()
        .zip(found)
        .map(|(name, values)| ((*name).to_owned(), metrics::mean(&values), metrics::bootstrap_interval(&values)))
        .collect())
}

impl fmt::Display for TasksReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "simulated demo shop, split by time: {} examples to train on, {} that came later",
            self.training, self.tested
        )?;
        let (took, epochs) = self.retrieval;
        writeln!(f, "retrieval models trained in {:.1} s, {epochs} passes of the sequence model", took.as_secs_f64())?;
        writeln!(
            f,
            "probabilities in the entire space of what was shown; stand-ins for what was not opened (engine/README.md)\n"
        )?;
        for (task, name) in EventKind::ALL.iter().enumerate() {
            writeln!(f, "{name}")?;
            for (model, heads) in &self.models {
                let HeadQuality { positives, auc, log_loss, calibration, .. } = &heads[task];
                writeln!(
                    f,
                    "  {model:<42} AUC {auc:.4}  log loss {log_loss:.5}  calibration error {:.5}  ({positives} positive)",
                    calibration.error
                )?;
            }
            for (model, differences) in &self.compared {
                let (auc, loss) = &differences[task];
                writeln!(
                    f,
                    "  mixture less {model}: AUC {:+.4} [{:+.4}, {:+.4}]  log loss {:+.5} [{:+.5}, {:+.5}]",
                    auc.mean, auc.low, auc.high, loss.mean, loss.low, loss.high
                )?;
            }
        }
        writeln!(f, "\ncalibration of the mixture, ten bins of equal weight: predicted / observed")?;
        for (task, name) in EventKind::ALL.iter().enumerate() {
            let bins = &self.models[0].1[task].calibration.bins;
            let cells: Vec<String> =
                bins.iter().map(|bin| format!("{:.4}/{:.4}", bin.predicted, bin.observed)).collect();
            writeln!(f, "  {:<9} {}", name.code(), cells.join("  "))?;
        }
        writeln!(
            f,
            "\nrank correlation (Spearman) of a shopper's scores over all products with the true utility, mean over shoppers"
        )?;
        for (name, mean, (low, high)) in &self.agreement {
            writeln!(f, "  {name:<42} {mean:.3} [{low:.3}, {high:.3}]")?;
        }
        Ok(())
    }
}
