//! Recommendation quality on a file of sequences. Needs no database.

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use alluvium_engine::EngineError;
use alluvium_engine::recommend::{
    LinearSettings, Measured, ModelKind, Progress, Protocol, RankQuality, SequenceSettings, Sequences, Step,
};

use crate::ServiceError;

/// Weights an item that the linear model keeps, as in serving.
const KEPT: usize = 500;

/// Which model to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecommendModel {
    /// Item-item weights in closed form.
    Linear,
    /// Self-attention over the history.
    Sequence,
    /// Both.
    Blend,
}

/// The answer of [`evaluate_recommend`].
#[derive(Debug, Clone)]
pub struct RecommendReport {
    users: usize,
    items: usize,
    events: usize,
    measured: Measured,
}

/// Trains and measures a model on the last item of each history: settings from the second last, everything but the last in the final training.
/// `progress` hears in words where it stands.
pub fn evaluate_recommend(
    file: &Path,
    model: RecommendModel,
    epochs: Option<usize>,
    progress: &mut dyn FnMut(&str),
) -> Result<RecommendReport, ServiceError> {
    let sequences = Sequences::read(file).map_err(EngineError::from)?;
    let mut sequence = SequenceSettings::default();
    sequence.epochs = epochs.unwrap_or(sequence.epochs);
    let kind = match model {
        RecommendModel::Linear => ModelKind::Linear,
        RecommendModel::Sequence => ModelKind::Sequence,
        RecommendModel::Blend => ModelKind::Blend,
    };
    let protocol = Protocol { kind, linear: LinearSettings::default(), kept: KEPT, sequence };
    let measured = protocol
        .run(&sequences, &mut |step| {
            if let Some(words) = words(step) {
                progress(&words);
            }
            ControlFlow::Continue(())
        })
        .map_err(EngineError::from)?;
    Ok(RecommendReport {
        users: sequences.user_count(),
        items: sequences.item_count(),
        events: sequences.event_count(),
        measured,
    })
}

/// What to say of a step; nothing within an epoch.
fn words(step: &Step) -> Option<String> {
    let epoch = |what: &str, at: &Progress| {
        let figure = at.validation.map(|ndcg| format!(", validation NDCG@10 {ndcg:.4}")).unwrap_or_default();
        (at.batch == at.batches).then(|| format!("{what}, epoch {}: loss {:.3}{figure}", at.epoch, at.loss))
    };
    match step {
        Step::Linear => Some("item-item weights".to_owned()),
        Step::Tuning(at) => epoch("sequence model without the validation items", at),
        Step::Training(at) => epoch("sequence model with the validation items", at),
        Step::Blending => Some("share of each model".to_owned()),
        Step::Testing => Some("ranking the test items".to_owned()),
    }
}

impl fmt::Display for RecommendReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured { quality, validation, epochs, share, beside, training_time, testing_time } = &self.measured;
        writeln!(f, "{} users, {} items, {} events", self.users, self.items, self.events)?;
        writeln!(f, "last item of each user among all items that are not in the history; ties count against it")?;
        if let Some(ndcg) = validation {
            writeln!(f, "validation NDCG@10 {ndcg:.4}")?;
        }
        if let Some(epochs) = epochs {
            writeln!(f, "epochs chosen by validation: {epochs}")?;
        }
        if let Some(share) = share {
            writeln!(f, "share of the sequence model chosen by validation: {share:.2}")?;
        }
        line(f, "test", quality)?;
        for (name, quality) in beside {
            line(f, &format!("test, {name}"), quality)?;
        }
        write!(f, "training {:.1} s, ranking {:.1} s", training_time.as_secs_f64(), testing_time.as_secs_f64())
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, q: &RankQuality) -> fmt::Result {
    let ((hit_low, hit_high), (low, high)) = (q.hit_rate_interval, q.ndcg_interval);
    writeln!(
        f,
        "{name} ({} users): HR@10 {:.4} [{hit_low:.4}, {hit_high:.4}]  NDCG@10 {:.4} [{low:.4}, {high:.4}]",
        q.users, q.hit_rate, q.ndcg
    )
}
