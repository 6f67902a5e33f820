//! What programs record, checked.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{ExperimentId, LoggedModelId, RunId, RunState, float, limits};
use crate::problem::{Check, Issue, Problem};

/// An experiment to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewExperiment {
    /// Name, unique.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 500))]
    pub name: String,
    /// Notes by key.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl NewExperiment {
    /// Checks name and tags.
    pub fn check(&self) -> Result<(), Problem> {
        let mut check = Check::default();
        check_value(&mut check, "name", &self.name, 1, limits::NAME);
        for (key, value) in &self.tags {
            check_key(&mut check, format!("tags.{key}"), key);
            check_value(&mut check, format!("tags.{key}"), value, 0, limits::EXPERIMENT_TAG_VALUE);
        }
        check.finish()
    }
}

/// Checks a tag of an experiment.
pub fn check_experiment_tag(key: &str, value: &str) -> Result<(), Problem> {
    let mut check = Check::default();
    check_key(&mut check, "key", key);
    check_value(&mut check, "value", value, 0, limits::EXPERIMENT_TAG_VALUE);
    check.finish()
}

/// Checks the key of a tag that is to be deleted.
pub fn check_tag_key(key: &str) -> Result<(), Problem> {
    let mut check = Check::default();
    check_key(&mut check, "key", key);
    check.finish()
}

/// Checks parameters and tags of a logged model.
pub fn check_model_entries(params: &BTreeMap<String, String>, tags: &BTreeMap<String, String>) -> Result<(), Problem> {
    let mut check = Check::default();
    for (what, entries, most) in [("params", params, limits::PARAM_VALUE), ("tags", tags, limits::TAG_VALUE)] {
        for (key, value) in entries {
            check_key(&mut check, format!("{what}.{key}"), key);
            check_value(&mut check, format!("{what}.{key}"), value, 0, most);
        }
    }
    check.finish()
}

/// A run to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Its experiment.
    pub experiment: ExperimentId,
    /// Name; one is made up where it is missing.
    pub name: Option<String>,
    /// Who, as the program says; the person's name where it is missing.
    pub user: Option<String>,
    /// When it began; now where it is missing.
    pub started_at: Option<OffsetDateTime>,
    /// The run that it is a part of; the tag `mlflow.parentRunId` says it too.
    pub parent: Option<RunId>,
    /// Notes by key.
    pub tags: BTreeMap<String, String>,
}

impl NewRun {
    /// The same with long values of tags cut to what is kept, and a tag that names them.
    #[must_use]
    pub fn cut(mut self) -> NewRun {
        let tags = self.tags.iter_mut();
        let found: Vec<String> = tags
            .filter_map(|(key, value)| cut(value, limits::TAG_VALUE).map(|actual| said("tags", key, actual)))
            .collect();
        if !found.is_empty() {
            let value = found.join(", ").chars().take(limits::TAG_VALUE).collect();
            self.tags.insert(CUT_TAG.to_owned(), value);
        }
        self
    }

    /// Checks names and tags.
    pub fn check(&self) -> Result<(), Problem> {
        let mut check = Check::default();
        check_value(&mut check, "run_name", self.name.as_deref().unwrap_or_default(), 0, limits::NAME);
        check_value(&mut check, "user_id", self.user.as_deref().unwrap_or_default(), 0, limits::USER);
        for (key, value) in &self.tags {
            check_key(&mut check, format!("tags.{key}"), key);
            check_value(&mut check, format!("tags.{key}"), value, 0, limits::TAG_VALUE);
        }
        check.finish()
    }
}

/// What changes about a run; what is missing stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunChange {
    /// How far it is.
    #[serde(default)]
    pub state: Option<RunState>,
    /// When it ended.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Another name.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub name: Option<String>,
}

impl RunChange {
    /// Checks the name.
    pub fn check(&self) -> Result<(), Problem> {
        let mut check = Check::default();
        check_value(&mut check, "run_name", self.name.as_deref().unwrap_or_default(), 0, limits::NAME);
        check.finish()
    }
}

/// A value of a metric, as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricInput {
    /// Which metric.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 250))]
    pub key: String,
    /// The value.
    #[serde(with = "float")]
    #[cfg_attr(feature = "openapi", schema(schema_with = float::schema))]
    pub value: f64,
    /// The step.
    #[serde(default)]
    pub step: i64,
    /// When; now where it is missing.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub at: Option<OffsetDateTime>,
    /// The logged model that it was measured on.
    #[serde(default)]
    pub model: Option<LoggedModelId>,
    /// The data set that it was measured on.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub dataset_name: String,
    /// Its hash.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 36))]
    pub dataset_digest: String,
}

