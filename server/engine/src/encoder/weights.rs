//! Reads the tensors of a BERT with candle and packs them into panels.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::EncoderError;
use super::kernel::{Row, WIDTH};
use super::network::{Layer, Linear, Network, Norm};
use super::settings::Settings;

/// Builds the network from the bytes of `model.safetensors`; f16 and bf16 are widened to f32.
pub(super) fn network(path: &Path, bytes: &[u8], settings: &Settings) -> Result<Network, EncoderError> {
    let weights = |source| EncoderError::Weights { path: path.to_owned(), source };
    let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu).map_err(weights)?;
    let word_tables = tensors.keys().filter_map(|name| name.strip_suffix("embeddings.word_embeddings.weight"));
    let prefix = word_tables.min().unwrap_or_default().to_owned();
    Reader { path, tensors, prefix, settings }.network()
}

struct Reader<'a> {
    path: &'a Path,
    tensors: HashMap<String, Tensor>,
    /// What stands before `embeddings.` and `encoder.`: nothing, `bert.`, `roberta.`.
    prefix: String,
    settings: &'a Settings,
}

impl Reader<'_> {
    fn network(&self) -> Result<Network, EncoderError> {
        let s = self.settings;
        let words = self.table("embeddings.word_embeddings.weight")?;
        let mut positions = self.table("embeddings.position_embeddings.weight")?;
        let types = self.table("embeddings.token_type_embeddings.weight")?;
        positions.drain(..(s.first_position * s.hidden).min(positions.len()));
        for position in positions.chunks_mut(s.hidden) {
            position.iter_mut().zip(&types).for_each(|(p, t)| *p += t);
        }
        Ok(Network {
            arch: pulp::Arch::new(),
            hidden: s.hidden,
            heads: s.heads,
            head_width: s.hidden / s.heads,
            activation: s.activation,
            epsilon: s.epsilon,
            words,
            positions,
            embedding_norm: self.norm("embeddings.LayerNorm")?,
            layers: (0..s.layers).map(|i| self.layer(i)).collect::<Result<_, _>>()?,
        })
    }

    fn layer(&self, index: usize) -> Result<Layer, EncoderError> {
        let s = self.settings;
        let at = |part: &str| format!("encoder.layer.{index}.{part}");
        let plain: Vec<_> = columns(s.hidden, s.hidden);
        let headed: Vec<_> = columns(s.hidden, s.hidden / s.heads);
        let inner: Vec<_> = columns(s.inner, s.inner);
        let scale = ((s.hidden / s.heads) as f32).sqrt().recip();
        let mut qkv = self.linear(&at("attention.self.query"), s.hidden, s.hidden, &plain, &headed, scale)?;
        for part in ["attention.self.key", "attention.self.value"] {
            let next = self.linear(&at(part), s.hidden, s.hidden, &plain, &headed, 1.0)?;
            qkv.weight.extend(next.weight);
            qkv.bias.extend(next.bias);
        }
        Ok(Layer {
            qkv,
            context: self.linear(&at("attention.output.dense"), s.hidden, s.hidden, &headed, &plain, 1.0)?,
            attention_norm: self.norm(&at("attention.output.LayerNorm"))?,
            up: self.linear(&at("intermediate.dense"), s.hidden, s.inner, &plain, &inner, 1.0)?,
            down: self.linear(&at("output.dense"), s.inner, s.hidden, &inner, &plain, 1.0)?,
            output_norm: self.norm(&at("output.LayerNorm"))?,
        })
    }

    /// A dense layer `[outputs, inputs]`, with its true columns spread over the padded ones.
    fn linear(
        &self,
        name: &str,
        inputs: usize,
        outputs: usize,
        input_columns: &[Option<usize>],
        output_columns: &[Option<usize>],
        scale: f32,
    ) -> Result<Linear, EncoderError> {
        let weight = self.tensor(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.tensor(&format!("{name}.bias"), &[outputs])?;
        let mut packed = vec![Row::ZERO; output_columns.len() / WIDTH * input_columns.len()];
        for (panel, outputs) in packed.chunks_mut(input_columns.len()).zip(output_columns.chunks(WIDTH)) {
            for (lane, output) in outputs.iter().enumerate() {
                let Some(source) = output.and_then(|o| weight.chunks(inputs).nth(o)) else { continue };
                for (row, input) in panel.iter_mut().zip(input_columns) {
                    row.0[lane] = input.map_or(0.0, |i| source[i] * scale);
                }
            }
        }
        let bias = output_columns.iter().map(|o| o.map_or(0.0, |o| bias[o] * scale));
        Ok(Linear { inputs: input_columns.len(), weight: packed, bias: rows(bias) })
    }

    fn norm(&self, name: &str) -> Result<Norm, EncoderError> {
        let shape = [self.settings.hidden];
        // Checkpoints converted from TensorFlow keep its names.
        let [gain, bias] = [["weight", "gamma"], ["bias", "beta"]].map(|[name_now, name_then]| {
            let old = format!("{name}.{name_then}");
            let known = self.tensors.contains_key(&format!("{}{old}", self.prefix));
            self.tensor(&if known { old } else { format!("{name}.{name_now}") }, &shape)
        });
        Ok(Norm { gain: rows(gain?), bias: rows(bias?) })
    }

    /// An embedding table `[any, hidden]`.
    fn table(&self, name: &str) -> Result<Vec<f32>, EncoderError> {
        let found = self.tensors.get(&format!("{}{name}", self.prefix));
        let rows = found.and_then(|tensor| tensor.dims().first()).copied().unwrap_or_default();
        self.tensor(name, &[rows, self.settings.hidden])
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EncoderError> {
        let name = format!("{}{name}", self.prefix);
        let path = || self.path.to_owned();
        let Some(tensor) = self.tensors.get(&name) else {
            return Err(EncoderError::MissingTensor { path: path(), name });
        };
        if tensor.dims() != shape {
            let (expected, found) = (shape.to_vec(), tensor.dims().to_vec());
            return Err(EncoderError::Shape { path: path(), name, expected, found });
        }
        let values = tensor.to_dtype(DType::F32).and_then(|t| t.flatten_all()?.to_vec1());
        values.map_err(|source| EncoderError::Weights { path: path(), source })
    }
}

/// For each padded column its true one: groups of `group` columns each fill whole panels.
fn columns(count: usize, group: usize) -> Vec<Option<usize>> {
    let padded = group.div_ceil(WIDTH) * WIDTH;
    let groups = (0..count).step_by(group.max(1));
    groups.flat_map(|start| (0..padded).map(move |i| (i < group).then_some(start + i))).collect()
}

fn rows(values: impl IntoIterator<Item = f32>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (i, value) in values.into_iter().enumerate() {
        if i % WIDTH == 0 {
            rows.push(Row::ZERO);
        }
        if let Some(row) = rows.last_mut() {
            row.0[i % WIDTH] = value;
        }
    }
    rows
}
