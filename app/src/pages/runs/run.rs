//! One run: parameters, metrics with their curves, tags, what it read, its files, the runs within it.

use alluvium_domain::tracking::{ArtifactEntry, Experiment, Run, RunDataset, RunId, is_client_tag};
use alluvium_domain::{Problem, with_query};
use alluvium_services::tracking::{ArtifactPath, MetricSeries};
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::{StateOf, run_url, runs_url, took};
use crate::components::entry::Moment;
use crate::components::leaderboard::Number;
use crate::components::plot::{Lines, Series};
use crate::components::table::DataTable;
use crate::document::{Document, Script, Section};
use crate::i18n::common as tc;
use crate::i18n::jobs as tjobs;
use crate::i18n::{Text, format, runs as t};
use crate::visit::Visit;

/// Metrics whose curves are drawn.
const CURVES: usize = 8;
/// Values of a curve.
const POINTS: usize = 300;
/// Runs within it that are listed.
const PARTS: usize = 100;

/// Which folder of its files.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    folder: String,
}

struct Shown {
    run: Run,
    experiment: Experiment,
    parent: Option<Run>,
    parts: Vec<Run>,
    curves: Vec<(String, MetricSeries)>,
    folder: String,
    files: Vec<ArtifactEntry>,
}

/// `GET /runs/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<String>, Query(params): Query<Params>) -> Response {
    let document = document(&visit, &id, params.folder).await;
    visit.answer(document)
}

async fn document(visit: &Visit, id: &str, folder: String) -> Result<Document, Problem> {
    let (services, actor) = (&visit.services, &visit.actor);
    let id: RunId = id.parse().map_err(|()| Problem::not_found())?;
    let run = services.run_get(actor, id).await?;
    let experiment = services.experiment_get(actor, run.experiment).await?;
    let parent = match run.parent {
        Some(parent) => services.run_get_all(actor, &[parent]).await?.pop(),
        None => None,
    };
    let parts = services.run_parts(actor, &run, PARTS).await?;
    let drawn = run.metrics.iter().filter(|point| point.step > 0).take(CURVES);
    let drawn: Vec<(RunId, &str)> = drawn.map(|point| (id, point.key.as_str())).collect();
    let series = services.metric_series(actor, &drawn, POINTS).await?;
    let curves = drawn.iter().map(|(_, key)| (*key).to_owned()).zip(series).collect();
    let root = run.artifact_root();
    let path = if folder.is_empty() { root } else { format!("{root}/{folder}") };
    let files = services.artifact_list(actor, &ArtifactPath::parse(&path)?).await?;
    let title = format!("{} · {}", run.name, experiment.name);
    let shown = Shown { run, experiment, parent, parts, curves, folder, files };
    Ok(Document::new(title, Section::Experiments, move || view! { <Page shown /> }).script(Script::Plots))
}

#[component]
fn Page(shown: Shown) -> impl IntoView {
    let lang = crate::visit::lang();
    let Shown { run, experiment, parent, parts, curves, folder, files } = shown;
    let (own, tags): (Vec<_>, Vec<_>) = run.tags.clone().into_iter().partition(|(key, _)| is_client_tag(key));
    let part_of = parent.map(|parent| {
        view! {
            <span class="fact">
                {t::PART_OF.of(lang)} " " <a href=run_url(parent.id)>{parent.name}</a>
            </span>
        }
    });
    let curves = curves
        .into_iter()
        .map(|(key, curve)| {
            let series = vec![Series::of_curve(&run, &curve)];
            view! { <Lines title=key series /> }
        })
        .collect_view();
    let within = (!parts.is_empty()).then(|| {
        let items = parts.into_iter().map(|part| {
            view! { <li><a href=run_url(part.id)>{part.name}</a> " " <StateOf state=part.state /></li> }
        });
        view! { <h2>{t::PARTS.of(lang)}</h2> <ul>{items.collect_view()}</ul> }
    });
    view! {
        <div class="wrap run-page">
            <p class="crumb">
                <a href="/runs">{t::RUNS.of(lang)}</a>
                " / "
                <a href=runs_url(experiment.id)>{experiment.name}</a>
            </p>
            <div class="page-head">
                <h1>{run.name.clone()}</h1>
            </div>
            <p class="facts">
                <StateOf state=run.state />
                {run.deleted.then(|| view! { <span class="state">{t::DELETED.of(lang)}</span> })}
                <span class="fact"><Moment at=run.started_at /></span>
                {took(&run, lang).map(|took| view! { <span class="fact">{took}</span> })}
                {(!run.user.is_empty()).then(|| view! { <span class="fact">{run.user.clone()}</span> })}
                {part_of}
                <code class="fact">{run.id.to_string()}</code>
            </p>
            <div class="run-grid">
                <section>
                    <h2>{t::METRICS.of(lang)}</h2>
                    <Metrics run=run.clone() />
                </section>
                <section>
                    <h2>{t::PARAMS.of(lang)}</h2>
                    <Pairs title=t::PARAMS pairs=run.params.clone().into_iter().collect() />
                </section>
            </div>
            {(!curves.is_empty())
                .then(|| view! { <h2>{t::CURVES.of(lang)}</h2> <div class="run-grid">{curves}</div> })}
            {within}
            {(!run.datasets.is_empty()).then(|| view! { <Data datasets=run.datasets.clone() /> })}
            <h2>{t::FILES.of(lang)}</h2>
            <Files run=run.clone() folder files />
            <h2>{tc::TAGS.of(lang)}</h2>
            <Pairs title=tc::TAGS pairs=tags />
            {(!own.is_empty())
                .then(|| {
                    view! {
                        <details class="disclosure">
                            <summary>{t::OWN_TAGS.of(lang)}</summary>
                            <Pairs title=t::OWN_TAGS pairs=own />
                        </details>
                    }
                })}
        </div>
    }
}