impl MetricInput {
    /// A value of a metric at a step, now.
    pub fn new(key: impl Into<String>, value: f64, step: i64) -> MetricInput {
        let (dataset_name, dataset_digest) = (String::new(), String::new());
        MetricInput { key: key.into(), value, step, at: None, model: None, dataset_name, dataset_digest }
    }
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Param {
    /// Which.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 250))]
    pub key: String,
    /// Its value; it does not change any more.
    #[cfg_attr(feature = "openapi", schema(max_length = 6_000))]
    pub value: String,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tag {
    /// Which.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 250))]
    pub key: String,
    /// Its value.
    #[cfg_attr(feature = "openapi", schema(max_length = 8_000))]
    pub value: String,
}

/// What is recorded of a run at once, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunBatch {
    /// Values of metrics, at most 1,000.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 1_000))]
    pub metrics: Vec<MetricInput>,
    /// Parameters, at most 100.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub params: Vec<Param>,
    /// Tags, at most 100.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub tags: Vec<Tag>,
}

/// The tag that says which values were longer than what is kept, and how long they were.
const CUT_TAG: &str = "alluvium.cut";

/// Cuts a value to so many characters; answers with how many it had, where these were more.
fn cut(value: &mut String, limit: usize) -> Option<usize> {
    let (end, _) = value.char_indices().nth(limit)?;
    let actual = value.chars().count();
    value.truncate(end);
    Some(actual)
}

/// What [`CUT_TAG`] says of the values that were cut.
fn said(what: &str, key: &str, actual: usize) -> String {
    let key: String = key.chars().take(limits::KEY).collect();
    format!("{what}.{key}: {actual}")
}

impl RunBatch {
    /// The same with long values of parameters and tags cut to what is kept, as MLflow's server does, and a tag that names them: one long value does not
    /// sink what comes with it, nor is it cut without a word.
    #[must_use]
    pub fn cut(mut self) -> RunBatch {
        let params = self.params.iter_mut().filter_map(|param| {
            cut(&mut param.value, limits::PARAM_VALUE).map(|actual| said("params", &param.key, actual))
        });
        let mut found: Vec<String> = params.collect();
        found.extend(
            self.tags
                .iter_mut()
                .filter_map(|tag| cut(&mut tag.value, limits::TAG_VALUE).map(|actual| said("tags", &tag.key, actual))),
        );
        if !found.is_empty() && self.tags.len() < limits::BATCH_PARAMS {
            let value = found.join(", ").chars().take(limits::TAG_VALUE).collect();
            self.tags.push(Tag { key: CUT_TAG.to_owned(), value });
        }
        self
    }

