//! The second factor: set up, confirmed by a code, turned off.

use alluvium_domain::Problem;
use alluvium_services::{Enrolment, SecondFactor};
use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;

use super::{Part, Shown, answer, failed};
use crate::components::callout::{Notice, Tone};
use crate::components::entry::Day;
use crate::components::field::TextField;
use crate::i18n::second_factor as t;
use crate::visit::Visit;

/// The part of the settings that is about it.
const PLACE: &str = "/settings#second-factor";
/// Side of the picture, in pixels at least.
const PICTURE: u32 = 200;

/// A code, as typed.
#[derive(Deserialize)]
pub(crate) struct CodeForm {
    code: String,
}

/// `POST /settings/second-factor`
pub(crate) async fn begin(visit: Visit) -> Response {
    match visit.services.second_factor_begin(&visit.actor).await {
        Ok(()) => Redirect::to(PLACE).into_response(),
        Err(problem) => failed(&visit, Part::SecondFactor, problem, Vec::new()).await,
    }
}

/// `POST /settings/second-factor/confirm`: the answer is the page itself, because the recovery codes are shown this once.
pub(crate) async fn confirm(visit: Visit, Form(form): Form<CodeForm>) -> Response {
    match visit.services.second_factor_confirm(&visit.caller, &visit.actor, &form.code).await {
        Ok(recovery) => answer(&visit, Shown { recovery, ..Shown::default() }).await,
        Err(problem) => failed(&visit, Part::SecondFactor, problem, Vec::new()).await,
    }
}

/// `POST /settings/second-factor/end`
pub(crate) async fn end(visit: Visit, Form(form): Form<CodeForm>) -> Response {
    match visit.services.second_factor_end(&visit.caller, &visit.actor, &form.code).await {
        Ok(()) => Redirect::to(PLACE).into_response(),
        Err(problem) => failed(&visit, Part::SecondFactor, problem, Vec::new()).await,
    }
}

/// The part of the page.
#[component]
pub(super) fn SecondFactorPanel(
    factor: SecondFactor,
    recovery: Vec<String>,
    problem: Option<Problem>,
) -> impl IntoView {
    let lang = crate::visit::lang();
    // Not to who came by the provider, which asks for one itself.
    let missing = Visit::current().is_some_and(|visit| visit.actor.second_factor_missing);
    let content = match (factor.since, factor.pending) {
        (Some(_), _) => {
            view! {
                <p class="facts">
                    <span class="fact">{t::ON_SINCE.of(lang)} " " {factor.since.map(|at| view! { <Day at /> })}</span>
                    <span class="fact">{t::CODES_LEFT.of(lang)} " " {factor.codes}</span>
                </p>
                {(!factor.required).then(|| view! { <Code action="/settings/second-factor/end" button=t::END.of(lang) hint=t::END_HINT.of(lang) problem /> })}
            }
            .into_any()
        }
        (None, Some(pending)) => {
            view! {
                <Pending pending />
                <Code action="/settings/second-factor/confirm" button=t::CONFIRM.of(lang) hint=t::CODE_HINT.of(lang) problem />
                <form method="post" action="/settings/second-factor">
                    <button class="button button--small" type="submit">{t::ANOTHER.of(lang)}</button>
                </form>
            }
            .into_any()
        }
        (None, None) => {
            view! {
                <form method="post" action="/settings/second-factor">
                    <button class="button" type="submit">{t::BEGIN.of(lang)}</button>
                </form>
            }
            .into_any()
        }
    };
    view! {
        <section class="panel" id="second-factor">
            <h2>{t::SECOND_FACTOR.of(lang)}</h2>
            <p class="muted">{t::LEAD.of(lang)}</p>
            {missing.then(|| view! { <Notice tone=Tone::Warning>{t::REQUIRED.of(lang)}</Notice> })}
            {(!recovery.is_empty()).then(|| view! { <Recovery codes=recovery /> })}
            {content}
        </section>
    }
}

#[component]
fn Recovery(codes: Vec<String>) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <Notice tone=Tone::Good>
            <p>{t::RECOVERY.of(lang)}</p>
            <pre class="record__code" tabindex="0"><code>{codes.join("\n")}</code></pre>
        </Notice>
    }
}

#[component]
fn Pending(pending: Enrolment) -> impl IntoView {
    let lang = crate::visit::lang();
    view! {
        <p>{t::SCAN.of(lang)}</p>
        {picture(&pending.address).map(|picture| view! { <div class="qr" role="img" aria-label=t::PICTURE.of(lang) inner_html=picture></div> })}
        <label class="secret">
            <span>{t::SECRET.of(lang)}</span>
            <input class="input" readonly value=pending.secret />
        </label>
        <label class="secret">
            <span>{t::ADDRESS.of(lang)}</span>
            <input class="input" readonly value=pending.address />
        </label>
    }
}

/// A QR code as SVG, dark on light in both themes: cameras read it so.
fn picture(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let picture = code.render::<svg::Color>().min_dimensions(PICTURE, PICTURE).build();
    // Without the declaration of XML, which has no place inside a page.
    picture.find("<svg").map(|start| picture[start..].to_owned())
}

#[component]
fn Code(action: &'static str, button: &'static str, hint: &'static str, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let later = problem.as_ref().filter(|problem| problem.retry_after().is_some());
    let later = later.map(|problem| crate::pages::sign_in::too_many(problem, lang));
    view! {
        {later.map(|later| view! { <Notice tone=Tone::Bad>{later}</Notice> })}
        <form class="form" method="post" action=action>
            <TextField name="code" label=t::CODE.of(lang) problem hint required=true autocomplete="one-time-code" maxlength=40 />
            <button class="button" type="submit">{button}</button>
        </form>
    }
}
