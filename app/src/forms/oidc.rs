//! Signing in by a provider of OpenID Connect: away and back, and which account it is.

use alluvium_services::{OidcAnswer, OidcEnd};
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::cookies::{journey, with_cookie};
use super::session::signed_in;
use crate::pages::settings::{self, Part};
use crate::pages::sign_in;
use crate::visit::{Visit, local_path};

/// Where somebody wants to go afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct StartQuery {
    next: String,
}

/// What the provider sends back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct EndQuery {
    state: String,
    code: String,
    error: String,
}

/// The address that the provider sends people back to.
fn back(visit: &Visit) -> String {
    format!("{}/sign-in/oidc/callback", visit.origin())
}

/// `GET /sign-in/oidc`: on to the provider.
pub(crate) async fn start(visit: Visit, Query(query): Query<StartQuery>) -> Response {
    let next = local_path(&query.next);
    match visit.services.oidc_start(&back(&visit), next).await {
        Ok(Ok(start)) => with_cookie(Redirect::to(&start.url), &journey(&visit, &start.journey)),
        Ok(Err(refusal)) => Redirect::to(&sign_in::refused_url(refusal, next)).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}

/// `GET /sign-in/oidc/callback`: back from the provider. Each answer leads to another address, since this one holds a code.
pub(crate) async fn end(visit: Visit, Query(query): Query<EndQuery>) -> Response {
    let answer = OidcAnswer {
        journey: visit.journey.as_deref().unwrap_or_default(),
        state: &query.state,
        code: &query.code,
        error: &query.error,
    };
    let response = match visit.services.oidc_end(&visit.caller, &visit.actor, &back(&visit), answer).await {
        Ok(OidcEnd::SignedIn(done, next)) => signed_in(&visit, &done, local_path(&next)).await,
        Ok(OidcEnd::Linked) => Redirect::to("/settings?done=sso#sso").into_response(),
        Ok(OidcEnd::Refused { why, linking: true, .. }) => {
            Redirect::to(&format!("/settings?sso={}#sso", why.code())).into_response()
        }
        Ok(OidcEnd::Refused { why, next, .. }) => {
            Redirect::to(&sign_in::refused_url(why, local_path(&next))).into_response()
        }
        Err(problem) if problem.retry_after().is_some() => {
            visit.answer(Ok(sign_in::document(&visit, String::new(), "/".to_owned(), Some(problem))))
        }
        Err(problem) => visit.answer(Err(problem)),
    };
    with_cookie(response, &journey(&visit, ""))
}

/// `POST /settings/oidc`: the answer is a page with a link, because a form may not lead to another site.
pub(crate) async fn link(visit: Visit) -> Response {
    match visit.services.oidc_link(&visit.actor, &back(&visit)).await {
        Ok(Ok(start)) => {
            let page = visit.answer(Ok(settings::sso::onward(&visit, start.url)));
            with_cookie(page, &journey(&visit, &start.journey))
        }
        Ok(Err(refusal)) => Redirect::to(&format!("/settings?sso={}#sso", refusal.code())).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}

/// `POST /settings/oidc/unlink`
pub(crate) async fn unlink(visit: Visit) -> Response {
    match visit.services.oidc_unlink(&visit.actor).await {
        Ok(()) => Redirect::to("/settings?done=sso-end#sso").into_response(),
        Err(problem) => settings::failed(&visit, Part::Sso, problem, Vec::new()).await,
    }
}
