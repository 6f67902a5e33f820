//! Whether attributions can be trusted: measures that they can fail.

use super::{Batch, ExplainError, Point, ask, real};
use crate::metrics::{bootstrap_interval, mean};
use crate::random::SplitMix;

/// What becomes of the score as groups go away, or come, in the order of an attribution, against random orders of the same groups.
///
/// Deletion and insertion curves: Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018; the order from the
/// top of an attribution: Samek et al., "Evaluating the Visualization of What a Deep Neural Network Has Learned", 2017.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// The score with the 0, 1, 2... first groups of the attribution away.
    pub deletion: Vec<f64>,
    /// The same, mean over the random orders.
    pub random_deletion: Vec<f64>,
    /// The score with only the 0, 1, 2... first groups of the attribution there.
    pub insertion: Vec<f64>,
    /// The same, mean over the random orders.
    pub random_insertion: Vec<f64>,
}

impl Curves {
    /// How much lower the deletion curve lies than the random one, on average over its points. Positive where the attribution is right.
    pub fn deletion_gain(&self) -> f64 {
        mean(&self.random_deletion) - mean(&self.deletion)
    }

    /// How much higher the insertion curve lies than the random one.
    pub fn insertion_gain(&self) -> f64 {
        mean(&self.insertion) - mean(&self.random_insertion)
    }
}

/// Both curves of one point, in the order of `amounts`, largest first, against `orders` random ones.
///
/// # Errors
/// A model that does not give one finite score for each row.
pub fn curves(
    model: &Batch<'_>,
    point: &Point,
    amounts: &[f64],
    orders: usize,
    seed: u64,
) -> Result<Curves, ExplainError> {
    let n = point.groups();
    let mut random = SplitMix::new(seed);
    let mut first: Vec<usize> = (0..n).collect();
    let amount = |group: &usize| amounts.get(*group).copied().unwrap_or_default();
    first.sort_by(|a, b| amount(b).total_cmp(&amount(a)));
    let mut all = vec![first];
    for _ in 0..orders {
        let mut order: Vec<usize> = (0..n).collect();
        random.shuffle(&mut order);
        all.push(order);
    }
    // For each order: n + 1 rows of the deletion curve, then as many of the insertion curve.
    let mut rows = Vec::with_capacity(all.len() * 2 * (n + 1) * point.features());
    let mut place = vec![0; n];
    for order in &all {
        for (at, group) in order.iter().enumerate() {
            place[*group] = at;
        }
        for gone in 0..=n {
            point.push_row(|group| place[group] >= gone, &mut rows);
        }
        for come in 0..=n {
            point.push_row(|group| place[group] < come, &mut rows);
        }
    }
    let scores = ask(model, &rows, point.features())?;
    let curve = |order: usize, which: usize| &scores[(2 * order + which) * (n + 1)..][..=n];
    let average = |which: usize| -> Vec<f64> {
        (0..=n)
            .map(|at| (1..all.len()).map(|order| curve(order, which)[at]).sum::<f64>() / real(orders.max(1)))
            .collect()
    };
    Ok(Curves {
        deletion: curve(0, 0).to_vec(),
        random_deletion: average(0),
        insertion: curve(0, 1).to_vec(),
        random_insertion: average(1),
    })
}

/// The mean of a measure over many points with its 95 % bootstrap interval, and whether that lies where it should.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Mean.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Points that were measured.
    pub points: usize,
    /// Whether the check is passed.
    pub passed: bool,
}

impl Verdict {
    /// Passed where the whole interval lies above `limit`.
    pub fn above(values: &[f64], limit: f64) -> Verdict {
        let verdict = Verdict::of(values);
        Verdict { passed: verdict.points > 0 && verdict.low > limit, ..verdict }
    }

    /// Passed where the whole interval lies below `limit`.
    pub fn below(values: &[f64], limit: f64) -> Verdict {
        let verdict = Verdict::of(values);
        Verdict { passed: verdict.points > 0 && verdict.high < limit, ..verdict }
    }

    fn of(values: &[f64]) -> Verdict {
        let (low, high) = bootstrap_interval(values);
        Verdict { value: mean(values), low, high, points: values.len(), passed: false }
    }
}

/// Spearman's rank correlation: Pearson's over ranks, ties given their mean rank. None where there are less than two values or one side is constant.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let (a, b) = (ranks(a), ranks(b));
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let (mut both, mut own, mut other) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(&b) {
        let (x, y) = (x - mean_a, y - mean_b);
        both += x * y;
        own += x * x;
        other += y * y;
    }
    (own > 0.0 && other > 0.0).then(|| both / (own * other).sqrt())
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let before = order.iter().position(|place| *place == tied[0]).unwrap_or_default();
        let rank = real(before) + (real(tied.len()) + 1.0) / 2.0;
        for place in tied {
            ranks[*place] = rank;
        }
    }
    ranks
}

/// Rank correlations of two lists of attributions, point by point; points where it is not defined are left out.
///
/// With the amounts of two methods it measures their agreement; with a known truth, agreement with that; with the amounts of a model whose weights are
/// random (Adebayo et al., "Sanity Checks for Saliency Maps", `NeurIPS` 2018), how much the attribution depends on what was learnt: it should be low.
pub fn correlations(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<f64> {
    a.iter().zip(b).filter_map(|(a, b)| spearman(a, b)).collect()
}
