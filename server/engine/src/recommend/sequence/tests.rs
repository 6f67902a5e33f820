use std::ops::ControlFlow;

use candle_core::{Device, Tensor, Var};

use super::super::{RecommendError, Recommender, Sequences};
use super::loss::{self, Choice};
use super::network::{self, Shape};
use super::{SequenceModel, SequenceSettings};
use crate::random::SplitMix;

const SMALL: Shape = Shape { items: 6, hidden: 8, blocks: 2, heads: 2, window: 5 };

fn untrained() -> SequenceModel {
    SequenceModel { shape: SMALL, weights: network::initial(&SMALL, &mut SplitMix::new(3)).unwrap() }
}

/// After item `i` comes `i + 1`, around a circle of six.
fn circle() -> Vec<Vec<u32>> {
    (0..36_u32).map(|user| (0..2 + user / 6 % 4).map(|event| (user + event) % 6).collect()).collect()
}

fn settings() -> SequenceSettings {
    SequenceSettings {
        hidden: 8,
        window: 5,
        dropout: 0.1,
        learning_rate: 0.02,
        batch: 9,
        epochs: 12,
        patience: 12,
        ..SequenceSettings::default()
    }
}

#[test]
fn a_future_item_does_not_change_earlier_states() {
    let model = untrained();
    let states = |ids: &[u32]| {
        let states = network::states(&model.weights, &SMALL, ids.to_vec(), 4, None).unwrap();
        states.to_vec2::<f32>().unwrap()
    };
    let (first, other) = (states(&[0, 1, 2, 3]), states(&[0, 1, 2, 5]));
    for place in 0..3 {
        assert_eq!(first[place], other[place]);
    }
    assert_ne!(first[3], other[3]);
    let past = states(&[4, 1, 2, 3]);
    assert!((0..4).all(|place| past[place] != first[place]), "the past does");
}

#[test]
fn a_history_scores_the_same_in_a_batch_as_alone() {
    let model = untrained();
    let histories: [&[u32]; 3] = [&[0, 1, 2, 3], &[5], &[]];
    let together = model.scores(&histories).unwrap();
    for (row, history) in histories.iter().enumerate() {
        let alone = model.scores(&[history]).unwrap();
        assert!(alone.iter().zip(&together[row * 6..]).all(|(a, b)| (a - b).abs() < 1e-5));
    }
    assert_eq!(together[12..], [0.0; 6]);
    let long = model.scores(&[&[3, 3, 0, 1, 2, 3, 4], &[0, 1, 2, 3, 4]]).unwrap();
    assert!(long[..6].iter().zip(&long[6..]).all(|(a, b)| (a - b).abs() < 1e-5), "only the window counts");
    assert!(matches!(model.scores(&[&[6]]), Err(RecommendError::UnknownItem { item: 6, known: 6 })));
}

#[test]
fn the_loss_and_its_gradients_are_those_of_tensor_operations() {
    let mut random = SplitMix::new(5);
    // 300 positions are more than one chunk; 19 items fill no vector of any width.
    let mut draw = |n: usize| (0..n).map(|_| random.normal()).collect::<Vec<f32>>();
    let states = Var::from_vec(draw(300 * 4), (300, 4), &Device::Cpu).unwrap();
    let items = Var::from_vec(draw(19 * 4), (19, 4), &Device::Cpu).unwrap();
    let targets: Vec<usize> = (0..300).map(|i| i * 7 % 19).collect();
    let choice = |targets| Choice { targets, shared: 19, shift: 0.0 };
    let ours = loss::cross_entropy(&states, &items, choice(targets.clone())).unwrap();
    let wanted: Vec<u32> = targets.iter().map(|target| u32::try_from(*target).unwrap()).collect();
    let logits = states.matmul(&items.t().unwrap()).unwrap();
    let theirs = candle_nn::loss::cross_entropy(&logits, &Tensor::new(wanted, &Device::Cpu).unwrap()).unwrap();
    let difference = ours.to_scalar::<f32>().unwrap() - theirs.to_scalar::<f32>().unwrap();
    assert!(difference.abs() < 1e-5, "{difference}");
    let (ours, theirs) = ((ours * 2.0).unwrap().backward().unwrap(), (theirs * 2.0).unwrap().backward().unwrap());
    for var in [&states, &items] {
        let gap = (ours.get(var).unwrap() - theirs.get(var).unwrap()).unwrap().abs().unwrap().max_all().unwrap();
        assert!(gap.to_scalar::<f32>().unwrap() < 1e-6);
    }
    assert!(loss::cross_entropy(&states, &items, choice(vec![19; 300])).is_err());
}

