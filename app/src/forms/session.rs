//! Signing in and out.

use alluvium_services::{SignIn, SignInStep};
use axum::Form;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::cookies::{known, session, with_cookie};
use crate::pages::sign_in;
use crate::visit::{Visit, local_path};

#[derive(Deserialize)]
pub(crate) struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in`
pub(crate) async fn sign_in(visit: Visit, Form(form): Form<SignInForm>) -> Response {
    let next = local_path(&form.next);
    match visit.services.sign_in(&visit.caller, &form.name, &form.password).await {
        Ok(step) => after(&visit, step, next).await,
        Err(problem) => visit.answer(Ok(sign_in::document(&visit, form.name, next.to_owned(), Some(problem)))),
    }
}

#[derive(Deserialize)]
pub(crate) struct LinkForm {
    token: String,
}

/// `POST /sign-in/link`
pub(crate) async fn sign_in_by_link(visit: Visit, Form(form): Form<LinkForm>) -> Response {
    match visit.services.sign_in_by_link(&visit.caller, &form.token).await {
        Ok(step) => after(&visit, step, "/settings").await,
        Err(problem) => visit.answer(Ok(sign_in::link_document(&visit, form.token, Some(problem)))),
    }
}

#[derive(Deserialize)]
pub(crate) struct CodeForm {
    pending: String,
    code: String,
    #[serde(default)]
    next: String,
}

/// `POST /sign-in/code`
pub(crate) async fn sign_in_by_code(visit: Visit, Form(form): Form<CodeForm>) -> Response {
    let next = local_path(&form.next);
    match visit.services.sign_in_by_code(&visit.caller, &form.pending, &form.code).await {
        Ok(done) => signed_in(&visit, &done, next).await,
        Err(problem) if problem.for_field("pending", visit.lang).is_some() => {
            visit.answer(Ok(sign_in::document(&visit, String::new(), next.to_owned(), Some(problem))))
        }
        Err(problem) => visit.answer(Ok(sign_in::code_document(&visit, form.pending, next.to_owned(), Some(problem)))),
    }
}

async fn after(visit: &Visit, step: SignInStep, to: &str) -> Response {
    match step {
        SignInStep::Done(done) => signed_in(visit, &done, to).await,
        SignInStep::Code(pending) => visit.answer(Ok(sign_in::code_document(visit, pending, to.to_owned(), None))),
    }
}

pub(super) async fn signed_in(visit: &Visit, done: &SignIn, to: &str) -> Response {
    let actor = visit.services.actor_by_session(Some(&done.secret.0)).await;
    let to = if actor.is_ok_and(|actor| actor.second_factor_missing) { "/settings#second-factor" } else { to };
    let response = with_cookie(Redirect::to(to), &session(visit, &done.secret.0));
    with_cookie(response, &known(visit, &done.known))
}

/// `POST /sign-out`
pub(crate) async fn sign_out(visit: Visit) -> Response {
    if let Some(secret) = &visit.session
        && let Err(problem) = visit.services.sign_out(secret).await
    {
        return visit.answer(Err(problem));
    }
    with_cookie(Redirect::to("/"), &session(&visit, ""))
}
