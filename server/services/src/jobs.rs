//! Jobs: long work in a queue. Here is what people and programs do with them; `worker` does the work.

mod kinds;
mod record;
mod run;
mod worker;

use std::path::{Path, PathBuf};
use std::time::Duration;

use alluvium_domain::job::{OfCatalogue, limits};
use alluvium_domain::{Action, Actor, Issue, Job, JobEvent, JobId, JobKind, JobOrder, JobState, Problem, ProblemKind};
use alluvium_store::{
    Heard, JobQuery, Topic, audit_add_in_txn, job_again_in_txn, job_cancel_in_txn, job_insert_in_txn,
    job_open_count_in_txn,
};
use serde_json::json;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use crate::error::internal;
use crate::{ServiceError, Services, ServicesConfig};

pub use worker::WorkerSettings;

/// Most jobs of a page.
const MOST_LISTED: usize = 100;
/// Events that are read at once.
const PORTION: i64 = 500;
/// News that a follower may fall behind before it asks the database anyway.
const HEARD: usize = 256;
/// Nothing heard for so long: asked anyway, because news are lost while a listener reconnects.
const ASK_ANYWAY: Duration = Duration::from_secs(5);

/// What the process knows of jobs.
pub(crate) struct Jobs {
    /// Where files for jobs are.
    files: PathBuf,
    /// Where unfinished work is kept.
    kept: PathBuf,
    /// Where vectors of products are kept.
    vectors: PathBuf,
    /// News of jobs, whoever made them.
    heard: broadcast::Sender<Heard>,
    listening: std::sync::Once,
    /// True once the process ends: streams do.
    closing: watch::Sender<bool>,
}

impl Jobs {
    pub(crate) fn new(config: &ServicesConfig) -> Jobs {
        Jobs {
            files: config.data_dir.join("files"),
            kept: config.data_dir.join("jobs"),
            vectors: config.data_dir.join("product-vectors"),
            heard: broadcast::Sender::new(HEARD),
            listening: std::sync::Once::new(),
            closing: watch::Sender::new(false),
        }
    }

    fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }
}

/// Which jobs.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobFilter {
    /// Only of this kind.
    pub kind: Option<JobKind>,
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only older ones than this.
    pub before: Option<JobId>,
    /// Most jobs.
    pub limit: usize,
}

impl Services {
    /// Puts a job into the queue. What waits or runs already is not asked for twice.
    pub async fn job_start(&self, actor: &Actor, order: JobOrder) -> Result<Job, Problem> {
        actor.may(order.kind().needs())?;
        let order = order.checked()?;
        self.job_check(&order).await?;
        self.job_add(actor, order).await
    }

    /// Whether what the order names is there.
    async fn job_check(&self, order: &JobOrder) -> Result<(), Problem> {
        match order {
            JobOrder::TrainRecommend(order) => self.job_check_catalogue(&order.catalogue).await,
            JobOrder::CheckExplanations(order) => self.job_check_catalogue(&order.catalogue).await,
            JobOrder::EvaluateProducts(order) => self.job_check_file("folder", &order.folder, Path::is_dir),
            JobOrder::EvaluateEncoder(order) => {
                self.encoder_base(order.base).await?;
                self.job_check_file("folder", &order.folder, Path::is_dir)
            }
            JobOrder::TrainEncoder(order) => {
                self.encoder_base(order.base).await?;
                match order.catalogue.as_str() {
                    "" => self.job_check_file("folder", &order.folder, Path::is_dir),
                    catalogue => self.job_check_catalogue(catalogue).await,
                }
            }
            JobOrder::PretrainEncoder(order) => {
                self.encoder_base(order.base).await?;
                match order.catalogue.as_str() {
                    "" => Ok(()),
                    catalogue => self.job_check_catalogue(catalogue).await,
                }
            }
            JobOrder::EvaluateSearch(order) if !order.file.is_empty() => {
                self.job_check_file("file", &order.file, Path::is_file)
            }
            JobOrder::Import(order) => self.job_check_file("file", &order.file, Path::exists),
            JobOrder::EvaluateSearch(_) | JobOrder::Reindex => Ok(()),
            JobOrder::Unreadable(order) => Err(order.problem()),
        }
    }

    async fn job_check_catalogue(&self, slug: &str) -> Result<(), Problem> {
        match self.catalogue_by_slug(slug).await {
            Err(problem) if problem.kind == ProblemKind::NotFound => {
                Err(Problem::field("catalogue", Issue::Unknown { value: slug.to_owned() }))
            }
            other => other.map(drop),
        }
    }

    fn job_check_file(&self, field: &'static str, name: &str, there: fn(&Path) -> bool) -> Result<(), Problem> {
        let fine = there(&self.inner.jobs.files.join(name));
        if fine { Ok(()) } else { Err(Problem::field(field, Issue::Unknown { value: name.to_owned() })) }
    }

    async fn job_add(&self, actor: &Actor, order: JobOrder) -> Result<Job, Problem> {
        let id = JobId(Uuid::now_v7());
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let (open, same) = job_open_count_in_txn(&mut txn, &order).await.map_err(internal)?;
        if same > 0 {
            return Err(Problem::taken("kind", order.name()));
        }
        if open >= limits::OPEN {
            return Err(Problem::new(ProblemKind::Overloaded));
        }
        job_insert_in_txn(&mut txn, id, &order, limits::ATTEMPTS, actor.user_id()).await.map_err(internal)?;
        let subject = format!("job/{id}");
        audit_add_in_txn(&mut txn, actor.user_id(), "job.start", &subject, json!(order)).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.job_get(id).await
    }

