//! Several runs side by side: only what differs, their curves, a metric against a number, parallel coordinates.

use alluvium_domain::tracking::{Run, RunField, RunId};
use alluvium_domain::{Lang, Problem};
use alluvium_services::tracking::RunComparison;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::{Cell, StateOf, run_url, runs_url};
use crate::components::callout::Empty;
use crate::components::field::Choice;
use crate::components::plot::{Axis, Lines, Parallel, Scatter, Series};
use crate::components::table::DataTable;
use crate::document::{Document, Script, Section};
use crate::i18n::common as tc;
use crate::i18n::{format, runs as t};
use crate::visit::Visit;

/// Axes of parallel coordinates, the metric's own not counted.
const AXES: usize = 6;

/// What is compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    run: Vec<String>,
    metric: String,
    /// The number across in the drawing of points.
    across: String,
}

/// `GET /runs/compare`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let document = document(&visit, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, params: Params) -> Result<Document, Problem> {
    let ids: Vec<RunId> = params.run.iter().filter_map(|id| id.parse().ok()).collect();
    let metric = Some(params.metric.as_str()).filter(|metric| !metric.is_empty());
    let found = visit.services.run_compare(&visit.actor, &ids, metric).await?;
    Ok(Document::new(t::COMPARE_TITLE.of(visit.lang), Section::Experiments, move || view! { <Page params found /> })
        .script(Script::Plots)
        .private())
}

#[component]
fn Page(params: Params, found: RunComparison) -> impl IntoView {
    let lang = crate::visit::lang();
    let back = found.runs.first().map(|run| runs_url(run.experiment)).unwrap_or_else(|| "/runs".to_owned());
    let body = match found.runs.len() {
        0 | 1 => view! { <Empty title=t::COMPARE_TOO_FEW.of(lang) /> }.into_any(),
        _ => view! {
            <Differences found=found.clone() />
            <Drawings params found />
        }
        .into_any(),
    };
    view! {
        <div class="wrap">
            <p class="crumb"><a href="/runs">{t::RUNS.of(lang)}</a></p>
            <div class="page-head">
                <h1>{t::COMPARE_TITLE.of(lang)}</h1>
                <a class="button page-head__action" href=back>{t::BACK_TO_TABLE.of(lang)}</a>
            </div>
            {body}
        </div>
    }
}

/// A line for each parameter, metric and tag that is not the same in all.
#[component]
fn Differences(found: RunComparison) -> impl IntoView {
    let lang = crate::visit::lang();
    let heads = found
        .runs
        .iter()
        .map(|run| {
            view! {
                <th scope="col">
                    <a href=run_url(run.id)>{run.name.clone()}</a>
                    " "
                    <StateOf state=run.state />
                </th>
            }
        })
        .collect_view();
    let rows = found
        .differing
        .iter()
        .map(|field| {
            let cells = found.runs.iter().map(|run| view! { <Cell field=field.clone() run=run.clone() /> });
            view! {
                <tr>
                    <th scope="row">{field.to_string()}</th>
                    {cells.collect_view()}
                </tr>
            }
        })
        .collect_view();
    let table = match found.differing.is_empty() {
        true => view! { <p>{t::NOTHING_DIFFERS.of(lang)}</p> }.into_any(),
        false => view! {
            <DataTable label=t::DIFFERS.of(lang) class="table table--dense run-table" heads=view! { <th scope="col">{t::DIFFERS.of(lang)}</th> {heads} }.into_any()>{rows}</DataTable>
        }
        .into_any(),
    };
    view! {
        {table}
        {(found.same > 0).then(|| view! { <p class="muted small">{format::same(found.same, lang)}</p> })}
    }
}

