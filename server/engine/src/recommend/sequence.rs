//! A causal self-attention model of histories ("Self-Attentive Sequential Recommendation", ICDM 2018), trained with soft-max cross-entropy
//! instead of one sampled negative for each item: that difference matters most (Klenitskiy and Vasilev, "Turning Dross Into Gold Loss", 2023).

mod loss;
mod network;
#[cfg(test)]
mod tests;
mod training;

use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Device, Tensor, Var};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef};

use super::{RecommendError, Recommender};
use crate::weights::{packed, unpacked};
use network::{Shape, Weights};

pub use training::{Progress, SequenceSettings, Trained};

/// Histories that go through the network together: of similar length, because all are filled up to the longest.
const GROUP: usize = 64;

/// `score(j) = state(history) · items[j]`.
#[derive(Debug, Clone)]
pub struct SequenceModel {
    shape: Shape,
    weights: Weights,
}

impl SequenceModel {
    /// Number of weights.
    pub fn weight_count(&self) -> usize {
        self.weights.values().map(|weight| weight.elem_count()).sum()
    }

    /// All weights as safetensors.
    ///
    /// # Errors
    /// Those of tensors.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecommendError> {
        let mut tensors: HashMap<String, Tensor> =
            self.weights.iter().map(|(name, weight)| (name.clone(), weight.as_tensor().clone())).collect();
        // The one size that no other tensor's shape tells.
        let heads = u32::try_from(self.shape.heads).unwrap_or(u32::MAX);
        tensors.insert("heads".to_owned(), Tensor::new(&[heads], &Device::Cpu)?);
        packed(&tensors)
    }

    /// Reads what [`SequenceModel::to_bytes`] gave.
    ///
    /// # Errors
    /// Bytes that are no safetensors, or a tensor that is missing or has another shape.
    pub fn from_bytes(bytes: &[u8]) -> Result<SequenceModel, RecommendError> {
        let mut tensors = unpacked(bytes)?;
        let wrong = |reason: &str| RecommendError::Model { reason: reason.to_owned() };
        let heads = tensors.remove("heads").ok_or_else(|| wrong("no tensor heads"))?.to_vec1::<u32>()?;
        let heads = heads.first().and_then(|heads| usize::try_from(*heads).ok()).unwrap_or(0);
        let (items, hidden) = tensors.get("items").ok_or_else(|| wrong("no tensor items"))?.dims2()?;
        let (window, _) = tensors.get("positions").ok_or_else(|| wrong("no tensor positions"))?.dims2()?;
        let blocks = (0..).take_while(|block| tensors.contains_key(&format!("{block}.attention.qkv.weight"))).count();
        if items == 0 || window == 0 || hidden == 0 || heads == 0 || hidden % heads != 0 {
            return Err(wrong("a size is 0, or the width is not a multiple of the number of heads"));
        }
        let shape = Shape { items, hidden, blocks, heads, window };
        let mut weights = Weights::new();
        for (name, expected) in network::dimensions(&shape) {
            let tensor = tensors.remove(&name).ok_or_else(|| wrong(&format!("no tensor {name}")))?;
            if tensor.dims() != expected || tensor.dtype() != DType::F32 {
                return Err(wrong(&format!("{name} is {:?}, expected {expected:?} in f32", tensor.dims())));
            }
            weights.insert(name, Var::from_tensor(&tensor)?);
        }
        Ok(SequenceModel { shape, weights })
    }

    /// The newest items of a history that the network sees.
    fn seen<'a>(&self, history: &'a [u32]) -> &'a [u32] {
        &history[history.len().saturating_sub(self.shape.window)..]
    }

    /// `[histories.len(), hidden]`: the state after the last item of each. None may be empty.
    fn last_states(&self, histories: &[&[u32]]) -> Result<Vec<f32>, RecommendError> {
        let length = histories.iter().map(|history| history.len()).max().unwrap_or(0);
        let states = network::states(&self.weights, &self.shape, filled(histories, length), length, None)?;
        let last: Vec<u32> = (0..)
            .zip(histories)
            .map(|(row, history): (usize, _)| u32::try_from(row * length + history.len() - 1).unwrap_or(u32::MAX))
            .collect();
        let last = Tensor::from_vec(last, histories.len(), &Device::Cpu)?;
        Ok(states.index_select(&last, 0)?.flatten_all()?.to_vec1()?)
    }
}

impl Recommender for SequenceModel {
    fn item_count(&self) -> usize {
        self.shape.items
    }

    /// An empty history scores 0 everywhere.
    fn scores(&self, histories: &[&[u32]]) -> Result<Vec<f32>, RecommendError> {
        let (items, hidden) = (self.shape.items, self.shape.hidden);
        let unknown = |item: &&u32| usize::try_from(**item).map_or(true, |item| item >= items);
        if let Some(item) = histories.iter().copied().flatten().find(unknown) {
            return Err(RecommendError::UnknownItem { item: *item, known: items });
        }
        let mut order: Vec<usize> = (0..histories.len()).filter(|row| !histories[*row].is_empty()).collect();
        order.sort_by_key(|row| histories[*row].len());
        let mut states = vec![0.0; histories.len() * hidden];
        for group in order.chunks(GROUP) {
            let seen: Vec<&[u32]> = group.iter().map(|row| self.seen(histories[*row])).collect();
            let found = self.last_states(&seen)?;
            for (row, state) in group.iter().zip(found.chunks_exact(hidden)) {
                states[row * hidden..][..hidden].copy_from_slice(state);
            }
        }
        let vectors: Vec<f32> = match self.weights.get("items") {
            Some(vectors) => vectors.flatten_all()?.to_vec1()?,
            None => return Err(RecommendError::Model { reason: "no tensor items".to_owned() }),
        };
        let mut scores = vec![0.0; histories.len() * items];
        matmul(
            MatMut::from_row_major_slice_mut(&mut scores, histories.len(), items),
            Accum::Replace,
            MatRef::from_row_major_slice(&states, histories.len(), hidden),
            MatRef::from_row_major_slice(&vectors, items, hidden).transpose(),
            1.0,
            faer::get_global_parallelism(),
        );
        Ok(scores)
    }
}

/// Histories as rows of one length, filled up with item 0 at the end.
fn filled(histories: &[&[u32]], length: usize) -> Vec<u32> {
    let mut ids = vec![0; histories.len() * length];
    for (row, history) in ids.chunks_exact_mut(length.max(1)).zip(histories) {
        row[..history.len()].copy_from_slice(history);
    }
    ids
}

/// A copy that later training steps do not change.
fn copied(weights: &Weights) -> candle_core::Result<Weights> {
    weights
        .iter()
        .map(|(name, weight)| Ok((name.clone(), Var::from_tensor(&weight.as_tensor().copy()?)?)))
        .collect::<candle_core::Result<BTreeMap<_, _>>>()
}