    /// Checks numbers, keys and lengths; an error names the item by its place: `params[3].value`.
    pub fn check(&self) -> Result<(), Problem> {
        let (metrics, params, tags) = (self.metrics.len(), self.params.len(), self.tags.len());
        let counts: [(&'static str, usize, usize); 4] = [
            ("metrics", limits::BATCH_METRICS, metrics),
            ("params", limits::BATCH_PARAMS, params),
            ("tags", limits::BATCH_PARAMS, tags),
            ("metrics, params, and tags", limits::BATCH, metrics + params + tags),
        ];
        for (field, limit, actual) in counts {
            if actual > limit {
                return Err(Problem::field(field, Issue::TooMany { limit, actual }));
            }
        }
        let mut check = Check::default();
        for (place, metric) in self.metrics.iter().enumerate() {
            check_key(&mut check, format!("metrics[{place}].key"), &metric.key);
            let (name, digest) = (&metric.dataset_name, &metric.dataset_digest);
            check_value(&mut check, format!("metrics[{place}].dataset_name"), name, 0, limits::DATASET_NAME);
            check_value(&mut check, format!("metrics[{place}].dataset_digest"), digest, 0, limits::DATASET_DIGEST);
        }
        for (place, param) in self.params.iter().enumerate() {
            check_key(&mut check, format!("params[{place}].key"), &param.key);
            check_value(&mut check, format!("params[{place}].value"), &param.value, 0, limits::PARAM_VALUE);
        }
        for (place, tag) in self.tags.iter().enumerate() {
            check_key(&mut check, format!("tags[{place}].key"), &tag.key);
            check_value(&mut check, format!("tags[{place}].value"), &tag.value, 0, limits::TAG_VALUE);
        }
        check.finish()?;
        let mut seen = HashSet::new();
        match self.params.iter().find(|param| !seen.insert(&param.key)) {
            Some(param) => Err(Problem::field("params", Issue::Repeated { value: param.key.clone() })),
            None => Ok(()),
        }
    }
}

/// A data set that a run read, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetInput(pub super::RunDataset);

impl DatasetInput {
    /// Checks the lengths; fields begin with `datasets[place]`.
    pub fn check(&self, place: usize) -> Result<(), Problem> {
        let mut check = Check::default();
        let set = &self.0;
        let mut text = |name: &str, value: &str, min, max| {
            check_value(&mut check, format!("datasets[{place}].dataset.{name}"), value, min, max);
        };
        text("name", &set.name, 1, limits::DATASET_NAME);
        text("digest", &set.digest, 1, limits::DATASET_DIGEST);
        text("source_type", &set.source_type, 0, limits::NAME);
        text("source", &set.source, 0, limits::DATASET_SOURCE);
        text("schema", set.schema.as_deref().unwrap_or_default(), 0, limits::DATASET_SCHEMA);
        text("profile", set.profile.as_deref().unwrap_or_default(), 0, limits::DATASET_SCHEMA);
        if set.tags.len() > limits::DATASET_TAGS {
            let issue = Issue::TooMany { limit: limits::DATASET_TAGS, actual: set.tags.len() };
            check.fail(format!("datasets[{place}].tags"), issue);
        }
        for (key, value) in &set.tags {
            check_value(&mut check, format!("datasets[{place}].tags.{key}"), key, 1, limits::KEY);
            check_value(&mut check, format!("datasets[{place}].tags.{key}"), value, 0, limits::DATASET_TAG_VALUE);
        }
        check.finish()
    }
}

/// Checks the length of a text and that Postgres can hold it; unlike names in forms it is not trimmed.
fn check_value(check: &mut Check, field: impl Into<Cow<'static, str>>, text: &str, min: usize, limit: usize) {
    let actual = text.chars().count();
    if actual < min {
        check.fail(field, Issue::Required);
    } else if actual > limit {
        check.fail(field, Issue::TooLong { limit, actual });
    } else if text.contains('\0') {
        check.fail(field, Issue::Malformed { expected: "no NUL character".into() });
    }
}

const CHARACTERS: &str = "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).";
const PATHS: &str =
    "Names may be treated as files in certain cases, and must not resolve to other names when treated as such.";

/// Checks a key: the characters that MLflow allows, and no path that means another one.
fn check_key(check: &mut Check, field: impl Into<Cow<'static, str>>, key: &str) {
    let actual = key.chars().count();
    let issue = if actual == 0 {
        Issue::Required
    } else if actual > limits::KEY {
        Issue::TooLong { limit: limits::KEY, actual }
    } else if !key.chars().all(|char| char.is_alphanumeric() || "_-. :/".contains(char)) {
        Issue::Unfit { value: key.to_owned(), expected: CHARACTERS.into() }
    } else if key.starts_with("..") || key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Issue::Unfit { value: key.to_owned(), expected: PATHS.into() }
    } else {
        return;
    };
    check.fail(field, issue);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(key: &str, value: &str) -> RunBatch {
        let params = vec![Param { key: key.to_owned(), value: value.to_owned() }];
        RunBatch { params, ..RunBatch::default() }
    }

    fn field(batch: &RunBatch) -> String {
        batch.check().expect_err("it is wrong").errors[0].field.to_string()
    }

    #[test]
    fn keys_are_those_of_mlflow() {
        for right in ["a", "a/b", "val loss", "a.b-c_d:e", "键", ".hidden", "a..b"] {
            assert!(param(right, "").check().is_ok(), "{right}");
        }
        for wrong in
            ["", "/a", "a/", "a//b", "./a", "..", "../a", "a/../b", "a\\b", "a\0", "a'b", "..a", &"k".repeat(251)]
        {
            assert_eq!(field(&param(wrong, "")), "params[0].key", "{wrong}");
        }
    }

    #[test]
    fn lengths_and_numbers_have_limits() {
        assert!(param("a", &"v".repeat(6_000)).check().is_ok());
        assert_eq!(field(&param("a", &"v".repeat(6_001))), "params[0].value");
        assert_eq!(field(&param("a", "\0")), "params[0].value");
        let tags = vec![Tag { key: "t".into(), value: "v".repeat(8_001) }];
        assert_eq!(field(&RunBatch { tags, ..RunBatch::default() }), "tags[0].value");
        let metric = MetricInput::new("m", 1.0, 0);
        let full = RunBatch { metrics: vec![metric.clone(); 1_000], ..RunBatch::default() };
        assert!(full.check().is_ok());
        assert_eq!(field(&RunBatch { metrics: vec![metric; 1_001], ..RunBatch::default() }), "metrics");
        let both = RunBatch { params: param("a", "b").params, ..full };
        assert_eq!(field(&both), "metrics, params, and tags");
        let mut twice = param("a", "b");
        twice.params.extend(param("a", "c").params);
        assert_eq!(field(&twice), "params");
    }
}
