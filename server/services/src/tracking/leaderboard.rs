//! Leaderboards: which model does best at a task on a data set, each number from a run.
//!
//! A finished run enters one by its tags: [`TASK_TAG`] says the task, [`MODEL_TAG`] the model, and the first data set that it read is the data set.
//! The metric `key` has its 95 % interval in the metrics [`low_key`] and [`high_key`]. Of several runs of a model the newest counts.
//!
//! A run may log one value for each query or user as the metric [`each_key`], with the query's number as the step. Where two runs have at least
//! ten steps in common, they are compared by a paired test; else nothing more is said than whether their intervals overlap.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use alluvium_domain::tracking::{Measured, Run, RunId, high_key, low_key};
use alluvium_domain::{Action, Actor, Problem, is_noise};
use alluvium_engine::statistics::paired_means;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::Services;
use crate::error::internal;

/// The tag that says the task of a run, e.g. `product-search`.
pub const TASK_TAG: &str = "alluvium.task";
/// The tag that says the model: the slug of its card, or any name.
pub const MODEL_TAG: &str = "alluvium.model";
/// The tag that says which metric the rows are ordered by, `ndcg_10` or, where less is better, `p50_ms ASC`.
pub const ORDER_TAG: &str = "alluvium.metric";
/// Fewest common steps of a paired test: below this a difference cannot be told from chance.
const MIN_PAIRS: usize = 10;
/// Most values of a run that a paired test looks at.
const MAX_PAIRS: i64 = 10_000;
/// Runs that are looked at.
const RUNS: i64 = 5_000;

/// How a model stands to the first of its board.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BesideFirst {
    /// A paired test over the same queries.
    Paired {
        /// This one less the first.
        difference: f64,
        /// 95 % interval of the difference.
        interval: (f64, f64),
        /// Two-sided p.
        p: f64,
        /// Queries that both have.
        pairs: usize,
    },
    /// There are no values to pair, and the intervals overlap. That is no test: the two may differ all the same.
    Overlap,
}

impl BesideFirst {
    /// Whether the figures show no difference; none without a test.
    pub fn is_noise(&self) -> Option<bool> {
        match self {
            BesideFirst::Paired { interval, .. } => Some(is_noise(*interval)),
            BesideFirst::Overlap => None,
        }
    }
}

/// The metric that holds one value for each query of the metric `key`.
pub fn each_key(key: &str) -> String {
    format!("{key}/each")
}

/// A model of a leaderboard.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaderboardRow {
    /// Slug of its card, or any name.
    pub model: String,
    /// Where the numbers are from.
    pub run: RunId,
    /// Name of the run.
    pub name: String,
    /// When it was measured.
    pub at: OffsetDateTime,
    /// One for each metric of the board.
    pub values: Vec<Option<Measured>>,
    /// How it stands to the first by the metric that orders; none for the first, and where nothing can be said or the intervals are apart.
    pub beside: Option<BesideFirst>,
}

/// A task on a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaderboard {
    /// The task.
    pub task: String,
    /// The data set.
    pub dataset: String,
    /// The columns; the first one orders the rows.
    pub metrics: Vec<String>,
    /// Whether less of the first metric is better.
    pub ascending: bool,
    /// The best first.
    pub rows: Vec<LeaderboardRow>,
}

/// How a leaderboard is written for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardFormat {
    /// Comma-separated values, full precision.
    Csv,
    /// A table of Markdown.
    Markdown,
    /// A `tabular` of LaTeX.
    Latex,
}

impl Services {
    /// All leaderboards by task and data set; those of one task or data set where they are given.
    pub async fn leaderboards(
        &self,
        actor: &Actor,
        task: Option<&str>,
        dataset: Option<&str>,
    ) -> Result<Vec<Leaderboard>, Problem> {
        actor.may(Action::Read)?;
        let store = &self.inner.store;
        let ids = store.run_finished_with_tag(TASK_TAG, task, RUNS).await.map_err(internal)?;
        let mut boards: BTreeMap<(String, String), Vec<Run>> = BTreeMap::new();
        for run in store.run_by_ids(&ids).await.map_err(internal)? {
            let (Some(of), Some(set)) = (run.tags.get(TASK_TAG), run.datasets.first()) else { continue };
            if dataset.is_none_or(|dataset| dataset == set.name) {
                boards.entry((of.clone(), set.name.clone())).or_default().push(run);
            }
        }
        let mut found: Vec<Leaderboard> =
            boards.into_iter().map(|((task, dataset), runs)| board(task, dataset, &runs)).collect();
        for board in &mut found {
            self.beside_first(board).await?;
        }
        Ok(found)
    }

