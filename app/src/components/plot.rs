//! Drawings of several runs: their curves, a metric against a number, parallel coordinates. What they show stands beside them as a table.
//!
//! `/js/plots.js` reads the values back under the pointer.

use alluvium_domain::tracking::Run;
use alluvium_services::tracking::MetricSeries;
use leptos::prelude::*;

use crate::i18n::format;
use crate::islands::curve::{Axes, MARGIN, SIZE, Scale};
use crate::pages::runs::run_url;

/// Colours; from the next one on they come again with another dash.
const COLOURS: usize = 8;
/// Curves with no more values than this show each as a point.
const DOTTED: usize = 40;

/// One run in a drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) href: String,
    /// Across and up. What is no number leaves a gap.
    pub(crate) points: Vec<(f64, f64)>,
}

impl Series {
    /// The curve of a metric in a run.
    pub(crate) fn of_curve(run: &Run, curve: &MetricSeries) -> Series {
        let points = curve.points.iter().map(|(step, _, value)| (*step as f64, *value));
        Series { name: run.name.clone(), href: run_url(run.id), points: points.collect() }
    }
}

/// The classes of a line: its colour, and its dash where colours come again.
fn class(index: usize) -> String {
    format!("series series--{} series--round-{}", index % COLOURS, (index / COLOURS).min(2))
}

fn is_finite(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

/// The curves of some runs.
#[component]
pub(crate) fn Lines(title: String, series: Vec<Series>) -> impl IntoView {
    let scale = Scale::of(series.iter().flat_map(|one| one.points.iter().copied().filter(is_finite)));
    let lines = series
        .iter()
        .enumerate()
        .map(|(index, one)| {
            let parts = one.points.split(|point| !is_finite(point)).filter(|part| part.len() > 1);
            let parts = parts
                .map(|part| view! { <polyline class="plot__line" points=scale.path(part.iter().copied()) /> })
                .collect_view();
            let dots = (one.points.len() <= DOTTED).then(|| dots(&scale, one));
            view! {
                <g class=class(index) data-series=index.to_string() data-name=one.name.clone()>
                    {parts}
                    {dots}
                </g>
            }
        })
        .collect_view();
    view! {
        <figure class="chart plot">
            <figcaption>{title.clone()}</figcaption>
            <Drawing title scale>{lines}</Drawing>
            <Legend series />
        </figure>
    }
}

fn dots(scale: &Scale, one: &Series) -> impl IntoView + use<> {
    let dot = |point: &(f64, f64)| {
        let (x, y) = scale.place(point.0, point.1);
        let hint = format!("{} · {} · {}", one.name, point.0, format::measure(point.1));
        view! {
            <circle class="plot__dot" cx=format!("{x:.1}") cy=format!("{y:.1}") r="3">
                <title>{hint}</title>
            </circle>
        }
    };
    one.points.iter().filter(|point| is_finite(point)).map(dot).collect_view()
}

/// One point for each run: `across` and `up` name the two numbers.
#[component]
pub(crate) fn Scatter(across: String, up: String, series: Vec<Series>) -> impl IntoView {
    let scale = Scale::of(series.iter().flat_map(|one| one.points.iter().copied().filter(is_finite)));
    let dots = series
        .iter()
        .enumerate()
        .map(|(index, one)| {
            view! {
                <a href=one.href.clone() class=class(index) data-series=index.to_string() aria-label=one.name.clone()>
                    {dots(&scale, one)}
                </a>
            }
        })
        .collect_view();
    let title = format!("{across} → {up}");
    view! {
        <figure class="chart plot plot--points">
            <figcaption>{title.clone()}</figcaption>
            <Drawing title scale>{dots}</Drawing>
            <Legend series />
        </figure>
    }
}

#[component]
fn Drawing(title: String, scale: Scale, children: Children) -> impl IntoView {
    let frame = [MARGIN.3, SIZE.0 - MARGIN.1, MARGIN.0, SIZE.1 - MARGIN.2].map(|at| at.to_string()).join(" ");
    let values = [scale.x.0, scale.x.1, scale.y.0, scale.y.1].map(|at| at.to_string()).join(" ");
    view! {
        <svg
            class="chart__curve"
            viewBox=format!("0 0 {} {}", SIZE.0, SIZE.1)
            role="group"
            aria-label=title
            data-plot=frame
            data-values=values
        >
            <Axes scale />
            {children()}
        </svg>
    }
}

#[component]
fn Legend(series: Vec<Series>) -> impl IntoView {
    let items = series
        .into_iter()
        .enumerate()
        .map(|(index, one)| {
            view! {
                <li class=class(index) data-series=index.to_string()>
                    <svg class="plot__key" viewBox="0 0 24 8" aria-hidden="true" focusable="false">
                        <line class="plot__line" x1="1" y1="4" x2="23" y2="4" />
                    </svg>
                    <a href=one.href>{one.name}</a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="plot__legend">{items}</ul> }
}

/// An axis of parallel coordinates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub(crate) name: String,
    /// What stands below and above it.
    pub(crate) ends: (String, String),
    /// How far up each run lies, 0 to 1; none where it has no value.
    pub(crate) places: Vec<Option<f64>>,
}

/// Height of parallel coordinates, and of the space for words above and below.
const TALL: f64 = 240.0;
const WORDS: f64 = 28.0;

/// One line for each run through all axes. `series` names the runs; its points are not used.
#[component]
pub(crate) fn Parallel(title: String, axes: Vec<Axis>, series: Vec<Series>) -> impl IntoView {
    let across = |index: usize| 60.0 + (SIZE.0 - 120.0) * index as f64 / (axes.len().max(2) - 1) as f64;
    let up = |place: f64| TALL - WORDS - place * (TALL - 2.0 * WORDS);
    let rules = axes
        .iter()
        .enumerate()
        .map(|(index, axis)| {
            let x = format!("{:.1}", across(index));
            view! {
                <line class="chart__grid" x1=x.clone() x2=x.clone() y1=WORDS.to_string() y2=(TALL - WORDS).to_string() />
                <text x=x.clone() y="10" text-anchor="middle" class="plot__axis">{axis.name.clone()}</text>
                <text x=x.clone() y=(WORDS - 5.0).to_string() text-anchor="middle">{axis.ends.1.clone()}</text>
                <text x=x y=(TALL - WORDS + 16.0).to_string() text-anchor="middle">{axis.ends.0.clone()}</text>
            }
        })
        .collect_view();
    let lines = (0..series.len())
        .map(|run| {
            let points: Vec<String> = axes
                .iter()
                .enumerate()
                .filter_map(|(index, axis)| {
                    let place = axis.places.get(run).copied().flatten()?;
                    Some(format!("{:.1},{:.1}", across(index), up(place)))
                })
                .collect();
            let name = series[run].name.clone();
            view! {
                <polyline class=format!("plot__line {}", class(run)) data-series=run.to_string() points=points.join(" ")>
                    <title>{name}</title>
                </polyline>
            }
        })
        .collect_view();
    view! {
        <figure class="chart plot">
            <figcaption>{title.clone()}</figcaption>
            <svg class="chart__curve" viewBox=format!("0 0 {} {TALL}", SIZE.0) role="img" aria-label=title>
                {rules}
                {lines}
            </svg>
            <Legend series />
        </figure>
    }
}
