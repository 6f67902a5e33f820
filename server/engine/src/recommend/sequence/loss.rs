//! Cross-entropy over all items or a sample of them, with its gradients made in the same pass.
//!
//! Written out in tensor operations, the logits (positions x items, 100 MB and more a batch) would go through memory about ten times with a
//! scalar `exp`. Here they exist for a few hundred positions at a time and become the gradients at once.

use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef};
use pulp::{Simd, WithSimd};

use crate::encoder::math::exp;

/// Positions whose logits exist at the same time: 12 MB with 12,000 items.
const POSITIONS: usize = 256;

/// Which items stand in the soft-max of each position: the first `shared` rows of `items` in that of all, each later one only where it is the
/// target. `shift` is added to the logits of all but the target: `ln(all items / shared)` makes a uniform sample stand for all items.
pub(super) struct Choice {
    /// Row of the target for each position.
    pub(super) targets: Vec<usize>,
    pub(super) shared: usize,
    pub(super) shift: f32,
}

/// Mean cross-entropy of `softmax(states · items^T)` against the targets. `states` is `[positions, hidden]`, `items` is `[items, hidden]`.
pub(super) fn cross_entropy(states: &Tensor, items: &Tensor, choice: Choice) -> Result<Tensor> {
    let loss = CrossEntropy { choice, gradients: Mutex::new(None) };
    states.contiguous()?.apply_op2(&items.contiguous()?, loss)
}

struct CrossEntropy {
    choice: Choice,
    /// Gradients of states and items, from the forward pass to the backward pass.
    gradients: Mutex<Option<(Vec<f32>, Vec<f32>)>>,
}

impl CustomOp2 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(
        &self,
        states: &CpuStorage,
        states_layout: &Layout,
        items: &CpuStorage,
        items_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (positions, hidden) = states_layout.shape().dims2()?;
        let (item_count, _) = items_layout.shape().dims2()?;
        let states = contiguous(states, states_layout)?;
        let items = contiguous(items, items_layout)?;
        let Choice { targets, shared, shift } = &self.choice;
        if targets.len() != positions || targets.iter().any(|target| *target >= item_count) {
            bail!("targets do not fit {positions} positions and {item_count} items");
        }
        let items = MatRef::from_row_major_slice(items, item_count, hidden);
        let (mut by_states, mut by_items) = (vec![0.0; positions * hidden], vec![0.0; item_count * hidden]);
        let mut logits = vec![0.0; POSITIONS.min(positions) * item_count];
        let parallel = faer::get_global_parallelism();
        let arch = pulp::Arch::new();
        #[expect(clippy::cast_precision_loss, reason = "a batch has far fewer than 2^24 positions")]
        let share = 1.0 / positions as f32;
        let mut loss = 0.0_f64;
        let chunks = states.chunks(POSITIONS * hidden).zip(by_states.chunks_mut(POSITIONS * hidden));
        for ((states, by_states), targets) in chunks.zip(targets.chunks(POSITIONS)) {
            let rows = targets.len();
            let logits = &mut logits[..rows * item_count];
            let states = MatRef::from_row_major_slice(states, rows, hidden);
            let all = MatMut::from_row_major_slice_mut(logits, rows, item_count);
            matmul(all, Accum::Replace, states, items.transpose(), 1.0, parallel);
            for (row, target) in logits.chunks_exact_mut(item_count).zip(targets) {
                let logit = row[*target];
                if *shift != 0.0 {
                    row[..*shared].iter_mut().for_each(|logit| *logit += shift);
                }
                row[*shared..].fill(f32::MIN);
                row[*target] = logit;
                let (top, sum) = arch.dispatch(Exponentials { row: &mut *row });
                loss += f64::from(sum.ln() + top - logit);
                arch.dispatch(Scale { row: &mut *row, factor: share / sum });
                row[*target] -= share;
            }
            let logits = MatRef::from_row_major_slice(logits, rows, item_count);
            let by_states = MatMut::from_row_major_slice_mut(by_states, rows, hidden);
            matmul(by_states, Accum::Replace, logits, items, 1.0, parallel);
            let by_items = MatMut::from_row_major_slice_mut(&mut by_items, item_count, hidden);
            matmul(by_items, Accum::Add, logits.transpose(), states, 1.0, parallel);
        }
        if let Ok(mut gradients) = self.gradients.lock() {
            *gradients = Some((by_states, by_items));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the loss goes on as f32 like everything else")]
        let loss = (loss * f64::from(share)) as f32;
        Ok((CpuStorage::F32(vec![loss]), Shape::from(())))
    }

    fn bwd(
        &self,
        states: &Tensor,
        items: &Tensor,
        _loss: &Tensor,
        by_loss: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some((by_states, by_items)) = self.gradients.lock().ok().and_then(|mut gradients| gradients.take()) else {
            bail!("the gradients of a loss can be taken once");
        };
        let scaled = |values: Vec<f32>, like: &Tensor| {
            Tensor::from_vec(values, like.shape(), like.device())?.broadcast_mul(by_loss)
        };
        Ok((Some(scaled(by_states, states)?), Some(scaled(by_items, items)?)))
    }
}

fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("cross-entropy needs contiguous tensors"),
    }
}

/// `x = exp(x - max)`; gives the maximum and the sum.
struct Exponentials<'a> {
    row: &'a mut [f32],
}

impl WithSimd for Exponentials<'_> {
    type Output = (f32, f32);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (f32, f32) {
        let (body, rest) = S::as_mut_simd_f32s(self.row);
        let mut top = simd.splat_f32s(f32::MIN);
        for x in body.iter() {
            top = simd.max_f32s(top, *x);
        }
        let top = rest.iter().fold(simd.reduce_max_f32s(top), |top, x| top.max(*x));
        let tops = simd.splat_f32s(top);
        let mut sum = simd.splat_f32s(0.0);
        for x in body {
            *x = exp(simd, simd.sub_f32s(*x, tops));
            sum = simd.add_f32s(sum, *x);
        }
        let mut total = simd.reduce_sum_f32s(sum);
        for x in rest {
            *x = (*x - top).exp();
            total += *x;
        }
        (top, total)
    }
}

/// `x = x · factor`.
struct Scale<'a> {
    row: &'a mut [f32],
    factor: f32,
}

impl WithSimd for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (body, rest) = S::as_mut_simd_f32s(self.row);
        let factor = simd.splat_f32s(self.factor);
        for x in body {
            *x = simd.mul_f32s(*x, factor);
        }
        for x in rest {
            *x *= self.factor;
        }
    }
}
