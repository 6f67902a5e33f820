//! The figures of a model card as rows of the form: `results[0].value` and so on.

use std::collections::BTreeMap;

use alluvium_domain::entry::{CardMetadata, CardResult, CardRow, card_results, card_set_results};
use alluvium_domain::problem::Check;
use alluvium_domain::{Issue, Problem};

use super::EntryForm;

/// More rows than a card has room for.
const MOST: usize = 1_000;

/// A column of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Task,
    Dataset,
    DatasetName,
    Metric,
    MetricName,
    Value,
    Run,
    Key,
}

impl Column {
    pub(crate) const ALL: [Column; 8] = [
        Column::Task,
        Column::Dataset,
        Column::DatasetName,
        Column::Metric,
        Column::MetricName,
        Column::Value,
        Column::Run,
        Column::Key,
    ];

    fn code(self) -> &'static str {
        match self {
            Column::Task => "task",
            Column::Dataset => "dataset",
            Column::DatasetName => "dataset_name",
            Column::Metric => "metric",
            Column::MetricName => "metric_name",
            Column::Value => "value",
            Column::Run => "run",
            Column::Key => "key",
        }
    }

    fn of(self, row: &mut CardResult) -> &mut String {
        match self {
            Column::Task => &mut row.task,
            Column::Dataset => &mut row.dataset,
            Column::DatasetName => &mut row.dataset_name,
            Column::Metric => &mut row.metric,
            Column::MetricName => &mut row.metric_name,
            Column::Value => &mut row.value,
            Column::Run => &mut row.source,
            Column::Key => &mut row.run_metric,
        }
    }

    /// The name of a control: what errors name too.
    pub(crate) fn name(self, at: usize) -> String {
        format!("results[{at}].{}", self.code())
    }

    /// The row and the column of a control.
    pub(crate) fn parse(name: &str) -> Option<(usize, Column)> {
        let (at, code) = name.strip_prefix("results[")?.split_once("].")?;
        let column = Column::ALL.into_iter().find(|column| column.code() == code)?;
        Some((at.parse().ok().filter(|at| *at < MOST)?, column))
    }
}

impl EntryForm {
    /// The rows that have something in them, as typed.
    pub(crate) fn rows(&self) -> BTreeMap<usize, CardResult> {
        let mut rows = BTreeMap::<usize, CardResult>::new();
        for (name, value) in &self.results {
            if let Some((at, column)) = Column::parse(name) {
                value.trim().clone_into(column.of(rows.entry(at).or_default()));
            }
        }
        rows
    }

    /// The same rows for a card that is there.
    pub(super) fn fill_rows(&mut self, card: &str) {
        self.results.retain(|name, _| Column::parse(name).is_none());
        for (at, mut row) in card_results(card).into_iter().enumerate() {
            for column in Column::ALL {
                self.results.insert(column.name(at), std::mem::take(column.of(&mut row)));
            }
        }
    }

    /// The text of a card with the rows that were changed since `was`.
    pub(super) fn card_with_rows(&self, card: String, was: &str) -> Result<String, Problem> {
        let before = card_results(was);
        let rows = self.checked_rows(&before)?;
        let same = rows.len() == before.len() && rows.iter().zip(&before).all(|((_, row), before)| row == before);
        // What cannot be read has its own error.
        if same || (!card.trim().is_empty() && CardMetadata::parse(&card).is_err()) {
            return Ok(card);
        }
        if card_results(&card) != before {
            let zh = "model-index 在表单和文本里都改了，请只改一处";
            return Err(Problem::refused(
                "card",
                zh,
                "model-index was changed both in the form and in the text: change one",
            ));
        }
        let name = if self.slug.trim().is_empty() { "model" } else { self.slug.trim() };
        card_set_results(&card, name, &rows).ok_or_else(|| {
            let zh = "这段 YAML 的写法不能由表单修改评估数字，请在文本里改";
            Problem::refused(
                "card",
                zh,
                "the numbers of YAML of this layout cannot be changed by the form: change the text",
            )
        })
    }

    /// Rows in the order of the card: an empty one takes its figure out, one that was not sent stays.
    fn checked_rows(&self, before: &[CardResult]) -> Result<Vec<CardRow>, Problem> {
        let mut typed = self.rows();
        for (at, before) in before.iter().enumerate() {
            typed.entry(at).or_insert_with(|| before.clone());
        }
        typed.retain(|_, row| !row.is_empty());
        let mut check = Check::default();
        let rows = typed
            .into_iter()
            .map(|(at, mut row)| {
                let was = before.get(at);
                if was != Some(&row) {
                    checked_row(&mut row, at, was, &mut check);
                }
                (was.map(|_| at), row)
            })
            .collect();
        check.finish().map(|()| rows)
    }
}

fn checked_row(row: &mut CardResult, at: usize, was: Option<&CardResult>, check: &mut Check) {
    let same_run = was.is_some_and(|was| was.source == row.source);
    if !same_run && !row.source.is_empty() {
        match CardResult::run_address(&row.source) {
            Some(address) => row.source = address,
            None => {
                let issue = Issue::Malformed { expected: "/runs/… (32 × 0–9, a–f)".into() };
                check.fail(Column::Run.name(at), issue);
            }
        }
    }
    // A figure may be left to its run, which needs both run and key.
    let by_run = row.value.is_empty() && !(row.source.is_empty() && row.run_metric.is_empty());
    let keyed = !row.run_metric.is_empty();
    for (column, empty) in [
        (Column::Task, row.task.is_empty()),
        (Column::Dataset, row.dataset.is_empty()),
        (Column::Metric, row.metric.is_empty()),
        (Column::Value, row.value.is_empty() && !by_run),
        (Column::Run, row.source.is_empty() && (by_run || keyed)),
        (Column::Key, row.run_metric.is_empty() && by_run),
    ] {
        if empty {
            check.fail(column.name(at), Issue::Required);
        }
    }
}
