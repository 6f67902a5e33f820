//! Work for a processor leaves the threads that answer requests: one pool with a thread for each processor, of lower priority, and a bounded queue.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use alluvium_domain::{Problem, ProblemKind};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::oneshot;

use crate::error::internal;

/// So many pieces of work may be under way and wait; what comes on top is refused at once.
const MAX_WORK: usize = 256;
/// How much lower than the threads that answer requests these stand (`nice`): a page that is only read goes before.
const NICE: i32 = 5;

static POOL: LazyLock<Result<ThreadPool, ThreadPoolBuildError>> = LazyLock::new(|| {
    let lower = |_| {
        // On Linux a thread has a priority of its own. Where it cannot be lowered, the work is done all the same.
        let _ = rustix::process::nice(NICE);
    };
    ThreadPoolBuilder::new().thread_name(|n| format!("processor-{n}")).start_handler(lower).build()
});
static WORK: AtomicUsize = AtomicUsize::new(0);

/// A place in the queue, free again when it is dropped.
struct Place;

impl Place {
    fn take() -> Result<Place, Problem> {
        if WORK.fetch_add(1, Ordering::Relaxed) >= MAX_WORK {
            WORK.fetch_sub(1, Ordering::Relaxed);
            metrics::counter!("processor_refused_total").increment(1);
            return Err(Problem::new(ProblemKind::Overloaded));
        }
        metrics::gauge!("processor_work").increment(1.0);
        Ok(Place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WORK.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("processor_work").decrement(1.0);
    }
}

/// A piece of work panicked.
#[derive(Debug, thiserror::Error)]
#[error("work for a processor panicked: {0}")]
struct Panicked(String);

fn panicked(cause: &(dyn Any + Send)) -> Panicked {
    let text = cause.downcast_ref::<&str>().copied().or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    Panicked(text.unwrap_or("without a message").to_owned())
}

/// Does `work` on the pool. A caller that goes away before its turn takes its work with it.
///
/// # Errors
/// `Overloaded` where too much is under way already; `Internal` where the work panics.
pub(crate) async fn on_processor<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let pool = POOL.as_ref().map_err(|error| {
        tracing::error!(%error, "there are no threads for work");
        Problem::internal()
    })?;
    let place = Place::take()?;
    let (send, receive) = oneshot::channel();
    pool.spawn_fifo(move || {
        let _place = place;
        if !send.is_closed() {
            let _ = send.send(catch_unwind(AssertUnwindSafe(work)));
        }
    });
    receive.await.map_err(internal)?.map_err(|cause| internal(panicked(cause.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_elsewhere_and_a_panic_is_an_error() {
        let here = std::thread::current().id();
        assert_ne!(on_processor(|| std::thread::current().id()).await.unwrap(), here);
        let failed = on_processor(move || assert_eq!(here, std::thread::current().id(), "on purpose"));
        assert_eq!(failed.await.unwrap_err().kind, ProblemKind::Internal);
        for _ in 0..1_000 {
            on_processor(|| ()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn too_much_at_once_is_refused() {
        let (open, closed) = std::sync::mpsc::channel::<()>();
        let closed = std::sync::Arc::new(std::sync::Mutex::new(closed));
        let mut waiting = Vec::new();
        for _ in 0..MAX_WORK {
            let closed = closed.clone();
            waiting.push(tokio::spawn(on_processor(move || closed.lock().unwrap().recv().is_err())));
        }
        while WORK.load(Ordering::Relaxed) < MAX_WORK {
            tokio::task::yield_now().await;
        }
        assert_eq!(on_processor(|| ()).await.unwrap_err().kind, ProblemKind::Overloaded);
        drop(open);
        for work in waiting {
            assert!(work.await.unwrap().unwrap());
        }
    }
}