    /// Says of each row how it stands to the first.
    async fn beside_first(&self, board: &mut Leaderboard) -> Result<(), Problem> {
        let Some(key) = board.metrics.first().map(|key| each_key(key)) else { return Ok(()) };
        let each = board.metrics.contains(&key);
        let Some((first, rest)) = board.rows.split_first_mut() else { return Ok(()) };
        let base = if each { self.each_value(first.run, &key).await? } else { BTreeMap::new() };
        let best = first.values.first().copied().flatten();
        for row in rest {
            let own = if base.len() < MIN_PAIRS { BTreeMap::new() } else { self.each_value(row.run, &key).await? };
            let (ours, theirs): (Vec<f64>, Vec<f64>) =
                own.iter().filter_map(|(step, value)| Some((*value, *base.get(step)?))).unzip();
            let overlap =
                row.values.first().copied().flatten().zip(best).is_some_and(|(own, best)| own.overlaps(&best));
            row.beside = if ours.len() >= MIN_PAIRS {
                let pairs = ours.len();
                paired_means(&ours, &theirs).map(|found| BesideFirst::Paired {
                    difference: found.difference,
                    interval: found.interval,
                    p: found.p,
                    pairs,
                })
            } else {
                overlap.then_some(BesideFirst::Overlap)
            };
        }
        // One value for each query is no column.
        let shown: Vec<bool> = board.metrics.iter().map(|key| !key.ends_with("/each")).collect();
        let mut keep = shown.iter();
        board.metrics.retain(|_| keep.next().copied().unwrap_or(true));
        for row in &mut board.rows {
            let mut keep = shown.iter();
            row.values.retain(|_| keep.next().copied().unwrap_or(true));
        }
        Ok(())
    }

    /// The values of a run by query.
    async fn each_value(&self, run: RunId, key: &str) -> Result<BTreeMap<i64, f64>, Problem> {
        let series = self.inner.store.metric_series(&[(run, key)], MAX_PAIRS).await.map_err(internal)?;
        Ok(series.into_iter().flat_map(|series| series.points).map(|(step, _, value)| (step, value)).collect())
    }
}

/// The metric that a run is ordered by, and whether less of it is better; none where the run does not say.
pub(super) fn order_of(run: &Run) -> Option<(&str, bool)> {
    let order = run.tags.get(ORDER_TAG)?;
    Some(order.strip_suffix(" ASC").map_or((order, false), |key| (key, true)))
}

