//! Errors of opening the services; a use case answers with a `Problem` instead.

use std::io::ErrorKind;

use alluvium_domain::{Problem, ProblemKind};
use alluvium_store::StoreError;

/// Why the services did not open, or an administration command failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The database.
    #[error("the database failed")]
    Store(#[from] alluvium_store::StoreError),
    /// The encoder, an index or a recommender.
    #[error("the engine failed")]
    Engine(#[from] alluvium_engine::EngineError),
    /// A file or folder.
    #[error("cannot read or write {path}")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The encoder that was asked for.
    #[error("cannot use the encoder {spec}: {reason}")]
    Encoder {
        /// What was asked for.
        spec: String,
        /// Why not.
        reason: String,
    },
    /// The caller asked to stop.
    #[error("it was stopped")]
    Cancelled,
    /// What the command was given.
    #[error("{0}")]
    Problem(#[from] Problem),
}

/// Logs the cause of a failure that is ours and answers with a problem that says nothing of it: `Unavailable` where the database or the disk cannot do
/// anything for a while, else `Internal`.
pub(crate) fn internal(error: impl std::error::Error + 'static) -> Problem {
    let any: &(dyn std::error::Error + 'static) = &error;
    if any.downcast_ref::<StoreError>().is_some_and(StoreError::is_unstorable_text) {
        return Problem::refused("text", "不能含有 NUL 字符", "must not hold a NUL character");
    }
    tracing::error!(error = %Chain(&error), "use case failed");
    if is_outage(&error) {
        outage::noted();
        return Problem::new(ProblemKind::Unavailable);
    }
    Problem::internal()
}

/// Whether one of an error's causes is an outage: the database's, or a full disk.
fn is_outage(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| {
        error.downcast_ref::<StoreError>().is_some_and(StoreError::is_outage)
            || error.downcast_ref::<std::io::Error>().is_some_and(|error| {
                matches!(
                    error.kind(),
                    ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem
                )
            })
    })
}

/// When the last outage was met: what `/readyz` goes by beside asking the database.
pub(crate) mod outage {
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    /// An outage that was not met again for so long counts as over.
    const OVER: Duration = Duration::from_secs(15);
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);

    pub(super) fn noted() {
        *LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether one was met a moment ago.
    pub(crate) fn is_recent() -> bool {
        LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_some_and(|at| at.elapsed() < OVER)
    }
}

/// An error with all its sources on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
