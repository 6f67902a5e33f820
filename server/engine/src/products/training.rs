//! Learning the weights of a ranker from graded results.

use super::features::{FEATURES, Feature};
use super::ranker::LinearRanker;

/// What is known of one query: its candidates, and how good each is.
#[derive(Debug, Clone, Default)]
pub struct TrainingQuery {
    /// By candidate, then feature; NaN where something is not known.
    pub values: Vec<[f64; FEATURES]>,
    /// Grades; 0 for what nobody graded.
    pub grades: Vec<u8>,
}

/// How weights are learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingSettings {
    /// What a weight's distance from its prior costs, on standardised features.
    pub penalty: f64,
    /// Steps of gradient descent.
    pub steps: i32,
    /// Weights, on features as they are, that the judged queries pull away from. A feature that is the same for all candidates keeps its prior.
    pub prior: [f64; FEATURES],
}

impl Default for TrainingSettings {
    /// Chosen by cross-validation over queries, see the README.
    fn default() -> Self {
        let mut prior = [0.0; FEATURES];
        prior[Feature::Text.number()] = 7.0;
        prior[Feature::Code.number()] = 3.0;
        prior[Feature::Popularity.number()] = 0.1;
        TrainingSettings { penalty: 0.3, steps: 300, prior }
    }
}

/// Learns weights by the soft-max loss over each query's candidates, the target being their share of the grades (`ListNet`'s top-one loss: Cao et al.,
/// "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007, with grades as gains), with a quadratic penalty. The loss
/// is convex; it is minimised with Adam (Kingma and Ba, ICLR 2015) from the prior, with a falling step.
///
/// Features are standardised over the candidates given here and nothing else; the answer has weights for features as they are.
pub fn train(queries: &[TrainingQuery], settings: &TrainingSettings) -> LinearRanker {
    let (centres, spreads) = moments(queries);
    let standard = |values: &[f64; FEATURES]| {
        let mut row = [0.0; FEATURES];
        for at in 0..FEATURES {
            if !values[at].is_nan() && spreads[at] > 0.0 {
                row[at] = (values[at] - centres[at]) / spreads[at];
            }
        }
        row
    };
    let data: Vec<(Vec<[f64; FEATURES]>, Vec<f64>)> = queries
        .iter()
        .filter_map(|query| {
            let sum: f64 = query.grades.iter().map(|grade| f64::from(*grade)).sum();
            let target = query.grades.iter().map(|grade| f64::from(*grade) / sum).collect();
            (sum > 0.0).then(|| (query.values.iter().map(standard).collect(), target))
        })
        .collect();
    let mut prior = [0.0; FEATURES];
    for at in 0..FEATURES {
        prior[at] = settings.prior[at] * spreads[at];
    }
    let standardised = descend(&data, &prior, settings);
    let mut weights = [0.0; FEATURES];
    for at in 0..FEATURES {
        weights[at] = if spreads[at] > 0.0 { standardised[at] / spreads[at] } else { settings.prior[at] };
    }
    LinearRanker { method: "learned weights of named features (exact)", weights, centres }
}

/// The numbers below `n` in an order that the seed fixes: how queries are cut into folds.
pub fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    crate::random::SplitMix::new(seed).shuffle(&mut order);
    order
}

/// Mean and standard deviation of each feature over all candidates that have it; a spread that is no more than rounding is 0.
fn moments(queries: &[TrainingQuery]) -> ([f64; FEATURES], [f64; FEATURES]) {
    let (mut centres, mut spreads) = ([0.0; FEATURES], [0.0; FEATURES]);
    for at in 0..FEATURES {
        let known: Vec<f64> = queries
            .iter()
            .flat_map(|query| &query.values)
            .map(|values| values[at])
            .filter(|value| !value.is_nan())
            .collect();
        let mean = crate::metrics::mean(&known);
        let variance = crate::metrics::mean(&known.iter().map(|value| (value - mean).powi(2)).collect::<Vec<f64>>());
        centres[at] = mean;
        spreads[at] = if variance.sqrt() > 1e-9 * (1.0 + mean.abs()) { variance.sqrt() } else { 0.0 };
    }
    (centres, spreads)
}

