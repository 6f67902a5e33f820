//! Sentence encoder: turns text into L2-normalised vectors with a BERT-family model.
//!
//! The forward pass is the encoder's own (see the crate's README for why and what it brings);
//! candle reads the weights, tokenizers cuts the text.

mod error;
mod evidence;
mod kernel;
pub(crate) mod math;
mod network;
mod pooling;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;
pub mod training;
mod weights;

use std::fmt;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

pub use error::EncoderError;
pub use evidence::{EncoderDifference, GoldenVectors, HeldOutQueries, cosine};
pub use pooling::{Token, TokenStates};
pub use settings::Pooling;

use network::Network;
use settings::Settings;
use tokens::Cutter;

/// Tokens that one thread takes through the network at a time: enough to use each weight many
/// times, few enough for the activations to stay near the processor.
const GROUP_TOKENS: usize = 256;

/// Below this many tokens per thread, threads share one group instead of having one each, because
/// reading the weights then costs more than multiplying with them.
const SHARED_TOKENS: usize = 48;

/// A sentence encoder, ready to use from many threads.
///
/// Calls block and use rayon's global pool; from async code go through a blocking task.
pub struct Encoder {
    name: String,
    fingerprint: String,
    pooling: Pooling,
    cutter: Cutter,
    network: Network,
}

impl Encoder {
    /// Loads a folder in the layout of sentence-transformers (or of a plain transformers BERT,
    /// which is then mean pooled): `config.json`, `tokenizer.json`, `model.safetensors`, and if
    /// present `modules.json`, `1_Pooling/config.json`, `sentence_bert_config.json`,
    /// `tokenizer_config.json`.
    ///
    /// # Errors
    /// Names the file that is missing, unreadable or asks for something unsupported, and the
    /// tensor that is missing or has another shape.
    pub fn load(folder: impl AsRef<Path>) -> Result<Encoder, EncoderError> {
        let settings = Settings::read(folder.as_ref())?;
        let weights_path = settings.folder.join("model.safetensors");
        let tokenizer_path = settings.folder.join("tokenizer.json");
        let tokenizer = settings::read(&tokenizer_path)?;
        let weights = settings::read(&weights_path)?;
        let network = weights::network(&weights_path, &weights, &settings)?;
        let max_tokens = settings.max_tokens.min(network.max_tokens());
        let vocabulary = network.words.len() / network.hidden;
        let cutter = Cutter::new(&tokenizer_path, &tokenizer, settings.lower_case, max_tokens, vocabulary)?;

        let mut hash = Sha256::new();
        let config = settings::read(&settings.folder.join("config.json"))?;
        for part in [&config, &tokenizer, &weights, &format!("{:?} {max_tokens}", settings.pooling).into_bytes()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let fingerprint = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Encoder { name: name(folder.as_ref()), fingerprint, pooling: settings.pooling, cutter, network })
    }

    /// The folder's name; for a snapshot in a Hugging Face cache, `organisation/model`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// 16 hexadecimal digits (SHA-256 over configuration, tokenizer, weights, pooling and token
    /// limit). Vectors are comparable if and only if their encoders' fingerprints are equal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Width of the vectors.
    pub fn dimension(&self) -> usize {
        self.network.hidden
    }

    /// Longest input in tokens, special tokens included; the rest of a longer text is ignored.
    pub fn max_tokens(&self) -> usize {
        self.cutter.max_tokens
    }

    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// Tokens of the whole text, special tokens included, before truncation.
    ///
    /// # Errors
    /// [`EncoderError::Tokenize`] where the tokenizer has no token for a piece of the text.
    pub fn token_count(&self, text: &str) -> Result<usize, EncoderError> {
        self.cutter.count(text)
    }

    /// One L2-normalised vector of [`dimension`](Self::dimension) floats per text, in the order of
    /// the texts. A text has the same vector in a batch as alone, up to rounding. An empty text
    /// has the vector of the special tokens; all zeros if the tokenizer adds none.
    ///
    /// # Errors
    /// [`EncoderError::Tokenize`] where the tokenizer has no token for a piece of a text.
    pub fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncoderError> {
        // One move into the pool instead of one for every product.
        rayon::scope(|_| {
            let ids: Vec<Vec<u32>> = texts.par_iter().map(|text| self.cutter.ids(text)).collect::<Result<_, _>>()?;
            let mut order: Vec<usize> = (0..ids.len()).collect();
            order.sort_by_key(|i| std::cmp::Reverse(ids[*i].len()));
            let groups: Vec<&[usize]> = groups(&order, &ids);
            let encode = |group: &&[usize]| {
                let sequences: Vec<&[u32]> = group.iter().map(|i| ids[*i].as_slice()).collect();
                let states = self.network.forward(&sequences);
                states.spans.iter().map(|span| pooling::pool(&states, span, self.pooling)).collect::<Vec<_>>()
            };
            let encoded: Vec<Vec<Vec<f32>>> = groups.par_iter().map(encode).collect();
            let mut vectors = vec![Vec::new(); texts.len()];
            for (index, vector) in order.iter().zip(encoded.into_iter().flatten()) {
                vectors[*index] = vector;
            }
            Ok(vectors)
        })
    }

    /// The vector of one text taken apart: tokens with their place in the text and, where the
    /// pooling is a mean, the part that each adds to the vector.
    ///
    /// # Errors
    /// [`EncoderError::Tokenize`] where the tokenizer has no token for a piece of the text.
    pub fn encode_tokens(&self, text: &str) -> Result<TokenStates, EncoderError> {
        rayon::scope(|_| {
            let (ids, tokens) = self.cutter.tokens(text)?;
            let states = self.network.forward(&[&ids]);
            Ok(pooling::take_apart(&states, tokens, self.pooling))
        })
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("name", &self.name)
            .field("fingerprint", &self.fingerprint)
            .field("dimension", &self.dimension())
            .field("max_tokens", &self.max_tokens())
            .field("pooling", &self.pooling)
            .finish_non_exhaustive()
    }
}

/// Cuts the texts, longest first, into groups of similar token counts.
fn groups<'a>(order: &'a [usize], ids: &[Vec<u32>]) -> Vec<&'a [usize]> {
    let total: usize = ids.iter().map(Vec::len).sum();
    let target = total.div_ceil(rayon::current_num_threads()).clamp(SHARED_TOKENS, GROUP_TOKENS);
    let (mut groups, mut rest) = (Vec::new(), order);
    while !rest.is_empty() {
        let mut tokens = 0;
        let fits = rest.iter().take_while(|i| {
            let before = tokens;
            tokens += ids[**i].len();
            before == 0 || tokens <= target
        });
        let (group, tail) = rest.split_at(fits.count());
        groups.push(group);
        rest = tail;
    }
    groups
}

fn name(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let part = |up: usize| folder.ancestors().nth(up).and_then(|p| p.file_name()).unwrap_or_default().to_string_lossy();
    match part(2).strip_prefix("models--") {
        Some(repository) if part(1) == "snapshots" => repository.replace("--", "/"),
        _ => part(0).into_owned(),
    }
}
