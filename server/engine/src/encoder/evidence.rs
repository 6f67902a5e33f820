//! What goes along with a trained encoder, so that whoever gets it can check it: golden vectors, and queries that it was not trained on.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::training::TrainingPair;
use super::{Encoder, EncoderError};
use crate::metrics::{self, CUT, Paired};
use crate::{EngineError, SelfCheck};

/// Texts in several languages and lengths.
const GOLDEN: [&str; 6] = [
    "running shoes for wide feet",
    "无线降噪耳机",
    "dv7-1211ea 17\" 4GB",
    "How are clicks turned into training data without learning their position?",
    "A light jacket for rain, packable, with a hood. Seams are taped; the fabric is recycled polyamide.",
    "a",
];
/// One query in so many is held out, but no more texts than these are searched: checks are quick.
const HELD_OUT: u8 = 5;
const MOST_TEXTS: usize = 1_000;
/// With fewer queries than these all are needed for training.
const FEWEST_QUERIES: usize = 10;

/// Vectors that an encoder gave when it was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GoldenVectors {
    texts: Vec<String>,
    /// `[texts][dimension]`.
    vectors: Vec<Vec<f32>>,
}

impl GoldenVectors {
    /// What an encoder gives now.
    ///
    /// # Errors
    /// A text that its tokenizer refuses.
    pub fn new(encoder: &Encoder) -> Result<GoldenVectors, EncoderError> {
        Ok(GoldenVectors { texts: GOLDEN.map(str::to_owned).to_vec(), vectors: encoder.encode(&GOLDEN)? })
    }

    /// What an encoder gives now compared with these, and whether the parts of its tokens add up to each cosine.
    ///
    /// # Errors
    /// A text that its tokenizer refuses.
    pub fn check(&self, encoder: &Encoder) -> Result<SelfCheck, EncoderError> {
        let mut found = SelfCheck::default();
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let own = encoder.encode(&texts)?;
        for (own, kept) in own.iter().zip(&self.vectors) {
            if own.len() != kept.len() {
                return Ok(SelfCheck { largest_difference: f64::INFINITY, ..found });
            }
            own.iter().zip(kept).for_each(|(own, kept)| found.output(*own, *kept));
        }
        for (text, other) in texts.iter().zip(own.iter().rev()) {
            let states = encoder.encode_tokens(text)?;
            if let Some(amounts) = states.amounts(other) {
                let sum: f64 = amounts.iter().map(|amount| f64::from(*amount)).sum();
                found.gap(sum - cosine(&states.vector, other));
            }
        }
        Ok(found)
    }
}

/// A query, and which texts answer it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HeldOutQuery {
    query: String,
    answers: Vec<usize>,
}

/// Queries that an encoder was not trained on, and the texts that are searched.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HeldOutQueries {
    texts: Vec<String>,
    queries: Vec<HeldOutQuery>,
}

impl HeldOutQueries {
    /// Takes one query in five out of some pairs, always the same, with the texts of all of them to search in.
    pub fn take(pairs: &mut Vec<TrainingPair>) -> HeldOutQueries {
        let queries: HashSet<&str> = pairs.iter().map(|pair| pair.query.as_str()).collect();
        if queries.len() < FEWEST_QUERIES {
            return HeldOutQueries::default();
        }
        let is_held_out = |pair: &TrainingPair| Sha256::digest(pair.query.as_bytes())[0] % HELD_OUT == 0;
        let own: Vec<TrainingPair> = pairs.extract_if(.., |pair| is_held_out(pair)).collect();
        let mut held_out = HeldOutQueries::default();
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut queries: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        // Answers before what is only searched.
        for (place, pair) in own.iter().chain(pairs.iter()).enumerate() {
            let known = places.get(&pair.text_id).copied();
            let Some(text) = known.or_else(|| (held_out.texts.len() < MOST_TEXTS).then_some(held_out.texts.len()))
            else {
                continue;
            };
            if known.is_none() {
                places.insert(pair.text_id, text);
                held_out.texts.push(pair.text.clone());
            }
            if place < own.len() {
                queries.entry(pair.query.clone()).or_default().push(text);
            }
        }
        held_out.queries = queries.into_iter().map(|(query, answers)| HeldOutQuery { query, answers }).collect();
        held_out
    }

