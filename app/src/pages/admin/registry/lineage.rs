//! Where versions are from and where they serve, as a drawing: data, run, version, serving. It reads without JavaScript; every box is text.

use alluvium_domain::registry::{CHAMPION, ModelVersion, RegisteredModel};
use leptos::prelude::*;

use crate::i18n::common as tc;
use crate::i18n::registry as t;
use crate::i18n::{format, runs as truns};
use crate::pages::runs::run_url;
use crate::visit::lang;

/// Versions that are drawn, newest first.
const MOST: usize = 8;
/// Width and height of a box, and the distances between boxes.
const BOX: (i32, i32) = (190, 44);
const GAP: (i32, i32) = (50, 16);
/// Height of the headings.
const HEAD: i32 = 26;
/// Characters of a line that fit.
const FIT: usize = 24;

fn left(column: i32) -> i32 {
    column * (BOX.0 + GAP.0)
}

fn fitting(text: &str) -> String {
    if text.chars().count() <= FIT { text.to_owned() } else { text.chars().take(FIT - 1).chain(['…']).collect() }
}

#[component]
pub(super) fn Lineage(model: RegisteredModel, versions: Vec<ModelVersion>) -> impl IntoView {
    let lang = lang();
    if versions.is_empty() {
        return ().into_any();
    }
    let shown: Vec<ModelVersion> = versions.into_iter().take(MOST).collect();
    let rows = i32::try_from(shown.len()).unwrap_or_default();
    let (width, height) = (left(3) + BOX.0 + 2, HEAD + rows * (BOX.1 + GAP.1));
    let heads = [t::DATA, truns::RUN, tc::VERSION, t::SERVES]
        .into_iter()
        .zip(0..)
        .map(|(head, column)| view! { <text class="lineage__head" x=left(column) y="16">{head.of(lang)}</text> })
        .collect_view();
    let rows = shown.into_iter().zip(0..).map(|(version, row)| drawn(&model, &version, row)).collect_view();
    view! {
        <h2>{t::LINEAGE.of(lang)}</h2>
        <p class="muted">{t::LINEAGE_LEAD.of(lang)}</p>
        <div class="table-scroll" tabindex="0" role="region" aria-label=t::LINEAGE.of(lang)>
            <svg class="lineage" viewBox=format!("-1 0 {width} {height}") width=width height=height role="group" aria-label=t::LINEAGE.of(lang)>
                {heads} {rows}
            </svg>
        </div>
    }
    .into_any()
}

fn drawn(model: &RegisteredModel, version: &ModelVersion, row: i32) -> AnyView {
    let lang = lang();
    let top = HEAD + row * (BOX.1 + GAP.1);
    let tag = |key: &str| version.tags.get(key).cloned();
    let data = tag("dataset").unwrap_or_else(|| t::NO_RUN.of(lang).to_owned());
    let examples = tag("events").or_else(|| tag("examples")).and_then(|count| count.parse().ok());
    let examples = examples.map(|count| format::learned(count, lang)).unwrap_or_default();
    let run = version.run_id.map_or_else(|| t::NO_RUN.of(lang).to_owned(), |run| run.to_string());
    let name = format!("{} {}", tc::VERSION.of(lang), version.number);
    let parent = version.parent.map(|parent| format!("← {parent}")).unwrap_or_default();
    let state = format!("{} {parent}", t::approval(version.approval).of(lang));
    let serves = (model.aliases.get(CHAMPION) == Some(&version.number)).then(|| model.serves.clone()).flatten();
    let link = Some(format!("#version-{}", version.number));
    let arrows = [true, true, serves.is_some()]
        .into_iter()
        .zip(0..)
        .filter(|(there, _)| *there)
        .map(|(_, column)| {
            let (from, middle) = (left(column) + BOX.0, top + BOX.1 / 2);
            let points = format!("{from},{middle} {},{middle}", from + GAP.0 - 8);
            let end = from + GAP.0;
            let head = format!("{end},{middle} {},{} {},{}", end - 9, middle - 5, end - 9, middle + 5);
            view! {
                <polyline class="lineage__line" points=points />
                <polygon class="lineage__arrow" points=head />
            }
        })
        .collect_view();
    view! {
        <g>
            {arrows} {framed(0, top, &data, &examples, None, "lineage__box")}
            {framed(1, top, &run, "", version.run_id.map(run_url), "lineage__box")}
            {framed(2, top, &name, &state, link, "lineage__box")}
            {serves.map(|place| framed(3, top, &place, t::CHAMPION.of(lang), None, "lineage__box lineage__box--serves"))}
        </g>
    }
    .into_any()
}

/// A box with two lines; the first leads somewhere, where there is somewhere.
fn framed(column: i32, top: i32, first: &str, second: &str, link: Option<String>, class: &'static str) -> AnyView {
    let x = left(column);
    let (first, second) = (fitting(first), fitting(second));
    let middle = if second.is_empty() { top + 27 } else { top + 19 };
    let text = match link {
        Some(link) => view! {
            <a href=link>
                <text class="lineage__text lineage__text--link" x=x + 10 y=middle>
                    {first}
                </text>
            </a>
        }
        .into_any(),
        None => view! {
            <text class="lineage__text" x=x + 10 y=middle>
                {first}
            </text>
        }
        .into_any(),
    };
    view! {
        <rect class=class x=x y=top width=BOX.0 height=BOX.1 rx="6" />
        {text}
        <text class="lineage__more" x=x + 10 y=top + 36>
            {second}
        </text>
    }
    .into_any()
}
