//! Blocking work on threads of its own.

use alluvium_engine::recommend::RecommendError;
use alluvium_engine::recommend::shop::quietly;

use crate::ServiceError;
use alluvium_engine::EngineError;

/// How much lower than the server's own threads quiet work stands (`nice`, 0 to 19).
const NICE: i32 = 10;

/// Runs something on a thread of its own, for which the process does not wait when it ends. Where `quiet`, it takes one core at most, and only what
/// the others leave.
pub(crate) async fn on_thread<T: Send + 'static>(
    name: &str,
    quiet: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    let (answer, done) = tokio::sync::oneshot::channel();
    let work = move || {
        let done = if quiet {
            // On Linux this is about the calling thread and those that it starts. Without it the work is only less polite.
            let _ = rustix::process::nice(NICE);
            quietly(work)
        } else {
            Ok(work())
        };
        // Nobody listens where the caller has gone.
        let _ = answer.send(done);
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(EngineError::Io)?;
    let gone = |_| EngineError::Io(std::io::Error::other("the work ended without an answer"));
    let done: Result<T, RecommendError> = done.await.map_err(gone)?;
    Ok(done.map_err(EngineError::from)?)
}
