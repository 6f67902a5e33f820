//! The ranking network in candle, for training: multi-gate mixture of experts with a chain of conditional probabilities.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use candle_core::{D, Device, Result, Tensor, Var};
use candle_nn::ops::softmax;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use serde::Serialize;

use super::examples::Examples;
use super::features::FEATURE_COUNT;
use super::ranker::{Body, Experts, FURTHEST, Ranker, TASKS};
use crate::random::SplitMix;
use crate::recommend::RecommendError;

/// Sizes and training of the ranking network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RankSettings {
    /// Experts; one makes the shared bottom (Caruana, Machine Learning 1997), more the multi-gate mixture (Ma et al., KDD 2018).
    pub experts: usize,
    /// Width of an expert.
    pub hidden: usize,
    /// Width of a task's tower.
    pub tower: usize,
    /// Adam's step.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Examples a step.
    pub batch: usize,
    /// Most passes over the examples.
    pub epochs: usize,
    /// Passes without a better loss on the newest tenth of the examples until training stops.
    pub patience: usize,
    /// Of initial weights and order.
    pub seed: u64,
}

impl Default for RankSettings {
    fn default() -> Self {
        RankSettings {
            experts: 4,
            hidden: 24,
            tower: 12,
            learning_rate: 3e-3,
            weight_decay: 1e-3,
            batch: 512,
            epochs: 15,
            patience: 2,
            seed: 1,
        }
    }
}

/// Which tasks a network learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankTasks {
    /// View, cart and purchase at once.
    All,
    /// The one at this place alone: what the others are measured against.
    Single(usize),
}

/// Where training stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankProgress {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean loss of the epoch's examples, summed over tasks, in nats.
    pub loss: f64,
    /// The same on the newest tenth, which is not trained on.
    pub validation: f64,
}

struct Network {
    weights: BTreeMap<String, Var>,
    experts: usize,
    hidden: usize,
    tasks: usize,
    /// Added to the first logit while training: `-ln(rate)` where stand-ins are kept with this rate, so that without it the logit is that of
    /// the lists as they were shown.
    shift: f64,
}

impl Ranker {
    /// Trains on examples in the order of time. `progress` hears of each epoch and stops training by answering `Break`.
    ///
    /// The loss is the sum over tasks of the cross-entropy in the entire space: all examples count for all tasks.
    ///
    /// # Errors
    /// [`RecommendError::NothingToTrain`] with fewer than twenty examples, [`RecommendError::Cancelled`].
    pub fn train(
        examples: &Examples,
        tasks: RankTasks,
        settings: &RankSettings,
        progress: &mut dyn FnMut(&RankProgress) -> ControlFlow<()>,
    ) -> std::result::Result<Ranker, RecommendError> {
        let n = examples.len();
        if n < 20 {
            return Err(RecommendError::NothingToTrain);
        }
        let (mean, scale) = moments(&examples.rows);
        let inputs: Vec<f32> = examples
            .rows
            .chunks_exact(FEATURE_COUNT)
            .flat_map(|row| row.iter().zip(&mean).zip(&scale))
            .map(|((value, mean), scale)| ((value - mean) * scale).clamp(-FURTHEST, FURTHEST))
            .collect();
        let labels: Vec<f32> = match tasks {
            RankTasks::All => examples.labels.iter().flatten().copied().collect(),
            RankTasks::Single(task) => examples.labels.iter().map(|labels| labels[task]).collect(),
        };
        let count = if tasks == RankTasks::All { TASKS } else { 1 };
        let mut random = SplitMix::new(settings.seed);
        let network = Network::new(settings, count, -f64::from(examples.rate).ln(), &mut random)?;
        let held = n / 10;
        let held_x = Tensor::from_slice(&inputs[(n - held) * FEATURE_COUNT..], (held, FEATURE_COUNT), &Device::Cpu)?;
        let held_y = Tensor::from_slice(&labels[(n - held) * count..], (held, count), &Device::Cpu)?;
        let parameters =
            ParamsAdamW { lr: settings.learning_rate, weight_decay: settings.weight_decay, ..Default::default() };
        let mut adam = AdamW::new(network.weights.values().cloned().collect(), parameters)?;
        let mut order: Vec<usize> = (0..n - held).collect();
        let mut best: Option<(f64, usize, Experts)> = None;
        for epoch in 1..=settings.epochs {
            random.shuffle(&mut order);
            let mut total = 0.0;
            for batch in order.chunks(settings.batch.max(1)) {
                let x: Vec<f32> =
                    batch.iter().flat_map(|row| &inputs[row * FEATURE_COUNT..][..FEATURE_COUNT]).copied().collect();
                let y: Vec<f32> = batch.iter().flat_map(|row| &labels[row * count..][..count]).copied().collect();
                let x = Tensor::from_vec(x, (batch.len(), FEATURE_COUNT), &Device::Cpu)?;
                let y = Tensor::from_vec(y, (batch.len(), count), &Device::Cpu)?;
                let loss = network.loss(&x, &y)?;
                adam.backward_step(&loss)?;
                total += f64::from(loss.to_scalar::<f32>()?) * batch.len() as f64;
            }
            let validation = f64::from(network.loss(&held_x, &held_y)?.to_scalar::<f32>()?);
            let state = RankProgress { epoch, loss: total / order.len() as f64, validation };
            if progress(&state).is_break() {
                return Err(RecommendError::Cancelled);
            }
            if best.as_ref().is_none_or(|best| validation < best.0) {
                best = Some((validation, epoch, network.plain()?));
            } else if best.as_ref().is_some_and(|best| epoch >= best.1 + settings.patience) {
                break;
            }
        }
        let (_, _, experts) = best.ok_or(RecommendError::NothingToTrain)?;
        Ok(Ranker { mean, scale, body: Body::Experts(experts) })
    }
}

