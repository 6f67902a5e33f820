//! Vectorised functions over panels: the activations of BERT, soft-max and layer norm.
//!
//! `exp` and `erf` are polynomials (error against f64: below 2e-7 relative and 5e-7 absolute)
//! because the library calls are scalar and take most of a short query's time.

use pulp::{Simd, WithSimd};

use super::kernel::{Row, WIDTH};

/// The nonlinearity between the two products of a layer (`hidden_act` in `config.json`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    /// `x · Φ(x)` with the exact normal distribution function.
    Gelu,
    /// The same with the hyperbolic tangent approximation.
    GeluTanh,
    Relu,
}

/// Applies the activation in place.
pub(super) struct Activate<'a> {
    pub(super) activation: Activation,
    pub(super) rows: &'a mut [Row],
}

impl WithSimd for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.activation {
            Activation::Gelu => map(simd, self.rows, |x| gelu(simd, x)),
            Activation::GeluTanh => map(simd, self.rows, |x| gelu_tanh(simd, x)),
            Activation::Relu => map(simd, self.rows, |x| simd.max_f32s(x, simd.splat_f32s(0.0))),
        }
    }
}

#[inline(always)]
fn map<S: Simd>(simd: S, rows: &mut [Row], f: impl Fn(S::f32s) -> S::f32s) {
    let _ = simd;
    for row in rows {
        for x in S::as_mut_simd_f32s(&mut row.0).0 {
            *x = f(*x);
        }
    }
}

/// Soft-max over the first `keys` columns of each row, unnormalised: the values become
/// `exp(x - max)` and the reciprocal of their sum goes to `scale`.
pub(super) struct Softmax<'a> {
    /// `[key panel][scale.len()][WIDTH]`
    pub(super) scores: &'a mut [Row],
    pub(super) keys: usize,
    pub(super) scale: &'a mut [f32],
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.scale.len();
        if !self.keys.is_multiple_of(WIDTH) {
            let last = self.scores.len().saturating_sub(rows);
            for row in &mut self.scores[last..] {
                row.0[self.keys % WIDTH..].fill(f32::MIN);
            }
        }
        for (r, scale) in self.scale.iter_mut().enumerate() {
            let mut top = simd.splat_f32s(f32::MIN);
            for row in self.scores.iter().skip(r).step_by(rows) {
                for x in S::as_simd_f32s(&row.0).0 {
                    top = simd.max_f32s(top, *x);
                }
            }
            let top = simd.splat_f32s(simd.reduce_max_f32s(top));
            let mut sum = simd.splat_f32s(0.0);
            for row in self.scores.iter_mut().skip(r).step_by(rows) {
                for x in S::as_mut_simd_f32s(&mut row.0).0 {
                    *x = exp(simd, simd.sub_f32s(*x, top));
                    sum = simd.add_f32s(sum, *x);
                }
            }
            *scale = 1.0 / simd.reduce_sum_f32s(sum);
        }
    }
}

/// Multiplies each row by its own factor.
pub(super) struct ScaleRows<'a> {
    pub(super) rows: &'a mut [Row],
    pub(super) scale: &'a [f32],
}

impl WithSimd for ScaleRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (row, scale) in self.rows.iter_mut().zip(self.scale) {
            let scale = simd.splat_f32s(*scale);
            for x in S::as_mut_simd_f32s(&mut row.0).0 {
                *x = simd.mul_f32s(*x, scale);
            }
        }
    }
}

/// `x = layer_norm(x + residual)` over all panels of each row.
pub(super) struct AddNorm<'a> {
    /// `[panel][rows][WIDTH]`
    pub(super) x: &'a mut [Row],
    pub(super) residual: &'a [Row],
    pub(super) rows: usize,
    /// True width: columns past it are padding and stay zero.
    pub(super) columns: usize,
    /// `[panel]`, zero in the padding.
    pub(super) gain: &'a [Row],
    pub(super) bias: &'a [Row],
    pub(super) epsilon: f32,
}

