//! A tiny random BERT against plain candle, and the promises of the interface.

mod kernels;
pub(super) mod tiny;

use std::path::Path;

use super::{Encoder, EncoderError, Pooling};
use tiny::Tiny;

const TEXTS: [&str; 5] =
    ["red running shoes", "", "shoes", "warm coat and blue coat unknownword shoes red", "跑鞋 red"];

fn close(a: &[f32], b: &[f32], tolerance: f32) {
    assert_eq!(a.len(), b.len());
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= tolerance, "column {i}: {x} and {y}");
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// More tokens than one block of queries and than one panel of keys.
fn long_text() -> String {
    TEXTS.join(" ").repeat(6)
}

#[test]
fn agrees_with_plain_candle() {
    let long = long_text();
    for tiny in [
        Tiny::default(),
        Tiny { hidden: 64, heads: 1, ..Tiny::default() },
        Tiny { hidden: 64, heads: 2, act: "gelu_new", ..Tiny::default() },
        Tiny { hidden: 96, heads: 2, act: "relu", ..Tiny::default() },
    ] {
        let folder = tiny.write();
        let encoder = Encoder::load(folder.path()).unwrap();
        for text in TEXTS.into_iter().chain([long.as_str()]) {
            let ids = encoder.cutter.ids(text).unwrap();
            let expected = tiny.reference(&ids, Pooling::Mean);
            close(&encoder.encode(&[text]).unwrap()[0], &expected, 1e-5);
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_vectors() {
    let folder = Tiny::default().write();
    let mut encoder = Encoder::load(folder.path()).unwrap();
    let long = long_text();
    let best = encoder.encode(&[&long]).unwrap();
    for arch in kernels::architectures() {
        encoder.network.arch = arch;
        close(&encoder.encode(&[&long]).unwrap()[0], &best[0], 1e-5);
    }
}

#[test]
fn a_batch_gives_what_single_texts_give() {
    let folder = Tiny::default().write();
    let encoder = Encoder::load(folder.path()).unwrap();
    let long = long_text();
    // Enough tokens for several groups.
    let texts: Vec<&str> = TEXTS.into_iter().chain([long.as_str()]).cycle().take(60).collect();
    let batch = encoder.encode(&texts).unwrap();
    assert_eq!(batch.len(), texts.len());
    for (text, vector) in texts.iter().zip(&batch) {
        close(&encoder.encode(&[text]).unwrap()[0], vector, 1e-6);
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
    }
    assert!(encoder.encode(&[]).unwrap().is_empty());
}

#[test]
fn the_parts_of_the_tokens_sum_to_the_vector() {
    let folder = Tiny::default().write();
    let encoder = Encoder::load(folder.path()).unwrap();
    let other = encoder.encode(&["blue coat"]).unwrap().remove(0);
    for text in TEXTS {
        let states = encoder.encode_tokens(text).unwrap();
        close(&states.vector, &encoder.encode(&[text]).unwrap()[0], 1e-6);
        let parts = states.parts.as_ref().unwrap();
        assert_eq!(parts.len(), states.tokens.len());
        let mut sum = vec![0.0; encoder.dimension()];
        parts.iter().for_each(|part| sum.iter_mut().zip(part).for_each(|(s, p)| *s += p));
        close(&sum, &states.vector, 1e-5);
        let amounts: f32 = states.amounts(&other).unwrap().iter().sum();
        assert!((amounts - cosine(&states.vector, &other)).abs() < 1e-5);
    }
}

#[test]
fn tokens_know_their_bytes() {
    let folder = Tiny::default().write();
    let encoder = Encoder::load(folder.path()).unwrap();
    let text = "Red 跑鞋 coats";
    let tokens = encoder.encode_tokens(text).unwrap().tokens;
    let seen: Vec<_> = tokens.iter().map(|t| (t.piece.as_str(), &text[t.start..t.end], t.special)).collect();
    let expected = [
        ("[CLS]", "", true),
        ("red", "Red", false),
        ("跑", "跑", false),
        ("鞋", "鞋", false),
        ("coat", "coat", false),
        ("##s", "s", false),
        ("[SEP]", "", true),
    ];
    assert_eq!(seen, expected);
    assert_eq!(encoder.token_count(text).unwrap(), expected.len());
}

#[test]
fn long_texts_are_cut_but_keep_the_closing_token() {
    let tiny = Tiny { max_seq_length: Some(6), ..Tiny::default() };
    let folder = tiny.write();
    let encoder = Encoder::load(folder.path()).unwrap();
    assert_eq!(encoder.max_tokens(), 6);
    let text = "red blue warm coat shoes red blue";
    assert_eq!(encoder.token_count(text).unwrap(), 9);
    let pieces: Vec<_> = encoder.encode_tokens(text).unwrap().tokens.into_iter().map(|t| t.piece).collect();
    assert_eq!(pieces, ["[CLS]", "red", "blue", "warm", "coat", "[SEP]"]);
    // Without a limit of its own the position table is the limit.
    let folder = Tiny::default().write();
    let encoder = Encoder::load(folder.path()).unwrap();
    assert_eq!(encoder.max_tokens(), tiny::POSITIONS);
    encoder.encode(&[&"red ".repeat(1000)]).unwrap();
}

#[test]
fn prefixes_old_names_and_half_precision_load() {
    let text = TEXTS[3];
    let plain = Tiny::default().write();
    let plain = Encoder::load(plain.path()).unwrap();
    let expected = plain.encode(&[text]).unwrap();
    for tiny in [Tiny { prefix: "bert.", ..Tiny::default() }, Tiny { old_norm_names: true, ..Tiny::default() }] {
        let folder = tiny.write();
        let encoder = Encoder::load(folder.path()).unwrap();
        assert_eq!(encoder.encode(&[text]).unwrap(), expected);
        assert_ne!(encoder.fingerprint(), plain.fingerprint());
    }
    let folder = Tiny { half: true, ..Tiny::default() }.write();
    let half = Encoder::load(folder.path()).unwrap().encode(&[text]).unwrap();
    assert!(cosine(&half[0], &expected[0]) > 0.999);
}

#[test]
fn roberta_counts_positions_from_its_padding() {
    let tiny = Tiny { model_type: "roberta", prefix: "roberta.", ..Tiny::default() };
    let folder = tiny.write();
    let encoder = Encoder::load(folder.path()).unwrap();
    assert_eq!(encoder.max_tokens(), tiny::POSITIONS - 2);
    let ids = encoder.cutter.ids(TEXTS[0]).unwrap();
    close(&encoder.encode(&[TEXTS[0]]).unwrap()[0], &tiny.reference(&ids, Pooling::Mean), 1e-5);
}

#[test]
fn other_poolings_are_read_and_are_not_additive() {
    for (config, pooling) in [
        (r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#, Pooling::Cls),
        (r#"{"pooling_mode_max_tokens": true}"#, Pooling::Max),
        (r#"{"pooling_mode": "cls", "embedding_dimension": 24}"#, Pooling::Cls),
    ] {
        let tiny = Tiny { pooling: Some(config), ..Tiny::default() };
        let folder = tiny.write();
        let encoder = Encoder::load(folder.path()).unwrap();
        assert_eq!(encoder.pooling(), pooling);
        let ids = encoder.cutter.ids(TEXTS[3]).unwrap();
        let states = encoder.encode_tokens(TEXTS[3]).unwrap();
        close(&states.vector, &tiny.reference(&ids, pooling), 1e-5);
        assert!(states.parts.is_none() && states.amounts(&states.vector).is_none());
    }
}

#[test]
fn a_bad_folder_is_told_by_file() {
    let broken = |change: &dyn Fn(&Path)| {
        let folder = Tiny { pooling: Some("{}"), ..Tiny::default() }.write();
        change(folder.path());
        Encoder::load(folder.path()).unwrap_err().to_string()
    };
    let remove = |file: &'static str| broken(&|folder| std::fs::remove_file(folder.join(file)).unwrap());
    let replace =
        |file: &'static str, text: &'static str| broken(&|folder| std::fs::write(folder.join(file), text).unwrap());
    for file in ["config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"] {
        assert!(remove(file).contains(file), "{}", remove(file));
        assert!(replace(file, "broken").contains(file), "{}", replace(file, "broken"));
    }
    assert!(replace("config.json", r#"{"model_type": "llama"}"#).contains("model_type llama"));
    assert!(replace("config.json", r#"{"hidden_size": 10, "num_attention_heads": 3}"#).contains("hidden_size 10"));
    assert!(replace("1_Pooling/config.json", r#"{"pooling_mode": "lasttoken"}"#).contains("lasttoken"));
    let dense = r#"[{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}]"#;
    assert!(replace("modules.json", dense).contains("Dense"));
    let absent_layer =
        replace("config.json", r#"{"hidden_size": 24, "num_attention_heads": 3, "intermediate_size": 40}"#);
    assert!(absent_layer.contains("encoder.layer.2"), "{absent_layer}");
    let other_size = replace("config.json", r#"{"hidden_size": 48}"#);
    assert!(other_size.contains("word_embeddings") && other_size.contains("48"), "{other_size}");
    let missing = Encoder::load("/no/such/folder");
    assert!(matches!(missing, Err(EncoderError::Read { path, .. }) if path.ends_with("config.json")));
}

/// Values of sentence-transformers 6.2.0 (torch 2.15.0, CPU) for all-MiniLM-L6-v2: the first
/// columns, and the cosines of the first text with the others. Runs where `ALLUVIUM_TEST_ENCODER`
/// names the folder.
#[test]
fn agrees_with_sentence_transformers() {
    let Ok(folder) = std::env::var("ALLUVIUM_TEST_ENCODER") else {
        eprintln!("skipped: ALLUVIUM_TEST_ENCODER does not name a model folder");
        return;
    };
    let encoder = Encoder::load(folder).unwrap();
    let golden: [(&str, [f32; 8]); 3] = [
        (
            "waterproof hiking boots for wide feet",
            [-0.089179, 0.026978, 0.047022, 0.000431, 0.122106, -0.036282, -0.037156, 0.020751],
        ),
        ("用户点击之后如何排序商品?", [-0.010414, 0.109779, 0.063733, 0.0091, 0.021817, 0.045786, 0.108204, 0.015618]),
        (
            "The two-tower model (双塔模型) retrieves candidates; a ranker then orders them by predicted purchase.",
            [-0.092877, -0.04886, 0.021085, 0.048465, 0.04044, 0.037116, -0.075669, 0.031792],
        ),
    ];
    let vectors = encoder.encode(&golden.map(|(text, _)| text)).unwrap();
    for ((_, expected), vector) in golden.iter().zip(&vectors) {
        close(&vector[..8], expected, 2e-6);
    }
    close(&[cosine(&vectors[0], &vectors[1]), cosine(&vectors[0], &vectors[2])], &[-0.0627472, -0.0263866], 2e-6);
}

#[test]
fn can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Encoder>();
}
