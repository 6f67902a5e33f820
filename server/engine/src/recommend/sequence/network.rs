//! The forward pass: causal self-attention over the last items.

use std::collections::BTreeMap;

use candle_core::{D, DType, Device, Result, Tensor, Var};
use candle_nn::ops::{layer_norm_slow, softmax};

use crate::random::SplitMix;

/// Sizes that make the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) items: usize,
    pub(super) hidden: usize,
    pub(super) blocks: usize,
    pub(super) heads: usize,
    /// Longest history; of a longer one, the newest items count.
    pub(super) window: usize,
}

/// Weights by name. A sorted map, so that initial weights and updates come in the same order each time.
pub(super) type Weights = BTreeMap<String, Var>;

const NORM_EPSILON: f32 = 1e-6;

/// Matrices of a block: name, inputs and outputs in units of the width.
const MATRICES: [(&str, usize, usize); 4] =
    [("attention.qkv", 1, 3), ("attention.out", 1, 1), ("forward.up", 1, 2), ("forward.down", 2, 1)];

/// Names and dimensions of all weights.
pub(super) fn dimensions(shape: &Shape) -> Vec<(String, Vec<usize>)> {
    let h = shape.hidden;
    let mut all = vec![("items".to_owned(), vec![shape.items, h]), ("positions".to_owned(), vec![shape.window, h])];
    let mut norms = vec!["norm".to_owned()];
    for block in 0..shape.blocks {
        for (name, inputs, outputs) in MATRICES {
            all.push((format!("{block}.{name}.weight"), vec![inputs * h, outputs * h]));
            all.push((format!("{block}.{name}.bias"), vec![outputs * h]));
        }
        norms.extend([format!("{block}.attention.norm"), format!("{block}.forward.norm")]);
    }
    for name in norms {
        all.push((format!("{name}.gain"), vec![h]));
        all.push((format!("{name}.bias"), vec![h]));
    }
    all
}

/// All weights with their first values: matrices normal with variance `1 / inputs`; vectors of items small, so that logits start near 0 and what
/// is learnt soon outweighs what was drawn.
pub(super) fn initial(shape: &Shape, random: &mut SplitMix) -> Result<Weights> {
    let mut weights = Weights::new();
    for (name, dims) in dimensions(shape) {
        #[expect(clippy::cast_precision_loss, reason = "a width is far below 2^24")]
        let deviation = match (name.as_str(), dims.as_slice()) {
            ("items" | "positions", _) => 0.02,
            (_, [inputs, _]) => (*inputs as f32).sqrt().recip(),
            _ => 0.0,
        };
        let mean = if name.ends_with(".gain") { 1.0 } else { 0.0 };
        let draw = |_| if deviation > 0.0 { deviation * random.normal() } else { mean };
        let values: Vec<f32> = (0..dims.iter().product()).map(draw).collect();
        weights.insert(name, Var::from_vec(values, dims, &Device::Cpu)?);
    }
    Ok(weights)
}

/// Random zeros while training.
pub(super) struct Dropout<'a> {
    pub(super) random: &'a mut SplitMix,
    pub(super) rate: f32,
}

impl Dropout<'_> {
    fn apply(&mut self, x: &Tensor) -> Result<Tensor> {
        let kept = (1.0 - self.rate).recip();
        let draw = |_| if self.random.unit() < self.rate { 0.0 } else { kept };
        let mask: Vec<f32> = (0..x.elem_count()).map(draw).collect();
        x * Tensor::from_vec(mask, x.shape(), x.device())?
    }
}

fn drop(x: Tensor, dropout: &mut Option<Dropout<'_>>) -> Result<Tensor> {
    match dropout {
        Some(dropout) if dropout.rate > 0.0 => dropout.apply(&x),
        _ => Ok(x),
    }
}

/// States after each item: `[batch * length, hidden]` from `ids`, `[batch, length]` row by row. Shorter histories are filled up at the end:
/// attention looks back only, so that the filling cannot reach what comes before it.
pub(super) fn states(
    weights: &Weights,
    shape: &Shape,
    ids: Vec<u32>,
    length: usize,
    mut dropout: Option<Dropout<'_>>,
) -> Result<Tensor> {
    let batch = ids.len() / length.max(1);
    let h = shape.hidden;
    let weight = |name: &str| match weights.get(name) {
        Some(weight) => Ok(weight.as_tensor()),
        None => candle_core::bail!("no weight {name}"),
    };
    let linear = |x: &Tensor, name: &str| {
        x.matmul(weight(&format!("{name}.weight"))?)?.broadcast_add(weight(&format!("{name}.bias"))?)
    };
    let norm = |x: &Tensor, name: &str| {
        layer_norm_slow(x, weight(&format!("{name}.gain"))?, weight(&format!("{name}.bias"))?, NORM_EPSILON)
    };
    let ids = Tensor::from_vec(ids, batch * length, &Device::Cpu)?;
    let items = weight("items")?.index_select(&ids, 0)?.reshape((batch, length, h))?;
    let x = items.broadcast_add(&weight("positions")?.narrow(0, 0, length)?)?.reshape((batch * length, h))?;
    let mut x = drop(x, &mut dropout)?;
    let mask = mask(length)?;
    let size = h / shape.heads;
    #[expect(clippy::cast_precision_loss, reason = "a width is far below 2^24")]
    let scale = (size as f64).sqrt().recip();
    for block in 0..shape.blocks {
        // [batch * length, 3 * hidden] -> [3, batch, heads, length, size]
        let qkv = linear(&norm(&x, &format!("{block}.attention.norm"))?, &format!("{block}.attention.qkv"))?;
        let qkv = qkv.reshape((batch, length, 3, shape.heads, size))?.permute((2, 0, 3, 1, 4))?;
        let part = |which: usize| qkv.get(which)?.contiguous();
        let scores = (part(0)?.matmul(&part(1)?.t()?)? * scale)?.broadcast_add(&mask)?;
        let seen = drop(softmax(&scores, D::Minus1)?, &mut dropout)?.matmul(&part(2)?)?;
        let seen = seen.transpose(1, 2)?.reshape((batch * length, h))?;
        x = (x + drop(linear(&seen, &format!("{block}.attention.out"))?, &mut dropout)?)?;
        let up = linear(&norm(&x, &format!("{block}.forward.norm"))?, &format!("{block}.forward.up"))?.relu()?;
        x = (x + drop(linear(&up, &format!("{block}.forward.down"))?, &mut dropout)?)?;
    }
    norm(&x, "norm")
}

/// `[length, length]`: 0 where a position may look, a large negative number where that is the future.
fn mask(length: usize) -> Result<Tensor> {
    let values: Vec<f32> = (0..length * length).map(|i| if i % length > i / length { -1e9 } else { 0.0 }).collect();
    Tensor::from_vec(values, (length, length), &Device::Cpu)?.to_dtype(DType::F32)
}
