//! Search quality on a judged set, for each mode, split and language.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use alluvium_domain::search::{Mode, SearchRequest};
use alluvium_domain::{Actor, EntryKind, Issue, Lang, Problem};
use alluvium_engine::metrics;
use serde::Deserialize;

use crate::{ServiceError, Services};

/// From this grade on an entry counts as relevant for MRR and recall.
const RELEVANT: u8 = 2;

/// A judged query: a line of the judged set (tests/search/README.md).
#[derive(Debug, Clone, Deserialize)]
pub struct JudgedQuery {
    /// Id.
    pub id: String,
    /// `tune` or `held-out`.
    pub split: String,
    /// Language of the query.
    pub lang: Lang,
    /// The query.
    pub query: String,
    /// Whether no content word of it occurs in its best targets.
    pub vocabulary_gap: bool,
    /// Grades 0 to 3 by `kind/slug`; what is not here counts as 0.
    pub grades: HashMap<String, u8>,
}

/// What one mode reached on some queries.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// Number of queries.
    pub queries: usize,
    /// Mean NDCG@10, exponential gain, ungraded = 0.
    pub ndcg: f64,
    /// Its 95 % bootstrap interval over queries.
    pub interval: (f64, f64),
    /// Mean reciprocal rank of the first entry graded 2 or 3, among the first 10.
    pub mrr: f64,
    /// Mean recall@10 of entries graded 2 or 3.
    pub recall: f64,
    /// Share of the first 10 that have a grade at all.
    pub judged: f64,
}

/// The answer of [`Services::evaluate_search`].
#[derive(Debug, Clone)]
pub struct SearchReport {
    /// Whether there was no encoder.
    pub degraded: bool,
    /// Mode, name of the group of queries, quality.
    pub rows: Vec<(Mode, &'static str, Quality)>,
}

impl SearchReport {
    /// The quality of one mode over all queries.
    pub fn overall(&self, mode: Mode) -> Option<&Quality> {
        self.rows.iter().find(|(of, group, _)| *of == mode && *group == "all").map(|(_, _, quality)| quality)
    }
}

impl fmt::Display for SearchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.degraded {
            writeln!(f, "no encoder: semantic and hybrid are not what they would be")?;
        }
        writeln!(
            f,
            "NDCG@10 with gain 2^g-1, ungraded = 0; MRR and recall count grades 2 and 3; intervals 95 % bootstrap"
        )?;
        writeln!(
            f,
            "{:<10} {:<10} {:>4} {:>7}  {:<16} {:>6} {:>9} {:>9}",
            "mode", "queries", "n", "NDCG@10", "interval", "MRR", "recall@10", "judged@10"
        )?;
        for (mode, group, q) in &self.rows {
            let mode = format!("{mode:?}").to_lowercase();
            writeln!(
                f,
                "{mode:<10} {group:<10} {:>4} {:>7.3}  [{:.3}, {:.3}]   {:>6.3} {:>9.3} {:>9.3}",
                q.queries, q.ndcg, q.interval.0, q.interval.1, q.mrr, q.recall, q.judged
            )?;
        }
        Ok(())
    }
}

/// One query's outcome in one mode.
struct Outcome {
    ndcg: f64,
    reciprocal_rank: f64,
    recall: f64,
    judged: f64,
}

/// The kinds that the judged set was made of. Others are passed over, so that what has been added since does not count as wrong.
const JUDGED: [EntryKind; 2] = [EntryKind::Article, EntryKind::Term];

/// Hits asked for, so that enough of them are of the judged kinds.
const FETCHED: usize = 50;

