//! The kernels against f64 arithmetic, on every instruction set of this machine.

use super::super::kernel::{Panels, Product, Row, WIDTH};
use super::super::math::{Activate, Activation, Softmax};

/// The instruction sets that can run here, the portable one first.
pub(super) fn architectures() -> Vec<pulp::Arch> {
    let mut all = vec![pulp::Arch::Scalar, pulp::Arch::new()];
    #[cfg(target_arch = "x86_64")]
    all.extend(pulp::x86::V3::try_new().map(pulp::Arch::V3));
    all
}

fn pattern(i: usize) -> f32 {
    ((i * 37 + 11) % 101) as f32 / 50.0 - 1.0
}

#[test]
fn products_are_right_for_all_heights() {
    let pattern_row = |seed: usize| Row(std::array::from_fn(|j| pattern(seed * WIDTH + j)));
    for arch in architectures() {
        for rows in 1..30 {
            for inputs in [1usize, 31, 32, 70] {
                let (first, total) = (3, rows + 5);
                let x: Vec<Row> = (0..inputs.div_ceil(WIDTH) * total).map(pattern_row).collect();
                let weight: Vec<Row> = (0..inputs).map(|i| pattern_row(i + 7)).collect();
                let bias = pattern_row(99);
                let mut out = vec![Row::ZERO; rows];
                let panels = Panels { rows: total, data: &x };
                arch.dispatch(Product { x: panels, first, weight: &weight, bias: &bias, out: &mut out });
                for (r, out) in out.iter().enumerate() {
                    for (j, out) in out.0.iter().enumerate() {
                        let term = |k: usize| x[k / WIDTH * total + first + r].0[k % WIDTH] * weight[k].0[j];
                        let sum: f32 = (0..inputs).map(term).sum::<f32>() + bias.0[j];
                        assert!((sum - out).abs() < 1e-4, "{arch:?} rows {rows} inputs {inputs}");
                    }
                }
            }
        }
    }
}

fn check(activation: Activation, exact: impl Fn(f64) -> f64, tolerance: f64) {
    let values: Vec<f32> = (-2000..2000).map(|i| i as f32 / 160.0).collect();
    for arch in architectures() {
        for input in values.as_chunks::<WIDTH>().0 {
            let mut rows = [Row(*input)];
            arch.dispatch(Activate { activation, rows: &mut rows });
            for (x, y) in input.iter().zip(rows[0].0) {
                let error = (exact(f64::from(*x)) - f64::from(y)).abs();
                assert!(error <= tolerance, "{activation:?}({x}) = {y}, error {error:e}");
            }
        }
    }
}

/// By its series, and by its continued fraction where that is better.
fn erf(x: f64) -> f64 {
    let root = std::f64::consts::PI.sqrt();
    if x.abs() < 3.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..100 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return sum * 2.0 / root;
    }
    let fraction = (1..200).rev().fold(0.0, |f, n| f64::from(n) / 2.0 / (x.abs() + f));
    (1.0 - (-x * x).exp() / root / (x.abs() + fraction)).copysign(x)
}

#[test]
fn activations_are_within_one_millionth() {
    check(Activation::Gelu, |x| x / 2.0 * (1.0 + erf(x / 2f64.sqrt())), 1e-6);
    let inner = |x: f64| (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
    check(Activation::GeluTanh, |x| x / 2.0 * (1.0 + inner(x).tanh()), 2e-6);
    check(Activation::Relu, |x| x.max(0.0), 0.0);
}

#[test]
fn soft_max_ignores_the_padding() {
    let (rows, keys) = (2, 40);
    let value = |i: usize, j: usize| ((i * 7 + j) % 11) as f32 - 20.0;
    let before: Vec<Row> = (0..4).map(|i| Row(std::array::from_fn(|j| value(i, j)))).collect();
    let at = |scores: &[Row], r: usize, k: usize| f64::from(scores[k / WIDTH * rows + r].0[k % WIDTH]);
    for arch in architectures() {
        let (mut scores, mut scale) = (before.clone(), [0.0; 2]);
        arch.dispatch(Softmax { scores: &mut scores, keys, scale: &mut scale });
        for (r, scale) in scale.iter().enumerate() {
            let total: f64 = (0..keys).map(|k| at(&before, r, k).exp()).sum();
            for k in 0..keys {
                let error = at(&scores, r, k) * f64::from(*scale) - at(&before, r, k).exp() / total;
                assert!(error.abs() < 1e-6);
            }
        }
    }
}
