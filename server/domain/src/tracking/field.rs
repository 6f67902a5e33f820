//! What a table of runs can show in a column.

use std::fmt;
use std::str::FromStr;

use super::Run;

/// A metric, parameter or tag of runs, written `metrics.loss`, `params.lr`, `tags.team`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RunField {
    /// The last value of a metric.
    Metric(String),
    /// A parameter.
    Param(String),
    /// A tag.
    Tag(String),
}

impl RunField {
    fn scope(&self) -> &'static str {
        match self {
            RunField::Metric(_) => "metrics",
            RunField::Param(_) => "params",
            RunField::Tag(_) => "tags",
        }
    }

    /// Its name among metrics, parameters or tags.
    pub fn key(&self) -> &str {
        match self {
            RunField::Metric(key) | RunField::Param(key) | RunField::Tag(key) => key,
        }
    }

    /// How filters and orders spell it: the key in backquotes where it is more than a word.
    pub fn expression(&self) -> String {
        let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let key = self.key();
        match key.chars().all(is_word) {
            true => self.to_string(),
            false => format!("{}.`{}`", self.scope(), key.replace('`', "``")),
        }
    }

    /// What a run has there as text; none for a metric.
    pub fn text<'run>(&self, run: &'run Run) -> Option<&'run str> {
        match self {
            RunField::Metric(_) => None,
            RunField::Param(key) => run.params.get(key).map(String::as_str),
            RunField::Tag(key) => run.tags.get(key).map(String::as_str),
        }
    }

    /// What a run has there as a number: the last value of the metric, or a text that is one.
    pub fn number(&self, run: &Run) -> Option<f64> {
        match self {
            RunField::Metric(key) => run.metric(key),
            _ => self.text(run)?.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }
}

impl fmt::Display for RunField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.scope(), self.key())
    }
}

impl FromStr for RunField {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (scope, key) = text.split_once('.').filter(|(_, key)| !key.is_empty()).ok_or(())?;
        let key = key.to_owned();
        match scope {
            "metrics" => Ok(RunField::Metric(key)),
            "params" => Ok(RunField::Param(key)),
            "tags" => Ok(RunField::Tag(key)),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracking::filter::{RunColumn, parse_order};

    #[test]
    fn a_field_is_read_as_it_is_written() {
        for text in ["metrics.loss", "params.learning rate", "tags.mlflow.user"] {
            assert_eq!(text.parse::<RunField>().map(|field| field.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "loss", "metrics.", "attributes.status"] {
            assert_eq!(text.parse::<RunField>(), Err(()), "{text}");
        }
    }

    #[test]
    fn every_key_can_be_ordered_by() {
        for key in ["loss", "ndcg@10", "a`b", "with space", "nDCG.zh", "损失"] {
            let field = RunField::Metric(key.to_owned());
            let order = parse_order::<RunColumn, _>(&[format!("{} DESC", field.expression())]);
            assert!(order.is_ok_and(|order| order.len() == 1), "{key}");
        }
    }
}
