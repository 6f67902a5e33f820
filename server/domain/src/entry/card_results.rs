//! The figures of a model card, `model-index`: read as rows, each with the run that it is bound to, and set from the rows of a form.
//!
//! A figure is bound as model hubs write it: `source: {name, url}` of its result with the address of a run, and of the metric the key that the run has
//! it under, `run_metric`. Setting rows keeps all keys that a row does not know; a result without a change keeps its lines.

use std::ops::Range;

use serde_norway::{Mapping, Value};

use super::model_card::{key_lines, scalar, splice};
use super::yaml::read_yaml;
use crate::tracking::RunId;

const INDEX: &str = "model-index";
/// The key of a metric that names the metric of the run.
const RUN_METRIC: &str = "run_metric";
/// What a source that is a run of this installation is called.
const SOURCE_NAME: &str = "Alluvium";
const SHAPE: &str = "model-index: [{name, results: [{task: {type}, dataset: {type, name}, metrics: [{type, value}]}]}]; \
                     no value is needed where the result has source: {name, url: /runs/…} and the metric run_metric";

/// One figure of `model-index`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardResult {
    /// The task, as hubs name it.
    pub task: String,
    /// The data set, as hubs name it.
    pub dataset: String,
    /// The data set, for people.
    pub dataset_name: String,
    /// The metric, as hubs name it.
    pub metric: String,
    /// The metric, for people; may be empty.
    pub metric_name: String,
    /// The figure as it is written; empty where only its run says it.
    pub value: String,
    /// Where it comes from: `/runs/{id}`, or an address elsewhere.
    pub source: String,
    /// The metric of the run.
    pub run_metric: String,
}

impl CardResult {
    /// The metric's name for people.
    pub fn title(&self) -> &str {
        if self.metric_name.is_empty() { &self.metric } else { &self.metric_name }
    }

    /// The run that it comes from.
    pub fn run(&self) -> Option<RunId> {
        self.source.strip_prefix("/runs/")?.parse().ok()
    }

    /// The run and its metric that it is bound to.
    pub fn bound(&self) -> Option<(RunId, &str)> {
        self.run().map(|run| (run, self.run_metric.as_str())).filter(|(_, key)| !key.is_empty())
    }

    /// The address of the run that a person means: its id, or the address of its page.
    pub fn run_address(text: &str) -> Option<String> {
        let id = text.rsplit_once("/runs/").map_or(text, |(_, id)| id);
        let id: RunId = id.split(['?', '#', '/']).next()?.trim().parse().ok()?;
        Some(format!("/runs/{id}"))
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        *self == CardResult::default()
    }

    /// Whether both are metrics of one result.
    fn joins(&self, other: &CardResult) -> bool {
        let result = |row: &CardResult| [&row.task, &row.dataset, &row.dataset_name, &row.source].map(String::clone);
        result(self) == result(other)
    }
}

/// The figures of a card; none where it cannot be read.
pub fn card_results(card: &str) -> Vec<CardResult> {
    let parsed: Value = read_yaml(card).unwrap_or_default();
    parsed.get(INDEX).and_then(|index| results(index).ok()).unwrap_or_default()
}

/// Reads `model-index`.
pub(super) fn results(index: &Value) -> Result<Vec<CardResult>, String> {
    let shape = || SHAPE.to_owned();
    let mut found = Vec::new();
    for model in index.as_sequence().ok_or_else(shape)? {
        let model = model.as_mapping().ok_or_else(shape)?;
        scalar_at(model, "name").ok_or_else(shape)?;
        for result in model.get("results").and_then(Value::as_sequence).ok_or_else(shape)? {
            let result = result.as_mapping().ok_or_else(shape)?;
            let task = part(result, "task").and_then(|task| scalar_at(task, "type")).ok_or_else(shape)?;
            let dataset = part(result, "dataset").ok_or_else(shape)?;
            let source = part(result, "source").and_then(|source| scalar_at(source, "url")).unwrap_or_default();
            for metric in result.get("metrics").and_then(Value::as_sequence).ok_or_else(shape)? {
                let metric = metric.as_mapping().ok_or_else(shape)?;
                let row = CardResult {
                    task: task.clone(),
                    dataset: scalar_at(dataset, "type").ok_or_else(shape)?,
                    dataset_name: scalar_at(dataset, "name").ok_or_else(shape)?,
                    metric: scalar_at(metric, "type").ok_or_else(shape)?,
                    metric_name: scalar_at(metric, "name").unwrap_or_default(),
                    value: scalar_at(metric, "value").unwrap_or_default(),
                    source: source.clone(),
                    run_metric: scalar_at(metric, RUN_METRIC).unwrap_or_default(),
                };
                if row.value.is_empty() && row.bound().is_none() {
                    return Err(shape());
                }
                found.push(row);
            }
        }
    }
    Ok(found)
}

