//! What the grades of a catalogue say of the rankers.

use std::sync::Arc;

use alluvium_domain::shop::Ranker;
use alluvium_domain::{Problem, is_noise, with_query};
use alluvium_services::shop::{JudgedQuality, JudgedQuery, JudgedRankers, JudgementSummary, MIN_QUERIES};
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::ranker::RankerChoice;
use crate::components::callout::{Empty, Notice, Tone};
use crate::components::interval::Interval;
use crate::components::product::{ShopCrumb, SimulatedNotice};
use crate::components::table::DataTable;
use crate::document::{Document, Section};
use crate::i18n::common as tc;
use crate::i18n::product_search as tp;
use crate::i18n::{format, shop as t};
use crate::size;
use crate::visit::Visit;

/// A difference counts where chance gives one as large less often.
const SIGNIFICANT: f64 = 0.05;
/// Shares of graded products among the first ten that differ by more come from one ranker's results.
const ONE_SIDED: f64 = 0.1;

/// Which two rankers are compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    a: String,
    b: String,
}

/// `GET /shop/{catalogue}/judgements`
pub(crate) async fn show(visit: Visit, Path(slug): Path<String>, Query(params): Query<Params>) -> Response {
    let compared = (params.a.parse().unwrap_or(Ranker::Learned), params.b.parse().unwrap_or(Ranker::Bm25));
    let summary: Result<JudgementSummary, Problem> =
        visit.services.judgement_summary(&visit.actor, &slug, compared).await;
    let lang = visit.lang;
    let document = summary
        .map(|summary| Document::new(tp::SUMMARY.of(lang), Section::Shop, move || view! { <Summary summary /> }));
    visit.answer(document.map(Document::private))
}

#[component]
fn Summary(summary: JudgementSummary) -> impl IntoView {
    let lang = crate::visit::lang();
    let catalogue = summary.catalogue.clone();
    let slug = catalogue.input.slug.to_string();
    let judged = summary.judged.clone();
    let compared = summary.compared;
    let none = judged.queries.is_empty();
    view! {
        <div class="wrap">
            <ShopCrumb catalogue=catalogue.clone() />
            <div class="page-head">
                <h1>{tp::SUMMARY.of(lang)}</h1>
                <p class="muted num">{judged.queries.len()}</p>
            </div>
            <SimulatedNotice catalogue />
            {if none {
                view! {
                    <Empty title=tp::NO_JUDGEMENTS.of(lang) hint=tp::NO_JUDGEMENTS_HINT.of(lang)>
                        <a class="button" href=format!("/shop/{slug}/judge")>{tp::JUDGE.of(lang)}</a>
                    </Empty>
                }
                    .into_any()
            } else {
                view! {
                    {judged.degraded.then(|| view! { <Notice tone=Tone::Info>{tp::DEGRADED.of(lang)}</Notice> })}
                    <Measures rows=judged.rows.clone() measured=judged.measured />
                    <Test summary />
                    <Queries slug judged compared />
                }
                    .into_any()
            }}
        </div>
    }
}

#[component]
fn Measures(rows: Vec<JudgedQuality>, measured: usize) -> impl IntoView {
    let lang = crate::visit::lang();
    let enough = measured >= MIN_QUERIES;
    let cell = |(value, (low, high)): (f64, (f64, f64))| {
        view! {
            <td class="num">
                {format!("{value:.3} ")}
                {enough
                    .then(|| {
                        view! {
                            <span class="muted">{format!("[{low:.3}, {high:.3}]")}</span>
                            <Interval value interval=(low, high) scale=(0.0, 1.0) />
                        }
                    })}
            </td>
        }
    };
    let pool = one_sided(&rows).map(|ranker| tp::one_sided(ranker, lang));
    let rows = rows
        .into_iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{tp::ranker(row.ranker).of(lang)}</th>
                    {cell(row.ndcg)}
                    {cell(row.mrr)}
                    {cell(row.recall)}
                    {cell(row.judged)}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{tp::RANKER.of(lang)}</th>
                        <th scope="col">{tp::NDCG.of(lang)}</th>
                        <th scope="col">{tp::MRR.of(lang)}</th>
                        <th scope="col">{tp::RECALL.of(lang)}</th>
                        <th scope="col">{tp::JUDGED.of(lang)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="muted">{format!("n = {measured}. ")} {tp::MEASURES_NOTE.of(lang)} " " {tp::LEARNED_NOTE.of(lang)}</p>
        {pool.map(|words| view! { <Notice tone=Tone::Warning>{words}</Notice> })}
    }
}

