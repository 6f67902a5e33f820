//! What a training writes: checkpoints, the encoder, the adapter.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::adam::Adam;
use super::differentiable::{TARGETS, Weights, lora_name};
use super::{EncoderSettings, LoraSettings};
use crate::encoder::EncoderError;
use crate::encoder::settings::{Settings, read};

/// Name of a checkpoint.
const KEPT: &str = "encoder.safetensors";
/// Files of an encoder that training does not change.
const SAME: [&str; 9] = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
];

/// What a checkpoint belongs to: examples, each as a text, and settings.
pub(super) fn fingerprint<T: AsRef<[u8]>>(examples: impl IntoIterator<Item = T>, settings: &EncoderSettings) -> String {
    let mut hash = Sha256::new();
    for example in examples {
        hash.update(example);
        hash.update([0]);
    }
    hash.update(format!("{settings:?}"));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Takes up the checkpoint of a folder, where there is one of this training; the number of steps that are done. One that cannot be read counts as none.
pub(super) fn resume(folder: &Path, of: &str, weights: &Weights, adam: &mut Adam) -> Result<usize, EncoderError> {
    let Ok(bytes) = fs::read(folder.join(KEPT)) else { return Ok(0) };
    let Ok((_, header)) = safetensors::SafeTensors::read_metadata(&bytes) else { return Ok(0) };
    let meta = header.metadata().clone().unwrap_or_default();
    let steps = meta.get("steps").and_then(|steps| steps.parse().ok());
    let (Some(steps), true) = (steps, meta.get("of").is_some_and(|own| own == of)) else { return Ok(0) };
    let Ok(state) = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu) else { return Ok(0) };
    let fits = weights.trained.iter().all(|(name, own)| state.get(name).is_some_and(|kept| kept.dims() == own.dims()));
    if !fits || !adam.restore(steps, &state) {
        return Ok(0);
    }
    for (name, weight) in &weights.trained {
        if let Some(kept) = state.get(name) {
            weight.set(kept)?;
        }
    }
    Ok(steps)
}

/// Keeps where training stands: it is there whole or not at all.
pub(super) fn keep(folder: &Path, of: &str, weights: &Weights, adam: &Adam, steps: usize) -> Result<(), EncoderError> {
    fs::create_dir_all(folder).map_err(|source| written(folder, source))?;
    let mut state = adam.state();
    state.extend(weights.trained.iter().map(|(name, weight)| (name.clone(), weight.as_tensor().clone())));
    let meta = HashMap::from([("of".to_owned(), of.to_owned()), ("steps".to_owned(), steps.to_string())]);
    let (fresh, path) = (folder.join(format!("{KEPT}.new")), folder.join(KEPT));
    safetensors::serialize_to_file(&state, Some(meta), &fresh)
        .map_err(|error| written(&fresh, std::io::Error::other(error)))?;
    fs::rename(&fresh, &path).map_err(|source| written(&path, source))
}

/// Writes an encoder's folder anew: a reader sees the old one or this one whole.
pub(super) fn save(from: &Path, base: &Settings, weights: &Weights, to: &Path) -> Result<(), EncoderError> {
    let fresh = to.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(|source| written(&fresh, source))?;
    }
    fs::create_dir_all(fresh.join("1_Pooling")).map_err(|source| written(&fresh, source))?;
    for name in SAME {
        // Where the network has a folder of its own, its files come up to the others.
        let place = [from.join(name), base.folder.join(name)].into_iter().find(|path| path.is_file());
        if let Some(place) = place {
            fs::write(fresh.join(name), read(&place)?).map_err(|source| written(&fresh, source))?;
        }
    }
    if base.folder != from {
        let modules = json!([
            { "idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer" },
            { "idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling" },
        ]);
        fs::write(fresh.join("modules.json"), modules.to_string()).map_err(|source| written(&fresh, source))?;
    }
    let named = |(name, tensor): (String, Tensor)| (weights.in_file.get(&name).cloned().unwrap_or(name), tensor);
    let tensors: HashMap<String, Tensor> = weights.merged()?.into_iter().map(named).collect();
    candle_core::safetensors::save(&tensors, fresh.join("model.safetensors"))?;
    if to.exists() {
        fs::remove_dir_all(to).map_err(|source| written(to, source))?;
    }
    fs::rename(&fresh, to).map_err(|source| written(to, source))
}

/// Writes an adapter as `PEFT` reads it.
pub(super) fn save_adapter(
    weights: &Weights,
    lora: &LoraSettings,
    base: &str,
    folder: &Path,
) -> Result<(), EncoderError> {
    fs::create_dir_all(folder).map_err(|source| written(folder, source))?;
    let mut tensors = HashMap::new();
    for layer in weights.targets() {
        for matrix in ['A', 'B'] {
            let name = lora_name(&layer, matrix);
            if let Some(weight) = weights.trained.get(&name) {
                tensors.insert(format!("base_model.model.{name}"), weight.as_tensor().clone());
            }
        }
    }
    candle_core::safetensors::save(&tensors, folder.join("adapter_model.safetensors"))?;
    let config = json!({
        "peft_type": "LORA",
        "task_type": "FEATURE_EXTRACTION",
        "base_model_name_or_path": base,
        "r": lora.rank,
        "lora_alpha": lora.alpha,
        "lora_dropout": 0.0,
        "target_modules": TARGETS,
        "bias": "none",
        "fan_in_fan_out": false,
        "inference_mode": true,
        "init_lora_weights": true,
        "modules_to_save": null,
        "use_rslora": false,
        "use_dora": false,
    });
    let path = folder.join("adapter_config.json");
    fs::write(&path, format!("{config:#}\n")).map_err(|source| written(&path, source))
}

fn written(path: &Path, source: std::io::Error) -> EncoderError {
    EncoderError::Write { path: path.to_owned(), source }
}
