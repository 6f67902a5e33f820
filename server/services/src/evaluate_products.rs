//! Product search quality on graded queries. Needs no database: the index is made of the file of products.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use alluvium_domain::shop::{Grade, judged_query};
use alluvium_domain::{Issue, Problem};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::Encoder;
use alluvium_engine::metrics::{self, CUT, Paired};
use alluvium_engine::products::{
    BM25, Candidates, Feature, HYBRID, LEARNED, LinearRanker, ProductIndex, QueryFeatures, TrainingQuery,
    TrainingSettings, VectorCache, shuffled, text_hash, train,
};

use crate::ServiceError;
use crate::recommend::Stop;
use crate::shop::search::{document, encoded, terms};
use crate::shop::{judgement_rows, product_rows};

/// From this grade on a product counts for MRR and recall.
const RELEVANT: u8 = 1;
/// Hits of a query that are looked at: recall and MRR need no more.
pub(crate) const DEPTH: usize = 100;
/// Texts that are encoded at once.
const BATCH: usize = 64;

/// What to measure.
#[derive(Debug, Clone)]
pub struct ProductEvaluation {
    /// Folder with `products.jsonl` and `judgments*.csv`.
    pub folder: PathBuf,
    /// Parts that the queries are cut into: each is measured with weights learned from the others.
    pub folds: usize,
    /// How often they are cut anew; a query's figure is the mean.
    pub repeats: usize,
    /// Folder of the encoder; none leaves meaning out.
    pub encoder_dir: Option<PathBuf>,
    /// Where vectors are kept, so that a second run does not encode again.
    pub cache_dir: PathBuf,
    /// Whether to learn from all queries and print the weights.
    pub fit: bool,
    /// Stops it.
    pub stop: Stop,
}

impl ProductEvaluation {
    fn go_on(&self) -> Result<(), ServiceError> {
        if self.stop.load(Ordering::Relaxed) { Err(ServiceError::Cancelled) } else { Ok(()) }
    }
}

/// What one ranker reached.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductQuality {
    /// Name.
    pub ranker: &'static str,
    /// Mean NDCG@10 with linear gain, unjudged = 0, and its 95 % bootstrap interval over queries.
    pub ndcg: (f64, (f64, f64)),
    /// Mean reciprocal rank of the first product with a positive grade, among the first 100.
    pub mrr: (f64, (f64, f64)),
    /// Mean recall@10 of products with a positive grade.
    pub recall: (f64, (f64, f64)),
    /// Share of the first ten that have a grade.
    pub judged: f64,
}

/// The answer of [`evaluate_products`].
#[derive(Debug, Clone)]
pub struct ProductReport {
    products: usize,
    queries: usize,
    /// Judged queries without a positive, which no order can do well or badly.
    without_positive: usize,
    folds: usize,
    repeats: usize,
    degraded: bool,
    rows: Vec<ProductQuality>,
    /// Name of the other ranker, and learned against it.
    tests: Vec<(&'static str, Paired)>,
    weights: Option<LinearRanker>,
}

impl ProductReport {
    /// Learned against another ranker.
    pub fn test(&self, other: &str) -> Option<&Paired> {
        self.tests.iter().find(|(name, _)| *name == other).map(|(_, test)| test)
    }

    /// What each ranker reached.
    pub(crate) fn rows(&self) -> &[ProductQuality] {
        &self.rows
    }

    /// What a ranker reached.
    pub fn quality(&self, ranker: &str) -> Option<&ProductQuality> {
        self.rows.iter().find(|row| row.ranker == ranker)
    }
}

/// A judged query with its candidates.
pub(crate) struct Judged {
    /// As it was typed.
    pub(crate) text: String,
    query: QueryFeatures,
    candidates: Candidates,
    /// By number of the product.
    grades: HashMap<i32, u8>,
    plain: Vec<i32>,
}

/// One query's outcome.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    pub(crate) ndcg: f64,
    reciprocal_rank: f64,
    recall: f64,
    judged: f64,
}

