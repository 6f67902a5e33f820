//! A random BERT of a few thousand weights, written as a folder, and its forward pass in plain
//! candle operations.

use std::collections::HashMap;

use candle_core::{D, DType, Device, Tensor};
use tempfile::TempDir;

use super::super::Pooling;

pub(super) const POSITIONS: usize = 150;
const LAYERS: usize = 2;
const INNER: usize = 40;
const EPSILON: f64 = 1e-5;
const WORDS: [&str; 18] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "blue", "warm", "running", "shoes", "shoe", "##s", "coat",
    "and", "跑", "鞋", "a", "b",
];

/// What differs between the folders that are tested. The defaults have a head width of 8, so that
/// padding within a panel is tested.
#[derive(Clone)]
pub(in crate::encoder) struct Tiny {
    pub(in crate::encoder) model_type: &'static str,
    pub(in crate::encoder) hidden: usize,
    pub(in crate::encoder) heads: usize,
    pub(in crate::encoder) act: &'static str,
    pub(in crate::encoder) prefix: &'static str,
    pub(in crate::encoder) old_norm_names: bool,
    pub(in crate::encoder) half: bool,
    pub(in crate::encoder) max_seq_length: Option<usize>,
    /// Contents of `1_Pooling/config.json`; `None` leaves `modules.json` out too.
    pub(in crate::encoder) pooling: Option<&'static str>,
}

impl Default for Tiny {
    fn default() -> Self {
        Tiny {
            model_type: "bert",
            hidden: 24,
            heads: 3,
            act: "gelu",
            prefix: "",
            old_norm_names: false,
            half: false,
            max_seq_length: None,
            pooling: None,
        }
    }
}

impl Tiny {
    pub(in crate::encoder) fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        let config = serde_json::json!({
            "model_type": self.model_type, "hidden_size": self.hidden, "num_attention_heads": self.heads,
            "num_hidden_layers": LAYERS, "intermediate_size": INNER, "hidden_act": self.act,
            "layer_norm_eps": EPSILON,
        });
        write("config.json", config.to_string());
        write("tokenizer.json", tokenizer().to_string());
        if let Some(length) = self.max_seq_length {
            write("sentence_bert_config.json", serde_json::json!({"max_seq_length": length}).to_string());
        }
        if let Some(pooling) = self.pooling {
            let modules = serde_json::json!([
                {"path": "", "type": "sentence_transformers.models.Transformer"},
                {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
            ]);
            write("modules.json", modules.to_string());
            std::fs::create_dir(folder.path().join("1_Pooling")).unwrap();
            write("1_Pooling/config.json", pooling.to_owned());
        }
        let rename = |name: String| match self.old_norm_names {
            true => name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"),
            false => name,
        };
        let dtype = if self.half { DType::F16 } else { DType::F32 };
        let stored = |tensor: Tensor| tensor.to_dtype(dtype).unwrap();
        let tensors = self.tensors().into_iter();
        let tensors: HashMap<String, Tensor> =
            tensors.map(|(name, tensor)| (rename(format!("{}{name}", self.prefix)), stored(tensor))).collect();
        candle_core::safetensors::save(&tensors, folder.path().join("model.safetensors")).unwrap();
        folder
    }

