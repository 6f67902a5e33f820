//! Signing in and out.

use axum::Form;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::cookies::{session, with_cookie};
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
    match visit.services.sign_in(&form.name, &form.password).await {
        Ok(done) => with_cookie(Redirect::to(next), &session(&visit, &done.secret.0)),
        Err(problem) => visit.answer(Ok(sign_in::document(&visit, form.name, next.to_owned(), Some(problem)))),
    }
}

#[derive(Deserialize)]
pub(crate) struct LinkForm {
    token: String,
}

/// `POST /sign-in/link`
pub(crate) async fn sign_in_by_link(visit: Visit, Form(form): Form<LinkForm>) -> Response {
    match visit.services.sign_in_by_link(&form.token).await {
        Ok(done) => with_cookie(Redirect::to("/settings"), &session(&visit, &done.secret.0)),
        Err(problem) => visit.answer(Ok(sign_in::link_document(&visit, form.token, Some(problem)))),
    }
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
