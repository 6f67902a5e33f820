//! What a reader does as a shopper.

use alluvium_domain::shop::EventKind;
use alluvium_domain::{Actor, Issue, Problem};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::components::product::product_url;
use crate::forms::cookies;
use crate::visit::Visit;

#[derive(Deserialize)]
pub(crate) struct EventForm {
    #[serde(default)]
    kind: String,
}

/// `POST /shop/{catalogue}/products/{id}/events`
pub(crate) async fn add(
    visit: Visit,
    Path((slug, id)): Path<(String, String)>,
    Form(form): Form<EventForm>,
) -> Response {
    // Somebody who is not signed in becomes a visitor with the first click.
    let nobody = visit.actor.user.is_none() && visit.actor.visitor.is_none();
    let (actor, cookie) = match nobody.then(|| visit.services.visitor_new()) {
        Some((id, value)) => {
            (Actor { visitor: Some(id), ..visit.actor.clone() }, Some(cookies::visitor(&visit, &value)))
        }
        None => (visit.actor.clone(), None),
    };
    let done = match form.kind.parse::<EventKind>() {
        Ok(kind) => visit.services.shop_act(&actor, &slug, &id, kind).await,
        Err(()) => Err(Problem::field("kind", Issue::Unknown { value: form.kind })),
    };
    let response = match done {
        Ok(()) => Redirect::to(&product_url(&slug, &id)).into_response(),
        Err(problem) => return visit.answer(Err(problem)),
    };
    match cookie {
        Some(cookie) => cookies::with_cookie(response, &cookie),
        None => response,
    }
}
