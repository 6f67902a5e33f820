use std::ops::ControlFlow;

use candle_core::Tensor;

use super::*;
use crate::encoder::Encoder;
use crate::encoder::tests::tiny::Tiny;

fn pair(query_id: u32, text_id: u32, query: &str, text: &str) -> TrainingPair {
    TrainingPair { query_id, text_id, query: query.to_owned(), text: text.to_owned() }
}

/// Queries whose words do not occur in what answers them, as often as learning needs.
fn pairs() -> Vec<TrainingPair> {
    let one = [
        pair(0, 0, "red", "warm coat"),
        pair(1, 1, "blue", "running shoes"),
        pair(2, 2, "a", "跑 鞋"),
        pair(3, 3, "b", "coat and shoe"),
        pair(0, 4, "red", "warm warm coat a"),
        pair(1, 5, "blue", "running running shoe b"),
    ];
    (0..4).flat_map(|_| one.clone()).collect()
}

fn settings(lora: Option<LoraSettings>) -> EncoderSettings {
    EncoderSettings { learning_rate: 2e-3, batch: 6, epochs: 12, keep_every: 5, ..EncoderSettings::new(lora) }
}

fn go_on(_: &EncoderStep) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn vectors(training: &EncoderTraining, texts: &[&str]) -> Vec<Vec<f32>> {
    let ids: Vec<Vec<u32>> = texts.iter().map(|text| training.cutter.ids(text).unwrap()).collect();
    let ids: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
    training.weights.encode(&ids).unwrap().to_vec2().unwrap()
}