impl Network {
    fn new(settings: &RankSettings, tasks: usize, shift: f64, random: &mut SplitMix) -> Result<Network> {
        let RankSettings { experts, hidden, tower, .. } = *settings;
        let (experts, hidden, tower) = (experts.max(1), hidden.max(1), tower.max(1));
        let mut weights = BTreeMap::new();
        let mut add = |name: String, inputs: usize, outputs: usize| -> Result<()> {
            // He's initial values, for what goes through a ReLU.
            let deviation = (2.0 / inputs as f32).sqrt();
            let values: Vec<f32> = (0..inputs * outputs).map(|_| deviation * random.normal()).collect();
            weights.insert(format!("{name}.weight"), Var::from_vec(values, (inputs, outputs), &Device::Cpu)?);
            weights.insert(format!("{name}.bias"), Var::from_vec(vec![0.0_f32; outputs], outputs, &Device::Cpu)?);
            Ok(())
        };
        add("bottom".to_owned(), FEATURE_COUNT, experts * hidden)?;
        add("gates".to_owned(), FEATURE_COUNT, tasks * experts)?;
        for task in 0..tasks {
            add(format!("{task}.tower"), hidden, tower)?;
            add(format!("{task}.head"), tower, 1)?;
        }
        Ok(Network { weights, experts, hidden, tasks, shift })
    }

    fn weight(&self, name: &str) -> Result<&Tensor> {
        match self.weights.get(name) {
            Some(weight) => Ok(weight.as_tensor()),
            None => candle_core::bail!("no weight {name}"),
        }
    }

    fn linear(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        x.matmul(self.weight(&format!("{name}.weight"))?)?.broadcast_add(self.weight(&format!("{name}.bias"))?)
    }

    /// The conditional logits, each `[n]`.
    fn logits(&self, x: &Tensor) -> Result<Vec<Tensor>> {
        let n = x.dim(0)?;
        let bottom = self.linear(x, "bottom")?.relu()?.reshape((n, self.experts, self.hidden))?;
        let gates = self.linear(x, "gates")?.reshape((n, self.tasks, self.experts))?;
        let gates = softmax(&gates, D::Minus1)?;
        (0..self.tasks)
            .map(|task| {
                let gate = gates.narrow(1, task, 1)?.reshape((n, self.experts, 1))?;
                let mixed = bottom.broadcast_mul(&gate)?.sum(1)?;
                let tower = self.linear(&mixed, &format!("{task}.tower"))?.relu()?;
                self.linear(&tower, &format!("{task}.head"))?.squeeze(1)
            })
            .collect()
    }

