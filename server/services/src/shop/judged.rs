//! What the grades of a catalogue say of the rankers: measured once, until there is another grade or the index changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alluvium_domain::shop::{Catalogue, Ranker};
use alluvium_domain::{Action, Actor, Problem};
use alluvium_engine::metrics::{self, Paired};

use crate::Services;
use crate::error::internal;
use crate::evaluate_products::{DEPTH, Outcome, means, outcome};
use crate::shop::search::Shelf;

/// Fewest queries for an interval and a test: a bootstrap of one query has no width, whatever the truth is.
pub const MIN_QUERIES: usize = 10;
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

/// What the judged queries say of every ranker.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedRankers {
    /// By ranker.
    pub rows: Vec<JudgedQuality>,
    /// All judged queries, by name.
    pub queries: Vec<JudgedQuery>,
    /// Queries with a positive that were run: the first 300.
    pub measured: usize,
    /// Whether meaning could not be compared.
    pub degraded: bool,
}

/// What the grades of a catalogue say.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgementSummary {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// What was measured.
    pub judged: Arc<JudgedRankers>,
    /// The two rankers that are compared.
    pub compared: (Ranker, Ranker),
    /// NDCG@10 of the first minus the second; none with fewer than [`MIN_QUERIES`] queries that have a positive.
    pub test: Option<Paired>,
}

/// What was measured is made of this: when something of it is another, it is measured anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MadeOf {
    /// Last change and vectors of the index.
    index: (i64, usize),
    /// Generation of the glossary, through which queries are read.
    glossary: u64,
    /// Number of grades ever given. They are only ever added, so that it rises with each; the last id would miss those of a transaction that began
    /// earlier and ended later.
    grades: i64,
}

/// What was measured last for a catalogue. Whoever measures holds the lock: others wait for the same instead of running it again.
#[derive(Default)]
pub(crate) struct JudgedCache(tokio::sync::Mutex<Option<(MadeOf, Arc<JudgedRankers>)>>);

impl Services {
    /// What the judged queries of a catalogue say of every ranker, and two of them compared.
    pub async fn judgement_summary(
        &self,
        actor: &Actor,
        catalogue: &str,
        compared: (Ranker, Ranker),
    ) -> Result<JudgementSummary, Problem> {
        actor.may(Action::Read)?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let judged = self.judged_rankers(&catalogue).await?;
        let test = (judged.measured >= MIN_QUERIES)
            .then(|| metrics::paired(&judged.ndcg(compared.0), &judged.ndcg(compared.1)));
        Ok(JudgementSummary { catalogue, judged, compared, test })
    }

    async fn judged_rankers(&self, catalogue: &Catalogue) -> Result<Arc<JudgedRankers>, Problem> {
        let shelf = self.search_shelf(catalogue.id).await?;
        let mut kept = shelf.judged.0.lock().await;
        // Looked up before what is measured: what changes meanwhile is seen by the next visit.
        let grades = self.inner.store.judgement_count(catalogue.id).await.map_err(internal)?;
        let glossary = self.glossary().await?.generation;
        let made_of = MadeOf { index: shelf.content().state(), glossary, grades };
        if let Some((known, judged)) = kept.as_ref()
            && *known == made_of
        {
            return Ok(judged.clone());
        }
        let judged = Arc::new(self.judged_measure(catalogue, &shelf).await?);
        *kept = Some((made_of, judged.clone()));
        Ok(judged)
    }

    /// Runs the judged queries through every ranker.
    async fn judged_measure(&self, catalogue: &Catalogue, shelf: &Arc<Shelf>) -> Result<JudgedRankers, Problem> {
        let mut by_query: BTreeMap<String, HashMap<i32, u8>> = BTreeMap::new();
        for (query, product, grade) in self.inner.store.judgement_list(catalogue.id).await.map_err(internal)? {
            by_query.entry(query).or_default().insert(product.0, grade.value());
        }
        let mut outcomes: Vec<Vec<Outcome>> = vec![Vec::new(); Ranker::ALL.len()];
        let mut queries = Vec::new();
        let (mut measured, mut degraded) = (0, false);
        for (query, grades) in by_query {
            let positives = grades.values().filter(|grade| **grade > 0).count();
            let mut row = JudgedQuery { query, grades: grades.len(), positives, ndcg: None };
            if positives > 0 && measured < MOST_QUERIES {
                measured += 1;
                let (orders, lacks) = self.product_orders(shelf.clone(), &row.query, Ranker::ALL, DEPTH).await?;
                degraded |= lacks;
                let found: Vec<Outcome> = orders.iter().map(|order| outcome(order, &grades)).collect();
                row.ndcg = Some(found.iter().map(|outcome| outcome.ndcg).collect());
                outcomes.iter_mut().zip(found).for_each(|(all, one)| all.push(one));
            }
            queries.push(row);
        }
        let rows = Ranker::ALL.iter().zip(&outcomes).map(|(ranker, outcomes)| quality(*ranker, outcomes)).collect();
        Ok(JudgedRankers { rows, queries, measured, degraded })
    }
}

impl JudgedRankers {
    /// NDCG@10 of a ranker by query, of those that were run.
    fn ndcg(&self, ranker: Ranker) -> Vec<f64> {
        let place = self.rows.iter().position(|row| row.ranker == ranker).unwrap_or_default();
        self.queries.iter().filter_map(|query| query.ndcg.as_ref()?.get(place).copied()).collect()
    }
}

fn quality(ranker: Ranker, outcomes: &[Outcome]) -> JudgedQuality {
    let [ndcg, mrr, recall, judged] = means(outcomes);
    JudgedQuality { ranker, ndcg, mrr, recall, judged }
}
