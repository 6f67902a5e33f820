//! Item-item weights as safetensors.

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use super::{LinearModel, Weights};
use crate::recommend::RecommendError;
use crate::weights::{packed, unpacked};

impl LinearModel {
    /// The weights as safetensors: `decay` and either `dense`, `[items, items]`, or `counts` (weights of each item), `targets` and `values`.
    ///
    /// # Errors
    /// Those of tensors.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecommendError> {
        let mut tensors = HashMap::new();
        tensors.insert("decay", Tensor::new(&[self.history_decay], &Device::Cpu)?);
        match &self.weights {
            Weights::Dense(weights) => {
                tensors.insert("dense", Tensor::from_slice(weights, (self.items, self.items), &Device::Cpu)?);
            }
            Weights::Sparse { starts, entries } => {
                let counts: Vec<u32> =
                    starts.windows(2).map(|pair| u32::try_from(pair[1] - pair[0]).unwrap_or(u32::MAX)).collect();
                let (targets, values): (Vec<u32>, Vec<f32>) = entries.iter().copied().unzip();
                tensors.insert("counts", Tensor::from_vec(counts, self.items, &Device::Cpu)?);
                tensors.insert("targets", Tensor::from_vec(targets, entries.len(), &Device::Cpu)?);
                tensors.insert("values", Tensor::from_vec(values, entries.len(), &Device::Cpu)?);
            }
        }
        packed(&tensors)
    }

    /// Reads what [`LinearModel::to_bytes`] gave.
    ///
    /// # Errors
    /// Bytes that are no safetensors, or tensors that do not fit each other.
    pub fn from_bytes(bytes: &[u8]) -> Result<LinearModel, RecommendError> {
        let mut tensors = unpacked(bytes)?;
        let wrong = |reason: &str| RecommendError::Model { reason: reason.to_owned() };
        let mut take = |name: &str| tensors.remove(name).ok_or_else(|| wrong(&format!("no tensor {name}")));
        let history_decay = *take("decay")?.to_vec1::<f32>()?.first().ok_or_else(|| wrong("no decay"))?;
        if let Ok(dense) = take("dense") {
            let (rows, columns) = dense.dims2()?;
            if rows != columns {
                return Err(wrong("the weights are not square"));
            }
            let weights = Weights::Dense(dense.flatten_all()?.to_vec1()?);
            return Ok(LinearModel { items: rows, history_decay, weights });
        }
        let counts = take("counts")?.to_vec1::<u32>()?;
        let targets = take("targets")?.to_vec1::<u32>()?;
        let values = take("values")?.to_vec1::<f32>()?;
        let items = counts.len();
        let mut starts = vec![0_usize];
        for count in counts {
            let last = starts.last().copied().unwrap_or_default();
            starts.push(last + usize::try_from(count).unwrap_or_default());
        }
        let known = |target: &u32| usize::try_from(*target).is_ok_and(|target| target < items);
        let sorted = starts.windows(2).all(|pair| targets.get(pair[0]..pair[1]).is_some_and(<[u32]>::is_sorted));
        if !sorted
            || starts.last() != Some(&targets.len())
            || values.len() != targets.len()
            || !targets.iter().all(known)
        {
            return Err(wrong("counts, targets and values do not fit each other"));
        }
        let entries = targets.into_iter().zip(values).collect();
        Ok(LinearModel { items, history_decay, weights: Weights::Sparse { starts, entries } })
    }
}

#[cfg(test)]
mod tests {
    use super::super::LinearSettings;
    use super::*;

    #[test]
    fn what_was_saved_is_what_is_loaded() {
        let histories: [&[u32]; 3] = [&[0, 1, 2], &[1, 2, 3], &[0, 3, 1]];
        let model = LinearModel::train(&histories, 4, &LinearSettings::default()).unwrap();
        for model in [model.pruned(2), model] {
            assert_eq!(LinearModel::from_bytes(&model.to_bytes().unwrap()).unwrap(), model);
        }
        assert!(LinearModel::from_bytes(b"none").is_err());
    }
}
