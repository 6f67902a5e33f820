//! Experiments, runs and logged models as MLflow's protocol buffers write them in JSON.

use std::collections::BTreeMap;

use alluvium_domain::tracking::{
    ArtifactEntry, Experiment, LoggedModel, LoggedModelState, MetricPoint, ModelDirection, Run, RunDataset, RunState,
    float,
};
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The address of a folder of artifacts, which the client turns into one of this server.
pub(super) fn artifact_uri(root: &str) -> String {
    format!("mlflow-artifacts:/{root}")
}

/// Milliseconds since 1970, rounded down.
pub(super) fn milliseconds(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

fn stage(deleted: bool) -> &'static str {
    if deleted { "deleted" } else { "active" }
}

/// A key and a value: a parameter or a tag.
#[derive(Serialize)]
pub(super) struct Pair<'a> {
    key: &'a str,
    value: &'a str,
}

/// Parameters or tags by key.
pub(super) fn pairs(map: &BTreeMap<String, String>) -> Vec<Pair<'_>> {
    map.iter().map(|(key, value)| Pair { key, value }).collect()
}

/// An experiment.
pub(super) fn experiment(experiment: &Experiment) -> Value {
    json!({
        "experiment_id": experiment.id.to_string(),
        "name": experiment.name,
        "artifact_location": artifact_uri(&experiment.id.to_string()),
        "lifecycle_stage": stage(experiment.deleted),
        "last_update_time": milliseconds(experiment.updated_at),
        "creation_time": milliseconds(experiment.created_at),
        "tags": pairs(&experiment.tags),
    })
}

/// A run's state in MLflow's word.
pub(super) fn run_status(state: RunState) -> &'static str {
    match state {
        RunState::Scheduled => "SCHEDULED",
        RunState::Running => "RUNNING",
        RunState::Finished => "FINISHED",
        RunState::Failed => "FAILED",
        RunState::Killed => "KILLED",
    }
}

/// The state that a client names, by word or by number.
pub(super) fn run_state(text: &str) -> Option<RunState> {
    Some(match text {
        "RUNNING" | "1" => RunState::Running,
        "SCHEDULED" | "2" => RunState::Scheduled,
        "FINISHED" | "3" => RunState::Finished,
        "FAILED" | "4" => RunState::Failed,
        "KILLED" | "5" => RunState::Killed,
        _ => return None,
    })
}

/// A value of a metric.
#[derive(Serialize)]
pub(super) struct Metric<'a> {
    key: &'a str,
    #[serde(serialize_with = "float::serialize")]
    value: f64,
    timestamp: i64,
    step: i64,
}

impl<'a> From<&'a MetricPoint> for Metric<'a> {
    fn from(point: &'a MetricPoint) -> Self {
        Metric { key: &point.key, value: point.value, timestamp: milliseconds(point.at), step: point.step }
    }
}

/// A run. Typed rather than a tree of values: a page has thousands.
#[derive(Serialize)]
pub(super) struct RunBody<'a> {
    info: RunInfo<'a>,
    data: RunData<'a>,
    inputs: RunInputs<'a>,
    outputs: RunOutputs<'a>,
}

/// A run without what was recorded of it.
#[derive(Serialize)]
pub(super) struct RunInfo<'a> {
    run_id: String,
    run_uuid: String,
    run_name: &'a str,
    experiment_id: String,
    user_id: &'a str,
    status: &'static str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    artifact_uri: String,
    lifecycle_stage: &'static str,
}

#[derive(Serialize)]
struct RunData<'a> {
    metrics: Vec<Metric<'a>>,
    params: Vec<Pair<'a>>,
    tags: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct RunInputs<'a> {
    dataset_inputs: Vec<DatasetInput<'a>>,
    model_inputs: Vec<Value>,
}

#[derive(Serialize)]
struct RunOutputs<'a> {
    model_outputs: Vec<ModelOutput<'a>>,
}

#[derive(Serialize)]
struct ModelOutput<'a> {
    model_id: &'a str,
    step: i64,
}

