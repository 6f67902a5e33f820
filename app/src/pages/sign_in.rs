//! Signing in, by password or by a one-time link.

use alluvium_domain::{Action, Problem, ProblemKind, percent_encoded};
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::{Notice, Tone};
use crate::components::field::TextField;
use crate::components::icon::Mark;
use crate::document::{Document, Section, status};
use crate::i18n::account as t;
use crate::i18n::common as tc;
use crate::visit::{Visit, local_path};

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    next: String,
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
    visit.answer(Ok(document(&visit, String::new(), next, None)))
}

/// `GET /sign-in/link`: only shows a button, so that a mail scanner that follows the link does not use it up.
pub(crate) async fn show_link(visit: Visit, Query(params): Query<LinkParams>) -> Response {
    visit.answer(Ok(link_document(&visit, params.token, None)))
}

/// The form, after a failed attempt with what was wrong.
pub(crate) fn document(visit: &Visit, name: String, next: String, problem: Option<Problem>) -> Document {
    let lang = visit.lang;
    let open = visit.actor.may(Action::Read).is_ok();
    let code = problem.as_ref().map(|problem| status(problem.kind));
    let document = Document::new(tc::SIGN_IN.of(lang), Section::Other, move || {
        let wrong = problem.map(|problem| match problem.kind {
            ProblemKind::Overloaded => t::TOO_MANY.of(lang),
            ProblemKind::Invalid => t::WRONG.of(lang),
            _ => problem.title(lang),
        });
        view! {
            <div class="sheet">
                <div class="sheet__mark"><Mark /></div>
                <h1>{tc::SIGN_IN.of(lang)}</h1>
                <p class="muted">{if open { t::SIGN_IN_LEAD } else { t::SIGN_IN_LEAD_CLOSED }.of(lang)}</p>
                {wrong.map(|wrong| view! { <Notice tone=Tone::Bad>{wrong}</Notice> })}
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
                <p class="muted small">{t::NO_ACCOUNT.of(lang)}</p>
            </div>
        }
    });
    code.into_iter().fold(document.private(), Document::status)
}

/// The page behind a one-time link.
pub(crate) fn link_document(visit: &Visit, token: String, problem: Option<Problem>) -> Document {
    let lang = visit.lang;
    let code = problem.as_ref().map(|problem| status(problem.kind));
    let document = Document::new(t::LINK_TITLE.of(lang), Section::Other, move || {
        view! {
            <div class="sheet">
                <div class="sheet__mark"><Mark /></div>
                <h1>{t::LINK_TITLE.of(lang)}</h1>
                {match problem {
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
    code.into_iter().fold(document.private(), Document::status)
}
