use std::path::PathBuf;

/// Why an encoder could not be loaded or a text not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is not the JSON that was expected", path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("{} is not a tokenizer that can be used", path.display())]
    Tokenizer { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{} is not a readable safetensors file", path.display())]
    Weights { path: PathBuf, source: candle_core::Error },
    #[error("{} has no tensor {name}", path.display())]
    MissingTensor { path: PathBuf, name: String },
    #[error("tensor {name} in {} has the shape {found:?}, expected {expected:?}", path.display())]
    Shape { path: PathBuf, name: String, expected: Vec<usize>, found: Vec<usize> },
    /// The folder is well formed but asks for something this encoder does not do.
    #[error("{}: {what}", path.display())]
    Unsupported { path: PathBuf, what: String },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    /// Training needs at least two pairs a step.
    #[error("there is nothing to train on: fewer than two pairs")]
    NothingToTrain,
    /// Tensor arithmetic of training.
    #[error("tensor arithmetic")]
    Tensor(#[from] candle_core::Error),
    /// The caller asked to stop.
    #[error("training was cancelled")]
    Cancelled,
    #[error("the tokenizer refused the text")]
    Tokenize { source: Box<dyn std::error::Error + Send + Sync> },
}