#[derive(Serialize)]
struct DatasetInput<'a> {
    tags: Vec<Pair<'a>>,
    dataset: Dataset<'a>,
}

#[derive(Serialize)]
struct Dataset<'a> {
    name: &'a str,
    digest: &'a str,
    source_type: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
}

impl<'a> From<&'a Run> for RunInfo<'a> {
    fn from(run: &'a Run) -> Self {
        RunInfo {
            run_id: run.id.to_string(),
            run_uuid: run.id.to_string(),
            run_name: &run.name,
            experiment_id: run.experiment.to_string(),
            user_id: &run.user,
            status: run_status(run.state),
            start_time: milliseconds(run.started_at),
            end_time: run.ended_at.map(milliseconds),
            artifact_uri: artifact_uri(&run.artifact_root()),
            lifecycle_stage: stage(run.deleted),
        }
    }
}

impl<'a> From<&'a Run> for RunBody<'a> {
    fn from(run: &'a Run) -> Self {
        let inputs = run.models.iter().filter(|model| model.direction == ModelDirection::Input);
        let outputs = run.models.iter().filter(|model| model.direction == ModelDirection::Output);
        RunBody {
            info: run.into(),
            data: RunData {
                metrics: run.metrics.iter().map(Metric::from).collect(),
                params: pairs(&run.params),
                tags: pairs(&run.tags),
            },
            inputs: RunInputs {
                dataset_inputs: run.datasets.iter().map(DatasetInput::from).collect(),
                model_inputs: inputs.map(|model| json!({ "model_id": model.id })).collect(),
            },
            outputs: RunOutputs {
                model_outputs: outputs.map(|model| ModelOutput { model_id: &model.id.0, step: model.step }).collect(),
            },
        }
    }
}

impl<'a> From<&'a RunDataset> for DatasetInput<'a> {
    fn from(set: &'a RunDataset) -> Self {
        DatasetInput {
            tags: pairs(&set.tags),
            dataset: Dataset {
                name: &set.name,
                digest: &set.digest,
                source_type: &set.source_type,
                source: &set.source,
                schema: set.schema.as_deref(),
                profile: set.profile.as_deref(),
            },
        }
    }
}

/// A logged model.
pub(super) fn logged_model(model: &LoggedModel) -> Value {
    let metrics = model.metrics.iter().map(|metric| {
        let mut body = json!(Metric::from(&metric.point));
        body["run_id"] = metric.run.to_string().into();
        body["model_id"] = model.id.0.clone().into();
        for (name, text) in [("dataset_name", &metric.dataset_name), ("dataset_digest", &metric.dataset_digest)] {
            if !text.is_empty() {
                body[name] = text.clone().into();
            }
        }
        body
    });
    let mut body = json!({
        "info": {
            "model_id": model.id,
            "experiment_id": model.experiment.to_string(),
            "name": model.name,
            "creation_timestamp_ms": milliseconds(model.created_at),
            "last_updated_timestamp_ms": milliseconds(model.updated_at),
            "artifact_uri": artifact_uri(&model.artifact_root()),
            "status": match model.state {
                LoggedModelState::Pending => "LOGGED_MODEL_PENDING",
                LoggedModelState::Ready => "LOGGED_MODEL_READY",
                LoggedModelState::Failed => "LOGGED_MODEL_UPLOAD_FAILED",
            },
            "model_type": model.kind,
            "tags": pairs(&model.tags),
        },
        "data": { "params": pairs(&model.params), "metrics": metrics.collect::<Vec<_>>() },
    });
    if let Some(run) = model.run {
        body["info"]["source_run_id"] = run.to_string().into();
    }
    body
}

/// Files and folders; their paths begin with `prefix`.
pub(super) fn files(prefix: &str, entries: &[ArtifactEntry]) -> Value {
    let files = entries.iter().map(|entry| {
        let path = if prefix.is_empty() { entry.name.clone() } else { format!("{prefix}/{}", entry.name) };
        match entry.size {
            Some(size) => json!({ "path": path, "is_dir": false, "file_size": size }),
            None => json!({ "path": path, "is_dir": true }),
        }
    });
    files.collect()
}