impl WithSimd for AddNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, residual, rows, columns, gain, bias, epsilon } = self;
        let width = columns as f32;
        let padding = (gain.len() * WIDTH - columns) as f32;
        for r in 0..rows {
            let mut sum = simd.splat_f32s(0.0);
            for (x, y) in x.iter_mut().zip(residual).skip(r).step_by(rows) {
                for (x, y) in S::as_mut_simd_f32s(&mut x.0).0.iter_mut().zip(S::as_simd_f32s(&y.0).0) {
                    *x = simd.add_f32s(*x, *y);
                    sum = simd.add_f32s(sum, *x);
                }
            }
            let mean = simd.reduce_sum_f32s(sum) / width;
            let center = simd.splat_f32s(mean);
            let mut squares = simd.splat_f32s(0.0);
            for x in x.iter().skip(r).step_by(rows) {
                for x in S::as_simd_f32s(&x.0).0 {
                    let d = simd.sub_f32s(*x, center);
                    squares = simd.mul_add_e_f32s(d, d, squares);
                }
            }
            // A padding column is zero, so it has added exactly mean².
            let variance = (simd.reduce_sum_f32s(squares) - padding * mean * mean) / width;
            let scale = simd.splat_f32s(1.0 / (variance.max(0.0) + epsilon).sqrt());
            for ((x, gain), bias) in x.iter_mut().skip(r).step_by(rows).zip(gain).zip(bias) {
                let columns = S::as_mut_simd_f32s(&mut x.0).0.iter_mut();
                let affine = S::as_simd_f32s(&gain.0).0.iter().zip(S::as_simd_f32s(&bias.0).0);
                for (x, (gain, bias)) in columns.zip(affine) {
                    let d = simd.mul_f32s(simd.sub_f32s(*x, center), scale);
                    *x = simd.mul_add_e_f32s(d, *gain, *bias);
                }
            }
        }
    }
}

#[inline(always)]
fn polynomial<S: Simd>(simd: S, x: S::f32s, coefficients: &[f32]) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for c in coefficients {
        sum = simd.mul_add_e_f32s(sum, x, simd.splat_f32s(*c));
    }
    sum
}

/// `exp(x)` for `x` in about -87..=88; smaller ones give about 1e-38, larger ones about 1e38.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    let x = simd.min_f32s(simd.max_f32s(x, simd.splat_f32s(-87.0)), simd.splat_f32s(88.0));
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let n = simd.sub_f32s(shifted, simd.splat_f32s(ROUND));
    // ln 2 in two parts, so that the remainder keeps its precision.
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-0.693_359_4), x);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(2.121_944_4e-4), r);
    let p = polynomial(simd, r, &[1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5]);
    let p = simd.mul_add_e_f32s(simd.mul_f32s(p, r), r, simd.add_f32s(r, simd.splat_f32s(1.0)));
    let power = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(p), power))
}

/// `x / 2 · (1 + erf(x / √2))`, erf as a rational function on [-4, 4] (the coefficients of Eigen).
#[inline(always)]
fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let z = simd.mul_f32s(x, simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2));
    let z = simd.min_f32s(simd.max_f32s(z, simd.splat_f32s(-4.0)), simd.splat_f32s(4.0));
    let z2 = simd.mul_f32s(z, z);
    let above = polynomial(
        simd,
        z2,
        &[
            -2.726_142_4e-10,
            2.770_681_3e-8,
            -2.101_024e-6,
            -5.692_506_4e-5,
            -7.349_906_5e-4,
            -2.954_6e-3,
            -1.609_603_4e-2,
        ],
    );
    let below = polynomial(simd, z2, &[-1.456_607_2e-5, -2.133_740_5e-4, -1.682_827e-3, -7.373_329e-3, -1.426_474e-2]);
    let erf = simd.div_f32s(simd.mul_f32s(z, above), below);
    let half = simd.mul_f32s(x, simd.splat_f32s(0.5));
    simd.mul_add_e_f32s(half, erf, half)
}

/// `x / (1 + exp(-2u))` with `u = √(2/π) · (x + 0.044715 x³)`, which is `x/2 · (1 + tanh u)`.
#[inline(always)]
fn gelu_tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let x2 = simd.mul_f32s(x, x);
    let u = simd.mul_add_e_f32s(x2, simd.splat_f32s(-0.071_354_814), simd.splat_f32s(-1.595_769));
    let e = exp(simd, simd.mul_f32s(u, x));
    simd.div_f32s(x, simd.add_f32s(e, simd.splat_f32s(1.0)))
}
