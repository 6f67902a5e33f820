//! Jobs: started, stopped, tried again.

use alluvium_domain::job::{
    CheckExplanations, EvaluateEncoder, EvaluateProducts, EvaluateSearch, ImportOrder, OfCatalogue, PretrainEncoder,
    TrainEncoder,
};
use alluvium_domain::{Issue, Job, JobId, JobKind, JobOrder, Problem, ProblemKind, fold};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::pages::admin::{job, job_new};
use crate::visit::Visit;

/// A job as typed: the fields of all kinds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct JobForm {
    pub(crate) kind: String,
    pub(crate) catalogue: String,
    pub(crate) folder: String,
    pub(crate) folds: String,
    pub(crate) repeats: String,
    pub(crate) base: String,
    pub(crate) lora: String,
    pub(crate) epochs: String,
    pub(crate) file: String,
    pub(crate) recommendations: String,
    pub(crate) format: String,
    pub(crate) source: String,
    pub(crate) currency: String,
}

impl JobForm {
    /// An empty form of a kind, with the usual numbers.
    pub(crate) fn new(kind: JobKind) -> JobForm {
        JobForm {
            kind: kind.code().to_owned(),
            folds: "5".into(),
            repeats: "5".into(),
            base: "0".into(),
            // All weights take part in pretraining; fine-tuning on few pairs does with less.
            lora: if kind == JobKind::PretrainEncoder { "0" } else { "8" }.into(),
            epochs: "3".into(),
            recommendations: "1000".into(),
            currency: "CNY".into(),
            ..JobForm::default()
        }
    }

    pub(crate) fn kind(&self) -> Result<JobKind, Problem> {
        self.kind.parse().map_err(|()| Problem::field("kind", Issue::Unknown { value: self.kind.clone() }))
    }

    // 0 is a rank and a version, so that what is no number must be outside in another way.
    fn lora(&self) -> u16 {
        whole(&self.lora).unwrap_or(u16::MAX)
    }

    fn base(&self) -> i32 {
        match self.base.trim() {
            "" => 0,
            base => whole(base).unwrap_or(-1),
        }
    }

    fn order(&self) -> Result<JobOrder, Problem> {
        let catalogue = self.catalogue.clone();
        // What is no number is outside every range, and the check says which range.
        let number = |text: &str| whole(text).unwrap_or(0);
        Ok(match self.kind()? {
            JobKind::TrainRecommend => JobOrder::TrainRecommend(OfCatalogue { catalogue }),
            JobKind::TrainEncoder => JobOrder::TrainEncoder(TrainEncoder {
                folder: self.folder.clone(),
                catalogue,
                base: self.base(),
                lora: self.lora(),
                epochs: number(&self.epochs),
            }),
            JobKind::PretrainEncoder => JobOrder::PretrainEncoder(PretrainEncoder {
                catalogue,
                base: self.base(),
                lora: self.lora(),
                epochs: number(&self.epochs),
            }),
            JobKind::EvaluateProducts => JobOrder::EvaluateProducts(EvaluateProducts {
                folder: self.folder.clone(),
                folds: number(&self.folds),
                repeats: number(&self.repeats),
            }),
            JobKind::EvaluateEncoder => JobOrder::EvaluateEncoder(EvaluateEncoder {
                folder: self.folder.clone(),
                base: self.base(),
                lora: self.lora(),
                epochs: number(&self.epochs),
                folds: number(&self.folds),
            }),
            JobKind::EvaluateSearch => JobOrder::EvaluateSearch(EvaluateSearch { file: self.file.clone() }),
            JobKind::CheckExplanations => {
                let recommendations = whole(&self.recommendations).unwrap_or(0);
                JobOrder::CheckExplanations(CheckExplanations { catalogue, recommendations })
            }
            JobKind::Import => {
                let unknown = |()| Problem::field("format", Issue::Unknown { value: self.format.clone() });
                JobOrder::Import(ImportOrder {
                    format: self.format.parse().map_err(unknown)?,
                    file: self.file.clone(),
                    catalogue,
                    source: self.source.clone(),
                    currency: self.currency.clone(),
                })
            }
            JobKind::Reindex => JobOrder::Reindex,
        })
    }
}

/// `POST /admin/jobs`
pub(crate) async fn start(visit: Visit, Form(form): Form<JobForm>) -> Response {
    let started = match form.order() {
        Ok(order) => visit.services.job_start(&visit.actor, order).await,
        Err(problem) => Err(problem),
    };
    match started {
        Err(problem) if matches!(problem.kind, ProblemKind::Invalid | ProblemKind::Conflict) => {
            job_new::answer(&visit, form, Some(problem)).await
        }
        other => to_job(&visit, other),
    }
}

/// `POST /admin/jobs/{id}/cancel`
pub(crate) async fn cancel(visit: Visit, Path(id): Path<Uuid>) -> Response {
    let done = visit.services.job_cancel(&visit.actor, JobId(id)).await;
    to_job(&visit, done)
}

/// `POST /admin/jobs/{id}/retry`
pub(crate) async fn retry(visit: Visit, Path(id): Path<Uuid>) -> Response {
    let done = visit.services.job_again(&visit.actor, JobId(id)).await;
    to_job(&visit, done)
}

fn to_job(visit: &Visit, done: Result<Job, Problem>) -> Response {
    match done {
        Ok(done) => Redirect::to(&job::url(done.id)).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}

/// A whole number as people type it; none for what is none, or is too large.
fn whole<T: TryFrom<i64>>(text: &str) -> Option<T> {
    fold::whole(text)?.try_into().ok()
}
