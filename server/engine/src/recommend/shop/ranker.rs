//! The ranking model as it serves: plain arithmetic over slices, the same numbers as the network that was trained.

use super::features::{FEATURE_COUNT, FEATURES};

/// Tasks of the model: view, cart, purchase.
pub const TASKS: usize = 3;

/// The score of a product, or of a part of it: the sum of its tasks' values by their weights.
pub fn weighted<T: Copy + Into<f64>>(tasks: &[T], weights: &[f64; TASKS]) -> f64 {
    tasks.iter().zip(weights).map(|(value, weight)| (*value).into() * weight).sum()
}

/// Standard deviations beyond which a feature does not count further.
pub(super) const FURTHEST: f32 = 4.0;

/// Probabilities of the tasks from rows of features.
///
/// The outputs are those of the entire space (Ma et al., "Entire Space Multi-Task Model", SIGIR 2018): a product that is shown is opened with
/// the first probability, opened and put into the cart with the second, opened, put into the cart and bought with the third. Inside they are
/// products of conditional probabilities, so that they never rise along the funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranker {
    /// Taken away from each feature.
    pub(super) mean: Vec<f32>,
    /// What each feature is multiplied by then.
    pub(super) scale: Vec<f32>,
    pub(super) body: Body,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// A weight for each feature in each conditional logit.
    Additive { weights: Vec<[f32; TASKS]>, bias: [f32; TASKS] },
    /// Experts mixed by a gate for each task.
    Experts(Experts),
}

/// Multi-gate mixture of experts (Ma et al., KDD 2018): `tower(sum over experts of gate x relu(expert))`. With one expert it is the shared bottom.
/// All matrices are `[inputs, outputs]` row by row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Experts {
    pub(super) experts: usize,
    pub(super) hidden: usize,
    pub(super) tower: usize,
    /// Conditional logits: 3, or 1 for a model of a single task.
    pub(super) tasks: usize,
    /// `[features, experts * hidden]` and `[experts * hidden]`.
    pub(super) bottom: (Vec<f32>, Vec<f32>),
    /// `[features, tasks * experts]` and `[tasks * experts]`.
    pub(super) gates: (Vec<f32>, Vec<f32>),
    /// For each task `[hidden, tower]` and `[tower]`.
    pub(super) towers: Vec<(Vec<f32>, Vec<f32>)>,
    /// For each task `[tower]` and the bias.
    pub(super) heads: Vec<(Vec<f32>, f32)>,
}

/// Weights of the model that serves while nothing is trained, on features as they are: (feature, weight of view, of cart after view, of
/// purchase after cart). Set by hand; its probabilities are not calibrated.
const BY_HAND: &[(&str, [f32; TASKS])] = &[
    ("category_lift", [0.8, 0.2, 0.1]),
    ("category_recent", [1.0, 0.2, 0.1]),
    ("brand_lift", [0.5, 0.3, 0.3]),
    ("price_fit", [0.4, 0.3, 0.3]),
    ("style_lift", [0.9, 0.5, 0.5]),
    ("season_match", [0.15, 0.1, 0.1]),
    ("season_other", [-0.2, -0.1, -0.1]),
    ("rating", [0.15, 0.15, 0.1]),
    ("product_cart_rate", [0.0, 0.6, 0.0]),
    ("product_purchase_rate", [0.0, 0.0, 0.6]),
    ("popularity", [0.25, 0.0, 0.0]),
    ("query_match", [1.0, 0.2, 0.2]),
];

impl Ranker {
    /// The model that serves while nothing is trained: content and popularity, with weights set by hand.
    pub fn by_hand() -> Ranker {
        let mut weights = vec![[0.0; TASKS]; FEATURE_COUNT];
        for (name, own) in BY_HAND {
            if let Some(place) = FEATURES.iter().position(|(feature, _)| feature == name) {
                weights[place] = *own;
            }
        }
        Ranker {
            mean: vec![0.0; FEATURE_COUNT],
            scale: vec![1.0; FEATURE_COUNT],
            body: Body::Additive { weights, bias: [-1.2, -1.8, -1.0] },
        }
    }

    /// A feature as the model reads it. Beyond four standard deviations of the examples it has learnt nothing: what lies further out counts as there.
    pub(super) fn standardised(&self, feature: usize, value: f32) -> f32 {
        match self.body {
            Body::Additive { .. } => value,
            Body::Experts(_) => ((value - self.mean[feature]) * self.scale[feature]).clamp(-FURTHEST, FURTHEST),
        }
    }

    /// `[n, tasks]` from rows `[n, FEATURE_COUNT]`.
    pub fn predict(&self, rows: &[f32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len() / FEATURE_COUNT * TASKS);
        let mut input = [0.0; FEATURE_COUNT];
        let mut scratch = Scratch::default();
        for row in rows.chunks_exact(FEATURE_COUNT) {
            for (place, value) in row.iter().enumerate() {
                input[place] = self.standardised(place, *value);
            }
            let start = out.len();
            match &self.body {
                Body::Additive { weights, bias } => {
                    let mut logits = *bias;
                    for (value, weights) in input.iter().zip(weights) {
                        for (logit, weight) in logits.iter_mut().zip(weights) {
                            *logit += value * weight;
                        }
                    }
                    out.extend(logits);
                }
                Body::Experts(network) => network.logits(&input, &mut scratch, &mut out),
            }
            let mut reached = 1.0;
            for value in &mut out[start..] {
                reached *= sigmoid(*value);
                *value = reached;
            }
        }
        out
    }
}

#[derive(Default)]
struct Scratch {
    bottom: Vec<f32>,
    gates: Vec<f32>,
    mixed: Vec<f32>,
    tower: Vec<f32>,
}

impl Experts {
    /// The conditional logit of each task.
    fn logits(&self, input: &[f32], scratch: &mut Scratch, out: &mut Vec<f32>) {
        affine(input, &self.bottom.0, &self.bottom.1, &mut scratch.bottom);
        relu(&mut scratch.bottom);
        affine(input, &self.gates.0, &self.gates.1, &mut scratch.gates);
        for (task, (tower, head)) in self.towers.iter().zip(&self.heads).enumerate() {
            let gates = &mut scratch.gates[task * self.experts..][..self.experts];
            softmax(gates);
            scratch.mixed.clear();
            scratch.mixed.resize(self.hidden, 0.0);
            for (gate, expert) in gates.iter().zip(scratch.bottom.chunks_exact(self.hidden)) {
                for (mixed, value) in scratch.mixed.iter_mut().zip(expert) {
                    *mixed += gate * value;
                }
            }
            affine(&scratch.mixed, &tower.0, &tower.1, &mut scratch.tower);
            relu(&mut scratch.tower);
            out.push(head.1 + scratch.tower.iter().zip(&head.0).map(|(value, weight)| value * weight).sum::<f32>());
        }
    }
}

/// `out = input * weights + bias`, weights `[inputs, outputs]`.
fn affine(input: &[f32], weights: &[f32], bias: &[f32], out: &mut Vec<f32>) {
    out.clear();
    out.extend_from_slice(bias);
    for (value, row) in input.iter().zip(weights.chunks_exact(bias.len())) {
        for (sum, weight) in out.iter_mut().zip(row) {
            *sum += value * weight;
        }
    }
}

fn relu(values: &mut [f32]) {
    for value in values {
        *value = value.max(0.0);
    }
}

fn softmax(values: &mut [f32]) {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in values.iter_mut() {
        *value = (*value - most).exp();
        sum += *value;
    }
    for value in values {
        *value /= sum;
    }
}

pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
