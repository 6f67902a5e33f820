//! The encoder on a thread of its own, behind bounded queues: a query goes before a passage, and overload is an answer, not a wait.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::EngineError;
use crate::encoder::{Encoder, TokenStates};

/// Most jobs that wait in each queue.
const QUERIES: usize = 64;
const PASSAGES: usize = 256;

/// Whether somebody waits for the answer to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A query: first.
    Query,
    /// Passages of a save or an import.
    Passages,
}

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

type Job = Box<dyn FnOnce(&Encoder) + Send>;

/// Where an answer goes.
pub trait Reply<T>: Send + 'static {
    /// Whether somebody still waits for it; work that nobody waits for is left out.
    fn is_wanted(&self) -> bool;
    /// Hands it over, on the encoder's thread.
    fn send(self, answer: Result<T, EngineError>);
}

#[derive(Default)]
struct Queues {
    queries: VecDeque<Job>,
    passages: VecDeque<Job>,
    closed: bool,
}

struct Shared {
    queues: Mutex<Queues>,
    arrived: Condvar,
}

/// A handle on the thread; the thread ends with it.
pub struct EncoderWorker {
    encoder: Arc<Encoder>,
    shared: Arc<Shared>,
}

impl EncoderWorker {
    /// Starts the thread.
    pub fn start(encoder: Encoder) -> Result<EncoderWorker, EngineError> {
        let encoder = Arc::new(encoder);
        let shared = Arc::new(Shared { queues: Mutex::default(), arrived: Condvar::new() });
        let (own, model) = (shared.clone(), encoder.clone());
        std::thread::Builder::new().name("encoder".to_owned()).spawn(move || {
            while let Some(job) = next(&own) {
                // A job that panics drops its answer, which whoever waits sees; the thread goes on. The encoder is only read, so it stays whole.
                if std::panic::catch_unwind(AssertUnwindSafe(|| job(&model))).is_err() {
                    tracing::error!("the encoder panicked; it goes on with the next job");
                }
            }
        })?;
        Ok(EncoderWorker { encoder, shared })
    }

    /// The encoder's name, dimension, fingerprint.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Encodes texts.
    pub fn encode(&self, urgency: Urgency, texts: Vec<String>, reply: impl Reply<Vec<Vec<f32>>>) -> Result<(), Busy> {
        self.enqueue(urgency, reply, move |encoder| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            encoder.encode(&texts).map_err(EngineError::from)
        })
    }

    /// Encodes texts token by token.
    pub fn encode_tokens(&self, texts: Vec<String>, reply: impl Reply<Vec<TokenStates>>) -> Result<(), Busy> {
        self.enqueue(Urgency::Query, reply, move |encoder| {
            texts.iter().map(|text| Ok(encoder.encode_tokens(text)?)).collect()
        })
    }

    fn enqueue<T: 'static>(
        &self,
        urgency: Urgency,
        reply: impl Reply<T>,
        work: impl FnOnce(&Encoder) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<(), Busy> {
        let job: Job = Box::new(move |encoder| {
            if reply.is_wanted() {
                reply.send(work(encoder));
            }
        });
        let mut queues = self.shared.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let (queue, most) = match urgency {
            Urgency::Query => (&mut queues.queries, QUERIES),
            Urgency::Passages => (&mut queues.passages, PASSAGES),
        };
        if queue.len() >= most {
            return Err(Busy);
        }
        queue.push_back(job);
        self.shared.arrived.notify_one();
        Ok(())
    }
}

impl Drop for EncoderWorker {
    fn drop(&mut self) {
        self.shared.queues.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.arrived.notify_one();
    }
}

fn next(shared: &Shared) -> Option<Job> {
    let mut queues = shared.queues.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let job = queues.queries.pop_front();
        if let Some(job) = job.or_else(|| queues.passages.pop_front()) {
            return Some(job);
        }
        if queues.closed {
            return None;
        }
        queues = shared.arrived.wait(queues).unwrap_or_else(PoisonError::into_inner);
    }
}
