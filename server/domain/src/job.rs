//! Jobs: long work in a queue, what each is asked for, how it stands and what it says.

mod order;

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entry::named_enum;
use crate::people::{Action, UserId};
use crate::problem::Problem;
use crate::tracking::{RunId, RunState, float};

pub use order::{
    CheckExplanations, EvaluateEncoder, EvaluateProducts, EvaluateSearch, ImportOrder, JobOrder, OfCatalogue,
    PretrainEncoder, TrainEncoder, UnreadableOrder,
};

/// A job's id (UUIDv7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct JobId(pub Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

named_enum! {
    /// What sort of work it is.
    JobKind {
        /// The recommendation models of a catalogue.
        TrainRecommend = "train-recommend",
        /// The sentence encoder, on queries and what answers them.
        TrainEncoder = "train-encoder",
        /// The same encoder's pretraining, continued on texts.
        PretrainEncoder = "pretrain-encoder",
        /// The rankers of product search on a folder of graded queries.
        EvaluateProducts = "evaluate-products",
        /// Fine-tuning of the encoder on a folder of graded queries, by cross-validation.
        EvaluateEncoder = "evaluate-encoder",
        /// The search over entries on judged queries.
        EvaluateSearch = "evaluate-search",
        /// The explanations of a catalogue's recommendations.
        CheckExplanations = "check-explanations",
        /// Products, shoppers and events out of a file.
        Import = "import",
        /// The search index and the vectors of all passages.
        Reindex = "reindex",
    }
}

impl JobKind {
    /// What somebody must be allowed to start one.
    pub fn needs(self) -> Action {
        match self {
            JobKind::Import | JobKind::Reindex => Action::Administer,
            _ => Action::RunJobs,
        }
    }

    /// Whether it is a run too, with parameters and measures: trainings, evaluations and checks.
    pub fn is_run(self) -> bool {
        !matches!(self, JobKind::Import | JobKind::Reindex)
    }

    /// Whether only the process that serves can do it: its index is that process's own.
    pub fn needs_server(self) -> bool {
        self == JobKind::Reindex
    }
}

named_enum! {
    /// How a job stands.
    JobState {
        /// Waits for a worker.
        Queued = "queued",
        /// A worker has it.
        Running = "running",
        /// Done.
        Succeeded = "succeeded",
        /// It could not be done, as often as it was tried.
        Failed = "failed",
        /// Somebody stopped it.
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// Whether nothing more will happen by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, JobState::Queued | JobState::Running)
    }

    /// How the run of such a job is.
    pub fn run_state(self) -> RunState {
        match self {
            JobState::Queued => RunState::Scheduled,
            JobState::Running => RunState::Running,
            JobState::Succeeded => RunState::Finished,
            JobState::Failed => RunState::Failed,
            JobState::Cancelled => RunState::Killed,
        }
    }
}

/// Limits of a job's fields.
pub mod limits {
    /// Characters of a path.
    pub const PATH: usize = 500;
    /// Jobs that wait or run at a time.
    pub const OPEN: i64 = 100;
    /// How often a job is begun before it has failed.
    pub const ATTEMPTS: i32 = 3;
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// What it is asked for.
    #[serde(flatten)]
    pub order: JobOrder,
    /// How it stands.
    pub state: JobState,
    /// How often it has been begun.
    pub attempt: i32,
    /// How often it may be.
    pub attempts: i32,
    /// A queued one does not begin before.
    #[serde(with = "time::serde::rfc3339")]
    pub due_at: OffsetDateTime,
    /// Who runs it, or did.
    pub worker: Option<String>,
    /// When that was last heard of.
    #[serde(with = "time::serde::rfc3339::option")]
    pub heartbeat_at: Option<OffsetDateTime>,
    /// Whether somebody asked for its end.
    pub cancel: bool,
    /// From 0 to 1.
    pub progress: f32,
    /// What came of it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub result: Option<serde_json::Value>,
    /// Why it failed, or why the last attempt did.
    pub problem: Option<Problem>,
    /// The run that it is: begun with the first attempt, the same for all of them. None before, and for kinds that measure nothing.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "0197e6f0c0de7a01b2c3d4e5f6071829"))]
    pub run: Option<RunId>,
    /// Who asked for it; none for the program itself.
    pub by: Option<UserId>,
    /// Their sign-in name.
    pub by_name: Option<String>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was first begun.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}

/// One thing that a job said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobEvent {
    /// Number, rising: what a reader who was cut off asks on from.
    pub id: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What.
    #[serde(flatten)]
    pub news: JobNews,
}

/// What a job says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "data", rename_all = "lowercase")]
pub enum JobNews {
    /// A line of its log.
    Log {
        /// The line, as the command line would show it.
        text: String,
    },
    /// A value of a curve.
    Metric {
        /// Which curve.
        key: String,
        /// Where on it.
        step: i64,
        /// The value.
        #[serde(with = "float")]
        #[cfg_attr(feature = "openapi", schema(schema_with = float::schema))]
        value: f64,
    },
    /// How far it is.
    Progress {
        /// So much is done.
        done: f64,
        /// Of so much.
        of: f64,
    },
    /// It stands otherwise now.
    State {
        /// How.
        state: JobState,
        /// Which attempt.
        attempt: i32,
    },
}

impl JobNews {
    /// The name in the database and of the event on a stream.
    pub fn code(&self) -> &'static str {
        match self {
            JobNews::Log { .. } => "log",
            JobNews::Metric { .. } => "metric",
            JobNews::Progress { .. } => "progress",
            JobNews::State { .. } => "state",
        }
    }
}
