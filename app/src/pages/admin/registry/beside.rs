//! Two versions on the same input: what each answers, with scores and reasons. A shopper for a recommendation model, a query for the encoder.

mod encoder;

use alluvium_domain::registry::ModelVersion;
use alluvium_domain::shop::Recommendation;
use alluvium_domain::{Problem, ProblemKind};
use alluvium_services::ENCODER;
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
use crate::i18n::{Text, format, registry as t};
use crate::visit::{Visit, lang};

/// What is compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    a: String,
    b: String,
    /// Whose history; nobody's where it is empty.
    shopper: String,
    /// What the encoder searches in, and for what.
    catalogue: String,
    q: String,
}

impl Params {
    fn numbers(&self) -> [i32; 2] {
        [&self.a, &self.b].map(|text| text.trim().parse().unwrap_or(0))
    }
}

/// `GET /admin/models/{name}/beside`
pub(crate) async fn show(visit: Visit, Path(name): Path<String>, Query(params): Query<Params>) -> Response {
    let document = document(&visit, name, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, name: String, params: Params) -> Result<Document, Problem> {
    let model = visit.services.model_get(&visit.actor, &name).await?;
    if model.serves.as_deref() == Some(ENCODER) {
        return encoder::document(visit, name, params).await;
    }
    let found = visit.services.versions_beside(&visit.actor, &name, params.numbers(), &params.shopper).await;
    let (found, problem) = answered(found)?;
    Ok(page(visit, problem.clone(), move || {
        let lang = lang();
        let lists = found.map(|found| view! { <Lists found /> });
        let shopper = params.shopper.clone();
        let fields = view! {
            <TextField name="shopper" label=t::BESIDE_SHOPPER.of(lang) value=shopper problem=problem.clone() autocomplete="off" />
        };
        view! {
            <Frame name lead=t::BESIDE_LEAD params problem fields=fields.into_any()>
                {lists}
            </Frame>
        }
    }))
}

/// What was found, or what is wrong with what was asked; other problems are the page's.
fn answered<T>(found: Result<T, Problem>) -> Result<(Option<T>, Option<Problem>), Problem> {
    match found {
        Ok(found) => Ok((Some(found), None)),
        Err(problem) if problem.kind == ProblemKind::Invalid => Ok((None, Some(problem))),
        Err(problem) => Err(problem),
    }
}

fn page<V: IntoView + 'static>(
    visit: &Visit,
    problem: Option<Problem>,
    body: impl FnOnce() -> V + Send + 'static,
) -> Document {
    let code = problem.map(|problem| status(problem.kind));
    let document = Document::new(t::BESIDE.of(visit.lang), Section::Other, body);
    code.into_iter().fold(document.private(), Document::status)
}

/// Title, what is compared, and the form that asks for it.
#[component]
fn Frame(
    name: String,
    lead: Text,
    params: Params,
    problem: Option<Problem>,
    /// What both versions are given.
    fields: AnyView,
    children: Children,
) -> impl IntoView {
    let lang = lang();
    view! {
        <div class="wrap">
            <p class="crumb"><a href=model_url(&name)>{name.clone()}</a></p>
            <div class="page-head">
                <h1>{t::BESIDE.of(lang)}</h1>
            </div>
            <p class="lead">{lead.of(lang)}</p>
            {problem.clone().map(|problem| view! { <ErrorSummary problem /> })}
            <form class="run-choices run-choices--line" action=format!("{}/beside", model_url(&name))>
                <TextField name="a" label=tc::VERSION.of(lang) value=params.a problem=problem.clone() autocomplete="off" />
                <TextField name="b" label=t::BESIDE_B.of(lang) value=params.b problem autocomplete="off" />
                {fields}
                <button class="button button--primary">{tc::APPLY.of(lang)}</button>
            </form>
            {children()}
        </div>
    }
}

#[component]
fn Lists(found: VersionsBeside) -> impl IntoView {
    let lang = lang();
    let VersionsBeside { catalogue, events, answers } = found;
    let slug = catalogue.input.slug.to_string();
    let columns = answers.map(|VersionAnswer { version, items }| (version, items.into_iter().map(listed).collect()));
    view! {
        <SimulatedNotice catalogue />
        <p class="muted num">{format::events(events, lang)}</p>
        <Columns slug columns />
    }
}

fn listed(one: Recommendation) -> Listed {
    let lang = lang();
    let waterfall = one.explanation.map(|explanation| view! { <Waterfall explanation /> });
    Listed {
        product: one.product,
        title: one.title.text(lang).to_owned(),
        score: format::amount(one.score),
        reason: Some(one.reason.text(lang).to_owned()),
        why: view! {
            <TaskScores tasks=one.tasks />
            {waterfall}
        }
        .into_any(),
    }
}

/// A product of a version's list.
struct Listed {
    product: String,
    title: String,
    score: String,
    /// A sentence, where there is one.
    reason: Option<String>,
    /// Where the score is from.
    why: AnyView,
}

/// Both lists, with where each product is in the other one.
#[component]
fn Columns(slug: String, columns: [(ModelVersion, Vec<Listed>); 2]) -> impl IntoView {
    let orders: [Vec<String>; 2] =
        columns.each_ref().map(|(_, items)| items.iter().map(|item| item.product.clone()).collect());
    let [first, second] = columns;
    let [of_first, of_second] = orders;
    view! {
        <div class="compare">
            <Column slug=slug.clone() column=first other=of_second />
            <Column slug column=second other=of_first />
        </div>
    }
}

#[component]
fn Column(slug: String, column: (ModelVersion, Vec<Listed>), other: Vec<String>) -> impl IntoView {
    let lang = lang();
    let (version, items) = column;
    let items = items
        .into_iter()
        .enumerate()
        .map(|(place, one)| {
            let moved = match other.iter().position(|product| *product == one.product) {
                None => t::BESIDE_ONLY.of(lang).to_owned(),
                Some(there) if there == place => String::new(),
                Some(there) => format!("{} {}", t::BESIDE_THERE.of(lang), there + 1),
            };
            view! {
                <li>
                    <p>
                        <a href=product_url(&slug, &one.product)>{one.title.clone()}</a>
                        " "
                        <span class="num">{one.score}</span>
                        " "
                        <span class="muted small">{moved}</span>
                    </p>
                    {one.reason.map(|reason| view! { <p class="muted small">{reason}</p> })}
                    <details class="disclosure">
                        <summary>{t::BESIDE_WHY.of(lang)} <span class="visually-hidden">{one.title}</span></summary>
                        {one.why}
                    </details>
                </li>
            }
        })
        .collect_view();
    view! {
        <section>
            <h2>
                {tc::VERSION.of(lang)} " " {version.number} " "
                <span class="state">{t::approval(version.approval).of(lang)}</span>
            </h2>
            <ol class="beside">{items}</ol>
        </section>
    }
}
