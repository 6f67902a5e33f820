//! Signing in, by password or by a one-time link.

use alluvium_domain::{Action, Lang, Problem, ProblemKind, percent_encoded};
use alluvium_services::OidcRefusal;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::{Notice, Tone};
use crate::components::field::TextField;
use crate::components::icon::Mark;
use crate::document::{Document, Section};
use crate::i18n::Text;
use crate::i18n::account as t;
use crate::i18n::common as tc;
use crate::i18n::second_factor as ts;
use crate::visit::{Visit, local_path};

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    next: String,
    /// Why nobody came in by the provider ([`OidcRefusal::code`]).
    #[serde(default)]
    sso: String,
}

/// The secret of a one-time link.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct LinkParams {
    #[serde(default)]
    token: String,
}

/// The sign-in page that leads back to `path`.
pub(crate) fn url(path: &str) -> String {
    if path == "/" || path.starts_with("/sign-in") {
        "/sign-in".to_owned()
    } else {
        format!("/sign-in?next={}", percent_encoded(path))
    }
}

/// `GET /sign-in`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let next = local_path(&params.next).to_owned();
    if visit.actor.user.is_some() {
        return Redirect::to(&next).into_response();
    }
    let refusal = OidcRefusal::parse(&params.sso).filter(|_| visit.services.oidc_label().is_some());
    visit.answer(Ok(form(&visit, String::new(), next, None, refusal)))
}

/// The sign-in page that says why nobody came in by the provider.
pub(crate) fn refused_url(refusal: OidcRefusal, next: &str) -> String {
    format!("/sign-in?sso={}&next={}", refusal.code(), percent_encoded(next))
}

/// What to tell somebody who did not come in by the provider.
pub(crate) fn refusal_text(refusal: OidcRefusal) -> Text {
    match refusal {
        OidcRefusal::Unreachable => t::SSO_UNREACHABLE,
        OidcRefusal::Cancelled => t::SSO_CANCELLED,
        OidcRefusal::Wrong => t::SSO_WRONG,
        OidcRefusal::Unknown => t::SSO_UNKNOWN,
        OidcRefusal::Disabled => t::SSO_DISABLED,
        OidcRefusal::Taken => t::SSO_TAKEN,
    }
}

/// The words of the button that leads to the provider: Latin names stand apart from Chinese.
fn provider_button(label: &str, lang: Lang) -> String {
    let space = if label.is_ascii() { " " } else { "" };
    match label {
        "" => t::SSO.of(lang).to_owned(),
        _ => lang.pick(format!("使用{space}{label}{space}登录"), format!("Sign in with {label}")),
    }
}

/// `GET /sign-in/link`: only shows a button, so that a mail scanner that follows the link does not use it up.
pub(crate) async fn show_link(visit: Visit, Query(params): Query<LinkParams>) -> Response {
    visit.answer(Ok(link_document(&visit, params.token, None)))
}

/// The form, after a failed attempt with what was wrong.
pub(crate) fn document(visit: &Visit, name: String, next: String, problem: Option<Problem>) -> Document {
    form(visit, name, next, problem, None)
}

