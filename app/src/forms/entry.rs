//! Creating and saving entries from the editor.

use alluvium_domain::{EntryKind, EntryState};
use alluvium_services::{SaveEntry, SaveOutcome};
use axum::response::{IntoResponse, Redirect, Response};

use super::cookies;
use crate::entry_form::EntryForm;
use crate::pages::editor::{self, Editor};
use crate::visit::Visit;

/// `POST /articles/new` and the same of other kinds
pub(crate) async fn create(visit: Visit, kind: EntryKind, form: EntryForm) -> Response {
    let editor = Editor::new(kind, form);
    if editor.is_preview() {
        return editor::answer(&visit, editor).await;
    }
    let state = editor.form.action.parse().unwrap_or(EntryState::Draft);
    let created = match editor.form.to_input(kind) {
        Ok(input) => visit.services.entry_create(&visit.actor, input, state).await,
        Err(problem) => Err(problem),
    };
    match created {
        Ok(entry) => saved(&visit, &editor, &entry.url()),
        Err(problem) => editor::answer(&visit, editor.with_problem(problem)).await,
    }
}

/// `POST /articles/{slug}/edit` and the same of other kinds
pub(crate) async fn save(visit: Visit, kind: EntryKind, slug: String, form: EntryForm) -> Response {
    let editor = Editor::of(kind, slug.clone(), EntryForm { slug: slug.clone(), ..form });
    if editor.is_preview() {
        return editor::answer(&visit, editor).await;
    }
    let outcome = match editor.form.to_input(kind) {
        Ok(input) => {
            let base = editor.form.base.parse().unwrap_or_default();
            let save = SaveEntry { input, base, decided: editor.form.decided() };
            visit.services.entry_save(&visit.actor, kind, &slug, save).await
        }
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(SaveOutcome::Saved(entry) | SaveOutcome::Unchanged(entry)) => saved(&visit, &editor, &entry.url()),
        Ok(SaveOutcome::Proposed(proposal)) => saved(&visit, &editor, &proposal.url()),
        Ok(SaveOutcome::Conflict(conflict)) => editor::answer(&visit, editor.with_conflict(*conflict)).await,
        Err(problem) => editor::answer(&visit, editor.with_problem(problem)).await,
    }
}

/// To the entry's page. The browser is told that what it kept of this form is no longer needed.
fn saved(visit: &Visit, editor: &Editor, url: &str) -> Response {
    cookies::with_cookie(Redirect::to(url), &cookies::form_saved(visit, &editor.action())).into_response()
}
