//! Models as a program logs them beside a run, before anybody registers them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{ExperimentId, MetricPoint, RunId};
use crate::entry::named_enum;

/// A logged model's id: `m-` and 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct LoggedModelId(pub String);

impl fmt::Display for LoggedModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LoggedModelId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix("m-").ok_or(())?;
        let right = digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if right { Ok(LoggedModelId(text.to_owned())) } else { Err(()) }
    }
}

named_enum! {
    /// Whether a model's files are there.
    LoggedModelState {
        /// They are being written.
        Pending = "pending",
        /// They are there.
        Ready = "ready",
        /// They did not get there.
        Failed = "failed",
    }
}

named_enum! {
    /// What a run has to do with a model.
    ModelDirection {
        /// It read the model.
        Input = "input",
        /// It made the model.
        Output = "output",
    }
}

/// The last value of a metric that was measured on a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelMetric {
    /// The value.
    pub point: MetricPoint,
    /// The run that measured it.
    pub run: RunId,
    /// The data set that it was measured on; empty where the program did not say.
    pub dataset_name: String,
    /// Its hash.
    pub dataset_digest: String,
}

/// A logged model.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModel {
    /// Id.
    pub id: LoggedModelId,
    /// Its experiment.
    pub experiment: ExperimentId,
    /// Name; several may have the same.
    pub name: String,
    /// The run that made it.
    pub run: Option<RunId>,
    /// Whether its files are there.
    pub state: LoggedModelState,
    /// What sort of model, as the program says.
    pub kind: String,
    /// Parameters by key.
    pub params: BTreeMap<String, String>,
    /// Notes by key.
    pub tags: BTreeMap<String, String>,
    /// What was measured on it.
    pub metrics: Vec<ModelMetric>,
    /// Whether it is deleted.
    pub deleted: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

impl LoggedModel {
    /// The folder of its files: `EXPERIMENT/models/MODEL/artifacts`.
    pub fn artifact_root(&self) -> String {
        format!("{}/models/{}/artifacts", self.experiment, self.id)
    }
}

/// A model to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLoggedModel {
    /// Its experiment.
    pub experiment: ExperimentId,
    /// Name; one is made up where it is missing.
    pub name: Option<String>,
    /// The run that makes it.
    pub run: Option<RunId>,
    /// What sort of model.
    pub kind: String,
    /// Parameters by key.
    pub params: BTreeMap<String, String>,
    /// Notes by key.
    pub tags: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form() {
        assert!("m-0123456789abcdef0123456789abcdef".parse::<LoggedModelId>().is_ok());
        for wrong in ["", "m-", "0123456789abcdef0123456789abcdef", "m-0123456789ABCDEF0123456789ABCDEF", "m-../../x"] {
            assert!(wrong.parse::<LoggedModelId>().is_err(), "{wrong}");
        }
    }
}
