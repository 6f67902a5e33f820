//! Why a model answers as it does: attributions of one score to its inputs, what would change an answer, and checks of both.
//!
//! Nothing here knows what the features mean. A model is a [`Batch`]: rows of numbers in, one score for each row out. A feature that is "away"
//! has the value of a baseline row.

pub mod checks;
mod counterfactual;
mod dependence;
mod gradients;
mod leave_one_out;
mod shapley;
#[cfg(test)]
mod tests;

pub use counterfactual::{Counterfactual, Effort, counterfactual};
pub use dependence::{Dependence, partial_dependence};
pub use gradients::{Differentiable, Line, gauss_legendre, integrated_gradients};
pub use leave_one_out::leave_one_out;
pub use shapley::{EXACT_GROUPS, Permutations, coalitions, shapley, shapley_of_game};

/// A model as this module sees it: `[n, features]`, row by row, to `[n]` scores.
pub type Batch<'a> = dyn Fn(&[f32]) -> Vec<f32> + 'a;

/// Why something could not be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Input and baseline are of different lengths.
    #[error("the input has {input} features, the baseline {baseline}")]
    Baseline {
        /// Features of the input.
        input: usize,
        /// Features of the baseline.
        baseline: usize,
    },
    /// A group names a feature that is not there, or one that another group has.
    #[error("group {group} names feature {feature}, which is out of range or in another group too")]
    Group {
        /// Which group.
        group: usize,
        /// Which feature.
        feature: usize,
    },
    /// More groups than an exact computation can take.
    #[error("{groups} groups are too many: at most {most}")]
    TooManyGroups {
        /// How many there are.
        groups: usize,
        /// How many there may be.
        most: usize,
    },
    /// The model did not give one finite score for each row.
    #[error("the model gave {given} finite scores for {rows} rows")]
    Scores {
        /// Rows asked.
        rows: usize,
        /// Finite scores among what came back.
        given: usize,
    },
    /// Tensor arithmetic.
    #[error("tensor arithmetic")]
    Tensor(#[from] candle_core::Error),
}

/// One input to explain: its features, what they are when they are away, and which of them come and go together.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    input: Vec<f32>,
    baseline: Vec<f32>,
    groups: Vec<Vec<usize>>,
}

impl Point {
    /// `input` and `baseline` hold one number for each feature; a group is a list of feature numbers. Features in no group always keep the value
    /// of the input.
    ///
    /// # Errors
    /// Lengths that differ; a feature out of range or in two groups.
    pub fn new(input: Vec<f32>, baseline: Vec<f32>, groups: Vec<Vec<usize>>) -> Result<Point, ExplainError> {
        if input.len() != baseline.len() {
            return Err(ExplainError::Baseline { input: input.len(), baseline: baseline.len() });
        }
        let mut taken = vec![false; input.len()];
        for (group, features) in groups.iter().enumerate() {
            for feature in features {
                match taken.get_mut(*feature) {
                    Some(taken) if !*taken => *taken = true,
                    _ => return Err(ExplainError::Group { group, feature: *feature }),
                }
            }
        }
        Ok(Point { input, baseline, groups })
    }

    /// Each feature a group of its own.
    ///
    /// # Errors
    /// Lengths that differ.
    pub fn ungrouped(input: Vec<f32>, baseline: Vec<f32>) -> Result<Point, ExplainError> {
        let groups = (0..input.len()).map(|feature| vec![feature]).collect();
        Point::new(input, baseline, groups)
    }

    /// Number of groups.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.input.len()
    }

    /// Appends the row in which the groups for which `present` holds are there and the others are away.
    pub fn push_row(&self, present: impl Fn(usize) -> bool, rows: &mut Vec<f32>) {
        let start = rows.len();
        rows.extend_from_slice(&self.input);
        for (group, features) in self.groups.iter().enumerate() {
            if !present(group) {
                for feature in features {
                    rows[start + feature] = self.baseline[*feature];
                }
            }
        }
    }
}

/// What each group gives to the score: `baseline + sum(amounts) + gap = score`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// The score with every group away.
    pub baseline: f64,
    /// The score explained.
    pub score: f64,
    /// One amount for each group, in the unit of the score.
    pub amounts: Vec<f64>,
    /// Standard error of each amount, where it was sampled.
    pub errors: Option<Vec<f64>>,
}

impl Attribution {
    /// What the amounts do not account for.
    pub fn gap(&self) -> f64 {
        self.score - self.baseline - self.amounts.iter().sum::<f64>()
    }
}

/// Asks the model about `rows`, each of `features` numbers, and holds it to one finite score for each.
fn ask(model: &Batch<'_>, rows: &[f32], features: usize) -> Result<Vec<f64>, ExplainError> {
    let expected = rows.len().checked_div(features).unwrap_or_default();
    let scores: Vec<f64> = model(rows).into_iter().map(f64::from).collect();
    let given = scores.iter().filter(|score| score.is_finite()).count();
    if scores.len() != expected || given != expected {
        return Err(ExplainError::Scores { rows: expected, given });
    }
    Ok(scores)
}

/// A count as a number to calculate with.
fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
