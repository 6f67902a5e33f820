//! The forward pass of a BERT in candle's operations, through which gradients pass. Texts of a batch are filled up to the longest; what was filled in is
//! masked.

use std::collections::{BTreeMap, HashMap};

use candle_core::{D, DType, Device, Result, Tensor, Var};
use candle_nn::ops::{layer_norm_slow, softmax};

use super::LoraSettings;
use crate::encoder::EncoderError;
use crate::encoder::math::Activation;
use crate::encoder::settings::{self, Pooling, Settings};
use crate::random::SplitMix;

/// Which dense layers get a low-rank addition: those of the paper, and `PEFT`'s own choice for a BERT.
pub(super) const TARGETS: [&str; 2] = ["query", "value"];
const WORDS: &str = "embeddings.word_embeddings.weight";
const POSITIONS: &str = "embeddings.position_embeddings.weight";
const TYPES: &str = "embeddings.token_type_embeddings.weight";
/// The head that guesses words, as BERT names it; its table of words is the encoder's own (Press and Wolf 2017).
const HEAD: &str = "cls.predictions.";
const HEAD_DENSE: &str = "cls.predictions.transform.dense";
const HEAD_NORM: &str = "cls.predictions.transform.LayerNorm";
const HEAD_BIAS: &str = "cls.predictions.bias";

/// Sizes and choices of the network.
#[derive(Clone)]
struct Shape {
    heads: usize,
    layers: usize,
    epsilon: f32,
    activation: Activation,
    first_position: usize,
    pooling: Pooling,
}

/// All weights; names are those of a plain BERT, whatever the file calls them.
pub(super) struct Weights {
    shape: Shape,
    /// Fixed ones.
    fixed: HashMap<String, Tensor>,
    /// Those that are trained, in a fixed order.
    pub(super) trained: BTreeMap<String, Var>,
    /// What the low-rank addition is multiplied with.
    pub(super) scale: Option<f64>,
    /// What the file calls each weight.
    pub(super) in_file: HashMap<String, String>,
}

/// Name of a low-rank matrix of a dense layer.
pub(super) fn lora_name(layer: &str, matrix: char) -> String {
    format!("{layer}.lora_{matrix}.weight")
}

