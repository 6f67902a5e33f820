//! Tracking: what programs tried, with which parameters, and what they measured step by step.
//!
//! A run belongs to an experiment, has parameters (set once), tags (set at will), metrics (every value by step, and the last one of each), the data
//! sets that it read and the models that it made.

mod field;
pub mod filter;
pub mod float;
mod logged_model;
mod measured;
mod record;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entry::{EntryId, named_enum};

pub use field::RunField;
pub use logged_model::{LoggedModel, LoggedModelId, LoggedModelState, ModelDirection, ModelMetric, NewLoggedModel};
pub use measured::{Borne, Measured, high_key, interval_of, low_key};
pub use record::{
    DatasetInput, MetricInput, NewExperiment, NewRun, Param, RunBatch, RunChange, Tag, check_experiment_tag,
    check_model_entries, check_tag_key,
};

/// An experiment's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ExperimentId(pub i32);

impl ExperimentId {
    /// Where programs log that were told nothing.
    pub const DEFAULT: ExperimentId = ExperimentId(0);
}

impl fmt::Display for ExperimentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for ExperimentId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(ExperimentId).map_err(|_| ())
    }
}

/// A run's id: a UUIDv7, written as 32 hexadecimal digits as programs know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub Uuid);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

impl FromStr for RunId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Uuid::parse_str(text).map(RunId).map_err(|_| ())
    }
}

impl Serialize for RunId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(RunId)
    }
}

named_enum! {
    /// How far a run is.
    RunState {
        /// Waits to begin.
        Scheduled = "scheduled",
        /// Goes on.
        Running = "running",
        /// Came to its end.
        Finished = "finished",
        /// Broke off.
        Failed = "failed",
        /// Was stopped.
        Killed = "killed",
    }
}

impl RunState {
    /// Whether nothing more is expected of the run.
    pub fn is_over(self) -> bool {
        !matches!(self, RunState::Scheduled | RunState::Running)
    }
}

/// Whether a tag is one that the MLflow client writes for itself: it says nothing about what was tried.
pub fn is_client_tag(key: &str) -> bool {
    key.starts_with("mlflow.")
}

/// What holds runs together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TrackingExperiment))]
pub struct Experiment {
    /// Number.
    pub id: ExperimentId,
    /// Name, unique.
    pub name: String,
    /// The entry with its question, hypothesis and decision; none until somebody writes it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Uuid>))]
    pub entry: Option<EntryId>,
    /// Notes by key.
    pub tags: BTreeMap<String, String>,
    /// Whether it is deleted; it can be restored.
    pub deleted: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it last changed itself; its runs do not count.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

/// A value of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricPoint {
    /// Which metric.
    pub key: String,
    /// The value; NaN and the infinities are the texts `NaN`, `Infinity` and `-Infinity`.
    #[serde(with = "float")]
    #[cfg_attr(feature = "openapi", schema(schema_with = float::schema))]
    pub value: f64,
    /// The step, 0 where there are none.
    pub step: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A data set that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunDataset {
    /// Name.
    pub name: String,
    /// Hash of what was read.
    pub digest: String,
    /// What `source` is, e.g. `http`, `local`.
    pub source_type: String,
    /// Where it is from, as the program says it.
    pub source: String,
    /// Its columns, as the program says it.
    pub schema: Option<String>,
    /// Its size, as the program says it.
    pub profile: Option<String>,
    /// Notes by key, e.g. `mlflow.data.context`: what it was read for.
    pub tags: BTreeMap<String, String>,
}

/// A logged model that a run made or read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunModel {
    /// Which.
    pub id: LoggedModelId,
    /// Made or read.
    pub direction: ModelDirection,
    /// At which step.
    pub step: i64,
}

/// A run with all that is known of it but the values of metrics before the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// Id.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "0197e6f0c0de7a01b2c3d4e5f6071829"))]
    pub id: RunId,
    /// Its experiment.
    pub experiment: ExperimentId,
    /// Name; several may have the same.
    pub name: String,
    /// How far it is.
    pub state: RunState,
    /// The run that it is a part of.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub parent: Option<RunId>,
    /// Who, as the program says.
    pub user: String,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Whether it is deleted; it can be restored.
    pub deleted: bool,
    /// Parameters by key.
    pub params: BTreeMap<String, String>,
    /// The last value of each metric, by key.
    pub metrics: Vec<MetricPoint>,
    /// Notes by key.
    pub tags: BTreeMap<String, String>,
    /// What it read.
    pub datasets: Vec<RunDataset>,
    /// What it made and read.
    pub models: Vec<RunModel>,
}

impl Run {
    /// The folder of its artifacts: `EXPERIMENT/RUN/artifacts`.
    pub fn artifact_root(&self) -> String {
        format!("{}/{}/artifacts", self.experiment, self.id)
    }

    /// The last value of a metric.
    pub fn metric(&self, key: &str) -> Option<f64> {
        self.metrics.iter().find(|point| point.key == key).map(|point| point.value)
    }
}

/// Which of what can be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lifecycle {
    /// What is not deleted.
    #[default]
    Active,
    /// What is deleted.
    Deleted,
    /// Both.
    All,
}

impl Lifecycle {
    /// The value that `deleted` must have; none where it does not matter.
    pub fn deleted(self) -> Option<bool> {
        match self {
            Lifecycle::Active => Some(false),
            Lifecycle::Deleted => Some(true),
            Lifecycle::All => None,
        }
    }
}

/// A file or folder among artifacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArtifactEntry {
    /// Last part of its path.
    pub name: String,
    /// Bytes; none for a folder.
    pub size: Option<i64>,
}

/// Limits, in characters or items; those of MLflow 3.
pub mod limits {
    /// Key of a metric, parameter or tag.
    pub const KEY: usize = 250;
    /// Value of a parameter.
    pub const PARAM_VALUE: usize = 6_000;
    /// Value of a tag of a run or logged model.
    pub const TAG_VALUE: usize = 8_000;
    /// Value of a tag of an experiment.
    pub const EXPERIMENT_TAG_VALUE: usize = 20_000;
    /// Name of an experiment, a run or a logged model.
    pub const NAME: usize = 500;
    /// Name of a user, as a program says it.
    pub const USER: usize = 256;
    /// Metrics in a batch.
    pub const BATCH_METRICS: usize = 1_000;
    /// Parameters in a batch; tags in a batch.
    pub const BATCH_PARAMS: usize = 100;
    /// Everything in a batch.
    pub const BATCH: usize = 1_000;
    /// Data sets or models that are logged together.
    pub const INPUTS: usize = 1_000;
    /// Name of a data set.
    pub const DATASET_NAME: usize = 500;
    /// Hash of a data set.
    pub const DATASET_DIGEST: usize = 36;
    /// Source of a data set.
    pub const DATASET_SOURCE: usize = 65_535;
    /// Columns or profile of a data set.
    pub const DATASET_SCHEMA: usize = 1_048_575;
    /// Tags of a data set, and the length of their values.
    pub const DATASET_TAGS: usize = 100;
    /// Value of a tag of a data set.
    pub const DATASET_TAG_VALUE: usize = 500;
    /// A filter.
    pub const FILTER: usize = 10_000;
    /// Conditions of a filter; columns of an order.
    pub const CLAUSES: usize = 40;
    /// Runs, experiments or models of one page.
    pub const PAGE: usize = 50_000;
    /// Values of a metric's history on one page.
    pub const HISTORY: usize = 25_000;
    /// Path of an artifact.
    pub const PATH: usize = 1_000;
}
