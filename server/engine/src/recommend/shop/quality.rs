//! How good the probabilities of the ranking model are.

use serde::{Deserialize, Serialize};

use super::examples::Examples;
use super::ranker::TASKS;
use crate::metrics::{self, Calibration};

/// The quality of one task's probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadQuality {
    /// Examples.
    pub examples: usize,
    /// Those in which it happened.
    pub positives: usize,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Mean cross-entropy in nats, over the lists as they were shown.
    pub log_loss: f64,
    /// Expected calibration error with its table.
    pub calibration: Calibration,
}

/// Weight of each example: a stand-in that was kept counts for those that were not.
pub fn example_weights(examples: &Examples) -> Vec<f64> {
    let beside = 1.0 / f64::from(examples.rate.max(1e-6));
    examples.labels.iter().map(|labels| if labels[0] > 0.0 { 1.0 } else { beside }).collect()
}

/// The quality of view, cart and purchase from values `[n, 3]`.
pub fn quality(values: &[f32], examples: &Examples) -> Vec<HeadQuality> {
    let weights = example_weights(examples);
    (0..TASKS)
        .map(|task| {
            let own: Vec<f64> = values.chunks_exact(TASKS).map(|tasks| f64::from(tasks[task])).collect();
            head(&own, &labels(examples, task), &weights)
        })
        .collect()
}

/// Whether a task happened in each example.
pub fn labels(examples: &Examples, task: usize) -> Vec<bool> {
    examples.labels.iter().map(|labels| labels[task] > 0.5).collect()
}

/// The quality of one task's probabilities.
pub fn head(values: &[f64], labels: &[bool], weights: &[f64]) -> HeadQuality {
    HeadQuality {
        examples: labels.len(),
        positives: labels.iter().filter(|label| **label).count(),
        auc: metrics::auc(values, labels, weights),
        log_loss: metrics::weighted_mean(&metrics::log_losses(values, labels), weights),
        calibration: metrics::calibration(values, labels, weights),
    }
}