    /// Puts the training of each recommendation model that is missing into the queue; the program asks for it itself.
    pub async fn jobs_add_missing(&self) -> Result<(), ServiceError> {
        for catalogue in self.recommend_missing().await? {
            tracing::info!("the recommendation model of {catalogue} is missing: its training is put into the queue");
            self.training_add(catalogue).await?;
        }
        Ok(())
    }

    /// Puts the training of a catalogue's recommendation model into the queue, asked for by the program; false where it waits or runs already.
    pub(crate) async fn training_add(&self, catalogue: String) -> Result<bool, Problem> {
        let order = JobOrder::TrainRecommend(OfCatalogue { catalogue });
        match self.job_add(&Actor::anonymous(false), order).await {
            Ok(_) => Ok(true),
            Err(problem) if problem.kind == ProblemKind::Conflict => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    /// Jobs, newest first.
    pub async fn job_list(&self, actor: &Actor, filter: &JobFilter) -> Result<Vec<Job>, Problem> {
        actor.may(Action::RunJobs)?;
        let JobFilter { kind, state, before, limit } = *filter;
        let limit = i64::try_from(limit.min(MOST_LISTED)).unwrap_or(i64::MAX);
        self.inner.store.job_list(&JobQuery { kind, state, before, limit }).await.map_err(internal)
    }

    /// A job.
    pub async fn job(&self, actor: &Actor, id: JobId) -> Result<Job, Problem> {
        actor.may(Action::RunJobs)?;
        self.job_get(id).await
    }

    async fn job_get(&self, id: JobId) -> Result<Job, Problem> {
        self.inner.store.job_by_id(id).await.map_err(internal)?.ok_or_else(Problem::not_found)
    }

    /// What a job said after event number `after`, in order, a portion.
    pub async fn job_events(&self, actor: &Actor, id: JobId, after: i64) -> Result<Vec<JobEvent>, Problem> {
        actor.may(Action::RunJobs)?;
        self.inner.store.job_events(id, after, PORTION).await.map_err(internal)
    }

    /// Everything that a job has said so far, in order.
    pub async fn job_events_all(&self, actor: &Actor, id: JobId) -> Result<Vec<JobEvent>, Problem> {
        let mut all: Vec<JobEvent> = Vec::new();
        loop {
            let more = self.job_events(actor, id, all.last().map_or(0, |event| event.id)).await?;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
        }
    }

    /// Asks for the end of a job: at once where it waits, as soon as its worker hears of it where it runs.
    pub async fn job_cancel(&self, actor: &Actor, id: JobId) -> Result<Job, Problem> {
        let job = self.job(actor, id).await?;
        actor.may_control_job(job.by)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if job_cancel_in_txn(&mut txn, id).await.map_err(internal)?.is_none() {
            return Err(Problem::new(ProblemKind::Conflict));
        }
        let subject = format!("job/{id}");
        audit_add_in_txn(&mut txn, actor.user_id(), "job.cancel", &subject, json!({})).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.job_get(id).await
    }

    /// Has a job that failed or was stopped tried again, from its checkpoint.
    pub async fn job_again(&self, actor: &Actor, id: JobId) -> Result<Job, Problem> {
        let job = self.job(actor, id).await?;
        actor.may_control_job(job.by)?;
        actor.may(job.order.kind().needs())?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let (_, same) = job_open_count_in_txn(&mut txn, &job.order).await.map_err(internal)?;
        if same > 0 || !job_again_in_txn(&mut txn, id, limits::ATTEMPTS).await.map_err(internal)? {
            return Err(Problem::new(ProblemKind::Conflict));
        }
        let subject = format!("job/{id}");
        audit_add_in_txn(&mut txn, actor.user_id(), "job.retry", &subject, json!({})).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.job_get(id).await
    }

    /// News of jobs from now on.
    pub fn jobs_follow(&self) -> JobNewsFeed {
        let jobs = &self.inner.jobs;
        let feed = JobNewsFeed { heard: jobs.heard.subscribe(), closing: jobs.closing.subscribe() };
        jobs.listening.call_once(|| {
            self.listen(Topic::Jobs, |services, heard| {
                // Nobody may follow any job just now.
                let _ = services.inner.jobs.heard.send(heard);
                std::future::ready(())
            });
        });
        feed
    }

    /// Ends the streams of those who follow jobs, and the worker: the process is about to end.
    pub fn jobs_close(&self) {
        self.inner.jobs.closing.send_replace(true);
    }
}

/// News of jobs as they come.
pub struct JobNewsFeed {
    heard: broadcast::Receiver<Heard>,
    closing: watch::Receiver<bool>,
}

impl JobNewsFeed {
    /// Waits until this job may have said something more; false where the process is about to end.
    pub async fn of_job(&mut self, id: JobId) -> bool {
        self.until(|news| *news == Heard::Job(id), ASK_ANYWAY).await
    }

    /// Waits until the queue may have a job, or for so long; false where the process is about to end.
    async fn queued(&mut self, longest: Duration) -> bool {
        self.until(|news| *news == Heard::Queued, longest).await
    }

    async fn until(&mut self, wanted: impl Fn(&Heard) -> bool, longest: Duration) -> bool {
        let JobNewsFeed { heard, closing } = self;
        let heard = async {
            loop {
                match heard.recv().await {
                    Ok(news) if wanted(&news) => return,
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            _ = tokio::time::timeout(longest, heard) => true,
            _ = closing.wait_for(|closing| *closing) => false,
        }
    }
}