#[component]
fn Metrics(run: Run) -> impl IntoView {
    let lang = crate::visit::lang();
    let rows = run
        .metric_keys()
        .map(|key| {
            let measured = run.measured(key).map(|measured| view! { <Number measured /> });
            let step = run.metrics.iter().find(|point| point.key == key).map(|point| point.step);
            view! {
                <tr>
                    <th scope="row" class="break">{key.to_owned()}</th>
                    <td class="num">{measured}</td>
                    <td class="num muted">{step}</td>
                </tr>
            }
        })
        .collect_view();
    match run.metrics.is_empty() {
        true => view! { <p class="muted">{t::NONE_RECORDED.of(lang)}</p> }.into_any(),
        false => view! {
            <table class="table table--dense">
                <thead>
                    <tr>
                        <th scope="col">{t::METRICS.of(lang)}</th>
                        <th scope="col" class="num">{t::LAST_VALUE.of(lang)}</th>
                        <th scope="col" class="num">{tjobs::STEP.of(lang)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any(),
    }
}

/// Keys and texts.
#[component]
fn Pairs(title: Text, pairs: Vec<(String, String)>) -> impl IntoView {
    let lang = crate::visit::lang();
    let none = pairs.is_empty();
    let rows = pairs
        .into_iter()
        .map(|(key, value)| {
            view! {
                <tr>
                    <th scope="row" class="break">{key}</th>
                    <td class="break">{value}</td>
                </tr>
            }
        })
        .collect_view();
    match none {
        true => view! { <p class="muted">{t::NONE_RECORDED.of(lang)}</p> }.into_any(),
        false => view! {
            <table class="table table--dense">
                <thead class="visually-hidden">
                    <tr>
                        <th scope="col">{title.of(lang)}</th>
                        <th scope="col">{tc::VALUE.of(lang)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any(),
    }
}

#[component]
fn Data(datasets: Vec<RunDataset>) -> impl IntoView {
    let lang = crate::visit::lang();
    let rows = datasets
        .into_iter()
        .map(|set| {
            view! {
                <tr>
                    <th scope="row">{set.name}</th>
                    <td><code>{set.digest}</code></td>
                    <td class="break muted">{set.source}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h2>{t::DATA.of(lang)}</h2>
        <DataTable label=t::DATA.of(lang)>{rows}</DataTable>
    }
}

/// The files of one folder; folders open here, files download.
#[component]
fn Files(run: Run, folder: String, files: Vec<ArtifactEntry>) -> impl IntoView {
    let lang = crate::visit::lang();
    let none = files.is_empty();
    let within = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let opens = |folder: &str| with_query(&run_url(run.id), &[("folder", folder)]);
    let up = (!folder.is_empty()).then(|| {
        let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
        view! { <li><a href=opens(above)>".."</a> " " <span class="muted">{folder.clone()}</span></li> }
    });
    let items = files
        .iter()
        .map(|file| match file.size {
            None => view! { <li><a href=opens(&within(&file.name))>{format!("{}/", file.name)}</a></li> }.into_any(),
            Some(size) => {
                let href = download_url(&run, &within(&file.name));
                view! {
                    <li>
                        <a href=href download=file.name.clone()>{file.name.clone()}</a>
                        " "
                        <span class="muted num">{format::bytes(size)}</span>
                    </li>
                }
                .into_any()
            }
        })
        .collect_view();
    view! {
        {(none && folder.is_empty()).then(|| view! { <p class="muted">{t::NO_FILES.of(lang)}</p> })}
        <ul class="plain-list">{up}{items}</ul>
    }
}

/// Where the MLflow API gives a file of a run.
fn download_url(run: &Run, path: &str) -> String {
    let path: Vec<String> = path.split('/').map(alluvium_domain::percent_encoded).collect();
    format!("/api/2.0/mlflow-artifacts/artifacts/{}/{}", run.artifact_root(), path.join("/"))
}
