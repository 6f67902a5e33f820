//! Golden inputs: what a model answered when it was trained, kept with it, so that whoever loads it can see that it still does.

use serde::{Deserialize, Serialize};

use super::features::FEATURE_COUNT;
use super::model::ShopModel;
use super::ranker::TASKS;
use super::reasons::attribute;
use crate::random::SplitMix;
use crate::recommend::{RecommendError, Recommender};
use crate::self_check::SelfCheck;

/// Rows of features, and histories.
const POINTS: (usize, usize) = (24, 6);
/// Items of a history, and items whose scores are kept.
const ITEMS: (usize, usize) = (8, 32);

/// Inputs with the outputs that they gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Golden {
    /// Rows of features.
    rows: Vec<Vec<f32>>,
    /// The tasks' probabilities of each row.
    tasks: Vec<[f32; TASKS]>,
    /// Histories of items.
    histories: Vec<Vec<u32>>,
    /// Item-item scores of the first items after each history.
    item_item: Vec<Vec<f32>>,
    /// The same of the sequence model; empty where there is none.
    sequence: Vec<Vec<f32>>,
}

impl Golden {
    /// As a file.
    ///
    /// # Errors
    /// Those of JSON: a number that is none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecommendError> {
        serde_json::to_vec(self).map_err(|error| RecommendError::Model { reason: error.to_string() })
    }

    /// Reads what [`Golden::to_bytes`] gave.
    ///
    /// # Errors
    /// Another form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Golden, RecommendError> {
        let wrong = |reason: String| RecommendError::Model { reason };
        let golden: Golden = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        let whole = golden.rows.iter().all(|row| row.len() == FEATURE_COUNT)
            && golden.rows.len() == golden.tasks.len()
            && golden.histories.len() == golden.item_item.len()
            && (golden.sequence.is_empty() || golden.histories.len() == golden.sequence.len());
        if whole { Ok(golden) } else { Err(wrong("golden inputs and outputs do not fit each other".to_owned())) }
    }
}

impl ShopModel {
    /// Inputs around what the model was trained on, with its answers.
    ///
    /// # Errors
    /// Those of the sequence model.
    pub fn golden(&self) -> Result<Golden, RecommendError> {
        let mut random = SplitMix::new(0x601d);
        let row = |random: &mut SplitMix| -> Vec<f32> {
            let spread = self.ranker.mean.iter().zip(&self.ranker.scale);
            spread.map(|(mean, scale)| if *scale > 0.0 { mean + random.normal() / scale } else { *mean }).collect()
        };
        let rows: Vec<Vec<f32>> = (0..POINTS.0).map(|_| row(&mut random)).collect();
        let mut history = || -> Vec<u32> {
            (0..ITEMS.0).filter_map(|_| u32::try_from(random.below(self.items.len())).ok()).collect()
        };
        let histories: Vec<Vec<u32>> = (0..POINTS.1).map(|_| history()).collect();
        let (item_item, sequence) = self.voices(&histories)?;
        let tasks = self.tasks(&rows);
        Ok(Golden { rows, tasks, histories, item_item, sequence })
    }

    fn tasks(&self, rows: &[Vec<f32>]) -> Vec<[f32; TASKS]> {
        let values = self.ranker.predict(&rows.concat());
        values.chunks_exact(TASKS).map(|tasks| std::array::from_fn(|task| tasks[task])).collect()
    }

    #[expect(clippy::type_complexity, reason = "scores of two models")]
    fn voices(&self, histories: &[Vec<u32>]) -> Result<(Vec<Vec<f32>>, Vec<Vec<f32>>), RecommendError> {
        let first = |scores: &[f32]| scores.iter().take(ITEMS.1).copied().collect();
        let mut item_item = Vec::new();
        for history in histories {
            let weighted: Vec<(u32, f32)> = history.iter().map(|item| (*item, 1.0)).collect();
            let mut scores = vec![0.0; self.items.len()];
            self.linear.add_scores(&weighted, &mut scores)?;
            item_item.push(first(&scores));
        }
        let sequence = match &self.sequence {
            Some(model) => {
                let plain: Vec<&[u32]> = histories.iter().map(Vec::as_slice).collect();
                model.scores(&plain)?.chunks_exact(self.items.len().max(1)).map(first).collect()
            }
            None => Vec::new(),
        };
        Ok((item_item, sequence))
    }

    /// Answers golden inputs and explains the rows among them.
    ///
    /// # Errors
    /// Items that the model does not know.
    pub fn self_check(&self, golden: &Golden) -> Result<SelfCheck, RecommendError> {
        let (item_item, sequence) = self.voices(&golden.histories)?;
        let tasks = self.tasks(&golden.rows);
        let own = tasks.as_flattened().iter().chain(item_item.iter().flatten()).chain(sequence.iter().flatten());
        let kept = golden.tasks.as_flattened().iter();
        let kept = kept.chain(golden.item_item.iter().flatten()).chain(golden.sequence.iter().flatten());
        let mut found = SelfCheck::default();
        for (own, kept) in own.clone().zip(kept.clone()) {
            found.output(*own, *kept);
        }
        if own.count() != kept.count() {
            return Err(RecommendError::Model { reason: "it gives another number of golden outputs".to_owned() });
        }
        for (row, tasks) in golden.rows.iter().zip(&tasks) {
            let attribution = attribute(&self.ranker, row, &self.ranker.mean);
            for (task, value) in tasks.iter().enumerate() {
                let sum: f64 = attribution.groups.iter().map(|group| group[task]).sum();
                found.gap(attribution.baseline[task] + sum - f64::from(*value));
            }
        }
        Ok(found)
    }
}