#[component]
fn Drawings(params: Params, found: RunComparison) -> impl IntoView {
    let lang = crate::visit::lang();
    let Some(metric) = found.metric.clone() else {
        return view! { <p class="muted">{t::NO_CURVE.of(lang)}</p> }.into_any();
    };
    let up = RunField::Metric(metric.clone());
    let numbers: Vec<RunField> = found
        .differing
        .iter()
        .filter(|field| **field != up && found.runs.iter().filter(|run| field.number(run).is_some()).count() > 1)
        .cloned()
        .collect();
    let across = numbers.iter().find(|field| field.to_string() == params.across).or(numbers.first()).cloned();
    let curves: Vec<Series> =
        found.runs.iter().zip(&found.series).map(|(run, curve)| Series::of_curve(run, curve)).collect();
    let stepped = curves.iter().any(|curve| curve.points.len() > 1);
    let points = across.clone().map(|across| {
        let points =
            found.runs.iter().filter_map(|run| Some(series(run, vec![(across.number(run)?, up.number(run)?)])));
        view! { <Scatter across=across.key().to_owned() up=metric.clone() series=points.collect() /> }
    });
    let axes = axes(&found.runs, &found.differing, &up);
    let parallel = (axes.len() > 1).then(|| {
        let names = found.runs.iter().map(|run| series(run, Vec::new())).collect();
        view! { <Parallel title=t::PARALLEL.of(lang).to_owned() axes series=names /> }
    });
    view! {
        <Axes params metrics=found.metrics numbers metric=metric.clone() across lang />
        <div class="run-grid">
            {stepped.then(|| view! { <Lines title=metric series=curves /> })}
            {points}
            {parallel}
        </div>
    }
    .into_any()
}

fn series(run: &Run, points: Vec<(f64, f64)>) -> Series {
    Series { name: run.name.clone(), href: run_url(run.id), points }
}

/// Which metric is drawn, and against what.
#[component]
fn Axes(
    params: Params,
    metrics: Vec<String>,
    numbers: Vec<RunField>,
    metric: String,
    across: Option<RunField>,
    #[prop(name = "lang")] words: Lang,
) -> impl IntoView {
    let hidden = params.run.into_iter().map(|id| view! { <input type="hidden" name="run" value=id /> }).collect_view();
    let metrics = metrics.into_iter().map(|key| (key.clone(), key)).collect();
    let numbers = numbers.iter().map(|field| (field.to_string(), field.to_string())).collect();
    let across = across.map(|field| field.to_string()).unwrap_or_default();
    view! {
        <form class="run-choices run-choices--line" action="/runs/compare">
            {hidden}
            <Choice name="metric" label=t::METRIC.of(words) options=metrics chosen=metric inline=true />
            <Choice name="across" label=t::AGAINST.of(words) options=numbers chosen=across inline=true />
            <button class="button">{tc::APPLY.of(words)}</button>
        </form>
    }
}

/// An axis for each parameter that differs, and the metric as the last one. Texts stand in the order of the alphabet.
fn axes(runs: &[Run], differing: &[RunField], metric: &RunField) -> Vec<Axis> {
    let is_known = |field: &&RunField| {
        let known = |run: &&Run| field.text(run).is_some();
        matches!(field, RunField::Param(_)) && runs.iter().filter(known).count() > 1
    };
    let params = differing.iter().filter(is_known).take(AXES);
    params.chain([metric]).map(|field| axis(runs, field)).collect()
}

fn axis(runs: &[Run], field: &RunField) -> Axis {
    let name = field.key().to_owned();
    let numbers: Vec<Option<f64>> =
        runs.iter().map(|run| field.number(run).filter(|value| value.is_finite())).collect();
    let texts: Vec<Option<&str>> = runs.iter().map(|run| field.text(run)).collect();
    let is_text = texts.iter().zip(&numbers).any(|(text, number)| text.is_some() && number.is_none());
    if is_text {
        let mut sorted: Vec<&str> = texts.iter().copied().flatten().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let place =
            |text: &str| sorted.binary_search(&text).ok().map(|at| share(at as f64, 0.0, (sorted.len() - 1) as f64));
        let ends = (sorted.first().copied().unwrap_or_default(), sorted.last().copied().unwrap_or_default());
        let places = texts.iter().map(|text| text.and_then(place)).collect();
        return Axis { name, ends: (ends.0.to_owned(), ends.1.to_owned()), places };
    }
    let known = || numbers.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let places = numbers.iter().map(|number| number.map(|number| share(number, low, high))).collect();
    Axis { name, ends: (format::measure(low), format::measure(high)), places }
}

/// How far a value lies between two others; in the middle where they are the same.
fn share(value: f64, low: f64, high: f64) -> f64 {
    if high > low { (value - low) / (high - low) } else { 0.5 }
}
