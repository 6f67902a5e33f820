//! Text to vectors, in the shape of the OpenAI API.

use alluvium_services::Services;
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Who};
use crate::problem::{ApiError, ProblemBody};

/// Texts to encode.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmbeddingsRequest {
    /// One text or up to 256.
    input: Input,
    /// Ignored but for `model` in the answer: this server has one encoder.
    #[serde(default)]
    #[allow(dead_code, reason = "clients always send it")]
    model: Option<String>,
    /// `float` (default) or `base64` (little-endian f32).
    #[serde(default)]
    encoding_format: EncodingFormat,
    /// Length of the vectors; anything but the encoder's own length is refused.
    #[serde(default)]
    dimensions: Option<usize>,
    /// Not kept: clients may send it.
    #[serde(default)]
    #[allow(dead_code, reason = "part of the contract, and nothing here depends on it")]
    user: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Input {
    /// One text.
    One(String),
    /// Several.
    Many(Vec<String>),
}

#[derive(Deserialize, ToSchema, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EncodingFormat {
    #[default]
    Float,
    Base64,
}

/// The vectors.
#[derive(Serialize, ToSchema)]
pub(crate) struct EmbeddingsResponse {
    /// `list`
    object: &'static str,
    /// One for each text, in order.
    data: Vec<Embedding>,
    /// Name of the encoder.
    model: String,
    /// Tokens read.
    usage: Usage,
    /// Positions of texts longer than the encoder reads: their vectors are of the beginning alone.
    truncated: Vec<usize>,
}

/// One vector.
#[derive(Serialize, ToSchema)]
pub(crate) struct Embedding {
    /// `embedding`
    object: &'static str,
    /// Position of its text.
    index: usize,
    /// The L2-normalised vector.
    embedding: Vector,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Vector {
    /// Numbers.
    Float(Vec<f32>),
    /// Little-endian f32, base64.
    Base64(String),
}

/// Tokens read.
#[derive(Serialize, ToSchema)]
pub(crate) struct Usage {
    /// Tokens of all texts that were read: what was cut off does not count.
    prompt_tokens: usize,
    /// The same.
    total_tokens: usize,
}

/// Encodes texts with the sentence encoder.
#[utoipa::path(post, path = "/v1/embeddings", tag = "text", request_body = EmbeddingsRequest, responses(
    (status = 200, body = EmbeddingsResponse),
    (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, description = "No encoder", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn embeddings(
    State(services): State<Services>,
    Who(actor): Who,
    Body(request): Body<EmbeddingsRequest>,
) -> Result<Json<EmbeddingsResponse>, ApiError> {
    let texts = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    let answer = services.embed(&actor, &texts, request.dimensions).await?;
    let data = answer.vectors.into_iter().enumerate().map(|(index, vector)| Embedding {
        object: "embedding",
        index,
        embedding: match request.encoding_format {
            EncodingFormat::Float => Vector::Float(vector),
            EncodingFormat::Base64 => {
                Vector::Base64(STANDARD.encode(vector.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>()))
            }
        },
    });
    Ok(Json(EmbeddingsResponse {
        object: "list",
        data: data.collect(),
        model: answer.model,
        usage: Usage { prompt_tokens: answer.tokens, total_tokens: answer.tokens },
        truncated: answer.truncated,
    }))
}
