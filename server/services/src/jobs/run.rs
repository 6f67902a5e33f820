//! An attempt at a job as the work sees it: what to say, whether to go on, what to go on from.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alluvium_domain::tracking::{MetricInput, Param, RunDataset, RunId, Tag, high_key, low_key};
use alluvium_domain::{JobNews, UserId};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::mpsc;

use crate::ServiceError;
use crate::recommend::Stop;

/// How often work that cannot look for itself is asked whether it goes on.
const LOOK: Duration = Duration::from_millis(100);

/// Which version of a registered model a run made: `NAME/NUMBER`.
pub(super) const VERSION_TAG: &str = "alluvium.version";

/// What work tells its worker.
pub(super) enum Told {
    News(JobNews),
    Checkpoint(Value),
    Metric(MetricInput),
    Param(Param),
    Tag(Tag),
    Dataset(RunDataset),
}

/// Says things for a job. Cheap to clone; what it says when the job is somebody else's is not kept.
#[derive(Clone)]
pub(super) struct Voice {
    told: mpsc::UnboundedSender<Told>,
    stop: Stop,
}

impl Voice {
    pub(super) fn new(told: mpsc::UnboundedSender<Told>) -> Voice {
        Voice { told, stop: Arc::new(AtomicBool::new(false)) }
    }

    fn tell(&self, told: Told) {
        // The worker is gone only where the work does not count any more.
        let _ = self.told.send(told);
    }

    /// A line of the log.
    pub(super) fn log(&self, text: impl Into<String>) {
        self.tell(Told::News(JobNews::Log { text: text.into() }));
    }

    /// A value of a curve, which is a metric of the run too.
    pub(super) fn metric(&self, key: &str, step: usize, value: f64) {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.tell(Told::News(JobNews::Metric { key: key.to_owned(), step, value }));
        self.record(key, step, value);
    }

    /// A measure of the whole: a metric of the run. The job has it in its result.
    pub(super) fn measure(&self, key: impl AsRef<str>, value: f64) {
        self.record(key.as_ref(), 0, value);
    }

    /// A measure of the whole with its interval: three metrics of the run.
    pub(super) fn interval(&self, key: &str, value: f64, (low, high): (f64, f64)) {
        self.measure(key, value);
        self.measure(low_key(key), low);
        self.measure(high_key(key), high);
    }

    fn record(&self, key: &str, step: i64, value: f64) {
        let at = Some(OffsetDateTime::now_utc());
        self.tell(Told::Metric(MetricInput { at, ..MetricInput::new(key, value, step) }));
    }

    /// Settings of the work: parameters of the run, named by their path.
    pub(super) fn settings(&self, settings: &impl Serialize) {
        for (key, value) in flat(settings) {
            self.tell(Told::Param(Param { key, value }));
        }
    }

    /// A note on the run.
    pub(super) fn tag(&self, key: &str, value: impl Into<String>) {
        self.tell(Told::Tag(Tag { key: key.to_owned(), value: value.into() }));
    }

    /// What the work learns from: a data set of the run, known by a hash of what was read.
    pub(super) fn learns_from(&self, name: &str, source_type: &str, digest: &str) {
        self.tell(Told::Dataset(RunDataset {
            name: name.to_owned(),
            digest: digest.to_owned(),
            source_type: source_type.to_owned(),
            source: name.to_owned(),
            schema: None,
            profile: None,
            tags: [("mlflow.data.context".to_owned(), "training".to_owned())].into(),
        }));
    }

    /// How far it is.
    pub(super) fn progress(&self, done: f64, of: f64) {
        self.tell(Told::News(JobNews::Progress { done, of }));
    }

    /// What another attempt goes on from; its files are in place.
    pub(super) fn checkpoint(&self, value: Value) {
        self.tell(Told::Checkpoint(value));
    }

    /// A flag that is true once the work is to stop.
    pub(super) fn stop(&self) -> Stop {
        Arc::clone(&self.stop)
    }

    /// Whether the work is to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Runs something that can be dropped at any point, until it is done or the work is to stop.
    pub(super) async fn until_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<T, ServiceError> {
        let stopped = async {
            while !self.is_stopped() {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            done = work => done,
            () = stopped => Err(ServiceError::Cancelled),
        }
    }
}

/// An attempt.
pub(super) struct Run {
    pub(super) voice: Voice,
    /// The run that records it.
    pub(super) run: Option<RunId>,
    /// Who asked for it; none for the program itself.
    pub(super) by: Option<UserId>,
    /// One core, and only what others leave.
    pub(super) quiet: bool,
    /// What an earlier attempt left.
    pub(super) checkpoint: Option<Value>,
    /// Where files are that a later attempt goes on from.
    pub(super) kept: PathBuf,
    /// Where files for jobs are.
    pub(super) files: PathBuf,
}

/// The values of a tree of settings as text, by their path: `sequence/hidden`. What is empty or missing is left out.
pub(super) fn flat(settings: &impl Serialize) -> Vec<(String, String)> {
    // By way of text, in which a number of single precision has the digits that it was written with.
    let text = serde_json::to_string(settings).unwrap_or_default();
    let mut found = Vec::new();
    leaves(String::new(), serde_json::from_str(&text).unwrap_or_default(), &mut found);
    found
}

fn leaves(path: String, value: Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name } else { format!("{path}/{name}") };
                leaves(path, value, found);
            }
        }
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => found.push((path, text)),
        other => found.push((path, other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_named_by_their_path() {
        let found = flat(&serde_json::json!({ "a": { "b": 0.5, "c": "" }, "d": null, "e": [1, 2], "f": "g" }));
        let found: Vec<(&str, &str)> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(found, [("a/b", "0.5"), ("e", "[1,2]"), ("f", "g")]);
        #[derive(Serialize)]
        struct Single {
            decay: f32,
        }
        assert_eq!(flat(&Single { decay: 0.95 }), [("decay".to_owned(), "0.95".to_owned())]);
    }
}