impl Weights {
    pub(super) fn load(
        base: &Settings,
        lora: Option<&LoraSettings>,
        seed: u64,
    ) -> std::result::Result<Weights, EncoderError> {
        let path = base.folder.join("model.safetensors");
        if base.pooling == Pooling::Max {
            let what = "an encoder that pools by the maximum cannot be trained here".to_owned();
            return Err(EncoderError::Unsupported { path, what });
        }
        let bytes = settings::read(&path)?;
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)
            .map_err(|source| EncoderError::Weights { path: path.clone(), source })?;
        let prefix = tensors.keys().filter_map(|name| name.strip_suffix(WORDS)).min().unwrap_or_default().to_owned();
        let (mut all, mut in_file) = (HashMap::new(), HashMap::new());
        for (name, tensor) in tensors {
            let own = name.strip_prefix(&prefix).unwrap_or(&name);
            let own = own.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias");
            in_file.insert(own.clone(), name);
            all.insert(own, if tensor.dtype().is_float() { tensor.to_dtype(DType::F32)? } else { tensor });
        }
        let shape = Shape {
            heads: base.heads,
            layers: base.layers,
            epsilon: base.epsilon,
            activation: base.activation,
            first_position: base.first_position,
            pooling: base.pooling,
        };
        let mut weights = Weights { shape, fixed: HashMap::new(), trained: BTreeMap::new(), scale: None, in_file };
        let needed = weights.needed();
        for name in &needed {
            if !all.contains_key(name) {
                return Err(EncoderError::MissingTensor { path, name: name.clone() });
            }
        }
        match lora {
            None => {
                for name in needed {
                    if let Some(tensor) = all.remove(&name) {
                        weights.trained.insert(name, Var::from_tensor(&tensor)?);
                    }
                }
                weights.fixed = all;
            }
            Some(lora) => {
                weights.fixed = all;
                weights.scale = Some(lora.alpha / lora.rank.max(1) as f64);
                weights.add_lora(lora.rank.max(1), seed)?;
            }
        }
        Ok(weights)
    }

    /// The second matrix is zero, so that training begins with the encoder as it is.
    fn add_lora(&mut self, rank: usize, seed: u64) -> Result<()> {
        let mut random = SplitMix::new(seed);
        for layer in self.targets() {
            let (outputs, inputs) = self.get(&format!("{layer}.weight"))?.dims2()?;
            // Uniform within the root of 1 / inputs, as PEFT draws it (Kaiming's with a slope of the root of 5).
            let bound = (inputs as f32).sqrt().recip();
            let values: Vec<f32> = (0..rank * inputs).map(|_| bound * (2.0 * random.unit() - 1.0)).collect();
            self.trained.insert(lora_name(&layer, 'A'), Var::from_vec(values, (rank, inputs), &Device::Cpu)?);
            self.trained.insert(lora_name(&layer, 'B'), Var::zeros((outputs, rank), DType::F32, &Device::Cpu)?);
        }
        Ok(())
    }

    /// Makes the head part of what is trained: as the file has it, or a new one that guesses nothing yet.
    pub(super) fn add_head(&mut self, seed: u64) -> Result<()> {
        let (vocabulary, hidden) = self.get(WORDS)?.dims2()?;
        let mut random = SplitMix::new(seed);
        let bound = (hidden as f32).sqrt().recip();
        let dense: Vec<f32> = (0..hidden * hidden).map(|_| bound * (2.0 * random.unit() - 1.0)).collect();
        let zeros = |size: usize| Tensor::zeros(size, DType::F32, &Device::Cpu);
        let new = [
            (format!("{HEAD_DENSE}.weight"), Tensor::from_vec(dense, (hidden, hidden), &Device::Cpu)?),
            (format!("{HEAD_DENSE}.bias"), zeros(hidden)?),
            (format!("{HEAD_NORM}.weight"), zeros(hidden)?.ones_like()?),
            (format!("{HEAD_NORM}.bias"), zeros(hidden)?),
            (HEAD_BIAS.to_owned(), zeros(vocabulary)?),
        ];
        for (name, tensor) in new {
            let own = self.fixed.remove(&name).filter(|own| own.dims() == tensor.dims());
            self.trained.insert(name, Var::from_tensor(&own.unwrap_or(tensor))?);
        }
        Ok(())
    }

    pub(super) fn has_head(&self) -> bool {
        self.trained.contains_key(HEAD_BIAS)
    }

    /// Whether a weight belongs to the head.
    pub(super) fn is_head(name: &str) -> bool {
        name.starts_with(HEAD)
    }

    /// The head's score of every word at some places (text and token), `[places, vocabulary]`.
    pub(super) fn word_scores(&self, texts: &[Vec<u32>], places: &[(usize, usize)]) -> Result<Tensor> {
        let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        let (x, mask) = self.padded_states(&texts)?;
        let (n, length) = mask.dims2()?;
        let flat: Vec<u32> = places.iter().map(|(row, place)| (row * length + place) as u32).collect();
        let x = x.reshape((n * length, ()))?.index_select(&Tensor::new(flat, &Device::Cpu)?, 0)?;
        let x = self.norm(&self.linear(&x, HEAD_DENSE)?.gelu_erf()?, HEAD_NORM)?;
        x.matmul(&self.get(WORDS)?.t()?)?.broadcast_add(self.get(HEAD_BIAS)?)
    }

    /// Dense layers with a low-rank addition.
    pub(super) fn targets(&self) -> Vec<String> {
        let of_layer = |layer| TARGETS.map(|target| format!("encoder.layer.{layer}.attention.self.{target}"));
        (0..self.shape.layers).flat_map(of_layer).collect()
    }

    /// Every weight that the forward pass reads.
    fn needed(&self) -> Vec<String> {
        let mut all: Vec<String> = [WORDS, POSITIONS, TYPES].map(str::to_owned).to_vec();
        let mut pairs = vec!["embeddings.LayerNorm".to_owned()];
        for layer in 0..self.shape.layers {
            for part in [
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
                "attention.output.dense",
                "attention.output.LayerNorm",
                "intermediate.dense",
                "output.dense",
                "output.LayerNorm",
            ] {
                pairs.push(format!("encoder.layer.{layer}.{part}"));
            }
        }
        all.extend(pairs.iter().flat_map(|name| [format!("{name}.weight"), format!("{name}.bias")]));
        all
    }

    fn get(&self, name: &str) -> Result<&Tensor> {
        match self.trained.get(name).map(Var::as_tensor).or_else(|| self.fixed.get(name)) {
            Some(weight) => Ok(weight),
            None => candle_core::bail!("no weight {name}"),
        }
    }

    /// Every weight of the file with what was trained, a low-rank addition added in.
    pub(super) fn merged(&self) -> Result<Vec<(String, Tensor)>> {
        let mut all = Vec::new();
        for name in self.in_file.keys() {
            let weight = self.get(name)?;
            let layer = name.strip_suffix(".weight").unwrap_or_default();
            let lora = (self.trained.get(&lora_name(layer, 'A')), self.trained.get(&lora_name(layer, 'B')), self.scale);
            let weight = match lora {
                (Some(a), Some(b), Some(scale)) => (weight + (b.matmul(a)? * scale)?)?,
                _ => weight.clone(),
            };
            all.push((name.clone(), weight.detach()));
        }
        Ok(all)
    }

    /// Rows of the position table that texts may use.
    pub(super) fn max_tokens(&self) -> usize {
        let rows = self.get(POSITIONS).and_then(|table| table.dim(0)).unwrap_or_default();
        rows.saturating_sub(self.shape.first_position)
    }

    /// Rows of the word table.
    pub(super) fn vocabulary(&self) -> usize {
        self.get(WORDS).and_then(|table| table.dim(0)).unwrap_or_default()
    }

    fn linear(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        let weight = self.get(&format!("{name}.weight"))?;
        let mut y = x.matmul(&weight.t()?)?.broadcast_add(self.get(&format!("{name}.bias"))?)?;
        let lora = (self.trained.get(&lora_name(name, 'A')), self.trained.get(&lora_name(name, 'B')), self.scale);
        if let (Some(a), Some(b), Some(scale)) = lora {
            y = (y + (x.matmul(&a.t()?)?.matmul(&b.t()?)? * scale)?)?;
        }
        Ok(y)
    }

    fn norm(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        layer_norm_slow(x, self.get(&format!("{name}.weight"))?, self.get(&format!("{name}.bias"))?, self.shape.epsilon)
    }

    /// Last states of some texts, `[texts, length, hidden]`, and where they have tokens, `[texts, length]`.
    fn padded_states(&self, texts: &[&[u32]]) -> Result<(Tensor, Tensor)> {
        let (n, length) = (texts.len(), texts.iter().map(|ids| ids.len()).max().unwrap_or(0).max(1));
        let (mut ids, mut mask) = (Vec::with_capacity(n * length), Vec::with_capacity(n * length));
        for text in texts {
            ids.extend(text.iter().copied().chain(std::iter::repeat(0)).take(length));
            mask.extend((0..length).map(|place| if place < text.len() { 1.0_f32 } else { 0.0 }));
        }
        let mask = Tensor::from_vec(mask, (n, length), &Device::Cpu)?;
        let x = self.states(Tensor::from_vec(ids, n * length, &Device::Cpu)?, &mask)?;
        Ok((x, mask))
    }

    /// L2-normalised vectors of some texts, `[texts, hidden]`.
    pub(super) fn encode(&self, texts: &[&[u32]]) -> Result<Tensor> {
        let (x, mask) = self.padded_states(texts)?;
        // For a mean this is the sum: its direction is the same.
        let pooled = match self.shape.pooling {
            Pooling::Cls => x.narrow(1, 0, 1)?.squeeze(1)?,
            Pooling::Mean | Pooling::Max => x.broadcast_mul(&mask.unsqueeze(2)?)?.sum(1)?,
        };
        let norm = (pooled.sqr()?.sum_keepdim(1)? + 1e-12)?.sqrt()?;
        pooled.broadcast_div(&norm)
    }

    /// Last states, `[texts, length, hidden]`; `ids` is `[texts * length]`, `mask` `[texts, length]`.
    fn states(&self, ids: Tensor, mask: &Tensor) -> Result<Tensor> {
        let (n, length) = mask.dims2()?;
        let hidden = self.get(WORDS)?.dim(1)?;
        let (heads, size) = (self.shape.heads, hidden / self.shape.heads);
        let words = self.get(WORDS)?.index_select(&ids, 0)?.reshape((n, length, hidden))?;
        let positions = self.get(POSITIONS)?.narrow(0, self.shape.first_position, length)?;
        let places = positions.broadcast_add(&self.get(TYPES)?.narrow(0, 0, 1)?)?;
        let x = self.norm(&words.broadcast_add(&places)?, "embeddings.LayerNorm")?;
        let mut x = x.reshape((n * length, hidden))?;
        // 0 where a token is, a large negative number where one was filled in.
        let away = ((mask - 1.0)? * 1e9)?.reshape((n, 1, 1, length))?;
        let scale = (size as f64).sqrt().recip();
        for layer in 0..self.shape.layers {
            let at = |part: &str| format!("encoder.layer.{layer}.{part}");
            let split = |part: &str| -> Result<Tensor> {
                let y = self.linear(&x, &at(part))?.reshape((n, length, heads, size))?;
                y.transpose(1, 2)?.contiguous()
            };
            let (q, k, v) =
                (split("attention.self.query")?, split("attention.self.key")?, split("attention.self.value")?);
            let scores = (q.matmul(&k.transpose(2, 3)?.contiguous()?)? * scale)?.broadcast_add(&away)?;
            let seen = softmax(&scores, D::Minus1)?.matmul(&v)?;
            let seen = seen.transpose(1, 2)?.contiguous()?.reshape((n * length, hidden))?;
            let seen = self.linear(&seen, &at("attention.output.dense"))?;
            x = self.norm(&(&x + seen)?, &at("attention.output.LayerNorm"))?;
            let up = self.linear(&x, &at("intermediate.dense"))?;
            let up = match self.shape.activation {
                Activation::Gelu => up.gelu_erf()?,
                Activation::GeluTanh => up.gelu()?,
                Activation::Relu => up.relu()?,
            };
            let down = self.linear(&up, &at("output.dense"))?;
            x = self.norm(&(&x + down)?, &at("output.LayerNorm"))?;
        }
        x.reshape((n, length, hidden))
    }
}
