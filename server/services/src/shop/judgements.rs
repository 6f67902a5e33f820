//! Grades of search results, and what they say of the rankers.

use std::collections::{BTreeMap, HashMap};

use alluvium_domain::shop::{Catalogue, Grade, Judgement, ProductQuery, Ranker, judged_query, limits};
use alluvium_domain::{Action, Actor, Issue, Problem};
use alluvium_engine::metrics::{self, CUT, Paired};
use alluvium_store::judgement_add_in_txn;

use crate::Services;
use crate::error::internal;

/// From this grade on a product counts for MRR and recall.
const RELEVANT: u8 = 1;
/// Hits that are looked at for MRR.
const DEPTH: usize = 100;
/// Most queries that a summary runs: it does so while somebody waits.
const MOST_QUERIES: usize = 300;

/// What one ranker reached over the judged queries; each with its 95 % bootstrap interval over queries.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedQuality {
    /// Which.
    pub ranker: Ranker,
    /// Mean NDCG@10, linear gain, unjudged = 0.
    pub ndcg: (f64, (f64, f64)),
    /// Mean reciprocal rank of the first positive grade, among the first hundred.
    pub mrr: (f64, (f64, f64)),
    /// Mean recall@10 of positive grades.
    pub recall: (f64, (f64, f64)),
    /// Mean share of the first ten that have a grade.
    pub judged: (f64, (f64, f64)),
}

/// One judged query.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedQuery {
    /// The query.
    pub query: String,
    /// Products with a grade.
    pub grades: usize,
    /// With a positive one.
    pub positives: usize,
    /// NDCG@10 by ranker, in the order of the summary's rows; none without a positive.
    pub ndcg: Option<Vec<f64>>,
}

/// What the grades of a catalogue say.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgementSummary {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// By ranker.
    pub rows: Vec<JudgedQuality>,
    /// The two rankers that are compared.
    pub compared: (Ranker, Ranker),
    /// NDCG@10 of the first minus the second; none without a query that has a positive.
    pub test: Option<Paired>,
    /// All judged queries, by name.
    pub queries: Vec<JudgedQuery>,
    /// Queries with a positive that were run: the first 300.
    pub measured: usize,
    /// Whether meaning could not be compared.
    pub degraded: bool,
}

impl Services {
    /// Keeps a grade.
    pub async fn judge(
        &self,
        actor: &Actor,
        catalogue: &str,
        query: &str,
        product: &str,
        grade: Grade,
    ) -> Result<(), Problem> {
        actor.may(Action::Judge)?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let query = checked(query)?;
        let unknown = || Problem::field("product", Issue::Unknown { value: product.to_owned() });
        let id = alluvium_domain::shop::key(product).map_err(|_| unknown())?;
        let product =
            self.inner.store.product_by_sku(catalogue.id, &id).await.map_err(internal)?.ok_or_else(unknown)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let grades = [(query, product.number, grade)];
        judgement_add_in_txn(&mut txn, catalogue.id, actor.user_id(), &grades).await.map_err(internal)?;
        txn.commit().await.map_err(internal)
    }

    /// The last words on a query.
    pub async fn judgements(&self, actor: &Actor, catalogue: &str, query: &str) -> Result<Vec<Judgement>, Problem> {
        actor.may(Action::Read)?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let query = checked(query)?;
        let rows = self.inner.store.judgement_of_query(catalogue.id, &query).await.map_err(internal)?;
        Ok(rows.into_iter().map(|(_, judgement)| judgement).collect())
    }

    /// Runs the judged queries of a catalogue through every ranker and compares two of them.
    pub async fn judgement_summary(
        &self,
        actor: &Actor,
        catalogue: &str,
        compared: (Ranker, Ranker),
    ) -> Result<JudgementSummary, Problem> {
        actor.may(Action::Read)?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let mut by_query: BTreeMap<String, HashMap<i32, u8>> = BTreeMap::new();
        for (query, product, grade) in self.inner.store.judgement_list(catalogue.id).await.map_err(internal)? {
            by_query.entry(query).or_default().insert(product.0, grade.value());
        }
        let mut outcomes: Vec<Vec<[f64; 4]>> = vec![Vec::new(); Ranker::ALL.len()];
        let mut queries = Vec::new();
        let (mut measured, mut degraded) = (0, false);
        for (query, grades) in by_query {
            let positives = grades.values().filter(|grade| **grade > 0).count();
            let mut row = JudgedQuery { query, grades: grades.len(), positives, ndcg: None };
            if positives > 0 && measured < MOST_QUERIES {
                measured += 1;
                let mut ndcg = Vec::new();
                for (ranker, outcomes) in Ranker::ALL.iter().zip(&mut outcomes) {
                    let request = ProductQuery { ranker: *ranker, ..ProductQuery::new(&row.query, DEPTH) };
                    let found = self.product_search(actor, catalogue.input.slug.as_str(), request).await?;
                    degraded |= found.degraded;
                    let found: Vec<i32> = found.hits.iter().map(|hit| hit.product.number.0).collect();
                    let outcome = outcome(&found, &grades);
                    ndcg.push(outcome[0]);
                    outcomes.push(outcome);
                }
                row.ndcg = Some(ndcg);
            }
            queries.push(row);
        }
        let rows = Ranker::ALL.iter().zip(&outcomes).map(|(ranker, outcomes)| quality(*ranker, outcomes)).collect();
        let ndcg = |ranker: Ranker| -> Vec<f64> {
            let place = Ranker::ALL.iter().position(|other| *other == ranker).unwrap_or_default();
            outcomes[place].iter().map(|outcome| outcome[0]).collect()
        };
        let test = (measured > 0).then(|| metrics::paired(&ndcg(compared.0), &ndcg(compared.1)));
        Ok(JudgementSummary { catalogue, rows, compared, test, queries, measured, degraded })
    }
}

/// A query as grades are kept for it.
fn checked(query: &str) -> Result<String, Problem> {
    let query = judged_query(query);
    let mut check = alluvium_domain::problem::Check::default();
    let query = check.text("query", &query, 1, limits::QUERY);
    check.finish()?;
    Ok(query)
}

/// NDCG@10, reciprocal rank, recall@10, judged@10.
fn outcome(found: &[i32], grades: &HashMap<i32, u8>) -> [f64; 4] {
    let ranked: Vec<u8> = found.iter().map(|number| grades.get(number).copied().unwrap_or(0)).collect();
    let ideal: Vec<u8> = grades.values().copied().collect();
    let judged = found.iter().take(CUT).map(|number| f64::from(u8::from(grades.contains_key(number))));
    [
        metrics::ndcg_linear(&ranked, &ideal, CUT),
        metrics::reciprocal_rank(&ranked, RELEVANT),
        metrics::recall(&ranked, &ideal, RELEVANT, CUT),
        metrics::mean(&judged.collect::<Vec<f64>>()),
    ]
}

fn quality(ranker: Ranker, outcomes: &[[f64; 4]]) -> JudgedQuality {
    let both = |at: usize| {
        let values: Vec<f64> = outcomes.iter().map(|outcome| outcome[at]).collect();
        (metrics::mean(&values), metrics::bootstrap_interval(&values))
    };
    JudgedQuality { ranker, ndcg: both(0), mrr: both(1), recall: both(2), judged: both(3) }
}