#[test]
fn a_sample_stands_for_all_items() {
    // Two shared columns and one that is only a target: soft-max over {0, 1} with shift, or over {2, 0, 1}.
    let states = Tensor::new(&[[1.0_f32], [2.0]], &Device::Cpu).unwrap();
    let items = Tensor::new(&[[0.5_f32], [0.1], [0.3]], &Device::Cpu).unwrap();
    let choice = Choice { targets: vec![0, 2], shared: 2, shift: 3_f32.ln() };
    let loss = loss::cross_entropy(&states, &items, choice).unwrap().to_scalar::<f32>().unwrap();
    let first = (0.5_f32.exp() + 3.0 * 0.1_f32.exp()).ln() - 0.5;
    let second = (0.6_f32.exp() + 3.0 * (1.0_f32.exp() + 0.2_f32.exp())).ln() - 0.6;
    assert!((loss - (first + second) / 2.0).abs() < 1e-5, "{loss}");
}

#[test]
fn training_learns_the_order_and_is_the_same_each_time() {
    let histories = circle();
    let histories: Vec<&[u32]> = histories.iter().map(Vec::as_slice).collect();
    let mut losses = Vec::new();
    let trained = SequenceModel::train(&histories, 6, &settings(), &[], &mut |at| {
        if at.batch == at.batches {
            losses.push(at.loss);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((trained.epoch, losses.len()), (12, 12));
    assert!(losses[11] < 0.5 * losses[0], "{losses:?}");
    let scores = trained.model.scores(&[&[1, 2, 3]]).unwrap();
    assert!((0..6).all(|item| item == 4 || scores[item] < scores[4]), "{scores:?}");
    let again = SequenceModel::train(&histories, 6, &settings(), &[], &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(again.model.scores(&[&[1, 2, 3]]).unwrap(), scores);
    let sampled = SequenceSettings { negatives: Some(3), ..settings() };
    let sampled = SequenceModel::train(&histories, 6, &sampled, &[], &mut |_| ControlFlow::Continue(())).unwrap();
    let scores = sampled.model.scores(&[&[1, 2, 3]]).unwrap();
    assert!((0..6).all(|item| item == 4 || scores[item] < scores[4]), "{scores:?}");
}

#[test]
fn validation_chooses_the_epoch() {
    let text: String = (0..12)
        .map(|user| format!("u{user} {} {} {} {}\n", user % 6, (user + 1) % 6, (user + 2) % 6, (user + 3) % 6))
        .collect();
    let sequences = Sequences::parse(&text).unwrap();
    let cases = sequences.cases(super::super::Holdout::Validation);
    let training = sequences.training(super::super::Holdout::Validation);
    let mut figures = Vec::new();
    let trained =
        SequenceModel::train(&training, 6, &SequenceSettings { patience: 2, ..settings() }, &cases, &mut |at| {
            figures.extend(at.validation);
            ControlFlow::Continue(())
        })
        .unwrap();
    let best = figures.iter().copied().fold(0.0, f64::max);
    assert_eq!(trained.validation, Some(best));
    assert_eq!(figures.iter().position(|figure| *figure == best), Some(trained.epoch - 1));
}

#[test]
fn training_stops_when_told() {
    let stopped = SequenceModel::train(&[&[0, 1], &[1, 2]], 6, &settings(), &[], &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(RecommendError::Cancelled)));
    let nothing = SequenceModel::train(&[&[0]], 6, &settings(), &[], &mut |_| ControlFlow::Continue(()));
    assert!(matches!(nothing, Err(RecommendError::NothingToTrain)));
}

#[test]
fn a_saved_model_comes_back_as_it_was() {
    let model = untrained();
    let loaded = SequenceModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded.shape, model.shape);
    let histories: [&[u32]; 2] = [&[0, 1, 2], &[4]];
    assert_eq!(loaded.scores(&histories).unwrap(), model.scores(&histories).unwrap());
    let mut broken = untrained();
    broken.weights.remove("norm.gain");
    assert_eq!(
        SequenceModel::from_bytes(&broken.to_bytes().unwrap()).unwrap_err().to_string(),
        "the saved model is not usable: no tensor norm.gain"
    );
}
