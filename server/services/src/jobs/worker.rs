//! A worker: takes jobs one after the other, says that it is there, keeps what they say, and writes how they ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use alluvium_domain::{JobKind, JobNews, JobState, Problem, ProblemKind};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::EncoderError;
use alluvium_engine::recommend::RecommendError;
use alluvium_store::{JobClaim, JobEnd, JobSaid};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};

use super::kinds;
use super::run::{Run, Told, Voice};
use crate::error::Chain;
use crate::tracking::Recording;
use crate::{ServiceError, Services};

/// How often what a job says is written.
const FLUSH: Duration = Duration::from_millis(200);
/// The longest between two signs of life; with them comes whether somebody asked for the end of the job.
const BEAT: Duration = Duration::from_secs(2);
/// Work that was told to stop because the process ends has so long before the job is given back under it.
const GRACE: Duration = Duration::from_secs(3);
/// The longest wait between two attempts.
const LONGEST_DELAY: f64 = 600.0;
/// How often the end of a job is tried to be written.
const END_TRIES: u32 = 5;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Its name: host and process.
    pub name: String,
    /// One core, and only what others leave.
    pub quiet: bool,
    /// Whether it is part of the process that serves.
    pub serving: bool,
    /// A worker that was not heard of for so long has lost its job; it says that it is there at least five times as often.
    pub silence: Duration,
    /// The wait before the second attempt; each further one is twice as long.
    pub backoff: Duration,
}

impl WorkerSettings {
    /// The usual ones.
    pub fn new(name: impl Into<String>) -> WorkerSettings {
        WorkerSettings {
            name: name.into(),
            quiet: false,
            serving: false,
            silence: Duration::from_secs(30),
            backoff: Duration::from_secs(10),
        }
    }

    pub(super) fn kinds(&self) -> Vec<JobKind> {
        JobKind::ALL.iter().copied().filter(|kind| self.serving || !kind.needs_server()).collect()
    }
}

/// Why work was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Somebody asked for the end of the job.
    Cancelled,
    /// The process ends.
    Closing,
    /// Another worker has the job.
    Lost,
}

