//! Shapley values of groups of features.
//!
//! A group's value is what it adds to the score, averaged over all orders in which the groups can arrive (Shapley, "A Value for n-Person Games",
//! 1953). The game is the model's score where the groups of a coalition have the input's values and all others the baseline's: "baseline Shapley" of
//! Sundararajan and Najmi, "The Many Shapley Values for Model Explanation", ICML 2020.

use super::{Attribution, Batch, ExplainError, Point, ask, real};
use crate::random::SplitMix;

/// Up to so many groups are computed exactly: 4,096 rows.
pub const EXACT_GROUPS: usize = 12;
/// The most groups whose coalitions are ever listed: 1,048,576 rows.
const LISTED_GROUPS: usize = 20;

/// How many orders are drawn where there are too many groups, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutations {
    /// Orders, at least two.
    pub count: usize,
    /// What the randomness begins with.
    pub seed: u64,
}

impl Default for Permutations {
    fn default() -> Self {
        Permutations { count: 200, seed: 0x5ba9 }
    }
}

/// The value of each group: exact up to [`EXACT_GROUPS`] groups, sampled with its standard error above. The amounts sum to the score less the
/// baseline either way, up to rounding in f64.
///
/// # Errors
/// A model that does not give one finite score for each row.
pub fn shapley(model: &Batch<'_>, point: &Point, sampling: &Permutations) -> Result<Attribution, ExplainError> {
    if point.groups() > EXACT_GROUPS {
        return sampled(model, point, sampling);
    }
    let game = ask(model, &coalitions(point)?, point.features())?;
    let amounts = shapley_of_game(&game);
    Ok(Attribution { baseline: game[0], score: game[game.len() - 1], amounts, errors: None })
}

/// `[2^groups, features]`: the row of every coalition, in the order of its number. Group `i` is there in row `r` where bit `i` of `r` is set, so the
/// first row is the baseline and the last the input.
///
/// For callers that have several scores for one row (tasks, or a weighted sum of them): ask the model once, then [`shapley_of_game`] for each.
///
/// # Errors
/// More than 20 groups.
pub fn coalitions(point: &Point) -> Result<Vec<f32>, ExplainError> {
    let groups = point.groups();
    if groups > LISTED_GROUPS {
        return Err(ExplainError::TooManyGroups { groups, most: LISTED_GROUPS });
    }
    let mut rows = Vec::with_capacity(point.features() << groups);
    for coalition in 0..1_usize << groups {
        point.push_row(|group| coalition >> group & 1 == 1, &mut rows);
    }
    Ok(rows)
}

/// The value of each player of a game whose `2^n` values come in the order of [`coalitions`]. Where the length is no power of two, what is beyond
/// the last one is ignored.
pub fn shapley_of_game(values: &[f64]) -> Vec<f64> {
    let players = values.len().checked_ilog2().unwrap_or_default();
    let n = usize::try_from(players).unwrap_or_default();
    // Weight of a coalition of size s that a player joins: s! (n - s - 1)! / n! = 1 / (n * C(n - 1, s)).
    let mut weights = Vec::with_capacity(n);
    let mut choose = 1.0;
    for size in 0..n {
        weights.push((real(n) * choose).recip());
        choose *= real(n - 1 - size) / real(size + 1);
    }
    let mut amounts = vec![0.0; n];
    for (coalition, value) in values.iter().take(1 << n).enumerate() {
        let size = usize::try_from(coalition.count_ones()).unwrap_or_default();
        for (player, amount) in amounts.iter_mut().enumerate() {
            if coalition >> player & 1 == 1 {
                *amount += weights[size - 1] * value;
            } else {
                *amount -= weights[size] * value;
            }
        }
    }
    amounts
}

/// Means of marginal contributions over random orders (Castro, Gómez and Tejada, "Polynomial calculation of the Shapley value based on sampling", 2009;
/// for features of a model: Štrumbelj and Kononenko, "Explaining prediction models and individual predictions with feature contributions", 2014). The
/// standard error is that of the mean.
fn sampled(model: &Batch<'_>, point: &Point, sampling: &Permutations) -> Result<Attribution, ExplainError> {
    let n = point.groups();
    let count = sampling.count.max(2);
    let mut random = SplitMix::new(sampling.seed);
    let mut order: Vec<usize> = (0..n).collect();
    let mut ends = Vec::new();
    point.push_row(|_| false, &mut ends);
    point.push_row(|_| true, &mut ends);
    let ends = ask(model, &ends, point.features())?;
    let (baseline, score) = (ends[0], ends[1]);
    let mut sums = vec![0.0; n];
    let mut squares = vec![0.0; n];
    let mut place = vec![0; n];
    for _ in 0..count {
        random.shuffle(&mut order);
        for (arrival, group) in order.iter().enumerate() {
            place[*group] = arrival;
        }
        // The row after each arrival but the last, which is the input itself.
        let mut rows = Vec::with_capacity((n - 1) * point.features());
        for arrived in 0..n - 1 {
            point.push_row(|group| place[group] <= arrived, &mut rows);
        }
        let after = ask(model, &rows, point.features())?;
        let mut before = baseline;
        for (group, after) in order.iter().zip(after.into_iter().chain([score])) {
            sums[*group] += after - before;
            squares[*group] += (after - before).powi(2);
            before = after;
        }
    }
    let draws = real(count);
    let error = |(sum, square): (&f64, &f64)| {
        let variance = (square - sum * sum / draws).max(0.0) / (draws - 1.0);
        (variance / draws).sqrt()
    };
    let errors = sums.iter().zip(&squares).map(error).collect();
    let amounts = sums.iter().map(|sum| sum / draws).collect();
    Ok(Attribution { baseline, score, amounts, errors: Some(errors) })
}