fn largest_difference(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

const TEXTS: [&str; 4] = ["red warm coat", "a", "running shoes and a blue coat 跑 鞋", ""];

#[test]
fn before_training_it_is_the_encoder() {
    for (tiny, lora) in [
        (Tiny::default(), None),
        (Tiny::default(), Some(LoraSettings::of_rank(4))),
        (Tiny { prefix: "bert.", old_norm_names: true, act: "gelu_new", ..Tiny::default() }, None),
        (Tiny { pooling: Some(r#"{"pooling_mode_cls_token": true}"#), act: "relu", ..Tiny::default() }, None),
    ] {
        let folder = tiny.write();
        let training = EncoderTraining::new(folder.path(), &settings(lora)).unwrap();
        let own = Encoder::load(folder.path()).unwrap().encode(&TEXTS).unwrap();
        let difference = largest_difference(&vectors(&training, &TEXTS), &own);
        assert!(difference < 2e-6, "{difference}");
    }
}

#[test]
fn gradients_are_those_of_the_loss() {
    let folder = Tiny::default().write();
    let known = |row: usize, column: usize| (row, column) == (0, 2);
    let loss = |training: &EncoderTraining| -> Tensor {
        let ids = |text: &str| training.cutter.ids(text).unwrap();
        let (queries, texts) = ([ids("red"), ids("blue a"), ids("b")], [ids("warm coat"), ids("shoes"), ids("鞋 and")]);
        let both = [queries, texts].map(|all| {
            let all: Vec<&[u32]> = all.iter().map(Vec::as_slice).collect();
            training.weights.encode(&all).unwrap()
        });
        loss::info_nce(&both[0], &both[1], 0.5, &known).unwrap()
    };
    for lora in [None, Some(LoraSettings { rank: 3, alpha: 6.0 })] {
        let training = EncoderTraining::new(folder.path(), &settings(lora)).unwrap();
        // Zero matrices have zero gradients beside them: away from there.
        for (name, weight) in training.weights.trained.iter().filter(|(name, _)| name.ends_with("lora_B.weight")) {
            let ones = (weight.ones_like().unwrap() * (0.1 + name.len() as f64 * 1e-3)).unwrap();
            weight.set(&ones).unwrap();
        }
        let gradients = loss(&training).backward().unwrap();
        for (name, weight) in &training.weights.trained {
            let gradient = gradients.get(weight).unwrap_or_else(|| panic!("no gradient of {name}"));
            // Along the gradient itself the loss rises by its square length.
            let length = gradient.sqr().unwrap().sum_all().unwrap().sqrt().unwrap().to_scalar::<f32>().unwrap();
            if length < 1e-3 {
                continue;
            }
            let before = weight.as_tensor().copy().unwrap();
            let at = |step: f64| {
                let moved = (&before + (gradient * (step / f64::from(length))).unwrap()).unwrap();
                weight.set(&moved).unwrap();
                loss(&training).to_scalar::<f32>().unwrap()
            };
            let slope = (at(5e-3) - at(-5e-3)) / 1e-2;
            weight.set(&before).unwrap();
            assert!((slope - length).abs() < 0.03 * length + 1e-3, "{name}: {slope} and {length}");
        }
    }
}

#[test]
fn it_learns_what_answers_what_and_saves_what_it_learnt() {
    let folder = Tiny::default().write();
    let out = tempfile::tempdir().unwrap();
    for lora in [None, Some(LoraSettings::of_rank(4))] {
        let mut training = EncoderTraining::new(folder.path(), &settings(lora)).unwrap();
        let mut losses = Vec::new();
        training
            .train(&pairs(), None, &mut |step| {
                losses.push(step.loss);
                ControlFlow::Continue(())
            })
            .unwrap();
        let mean = |some: &[f64]| some.iter().sum::<f64>() / some.len() as f64;
        let (first, last) = (mean(&losses[..4]), mean(&losses[losses.len() - 4..]));
        assert!(last < 0.7 * first, "{lora:?}: {first} to {last}");
        // The folder that it saves is an encoder with the same vectors, low-rank additions added in.
        let saved = out.path().join("saved");
        training.save(&saved).unwrap();
        let own = Encoder::load(&saved).unwrap().encode(&TEXTS).unwrap();
        assert!(largest_difference(&vectors(&training, &TEXTS), &own) < 1e-5);
    }
}

#[test]
fn an_adapter_has_the_names_of_peft() {
    let folder = Tiny::default().write();
    let mut training = EncoderTraining::new(folder.path(), &settings(Some(LoraSettings::of_rank(4)))).unwrap();
    training.train(&pairs(), None, &mut go_on).unwrap();
    let out = tempfile::tempdir().unwrap();
    training.save_adapter("some/base", out.path()).unwrap();
    let tensors =
        candle_core::safetensors::load(out.path().join("adapter_model.safetensors"), &candle_core::Device::Cpu)
            .unwrap();
    let mut names: Vec<&str> = tensors.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names.len(), 8);
    assert_eq!(names[0], "base_model.model.encoder.layer.0.attention.self.query.lora_A.weight");
    assert_eq!(tensors[names[0]].dims(), [4, 24]);
    assert_eq!(tensors["base_model.model.encoder.layer.1.attention.self.value.lora_B.weight"].dims(), [24, 4]);
    let config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.path().join("adapter_config.json")).unwrap()).unwrap();
    assert_eq!((&config["r"], &config["peft_type"]), (&serde_json::json!(4), &serde_json::json!("LORA")));
    assert_eq!(config["target_modules"], serde_json::json!(["query", "value"]));
}

#[test]
fn an_interrupted_training_goes_on_as_if_nothing_had_happened() {
    let folder = Tiny::default().write();
    let kept = tempfile::tempdir().unwrap();
    for lora in [None, Some(LoraSettings::of_rank(2))] {
        let new = || EncoderTraining::new(folder.path(), &settings(lora)).unwrap();
        let mut whole = new();
        whole.train(&pairs(), None, &mut go_on).unwrap();
        let mut first = new();
        let stopped = first.train(&pairs(), Some(kept.path()), &mut |step| {
            if step.step == 13 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(EncoderError::Cancelled)));
        let mut second = new();
        let mut begun = 0;
        second
            .train(&pairs(), Some(kept.path()), &mut |step| {
                begun = if begun == 0 { step.step } else { begun };
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!((begun, second.steps_done()), (11, whole.steps_done()), "it goes on after the last checkpoint");
        assert!(largest_difference(&vectors(&second, &TEXTS), &vectors(&whole, &TEXTS)) < 1e-6);
        // What belongs to another training does not count.
        let mut other = new();
        let mut steps = Vec::new();
        other
            .train(&pairs()[..12], Some(kept.path()), &mut |step| {
                steps.push(step.step);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(steps[0], 1);
        let nothing = new().train(&pairs()[..1], None, &mut go_on);
        assert!(matches!(nothing, Err(EncoderError::NothingToTrain)));
    }
}

/// Sentences in which a word tells the next one, many of them.
fn sentences() -> Vec<String> {
    let words = ["red", "blue", "warm", "running", "shoes", "coat"];
    let sentence = |number: usize| {
        let at = |place: usize| words[(number + place) % words.len()];
        let fillers = ["a", "b", "and", "shoe"];
        let (one, two) = (fillers[number / 6 % 4], fillers[number / 24 % 4]);
        format!("{} {} {} {one} {} {} {two}", at(0), at(1), at(2), at(3), at(4))
    };
    (0..96).map(sentence).collect()
}

#[test]
fn pretraining_learns_to_guess_words_of_texts_that_it_has_not_seen() {
    let folder = Tiny::default().write();
    let out = tempfile::tempdir().unwrap();
    for lora in [None, Some(LoraSettings::of_rank(4))] {
        let settings = EncoderSettings { batch: 8, epochs: 30, learning_rate: 3e-3, ..settings(lora) };
        let new = || EncoderTraining::new(folder.path(), &settings).unwrap();
        let (mut held_out, mut kept) = (Vec::new(), Vec::new());
        let mut whole = new();
        let before = vectors(&whole, &TEXTS);
        whole
            .pretrain(&sentences(), None, &mut |step| {
                if step.learning_rate >= settings.learning_rate {
                    kept = vec![step.step];
                }
                held_out.extend(step.held_out_loss);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(held_out.len() >= 30, "after each epoch: {held_out:?}");
        let (first, last) = (held_out[2], held_out[held_out.len() - 1]);
        assert!(last < 0.7 * first, "{lora:?}: {held_out:?}");
        let after = vectors(&whole, &TEXTS);
        assert!(largest_difference(&before, &after) > 1e-3, "the encoder itself has moved");

        // The head alone moves during the warm-up.
        let warm = kept[0];
        let mut warming = new();
        let stopped = warming.pretrain(&sentences(), None, &mut |step| {
            if step.step == warm { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(EncoderError::Cancelled)) && warm > 1);
        assert_eq!(largest_difference(&before, &vectors(&warming, &TEXTS)), 0.0);

        // What is saved is the encoder without the head.
        let saved = out.path().join("saved");
        whole.save(&saved).unwrap();
        let own = Encoder::load(&saved).unwrap().encode(&TEXTS).unwrap();
        assert!(largest_difference(&after, &own) < 1e-5);
        let names = candle_core::safetensors::load(saved.join("model.safetensors"), &candle_core::Device::Cpu).unwrap();
        assert!(names.keys().all(|name| !name.contains("cls.predictions")));

        // An interrupted one goes on.
        let kept = out.path().join("kept");
        let mut first = new();
        let stopped = first.pretrain(&sentences(), Some(&kept), &mut |step| {
            if step.step == 103 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(stopped, Err(EncoderError::Cancelled)));
        let mut second = new();
        let mut begun = 0;
        second
            .pretrain(&sentences(), Some(&kept), &mut |step| {
                begun = if begun == 0 { step.step } else { begun };
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(begun, 101, "after the last checkpoint");
        assert!(largest_difference(&vectors(&second, &TEXTS), &after) < 1e-5);
        std::fs::remove_dir_all(&kept).unwrap();
        let nothing = new().pretrain(&["".to_owned(), "red".to_owned()], None, &mut go_on);
        assert!(matches!(nothing, Err(EncoderError::NothingToTrain)));
    }
}
