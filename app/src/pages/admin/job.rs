//! One job: how it stands, its curves, its log, its result.

use alluvium_domain::tracking::RunId;
use alluvium_domain::{Job, JobEvent, JobId, JobState, Problem};
use axum::extract::Path;
use axum::response::Response;
use leptos::prelude::*;
use uuid::Uuid;

use super::jobs::duration;
use crate::components::callout::{Notice, Tone};
use crate::components::entry::Moment;
use crate::document::{Document, Section};
use crate::i18n::{common as tc, jobs as t};
use crate::islands::job::{JobLive, JobSeen};
use crate::pages::runs::run_url;
use crate::visit::Visit;

/// Where a job is.
pub(crate) fn url(id: JobId) -> String {
    format!("/admin/jobs/{id}")
}

/// The end of its id, which differs most.
fn short_id(id: RunId) -> String {
    id.to_string().split_off(24)
}

/// `GET /admin/jobs/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<Uuid>) -> Response {
    let document = document(&visit, JobId(id)).await;
    visit.answer(document)
}

async fn document(visit: &Visit, id: JobId) -> Result<Document, Problem> {
    // The events first: what they leave out the browser asks for.
    let events = visit.services.job_events_all(&visit.actor, id).await?;
    let job = visit.services.job(&visit.actor, id).await?;
    let lang = visit.lang;
    let title = t::kind(job.order.kind()).of(lang);
    let document = Document::new(title, Section::Other, move || view! { <Page job events /> });
    Ok(document.private())
}

#[component]
fn Page(job: Job, events: Vec<JobEvent>) -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let mut seen = JobSeen::new(job.id.to_string(), job.state, f64::from(job.progress));
    events.iter().for_each(|event| seen.hear(event, lang));
    // The row is the newer one.
    (seen.state, seen.progress) = (job.state, f64::from(job.progress));
    let controls = visit.actor.may_control_job(job.by).is_ok();
    let heading = match job.order.subject() {
        "" => t::kind(job.order.kind()).of(lang).to_owned(),
        subject => format!("{}{}{subject}", t::kind(job.order.kind()).of(lang), lang.pick("：", ": ")),
    };
    view! {
        <div class="wrap">
            <p>
                <a href="/admin/jobs">{t::JOBS.of(lang)}</a>
            </p>
            <div class="page-head">
                <h1>{heading}</h1>
                {(!job.state.is_final())
                    .then(|| {
                        view! { <a class="button page-head__action" href=url(job.id)>{t::RELOAD.of(lang)}</a> }
                    })}
            </div>
            <Why job=job.clone() />
            <Facts job=job.clone() />
            {controls.then(|| view! { <Controls job=job.clone() /> })}
            {job.result.as_ref().map(|result| view! { <ResultOf result=result.clone() /> })}
            <JobLive lang seen />
        </div>
    }
}

/// Why it failed, or that it is asked to stop.
#[component]
fn Why(job: Job) -> impl IntoView {
    let lang = crate::visit::lang();
    let stopping = job.cancel && !job.state.is_final();
    let words = job.problem.as_ref().map(|problem| match problem.detail(lang) {
        detail if detail.is_empty() => problem.title(lang).to_owned(),
        detail => format!("{}{}{detail}", problem.title(lang), lang.pick("：", ": ")),
    });
    view! {
        {stopping.then(|| view! { <Notice tone=Tone::Info>{t::STOPPING.of(lang)}</Notice> })}
        {words
            .map(|words| {
                let (tone, what) = match job.state {
                    JobState::Failed => (Tone::Bad, t::WHY_FAILED),
                    _ => (Tone::Warning, t::WILL_RETRY),
                };
                view! { <Notice tone>{what.of(lang)} " " {words}</Notice> }
            })}
    }
}

#[component]
fn Facts(job: Job) -> impl IntoView {
    let lang = crate::visit::lang();
    let by = job.by_name.clone().unwrap_or_else(|| t::PROGRAM.of(lang).to_owned());
    let facts = [
        (t::BY, by),
        (t::ATTEMPT, t::attempt(job.attempt, job.attempts, lang)),
        (t::WORKER, job.worker.clone().unwrap_or_else(|| "–".to_owned())),
        (t::DURATION, duration(&job, lang)),
    ];
    let facts = facts
        .into_iter()
        .map(|(label, value)| {
            view! {
                <div class="stat">
                    <dt>{label.of(lang)}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <dl class="stats">
            {facts} <div class="stat">
                <dt>{t::CREATED.of(lang)}</dt>
                <dd class="num">
                    <Moment at=job.created_at />
                </dd>
            </div>
            {job.run
                .map(|run| {
                    view! {
                        <div class="stat">
                            <dt>{t::RUN.of(lang)}</dt>
                            <dd>
                                <a href=run_url(run)>
                                    <code>{short_id(run)}</code>
                                </a>
                            </dd>
                        </div>
                    }
                })}
        </dl>
    }
}

#[component]
fn Controls(job: Job) -> impl IntoView {
    let lang = crate::visit::lang();
    match job.state {
        JobState::Queued | JobState::Running => (!job.cancel)
            .then(|| {
                view! {
                    <form class="inline-form" method="post" action=format!("{}/cancel", url(job.id))>
                        <button class="button">{t::CANCEL.of(lang)}</button>
                    </form>
                }
            })
            .into_any(),
        JobState::Failed | JobState::Cancelled => view! {
            <form class="inline-form" method="post" action=format!("{}/retry", url(job.id))>
                <button class="button">{tc::TRY_AGAIN.of(lang)}</button>
                <span class="muted small">{t::RETRY_HINT.of(lang)}</span>
            </form>
        }
        .into_any(),
        JobState::Succeeded => ().into_any(),
    }
}

/// What came of it, as the API gives it.
#[component]
fn ResultOf(result: serde_json::Value) -> impl IntoView {
    let lang = crate::visit::lang();
    let text = serde_json::to_string_pretty(&result).unwrap_or_default();
    view! {
        <section aria-labelledby="result">
            <h2 id="result">{t::RESULT.of(lang)}</h2>
            <pre class="job-result" tabindex="0" aria-labelledby="result">
                <code>{text}</code>
            </pre>
        </section>
    }
}
