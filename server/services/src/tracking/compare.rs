//! Runs beside each other: what differs, curves, and groups of runs that have a value in common.

use std::collections::{BTreeMap, BTreeSet};

use alluvium_domain::tracking::{Run, RunField, RunId, is_client_tag};
use alluvium_domain::{Actor, Problem};
use alluvium_store::MetricSeries;

use super::RunSearch;
use super::leaderboard::order_of;
use crate::Services;

/// Values of a curve in a comparison, at most.
const POINTS: usize = 300;
/// Runs that groups are made of, at most.
const GROUPED: usize = 1_000;

/// Some runs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct RunComparison {
    /// The runs, in the order in which they were asked for.
    pub runs: Vec<Run>,
    /// What is not the same in all of them: parameters, metrics, tags.
    pub differing: Vec<RunField>,
    /// How many parameters, metrics and tags are the same in all.
    pub same: usize,
    /// All metrics that any of them has.
    pub metrics: Vec<String>,
    /// The metric whose curves these are.
    pub metric: Option<String>,
    /// One curve for each run; empty where there is no metric.
    pub series: Vec<MetricSeries>,
}

/// How the values of a metric lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// How many; NaN and infinities are not counted.
    pub count: usize,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Option<Spread> {
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let count = values.len();
        (count > 0).then(|| Spread {
            mean: values.iter().sum::<f64>() / count as f64,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            count,
        })
    }
}

/// Runs that have a value in common.
#[derive(Debug, Clone, PartialEq)]
pub struct RunGroup {
    /// The value; none for runs without it.
    pub value: Option<String>,
    /// How many runs.
    pub runs: usize,
    /// One for each metric that was asked for.
    pub spreads: Vec<Option<Spread>>,
}

/// All groups.
#[derive(Debug, Clone, PartialEq)]
pub struct RunGroups {
    /// By value.
    pub groups: Vec<RunGroup>,
    /// How many runs they are made of.
    pub runs: usize,
    /// How many runs fulfil the filter.
    pub total: i64,
}

impl Services {
    /// Compares runs; `metric` says whose curves are wanted, the first one with more than a value where it is none.
    pub async fn run_compare(
        &self,
        actor: &Actor,
        ids: &[RunId],
        metric: Option<&str>,
    ) -> Result<RunComparison, Problem> {
        let runs = self.run_get_all(actor, ids).await?;
        let metrics: Vec<String> = metric_keys(&runs).into_iter().collect();
        let stepped =
            |key: &&String| runs.iter().any(|run| run.metrics.iter().any(|point| point.key == **key && point.step > 0));
        let order = runs.first().and_then(order_of);
        let ordering = |key: &&String| order.is_some_and(|(first, _)| first == key.as_str());
        let metric = metric
            .filter(|metric| metrics.iter().any(|key| key == metric))
            .map(str::to_owned)
            .or_else(|| metrics.iter().find(stepped).or(metrics.iter().find(ordering)).or(metrics.first()).cloned());
        let series = match &metric {
            Some(metric) => {
                let curves: Vec<(RunId, &str)> = runs.iter().map(|run| (run.id, metric.as_str())).collect();
                self.metric_series(actor, &curves, POINTS).await?
            }
            None => Vec::new(),
        };
        let (differing, same) = differences(&runs);
        Ok(RunComparison { runs, differing, same, metrics, metric, series })
    }

    /// Groups the first 1,000 runs of a search by a parameter or tag, with how the metrics lie in each group. Page and limit of the search do not count.
    pub async fn run_groups(
        &self,
        actor: &Actor,
        search: &RunSearch,
        by: &RunField,
        metrics: &[String],
    ) -> Result<RunGroups, Problem> {
        let search = RunSearch { limit: GROUPED, page: None, ..search.clone() };
        let page = self.run_page(actor, &search).await?;
        let mut groups: BTreeMap<Option<String>, Vec<&Run>> = BTreeMap::new();
        for run in &page.runs {
            let value = match by {
                RunField::Metric(key) => run.metric(key).map(|value| value.to_string()),
                _ => by.text(run).map(str::to_owned),
            };
            groups.entry(value).or_default().push(run);
        }
        let groups = groups.into_iter().map(|(value, runs)| RunGroup {
            value,
            runs: runs.len(),
            spreads: metrics.iter().map(|key| Spread::of(runs.iter().filter_map(|run| run.metric(key)))).collect(),
        });
        Ok(RunGroups { groups: groups.collect(), runs: page.runs.len(), total: page.total })
    }
}

fn metric_keys(runs: &[Run]) -> BTreeSet<String> {
    runs.iter().flat_map(Run::metric_keys).map(str::to_owned).collect()
}

/// What is not the same in all runs, and how much is.
fn differences(runs: &[Run]) -> (Vec<RunField>, usize) {
    let params: BTreeSet<&String> = runs.iter().flat_map(|run| run.params.keys()).collect();
    let tags: BTreeSet<&String> =
        runs.iter().flat_map(|run| run.tags.keys()).filter(|key| !is_client_tag(key)).collect();
    let params = params.into_iter().cloned().map(RunField::Param);
    let metrics = metric_keys(runs).into_iter().map(RunField::Metric);
    let fields: Vec<RunField> = params.chain(metrics).chain(tags.into_iter().cloned().map(RunField::Tag)).collect();
    let all = fields.len();
    let differs = |field: &RunField| {
        let bits = |run: &Run| (field.text(run).map(str::to_owned), field.number(run).map(f64::to_bits));
        runs.split_first().is_some_and(|(first, others)| others.iter().any(|run| bits(run) != bits(first)))
    };
    let differing: Vec<RunField> = fields.into_iter().filter(differs).collect();
    let same = all - differing.len();
    (differing, same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_leave_out_what_is_no_number() {
        let spread = Spread::of([1.0, f64::NAN, 3.0, f64::INFINITY].into_iter()).expect("two values");
        assert_eq!(spread, Spread { mean: 2.0, min: 1.0, max: 3.0, count: 2 });
        assert_eq!(Spread::of([f64::NAN].into_iter()), None);
    }
}
