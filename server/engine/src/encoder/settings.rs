//! What the JSON files of a sentence encoder's folder say.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::EncoderError;
use super::math::Activation;

/// How the states of the tokens become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The mean over all tokens, the special ones included.
    Mean,
    /// The state of the first token.
    Cls,
    /// The largest value of each column.
    Max,
}

pub(super) struct Settings {
    /// The folder of `config.json`, `tokenizer.json` and `model.safetensors`.
    pub(super) folder: PathBuf,
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) inner: usize,
    pub(super) epsilon: f32,
    pub(super) activation: Activation,
    /// Row of the position table that belongs to the first token.
    pub(super) first_position: usize,
    pub(super) pooling: Pooling,
    /// What the folder allows; the position table may allow less.
    pub(super) max_tokens: usize,
    pub(super) lower_case: bool,
}

/// `config.json`; absent fields have the defaults of BERT base.
#[derive(Deserialize)]
#[serde(default)]
struct Config {
    model_type: String,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    layer_norm_eps: f64,
    position_embedding_type: Option<String>,
    pad_token_id: Option<usize>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            model_type: "bert".to_owned(),
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: "gelu".to_owned(),
            layer_norm_eps: 1e-12,
            position_embedding_type: None,
            pad_token_id: None,
        }
    }
}

/// One line of `modules.json`.
#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sentence {
    max_seq_length: Option<usize>,
    do_lower_case: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TokenizerConfig {
    /// Written as 1e30 where there is no limit.
    model_max_length: Option<f64>,
}

impl Settings {
    pub(super) fn read(folder: &Path) -> Result<Settings, EncoderError> {
        let modules_path = folder.join("modules.json");
        let modules: Vec<Module> = optional(&modules_path)?.unwrap_or_default();
        let (mut pooling, mut inside) = (Pooling::Mean, folder.to_owned());
        for module in &modules {
            match module.kind.rsplit('.').next().unwrap_or_default() {
                "Transformer" => inside = folder.join(&module.path),
                "Pooling" => pooling = read_pooling(&folder.join(&module.path).join("config.json"))?,
                // Vectors are normalised whether the folder asks for it or not.
                "Normalize" => {}
                kind => {
                    return Err(unsupported(&modules_path, format!("modules of the kind {kind} are not supported")));
                }
            }
        }
        let path = inside.join("config.json");
        let config: Config = required(&path)?;
        let fail = |what: String| Err(unsupported(&path, what));
        let first_position = match config.model_type.as_str() {
            "bert" => 0,
            "roberta" | "xlm-roberta" | "camembert" => config.pad_token_id.unwrap_or(1) + 1,
            other => return fail(format!("model_type {other} is not supported (bert and roberta are)")),
        };
        let activation = match config.hidden_act.as_str() {
            "gelu" | "gelu_python" => Activation::Gelu,
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Activation::GeluTanh,
            "relu" => Activation::Relu,
            other => return fail(format!("hidden_act {other} is not supported")),
        };
        if let Some(kind) = config.position_embedding_type.filter(|kind| kind != "absolute") {
            return fail(format!("position_embedding_type {kind} is not supported"));
        }
        let (hidden, heads) = (config.hidden_size, config.num_attention_heads);
        if hidden == 0 || heads == 0 || hidden % heads != 0 || config.intermediate_size == 0 {
            return fail(format!("hidden_size {hidden} cannot be divided among {heads} heads, or a size is 0"));
        }
        let sentence: Sentence = optional(&inside.join("sentence_bert_config.json"))?.unwrap_or_default();
        let tokenizer: TokenizerConfig = optional(&inside.join("tokenizer_config.json"))?.unwrap_or_default();
        let limit = sentence.max_seq_length.or(tokenizer.model_max_length.map(|n| n as usize));
        Ok(Settings {
            folder: inside,
            hidden,
            layers: config.num_hidden_layers,
            heads,
            inner: config.intermediate_size,
            epsilon: config.layer_norm_eps as f32,
            activation,
            first_position,
            pooling,
            max_tokens: limit.unwrap_or(usize::MAX),
            lower_case: sentence.do_lower_case,
        })
    }
}

/// `1_Pooling/config.json`: one switch per mode, or since sentence-transformers 6 one name.
fn read_pooling(path: &Path) -> Result<Pooling, EncoderError> {
    let config: serde_json::Map<String, serde_json::Value> = required(path)?;
    let mut modes = Vec::new();
    match config.get("pooling_mode") {
        Some(serde_json::Value::String(mode)) => modes.push(mode.as_str()),
        Some(serde_json::Value::Array(several)) => modes.extend(several.iter().filter_map(|mode| mode.as_str())),
        _ => {
            let on = config.iter().filter(|(_, value)| value.as_bool() == Some(true));
            modes.extend(on.filter_map(|(key, _)| key.strip_prefix("pooling_mode_")));
        }
    }
    match modes.as_slice() {
        // Dividing by the root of the count instead of the count vanishes with the normalisation.
        [] | ["mean" | "mean_tokens" | "mean_sqrt_len_tokens"] => Ok(Pooling::Mean),
        ["cls" | "cls_token"] => Ok(Pooling::Cls),
        ["max" | "max_tokens"] => Ok(Pooling::Max),
        other => Err(unsupported(path, format!("pooling by {} is not supported", other.join(" + ")))),
    }
}

fn unsupported(path: &Path, what: String) -> EncoderError {
    EncoderError::Unsupported { path: path.to_owned(), what }
}

/// Reads a whole file; the error names it.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, EncoderError> {
    std::fs::read(path).map_err(|source| EncoderError::Read { path: path.to_owned(), source })
}

fn required<T: DeserializeOwned>(path: &Path) -> Result<T, EncoderError> {
    serde_json::from_slice(&read(path)?).map_err(|source| EncoderError::Json { path: path.to_owned(), source })
}

fn optional<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, EncoderError> {
    if path.exists() { required(path).map(Some) } else { Ok(None) }
}
