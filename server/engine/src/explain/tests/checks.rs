use crate::explain::checks::{Verdict, correlations, curves, spearman};
use crate::explain::{Permutations, Point, shapley};
use crate::random::SplitMix;

#[test]
fn spearman_ranks_and_shares_ties() {
    assert_eq!(spearman(&[1.0, 2.0, 3.0], &[10.0, 100.0, 1000.0]), Some(1.0));
    assert_eq!(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
    let tied = spearman(&[1.0, 2.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0]).expect("it varies");
    assert!((tied - 4.5 / (4.5_f64 * 5.0).sqrt()).abs() < 1e-12);
    assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
    assert_eq!(spearman(&[1.0], &[1.0]), None);
}

/// A model with an interaction, and weights that a seed gives.
fn model(seed: u64) -> impl Fn(&[f32]) -> Vec<f32> {
    let mut random = SplitMix::new(seed);
    let weights: Vec<f32> = (0..8).map(|_| random.normal()).collect();
    move |rows| {
        let one = |row: &[f32]| row.iter().zip(&weights).map(|(x, w)| x * w).sum::<f32>() + row[0] * row[1];
        rows.chunks_exact(8).map(one).collect()
    }
}

fn points(count: usize) -> Vec<Point> {
    let mut random = SplitMix::new(9);
    let mut draw = || (0..8).map(|_| random.normal()).collect::<Vec<f32>>();
    (0..count).map(|_| Point::ungrouped(draw(), vec![0.0; 8]).expect("it fits")).collect()
}

fn amounts(model: &dyn Fn(&[f32]) -> Vec<f32>, points: &[Point]) -> Vec<Vec<f64>> {
    let one = |point| shapley(model, point, &Permutations::default()).expect("it answers").amounts;
    points.iter().map(one).collect()
}

#[test]
fn right_attributions_beat_random_order_and_random_ones_do_not() {
    let (model, points) = (model(1), points(60));
    let right = amounts(&model, &points);
    let mut random = SplitMix::new(4);
    let wrong: Vec<Vec<f64>> = right.iter().map(|_| (0..8).map(|_| f64::from(random.normal())).collect()).collect();
    let gains = |amounts: &[Vec<f64>]| -> Vec<f64> {
        let one = |(point, amounts): (&Point, &Vec<f64>)| curves(&model, point, amounts, 30, 5).expect("it answers");
        points.iter().zip(amounts).map(one).map(|curves| curves.deletion_gain().min(curves.insertion_gain())).collect()
    };
    assert!(Verdict::above(&gains(&right), 0.0).passed);
    assert!(!Verdict::above(&gains(&wrong), 0.0).passed);
}

#[test]
fn curves_begin_and_end_where_they_must() {
    let (model, point) = (model(1), points(1).remove(0));
    let found = shapley(&model, &point, &Permutations::default()).expect("it answers");
    let curves = curves(&model, &point, &found.amounts, 3, 1).expect("it answers");
    for (curve, first, last) in [
        (&curves.deletion, found.score, found.baseline),
        (&curves.random_deletion, found.score, found.baseline),
        (&curves.insertion, found.baseline, found.score),
        (&curves.random_insertion, found.baseline, found.score),
    ] {
        assert!(curve.len() == 9 && (curve[0] - first).abs() < 1e-9 && (curve[8] - last).abs() < 1e-9);
    }
}

#[test]
fn other_weights_give_other_attributions() {
    let points = points(60);
    let learnt = amounts(&model(1), &points);
    let random = amounts(&model(2), &points);
    assert!(Verdict::below(&correlations(&learnt, &random), 0.5).passed);
    assert!(!Verdict::below(&correlations(&learnt, &learnt), 0.5).passed);
    assert!(!Verdict::below(&[], 0.5).passed, "nothing measured is nothing passed");
}
