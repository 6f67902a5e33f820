//! The same network in PyTorch, explained by Captum and by SHAP. Runs where `ALLUVIUM_ORACLES_PYTHON` names an interpreter that has torch, captum and
//! shap (`./test` makes one), and says so where it does not.

use std::io::Write as _;
use std::process::{Command, Stdio};

use candle_core::{D, Device, Result, Tensor};
use candle_nn::ops::{sigmoid, softmax};
use serde::{Deserialize, Serialize};

use crate::explain::{Differentiable, Line, Permutations, Point, integrated_gradients, shapley};
use crate::random::SplitMix;

const FEATURES: usize = 10;
const HIDDEN: usize = 16;
const OUTPUT: usize = 8;
const EXPERTS: usize = 3;
const TASKS: usize = 3;
const STEPS: usize = 50;
const TOLERANCE: f64 = 1e-4;

/// A matrix `[inputs, outputs]` with a bias.
#[derive(Serialize)]
struct Layer {
    weight: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

impl Layer {
    fn drawn(inputs: usize, outputs: usize, random: &mut SplitMix) -> Layer {
        let mut row = |count: usize| (0..count).map(|_| 0.6 * random.normal()).collect::<Vec<f32>>();
        Layer { weight: (0..inputs).map(|_| row(outputs)).collect(), bias: row(outputs) }
    }

    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let weight = Tensor::new(self.weight.clone(), &Device::Cpu)?;
        x.matmul(&weight)?.broadcast_add(&Tensor::new(self.bias.as_slice(), &Device::Cpu)?)
    }
}

/// A mixture of experts with a gate and a tower for each task (Ma et al., "Modeling Task Relationships in Multi-task Learning with Multi-gate
/// Mixture-of-Experts", KDD 2018).
#[derive(Serialize)]
struct Mixture {
    experts: Vec<[Layer; 2]>,
    gates: Vec<Layer>,
    towers: Vec<Layer>,
}

impl Mixture {
    fn drawn(random: &mut SplitMix) -> Mixture {
        let experts = (0..EXPERTS)
            .map(|_| [Layer::drawn(FEATURES, HIDDEN, random), Layer::drawn(HIDDEN, OUTPUT, random)])
            .collect();
        let gates = (0..TASKS).map(|_| Layer::drawn(FEATURES, EXPERTS, random)).collect();
        let towers = (0..TASKS).map(|_| Layer::drawn(OUTPUT, 1, random)).collect();
        Mixture { experts, gates, towers }
    }

    /// `[n, features]` to the `[n]` probabilities of one task.
    fn task(&self, x: &Tensor, task: usize) -> Result<Tensor> {
        let expert = |[first, second]: &[Layer; 2]| second.apply(&first.apply(x)?.relu()?)?.relu();
        let experts: Vec<Tensor> = self.experts.iter().map(expert).collect::<Result<_>>()?;
        // [n, experts, output]
        let experts = Tensor::stack(&experts, 1)?;
        let gate = softmax(&self.gates[task].apply(x)?, D::Minus1)?.unsqueeze(2)?;
        let mixed = experts.broadcast_mul(&gate)?.sum(1)?;
        sigmoid(&self.towers[task].apply(&mixed)?)?.squeeze(1)
    }
}

#[derive(Serialize)]
struct Question {
    model: Mixture,
    inputs: Vec<Vec<f32>>,
    baseline: Vec<f32>,
    groups: Vec<Vec<usize>>,
    steps: usize,
}

/// Amounts by task and input.
#[derive(Deserialize)]
struct Answer {
    versions: String,
    gradients: Vec<Vec<Vec<f64>>>,
    /// With 400 times the points, in 200 pieces.
    finer: Vec<Vec<Vec<f64>>>,
    shapley: Vec<Vec<Vec<f64>>>,
    grouped: Vec<Vec<Vec<f64>>>,
}

fn oracle(python: &str, question: &Question) -> Answer {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/explain/tests/oracles.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ALLUVIUM_ORACLES_PYTHON starts");
    let text = serde_json::to_vec(question).expect("numbers have a form in JSON");
    child.stdin.take().expect("it is piped").write_all(&text).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the oracle failed");
    serde_json::from_slice(&output.stdout).expect("it answers in JSON")
}

fn furthest(ours: &[Vec<Vec<f64>>], theirs: &[Vec<Vec<f64>>]) -> f64 {
    let (ours, theirs) = (ours.iter().flatten().flatten(), theirs.iter().flatten().flatten());
    assert_eq!(ours.clone().count(), theirs.clone().count());
    ours.zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that does not run says why")]
fn captum_and_shap_agree() {
    let Ok(python) = std::env::var("ALLUVIUM_ORACLES_PYTHON") else {
        eprintln!("skipped: ALLUVIUM_ORACLES_PYTHON does not name a Python with torch, captum and shap");
        return;
    };
    let mut random = SplitMix::new(11);
    let model = Mixture::drawn(&mut random);
    let mut row = || (0..FEATURES).map(|_| random.normal()).collect::<Vec<f32>>();
    let question = Question {
        model,
        inputs: (0..6).map(|_| row()).collect(),
        baseline: row(),
        groups: vec![vec![0, 1, 2], vec![3], vec![4, 7], vec![5, 6, 8, 9]],
        steps: STEPS,
    };
    let answer = oracle(&python, &question);

    let each = |explain: &dyn Fn(&Differentiable<'_>, &[f32]) -> Vec<f64>| -> Vec<Vec<Vec<f64>>> {
        (0..TASKS)
            .map(|task| {
                let model = |x: &Tensor| question.model.task(x, task);
                question.inputs.iter().map(|input| explain(&model, input)).collect()
            })
            .collect()
    };
    // The same rule over the whole line: the same points, and so the same gap.
    let gradients = each(&|model, input| {
        integrated_gradients(model, input, &question.baseline, &Line::whole(STEPS)).expect("it answers").amounts
    });
    // Many points over the whole line, by Captum; pieces where it bends, by us.
    let finer = each(&|model, input| {
        let line = Line { points: 8, tolerance: TOLERANCE / 10.0, most: 10_000 };
        let found = integrated_gradients(model, input, &question.baseline, &line).expect("it answers");
        assert!(found.gap().abs() < TOLERANCE / 5.0, "{}", found.gap());
        found.amounts
    });
    let values = |groups: Vec<Vec<usize>>| {
        each(&|model, input| {
            let batch = |rows: &[f32]| -> Vec<f32> {
                let rows = Tensor::from_slice(rows, (rows.len() / FEATURES, FEATURES), &Device::Cpu);
                rows.and_then(|rows| model(&rows)?.to_vec1()).expect("it calculates")
            };
            let point = Point::new(input.to_vec(), question.baseline.clone(), groups.clone()).expect("it fits");
            let found = shapley(&batch, &point, &Permutations::default()).expect("it answers");
            assert!(found.gap().abs() < TOLERANCE);
            found.amounts
        })
    };
    let single = (0..FEATURES).map(|feature| vec![feature]).collect();
    let distances = [
        ("integrated gradients", furthest(&gradients, &answer.gradients)),
        ("integrated gradients to their limit", furthest(&finer, &answer.finer)),
        ("Shapley values", furthest(&values(single), &answer.shapley)),
        ("Shapley values of groups", furthest(&values(question.groups.clone()), &answer.grouped)),
    ];
    for (what, distance) in distances {
        eprintln!("{what}: largest difference {distance:.2e} ({})", answer.versions);
        assert!(distance < TOLERANCE, "{what}: {distance}");
    }
}
