//! Whether fine-tuning the encoder helps product search: each judged query is measured with an encoder that was trained without it.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use alluvium_domain::{Issue, Problem};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::Encoder;
use alluvium_engine::metrics::{self, Paired};
use alluvium_engine::products::{FEATURES, Feature, HYBRID, LinearRanker, shuffled};

use crate::evaluate_products::{Judged, Outcome, by, judged, judgements, load, quality};
use crate::recommend::Stop;
use crate::train_encoder::{pairs_of_folder, train_encoder};
use crate::{EncoderPlan, ProductEvaluation, ProductQuality, ServiceError};

/// Meaning alone.
const COSINE: LinearRanker = LinearRanker {
    method: "cosine (exact)",
    weights: {
        let mut weights = [0.0; FEATURES];
        weights[Feature::Cosine as usize] = 1.0;
        weights
    },
    centres: [0.0; FEATURES],
};

/// What to measure.
#[derive(Debug, Clone)]
pub struct EncoderEvaluation {
    /// Folder with `products.jsonl` and `judg*.csv`.
    pub folder: PathBuf,
    /// Folder of the encoder.
    pub encoder_dir: PathBuf,
    /// Where the vectors of the encoder as it is are kept.
    pub cache_dir: PathBuf,
    /// Where the encoders of the folds are put meanwhile.
    pub work_dir: PathBuf,
    /// Rank of a low-rank addition; none trains all weights.
    pub lora: Option<usize>,
    /// Passes over the pairs.
    pub epochs: usize,
    /// Parts that the queries are cut into.
    pub folds: usize,
    /// Stops it.
    pub stop: Stop,
}

/// The answer of [`evaluate_encoder`].
#[derive(Debug, Clone)]
pub struct EncoderReport {
    queries: usize,
    folds: usize,
    /// Mean number of pairs that a fold trained on.
    pairs: usize,
    /// Rows with the encoder as it is and as it was trained, for each ranker.
    pub rows: Vec<ProductQuality>,
    /// Ranker, and trained against as it is.
    pub tests: Vec<(&'static str, Paired)>,
}

/// Cuts the judged queries into folds, trains an encoder on all but one, and ranks the queries of that one with it. Blocks, for long.
pub fn evaluate_encoder(
    plan: &EncoderEvaluation,
    progress: &mut dyn FnMut(&str),
) -> Result<EncoderReport, ServiceError> {
    let measuring = |encoder_dir: PathBuf, cache_dir: PathBuf| ProductEvaluation {
        folder: plan.folder.clone(),
        folds: plan.folds,
        repeats: 1,
        encoder_dir: Some(encoder_dir),
        cache_dir,
        fit: false,
        stop: Stop::clone(&plan.stop),
    };
    let before = all(&measuring(plan.encoder_dir.clone(), plan.cache_dir.clone()), &|_| true, progress)?;
    if before.len() < plan.folds.max(2) {
        return Err(Problem::field("folds", Issue::OutOfRange { min: 2, max: before.len() as i64 }).into());
    }
    let order = shuffled(before.len(), 0);
    let mut after: Vec<Option<[Outcome; 2]>> = vec![None; before.len()];
    let mut trained_on = 0;
    for fold in 0..plan.folds {
        let places: Vec<usize> = (fold..order.len()).step_by(plan.folds).map(|place| order[place]).collect();
        let held_out: HashSet<&str> = places.iter().map(|place| before[*place].text.as_str()).collect();
        let pairs = pairs_of_folder(&plan.folder, &|query| !held_out.contains(query))?;
        trained_on += pairs.len();
        let out = plan.work_dir.join(format!("fold-{fold}"));
        let training = EncoderPlan {
            encoder_dir: plan.encoder_dir.clone(),
            out: out.clone(),
            lora: plan.lora,
            epochs: plan.epochs,
            stop: Stop::clone(&plan.stop),
            kept: None,
        };
        let trained = train_encoder(&pairs, &training, &mut |step| {
            if step.step % 10 == 0 || step.step == step.steps {
                progress(&format!("fold {}: step {} of {}, loss {:.4}", fold + 1, step.step, step.steps, step.loss));
            }
        })?;
        progress(&format!("fold {}: loss {:.4} to {:.4}", fold + 1, trained.losses.0, trained.losses.1));
        let ranked = all(&measuring(out.clone(), out.join("vectors")), &|query| held_out.contains(query), progress)?;
        for judged in &ranked {
            if let Some(place) = before.iter().position(|one| one.text == judged.text) {
                after[place] = Some([by(&COSINE, judged), by(&HYBRID, judged)]);
            }
        }
        if plan.stop.load(Ordering::Relaxed) {
            return Err(ServiceError::Cancelled);
        }
        std::fs::remove_dir_all(&out)
            .map_err(|source| ServiceError::File { path: out.display().to_string(), source })?;
    }
    let mut rows = Vec::new();
    let mut tests = Vec::new();
    for (place, (names, ranker)) in
        [(["cosine", "trained cosine"], &COSINE), (["hybrid", "trained hybrid"], &HYBRID)].into_iter().enumerate()
    {
        let own: Vec<Outcome> = before.iter().map(|judged| by(ranker, judged)).collect();
        let new: Vec<Outcome> = after.iter().map(|both| both.map(|both| both[place]).unwrap_or_default()).collect();
        let ndcg = |outcomes: &[Outcome]| outcomes.iter().map(|outcome| outcome.ndcg).collect::<Vec<f64>>();
        tests.push((names[0], metrics::paired(&ndcg(&new), &ndcg(&own))));
        rows.extend([quality(names[0], &own), quality(names[1], &new)]);
    }
    Ok(EncoderReport { queries: before.len(), folds: plan.folds, pairs: trained_on / plan.folds, rows, tests })
}

/// Judged queries of a folder with their candidates, by an encoder.
fn all(
    plan: &ProductEvaluation,
    wanted: &dyn Fn(&str) -> bool,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Judged>, ServiceError> {
    let encoder = plan.encoder_dir.clone().map(Encoder::load).transpose().map_err(EngineError::from)?;
    let (index, numbers) = load(plan, encoder.as_ref(), progress)?;
    let mut queries = judgements(&plan.folder)?;
    queries.retain(|query, _| wanted(query));
    judged(&index, &numbers, encoder.as_ref(), queries)
}

impl fmt::Display for EncoderReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} judged queries with a positive grade, each measured with an encoder trained on those of the other {} of {} folds ({} pairs)",
            self.queries,
            self.folds - 1,
            self.folds,
            self.pairs
        )?;
        writeln!(f, "NDCG@10 with linear gain, unjudged = 0; intervals 95 % bootstrap over queries")?;
        for row in &self.rows {
            writeln!(
                f,
                "{:<16} NDCG@10 {:.3} [{:.3}, {:.3}]  MRR {:.3}  recall@10 {:.3}  judged@10 {:.3}",
                row.ranker, row.ndcg.0, row.ndcg.1.0, row.ndcg.1.1, row.mrr.0, row.recall.0, row.judged
            )?;
        }
        for (ranker, test) in &self.tests {
            let verdict = match test.interval {
                (low, _) if low > 0.0 => "better",
                (_, high) if high < 0.0 => "worse",
                _ => "within noise",
            };
            writeln!(
                f,
                "{ranker}, trained - as it is: {:+.4} [{:+.4}, {:+.4}], randomisation p = {:.4}: {verdict}",
                test.difference, test.interval.0, test.interval.1, test.p
            )?;
        }
        Ok(())
    }
}
