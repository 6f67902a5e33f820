//! The queue of jobs.

use alluvium_domain::{Job, JobId, JobKind, JobState, Problem, with_query};
use alluvium_services::JobFilter;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{job, job_new};
use crate::components::callout::Empty;
use crate::components::entry::Moment;
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section};
use crate::i18n::common as tc;
use crate::i18n::{format, jobs as t};
use crate::visit::Visit;

const PER_PAGE: usize = 50;

/// Which jobs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    kind: String,
    state: String,
    before: Option<Uuid>,
}

/// `GET /admin/jobs`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let document = document(&visit, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, params: Params) -> Result<Document, Problem> {
    let filter = JobFilter {
        kind: params.kind.parse().ok(),
        state: params.state.parse().ok(),
        before: params.before.map(JobId),
        limit: PER_PAGE,
    };
    let jobs = visit.services.job_list(&visit.actor, &filter).await?;
    let lang = visit.lang;
    let document = Document::new(t::JOBS.of(lang), Section::Other, move || {
        let older = (jobs.len() == PER_PAGE).then(|| jobs.last().map(|job| job.id)).flatten();
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{t::JOBS.of(lang)}</h1>
                    <a class="button page-head__action" href="/admin/jobs">{t::RELOAD.of(lang)}</a>
                </div>
                <p class="lead">{t::LEAD.of(lang)}</p>
                <Starters />
                <Filters kind=filter.kind state=filter.state />
                {if jobs.is_empty() {
                    view! { <Empty title=t::NONE.of(lang) hint=t::NONE_HINT.of(lang) /> }.into_any()
                } else {
                    view! { <List jobs /> }.into_any()
                }}
                <nav class="pagination" aria-label=t::JOBS.of(lang)>
                    {filter.before.map(|_| view! { <a class="button" href="/admin/jobs">{tc::NEWEST.of(lang)}</a> })}
                    {older
                        .map(|id| {
                            let id = id.to_string();
                            let pairs = [("kind", params.kind.as_str()), ("state", params.state.as_str()), ("before", id.as_str())];
                            view! { <a class="button" href=with_query("/admin/jobs", &pairs)>{tc::OLDER.of(lang)}</a> }
                        })}
                </nav>
            </div>
        }
    });
    Ok(document.private())
}

/// A link for each kind that this person may start.
#[component]
fn Starters() -> impl IntoView {
    let visit = expect_context::<Visit>();
    let lang = visit.lang;
    let links = JobKind::ALL
        .iter()
        .filter(|kind| visit.actor.may(kind.needs()).is_ok())
        .map(|kind| {
            view! {
                <li>
                    <a class="button button--small" href=job_new::url(*kind)>{t::kind(*kind).of(lang)}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav aria-labelledby="start">
            <h2 id="start" class="visually-hidden">{t::START.of(lang)}</h2>
            <ul class="job-starters">{links}</ul>
        </nav>
    }
}

#[component]
fn Filters(kind: Option<JobKind>, state: Option<JobState>) -> impl IntoView {
    let lang = crate::visit::lang();
    let kinds = JobKind::ALL
        .iter()
        .map(|own| view! { <option value=own.code() selected=kind == Some(*own)>{t::kind(*own).of(lang)}</option> })
        .collect_view();
    let states = JobState::ALL
        .iter()
        .map(|own| view! { <option value=own.code() selected=state == Some(*own)>{t::state(*own).of(lang)}</option> })
        .collect_view();
    view! {
        <form class="inline-form" action="/admin/jobs">
            <label for="kind">{t::KIND.of(lang)}</label>
            <select class="input input--small" id="kind" name="kind">
                <option value="">{tc::ALL.of(lang)}</option>
                {kinds}
            </select>
            <label for="state">{tc::STATE.of(lang)}</label>
            <select class="input input--small" id="state" name="state">
                <option value="">{tc::ALL.of(lang)}</option>
                {states}
            </select>
            <button class="button button--small">{t::SHOW.of(lang)}</button>
        </form>
    }
}

#[component]
fn List(jobs: Vec<Job>) -> impl IntoView {
    let lang = crate::visit::lang();
    let rows = jobs.into_iter().map(|job| view! { <Row job /> }).collect_view();
    let heads = column_heads(&[t::KIND, t::ABOUT, tc::STATE, t::PROGRESS, t::BY, t::CREATED, t::DURATION]);
    view! {
        <DataTable label=t::JOBS.of(lang) class="table" heads=heads>{rows}</DataTable>
    }
}

#[component]
fn Row(job: Job) -> impl IntoView {
    let lang = crate::visit::lang();
    let by = job.by_name.clone().unwrap_or_else(|| t::PROGRAM.of(lang).to_owned());
    view! {
        <tr>
            <th scope="row">
                <a href=job::url(job.id)>{t::kind(job.order.kind()).of(lang)}</a>
            </th>
            <td class="break">{job.order.subject().to_owned()}</td>
            <td>
                <StateBadge state=job.state />
            </td>
            <td class="num nowrap">{format!("{:.0} %", job.progress * 100.0)}</td>
            <td>{by}</td>
            <td class="num nowrap">
                <Moment at=job.created_at />
            </td>
            <td class="num nowrap">{duration(&job, lang)}</td>
        </tr>
    }
}

/// How a job stands, in its colour.
#[component]
pub(super) fn StateBadge(state: JobState) -> impl IntoView {
    let lang = crate::visit::lang();
    view! { <span class=format!("job-state job-state--{}", state.code())>{t::state(state).of(lang)}</span> }
}

/// How long a job took, or takes so far.
pub(super) fn duration(job: &Job, lang: alluvium_domain::Lang) -> String {
    let until = job.finished_at.unwrap_or_else(OffsetDateTime::now_utc);
    job.started_at.map_or_else(|| "–".to_owned(), |from| format::duration(until - from, lang))
}
