//! Why a product has its score: exact Shapley values over feature groups.

use super::features::{FEATURE_COUNT, FEATURES, GROUP_COUNT};
use super::ranker::{Ranker, TASKS};

/// What each group gives to each task.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// The tasks' values of the background row.
    pub baseline: [f64; TASKS],
    /// By group; 0 where the row does not differ from the background.
    pub groups: [[f64; TASKS]; GROUP_COUNT],
    /// Groups in which the row differs: all coalitions of these were evaluated.
    pub players: usize,
}

/// Exact Shapley values (Shapley 1953; as attributions Lundberg and Lee, `NeurIPS` 2017) of the groups of one row against one background row: the
/// value of a coalition is the model's answer to the row with the other groups taken from the background. A group whose features are those of
/// the background changes no coalition and so has the value 0 without being evaluated; 2^players rows are.
pub fn attribute(ranker: &Ranker, row: &[f32], background: &[f32]) -> Attribution {
    let mut players = Vec::new();
    for group in 0..GROUP_COUNT {
        let differs = |(place, (_, own)): (usize, &(&str, usize))| *own == group && row[place] != background[place];
        if FEATURES.iter().enumerate().any(differs) {
            players.push(group);
        }
    }
    let coalitions = 1_usize << players.len();
    let mut rows = Vec::with_capacity(coalitions * FEATURE_COUNT);
    let mut place_of = [usize::MAX; GROUP_COUNT];
    for (place, group) in players.iter().enumerate() {
        place_of[*group] = place;
    }
    for coalition in 0..coalitions {
        for (place, (_, group)) in FEATURES.iter().enumerate() {
            let inside = place_of[*group] != usize::MAX && coalition >> place_of[*group] & 1 == 1;
            rows.push(if inside { row[place] } else { background[place] });
        }
    }
    let values = ranker.predict(&rows);
    let mut groups = [[0.0; TASKS]; GROUP_COUNT];
    let shares = shares(players.len());
    for (place, group) in players.iter().enumerate() {
        let bit = 1 << place;
        for coalition in (0..coalitions).filter(|coalition| coalition & bit == 0) {
            let share = shares[coalition.count_ones() as usize];
            for task in 0..TASKS {
                let with = f64::from(values[(coalition | bit) * TASKS + task]);
                groups[*group][task] += share * (with - f64::from(values[coalition * TASKS + task]));
            }
        }
    }
    let baseline = std::array::from_fn(|task| f64::from(values[task]));
    Attribution { baseline, groups, players: players.len() }
}

/// `|S|! (n - |S| - 1)! / n!` by the size of `S`.
fn shares(n: usize) -> Vec<f64> {
    let factorial = |n: usize| (1..=n).map(|i| i as f64).product::<f64>();
    (0..n).map(|size| factorial(size) * factorial(n - size - 1) / factorial(n)).collect()
}
