//! Work for a processor leaves the threads that answer requests for a pool with a thread for each processor and a bounded queue. There are two: what a page
//! that is read needs does not wait behind what somebody asks for, which has a lower priority.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use alluvium_domain::{Problem, ProblemKind};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::oneshot;

use crate::error::internal;

/// So many pieces of work of a kind may be under way and wait; what comes on top is refused at once.
const MAX_WORK: usize = 256;
/// How much lower than the threads that answer requests those for questions stand (`nice`).
const NICE: i32 = 5;

/// A pool, and how much it has to do.
struct Pool {
    name: &'static str,
    threads: LazyLock<Result<ThreadPool, ThreadPoolBuildError>>,
    work: AtomicUsize,
}

static QUESTIONS: Pool =
    Pool { name: "questions", threads: LazyLock::new(|| threads("question", NICE)), work: AtomicUsize::new(0) };
static PAGES: Pool = Pool { name: "pages", threads: LazyLock::new(|| threads("page", 0)), work: AtomicUsize::new(0) };

fn threads(name: &'static str, lower: i32) -> Result<ThreadPool, ThreadPoolBuildError> {
    let lower = move |_| {
        // On Linux a thread has a priority of its own. Where it cannot be lowered, the work is done all the same.
        let _ = rustix::process::nice(lower);
    };
    ThreadPoolBuilder::new().thread_name(move |n| format!("{name}-{n}")).start_handler(lower).build()
}

/// A place in the queue, free again when it is dropped.
struct Place(&'static Pool);

impl Place {
    fn take(pool: &'static Pool) -> Result<Place, Problem> {
        if pool.work.fetch_add(1, Ordering::Relaxed) >= MAX_WORK {
            pool.work.fetch_sub(1, Ordering::Relaxed);
            metrics::counter!("processor_refused_total", "pool" => pool.name).increment(1);
            return Err(Problem::new(ProblemKind::Overloaded));
        }
        metrics::gauge!("processor_work", "pool" => pool.name).increment(1.0);
        Ok(Place(pool))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.work.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("processor_work", "pool" => self.0.name).decrement(1.0);
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

/// Does what somebody asks for: a search, a recommendation, a check. A caller that goes away before its turn takes its work with it.
///
/// # Errors
/// `Overloaded` where too much is under way already; `Internal` where the work panics.
pub(crate) async fn on_processor<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    on_pool(&QUESTIONS, work).await
}

/// Does what a page that is read needs, a few milliseconds; otherwise like [`on_processor`].
pub(crate) async fn for_page<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    on_pool(&PAGES, work).await
}

async fn on_pool<T: Send + 'static>(
    pool: &'static Pool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let threads = pool.threads.as_ref().map_err(|error| {
        tracing::error!(%error, "there are no threads for work");
        Problem::internal()
    })?;
    let place = Place::take(pool)?;
    let (send, receive) = oneshot::channel();
    threads.spawn_fifo(move || {
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
        // Of its own: the others' tests go on meanwhile.
        static FULL: Pool =
            Pool { name: "full", threads: LazyLock::new(|| threads("full", NICE)), work: AtomicUsize::new(0) };
        let (open, closed) = std::sync::mpsc::channel::<()>();
        let closed = std::sync::Arc::new(std::sync::Mutex::new(closed));
        let mut waiting = Vec::new();
        for _ in 0..MAX_WORK {
            let closed = closed.clone();
            waiting.push(tokio::spawn(on_pool(&FULL, move || closed.lock().unwrap().recv().is_err())));
        }
        while FULL.work.load(Ordering::Relaxed) < MAX_WORK {
            tokio::task::yield_now().await;
        }
        assert_eq!(on_pool(&FULL, || ()).await.unwrap_err().kind, ProblemKind::Overloaded);
        for_page(|| ()).await.expect("a page does not wait for questions");
        drop(open);
        for work in waiting {
            assert!(work.await.unwrap().unwrap());
        }
    }
}