    fn tensors(&self) -> HashMap<String, Tensor> {
        let mut tensors = HashMap::new();
        let mut seed = 1u32;
        let mut add = |name: String, shape: &[usize], center: f32, spread: f32| {
            let count = shape.iter().product();
            let values: Vec<f32> = std::iter::repeat_with(|| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                center + spread * ((seed >> 8) as f32 / (1 << 23) as f32 - 1.0)
            })
            .take(count)
            .collect();
            tensors.insert(name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap());
        };
        let h = self.hidden;
        add("embeddings.word_embeddings.weight".into(), &[WORDS.len(), h], 0.0, 1.0);
        add("embeddings.position_embeddings.weight".into(), &[POSITIONS, h], 0.0, 0.5);
        add("embeddings.token_type_embeddings.weight".into(), &[2, h], 0.0, 0.5);
        let mut norms = vec!["embeddings.LayerNorm".to_owned()];
        for i in 0..LAYERS {
            let at = |part: &str| format!("encoder.layer.{i}.{part}");
            for (part, outputs, inputs) in [
                ("attention.self.query", h, h),
                ("attention.self.key", h, h),
                ("attention.self.value", h, h),
                ("attention.output.dense", h, h),
                ("intermediate.dense", INNER, h),
                ("output.dense", h, INNER),
            ] {
                add(format!("{}.weight", at(part)), &[outputs, inputs], 0.0, 0.4);
                add(format!("{}.bias", at(part)), &[outputs], 0.0, 0.2);
            }
            norms.extend([at("attention.output.LayerNorm"), at("output.LayerNorm")]);
        }
        for norm in norms {
            add(format!("{norm}.weight"), &[h], 1.0, 0.3);
            add(format!("{norm}.bias"), &[h], 0.0, 0.3);
        }
        tensors
    }

    /// The normalised vector of one sequence of ids, `[hidden]`.
    pub(super) fn reference(&self, ids: &[u32], pooling: Pooling) -> Vec<f32> {
        self.try_reference(ids, pooling).unwrap()
    }

    fn try_reference(&self, ids: &[u32], pooling: Pooling) -> candle_core::Result<Vec<f32>> {
        let tensors = self.tensors();
        let get = |name: String| tensors.get(&name).unwrap();
        let linear = |x: &Tensor, name: String| {
            x.matmul(&get(format!("{name}.weight")).t()?)?.broadcast_add(get(format!("{name}.bias")))
        };
        let norm = |x: Tensor, name: String| {
            let x = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
            let deviation = (x.sqr()?.mean_keepdim(D::Minus1)? + EPSILON)?.sqrt()?;
            let x = x.broadcast_div(&deviation)?.broadcast_mul(get(format!("{name}.weight")))?;
            x.broadcast_add(get(format!("{name}.bias")))
        };
        let (n, width) = (ids.len(), self.hidden / self.heads);
        let first = if self.model_type == "roberta" { 2 } else { 0 };
        let words =
            get("embeddings.word_embeddings.weight".into()).index_select(&Tensor::new(ids, &Device::Cpu)?, 0)?;
        let positions = get("embeddings.position_embeddings.weight".into()).narrow(0, first, n)?;
        let kind = get("embeddings.token_type_embeddings.weight".into()).narrow(0, 0, 1)?;
        let mut x = norm((words + positions)?.broadcast_add(&kind)?, "embeddings.LayerNorm".into())?;
        for i in 0..LAYERS {
            let at = |part: &str| format!("encoder.layer.{i}.{part}");
            let heads = |part: &str| {
                let y = linear(&x, at(part))?.reshape((n, self.heads, width))?;
                y.transpose(0, 1)?.contiguous()
            };
            let (q, k) = (heads("attention.self.query")?, heads("attention.self.key")?);
            let scores = (q.matmul(&k.t()?)? / (width as f64).sqrt())?;
            let scores = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?)?.exp()?;
            let scores = scores.broadcast_div(&scores.sum_keepdim(D::Minus1)?)?;
            let context = scores.matmul(&heads("attention.self.value")?)?;
            let context = context.transpose(0, 1)?.reshape((n, self.hidden))?;
            let context = linear(&context, at("attention.output.dense"))?;
            x = norm((x + context)?, at("attention.output.LayerNorm"))?;
            let up = linear(&x, at("intermediate.dense"))?;
            let up = match self.act {
                "gelu" => up.gelu_erf()?,
                "gelu_new" => up.gelu()?,
                _ => up.relu()?,
            };
            x = norm((x + linear(&up, at("output.dense"))?)?, at("output.LayerNorm"))?;
        }
        let vector = match pooling {
            Pooling::Mean => x.mean(0)?,
            Pooling::Cls => x.get(0)?,
            Pooling::Max => x.max(0)?,
        };
        vector.broadcast_div(&vector.sqr()?.sum_all()?.sqrt()?)?.to_vec1()
    }
}

/// Pads and truncates like the file of all-MiniLM-L6-v2: the encoder must undo both.
fn tokenizer() -> serde_json::Value {
    let vocabulary: serde_json::Map<_, _> =
        WORDS.iter().enumerate().map(|(id, word)| ((*word).to_owned(), id.into())).collect();
    let special = |id: usize| {
        serde_json::json!({"id": id, "content": WORDS[id], "special": true, "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false})
    };
    serde_json::json!({
        "version": "1.0",
        "truncation": {"max_length": 5, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {"strategy": {"Fixed": 20}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": (0..5).map(special).collect::<Vec<_>>(),
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary},
    })
}
