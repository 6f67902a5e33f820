//! Text to vectors for other programs.

use alluvium_domain::{Action, Actor, Issue, Problem, ProblemKind};
use alluvium_engine::search::Urgency;

use crate::Services;
use crate::error::internal;

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
    /// Tokens of all texts, before truncation.
    pub tokens: usize,
}

impl Services {
    /// Encodes texts as they are.
    pub async fn embed(&self, actor: &Actor, texts: &[String]) -> Result<Embeddings, Problem> {
        actor.may(Action::Read)?;
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
        let mut tokens = 0;
        for text in texts {
            tokens += worker.encoder().token_count(text).map_err(internal)?;
        }
        let model = worker.encoder().name().to_owned();
        let urgency = if texts.len() > 4 { Urgency::Passages } else { Urgency::Query };
        Ok(Embeddings { model, vectors: search.encode(urgency, texts.to_vec()).await?, tokens })
    }
}
