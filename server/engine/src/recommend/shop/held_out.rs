//! What came after a model's training, kept with it: the test on which it can be compared with another one.

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use super::examples::Examples;
use super::features::FEATURE_COUNT;
use super::quality::{example_weights, labels};
use super::ranker::{Ranker, TASKS};
use crate::metrics::{self, Difference};
use crate::recommend::RecommendError;
use crate::weights::{packed, unpacked};

/// Most examples that are kept: the newest.
const MOST: usize = 20_000;

/// Examples with whose they are.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    examples: Examples,
}

/// One task of two models on the same examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskDifference {
    /// Examples.
    pub examples: usize,
    /// Area under the ROC curve of the first.
    pub own: f64,
    /// Of the second.
    pub other: f64,
    /// The difference of the areas, with its interval by shopper.
    pub auc: Difference,
    /// The difference of the log losses, with its interval by shopper.
    pub log_loss: Difference,
}

fn wrong(reason: &str) -> RecommendError {
    RecommendError::Model { reason: reason.to_owned() }
}

impl HeldOut {
    /// The newest of some examples.
    pub fn new(all: &Examples) -> HeldOut {
        let from = all.len().saturating_sub(MOST);
        HeldOut {
            examples: Examples {
                rows: all.rows[from * FEATURE_COUNT..].to_vec(),
                labels: all.labels[from..].to_vec(),
                of: all.of[from..].to_vec(),
                rate: all.rate,
            },
        }
    }

    /// As safetensors: `rows`, `labels`, `shoppers` and `rate`.
    ///
    /// # Errors
    /// Those of tensors.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecommendError> {
        let n = self.examples.len();
        let shoppers: Vec<u32> = self.examples.of.iter().map(|of| of.0).collect();
        let tensors = HashMap::from([
            ("rows", Tensor::from_slice(&self.examples.rows, (n, FEATURE_COUNT), &Device::Cpu)?),
            ("labels", Tensor::from_slice(self.examples.labels.as_flattened(), (n, TASKS), &Device::Cpu)?),
            ("shoppers", Tensor::from_vec(shoppers, n, &Device::Cpu)?),
            ("rate", Tensor::from_slice(&[self.examples.rate], 1, &Device::Cpu)?),
        ]);
        packed(&tensors)
    }

    /// Reads what [`HeldOut::to_bytes`] gave.
    ///
    /// # Errors
    /// Tensors that are missing or do not fit each other.
    pub fn from_bytes(bytes: &[u8]) -> Result<HeldOut, RecommendError> {
        let mut tensors = unpacked(bytes)?;
        let mut take = |name: &str| tensors.remove(name).ok_or_else(|| wrong(&format!("no tensor {name}")));
        let rows = take("rows")?.flatten_all()?.to_vec1::<f32>()?;
        let labels = take("labels")?.flatten_all()?.to_vec1::<f32>()?;
        let shoppers = take("shoppers")?.to_vec1::<u32>()?;
        let rate = *take("rate")?.to_vec1::<f32>()?.first().ok_or_else(|| wrong("no rate"))?;
        let n = shoppers.len();
        // Shoppers are numbered: a larger number would make room for as many.
        let numbered = shoppers.iter().all(|shopper| *shopper < 100_000_000);
        if rows.len() != n * FEATURE_COUNT || labels.len() != n * TASKS || n > MOST || !numbered {
            return Err(wrong("rows, labels and shoppers do not fit each other"));
        }
        let labels = labels.chunks_exact(TASKS).map(|tasks| std::array::from_fn(|task| tasks[task])).collect();
        let of = shoppers.into_iter().map(|shopper| (shopper, 0, 0, 0)).collect();
        Ok(HeldOut { examples: Examples { rows, labels, of, rate } })
    }

    /// Two models on these examples, task by task. Nothing where there are no examples.
    pub fn compare(&self, own: &Ranker, other: &Ranker) -> Vec<TaskDifference> {
        if self.examples.is_empty() {
            return Vec::new();
        }
        let weights = example_weights(&self.examples);
        let shoppers: Vec<u32> = self.examples.of.iter().map(|of| of.0).collect();
        let values = [own.predict(&self.examples.rows), other.predict(&self.examples.rows)];
        (0..TASKS)
            .map(|task| {
                let [first, second]: [Vec<f64>; 2] = [0, 1].map(|model| {
                    let values: &Vec<f32> = &values[model];
                    values.iter().skip(task).step_by(TASKS).map(|value| f64::from(*value)).collect()
                });
                let labels = labels(&self.examples, task);
                let (auc, log_loss) = metrics::paired_by_cluster(&first, &second, &labels, &weights, &shoppers);
                TaskDifference {
                    examples: self.examples.len(),
                    own: metrics::auc(&first, &labels, &weights),
                    other: metrics::auc(&second, &labels, &weights),
                    auc,
                    log_loss,
                }
            })
            .collect()
    }
}
