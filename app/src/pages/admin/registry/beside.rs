//! Two versions on the same shopper: what each recommends, with scores and reasons.

use alluvium_domain::shop::Recommendation;
use alluvium_domain::{Problem, ProblemKind};
use alluvium_services::recommend::{VersionAnswer, VersionsBeside};
use axum::extract::Path;
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::model_url;
use crate::components::field::{ErrorSummary, TextField};
use crate::components::product::{SimulatedNotice, product_url};
use crate::components::tasks::TaskScores;
use crate::components::waterfall::Waterfall;
use crate::document::{Document, Section, status};
use crate::i18n::common as tc;
use crate::i18n::{format, registry as t};
use crate::visit::{Visit, lang};

/// What is compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    a: String,
    b: String,
    /// Whose history; nobody's where it is empty.
    shopper: String,
}

/// `GET /admin/models/{name}/beside`
pub(crate) async fn show(visit: Visit, Path(name): Path<String>, Query(params): Query<Params>) -> Response {
    let document = document(&visit, &name, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, name: &str, params: Params) -> Result<Document, Problem> {
    let number = |text: &str| text.trim().parse::<i32>().unwrap_or(0);
    let numbers = [number(&params.a), number(&params.b)];
    let found = visit.services.versions_beside(&visit.actor, name, numbers, &params.shopper).await;
    let (found, problem) = match found {
        Ok(found) => (Some(found), None),
        Err(problem) if problem.kind == ProblemKind::Invalid => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let code = problem.as_ref().map(|problem| status(problem.kind));
    let name = name.to_owned();
    let document = Document::new(t::BESIDE.of(visit.lang), Section::Other, move || {
        view! { <Page name params problem found /> }
    });
    Ok(code.into_iter().fold(document.private(), Document::status))
}

#[component]
fn Page(name: String, params: Params, problem: Option<Problem>, found: Option<VersionsBeside>) -> impl IntoView {
    let lang = lang();
    let lists = found.map(|found| view! { <Lists found /> });
    view! {
        <div class="wrap">
            <p class="crumb"><a href=model_url(&name)>{name.clone()}</a></p>
            <div class="page-head">
                <h1>{t::BESIDE.of(lang)}</h1>
            </div>
            <p class="lead">{t::BESIDE_LEAD.of(lang)}</p>
            {problem.clone().map(|problem| view! { <ErrorSummary problem /> })}
            <form class="run-choices run-choices--line" action=format!("{}/beside", model_url(&name))>
                <TextField name="a" label=t::BESIDE_A.of(lang) value=params.a problem=problem.clone() autocomplete="off" />
                <TextField name="b" label=t::BESIDE_B.of(lang) value=params.b problem=problem.clone() autocomplete="off" />
                <TextField name="shopper" label=t::BESIDE_SHOPPER.of(lang) value=params.shopper problem autocomplete="off" />
                <button class="button button--primary">{tc::APPLY.of(lang)}</button>
            </form>
            {lists}
        </div>
    }
}

#[component]
fn Lists(found: VersionsBeside) -> impl IntoView {
    let lang = lang();
    let VersionsBeside { catalogue, events, answers: [first, second] } = found;
    let slug = catalogue.input.slug.to_string();
    view! {
        <SimulatedNotice catalogue />
        <p class="muted num">{format::events(events, lang)}</p>
        <div class="compare">
            <List slug=slug.clone() own=first.clone() other=second.clone() />
            <List slug own=second other=first />
        </div>
    }
}

#[component]
fn List(slug: String, own: VersionAnswer, other: VersionAnswer) -> impl IntoView {
    let lang = lang();
    let items = own
        .items
        .into_iter()
        .enumerate()
        .map(|(place, one)| {
            let there = other.items.iter().position(|other| other.product == one.product);
            view! { <Item slug=slug.clone() place one there /> }
        })
        .collect_view();
    view! {
        <section>
            <h2>
                {tc::VERSION.of(lang)} " " {own.version.number} " "
                <span class="state">{t::approval(own.version.approval).of(lang)}</span>
            </h2>
            <ol class="beside">{items}</ol>
        </section>
    }
}

#[component]
fn Item(slug: String, place: usize, one: Recommendation, there: Option<usize>) -> impl IntoView {
    let lang = lang();
    let moved = match there {
        None => t::BESIDE_ONLY.of(lang).to_owned(),
        Some(there) if there == place => String::new(),
        Some(there) => format!("{} {}", t::BESIDE_THERE.of(lang), there + 1),
    };
    let waterfall = one.explanation.clone().map(|explanation| view! { <Waterfall explanation /> });
    view! {
        <li>
            <p>
                <a href=product_url(&slug, &one.product)>{one.title.text(lang).to_owned()}</a>
                " "
                <span class="num">{format::amount(one.score)}</span>
                " "
                <span class="muted small">{moved}</span>
            </p>
            <p class="muted small">{one.reason.text(lang).to_owned()}</p>
            <details class="disclosure">
                <summary>
                    {t::BESIDE_WHY.of(lang)} <span class="visually-hidden">{one.title.text(lang).to_owned()}</span>
                </summary>
                <TaskScores tasks=one.tasks />
                {waterfall}
            </details>
        </li>
    }
}