/// Which queries a row counts.
type Group = (&'static str, fn(&JudgedQuery) -> bool);

const GROUPS: [Group; 7] = [
    ("all", |_| true),
    ("tune", |query| query.split == "tune"),
    ("held-out", |query| query.split == "held-out"),
    ("zh", |query| query.lang == Lang::Zh),
    ("en", |query| query.lang == Lang::En),
    ("gap", |query| query.vocabulary_gap),
    ("no gap", |query| !query.vocabulary_gap),
];

impl Services {
    /// Runs every judged query in every mode as an anonymous reader and measures the first ten.
    pub async fn evaluate_search(&self, judgements: &Path) -> Result<SearchReport, ServiceError> {
        let queries = load(judgements)?;
        self.check_grades(&queries).await?;
        let actor = Actor::anonymous(true);
        let mut rows = Vec::new();
        let mut degraded = false;
        for mode in [Mode::Hybrid, Mode::Lexical, Mode::Semantic] {
            let mut outcomes = Vec::new();
            for query in &queries {
                let request = SearchRequest { mode, limit: FETCHED, ..SearchRequest::new(&query.query) };
                let answer = self.search(&actor, request).await?;
                degraded |= answer.degraded;
                let found: Vec<Option<u8>> = answer
                    .hits
                    .iter()
                    .filter(|hit| JUDGED.contains(&hit.entry.kind))
                    .take(metrics::CUT)
                    .map(|hit| query.grades.get(&format!("{}/{}", hit.entry.kind, hit.entry.slug)).copied())
                    .collect();
                outcomes.push(outcome(&found, query));
            }
            for (name, belongs) in GROUPS {
                let chosen: Vec<&Outcome> = queries
                    .iter()
                    .zip(&outcomes)
                    .filter(|(query, _)| belongs(query))
                    .map(|(_, outcome)| outcome)
                    .collect();
                rows.push((mode, name, quality(&chosen)));
            }
        }
        Ok(SearchReport { degraded, rows })
    }

    /// A grade for an entry that is not there is a mistake in the set, or the content was not loaded.
    async fn check_grades(&self, queries: &[JudgedQuery]) -> Result<(), Problem> {
        let actor = Actor::anonymous(true);
        let mut known: HashMap<&str, bool> = HashMap::new();
        for name in queries.iter().flat_map(|query| query.grades.keys()) {
            if known.contains_key(name.as_str()) {
                continue;
            }
            let exists = match name.split_once('/') {
                Some((kind, slug)) => match kind.parse::<EntryKind>() {
                    Ok(kind) => self.entry_visible(&actor, kind, slug).await.is_ok(),
                    Err(()) => false,
                },
                None => false,
            };
            if !exists {
                return Err(Problem::field("grades", Issue::Unknown { value: name.clone() }));
            }
            known.insert(name, exists);
        }
        Ok(())
    }
}

fn outcome(found: &[Option<u8>], query: &JudgedQuery) -> Outcome {
    let ranked: Vec<u8> = found.iter().map(|grade| grade.unwrap_or(0)).collect();
    let ideal: Vec<u8> = query.grades.values().copied().collect();
    let judged: Vec<f64> = found.iter().map(|grade| f64::from(u8::from(grade.is_some()))).collect();
    Outcome {
        ndcg: metrics::ndcg(&ranked, &ideal, metrics::CUT),
        reciprocal_rank: metrics::reciprocal_rank(&ranked, RELEVANT),
        recall: metrics::recall(&ranked, &ideal, RELEVANT, metrics::CUT),
        judged: metrics::mean(&judged),
    }
}

fn quality(outcomes: &[&Outcome]) -> Quality {
    let all = |of: fn(&Outcome) -> f64| outcomes.iter().map(|outcome| of(outcome)).collect::<Vec<f64>>();
    let ndcg = all(|outcome| outcome.ndcg);
    Quality {
        queries: outcomes.len(),
        ndcg: metrics::mean(&ndcg),
        interval: metrics::bootstrap_interval(&ndcg),
        mrr: metrics::mean(&all(|outcome| outcome.reciprocal_rank)),
        recall: metrics::mean(&all(|outcome| outcome.recall)),
        judged: metrics::mean(&all(|outcome| outcome.judged)),
    }
}

fn load(file: &Path) -> Result<Vec<JudgedQuery>, ServiceError> {
    let path = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|source| ServiceError::File { path: path.clone(), source })?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| {
                let expected = format!("{path}, line {}: {error}", number + 1).into();
                Problem::field("judgements", Issue::Malformed { expected }).into()
            })
        })
        .collect()
}