    /// Mean over examples of the sum over tasks of the cross-entropy, labels `[n, tasks]`.
    fn loss(&self, x: &Tensor, labels: &Tensor) -> Result<Tensor> {
        let n = x.dim(0)?;
        let mut reached: Option<Tensor> = None;
        let mut sum = Tensor::new(0.0_f32, &Device::Cpu)?;
        for (task, logit) in self.logits(x)?.into_iter().enumerate() {
            let logit = if task == 0 { (logit + self.shift)? } else { logit };
            let step = log_sigmoid(&logit)?;
            let log = match reached {
                Some(before) => (before + step)?,
                None => step,
            };
            let label = labels.narrow(1, task, 1)?.squeeze(1)?;
            // 1 - p, kept above 0: a probability of 1 costs 14 nats where it is wrong.
            let rest = log.exp()?.affine(-(1.0 - 1e-6), 1.0)?.log()?;
            let right = (&label * &log)?;
            let wrong = (label.affine(-1.0, 1.0)? * rest)?;
            sum = (sum - ((right + wrong)?.sum_all()? / n as f64)?)?;
            reached = Some(log);
        }
        Ok(sum)
    }

    /// The same weights as plain numbers.
    fn plain(&self) -> Result<Experts> {
        let values = |name: &str| self.weight(name)?.flatten_all()?.to_vec1::<f32>();
        let pair = |name: &str| Ok((values(&format!("{name}.weight"))?, values(&format!("{name}.bias"))?));
        let towers: Vec<(Vec<f32>, Vec<f32>)> =
            (0..self.tasks).map(|task| pair(&format!("{task}.tower"))).collect::<Result<_>>()?;
        let heads = (0..self.tasks)
            .map(|task| {
                let (weight, bias): (Vec<f32>, Vec<f32>) = pair(&format!("{task}.head"))?;
                Ok((weight, bias.first().copied().unwrap_or_default()))
            })
            .collect::<Result<_>>()?;
        Ok(Experts {
            experts: self.experts,
            hidden: self.hidden,
            tower: towers.first().map_or(0, |(_, bias)| bias.len()),
            tasks: self.tasks,
            bottom: pair("bottom")?,
            gates: pair("gates")?,
            towers,
            heads,
        })
    }
}

/// `ln(sigmoid(x)) = min(x, 0) - ln(1 + exp(-|x|))`, finite everywhere.
fn log_sigmoid(x: &Tensor) -> Result<Tensor> {
    let tail = x.abs()?.neg()?.exp()?.affine(1.0, 1.0)?.log()?;
    x.neg()?.relu()?.neg()? - tail
}

