//! Moving an entry between states, and bringing an old revision back.

use alluvium_domain::{EntryKind, EntryState, EntrySummary, Issue, Problem, ProblemKind};
use alluvium_services::SaveOutcome;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::pages::editor;
use crate::visit::Visit;

#[derive(Deserialize)]
pub(crate) struct MoveForm {
    to: String,
}

#[derive(Deserialize)]
pub(crate) struct RestoreForm {
    number: i32,
}

/// `POST /articles/{slug}/state` and the same of other kinds
pub(crate) async fn move_to(visit: Visit, kind: EntryKind, slug: String, form: MoveForm) -> Response {
    let Ok(to) = form.to.parse::<EntryState>() else {
        return visit.answer(Err(Problem::field("to", Issue::Unknown { value: form.to.clone() })));
    };
    match visit.services.entry_move(&visit.actor, kind, &slug, to).await {
        // What the draft lacks is said beside the fields where it can be written.
        Err(problem) if !problem.errors.is_empty() => editor::incomplete(&visit, kind, slug, to, problem).await,
        done => to_entry(&visit, done),
    }
}

/// `POST /articles/{slug}/restore` and the same of other kinds
pub(crate) async fn restore(visit: Visit, kind: EntryKind, slug: String, form: RestoreForm) -> Response {
    match visit.services.entry_restore(&visit.actor, kind, &slug, form.number).await {
        Ok(SaveOutcome::Saved(entry) | SaveOutcome::Unchanged(entry)) => to_entry(&visit, Ok(entry)),
        Ok(SaveOutcome::Proposed(proposal)) => Redirect::to(&proposal.url()).into_response(),
        Ok(SaveOutcome::Conflict(_)) => visit.answer(Err(Problem::new(ProblemKind::Conflict))),
        Err(problem) => visit.answer(Err(problem)),
    }
}

fn to_entry(visit: &Visit, done: Result<EntrySummary, Problem>) -> Response {
    match done {
        Ok(entry) => Redirect::to(&entry.url()).into_response(),
        Err(problem) => visit.answer(Err(problem)),
    }
}
