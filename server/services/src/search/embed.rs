//! Text to vectors for other programs.

use alluvium_domain::{Action, Actor, Issue, Problem, ProblemKind};
use alluvium_engine::search::Urgency;

use super::index::ENCODED_TOGETHER;
use crate::Services;
use crate::error::internal;
use crate::processor::on_processor;

/// Most texts at once, and their most characters each.
const MOST_TEXTS: usize = 256;
const MOST_CHARACTERS: usize = 20_000;

/// The vectors of some texts.
#[derive(Debug, Clone)]
pub struct Embeddings {
    /// Name of the encoder.
    pub model: String,
    /// One for each text, `[dimension]`, L2-normalised.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of all texts that were read.
    pub tokens: usize,
    /// Places of the texts of which the encoder read the beginning only.
    pub truncated: Vec<usize>,
}

impl Services {
    /// Encodes texts as they are, into vectors of the encoder's own length: another one is refused.
    pub async fn embed(
        &self,
        actor: &Actor,
        texts: &[String],
        dimensions: Option<usize>,
    ) -> Result<Embeddings, Problem> {
        actor.may(if self.inner.anonymous_embeddings { Action::Read } else { Action::Encode })?;
        let search = self.inner.search();
        let worker = search.worker.as_ref().ok_or_else(|| Problem::new(ProblemKind::Unavailable))?;
        if texts.is_empty() {
            return Err(Problem::field("input", Issue::Required));
        }
        if texts.len() > MOST_TEXTS {
            return Err(Problem::field("input", Issue::TooMany { limit: MOST_TEXTS, actual: texts.len() }));
        }
        if let Some(actual) = texts.iter().map(|text| text.chars().count()).find(|count| *count > MOST_CHARACTERS) {
            return Err(Problem::field("input", Issue::TooLong { limit: MOST_CHARACTERS, actual }));
        }
        let own = worker.encoder().dimension();
        if dimensions.is_some_and(|wanted| wanted != own) {
            let zh = format!("这个编码器的向量长 {own}，不能改为别的长度");
            let en = format!("the vectors of this encoder have {own} dimensions and no other length");
            return Err(Problem::refused("dimensions", zh, en));
        }
        let model = worker.encoder().name().to_owned();
        let most = worker.encoder().max_tokens();
        let (counting, counted) = (search.clone(), texts.to_vec());
        let counts = on_processor(move || counting.token_counts(&counted)).await?.map_err(internal)?;
        let truncated = (0..).zip(&counts).filter(|(_, count)| **count > most).map(|(place, _)| place).collect();
        let tokens = counts.iter().map(|count| *count.min(&most)).sum();
        let urgency = if texts.len() == 1 { Urgency::Query } else { Urgency::Passages };
        let mut vectors = Vec::with_capacity(texts.len());
        // In portions: a query that comes meanwhile waits for one of them, and what nobody waits for any more is left out.
        for portion in texts.chunks(ENCODED_TOGETHER) {
            vectors.extend(search.encode(urgency, portion.to_vec()).await?);
        }
        Ok(Embeddings { model, vectors, tokens, truncated })
    }
}
