//! The semantic half of a query: its vector, the nearest passage of every entry, and what each token adds to a cosine.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use alluvium_domain::search::PassageToken;
use alluvium_domain::{FeatureGroup, Problem, ProblemKind};
use alluvium_engine::encoder::TokenStates;
use alluvium_engine::metrics;
use alluvium_engine::search::Busy;
use alluvium_store::Passage;
use uuid::Uuid;

use super::gloss::Glossed;
use super::index::{Search, read};
use super::reply::reply;
use super::score::{Features, Parts};
use super::weights;
use crate::error::internal;
use crate::processor::on_processor;

/// Most candidates by cosine alone, and how far above the mean of all entries they must be, in standard deviations.
const SEMANTIC_CANDIDATES: usize = 60;
const SEMANTIC_DISTANCE: f64 = 1.0;

/// The passage that is nearest to a query: an entry's own, or its translation's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    /// Entry that the passage belongs to.
    pub(super) entry: Uuid,
    /// Number of the passage.
    pub(super) ordinal: usize,
    cosine: f64,
    /// What the cosine counts: less for a translation's.
    factor: f64,
}

impl Near {
    /// How near it is, a translation's passage less.
    pub(super) fn closeness(&self) -> f64 {
        self.factor * self.cosine
    }

    /// What it adds to a score.
    pub(super) fn amount(&self) -> f64 {
        weights::SEMANTIC * self.factor * self.cosine
    }
}

/// The query as the encoder read it.
pub(super) struct Encoded {
    pub(super) states: TokenStates,
    /// Nearest passage for each entry.
    pub(super) near: HashMap<Uuid, Near>,
    /// Mean and standard deviation of the cosine over all entries.
    mean: f64,
    deviation: f64,
    /// Feature of each token; one for all where the cosine is no sum over tokens.
    tokens: Vec<usize>,
}

impl Encoded {
    /// The score of an entry of which nothing speaks for it: as near as the mean of all.
    pub(super) fn baseline(&self) -> f64 {
        -weights::SEMANTIC * self.mean
    }

    /// Whether every token counts: then an amount is known without its tokens.
    pub(super) fn is_whole(&self, features: &Features) -> bool {
        self.tokens.iter().all(|token| !features.is_off(*token))
    }

    /// Entries that stand out.
    pub(super) fn above(&self) -> Vec<Uuid> {
        let least = self.mean + SEMANTIC_DISTANCE * self.deviation;
        let mut found: Vec<(f64, Uuid)> = self
            .near
            .iter()
            .map(|(id, near)| (near.cosine * near.factor, *id))
            .filter(|(cosine, _)| *cosine >= least)
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(SEMANTIC_CANDIDATES);
        found.into_iter().map(|(_, id)| id).collect()
    }
}

impl Search {
    pub(super) async fn encode_query(&self, words: &str, features: &mut Features) -> Result<Option<Encoded>, Problem> {
        let read_as = self.gloss().read(words);
        if self.worker.is_none() || !read_as.text.chars().any(char::is_alphanumeric) {
            return Ok(None);
        }
        let Some(states) = self.token_states(vec![read_as.text.clone()]).await?.pop() else { return Ok(None) };
        let (vector, passages) = (states.vector.clone(), self.passages.clone());
        let nearest = on_processor(move || read(&passages).nearest(&vector)).await?;
        let cosines: Vec<f64> = nearest.iter().map(|(_, similar)| f64::from(similar.cosine)).collect();
        let mean = metrics::mean(&cosines);
        let variance = metrics::mean(&cosines.iter().map(|cosine| (cosine - mean).powi(2)).collect::<Vec<f64>>());
        let own = |(entry, similar): (Uuid, alluvium_engine::search::Similar)| {
            (entry, Near { entry, ordinal: similar.ordinal, cosine: f64::from(similar.cosine), factor: 1.0 })
        };
        let mut near: HashMap<Uuid, Near> = nearest.into_iter().map(own).collect();
        self.add_translations(&mut near);
        let tokens = token_features(&states, &read_as, features);
        Ok(Some(Encoded { states, near, mean, deviation: variance.sqrt(), tokens }))
    }

    /// Where an entry's translation, discounted, is nearer than the entry itself, it counts instead.
    fn add_translations(&self, near: &mut HashMap<Uuid, Near>) {
        let translations = read(&self.translations);
        let better: Vec<(Uuid, Near)> = translations
            .iter()
            .filter_map(|(id, other)| {
                let (own, other) = (near.get(id)?, near.get(other)?);
                let discounted = Near { factor: weights::TRANSLATION, ..*other };
                (discounted.amount() > own.amount()).then_some((*id, discounted))
            })
            .collect();
        near.extend(better);
    }

    pub(crate) async fn token_states(&self, texts: Vec<String>) -> Result<Vec<TokenStates>, Problem> {
        let worker = self.worker.as_ref().ok_or_else(|| Problem::new(ProblemKind::Unavailable))?;
        let (reply, receive) = reply();
        worker.encode_tokens(texts, reply).map_err(|Busy| Problem::new(ProblemKind::Overloaded))?;
        receive.await.map_err(internal)?.map_err(internal)
    }

