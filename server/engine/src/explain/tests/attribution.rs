use candle_core::Tensor;

use crate::explain::{
    ExplainError, Line, Permutations, Point, gauss_legendre, integrated_gradients, leave_one_out, partial_dependence,
    shapley, shapley_of_game,
};

fn close(a: &[f64], b: &[f64], within: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= within)
}

/// A function of one row as a batch.
fn rowwise(features: usize, f: impl Fn(&[f32]) -> f32) -> impl Fn(&[f32]) -> Vec<f32> {
    move |rows| rows.chunks_exact(features).map(&f).collect()
}

#[test]
fn glove_game_gives_the_rare_glove_its_due() {
    // Players 0 and 1 hold a left glove, player 2 the right one; a pair is worth 1.
    let game: Vec<f64> =
        (0..8_u8).map(|coalition| f64::from(u8::from(coalition & 4 > 0 && coalition & 3 > 0))).collect();
    assert!(close(&shapley_of_game(&game), &[1.0 / 6.0, 1.0 / 6.0, 2.0 / 3.0], 1e-12));
}

#[test]
fn linear_models_have_their_own_terms() {
    let weights = [2.0, -1.0, 0.5, 3.0];
    let model = rowwise(4, |row| row.iter().zip(weights).map(|(x, w)| x * w).sum::<f32>() + 10.0);
    let point = Point::new(vec![1.0, 2.0, 3.0, 4.0], vec![0.0, 1.0, 0.0, 4.0], vec![vec![0], vec![1, 2], vec![3]]);
    let amounts = shapley(&model, &point.expect("it fits"), &Permutations::default()).expect("it answers");
    assert!(close(&amounts.amounts, &[2.0, 0.5, 0.0], 1e-6), "{amounts:?}");
    assert!((amounts.baseline - 21.0).abs() < 1e-6 && amounts.gap().abs() < 1e-9);
}

#[test]
fn exclusive_or_is_shared_by_both() {
    let model = rowwise(3, |row| f32::from((row[0] > 0.5) != (row[1] > 0.5)));
    let point = Point::ungrouped(vec![1.0, 0.0, 1.0], vec![0.0; 3]).expect("it fits");
    let one = shapley(&model, &point, &Permutations::default()).expect("it answers");
    assert!(close(&one.amounts, &[1.0, 0.0, 0.0], 1e-12));
    let both = Point::ungrouped(vec![1.0, 1.0, 1.0], vec![0.0; 3]).expect("it fits");
    let both = shapley(&model, &both, &Permutations::default()).expect("it answers");
    assert!(close(&both.amounts, &[0.0, 0.0, 0.0], 1e-12), "each takes back what the other gave");
}

#[test]
fn sampling_comes_close_and_says_how_close() {
    // 16 groups; pairs of neighbours interact, so each gets half of its product.
    let model =
        rowwise(16, |row| row.chunks_exact(2).zip(1_u8..).map(|(pair, w)| f32::from(w) * pair[0] * pair[1]).sum());
    let point = Point::ungrouped(vec![1.0; 16], vec![0.0; 16]).expect("it fits");
    let found = shapley(&model, &point, &Permutations { count: 400, seed: 3 }).expect("it answers");
    let errors = found.errors.clone().expect("it was sampled");
    for (place, (amount, error)) in found.amounts.iter().zip(&errors).enumerate() {
        let truth = f64::from(u8::try_from(place / 2 + 1).expect("small")) / 2.0;
        assert!((amount - truth).abs() < 4.0 * error, "{place}: {amount} +- {error}, {truth}");
        // A fair coin of height w: standard deviation w / 2 over 400 draws.
        assert!((error - truth / 20.0).abs() < 0.01 * truth, "{error} {truth}");
    }
    assert!(found.gap().abs() < 1e-9, "every order sums to the whole");
}

