//! The ranking model as a network of tensors: what gradients are taken of. And one with other weights: what explanations should not survive.

use candle_core::{D, Device, Result, Tensor};
use candle_nn::ops::{sigmoid, softmax};

use super::features::FEATURE_COUNT;
use super::ranker::{Body, Experts, FURTHEST, Ranker, TASKS};
use crate::random::SplitMix;

impl Ranker {
    /// `[n, FEATURE_COUNT]` to the `[n]` weighted sums of the tasks' probabilities: the same numbers as [`Ranker::predict`], with gradients.
    ///
    /// # Errors
    /// Those of tensor arithmetic.
    pub fn network(&self, rows: &Tensor, weights: &[f64; TASKS]) -> Result<Tensor> {
        let input = rows.broadcast_sub(&vector(&self.mean)?)?.broadcast_mul(&vector(&self.scale)?)?;
        let logits = match &self.body {
            Body::Additive { weights, bias } => {
                input.matmul(&matrix(weights.as_flattened(), FEATURE_COUNT)?)?.broadcast_add(&vector(bias)?)?
            }
            Body::Experts(network) => network.tensors(&input.clamp(-FURTHEST, FURTHEST)?)?,
        };
        let probabilities = sigmoid(&logits)?;
        let mut reached = probabilities.narrow(1, 0, 1)?;
        let mut score = (&reached * weights[0])?;
        for (task, weight) in weights.iter().enumerate().take(logits.dim(1)?).skip(1) {
            reached = (reached * probabilities.narrow(1, task, 1)?)?;
            score = (score + (&reached * *weight)?)?;
        }
        score.squeeze(1)
    }

    /// The same network with its weights drawn anew: normal with mean 0 and the spread of each matrix, so that what was learnt is gone and the scale stays
    /// (Adebayo et al., `NeurIPS` 2018: weights are initialised again).
    pub fn redrawn(&self, seed: u64) -> Ranker {
        let mut random = SplitMix::new(seed);
        let mut other = self.clone();
        match &mut other.body {
            Body::Additive { weights, .. } => redraw(weights.as_flattened_mut(), &mut random),
            Body::Experts(network) => {
                let Experts { bottom, gates, towers, heads, .. } = network;
                redraw(&mut bottom.0, &mut random);
                redraw(&mut bottom.1, &mut random);
                redraw(&mut gates.0, &mut random);
                redraw(&mut gates.1, &mut random);
                for (weights, bias) in towers {
                    redraw(weights, &mut random);
                    redraw(bias, &mut random);
                }
                for (weights, _) in heads {
                    redraw(weights, &mut random);
                }
            }
        }
        other
    }
}

/// Draws from a normal distribution with mean 0 and the root mean square of the values.
fn redraw(values: &mut [f32], random: &mut SplitMix) {
    #[expect(clippy::cast_precision_loss, reason = "a matrix has far fewer weights than 2^24")]
    let n = values.len().max(1) as f32;
    let spread = (values.iter().map(|value| value * value).sum::<f32>() / n).sqrt();
    for value in values {
        *value = spread * random.normal();
    }
}

impl Experts {
    /// `[n, features]` to conditional logits `[n, tasks]`.
    fn tensors(&self, input: &Tensor) -> Result<Tensor> {
        let n = input.dim(0)?;
        let affine = |x: &Tensor, weights: &[f32], bias: &[f32]| {
            x.matmul(&matrix(weights, x.dim(1)?)?)?.broadcast_add(&vector(bias)?)
        };
        // [n, experts, hidden]
        let bottom = affine(input, &self.bottom.0, &self.bottom.1)?.relu()?.reshape((n, self.experts, self.hidden))?;
        // [n, tasks, experts]
        let gates = affine(input, &self.gates.0, &self.gates.1)?.reshape((n, self.tasks, self.experts))?;
        let gates = softmax(&gates, D::Minus1)?;
        let mut logits = Vec::with_capacity(self.tasks);
        for (task, (tower, head)) in self.towers.iter().zip(&self.heads).enumerate() {
            let gate = gates.narrow(1, task, 1)?.squeeze(1)?.unsqueeze(2)?;
            let mixed = bottom.broadcast_mul(&gate)?.sum(1)?;
            let tower = affine(&mixed, &tower.0, &tower.1)?.relu()?;
            logits.push(affine(&tower, &head.0, &[head.1])?);
        }
        Tensor::cat(&logits, 1)
    }
}

fn vector(values: &[f32]) -> Result<Tensor> {
    Tensor::from_slice(values, values.len(), &Device::Cpu)
}

/// `[inputs, outputs]`.
fn matrix(values: &[f32], inputs: usize) -> Result<Tensor> {
    Tensor::from_slice(values, (inputs, values.len() / inputs.max(1)), &Device::Cpu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::shop::weighted;

    fn drawn(count: usize, random: &mut SplitMix) -> Vec<f32> {
        (0..count).map(|_| 0.4 * random.normal()).collect()
    }

    fn experts(random: &mut SplitMix) -> Ranker {
        let (experts, hidden, tower) = (3, 8, 5);
        let network = Experts {
            experts,
            hidden,
            tower,
            tasks: TASKS,
            bottom: (drawn(FEATURE_COUNT * experts * hidden, random), drawn(experts * hidden, random)),
            gates: (drawn(FEATURE_COUNT * TASKS * experts, random), drawn(TASKS * experts, random)),
            towers: (0..TASKS).map(|_| (drawn(hidden * tower, random), drawn(tower, random))).collect(),
            heads: (0..TASKS).map(|_| (drawn(tower, random), 0.1)).collect(),
        };
        Ranker { mean: drawn(FEATURE_COUNT, random), scale: vec![1.5; FEATURE_COUNT], body: Body::Experts(network) }
    }

    #[test]
    fn tensors_and_slices_say_the_same() {
        let mut random = SplitMix::new(3);
        let weights = [1.0, 4.0, 10.0];
        for ranker in [experts(&mut random), Ranker::by_hand()] {
            // Some far beyond what counts.
            let rows: Vec<f32> = drawn(7 * FEATURE_COUNT, &mut random).iter().map(|value| 10.0 * value).collect();
            let tensor = Tensor::from_slice(&rows, (7, FEATURE_COUNT), &Device::Cpu).expect("it fits");
            let scores: Vec<f32> =
                ranker.network(&tensor, &weights).and_then(|scores| scores.to_vec1()).expect("it calculates");
            for (score, tasks) in scores.iter().zip(ranker.predict(&rows).chunks_exact(TASKS)) {
                let sum = weighted(tasks, &weights);
                assert!((f64::from(*score) - sum).abs() < 1e-4, "{score} {sum}");
            }
        }
    }

    #[test]
    fn other_weights_answer_otherwise_and_the_same_each_time() {
        let mut random = SplitMix::new(5);
        let ranker = experts(&mut random);
        let row = drawn(FEATURE_COUNT, &mut random);
        assert_ne!(ranker.redrawn(1).predict(&row), ranker.predict(&row));
        assert_eq!(ranker.redrawn(1), ranker.redrawn(1));
    }
}