fn part<'a>(mapping: &'a Mapping, key: &str) -> Option<&'a Mapping> {
    mapping.get(key)?.as_mapping()
}

fn scalar_at(mapping: &Mapping, key: &str) -> Option<String> {
    scalar(mapping.get(key)?).filter(|text| !text.is_empty())
}

/// A row as a form has it: with the place of the figure that it was, none for a new one.
pub type CardRow = (Option<usize>, CardResult);

/// Sets the figures to the rows of a form, in their order: what no row came from is gone. `name` is the model's where the card names none.
/// None where the text is such that it cannot be done without a loss.
pub fn card_set_results(card: &str, name: &str, rows: &[CardRow]) -> Option<String> {
    let rows: Vec<CardRow> = rows.iter().map(|(origin, row)| (*origin, settled(row))).collect();
    let parsed: Value = read_yaml(card).ok()?;
    let index = parsed.get(INDEX).and_then(Value::as_sequence).cloned().unwrap_or_default();
    let models = changed(&index, name, &rows)?;
    let lines: Vec<String> = card.lines().map(str::to_owned).collect();
    let text = spliced(&lines, &index, &models).or_else(|| rewritten(card, models))?;
    // The last word has what is read back.
    card_results(&text).iter().eq(rows.iter().map(|(_, row)| row)).then_some(text)
}

/// A row as it will be read back.
fn settled(row: &CardResult) -> CardResult {
    let mut row = row.clone();
    if row.dataset_name.is_empty() {
        row.dataset_name.clone_from(&row.dataset);
    }
    row.value = scalar(&number(&row.value)).unwrap_or_default();
    row
}

/// A model of the index with its results.
struct Model {
    keys: Mapping,
    results: Vec<Piece>,
}

/// A result, and which one of the text it was.
struct Piece {
    value: Mapping,
    origin: Option<usize>,
    same: bool,
}

fn changed(index: &[Value], name: &str, rows: &[CardRow]) -> Option<Vec<Model>> {
    let was = results(&Value::Sequence(index.to_vec())).ok()?;
    let mut models = Vec::new();
    let (mut figure, mut number) = (0, 0);
    for model in index {
        let keys = model.as_mapping()?.clone();
        let mut pieces = Vec::new();
        for result in keys.get("results")?.as_sequence()? {
            let result = result.as_mapping()?;
            let metrics = result.get("metrics")?.as_sequence()?;
            let kept: Vec<Kept<'_>> = metrics
                .iter()
                .zip(figure..)
                .filter_map(|(metric, at)| {
                    let (_, row) = rows.iter().find(|(origin, _)| *origin == Some(at))?;
                    Some(Kept { metric: metric.as_mapping()?, was: was.get(at)?, row })
                })
                .collect();
            if metrics.is_empty() {
                pieces.push(Piece { value: result.clone(), origin: Some(number), same: true });
            }
            for group in kept.chunk_by(|one, other| one.row.joins(other.row)) {
                let value = result_of(result, group);
                let same = value == *result;
                pieces.push(Piece { value, origin: Some(number), same });
            }
            figure += metrics.len();
            number += 1;
        }
        models.push((keys.get("results")?.as_sequence()?.is_empty(), Model { keys, results: pieces }));
    }
    let mut before = rows.iter().rev().find(|(origin, _)| origin.is_some()).map(|(_, row)| row);
    for (_, row) in rows.iter().filter(|(origin, _)| origin.is_none()) {
        if models.is_empty() {
            let keys = [("name".into(), name.into()), ("results".into(), Value::Sequence(Vec::new()))];
            models.push((false, Model { keys: keys.into_iter().collect(), results: Vec::new() }));
        }
        let (_, model) = models.last_mut()?;
        let joins = before.is_some_and(|before| before.joins(row));
        match model.results.last_mut().filter(|_| joins) {
            Some(piece) => {
                piece.value.get_mut("metrics")?.as_sequence_mut()?.push(metric_of(row).into());
                piece.same = false;
            }
            None => model.results.push(Piece { value: result_with(row), origin: None, same: false }),
        }
        before = Some(row);
    }
    // A model whose last figure went has nothing to say; one that had none keeps what it has.
    models.retain(|(was_empty, model)| *was_empty || !model.results.is_empty());
    Some(models.into_iter().map(|(_, model)| model).collect())
}

