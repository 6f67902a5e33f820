//! The password again, for acts that give somebody power: in a page of its own, which then does what was asked for. Works without JavaScript.

use alluvium_domain::{Problem, ProblemKind};
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use leptos::prelude::*;

use crate::components::callout::{Notice, Tone};
use crate::components::field::TextField;
use crate::components::icon::Mark;
use crate::document::{Document, Section};
use crate::i18n::account as t;
use crate::i18n::common as tc;
use crate::visit::{App, Visit, local_path};

/// The field that carries the password, beside those of the form that is done with it.
const FIELD: &str = "password_again";
/// Longest form that is carried along, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// Marks an answer: the form was good, and waits for the password.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unconfirmed;

type Fields = Vec<(String, String)>;

/// Around the forms of such acts. Where the use case wants the password, its page is the answer; where the form brings it along, it is looked at first.
pub(crate) async fn again(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_FORM).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let all: Fields = form_urlencoded::parse(&bytes).into_owned().collect();
    let (given, fields): (Fields, Fields) = all.into_iter().partition(|(name, _)| name == FIELD);
    let visit = match Visit::from_request_parts(&mut parts, &app).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let mut body = Body::from(bytes);
    if let (Some((_, password)), Some(session)) = (given.first(), &visit.session) {
        if let Err(problem) = app.services.session_confirm(&visit.caller, &visit.actor, session, password).await {
            return match problem.kind {
                ProblemKind::Invalid | ProblemKind::Overloaded => ask(&visit, fields, Some(problem)),
                _ => visit.answer(Err(problem)),
            };
        }
        body = Body::from(form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish());
        parts.headers.remove(http::header::CONTENT_LENGTH);
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    match response.extensions().get::<Unconfirmed>() {
        Some(Unconfirmed) => ask(&visit, fields, None),
        None => response,
    }
}

fn ask(visit: &Visit, fields: Fields, problem: Option<Problem>) -> Response {
    let lang = visit.lang;
    let action = visit.uri.path_and_query().map_or("/", |path| local_path(path.as_str())).to_owned();
    let shown = problem.clone();
    let document = Document::new(t::CONFIRM.of(lang), Section::Other, move || {
        let wrong = problem.map(|problem| match problem.kind {
            ProblemKind::Overloaded => crate::pages::sign_in::too_many(&problem, lang),
            _ => t::PASSWORD_WRONG.of(lang).to_owned(),
        });
        let carried = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
        view! {
            <div class="sheet">
                <div class="sheet__mark"><Mark /></div>
                <h1>{t::CONFIRM.of(lang)}</h1>
                <p class="muted">{t::CONFIRM_LEAD.of(lang)}</p>
                {wrong.map(|wrong| view! { <Notice tone=Tone::Bad>{wrong}</Notice> })}
                <form class="form" method="post" action=action>
                    {carried.collect_view()}
                    <TextField
                        name=FIELD
                        label=t::PASSWORD.of(lang)
                        kind="password"
                        required=true
                        autocomplete="current-password"
                        maxlength=256
                    />
                    <button class="button button--primary button--wide">{t::CONFIRM_BUTTON.of(lang)}</button>
                </form>
                <p><a href="/">{tc::BACK_HOME.of(lang)}</a></p>
            </div>
        }
    });
    let document = document.private().status(StatusCode::FORBIDDEN).of_problem(shown.as_ref());
    visit.answer(Ok(document))
}
