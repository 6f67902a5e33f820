//! Two versions of the encoder on the same query, side by side: for who decides, before one of them serves.

use std::collections::HashMap;

use alluvium_domain::registry::ModelVersion;
use alluvium_domain::search::PassageToken;
use alluvium_domain::shop::{Bilingual, Catalogue, Ranker};
use alluvium_domain::{Action, Actor, Contribution, Explanation, FeatureGroup, Problem};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::{Encoder, TokenStates, cosine};

use crate::Services;
use crate::encoders::ENCODER;
use crate::error::internal;
use crate::processor::on_processor;
use crate::search::words;
use crate::shop::search::encoded;

/// Products that each version puts in order: the first ones of the search that serves.
const CANDIDATES: usize = 50;
/// Products of each list.
const K: usize = 10;

/// A product as one version sees it.
#[derive(Debug, Clone)]
pub struct NearProduct {
    /// Its id.
    pub product: String,
    /// Its title.
    pub title: Bilingual,
    /// The cosine of query and text as a sum over the words of the text.
    pub explanation: Explanation,
    /// The text word by word; empty where a cosine is no sum over words.
    pub words: Vec<PassageToken>,
}

/// A version and the products that are nearest to the query by its word.
#[derive(Debug, Clone)]
pub struct EncoderAnswer {
    /// The version.
    pub version: ModelVersion,
    /// The nearest first.
    pub items: Vec<NearProduct>,
}

/// Two versions on one query.
#[derive(Debug, Clone)]
pub struct EncodersBeside {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The query as an encoder reads it: Chinese by dictionary and glossary for one that reads English only.
    pub read_as: String,
    /// Products that both put in order.
    pub candidates: usize,
    /// Both, in the order asked for.
    pub answers: [EncoderAnswer; 2],
}

/// A product that is put in order, with the text that stands for it.
#[derive(Clone)]
struct Candidate {
    product: String,
    title: Bilingual,
    text: String,
}

impl Services {
    /// How two versions of the encoder order the products that search finds first for a query, by the cosine alone. Nothing of this serves: it is for
    /// people who run trainings and decide.
    pub async fn encoders_beside(
        &self,
        actor: &Actor,
        name: &str,
        numbers: [i32; 2],
        catalogue: &str,
        query: &str,
    ) -> Result<EncodersBeside, Problem> {
        actor.may(Action::RunJobs)?;
        let model = self.model_get(actor, name).await?;
        if model.serves.as_deref() != Some(ENCODER) {
            return Err(Problem::conflict("model", "它不是编码器", "it is no encoder"));
        }
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let shelf = self.search_shelf(catalogue.id).await?;
        let (orders, _) = self.product_orders(shelf.clone(), query, &[Ranker::Hybrid], CANDIDATES).await?;
        let candidates: Vec<Candidate> = {
            let content = shelf.content();
            let found = orders.iter().flatten().filter_map(|number| content.products.get(number));
            found
                .map(|product| Candidate {
                    product: product.input.id.clone(),
                    title: product.input.title.clone(),
                    text: encoded(&product.input),
                })
                .collect()
        };
        let read_as = self.inner.search().gloss().read(query.trim()).text;
        let [first, second] = numbers;
        let answers = [
            self.encoder_answer(actor, name, first, "a", &read_as, &candidates).await?,
            self.encoder_answer(actor, name, second, "b", &read_as, &candidates).await?,
        ];
        Ok(EncodersBeside { catalogue, read_as, candidates: candidates.len(), answers })
    }

    async fn encoder_answer(
        &self,
        actor: &Actor,
        name: &str,
        number: i32,
        field: &'static str,
        query: &str,
        candidates: &[Candidate],
    ) -> Result<EncoderAnswer, Problem> {
        let load = |id| self.encoder_load(id);
        let (version, (_, encoder)) = self.version_beside(actor, name, number, field, load).await?;
        let (query, candidates) = (query.to_owned(), candidates.to_vec());
        let items = on_processor(move || nearest(&encoder, &query, candidates));
        Ok(EncoderAnswer { version, items: items.await?.map_err(internal)? })
    }
}

/// The nearest products, explained.
fn nearest(encoder: &Encoder, query: &str, candidates: Vec<Candidate>) -> Result<Vec<NearProduct>, EngineError> {
    let texts: Vec<&str> = candidates.iter().map(|candidate| candidate.text.as_str()).collect();
    let vectors = encoder.encode(&texts)?;
    let query = encoder.encode(&[query])?.swap_remove(0);
    let mut order: Vec<(f64, Candidate)> =
        vectors.iter().map(|vector| cosine(vector, &query)).zip(candidates).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.product.cmp(&b.1.product)));
    order.truncate(K);
    let explained = |(cosine, candidate): (f64, Candidate)| {
        let states = encoder.encode_tokens(&candidate.text)?;
        let (words, explanation) = explain(&candidate.text, &states, &query, cosine);
        Ok(NearProduct { product: candidate.product, title: candidate.title, explanation, words })
    };
    order.into_iter().map(explained).collect()
}

/// What each word of a text adds to its cosine with a query; the same word at several places is one part.
fn explain(text: &str, states: &TokenStates, query: &[f32], cosine: f64) -> (Vec<PassageToken>, Explanation) {
    let part = |feature: String, value: &str, amount| Contribution {
        feature,
        group: FeatureGroup::Semantic,
        value: value.to_owned(),
        amount,
    };
    let Some(amounts) = states.amounts(query) else {
        let whole = vec![part("cosine".to_owned(), "", cosine)];
        return (Vec::new(), Explanation::new("cosine (exact)", 0.0, cosine, whole));
    };
    let words = words(text, states, &amounts, 1.0);
    let ends = states.tokens.iter().zip(&amounts).filter(|(token, _)| token.special);
    let mut parts = vec![part("token:ends".to_owned(), "[ ]", ends.map(|(_, amount)| f64::from(*amount)).sum())];
    let mut known: HashMap<String, usize> = HashMap::new();
    for word in &words {
        let value = word.text.trim();
        let place = *known.entry(value.to_lowercase()).or_insert(parts.len());
        match parts.get_mut(place) {
            Some(part) => part.amount += word.amount,
            None => parts.push(part(format!("token:{place}"), value, word.amount)),
        }
    }
    (words, Explanation::new("cosine (exact)", 0.0, cosine, parts))
}