#[test]
fn wrong_points_and_models_are_refused() {
    let group = Point::new(vec![0.0; 2], vec![0.0; 2], vec![vec![0], vec![0, 1]]);
    assert!(matches!(group, Err(ExplainError::Group { group: 1, feature: 0 })));
    assert!(matches!(Point::ungrouped(vec![0.0; 2], vec![0.0; 3]), Err(ExplainError::Baseline { .. })));
    let point = Point::ungrouped(vec![1.0], vec![0.0]).expect("it fits");
    let nothing = shapley(&|_| vec![f32::NAN, 1.0], &point, &Permutations::default());
    assert!(matches!(nothing, Err(ExplainError::Scores { rows: 2, given: 1 })));
}

#[test]
fn quadrature_is_exact_for_polynomials() {
    for n in [1, 2, 5, 50] {
        let rule = gauss_legendre(n);
        let degree = i32::try_from(2 * n - 1).expect("small");
        let integral: f64 = rule.iter().map(|(x, w)| w * x.powi(degree)).sum();
        assert!((integral - 1.0 / (f64::from(degree) + 1.0)).abs() < 1e-13, "{n}: {integral}");
        assert!((rule.iter().map(|(_, w)| w).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn integrated_gradients_of_a_polynomial_are_known() {
    // f = x y^2 + z from 0 to (2, 3, 5): the path integral gives x y^2 / 3 to x and 2 x y^2 / 3 to y.
    let model = |rows: &Tensor| {
        let column = |at| rows.narrow(1, at, 1)?.squeeze(1);
        (column(0)? * column(1)?.sqr()?)? + column(2)?
    };
    let found = integrated_gradients(&model, &[2.0, 3.0, 5.0], &[0.0; 3], &Line::whole(8)).expect("it answers");
    assert!(close(&found.amounts, &[6.0, 12.0, 5.0], 1e-5), "{found:?}");
    assert!(found.gap().abs() < 1e-5);
}

#[test]
fn a_kink_is_closed_in_on_with_few_points() {
    // f = max(x - 1/3, 0) + 2 max(y - 0.7, 0) from 0 to (1, 1): each bends once, far from any middle.
    let model = |rows: &Tensor| {
        let column = |at| rows.narrow(1, at, 1)?.squeeze(1);
        ((column(0)? - 1.0 / 3.0)?.relu()? + ((column(1)? - 0.7)?.relu()? * 2.0)?)?.contiguous()
    };
    let explain = |line: &Line| integrated_gradients(&model, &[1.0; 2], &[0.0; 2], line).expect("it answers");
    let coarse = explain(&Line::whole(20));
    assert!(coarse.gap().abs() > 1e-3, "{coarse:?}");
    let fine = explain(&Line { points: 4, tolerance: 1e-5, most: 1_000 });
    assert!(fine.gap().abs() <= 1e-5 && close(&fine.amounts, &[2.0 / 3.0, 0.6], 2e-5), "{fine:?}");
    // A budget that is too small ends in a gap that is told, not in a loop.
    let poor = explain(&Line { points: 4, tolerance: 1e-9, most: 40 });
    assert!(poor.gap().abs() > 1e-9 && poor.gap().abs() < 0.2, "{poor:?}");
}

#[test]
fn leave_one_out_shows_what_stands_for_each_other() {
    // The score is the sum of event 2 and the larger of events 0 and 1.
    let model = rowwise(3, |mask| mask[0].max(mask[1]) + 2.0 * mask[2]);
    let found = leave_one_out(&model, 3).expect("it answers");
    assert!(close(&found.amounts, &[0.0, 0.0, 2.0], 1e-9));
    assert!((found.score - 3.0).abs() < 1e-9 && found.baseline.abs() < 1e-9 && (found.gap() - 1.0).abs() < 1e-9);
}

#[test]
fn partial_dependence_averages_over_the_rows() {
    let model = rowwise(2, |row| row[0] * row[1]);
    let curve = partial_dependence(&model, &[9.0, 1.0, 9.0, 3.0], 2, 0, &[0.0, 2.0]).expect("it answers");
    assert_eq!((curve[0].mean, curve[1].mean, curve[1].deviation), (0.0, 4.0, 2.0));
}
