//! Errors of opening the services; a use case answers with a `Problem` instead.

use alluvium_domain::Problem;

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

/// Logs the cause of a failure that is ours and answers with an internal problem, which says nothing of it.
pub(crate) fn internal(error: impl std::error::Error + 'static) -> Problem {
    tracing::error!(error = %Chain(&error), "use case failed");
    Problem::internal()
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
