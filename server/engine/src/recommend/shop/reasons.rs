//! Why a product has its score: Shapley values over feature groups, exact where they are shown, in outline where only a sentence is made of them.

use super::features::{FEATURE_COUNT, FEATURES, GROUP_COUNT};
use super::ranker::{Ranker, TASKS, weighted};
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

impl Attribution {
    /// What each group gives to the score.
    pub fn amounts(&self, weights: &[f64; TASKS]) -> [f64; GROUP_COUNT] {
        std::array::from_fn(|group| weighted(&self.groups[group], weights))
    }
}

/// Exact Shapley values (Shapley 1953; as attributions Lundberg and Lee, `NeurIPS` 2017) of the groups of one row against one background row: the
/// value of a coalition is the model's answer to the row with the other groups taken from the background. A group whose features are those of
/// the background changes no coalition and so has the value 0 without being evaluated; 2^players rows are.
pub fn attribute(ranker: &Ranker, row: &[f32], background: &[f32]) -> Attribution {
    let players = players(row, background);
    let coalitions = 1_usize << players.len();
    let mut rows = Vec::with_capacity(coalitions * FEATURE_COUNT);
    let mut place_of = [usize::MAX; GROUP_COUNT];
    for (place, group) in players.iter().enumerate() {
        place_of[*group] = place;
    }
    for coalition in 0..coalitions {
        let inside = |group: usize| place_of[group] != usize::MAX && coalition >> place_of[group] & 1 == 1;
        push(row, background, inside, &mut rows);
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

/// What each group gives to the score, for 2 x players + 2 rows in the place of 2^players: the mean of what it adds to the background alone and of what the
/// row lacks without it, the first and the last of the orders of arrival that a Shapley value is the mean of. Where no three groups act on each other it
/// is the Shapley value; elsewhere the amounts need not add up, and only their order is of use.
pub fn outline(ranker: &Ranker, row: &[f32], background: &[f32], weights: &[f64; TASKS]) -> [f64; GROUP_COUNT] {
    let players = players(row, background);
    let mut rows = Vec::with_capacity((2 * players.len() + 2) * FEATURE_COUNT);
    for present in [false, true] {
        push(row, background, |_| present, &mut rows);
        for player in &players {
            push(row, background, |group| (group == *player) != present, &mut rows);
        }
    }
    let values = ranker.predict(&rows);
    let scores: Vec<f64> = values.chunks_exact(TASKS).map(|tasks| weighted(tasks, weights)).collect();
    let (alone, without) = scores.split_at(players.len() + 1);
    let mut groups = [0.0; GROUP_COUNT];
    for (place, group) in players.iter().enumerate() {
        groups[*group] = (alone[place + 1] - alone[0] + without[0] - without[place + 1]) / 2.0;
    }
    groups
}

/// The groups in which a row differs from the background.
fn players(row: &[f32], background: &[f32]) -> Vec<usize> {
    let differs = |group: &usize| {
        FEATURES.iter().enumerate().any(|(place, (_, own))| own == group && row[place] != background[place])
    };
    (0..GROUP_COUNT).filter(differs).collect()
}

/// Appends the row with the groups that are not `present` taken from the background.
fn push(row: &[f32], background: &[f32], present: impl Fn(usize) -> bool, rows: &mut Vec<f32>) {
    rows.extend(FEATURES.iter().enumerate().map(
        |(place, (_, group))| {
            if present(*group) { row[place] } else { background[place] }
        },
    ));
}
