//! Runs of programs: the experiments that hold them, a table, one run, several side by side.

pub(crate) mod compare;
pub(crate) mod run;
pub(crate) mod table;

use alluvium_domain::tracking::{ExperimentId, Run, RunField, RunId, RunState};
use alluvium_domain::{Lang, Problem, with_query};
use alluvium_services::tracking::{ExperimentCount, ExperimentSearch, page_word};
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::Empty;
use crate::components::entry::Moment;
use crate::components::leaderboard::Number;
use crate::components::pagination::page_number;
use crate::components::table::DataTable;
use crate::document::{Document, Section};
use crate::i18n::{common as tc, format, runs as t};
use crate::visit::Visit;

const PER_PAGE: usize = 50;

/// Where a run is shown.
pub(crate) fn run_url(id: RunId) -> String {
    format!("/runs/{id}")
}

/// Where the runs of an experiment are shown.
pub(crate) fn runs_url(experiment: ExperimentId) -> String {
    format!("/runs/experiments/{experiment}")
}

/// How far a run is.
#[component]
fn StateOf(state: RunState) -> impl IntoView {
    view! { <span class=format!("state run--{}", state.code())>{t::state(state).of(crate::visit::lang())}</span> }
}

/// What a run has of a column.
#[component]
fn Cell(field: RunField, run: Run) -> impl IntoView {
    match &field {
        RunField::Metric(key) => {
            view! { <td class="num">{run.measured(key).map(|measured| view! { <Number measured /> })}</td> }.into_any()
        }
        _ => view! { <td class="break">{field.text(&run).map(str::to_owned)}</td> }.into_any(),
    }
}

/// How long a run took; none while it goes on.
fn took(run: &Run, lang: Lang) -> Option<String> {
    run.ended_at.map(|end| format::duration(end - run.started_at, lang))
}

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    page: String,
}

/// `GET /runs`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let document = document(&visit, &params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, params: &Params) -> Result<Document, Problem> {
    let lang = visit.lang;
    let logging = format!("export MLFLOW_TRACKING_URI={}\n{LOGGING}", visit.origin());
    let page = page_number(&params.page, 1000);
    let search = ExperimentSearch { limit: PER_PAGE, page: page_word(page, PER_PAGE), ..ExperimentSearch::default() };
    let found = visit.services.experiment_counts(&visit.actor, &search).await?;
    Ok(Document::new(t::RUNS.of(lang), Section::Experiments, move || {
        let recorded = found.items.iter().any(|one| one.runs > 0);
        let rows = found.items.into_iter().map(|one| view! { <Row one /> }).collect_view();
        let at = |page: usize| with_query("/runs", &[("page", &page.to_string())]);
        let next = found.next.map(|_| view! { <a class="button" rel="next" href=at(page + 1)>{tc::NEXT.of(lang)}</a> });
        let previous =
            (page > 1).then(|| view! { <a class="button" rel="prev" href=at(page - 1)>{tc::PREVIOUS.of(lang)}</a> });
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{t::RUNS.of(lang)}</h1>
                    <a class="button page-head__action" href="/leaderboards">{t::LEADERBOARDS.of(lang)}</a>
                </div>
                <p class="lead">{t::RUNS_LEAD.of(lang)}</p>
                {(!recorded).then(|| view! { <Empty title=t::NO_EXPERIMENTS.of(lang) /> })}
                <DataTable label=t::RUNS.of(lang) heads=view! { <th scope="col">{t::EXPERIMENT.of(lang)}</th> <th scope="col" class="num">{t::NUMBER_OF_RUNS.of(lang)}</th> <th scope="col">{t::NEWEST.of(lang)}</th> }.into_any()>{rows}</DataTable>
                <nav class="pagination" aria-label=tc::PAGES.of(lang)>{previous} {next}</nav>
                <section class="record">
                    <p>{t::HOW_TO_LOG.of(lang)}</p>
                    <pre class="record__code" tabindex="0"><code>{logging}</code></pre>
                </section>
            </div>
        }
    }))
}

/// What a program has to say.
const LOGGING: &str = "export MLFLOW_TRACKING_TOKEN=...\n\nimport mlflow\nmlflow.set_experiment(\"ranker\")\nwith mlflow.start_run():\n    mlflow.log_param(\"lr\", 0.01)\n    mlflow.log_metric(\"ndcg_10\", 0.61, step=1)";

#[component]
fn Row(one: ExperimentCount) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><a href=runs_url(one.experiment.id)>{one.experiment.name}</a></th>
            <td class="num">{one.runs}</td>
            <td class="num">{one.newest.map(|at| view! { <Moment at /> })}</td>
        </tr>
    }
}
