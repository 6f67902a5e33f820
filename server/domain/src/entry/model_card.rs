//! The metadata of a model card: the YAML that model hubs read. Reading it is checked and loses nothing, because the text itself is what is kept;
//! setting one key leaves every other line as it is.

use std::ops::Range;

use serde_norway::Value;

use super::card_results::{CardResult, results};
use super::limits;
use super::yaml::read_yaml;

/// What pages and links need of a card.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CardMetadata {
    /// Languages of the model.
    pub language: Vec<String>,
    /// Licence, as hubs write it: `apache-2.0`; `other` where `license_name` says which.
    pub license: String,
    /// Name of a licence that hubs do not know.
    pub license_name: String,
    /// The library that loads it.
    pub library_name: String,
    /// What it does: `sentence-similarity`.
    pub pipeline_tag: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Data sets that it learned from.
    pub datasets: Vec<String>,
    /// Names of the metrics.
    pub metrics: Vec<String>,
    /// Models that it was made from.
    pub base_model: Vec<String>,
    /// Figures.
    pub results: Vec<CardResult>,
    /// Keys that are none of these.
    pub other: Vec<String>,
}

const TEXTS: [&str; 4] = ["license", "license_name", "library_name", "pipeline_tag"];
const LISTS: [&str; 5] = ["language", "tags", "datasets", "metrics", "base_model"];

impl CardMetadata {
    /// Reads the YAML. An error says what is expected where.
    pub fn parse(text: &str) -> Result<CardMetadata, String> {
        if text.chars().count() > limits::CARD {
            return Err(format!("at most {} characters", limits::CARD));
        }
        let value: Value = read_yaml(text)?;
        let Value::Mapping(keys) = value else { return Err("key: value".to_owned()) };
        let mut card = CardMetadata::default();
        for (key, value) in &keys {
            let Some(key) = key.as_str() else { return Err("key: value".to_owned()) };
            match key {
                "model-index" => card.results = results(value)?,
                _ if TEXTS.contains(&key) => {
                    let text = scalar(value).ok_or_else(|| format!("{key}: text"))?;
                    *card.text(key) = text;
                }
                _ if LISTS.contains(&key) => {
                    let items = list(value).ok_or_else(|| format!("{key}: text, {key}: [text, …]"))?;
                    *card.list(key) = items;
                }
                _ => card.other.push(key.to_owned()),
            }
        }
        if card.license == "other" && card.license_name.is_empty() {
            return Err("license: other + license_name: text".to_owned());
        }
        Ok(card)
    }

    fn text(&mut self, key: &str) -> &mut String {
        match key {
            "license" => &mut self.license,
            "license_name" => &mut self.license_name,
            "library_name" => &mut self.library_name,
            _ => &mut self.pipeline_tag,
        }
    }

    fn list(&mut self, key: &str) -> &mut Vec<String> {
        match key {
            "language" => &mut self.language,
            "tags" => &mut self.tags,
            "datasets" => &mut self.datasets,
            "metrics" => &mut self.metrics,
            _ => &mut self.base_model,
        }
    }
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null => Some(String::new()),
        _ => None,
    }
}

fn list(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(vec![text.clone()]),
        // `no` is Norwegian, and YAML 1.1 would take it for false: read as it stands.
        Value::Sequence(items) => items.iter().map(scalar).collect(),
        _ => None,
    }
}

/// Some keys of a card as a form shows them: a list with commas between. Empty where the card has it not or cannot be read.
pub fn card_values<const N: usize>(card: &str, keys: [&str; N]) -> [String; N] {
    let parsed: Value = read_yaml(card).unwrap_or_default();
    keys.map(|key| parsed.get(key).and_then(list).unwrap_or_default().join(", "))
}

/// A card as JSON, with the keys that are not ours too; null where it cannot be read.
pub fn card_json(card: &str) -> serde_json::Value {
    read_yaml(card).unwrap_or_default()
}

/// Sets one key to what a form says; all other lines stay. An empty value takes the key out.
pub fn card_set(card: &str, key: &str, value: &str) -> String {
    let items: Vec<&str> = value.split([',', '，', '、']).map(str::trim).filter(|item| !item.is_empty()).collect();
    let yaml = match items.as_slice() {
        [] => None,
        [one] => Some(format!("{key}: {}", plain(one))),
        many if LISTS.contains(&key) => {
            let lines: String = many.iter().map(|item| format!("\n- {}", plain(item))).collect();
            Some(format!("{key}:{lines}"))
        }
        _ => Some(format!("{key}: {}", plain(value.trim()))),
    };
    splice(card, key, yaml)
}

/// Puts a key with its value in the place of the same key, else at the end; none takes it out.
pub(super) fn splice(card: &str, key: &str, yaml: Option<String>) -> String {
    let mut lines: Vec<String> = card.lines().map(str::to_owned).collect();
    match key_lines(&lines, key) {
        Some(place) => {
            lines.splice(place, yaml);
        }
        None => lines.extend(yaml),
    }
    lines.join("\n")
}

/// The lines of a key: what is indented and the items of a list that is not belong to it; comments and empty lines at the end do not.
pub(super) fn key_lines(lines: &[String], key: &str) -> Option<Range<usize>> {
    let start = lines.iter().position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))?;
    let idle = |line: &str| line.trim().is_empty() || line.starts_with('#');
    let belongs = |line: &&String| line.starts_with([' ', '\t', '-']) || idle(line);
    let mut end = start + 1 + lines[start + 1..].iter().take_while(belongs).count();
    while end > start + 1 && idle(&lines[end - 1]) {
        end -= 1;
    }
    Some(start..end)
}

/// A text as YAML, in quotes where it would be read as something else.
fn plain(text: &str) -> String {
    let same = read_yaml::<Value>(text).is_ok_and(|value| value.as_str() == Some(text));
    if same && !text.contains(['\n', '#']) && !text.contains(": ") {
        text.to_owned()
    } else {
        // JSON's strings are YAML's.
        serde_json::Value::from(text).to_string()
    }
}
