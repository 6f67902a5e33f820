//! What a reader does as a shopper.

use alluvium_domain::shop::{EventBatch, EventId, EventInput, EventKind};
use alluvium_domain::{Issue, Problem, ProblemKind};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::components::product::product_url;
use crate::visit::Visit;

/// The shopper that stands for a person.
pub(crate) fn own_shopper(name: &str) -> String {
    format!("person-{name}")
}

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
    match keep(&visit, &slug, &id, &form).await {
        Ok(()) => Redirect::to(&product_url(&slug, &id)).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}

async fn keep(visit: &Visit, slug: &str, id: &str, form: &EventForm) -> Result<(), Problem> {
    let user = visit.actor.user.as_ref().ok_or_else(|| Problem::new(ProblemKind::Unauthenticated))?;
    let unknown = |()| Problem::field("kind", Issue::Unknown { value: form.kind.clone() });
    let event = EventInput {
        id: EventId(Uuid::now_v7()),
        shopper: own_shopper(&user.name),
        product: id.to_owned(),
        kind: form.kind.parse::<EventKind>().map_err(unknown)?,
        at: None,
        query: None,
        position: None,
    };
    visit.services.events_accept(&visit.actor, EventBatch { catalogue: slug.to_owned(), events: vec![event] }).await?;
    Ok(())
}
