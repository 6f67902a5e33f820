//! Integrated gradients (Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017).
//!
//! The amount of feature `i` is `(x_i - b_i)` times the mean of the gradient's component `i` on the straight line from the baseline `b` to the input
//! `x`. The amounts sum to `f(x) - f(b)` for the integral; a quadrature leaves a gap, which [`Attribution::gap`] reports.

use candle_core::{DType, Device, Tensor, Var};

use super::{Attribution, ExplainError};

/// Amounts of every feature of `input`, from the gradients that candle's autograd gives at `steps` points of the line (Gauss and Legendre's rule, as
/// Captum's default). `model` takes `[n, features]` and gives `[n]`; it has to treat rows independently of each other.
///
/// # Errors
/// Lengths that differ, and whatever the model's tensors report.
pub fn integrated_gradients(
    model: &dyn Fn(&Tensor) -> candle_core::Result<Tensor>,
    input: &[f32],
    baseline: &[f32],
    steps: usize,
) -> Result<Attribution, ExplainError> {
    if input.len() != baseline.len() {
        return Err(ExplainError::Baseline { input: input.len(), baseline: baseline.len() });
    }
    let features = input.len();
    let quadrature = gauss_legendre(steps.max(1));
    let mut rows = Vec::with_capacity(quadrature.len() * features);
    for (place, _) in &quadrature {
        rows.extend(input.iter().zip(baseline).map(|(x, b)| {
            let moved = f64::from(*b) + place * (f64::from(*x) - f64::from(*b));
            #[expect(clippy::cast_possible_truncation, reason = "the model calculates in f32")]
            let moved = moved as f32;
            moved
        }));
    }
    let line = Var::from_vec(rows, (quadrature.len(), features), &Device::Cpu)?;
    // Rows are independent, so the gradient of the sum holds each row's own.
    let gradients = model(line.as_tensor())?.sum_all()?.backward()?;
    let slopes = match gradients.get(line.as_tensor()) {
        Some(slopes) => slopes.to_dtype(DType::F32)?.to_vec2::<f32>()?,
        // The score does not depend on the input.
        None => vec![vec![0.0; features]; quadrature.len()],
    };
    let mut amounts = vec![0.0; features];
    for ((_, weight), slopes) in quadrature.iter().zip(&slopes) {
        for (amount, slope) in amounts.iter_mut().zip(slopes) {
            *amount += weight * f64::from(*slope);
        }
    }
    for (amount, (x, b)) in amounts.iter_mut().zip(input.iter().zip(baseline)) {
        *amount *= f64::from(*x) - f64::from(*b);
    }
    let ends: Vec<f32> = baseline.iter().chain(input).copied().collect();
    let ends = model(&Tensor::from_vec(ends, (2, features), &Device::Cpu)?)?.to_dtype(DType::F32)?.to_vec1::<f32>()?;
    let (Some(first), Some(last)) = (ends.first(), ends.get(1)) else {
        return Err(ExplainError::Scores { rows: 2, given: ends.len() });
    };
    Ok(Attribution { baseline: f64::from(*first), score: f64::from(*last), amounts, errors: None })
}

/// Places in `(0, 1)` and weights that sum to 1 of Gauss and Legendre's rule with `n` points, which is exact for polynomials of degree `2n - 1`. The
/// places are the roots of the Legendre polynomial `P_n`, found by Newton's method from Tricomi's first guess (Abramowitz and Stegun, 25.4.29 and 22.16.6).
pub fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let count = super::real(n);
    (1..=n)
        .map(|place| {
            let mut x = (std::f64::consts::PI * (super::real(place) - 0.25) / (count + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (value, derivative) = legendre(n, x);
                slope = derivative;
                let step = value / derivative;
                x -= step;
                if step.abs() < 1e-15 {
                    break;
                }
            }
            // On [-1, 1] the weight is 2 / ((1 - x^2) P'^2); half of it on [0, 1].
            ((1.0 - x) / 2.0, ((1.0 - x * x) * slope * slope).recip())
        })
        .collect()
}

/// `P_n(x)` and its derivative, by the three-term recurrence.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut last, mut value) = (1.0, x);
    for degree in 2..=n {
        let k = super::real(degree);
        (last, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * last) / k);
    }
    (value, super::real(n) * (x * value - last) / (x * x - 1.0))
}
