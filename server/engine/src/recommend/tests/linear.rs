use super::super::*;

/// Three users over three items.
const HISTORIES: [&[u32]; 3] = [&[0, 1, 2], &[0, 2], &[1, 2, 0]];

fn model() -> LinearModel {
    let settings = LinearSettings { past_decay: 0.8, future_decay: 0.5, ridge: 2.0, history_decay: 0.8 };
    LinearModel::train(&HISTORIES, 3, &settings).unwrap()
}

#[test]
fn weights_are_those_of_the_written_out_regression() {
    // numpy 2, f64: one row for each prefix, then solve(X'X + 2 I, X'Y).
    let expected = [
        [-0.041_541_6, 0.222_448_54, 0.431_228_56],
        [0.240_941_25, -0.040_201_54, 0.373_874_36],
        [0.269_082_33, 0.010_720_41, -0.099_699_83],
    ];
    let model = model();
    for (item, row) in (0..).zip(expected) {
        let scores = model.scores(&[&[item]]).unwrap();
        assert!(scores.iter().zip(row).all(|(score, weight)| (score - weight).abs() < 1e-6), "{scores:?} {row:?}");
    }
}

#[test]
fn a_score_is_the_sum_of_its_history() {
    let model = model();
    let scores = model.scores(&[&[2], &[0, 1]]).unwrap();
    assert!((scores[5] - 0.718_857_2).abs() < 1e-6, "the older item counts 0.8");
    let explanation = model.explain(&[0, 1], 2, &|item| format!("item {item}")).unwrap();
    assert!(explanation.adds_up() && explanation.baseline == 0.0, "{explanation:?}");
    assert!((explanation.score - f64::from(scores[5])).abs() < 1e-12);
    let first = &explanation.contributions[0];
    assert_eq!((first.feature.as_str(), first.value.as_str()), ("history:2", "item 1"));
    assert!((first.amount - 0.373_874_36).abs() < 1e-6);
}

#[test]
fn pruning_keeps_the_largest_weights() {
    let model = model();
    let whole = model.pruned(3);
    assert_eq!(whole.scores(&[&[0, 1]]).unwrap(), model.scores(&[&[0, 1]]).unwrap());
    let one = model.pruned(1);
    assert_eq!(one.weight_count(), 3);
    let scores = one.scores(&[&[0]]).unwrap();
    assert_eq!(scores[..2], [0.0, 0.0]);
    assert!(scores[2] > 0.4);
    assert!(one.explain(&[0], 2, &|item| item.to_string()).unwrap().adds_up());
}

#[test]
fn what_cannot_be_trained_or_scored_is_an_error() {
    let settings = LinearSettings::default();
    assert!(matches!(LinearModel::train(&[&[1]], 3, &settings), Err(RecommendError::NothingToTrain)));
    let unknown = LinearModel::train(&[&[1, 7]], 3, &settings);
    assert!(matches!(unknown, Err(RecommendError::UnknownItem { item: 7, known: 3 })));
    let flat = LinearSettings { ridge: -9.0, ..settings };
    assert!(matches!(LinearModel::train(&HISTORIES, 3, &flat), Err(RecommendError::NotPositiveDefinite)));
    assert!(model().scores(&[&[3]]).is_err());
}
