//! Integrated gradients (Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017).
//!
//! The amount of feature `i` is `(x_i - b_i)` times the mean of the gradient's component `i` on the straight line from the baseline `b` to the input
//! `x`. The amounts sum to `f(x) - f(b)` for the integral; a quadrature leaves a gap, which [`Attribution::gap`] reports. The paper (section 5) says
//! to take more points where the gap is too large, as Captum does of its `n_steps`. For a network of rectifiers that is slow: its gradient jumps where the
//! line crosses a kink, so that a rule over the whole line gains one digit with ten times the points, wherever they lie. But the amounts of every
//! *piece* of the line sum to what the score changes on it, so that the gap of a piece says whether a kink lies there: only such pieces are halved.

use candle_core::{DType, Device, Tensor, Var};

use super::{Attribution, ExplainError};

/// How finely the line from the baseline to the input is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Points of Gauss and Legendre's rule on each piece; at first the line is one.
    pub points: usize,
    /// Pieces are halved until the sizes of their gaps sum to no more than this, in the unit of the score.
    pub tolerance: f64,
    /// Gradients that are taken at most, over all pieces; the first piece is free.
    pub most: usize,
}

impl Line {
    /// One rule over the whole line, whatever gap it leaves.
    pub fn whole(points: usize) -> Line {
        Line { points, tolerance: f64::INFINITY, most: points }
    }
}

/// A model whose gradients candle can take: `[n, features]` to `[n]`.
pub type Differentiable<'a> = dyn Fn(&Tensor) -> candle_core::Result<Tensor> + 'a;

/// Amounts of every feature of `input`, from the gradients that candle's autograd gives at points of the line. `model` has to treat rows independently of
/// each other.
///
/// # Errors
/// Lengths that differ, and whatever the model's tensors report.
pub fn integrated_gradients(
    model: &Differentiable<'_>,
    input: &[f32],
    baseline: &[f32],
    line: &Line,
) -> Result<Attribution, ExplainError> {
    if input.len() != baseline.len() {
        return Err(ExplainError::Baseline { input: input.len(), baseline: baseline.len() });
    }
    let path = Path { model, input, baseline, rule: gauss_legendre(line.points.max(1)) };
    let ends = path.scores(&[0.0, 1.0])?;
    let mut pieces = path.measured(vec![Span { from: (0.0, ends[0]), to: (1.0, ends[1]) }])?;
    let mut left = line.most.saturating_sub(path.rule.len());
    while pieces.iter().map(|piece| piece.gap.abs()).sum::<f64>() > line.tolerance {
        // Where the sum is too large, the gap of one piece at least is beyond its share.
        let share = line.tolerance / super::real(pieces.len());
        pieces.sort_by(|a, b| b.gap.abs().total_cmp(&a.gap.abs()));
        let beyond = pieces.iter().take_while(|piece| piece.gap.abs() > share).count();
        let halved: Vec<Piece> = pieces.drain(..beyond.min(left / (2 * path.rule.len()))).collect();
        if halved.is_empty() {
            break;
        }
        left -= 2 * path.rule.len() * halved.len();
        let middles: Vec<f64> = halved.iter().map(|piece| f64::midpoint(piece.span.from.0, piece.span.to.0)).collect();
        let scores = path.scores(&middles)?;
        let halves = halved.iter().zip(middles.into_iter().zip(scores)).flat_map(|(piece, middle)| {
            [Span { from: piece.span.from, to: middle }, Span { from: middle, to: piece.span.to }]
        });
        pieces.extend(path.measured(halves.collect())?);
    }
    let amounts = (0..input.len()).map(|feature| pieces.iter().map(|piece| piece.amounts[feature]).sum()).collect();
    Ok(Attribution { baseline: ends[0], score: ends[1], amounts, errors: None })
}

/// A part of the line: where it begins and ends, from 0 to 1, and the scores there.
#[derive(Clone, Copy)]
struct Span {
    from: (f64, f64),
    to: (f64, f64),
}

/// What the features give on a part of the line, and what these amounts lack of the change of the score.
struct Piece {
    span: Span,
    amounts: Vec<f64>,
    gap: f64,
}

struct Path<'a> {
    model: &'a Differentiable<'a>,
    input: &'a [f32],
    baseline: &'a [f32],
    /// Places and weights on a piece.
    rule: Vec<(f64, f64)>,
}

impl Path<'_> {
    /// `[places.len(), features]`.
    fn rows(&self, places: &[f64]) -> Vec<f32> {
        let mut rows = Vec::with_capacity(places.len() * self.input.len());
        for place in places {
            rows.extend(self.input.iter().zip(self.baseline).map(|(x, b)| {
                let moved = f64::from(*b) + place * (f64::from(*x) - f64::from(*b));
                #[expect(clippy::cast_possible_truncation, reason = "the model calculates in f32")]
                let moved = moved as f32;
                moved
            }));
        }
        rows
    }

    fn scores(&self, places: &[f64]) -> Result<Vec<f64>, ExplainError> {
        let rows = Tensor::from_vec(self.rows(places), (places.len(), self.input.len()), &Device::Cpu)?;
        let scores = (self.model)(&rows)?.to_dtype(DType::F32)?.to_vec1::<f32>()?;
        if scores.len() != places.len() {
            return Err(ExplainError::Scores { rows: places.len(), given: scores.len() });
        }
        Ok(scores.into_iter().map(f64::from).collect())
    }

    fn measured(&self, spans: Vec<Span>) -> Result<Vec<Piece>, ExplainError> {
        let features = self.input.len();
        let place = |span: &Span, place: f64| span.from.0 + place * (span.to.0 - span.from.0);
        let places: Vec<f64> =
            spans.iter().flat_map(|span| self.rule.iter().map(move |(at, _)| place(span, *at))).collect();
        let points = Var::from_vec(self.rows(&places), (places.len(), features), &Device::Cpu)?;
        // Rows are independent, so the gradient of the sum holds each row's own.
        let gradients = (self.model)(points.as_tensor())?.sum_all()?.backward()?;
        let slopes = match gradients.get(points.as_tensor()) {
            Some(slopes) => slopes.to_dtype(DType::F32)?.to_vec2::<f32>()?,
            // The score does not depend on the input.
            None => vec![vec![0.0; features]; places.len()],
        };
        let piece = |(span, slopes): (Span, &[Vec<f32>])| {
            let mut amounts = vec![0.0; features];
            for ((_, weight), slopes) in self.rule.iter().zip(slopes) {
                for (amount, slope) in amounts.iter_mut().zip(slopes) {
                    *amount += weight * f64::from(*slope);
                }
            }
            for (amount, (x, b)) in amounts.iter_mut().zip(self.input.iter().zip(self.baseline)) {
                *amount *= (span.to.0 - span.from.0) * (f64::from(*x) - f64::from(*b));
            }
            let gap = span.to.1 - span.from.1 - amounts.iter().sum::<f64>();
            Piece { span, amounts, gap }
        };
        Ok(spans.into_iter().zip(slopes.chunks_exact(self.rule.len())).map(piece).collect())
    }
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