    /// The cosine as a sum over the query's tokens, whole words together.
    pub(super) fn add_tokens(&self, parts: &mut Parts, features: &Features, encoded: &Encoded, near: &Near) {
        let passages = read(&self.passages);
        let Some(vector) = passages.vector(&near.entry, near.ordinal) else { return };
        match encoded.states.amounts(vector) {
            Some(amounts) => {
                let weight = weights::SEMANTIC * near.factor;
                for (token, amount) in encoded.tokens.iter().zip(amounts) {
                    parts.add(features, *token, weight * f64::from(amount));
                }
            }
            // Pooling by cls is no sum over tokens: the cosine stays one part.
            None => encoded.tokens.first().into_iter().for_each(|cosine| parts.add(features, *cosine, near.amount())),
        }
    }

    /// The same for passages, of which those that were explained last are kept.
    async fn passage_states(&self, texts: &[String]) -> Result<Vec<Arc<TokenStates>>, Problem> {
        let kept: Vec<Option<Arc<TokenStates>>> = {
            let mut explained = self.explained.lock().unwrap_or_else(PoisonError::into_inner);
            texts.iter().map(|text| explained.get(text).cloned()).collect()
        };
        let missing: Vec<String> =
            texts.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(text, _)| text.clone()).collect();
        let made = if missing.is_empty() { Vec::new() } else { self.token_states(missing.clone()).await? };
        let mut made = made.into_iter().map(Arc::new);
        let mut explained = self.explained.lock().unwrap_or_else(PoisonError::into_inner);
        let states = texts.iter().zip(kept).filter_map(|(text, kept)| {
            kept.or_else(|| {
                let states = made.next()?;
                explained.put(text.clone(), states.clone());
                Some(states)
            })
        });
        Ok(states.collect())
    }

    /// The best passage of each hit word by word: each token's share of the cosine with the query.
    pub(super) async fn mark_passages(
        &self,
        page: &[(Uuid, Near)],
        passages: &HashMap<Uuid, Vec<Passage>>,
        encoded: &Encoded,
    ) -> Result<HashMap<Uuid, Vec<PassageToken>>, Problem> {
        let mut owners = Vec::new();
        let mut texts = Vec::new();
        for (hit, near) in page {
            let Some(passage) = passages.get(&near.entry).and_then(|all| all.get(near.ordinal)) else { continue };
            owners.push((*hit, near.factor));
            texts.push(passage.encoded.clone());
        }
        let states = self.passage_states(&texts).await?;
        let mut marked = HashMap::new();
        for (((owner, factor), text), states) in owners.into_iter().zip(texts).zip(states) {
            let Some(amounts) = states.amounts(&encoded.states.vector) else { continue };
            let weight = weights::SEMANTIC * factor;
            marked.insert(owner, words(&text, &states, &amounts, weight));
        }
        Ok(marked)
    }
}

/// A text word by word, with the amounts of their tokens times a weight. The marks at both ends belong to no word.
pub(crate) fn words(text: &str, states: &TokenStates, amounts: &[f32], weight: f64) -> Vec<PassageToken> {
    let mut words: Vec<PassageToken> = Vec::new();
    let mut at = 0;
    for (token, amount) in states.tokens.iter().zip(amounts) {
        let amount = weight * f64::from(*amount);
        if token.special {
            continue;
        }
        let Some(piece) = text.get(at..token.end) else { continue };
        match words.last_mut() {
            Some(last) if token.piece.starts_with("##") => {
                last.text.push_str(piece);
                last.amount += amount;
            }
            _ => words.push(PassageToken { text: piece.to_owned(), amount }),
        }
        at = token.end;
    }
    words
}

/// Feature of each token: pieces of one word share one, and so do the English words that stand for one Chinese word, and the marks at both ends.
fn token_features(states: &TokenStates, read_as: &Glossed, features: &mut Features) -> Vec<usize> {
    if states.amounts(&states.vector).is_none() {
        return vec![features.number("cosine", FeatureGroup::Semantic, "cosine")];
    }
    let word = |number: usize| {
        let pieces = states.tokens[number + 1..].iter().map_while(|token| token.piece.strip_prefix("##"));
        format!("{}{}", states.tokens[number].piece, pieces.collect::<String>())
    };
    let mut numbers: Vec<usize> = Vec::new();
    for (number, token) in states.tokens.iter().enumerate() {
        numbers.push(match numbers.last() {
            _ if token.special => features.number("token:ends", FeatureGroup::Semantic, "[ ]"),
            Some(last) if token.piece.starts_with("##") => *last,
            _ if let Some((source, chinese)) = read_as.source(token.start) => {
                let value = format!("{chinese} ({})", read_as.english(source));
                features.number(&format!("word:{source}"), FeatureGroup::Semantic, &value)
            }
            _ => features.number(&format!("token:{number}"), FeatureGroup::Semantic, &word(number)),
        });
    }
    numbers
}
