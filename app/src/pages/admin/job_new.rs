//! Starting a job: a form for each kind.

use alluvium_domain::job::limits;
use alluvium_domain::shop::{Catalogue, ImportFormat};
use alluvium_domain::{JobKind, Problem, ProblemKind};
use axum::response::Response;
use axum_extra::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::{Notice, Tone};
use crate::components::field::{Choice, ErrorSummary, TextArea, TextField};
use crate::document::{Document, Section, status};
use crate::forms::jobs::JobForm;
use crate::i18n::{Text, jobs as t};
use crate::visit::Visit;

/// Which kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    kind: String,
    catalogue: String,
}

/// Where a job of a kind is started.
pub(super) fn url(kind: JobKind) -> String {
    format!("/admin/jobs/new?kind={kind}")
}

/// `GET /admin/jobs/new`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let form = match params.kind.parse() {
        Ok(kind) => JobForm { catalogue: params.catalogue, ..JobForm::new(kind) },
        Err(()) => return visit.answer(Err(Problem::not_found())),
    };
    answer(&visit, form, None).await
}

/// The form with what was typed and what is wrong with it.
pub(crate) async fn answer(visit: &Visit, form: JobForm, problem: Option<Problem>) -> Response {
    let document = document(visit, form, problem).await;
    visit.answer(document)
}

async fn document(visit: &Visit, form: JobForm, problem: Option<Problem>) -> Result<Document, Problem> {
    let kind = form.kind()?;
    visit.actor.may(kind.needs())?;
    let catalogues = visit.services.catalogue_list(&visit.actor).await?;
    let code = problem.as_ref().map(|problem| status(problem.kind));
    let lang = visit.lang;
    let title = t::kind(kind).of(lang);
    let document = Document::new(title, Section::Other, move || {
        let twice = problem.as_ref().is_some_and(|problem| problem.kind == ProblemKind::Conflict);
        view! {
            <div class="wrap wrap--narrow">
                <p>
                    <a href="/admin/jobs">{t::JOBS.of(lang)}</a>
                </p>
                <div class="page-head">
                    <h1>{title}</h1>
                </div>
                {match problem.clone() {
                    Some(_) if twice => Some(view! { <Notice tone=Tone::Bad>{t::TWICE.of(lang)}</Notice> }.into_any()),
                    Some(problem) => Some(view! { <ErrorSummary problem /> }.into_any()),
                    None => None,
                }}
                <form class="form" method="post" action="/admin/jobs">
                    <input type="hidden" name="kind" value=kind.code() />
                    <Fields kind form problem catalogues />
                    <button class="button button--primary" type="submit">{t::BEGIN.of(lang)}</button>
                </form>
            </div>
        }
    });
    Ok(code.into_iter().fold(document.private(), Document::status))
}

#[component]
fn Fields(kind: JobKind, form: JobForm, problem: Option<Problem>, catalogues: Vec<Catalogue>) -> impl IntoView {
    let lang = crate::visit::lang();
    let path = |name: &'static str, label: Text, hint: Text, value: &str, required: bool| {
        let (label, hint, problem) = (label.of(lang), hint.of(lang), problem.clone());
        view! {
            <TextField name label hint value=value.to_owned() problem required autocomplete="off" maxlength=limits::PATH />
        }
    };
    let number = |name: &'static str, label: Text, value: &str| {
        let (label, problem) = (label.of(lang), problem.clone());
        view! { <TextField name label value=value.to_owned() problem required=true kind="number" autocomplete="off" /> }
    };
    let chosen = form.catalogue.clone();
    let of_catalogue = problem.clone();
    let catalogue = move || view! { <CatalogueField catalogues chosen problem=of_catalogue /> };
    let training = || {
        view! {
            {number("base", t::BASE, &form.base)}
            {number("lora", t::LORA, &form.lora)}
            {number("epochs", t::EPOCHS, &form.epochs)}
        }
    };
    match kind {
        JobKind::TrainRecommend => catalogue().into_any(),
        JobKind::CheckExplanations => view! {
            {catalogue()}
            {number("recommendations", t::RECOMMENDATIONS, &form.recommendations)}
        }
        .into_any(),
        JobKind::TrainEncoder => view! {
            {path("folder", t::FOLDER, t::FOLDER_HINT, &form.folder, false)}
            {path("catalogue", t::CATALOGUE, t::OR_CATALOGUE_HINT, &form.catalogue, false)}
            {training()}
        }
        .into_any(),
        JobKind::PretrainEncoder => view! {
            {path("catalogue", t::CATALOGUE, t::TEXTS_HINT, &form.catalogue, false)}
            {training()}
        }
        .into_any(),
        JobKind::EvaluateProducts => view! {
            {path("folder", t::FOLDER, t::FOLDER_HINT, &form.folder, true)}
            {number("folds", t::FOLDS, &form.folds)}
            {number("repeats", t::REPEATS, &form.repeats)}
        }
        .into_any(),
        JobKind::EvaluateEncoder => view! {
            {path("folder", t::FOLDER, t::FOLDER_HINT, &form.folder, true)}
            {number("folds", t::FOLDS, &form.folds)}
            {training()}
        }
        .into_any(),
        JobKind::EvaluateSearch => path("file", t::FILE, t::JUDGEMENTS_HINT, &form.file, false).into_any(),
        JobKind::Import => view! {
            <FormatField chosen=form.format.clone() problem=problem.clone() />
            {path("file", t::FILE, t::FILE_HINT, &form.file, true)}
            {path("catalogue", t::CATALOGUE, t::NEW_CATALOGUE_HINT, &form.catalogue, true)}
            <TextArea name="source" label=t::SOURCE.of(lang) value=form.source.clone() problem=problem.clone() />
            <TextField
                name="currency"
                label=t::CURRENCY.of(lang)
                value=form.currency.clone()
                problem=problem.clone()
                required=true
                maxlength=3
            />
        }
        .into_any(),
        JobKind::Reindex => ().into_any(),
    }
}

#[component]
fn CatalogueField(catalogues: Vec<Catalogue>, chosen: String, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let named = |catalogue: Catalogue| {
        let slug = catalogue.input.slug.to_string();
        (slug.clone(), format!("{} ({slug})", catalogue.input.title.text(lang)))
    };
    let options: Vec<(String, String)> = catalogues.into_iter().map(named).collect();
    view! { <Choice name="catalogue" label=t::CATALOGUE.of(lang) options chosen problem required=true /> }
}

#[component]
fn FormatField(chosen: String, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let options = ImportFormat::ALL.iter().map(|format| (format.code(), format.code())).collect();
    view! { <Choice name="format" label=t::FORMAT.of(lang) options chosen problem required=true /> }
}
