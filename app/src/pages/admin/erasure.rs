//! Handing out and erasing what is kept of a person or a shopper.

use alluvium_domain::{Action, Problem, ProblemKind};
use alluvium_services::Erasure;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use http::header;
use leptos::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::senders::Learned;
use crate::components::callout::{Notice, Tone};
use crate::components::field::TextField;
use crate::document::{Document, Section, status};
use crate::i18n::erasure as t;
use crate::visit::Visit;

/// The page's address.
const URL: &str = "/admin/erasure";

/// Whom a form is about: a person, or a shopper of a catalogue.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErasureForm {
    person: String,
    catalogue: String,
    shopper: String,
    confirm: String,
    /// The same in the other form of the page.
    confirm_shopper: String,
}

/// `GET /admin/erasure`
pub(crate) async fn show(visit: Visit) -> Response {
    answer(&visit, None, None, ErasureForm::default())
}

/// `POST /admin/erasure`
pub(crate) async fn erase(visit: Visit, Form(form): Form<ErasureForm>) -> Response {
    let person = form.person.trim();
    let done = if person.is_empty() {
        visit
            .services
            .shopper_erase(&visit.actor, form.catalogue.trim(), form.shopper.trim(), &form.confirm_shopper)
            .await
    } else {
        visit.services.person_erase(&visit.actor, person, &form.confirm).await
    };
    match done {
        Ok(erasure) => answer(&visit, Some(erasure), None, ErasureForm::default()),
        Err(problem)
            if matches!(
                problem.kind,
                ProblemKind::Forbidden | ProblemKind::Unauthenticated | ProblemKind::Unconfirmed
            ) =>
        {
            visit.answer(Err(problem))
        }
        Err(problem) => answer(&visit, None, Some(problem), form),
    }
}

/// `GET /admin/erasure/export`
pub(crate) async fn export(visit: Visit, Query(form): Query<ErasureForm>) -> Response {
    let person = form.person.trim();
    let (export, name) = if person.is_empty() {
        let export = visit.services.shopper_export(&visit.actor, form.catalogue.trim(), form.shopper.trim()).await;
        (export, "shopper.json")
    } else {
        (visit.services.person_export(&visit.actor, person).await, "person.json")
    };
    file(&visit, export, name)
}

/// `GET /settings/export`
pub(crate) async fn own_export(visit: Visit) -> Response {
    let name = visit.actor.user.as_ref().map(|user| user.name.clone()).unwrap_or_default();
    let export = visit.services.person_export(&visit.actor, &name).await;
    file(&visit, export, "person.json")
}

fn file(visit: &Visit, export: Result<Value, Problem>, name: &str) -> Response {
    match export {
        Ok(export) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
                (header::CACHE_CONTROL, "private, no-store".to_owned()),
            ];
            (headers, format!("{export:#}\n")).into_response()
        }
        Err(problem) => visit.answer(Err(problem)),
    }
}

fn answer(visit: &Visit, done: Option<Erasure>, problem: Option<Problem>, typed: ErasureForm) -> Response {
    let document = visit.actor.may(Action::Administer).map(|()| document(visit, done, problem, typed));
    visit.answer(document)
}

fn document(visit: &Visit, done: Option<Erasure>, problem: Option<Problem>, typed: ErasureForm) -> Document {
    let code = problem.as_ref().map(|problem| status(problem.kind));
    let lang = visit.lang;
    let document = Document::new(t::TITLE.of(lang), Section::Other, move || {
        let of_shopper = !typed.shopper.is_empty();
        let said = problem.as_ref().map(|problem| {
            let words = if problem.errors.is_empty() { problem.title(lang).to_owned() } else { problem.detail(lang) };
            view! { <Notice tone=Tone::Bad>{words}</Notice> }
        });
        let (learned, done) = done.map(|done| (done.learned, true)).unwrap_or_default();
        let (for_person, for_shopper) = if of_shopper { (None, problem) } else { (problem, None) };
        view! {
            <div class="wrap wrap--narrow">
                <div class="page-head">
                    <h1>{t::TITLE.of(lang)}</h1>
                </div>
                <p class="lead">{t::LEAD.of(lang)}</p>
                {said}
                {done.then(|| view! { <Notice tone=Tone::Good>{t::DONE.of(lang)}</Notice> })}
                <Learned learned />
                <section class="panel">
                    <h2>{t::PERSON.of(lang)}</h2>
                    <form class="form" method="post" action=URL>
                        <TextField name="person" label=t::PERSON.of(lang) value=typed.person required=true autocomplete="off" maxlength=64 />
                        <TextField name="confirm" label=t::CONFIRM.of(lang) problem=for_person autocomplete="off" maxlength=64 />
                        <Buttons />
                    </form>
                </section>
                <section class="panel">
                    <h2>{t::SHOPPER.of(lang)}</h2>
                    <form class="form" method="post" action=URL>
                        <TextField name="catalogue" label=t::CATALOGUE.of(lang) value=typed.catalogue required=true autocomplete="off" maxlength=100 />
                        <TextField name="shopper" label=t::SHOPPER_ID.of(lang) value=typed.shopper required=true autocomplete="off" maxlength=200 />
                        <TextField name="confirm_shopper" label=t::CONFIRM.of(lang) problem=for_shopper autocomplete="off" maxlength=200 />
                        <Buttons />
                    </form>
                </section>
            </div>
        }
    });
    code.into_iter().fold(document.private(), Document::status)
}

#[component]
fn Buttons() -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <p class="inline-form">
            <button class="button" type="submit" formmethod="get" formaction=format!("{URL}/export")>{t::EXPORT.of(lang)}</button>
            <button class="button button--danger" type="submit">{t::ERASE.of(lang)}</button>
        </p>
    }
}