    /// Number of queries.
    pub fn len(&self) -> usize {
        self.queries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    /// NDCG@10 of each query by cosine alone, over all texts.
    ///
    /// # Errors
    /// A text that the tokenizer refuses, or an answer that is no text.
    pub fn ndcg(&self, encoder: &Encoder) -> Result<Vec<f64>, EngineError> {
        let texts = encoder.encode(&self.texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        let queries = encoder.encode(&self.queries.iter().map(|own| own.query.as_str()).collect::<Vec<_>>())?;
        let one = |(own, query): (&HeldOutQuery, &Vec<f32>)| {
            let mut order: Vec<(f64, usize)> =
                texts.iter().enumerate().map(|(place, text)| (cosine(query, text), place)).collect();
            order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let grade = |place: &usize| u8::from(own.answers.contains(place));
            let ranked: Vec<u8> = order.iter().take(CUT).map(|(_, place)| grade(place)).collect();
            metrics::ndcg(&ranked, &vec![1; own.answers.len()], CUT)
        };
        Ok(self.queries.iter().zip(&queries).map(one).collect())
    }

    /// Both encoders' mean NDCG@10, and the first less the second query by query.
    ///
    /// # Errors
    /// As for [`ndcg`](Self::ndcg).
    pub fn compare(&self, own: &Encoder, other: &Encoder) -> Result<EncoderDifference, EngineError> {
        let (own, other) = (self.ndcg(own)?, self.ndcg(other)?);
        Ok(EncoderDifference {
            queries: self.len(),
            own: metrics::mean(&own),
            other: metrics::mean(&other),
            paired: metrics::paired(&own, &other),
        })
    }
}

/// Two encoders on the same queries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderDifference {
    /// Queries.
    pub queries: usize,
    /// Mean NDCG@10 of the first.
    pub own: f64,
    /// Mean NDCG@10 of the second.
    pub other: f64,
    /// The first less the second.
    pub paired: Paired,
}

/// The cosine of two vectors of length one, as [`Encoder::encode`] gives them: their dot product, summed in double precision.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::tests::tiny::Tiny;

    fn pairs() -> Vec<TrainingPair> {
        (0..200)
            .map(|number| TrainingPair {
                query_id: number / 2,
                text_id: number % 150,
                query: format!("query {}", number / 2),
                text: format!("text {}", number % 150),
            })
            .collect()
    }

    #[test]
    fn held_out_queries_are_always_the_same_and_none_is_trained_on() {
        let mut trained = pairs();
        let held_out = HeldOutQueries::take(&mut trained);
        assert!((10..=35).contains(&held_out.len()), "{}", held_out.len());
        assert!(trained.iter().all(|pair| held_out.queries.iter().all(|own| own.query != pair.query)));
        assert_eq!(held_out.queries.iter().map(|own| own.answers.len()).sum::<usize>() + trained.len(), 200);
        for own in &held_out.queries {
            for answer in &own.answers {
                assert!(pairs().iter().any(|pair| pair.query == own.query && pair.text == held_out.texts[*answer]));
            }
        }
        let mut few = pairs()[..18].to_vec();
        assert!(
            HeldOutQueries::take(&mut few).is_empty() && few.len() == 18,
            "nine queries are too few to hold one out"
        );
        let mut again = pairs();
        again.truncate(100);
        let fewer = HeldOutQueries::take(&mut again);
        assert!(fewer.queries.iter().all(|one| held_out.queries.iter().any(|own| own.query == one.query)));
    }

    #[test]
    fn an_encoder_knows_itself_again_and_another_one_is_told_apart() {
        let folder = Tiny::default().write();
        let encoder = Encoder::load(folder.path()).unwrap();
        let golden = GoldenVectors::new(&encoder).unwrap();
        let found = golden.check(&encoder).unwrap();
        assert!(found.passed() && found.outputs == GOLDEN.len() * encoder.dimension(), "{found:?}");
        let other = Tiny { act: "relu", ..Tiny::default() }.write();
        assert!(!golden.check(&Encoder::load(other.path()).unwrap()).unwrap().passed());
        let held_out = HeldOutQueries {
            texts: ["red coat", "blue shoes", "warm"].map(str::to_owned).to_vec(),
            queries: vec![HeldOutQuery { query: "blue shoes".to_owned(), answers: vec![1] }],
        };
        assert_eq!(held_out.ndcg(&encoder).unwrap(), [1.0], "a text is nearest to itself");
    }
}