impl Services {
    /// Works until [`Services::jobs_close`]: takes jobs, one at a time. An interrupted one is given back.
    pub async fn jobs_work(&self, settings: WorkerSettings) {
        let mut feed = self.jobs_follow();
        tracing::info!("worker {} takes jobs", settings.name);
        while !self.inner.jobs.is_closing() {
            match self.job_take(&settings).await {
                Ok(Some(claim)) => Attempt::new(self.clone(), &settings, claim).run().await,
                Ok(None) => {
                    // Also wakes now and then for jobs that are due again or whose worker is silent.
                    let longest = settings.silence.min(settings.backoff).min(Duration::from_secs(2));
                    if !feed.queued(longest).await {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "cannot take a job");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

/// An attempt at a job by this worker.
struct Attempt<'a> {
    services: Services,
    settings: &'a WorkerSettings,
    claim: JobClaim,
    voice: Voice,
    told: mpsc::UnboundedReceiver<Told>,
    /// Said and not yet written.
    waiting: Vec<JobNews>,
    checkpoint: Option<Value>,
    recording: Recording,
    /// Metrics of which this attempt has recorded something: what an earlier one recorded from there on is gone.
    own: BTreeSet<String>,
    why: Option<Why>,
    /// When the database last said that the job is ours.
    ours: Instant,
}

impl<'a> Attempt<'a> {
    fn new(services: Services, settings: &'a WorkerSettings, claim: JobClaim) -> Attempt<'a> {
        let (send, told) = mpsc::unbounded_channel();
        let voice = Voice::new(send);
        let mut waiting = Vec::new();
        if claim.order.kind().is_run() && claim.run.is_none() {
            let text = format!("no run is recorded: the experiment {:?} is deleted", claim.order.name());
            waiting.push(JobNews::Log { text });
        }
        Attempt {
            services,
            settings,
            claim,
            voice,
            told,
            waiting,
            checkpoint: None,
            recording: Recording::default(),
            own: BTreeSet::new(),
            why: None,
            ours: Instant::now(),
        }
    }

    async fn run(mut self) {
        let JobClaim { id, attempt, .. } = self.claim;
        tracing::info!("job {id} ({}), attempt {attempt}, begins", self.claim.order.kind());
        let mut work = self.begin();
        let mut flush = tokio::time::interval(FLUSH);
        let mut beat = tokio::time::interval((self.settings.silence / 5).min(BEAT));
        let mut told_at = None;
        let done = loop {
            tokio::select! {
                done = &mut work => break Some(done),
                _ = flush.tick() => {
                    self.collect();
                    self.write().await;
                    if self.services.inner.jobs.is_closing() {
                        self.tell(Why::Closing);
                    }
                }
                _ = beat.tick() => self.beat().await,
            }
            if self.why.is_some_and(|why| why != Why::Cancelled) {
                // Whoever does not hear is left behind: what it would write is not taken any more.
                if told_at.get_or_insert_with(Instant::now).elapsed() > GRACE {
                    work.abort();
                    break None;
                }
            }
        };
        self.collect();
        self.write().await;
        self.end(done).await;
    }

    fn begin(&self) -> JoinHandle<Result<Value, ServiceError>> {
        let jobs = &self.services.inner.jobs;
        let run = Run {
            voice: self.voice.clone(),
            run: self.claim.run,
            by: self.claim.by,
            quiet: self.settings.quiet,
            checkpoint: self.claim.checkpoint.clone(),
            kept: jobs.kept.join(self.claim.id.to_string()),
            files: jobs.files.clone(),
        };
        tokio::spawn(kinds::run(self.services.clone(), run, self.claim.order.clone()))
    }

    fn tell(&mut self, why: Why) {
        // A lost job is lost whatever else is the matter.
        if self.why.is_none() || why == Why::Lost {
            self.why = Some(why);
        }
        self.voice.stop().store(true, Ordering::Relaxed);
    }

    fn collect(&mut self) {
        while let Ok(told) = self.told.try_recv() {
            match told {
                Told::News(news) => self.waiting.push(news),
                Told::Checkpoint(value) => self.checkpoint = Some(value),
                Told::Metric(metric) => self.recording.metrics.push(metric),
                Told::Param(param) => self.recording.params.push(param),
                Told::Tag(tag) => self.recording.tags.push(tag),
                Told::Dataset(set) => self.recording.datasets.push(set),
            }
        }
    }

    /// Writes what was said. Where the database does not answer, it waits for the next time.
    async fn write(&mut self) {
        let nothing = self.waiting.is_empty() && self.checkpoint.is_none() && self.recording.is_empty();
        if self.why == Some(Why::Lost) || nothing {
            return;
        }
        let last = self.waiting.iter().rposition(|news| matches!(news, JobNews::Progress { .. }));
        let mut place = 0;
        // Of several steps only the last is news.
        self.waiting.retain(|news| {
            place += 1;
            !matches!(news, JobNews::Progress { .. }) || Some(place - 1) == last
        });
        let progress = self.waiting.iter().find_map(|news| match news {
            #[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1 for a bar")]
            JobNews::Progress { done, of } if *of > 0.0 => Some((done / of).clamp(0.0, 1.0) as f32),
            _ => None,
        });
        let said = JobSaid { news: &self.waiting, progress, checkpoint: self.checkpoint.as_ref() };
        // The first step of each metric that this attempt has not spoken of.
        let mut again: BTreeMap<&str, i64> = BTreeMap::new();
        for metric in self.recording.metrics.iter().filter(|metric| !self.own.contains(&metric.key)) {
            let first = again.entry(&metric.key).or_insert(metric.step);
            *first = metric.step.min(*first);
        }
        let again: Vec<(&str, i64)> = again.into_iter().collect();
        match self.services.job_say(&self.claim, &said, &self.recording, &again).await {
            Ok(ours) => {
                self.own.extend(again.into_iter().map(|(key, _)| key.to_owned()));
                self.waiting.clear();
                self.checkpoint = None;
                self.recording = Recording::default();
                self.heard(ours);
            }
            Err(error) => self.not_heard(&error),
        }
    }

    async fn beat(&mut self) {
        match self.services.inner.store.job_heartbeat(self.claim.id, self.claim.attempt).await {
            Ok(Some(cancel)) => {
                self.heard(true);
                if cancel {
                    self.tell(Why::Cancelled);
                }
            }
            Ok(None) => self.heard(false),
            Err(error) => self.not_heard(&error.into()),
        }
    }

    fn heard(&mut self, ours: bool) {
        if ours {
            self.ours = Instant::now();
        } else {
            self.tell(Why::Lost);
        }
    }

    /// The database does not answer: after a while another worker may have the job.
    fn not_heard(&mut self, error: &ServiceError) {
        tracing::warn!(error = %Chain(error), "cannot write what job {} says", self.claim.id);
        if self.ours.elapsed() > self.settings.silence {
            self.tell(Why::Lost);
        }
    }

    async fn end(&mut self, done: Option<Result<Result<Value, ServiceError>, JoinError>>) {
        let JobClaim { id, attempt, .. } = self.claim;
        if self.why == Some(Why::Lost) {
            tracing::warn!("job {id}, attempt {attempt}, was lost to another worker");
            return;
        }
        let end = match done {
            Some(Ok(Ok(result))) => JobEnd::Succeeded(result),
            Some(Ok(Err(error))) if is_cancelled(&error) && self.voice.is_stopped() => match self.why {
                Some(Why::Cancelled) => JobEnd::Cancelled,
                _ => JobEnd::Released,
            },
            Some(Ok(Err(error))) => {
                self.waiting.push(JobNews::Log { text: Chain(&error).to_string() });
                self.write().await;
                self.failed(&error)
            }
            Some(Err(panic)) => {
                tracing::error!(%panic, "job {id} panicked");
                self.later(Problem::internal())
            }
            None => JobEnd::Released,
        };
        for attempt_at_end in 1..=END_TRIES {
            // What could not be written before: measures belong to the end.
            self.write().await;
            match self.services.inner.store.job_end(id, attempt, &end).await {
                Ok(Some(state)) => {
                    tracing::info!("job {id}, attempt {attempt}: {state}");
                    // What failed or was stopped may be tried again.
                    if state == JobState::Succeeded {
                        self.forget().await;
                    }
                    return;
                }
                Ok(None) => return tracing::warn!("job {id}, attempt {attempt}, was lost to another worker"),
                Err(error) => {
                    tracing::warn!(%error, "cannot write the end of job {id}");
                    tokio::time::sleep(Duration::from_secs(1) * attempt_at_end).await;
                }
            }
        }
    }

    /// What went wrong as people read it, and whether it is worth another attempt.
    fn failed(&self, error: &ServiceError) -> JobEnd {
        let id = self.claim.id;
        tracing::warn!(error = ?error, "job {id} failed");
        let problem = match error {
            ServiceError::Problem(problem) => problem.clone(),
            _ => Problem::new(ProblemKind::Internal),
        };
        match problem.kind {
            ProblemKind::Internal | ProblemKind::Unavailable | ProblemKind::Overloaded => self.later(problem),
            _ => JobEnd::Failed(problem),
        }
    }

    fn later(&self, problem: Problem) -> JobEnd {
        let doubled = 2_f64.powi((self.claim.attempt - 1).clamp(0, 20));
        JobEnd::Later(problem, (self.settings.backoff.as_secs_f64() * doubled).min(LONGEST_DELAY))
    }

    /// Removes what a later attempt would have gone on from.
    async fn forget(&self) {
        let folder = self.services.inner.jobs.kept.join(self.claim.id.to_string());
        if let Err(error) = tokio::fs::remove_dir_all(&folder).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "cannot remove {}", folder.display());
        }
    }
}

fn is_cancelled(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::Cancelled
            | ServiceError::Engine(
                EngineError::Recommend(RecommendError::Cancelled) | EngineError::Encoder(EncoderError::Cancelled)
            )
    )
}