/// The board of runs, the newest of which come first.
fn board(task: String, dataset: String, runs: &[Run]) -> Leaderboard {
    let (first, ascending) = runs.iter().find_map(order_of).unwrap_or_default();
    let keys: BTreeSet<&str> = runs.iter().flat_map(Run::metric_keys).collect();
    let mut metrics: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    metrics.sort_by_key(|key| key != first);
    let mut rows: Vec<LeaderboardRow> = Vec::new();
    for run in runs {
        let model = run.tags.get(MODEL_TAG).unwrap_or(&run.name);
        if rows.iter().all(|row| row.model != *model) {
            let values = metrics.iter().map(|key| run.measured(key)).collect();
            let (model, name) = (model.clone(), run.name.clone());
            rows.push(LeaderboardRow { model, run: run.id, name, at: run.started_at, values, beside: None });
        }
    }
    let first = |row: &LeaderboardRow| row.values.first().copied().flatten().map(|measured| measured.value);
    rows.sort_by(|a, b| match (first(a), first(b)) {
        (Some(a), Some(b)) if ascending => a.total_cmp(&b),
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    Leaderboard { task, dataset, metrics, ascending, rows }
}

impl Leaderboard {
    /// The board for other programs.
    pub fn write(&self, format: BoardFormat) -> String {
        match format {
            BoardFormat::Csv => self.csv(),
            BoardFormat::Markdown => self.lines("| ", " | ", " |", Some("|---"), |text| text.replace('|', "\\|")),
            BoardFormat::Latex => {
                let columns = "l".repeat(self.metrics.len() + 2);
                let rows = self.lines("", " & ", " \\\\", None, latex);
                format!("\\begin{{tabular}}{{{columns}}}\n\\hline\n{rows}\\hline\n\\end{{tabular}}\n")
            }
        }
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let heads = self.metrics.iter().flat_map(|key| [key.clone(), low_key(key), high_key(key)]);
        let heads = ["model".to_owned()].into_iter().chain(heads).chain(["date".to_owned(), "run".to_owned()]);
        let rows = self.rows.iter().map(|row| {
            let values = row.values.iter().flat_map(|measured| {
                let ends = measured.and_then(|measured| measured.interval);
                let text = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
                [text(measured.map(|one| one.value)), text(ends.map(|ends| ends.0)), text(ends.map(|ends| ends.1))]
            });
            [row.model.clone()].into_iter().chain(values).chain([day(row.at), row.run.to_string()]).collect()
        });
        for record in [heads.collect::<Vec<String>>()].into_iter().chain(rows) {
            // Writing into memory cannot fail, and all records are of one length.
            let _ = writer.write_record(record);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// Lines of cells; `rule` is a column of the line below the heads.
    fn lines(&self, begin: &str, between: &str, end: &str, rule: Option<&str>, escape: fn(&str) -> String) -> String {
        let mut out = String::new();
        let mut line = |cells: Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
            // Writing to a text cannot fail.
            let _ = writeln!(out, "{begin}{}{end}", cells.join(between));
            if let Some(rule) = rule.filter(|_| out.lines().count() == 1) {
                let _ = writeln!(out, "{}|", rule.repeat(cells.len()));
            }
        };
        let heads = ["model"].into_iter().chain(self.metrics.iter().map(String::as_str)).chain(["date"]);
        line(heads.map(str::to_owned).collect());
        for row in &self.rows {
            let values = row.values.iter().map(|measured| measured.map(text).unwrap_or_default());
            line([row.model.clone()].into_iter().chain(values).chain([day(row.at)]).collect());
        }
        out
    }
}

fn text(measured: Measured) -> String {
    match measured.interval {
        Some((low, high)) => format!("{} [{low}, {high}]", measured.value),
        None => measured.value.to_string(),
    }
}

fn day(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

/// Text in which nothing is a command of LaTeX.
fn latex(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(char);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Leaderboard {
        let row = |model: &str, value, interval| LeaderboardRow {
            model: model.to_owned(),
            run: RunId(uuid::Uuid::nil()),
            name: String::new(),
            at: OffsetDateTime::UNIX_EPOCH,
            values: vec![Some(Measured { value, interval }), None],
            beside: None,
        };
        Leaderboard {
            task: "search".to_owned(),
            dataset: "goods".to_owned(),
            metrics: vec!["ndcg_10".to_owned(), "mrr".to_owned()],
            ascending: false,
            rows: vec![row("a|b", 0.5, Some((0.4, 0.6))), row("50%, \"q\"", 0.25, None)],
        }
    }

    #[test]
    fn a_board_is_written_for_other_programs() {
        let board = example();
        let csv = board.write(BoardFormat::Csv);
        assert_eq!(csv.lines().next(), Some("model,ndcg_10,ndcg_10/low,ndcg_10/high,mrr,mrr/low,mrr/high,date,run"));
        assert!(csv.contains("a|b,0.5,0.4,0.6,,,,1970-01-01") && csv.contains("\"50%, \"\"q\"\"\",0.25,,,"), "{csv}");
        let markdown = board.write(BoardFormat::Markdown);
        assert!(markdown.starts_with("| model | ndcg_10 | mrr | date |\n|---|---|---|---|\n"), "{markdown}");
        assert!(markdown.contains("| a\\|b | 0.5 [0.4, 0.6] |  | 1970-01-01 |"), "{markdown}");
        let latex = board.write(BoardFormat::Latex);
        assert!(latex.contains("50\\%, \"q\" & 0.25 &  & 1970-01-01 \\\\"), "{latex}");
        assert!(latex.contains("ndcg\\_10"));
    }
}