/// The ranker from whose results most grades are, where the others' first ten products lack them: what has no grade counts as wrong, which favours it.
fn one_sided(rows: &[JudgedQuality]) -> Option<Ranker> {
    let most = rows.iter().max_by(|a, b| a.judged.0.total_cmp(&b.judged.0))?;
    let least = rows.iter().map(|row| row.judged.0).fold(f64::INFINITY, f64::min);
    (most.judged.0 - least > ONE_SIDED).then_some(most.ranker)
}

/// A paired test between two rankers, which a form chooses.
#[component]
fn Test(summary: JudgementSummary) -> impl IntoView {
    let lang = crate::visit::lang();
    let slug = summary.catalogue.input.slug.to_string();
    let (a, b) = summary.compared;
    let measured = summary.judged.measured;
    let few = measured < MIN_QUERIES;
    let result = summary.test.map(|test| {
        let reach = test.interval.0.abs().max(test.interval.1.abs()) * 1.25;
        let beyond = !is_noise(test.interval) && test.p < SIGNIFICANT;
        let verdict = if beyond { tp::BEYOND_NOISE } else { tp::WITHIN_NOISE };
        view! {
            <div class="paired">
                <p class="num">
                    {format!(
                        "{} − {}: {} [{}, {}], p = {:.4}",
                        tp::ranker(a).of(lang),
                        tp::ranker(b).of(lang),
                        format::signed(test.difference),
                        format::signed(test.interval.0),
                        format::signed(test.interval.1),
                        test.p,
                    )}
                </p>
                <Interval value=test.difference interval=test.interval scale=(-reach, reach) />
                <p class="muted">{verdict.of(lang)}</p>
            </div>
        }
    });
    view! {
        <h2>{tp::PAIRED.of(lang)}</h2>
        <form class="search-form" action=format!("/shop/{slug}/judgements")>
            <RankerChoice name="a" label=tp::LEFT.of(lang) chosen=a />
            <RankerChoice name="b" label=tp::RIGHT.of(lang) chosen=b />
            <button class="button">{tc::APPLY.of(lang)}</button>
        </form>
        {few.then(|| view! { <p class="muted">{tp::too_few(measured, MIN_QUERIES, lang)}</p> })}
        {result}
    }
}

#[component]
fn Queries(slug: String, judged: Arc<JudgedRankers>, compared: (Ranker, Ranker)) -> impl IntoView {
    let lang = crate::visit::lang();
    let JudgedRankers { rows, queries, .. } = judged.as_ref();
    let column = |ranker: Ranker| rows.iter().position(|row| row.ranker == ranker);
    let (a, b) = (column(compared.0), column(compared.1));
    let difference = |query: &JudgedQuery| {
        let ndcg = query.ndcg.as_ref()?;
        Some(ndcg.get(a?)? - ndcg.get(b?)?)
    };
    // The largest gains first, the losses after them, what was not run at the end.
    let rank = |query: &JudgedQuery| difference(query).unwrap_or(f64::NEG_INFINITY);
    let mut queries: Vec<&JudgedQuery> = queries.iter().collect();
    queries.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
    let heads = rows.iter().map(|row| view! { <th scope="col">{tp::ranker(row.ranker).of(lang)}</th> }).collect_view();
    let columns = rows.len();
    let lines = queries
        .iter()
        .map(|query| {
            let href = with_query(&format!("/shop/{slug}/judge"), &[("q", &query.query)]);
            let difference = difference(query).map(|difference| {
                let sign = if difference < 0.0 { " bar--minus" } else { "" };
                view! {
                    <span class=format!("bar bar--semantic{sign} {}", size::length(difference.abs())) aria-hidden="true"></span>
                    <span class="num">{format::signed(difference)}</span>
                }
            });
            let cells = (0..columns)
                .map(|at| {
                    let value = query.ndcg.as_ref().and_then(|ndcg| ndcg.get(at));
                    view! { <td class="num">{value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))}</td> }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">
                        <a href=href>{query.query.clone()}</a>
                    </th>
                    <td class="num">{query.grades}</td>
                    <td class="num">{query.positives}</td>
                    {cells} <td class="difference explanation--signed">{difference}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h2>{tp::QUERIES.of(lang)}</h2>
        <DataTable label=tp::QUERIES.of(lang) heads=view! { <th scope="col">{t::QUERY.of(lang)}</th> <th scope="col">{tp::GRADES.of(lang)}</th> <th scope="col">{tp::POSITIVES.of(lang)}</th> {heads} <th scope="col">{tp::NDCG_DIFFERENCE.of(lang)}</th> }.into_any()>{lines}</DataTable>
    }
}
