use std::ops::ControlFlow;

use super::super::*;

/// After item `i` comes `i + 1`, around a circle of six; two users skip one.
const CIRCLE: &str = "a 0 1 2 3 4\nb 1 2 3 4\nc 2 3 4 5\nd 3 4 5 0 1\ne 4 5 0 1\nf 5 0 1 2\ng 0 2 3 5\nh 1 3 4 0\n";

fn settings() -> SequenceSettings {
    SequenceSettings {
        hidden: 8,
        window: 5,
        dropout: 0.0,
        learning_rate: 0.02,
        batch: 4,
        epochs: 4,
        ..Default::default()
    }
}

fn blend(share: f32) -> Blend {
    let sequences = Sequences::parse(CIRCLE).unwrap();
    let training = sequences.training(Holdout::Validation);
    let linear = LinearModel::train(&training, 6, &LinearSettings { ridge: 1.0, ..Default::default() }).unwrap();
    let sequence = SequenceModel::train(&training, 6, &settings(), &[], &mut |_| ControlFlow::Continue(())).unwrap();
    Blend::new(linear, sequence.model, share).unwrap()
}

#[test]
fn the_parts_of_both_models_make_the_score() {
    for share in [0.0, 0.3, 1.0] {
        let explanation = blend(share).explain(&[0, 1, 2], 3, &|item| item.to_string()).unwrap();
        assert!(explanation.adds_up(), "{explanation:?}");
        assert_eq!(explanation.contributions.len(), 4, "three events and the sequence model");
        let sequence = explanation.contributions.iter().find(|part| part.feature == "sequence").unwrap();
        assert_eq!(sequence.amount == 0.0, share == 0.0);
    }
    assert!(blend(0.5).explain(&[0], 6, &|item| item.to_string()).is_err());
}

#[test]
fn the_ends_rank_like_one_model_alone() {
    let sequences = Sequences::parse(CIRCLE).unwrap();
    let cases = sequences.cases(Holdout::Test);
    let blend = blend(0.0);
    let training = sequences.training(Holdout::Validation);
    let linear = LinearModel::train(&training, 6, &LinearSettings { ridge: 1.0, ..Default::default() }).unwrap();
    assert_eq!(ranks(&blend, &cases).unwrap(), ranks(&linear, &cases).unwrap());
}

#[test]
fn tuning_is_never_worse_than_the_ends() {
    let sequences = Sequences::parse(CIRCLE).unwrap();
    let cases = sequences.cases(Holdout::Validation);
    let gain = |blend: &Blend| RankQuality::of(&ranks(blend, &cases).unwrap()).ndcg;
    let mut tuned = blend(0.0);
    let figure = tuned.tune(&cases).unwrap();
    assert!((gain(&tuned) - figure).abs() < 1e-9);
    assert!(figure >= gain(&blend(0.0)) && figure >= gain(&blend(1.0)));
}

#[test]
fn the_protocol_measures_every_kind() {
    let sequences = Sequences::parse(CIRCLE).unwrap();
    for kind in [ModelKind::Linear, ModelKind::Sequence, ModelKind::Blend] {
        let protocol = Protocol { kind, linear: LinearSettings::default(), kept: 6, sequence: settings() };
        let measured = protocol.run(&sequences, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(measured.quality.users, 8);
        assert_eq!(measured.share.is_some(), kind == ModelKind::Blend);
        assert_eq!(measured.epochs.is_some(), kind != ModelKind::Linear);
        let stopped = protocol.run(&sequences, &mut |_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(RecommendError::Cancelled)));
    }
}
