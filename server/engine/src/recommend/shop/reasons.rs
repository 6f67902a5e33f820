//! Why a product has its score: exact Shapley values over feature groups.

use super::features::{FEATURE_COUNT, FEATURES, GROUP_COUNT};
use super::ranker::{Ranker, TASKS};
use crate::explain::shapley_of_game;

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
    let amounts: [Vec<f64>; TASKS] = std::array::from_fn(|task| {
        let game: Vec<f64> = values.iter().skip(task).step_by(TASKS).map(|value| f64::from(*value)).collect();
        shapley_of_game(&game)
    });
    for (place, group) in players.iter().enumerate() {
        groups[*group] = std::array::from_fn(|task| amounts[task][place]);
    }
    let baseline = std::array::from_fn(|task| f64::from(values[task]));
    Attribution { baseline, groups, players: players.len() }
}
