//! An attempt at a job as the work sees it: what to say, whether to go on, what to go on from.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alluvium_domain::{JobId, JobNews};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::ServiceError;
use crate::recommend::Stop;

/// How often work that cannot look for itself is asked whether it goes on.
const LOOK: Duration = Duration::from_millis(100);

/// What work tells its worker.
pub(super) enum Told {
    News(JobNews),
    Checkpoint(Value),
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

    /// A value of a curve.
    pub(super) fn metric(&self, key: &str, step: usize, value: f64) {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.tell(Told::News(JobNews::Metric {
            key: key.to_owned(),
            step,
            value: Some(value).filter(|v| v.is_finite()),
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
    pub(super) id: JobId,
    /// One core, and only what others leave.
    pub(super) quiet: bool,
    /// What an earlier attempt left.
    pub(super) checkpoint: Option<Value>,
    /// Where files are that a later attempt goes on from.
    pub(super) kept: PathBuf,
    /// Where files for jobs are.
    pub(super) files: PathBuf,
}
