//! What a reader does as a shopper.

use alluvium_domain::shop::EventKind;
use alluvium_domain::{Issue, Problem};
use axum::Form;
use axum::extract::Path;
use axum::response::{Redirect, Response};
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
    let (actor, cookie) = cookies::as_visitor(&visit);
    let done = match form.kind.parse::<EventKind>() {
        Ok(kind) => visit.services.shop_act(&actor, &slug, &id, kind).await,
        Err(()) => Err(Problem::field("kind", Issue::Unknown { value: form.kind })),
    };
    match done {
        Ok(()) => cookies::with_cookies(Redirect::to(&product_url(&slug, &id)), cookie),
        Err(problem) => visit.answer(Err(problem)),
    }
}