/// A figure of the text and the row that it becomes.
struct Kept<'a> {
    metric: &'a Mapping,
    was: &'a CardResult,
    row: &'a CardResult,
}

/// A result with the metrics that stay in it.
fn result_of(result: &Mapping, group: &[Kept<'_>]) -> Mapping {
    let mut result = result.clone();
    let Some(Kept { was, row, .. }) = group.first() else { return result };
    set_within(&mut result, "task", "type", &was.task, &row.task);
    set_within(&mut result, "dataset", "type", &was.dataset, &row.dataset);
    set_within(&mut result, "dataset", "name", &was.dataset_name, &row.dataset_name);
    if was.source != row.source {
        if row.source.is_empty() {
            result.shift_remove("source");
        } else {
            set_within(&mut result, "source", "name", "", SOURCE_NAME);
            set_within(&mut result, "source", "url", &was.source, &row.source);
        }
    }
    let metrics = group.iter().map(|Kept { metric, was, row }| {
        let mut metric = (*metric).clone();
        set(&mut metric, "type", &was.metric, &row.metric, words);
        set(&mut metric, "name", &was.metric_name, &row.metric_name, words);
        set(&mut metric, "value", &was.value, &row.value, number);
        set(&mut metric, RUN_METRIC, &was.run_metric, &row.run_metric, words);
        Value::Mapping(metric)
    });
    result.insert("metrics".into(), metrics.collect());
    result
}

/// A new result.
fn result_with(row: &CardResult) -> Mapping {
    let mut result = Mapping::new();
    set_within(&mut result, "task", "type", "", &row.task);
    set_within(&mut result, "dataset", "type", "", &row.dataset);
    set_within(&mut result, "dataset", "name", "", &row.dataset_name);
    result.insert("metrics".into(), Value::Sequence(vec![metric_of(row).into()]));
    if !row.source.is_empty() {
        set_within(&mut result, "source", "name", "", SOURCE_NAME);
        set_within(&mut result, "source", "url", "", &row.source);
    }
    result
}

fn metric_of(row: &CardResult) -> Mapping {
    let mut metric = Mapping::new();
    set(&mut metric, "type", "", &row.metric, words);
    set(&mut metric, "name", "", &row.metric_name, words);
    set(&mut metric, "value", "", &row.value, number);
    set(&mut metric, RUN_METRIC, "", &row.run_metric, words);
    metric
}

fn set_within(mapping: &mut Mapping, key: &str, inner: &str, was: &str, now: &str) {
    let part = mapping.entry(key.into()).or_insert_with(|| Value::Mapping(Mapping::new()));
    if !part.is_mapping() {
        *part = Value::Mapping(Mapping::new());
    }
    if let Some(part) = part.as_mapping_mut() {
        set(part, inner, was, now, words);
    }
}

/// Sets a key that a form changed; an empty text takes it out.
fn set(mapping: &mut Mapping, key: &str, was: &str, now: &str, value: fn(&str) -> Value) {
    if was == now {
        return;
    }
    if now.is_empty() {
        mapping.shift_remove(key);
    } else {
        mapping.insert(key.into(), value(now));
    }
}

fn words(text: &str) -> Value {
    text.into()
}

/// A figure: a number where it is one.
fn number(text: &str) -> Value {
    match read_yaml(text) {
        Ok(Value::Number(number)) => Value::Number(number),
        _ => text.into(),
    }
}

/// The card with the results that changed in the place of their lines; none where the text is not laid out line by line.
fn spliced(lines: &[String], index: &[Value], models: &[Model]) -> Option<String> {
    let key = key_lines(lines, INDEX)?;
    let places = places(lines, key, index)?;
    let kept = models.iter().flat_map(|model| &model.results);
    let ends_in_text = models.last()?.results.iter().any(|piece| piece.origin.is_some());
    if models.len() != index.len() || !ends_in_text {
        return None;
    }
    let depth = |place: &Range<usize>| indent(&lines[place.start]);
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    for (number, place) in places.iter().enumerate() {
        out.extend_from_slice(&lines[at..place.start]);
        for piece in kept.clone().filter(|piece| piece.origin == Some(number)) {
            match piece.same {
                true => out.extend_from_slice(&lines[place.clone()]),
                false => out.extend(written(piece, depth(place))?),
            }
        }
        at = place.end;
    }
    let last = depth(places.last()?);
    for piece in kept.filter(|piece| piece.origin.is_none()) {
        out.extend(written(piece, last)?);
    }
    out.extend_from_slice(&lines[at..]);
    Some(out.join("\n"))
}

/// A result as an item of a list.
fn written(piece: &Piece, depth: usize) -> Option<Vec<String>> {
    let text = serde_norway::to_string(&[&piece.value]).ok()?;
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("{:depth$}{line}", "") };
    Some(text.trim_end().lines().map(line).collect())
}