fn form(visit: &Visit, name: String, next: String, problem: Option<Problem>, refusal: Option<OidcRefusal>) -> Document {
    let lang = visit.lang;
    let provider = visit
        .services
        .oidc_label()
        .map(|label| (format!("/sign-in/oidc?next={}", percent_encoded(&next)), provider_button(label, lang)));
    let open = visit.actor.may(Action::Read).is_ok();
    let code = problem.clone().or(refusal.map(OidcRefusal::problem));
    let document = Document::new(tc::SIGN_IN.of(lang), Section::Other, move || {
        let refused = refusal.map(|refusal| refusal_text(refusal).of(lang).to_owned());
        let wrong = problem.map(|problem| match problem.kind {
            ProblemKind::Overloaded => too_many(&problem, lang),
            ProblemKind::Invalid if problem.for_field("pending", lang).is_some() => ts::OVER.of(lang).to_owned(),
            ProblemKind::Invalid => t::WRONG.of(lang).to_owned(),
            _ => problem.title(lang).to_owned(),
        });
        view! {
            <div class="sheet">
                <div class="sheet__mark"><Mark /></div>
                <h1>{tc::SIGN_IN.of(lang)}</h1>
                <p class="muted">{if open { t::SIGN_IN_LEAD } else { t::SIGN_IN_LEAD_CLOSED }.of(lang)}</p>
                {wrong.or(refused).map(|wrong| view! { <Notice tone=Tone::Bad>{wrong}</Notice> })}
                <form class="form" method="post" action="/sign-in">
                    <input type="hidden" name="next" value=next />
                    <TextField name="name" label=t::NAME.of(lang) value=name required=true autocomplete="username" maxlength=64 />
                    <TextField
                        name="password"
                        label=t::PASSWORD.of(lang)
                        kind="password"
                        required=true
                        autocomplete="current-password"
                        maxlength=256
                    />
                    <button class="button button--primary button--wide">{tc::SIGN_IN.of(lang)}</button>
                </form>
                {provider.map(|(href, button)| view! { <p><a class="button button--wide" href=href>{button}</a></p> })}
                <p class="muted small">{t::NO_ACCOUNT.of(lang)}</p>
            </div>
        }
    });
    document.private().of_problem(code.as_ref())
}

/// Too many attempts, and when there may be another.
pub(crate) fn too_many(problem: &Problem, lang: Lang) -> String {
    let when = problem.for_field("requests", lang).unwrap_or_default();
    format!("{}{}{when}{}", t::TOO_MANY.of(lang), lang.pick("，", ": "), lang.pick("。", "."))
}

/// The question for a code, after name and password were right.
pub(crate) fn code_document(visit: &Visit, pending: String, next: String, problem: Option<Problem>) -> Document {
    let lang = visit.lang;
    let shown = problem.clone();
    let document = Document::new(ts::SECOND_FACTOR.of(lang), Section::Other, move || {
        let wrong = problem.map(|problem| match problem.kind {
            ProblemKind::Overloaded => too_many(&problem, lang),
            ProblemKind::Invalid => ts::WRONG.of(lang).to_owned(),
            _ => problem.title(lang).to_owned(),
        });
        view! {
            <div class="sheet">
                <div class="sheet__mark"><Mark /></div>
                <h1>{ts::SECOND_FACTOR.of(lang)}</h1>
                <p class="muted">{ts::SIGN_IN_LEAD.of(lang)}</p>
                {wrong.map(|wrong| view! { <Notice tone=Tone::Bad>{wrong}</Notice> })}
                <form class="form" method="post" action="/sign-in/code">
                    <input type="hidden" name="next" value=next />
                    <input type="hidden" name="pending" value=pending />
                    <TextField name="code" label=ts::CODE.of(lang) required=true autocomplete="one-time-code" maxlength=40 />
                    <button class="button button--primary button--wide">{tc::SIGN_IN.of(lang)}</button>
                </form>
                <p><a href="/sign-in">{ts::AGAIN.of(lang)}</a></p>
            </div>
        }
    });
    document.private().of_problem(shown.as_ref())
}

/// The page behind a one-time link.
pub(crate) fn link_document(visit: &Visit, token: String, problem: Option<Problem>) -> Document {
    let lang = visit.lang;
    let code = problem.clone();
    let document = Document::new(t::LINK_TITLE.of(lang), Section::Other, move || {
        view! {
            <div class="sheet">
                <div class="sheet__mark"><Mark /></div>
                <h1>{t::LINK_TITLE.of(lang)}</h1>
                {match problem {
                    Some(problem) if problem.kind == ProblemKind::Overloaded => {
                        view! { <Notice tone=Tone::Bad>{too_many(&problem, lang)}</Notice> }.into_any()
                    }
                    Some(_) => view! { <Notice tone=Tone::Bad>{t::LINK_USED.of(lang)}</Notice> }.into_any(),
                    None => {
                        view! {
                            <p class="muted">{t::LINK_LEAD.of(lang)}</p>
                            <form class="form" method="post" action="/sign-in/link">
                                <input type="hidden" name="token" value=token />
                                <button class="button button--primary button--wide">{tc::SIGN_IN.of(lang)}</button>
                            </form>
                        }
                            .into_any()
                    }
                }}
            </div>
        }
    });
    document.private().of_problem(code.as_ref())
}