/// Ranks the judged queries of a folder with plain BM25, the three rankers of the program, and measures them. The learned one is measured on queries that its
/// weights (and what standardises its features) were not learned from.
pub fn evaluate_products(
    plan: &ProductEvaluation,
    progress: &mut dyn FnMut(&str),
) -> Result<ProductReport, ServiceError> {
    let encoder = plan.encoder_dir.clone().map(Encoder::load).transpose().map_err(EngineError::from)?;
    let (index, numbers) = load(plan, encoder.as_ref(), progress)?;
    let all = judgements(&plan.folder)?;
    let judged_count = all.len();
    let queries = judged(&index, &numbers, encoder.as_ref(), all)?;
    if queries.len() < plan.folds.max(2) {
        return Err(Problem::field("folds", Issue::OutOfRange { min: 2, max: queries.len() as i64 }).into());
    }
    progress(&format!("{} queries with a positive grade", queries.len()));
    let plain: Vec<Outcome> = queries.iter().map(|judged| outcome(&judged.plain, &judged.grades)).collect();
    let own: Vec<Outcome> = queries.iter().map(|judged| by(&BM25, judged)).collect();
    let hybrid: Vec<Outcome> = queries.iter().map(|judged| by(&HYBRID, judged)).collect();
    let learned = out_of_fold(plan, &queries, progress)?;
    let shipped: Vec<Outcome> = queries.iter().map(|judged| by(&LEARNED, judged)).collect();
    let ndcg = |outcomes: &[Outcome]| outcomes.iter().map(|outcome| outcome.ndcg).collect::<Vec<f64>>();
    let against = |other: &[Outcome]| metrics::paired(&ndcg(&learned), &ndcg(other));
    Ok(ProductReport {
        products: index.len(),
        queries: queries.len(),
        without_positive: judged_count - queries.len(),
        folds: plan.folds,
        repeats: plan.repeats,
        degraded: encoder.is_none(),
        rows: vec![
            quality("plain BM25", &plain),
            quality("bm25", &own),
            quality("hybrid", &hybrid),
            quality("learned", &learned),
            quality("shipped*", &shipped),
        ],
        tests: vec![("plain BM25", against(&plain)), ("bm25", against(&own)), ("hybrid", against(&hybrid))],
        weights: plan.fit.then(|| train(&training(queries.iter()), &TrainingSettings::default())),
    })
}

/// The queries that have a positive grade, with their candidates.
pub(crate) fn judged(
    index: &ProductIndex,
    numbers: &HashMap<String, i32>,
    encoder: Option<&Encoder>,
    all: BTreeMap<String, HashMap<String, Grade>>,
) -> Result<Vec<Judged>, ServiceError> {
    let mut queries = Vec::new();
    for (text, grades) in all {
        let grades: HashMap<i32, u8> =
            grades.into_iter().filter_map(|(product, grade)| Some((*numbers.get(&product)?, grade.value()))).collect();
        if grades.values().all(|grade| *grade == 0) {
            continue;
        }
        let vector = match encoder {
            Some(encoder) => encoder.encode(&[text.as_str()]).map_err(EngineError::from)?.pop(),
            None => None,
        };
        let (terms, _) = terms(index, &text, &|_| Vec::new());
        let query = QueryFeatures { terms, vector, ..QueryFeatures::default() };
        let candidates = index.candidates(&query, &|_| true);
        let plain = index.plain(&text, DEPTH).into_iter().map(|hit| hit.key).collect();
        queries.push(Judged { text, query, candidates, grades, plain });
    }
    Ok(queries)
}

