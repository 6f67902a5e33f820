//! Moving an entry between states, and bringing an old revision back.

use alluvium_domain::{EntryKind, EntryState, EntrySummary, Issue, Problem};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::visit::Visit;

#[derive(Deserialize)]
pub(crate) struct MoveForm {
    to: String,
}

#[derive(Deserialize)]
pub(crate) struct RestoreForm {
    number: i32,
}

/// `POST /articles/{slug}/state`
pub(crate) async fn article_move(visit: Visit, Path(slug): Path<String>, Form(form): Form<MoveForm>) -> Response {
    move_to(&visit, EntryKind::Article, &slug, &form).await
}

/// `POST /glossary/{slug}/state`
pub(crate) async fn term_move(visit: Visit, Path(slug): Path<String>, Form(form): Form<MoveForm>) -> Response {
    move_to(&visit, EntryKind::Term, &slug, &form).await
}

/// `POST /articles/{slug}/restore`
pub(crate) async fn article_restore(visit: Visit, Path(slug): Path<String>, Form(form): Form<RestoreForm>) -> Response {
    let done = visit.services.entry_restore(&visit.actor, EntryKind::Article, &slug, form.number).await;
    to_entry(&visit, done)
}

/// `POST /glossary/{slug}/restore`
pub(crate) async fn term_restore(visit: Visit, Path(slug): Path<String>, Form(form): Form<RestoreForm>) -> Response {
    let done = visit.services.entry_restore(&visit.actor, EntryKind::Term, &slug, form.number).await;
    to_entry(&visit, done)
}

async fn move_to(visit: &Visit, kind: EntryKind, slug: &str, form: &MoveForm) -> Response {
    let Ok(to) = form.to.parse::<EntryState>() else {
        return visit.answer(Err(Problem::field("to", Issue::Unknown { value: form.to.clone() })));
    };
    let done = visit.services.entry_move(&visit.actor, kind, slug, to).await;
    to_entry(visit, done)
}

fn to_entry(visit: &Visit, done: Result<EntrySummary, Problem>) -> Response {
    match done {
        Ok(entry) => Redirect::to(&entry.url()).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}