/// The lines of each result.
fn places(lines: &[String], key: Range<usize>, index: &[Value]) -> Option<Vec<Range<usize>>> {
    let says = |line: &String| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = key.start;
    while at < key.end {
        at += 1;
        if lines[at - 1].trim_start_matches([' ', '-']).trim_end() != "results:" {
            continue;
        }
        let first = (at..key.end).find(|line| says(&lines[*line]))?;
        let depth = indent(&lines[first]);
        for next in (first..key.end).filter(|next| says(&lines[*next])) {
            if indent(&lines[next]) == depth && lines[next].trim_start().starts_with('-') {
                found.push(next..next + 1);
            } else if indent(&lines[next]) > depth {
                found.last_mut()?.end = next + 1;
            } else {
                break;
            }
            at = next + 1;
        }
    }
    let results: Vec<&Value> = index.iter().filter_map(|model| model.get("results")?.as_sequence()).flatten().collect();
    let reads = |(place, result): (&Range<usize>, &&Value)| {
        let depth = indent(&lines[place.start]);
        let text: Vec<&str> = lines[place.clone()].iter().map(|line| line.get(depth..).unwrap_or_default()).collect();
        read_yaml::<Value>(&text.join("\n")).is_ok_and(|read| read == Value::Sequence(vec![(*result).clone()]))
    };
    (found.len() == results.len() && found.iter().zip(&results).all(reads)).then_some(found)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The card with `model-index` written anew.
fn rewritten(card: &str, models: Vec<Model>) -> Option<String> {
    let index: Vec<Value> = models
        .into_iter()
        .map(|mut model| {
            let results = model.results.into_iter().map(|piece| Value::Mapping(piece.value)).collect();
            model.keys.insert("results".into(), results);
            Value::Mapping(model.keys)
        })
        .collect();
    if index.is_empty() {
        return Some(splice(card, INDEX, None));
    }
    let key: Mapping = [(INDEX.into(), Value::Sequence(index))].into_iter().collect();
    Some(splice(card, INDEX, Some(serde_norway::to_string(&key).ok()?.trim_end().to_owned())))
}