/// The index of a folder's products, with the number of each id.
pub(crate) fn load(
    plan: &ProductEvaluation,
    encoder: Option<&Encoder>,
    progress: &mut dyn FnMut(&str),
) -> Result<(ProductIndex, HashMap<String, i32>), ServiceError> {
    let file = plan.folder.join("products.jsonl");
    let error = |source| ServiceError::File { path: file.display().to_string(), source };
    let products = product_rows(&file).map_err(error)?;
    let mut index = ProductIndex::new(encoder.map_or(0, Encoder::dimension));
    let mut numbers = HashMap::new();
    let mut texts = Vec::new();
    for (number, product) in (1..).zip(&products) {
        index.put(&document(number, product, None));
        numbers.insert(product.id.clone(), number);
        texts.push((number, encoded(product)));
    }
    progress(&format!("{} products indexed", index.len()));
    if let Some(encoder) = encoder {
        let mut cache = VectorCache::open(&plan.cache_dir, encoder.fingerprint(), encoder.dimension())?;
        let missing: Vec<&str> =
            texts.iter().map(|(_, text)| text.as_str()).filter(|text| cache.get(&text_hash(text)).is_none()).collect();
        for (done, batch) in missing.chunks(BATCH).enumerate() {
            plan.go_on()?;
            let vectors = encoder.encode(batch).map_err(EngineError::from)?;
            cache.put(batch.iter().map(|text| text_hash(text)).zip(vectors).collect())?;
            if done % 20 == 0 {
                progress(&format!("{} of {} products encoded", done * BATCH, missing.len()));
            }
        }
        for (number, text) in &texts {
            if let Some(vector) = cache.get(&text_hash(text)) {
                index.set_vector(*number, vector);
            }
        }
    }
    Ok((index, numbers))
}

/// Grades by query, then product, of every `judg*.csv` of a folder; a query in the order of its name, so that folds are the same each time.
pub(crate) fn judgements(folder: &Path) -> Result<BTreeMap<String, HashMap<String, Grade>>, ServiceError> {
    let error = |source| ServiceError::File { path: folder.display().to_string(), source };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(error)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
            name.starts_with("judg") && name.ends_with(".csv")
        })
        .collect();
    files.sort();
    let mut all: BTreeMap<String, HashMap<String, Grade>> = BTreeMap::new();
    for file in files {
        for judgement in judgement_rows(&file).map_err(error)? {
            all.entry(judged_query(&judgement.query)).or_default().insert(judgement.product, judgement.grade);
        }
    }
    if all.is_empty() {
        return Err(error(std::io::Error::new(std::io::ErrorKind::NotFound, "no judg*.csv with grades")));
    }
    Ok(all)
}

/// Each query measured with weights that were learned without it, the mean over the repeats.
fn out_of_fold(
    plan: &ProductEvaluation,
    queries: &[Judged],
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Outcome>, ServiceError> {
    let mut sums = vec![Outcome::default(); queries.len()];
    for repeat in 0..plan.repeats {
        let order = shuffled(queries.len(), repeat as u64);
        progress(&format!("learned ranker: cut {} of {}", repeat + 1, plan.repeats));
        for fold in 0..plan.folds {
            plan.go_on()?;
            let inside = |place: &usize| place % plan.folds == fold;
            let others = (0..order.len()).filter(|place| !inside(place)).map(|place| &queries[order[place]]);
            let ranker = train(&training(others), &TrainingSettings::default());
            for place in (0..order.len()).filter(inside) {
                let one = by(&ranker, &queries[order[place]]);
                let sum = &mut sums[order[place]];
                sum.ndcg += one.ndcg;
                sum.reciprocal_rank += one.reciprocal_rank;
                sum.recall += one.recall;
                sum.judged += one.judged;
            }
        }
    }
    let n = plan.repeats as f64;
    for sum in &mut sums {
        sum.ndcg /= n;
        sum.reciprocal_rank /= n;
        sum.recall /= n;
        sum.judged /= n;
    }
    Ok(sums)
}

fn training<'a>(queries: impl Iterator<Item = &'a Judged>) -> Vec<TrainingQuery> {
    queries
        .map(|judged| TrainingQuery {
            values: judged.candidates.list.iter().map(|candidate| candidate.values).collect(),
            grades: judged
                .candidates
                .list
                .iter()
                .map(|candidate| judged.grades.get(&candidate.key).copied().unwrap_or(0))
                .collect(),
        })
        .collect()
}

