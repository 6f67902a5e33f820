//! The judging view: the results of a query, each with its grade.

use std::collections::HashMap;

use alluvium_domain::shop::{Judgement, ProductQuery, ProductResults, Ranker, judged_query};
use alluvium_domain::{Action, Lang, Problem, with_query};
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::ranker::RankerSegments;
use super::results::{Corrections, ProductLine};
use crate::components::callout::{Empty, Notice, Tone};
use crate::components::product::{ShopCrumb, SimulatedNotice};
use crate::components::search_field::SearchField;
use crate::document::{Document, Section};
use crate::i18n::product_search as tp;
use crate::islands::judging::{GradeButtons, Graded};
use crate::visit::Visit;

/// Results that are shown.
const SHOWN: usize = 20;

/// Which query.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    q: String,
    ranker: String,
}

/// `GET /shop/{catalogue}/judge`
pub(crate) async fn show(visit: Visit, Path(slug): Path<String>, Query(params): Query<Params>) -> Response {
    let document = document(&visit, &slug, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, slug: &str, params: Params) -> Result<Document, Problem> {
    let lang = visit.lang;
    let ranker: Ranker = params.ranker.parse().unwrap_or(Ranker::Learned);
    let request = ProductQuery { ranker, ..ProductQuery::new(&params.q, SHOWN) };
    let found = visit.services.product_search(&visit.actor, slug, request).await?;
    let judgements = if judged_query(&params.q).is_empty() {
        Vec::new()
    } else {
        visit.services.judgements(&visit.actor, slug, &params.q).await?
    };
    let may = visit.actor.may(Action::Judge).is_ok();
    let title = super::query_title(tp::JUDGE.of(lang), &params.q, &found.catalogue, lang);
    Ok(Document::new(title, Section::Shop, move || view! { <Judge params ranker found judgements may /> }).private())
}

#[component]
fn Judge(
    params: Params,
    ranker: Ranker,
    found: ProductResults,
    judgements: Vec<Judgement>,
    may: bool,
) -> impl IntoView {
    let lang = crate::visit::lang();
    let slug = found.catalogue.input.slug.to_string();
    let grades: HashMap<String, u8> =
        judgements.iter().map(|judgement| (judgement.product.clone(), judgement.grade.value())).collect();
    let shown = found.hits.len();
    let graded = found.hits.iter().filter(|hit| grades.contains_key(&hit.product.input.id)).count();
    let counts = match lang {
        Lang::Zh => format!(
            "前 {shown} 个结果中 {graded} 个已打分，{} 个未打分；这个查询共有 {} 个打分。",
            shown - graded,
            grades.len()
        ),
        Lang::En => format!(
            "Of the first {shown} results {graded} have a grade and {} have none; the query has {} grades in all.",
            shown - graded,
            grades.len()
        ),
    };
    let begin = found.hits.iter().find(|hit| !grades.contains_key(&hit.product.input.id)).map(|hit| hit.rank);
    let items = found
        .hits
        .into_iter()
        .map(|hit| {
            let grade = grades.get(&hit.product.input.id).copied();
            let buttons = Graded {
                catalogue: slug.clone(),
                query: params.q.clone(),
                ranker: ranker.code().to_owned(),
                product: hit.product.input.id.clone(),
                place: hit.rank,
                grade,
                first: begin == Some(hit.rank),
                meanings: [0, 1, 2, 3].map(|value| tp::grade(value).of(lang).to_owned()),
                label: format!("{} {}", tp::GRADE.of(lang), hit.product.input.title.text(lang)),
            };
            let state = match grade {
                Some(value) => format!("{value} · {}", tp::grade(value).of(lang)),
                None => tp::UNJUDGED.of(lang).to_owned(),
            };
            view! {
                <li class="hit hit--product" id=format!("place-{}", hit.rank)>
                    <ProductLine slug=slug.clone() product=hit.product rank=hit.rank />
                    {if may {
                        view! { <GradeButtons lang graded=buttons /> }.into_any()
                    } else {
                        view! { <p class="muted">{state}</p> }.into_any()
                    }}
                </li>
            }
        })
        .collect_view();
    let empty = params.q.trim().is_empty();
    let back = with_query(&format!("/shop/{slug}"), &[("q", &params.q), ("ranker", ranker.code())]);
    view! {
        <div class="wrap">
            <ShopCrumb catalogue=found.catalogue.clone() />
            <div class="page-head">
                <h1>{tp::JUDGE.of(lang)}</h1>
                <a class="button page-head__action" href=format!("/shop/{slug}/judgements")>{tp::SUMMARY.of(lang)}</a>
            </div>
            <p class="card__summary">{tp::JUDGE_LEAD.of(lang)}</p>
            <SimulatedNotice catalogue=found.catalogue />
            <form class="search-form" action=format!("/shop/{slug}/judge") role="search">
                <SearchField lang placeholder=tp::PLACEHOLDER.of(lang) value=params.q />
                <RankerSegments chosen=ranker />
            </form>
            {if empty {
                view! { <Empty title=tp::NO_QUERY.of(lang) /> }.into_any()
            } else {
                view! {
                    <p class="num">{counts}</p>
                    <Corrections corrections=found.corrections />
                    {if may {
                        view! { <p class="muted">{tp::KEYS.of(lang)}</p> }.into_any()
                    } else {
                        view! { <Notice tone=Tone::Info>{tp::SIGN_IN_TO_JUDGE.of(lang)}</Notice> }.into_any()
                    }}
                    <ol class="hits">{items}</ol>
                    <p>
                        <a class="button" href=back>{tp::BACK_TO_SEARCH.of(lang)}</a>
                    </p>
                }
                    .into_any()
            }}
        </div>
    }
}