fn descend(
    data: &[(Vec<[f64; FEATURES]>, Vec<f64>)],
    prior: &[f64; FEATURES],
    settings: &TrainingSettings,
) -> [f64; FEATURES] {
    const RATE: f64 = 0.1;
    let mut weights = *prior;
    let (mut momentum, mut square) = ([0.0_f64; FEATURES], [0.0_f64; FEATURES]);
    for step in 1..=settings.steps {
        let mut gradient = [0.0; FEATURES];
        for (rows, target) in data {
            add_gradient(rows, target, &weights, &mut gradient);
        }
        let queries = f64::from(u32::try_from(data.len().max(1)).unwrap_or(u32::MAX));
        // The step falls to a tenth.
        let rate = RATE * (1.0 - 0.9 * f64::from(step) / f64::from(settings.steps));
        for at in 0..FEATURES {
            let slope = gradient[at] / queries + settings.penalty * (weights[at] - prior[at]);
            momentum[at] = 0.9 * momentum[at] + 0.1 * slope;
            square[at] = 0.999 * square[at] + 0.001 * slope * slope;
            let mean = momentum[at] / (1.0 - 0.9_f64.powi(step));
            let size = (square[at] / (1.0 - 0.999_f64.powi(step))).sqrt();
            weights[at] -= rate * mean / (size + 1e-8);
        }
    }
    weights
}

/// The gradient of the soft-max cross-entropy of one query: `sum of rows * (probability - target)`.
fn add_gradient(rows: &[[f64; FEATURES]], target: &[f64], weights: &[f64; FEATURES], gradient: &mut [f64; FEATURES]) {
    let scores: Vec<f64> = rows.iter().map(|row| row.iter().zip(weights).map(|(x, w)| x * w).sum()).collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    for ((row, power), target) in rows.iter().zip(powers).zip(target) {
        let difference = power / sum - target;
        for at in 0..FEATURES {
            gradient[at] += difference * row[at];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Good products have much of feature 1 and little of feature 9; the others say nothing.
    fn queries() -> Vec<TrainingQuery> {
        let mut random = crate::random::SplitMix::new(5);
        (0..30)
            .map(|_| {
                let mut query = TrainingQuery::default();
                for _ in 0..20 {
                    let mut values = [0.0; FEATURES];
                    values[1] = f64::from(random.unit());
                    values[9] = f64::from(random.unit());
                    values[11] = f64::from(random.unit());
                    query.grades.push(if values[1] - values[9] > 0.4 { 3 } else { 0 });
                    query.values.push(values);
                }
                query
            })
            .collect()
    }

    #[test]
    fn what_tells_good_from_bad_gets_weight() {
        let ranker = train(&queries(), &TrainingSettings { penalty: 0.01, ..TrainingSettings::default() });
        assert!(ranker.weights[1] > 1.0 && ranker.weights[9] < -1.0, "{ranker:?}");
        assert!(ranker.weights[11].abs() < 1.0);
        let prior = TrainingSettings::default().prior;
        assert_eq!(ranker.weights[Feature::Code.number()], prior[Feature::Code.number()], "never seen: the prior");
        assert_eq!(ranker, train(&queries(), &TrainingSettings { penalty: 0.01, ..TrainingSettings::default() }));
    }

    #[test]
    fn a_large_penalty_keeps_the_prior() {
        let settings = TrainingSettings { penalty: 1e6, ..TrainingSettings::default() };
        let ranker = train(&queries(), &settings);
        assert!(ranker.weights[1].abs() < 0.05 && ranker.weights[9].abs() < 0.05, "{ranker:?}");
    }

    #[test]
    fn unknown_values_and_no_queries_are_no_trouble() {
        let mut some = queries();
        some[0].values[3][1] = f64::NAN;
        assert!(train(&some, &TrainingSettings::default()).weights.iter().all(|weight| weight.is_finite()));
        assert!(train(&[], &TrainingSettings::default()).weights.iter().all(|weight| weight.is_finite()));
    }
}