pub(crate) fn by(ranker: &LinearRanker, judged: &Judged) -> Outcome {
    let ranked = ranker.rank(&judged.query, &judged.candidates);
    let found: Vec<i32> = ranked.iter().take(DEPTH).map(|one| one.candidate.key).collect();
    outcome(&found, &judged.grades)
}

/// What one query reached, given what was found and the grades by number.
pub(crate) fn outcome(found: &[i32], grades: &HashMap<i32, u8>) -> Outcome {
    let ranked: Vec<u8> = found.iter().map(|key| grades.get(key).copied().unwrap_or(0)).collect();
    let ideal: Vec<u8> = grades.values().copied().collect();
    let judged: Vec<f64> = found.iter().take(CUT).map(|key| f64::from(u8::from(grades.contains_key(key)))).collect();
    Outcome {
        ndcg: metrics::ndcg_linear(&ranked, &ideal, CUT),
        reciprocal_rank: metrics::reciprocal_rank(&ranked, RELEVANT),
        recall: metrics::recall(&ranked, &ideal, RELEVANT, CUT),
        judged: metrics::mean(&judged),
    }
}

pub(crate) fn quality(ranker: &'static str, outcomes: &[Outcome]) -> ProductQuality {
    let [ndcg, mrr, recall, (judged, _)] = means(outcomes);
    ProductQuality { ranker, ndcg, mrr, recall, judged }
}

/// NDCG@10, reciprocal rank, recall@10 and judged@10 over queries: each mean with its 95 % bootstrap interval.
pub(crate) fn means(outcomes: &[Outcome]) -> [(f64, (f64, f64)); 4] {
    let of: [fn(&Outcome) -> f64; 4] = [|one| one.ndcg, |one| one.reciprocal_rank, |one| one.recall, |one| one.judged];
    of.map(|of| {
        let values: Vec<f64> = outcomes.iter().map(of).collect();
        (metrics::mean(&values), metrics::bootstrap_interval(&values))
    })
}

impl fmt::Display for ProductReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} products; {} judged queries with a positive grade ({} without are left out)",
            self.products, self.queries, self.without_positive
        )?;
        if self.degraded {
            writeln!(f, "no encoder: hybrid and learned go without meaning")?;
        }
        writeln!(
            f,
            "NDCG@10 with linear gain g, unjudged = 0; MRR and recall count positive grades; intervals 95 % bootstrap over queries"
        )?;
        writeln!(
            f,
            "learned: weights from the other folds ({} folds, mean of {} cuts); shipped*: the program's weights, learned from these very queries",
            self.folds, self.repeats
        )?;
        writeln!(
            f,
            "{:<11} {:>7}  {:<16} {:>6}  {:<16} {:>9}  {:<16} {:>9}",
            "ranker", "NDCG@10", "interval", "MRR", "interval", "recall@10", "interval", "judged@10"
        )?;
        for row in &self.rows {
            let mut line = format!("{:<11}", row.ranker);
            for ((value, (low, high)), width) in [(row.ndcg, 7), (row.mrr, 6), (row.recall, 9)] {
                write!(line, " {value:>width$.3}  [{low:.3}, {high:.3}]  ")?;
            }
            writeln!(f, "{line}{:>9.3}", row.judged)?;
        }
        for (other, test) in &self.tests {
            writeln!(
                f,
                "learned - {other}: {:+.4} [{:+.4}, {:+.4}], randomisation p = {:.4}",
                test.difference, test.interval.0, test.interval.1, test.p
            )?;
        }
        if let Some(weights) = &self.weights {
            writeln!(
                f,
                "\nweights learned from all {} queries (server/engine/src/products/weights.rs):",
                self.queries
            )?;
            for (name, values) in [("weights", &weights.weights), ("centres", &weights.centres)] {
                writeln!(f, "    {name}: [")?;
                for (value, feature) in values.iter().zip(Feature::ALL) {
                    writeln!(f, "        {:?}, // {}", rounded(*value), feature.code())?;
                }
                writeln!(f, "    ],")?;
            }
        }
        Ok(())
    }
}

/// Four decimals are enough for an order.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