/// Mean of each feature, and the reciprocal of its standard deviation; 0 where it does not vary.
fn moments(rows: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let n = (rows.len() / FEATURE_COUNT).max(1) as f64;
    let (mut sums, mut squares) = (vec![0.0_f64; FEATURE_COUNT], vec![0.0_f64; FEATURE_COUNT]);
    for row in rows.chunks_exact(FEATURE_COUNT) {
        for (place, value) in row.iter().enumerate() {
            sums[place] += f64::from(*value);
            squares[place] += f64::from(*value) * f64::from(*value);
        }
    }
    sums.iter()
        .zip(&squares)
        .map(|(sum, square)| {
            let mean = sum / n;
            let variance = square / n - mean * mean;
            let scale = if variance > 1e-8 { variance.sqrt().recip() } else { 0.0 };
            (mean as f32, scale as f32)
        })
        .unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is bought depends on two features; a quarter of the rows is opened.
    fn examples() -> Examples {
        let mut random = SplitMix::new(3);
        let mut examples = Examples { rate: 1.0, ..Examples::default() };
        for _ in 0..4_000 {
            let row: [f32; FEATURE_COUNT] = std::array::from_fn(|_| random.normal().clamp(-3.0, 3.0));
            let utility = 1.5 * row[0] - row[3];
            let mut reached = true;
            let labels = [-1.0, -0.5, 0.0].map(|bias| {
                reached = reached && random.unit() < super::super::ranker::sigmoid(utility + bias);
                f32::from(u8::from(reached))
            });
            examples.rows.extend(row);
            examples.labels.push(labels);
        }
        examples
    }

    fn settings() -> RankSettings {
        RankSettings { epochs: 6, ..RankSettings::default() }
    }

    #[test]
    fn plain_arithmetic_gives_what_the_tensors_give() {
        let examples = examples();
        let mut random = SplitMix::new(5);
        let network = Network::new(&settings(), TASKS, 0.0, &mut random).unwrap();
        let ranker = Ranker {
            mean: vec![0.0; FEATURE_COUNT],
            scale: vec![1.0; FEATURE_COUNT],
            body: Body::Experts(network.plain().unwrap()),
        };
        let rows = &examples.rows[..100 * FEATURE_COUNT];
        let plain = ranker.predict(rows);
        let x = Tensor::from_slice(rows, (100, FEATURE_COUNT), &Device::Cpu).unwrap();
        let mut reached = Tensor::ones(100, candle_core::DType::F32, &Device::Cpu).unwrap();
        for (task, logit) in network.logits(&x).unwrap().into_iter().enumerate() {
            reached = (reached * candle_nn::ops::sigmoid(&logit).unwrap()).unwrap();
            for (row, value) in reached.to_vec1::<f32>().unwrap().into_iter().enumerate() {
                assert!((plain[row * TASKS + task] - value).abs() < 1e-5, "{task} {row}");
            }
        }
    }

    #[test]
    fn gradients_are_those_of_small_steps() {
        let examples = examples();
        let network = Network::new(&settings(), TASKS, 0.3, &mut SplitMix::new(5)).unwrap();
        let x = Tensor::from_slice(&examples.rows[..64 * FEATURE_COUNT], (64, FEATURE_COUNT), &Device::Cpu).unwrap();
        let y: Vec<f32> = examples.labels[..64].iter().flatten().copied().collect();
        let y = Tensor::from_vec(y, (64, TASKS), &Device::Cpu).unwrap();
        let gradients = network.loss(&x, &y).unwrap().backward().unwrap();
        for name in ["bottom.weight", "gates.weight", "1.tower.weight", "2.head.bias", "0.head.weight"] {
            let var = &network.weights[name];
            let gradient = gradients.get(var.as_tensor()).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let values = var.as_tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let loss_at = |values: Vec<f32>| {
                let moved = Tensor::from_vec(values, var.as_tensor().shape(), &Device::Cpu).unwrap();
                var.set(&moved).unwrap();
                f64::from(network.loss(&x, &y).unwrap().to_scalar::<f32>().unwrap())
            };
            // Along the gradient, so that the difference stands above the rounding.
            let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
            let step = 1e-2 / length.max(1e-6);
            let moved = |sign: f32| values.iter().zip(&gradient).map(|(v, g)| v + sign * step * g).collect();
            let slope = (loss_at(moved(1.0)) - loss_at(moved(-1.0))) / (2.0 * f64::from(step));
            loss_at(values.clone());
            let expected = f64::from(length * length);
            assert!((slope - expected).abs() < 0.05 * expected.max(1e-4), "{name}: {slope} {expected}");
        }
    }

    #[test]
    fn it_learns_and_beats_a_constant_in_every_task() {
        let examples = examples();
        let ranker = Ranker::train(&examples, RankTasks::All, &settings(), &mut |_| ControlFlow::Continue(())).unwrap();
        let values = ranker.predict(&examples.rows);
        for task in 0..TASKS {
            let mean = examples.labels.iter().map(|labels| labels[task]).sum::<f32>() / examples.len() as f32;
            let loss = |p: f32, y: f32| -f64::from(y * p.ln() + (1.0 - y) * (1.0 - p).ln());
            let (mut own, mut constant) = (0.0, 0.0);
            for (row, labels) in examples.labels.iter().enumerate() {
                own += loss(values[row * TASKS + task].clamp(1e-6, 1.0 - 1e-6), labels[task]);
                constant += loss(mean, labels[task]);
            }
            assert!(own < 0.85 * constant, "task {task}: {own} {constant}");
        }
        assert!(values.chunks_exact(TASKS).all(|tasks| tasks[0] >= tasks[1] && tasks[1] >= tasks[2]));
    }
}
