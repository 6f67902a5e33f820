//! The encoder on a thread of its own, behind bounded queues: a query goes before a passage, and overload is an answer, not a wait.

use std::collections::VecDeque;
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
                job(&model);
            }
        })?;
        Ok(EncoderWorker { encoder, shared })
    }

    /// The encoder's name, dimension, fingerprint.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Encodes texts; `answer` is called on the encoder's thread.
    pub fn encode(
        &self,
        urgency: Urgency,
        texts: Vec<String>,
        answer: impl FnOnce(Result<Vec<Vec<f32>>, EngineError>) + Send + 'static,
    ) -> Result<(), Busy> {
        self.enqueue(
            urgency,
            Box::new(move |encoder| {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                answer(encoder.encode(&texts).map_err(EngineError::from));
            }),
        )
    }

    /// Encodes texts token by token.
    pub fn encode_tokens(
        &self,
        texts: Vec<String>,
        answer: impl FnOnce(Result<Vec<TokenStates>, EngineError>) + Send + 'static,
    ) -> Result<(), Busy> {
        self.enqueue(
            Urgency::Query,
            Box::new(move |encoder| {
                answer(texts.iter().map(|text| Ok(encoder.encode_tokens(text)?)).collect());
            }),
        )
    }

    fn enqueue(&self, urgency: Urgency, job: Job) -> Result<(), Busy> {
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
