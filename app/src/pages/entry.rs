//! The page of an entry, at its latest revision or an earlier one: what all kinds share.

use alluvium_domain::search::Related;
use alluvium_domain::tracking::ExperimentId;
use alluvium_domain::{EntryFields, EntryKind, EntryState, Page, Problem};
use axum::response::Response;
use axum_extra::extract::Query;

use super::experiments::TrialParams;
use super::models::{Card, Registered};
use super::{article, term};
use crate::components::text::{FilledPart, filled};
use crate::document::{Document, Script};
use crate::forms::cookies;
use crate::visit::Visit;

/// Related entries shown.
const RELATED: usize = 5;

/// What the page of an entry shows.
pub(super) struct Shown {
    /// Its text is in `parts`.
    pub(super) page: Page,
    pub(super) parts: Vec<FilledPart>,
    pub(super) related: Vec<Related>,
    /// Whether there is a later revision.
    pub(super) old: bool,
    /// The runs that are bound to an experiment.
    pub(super) runs: Option<ExperimentId>,
    /// The card of a model.
    pub(super) card: Option<Card>,
    /// The registered model whose card it is.
    pub(super) registered: Option<Registered>,
}

/// `GET /articles/{slug}` and the same of other kinds
pub(crate) async fn show(visit: Visit, kind: EntryKind, slug: String, Query(trial): Query<TrialParams>) -> Response {
    let page = visit.services.entry_page(&visit.actor, kind, &slug, visit.lang).await;
    let read = page.as_ref().ok().filter(|_| kind == EntryKind::Article);
    let read = read.map(|page| cookies::has_read(&visit, page.entry.id));
    let response = answer(&visit, page, trial).await;
    match read {
        Some(cookie) => cookies::with_cookie(response, &cookie),
        None => response,
    }
}

/// `GET /articles/{slug}/history/{number}` and the same of other kinds
pub(crate) async fn show_at(visit: Visit, kind: EntryKind, slug: String, number: i32) -> Response {
    let page = visit.services.entry_page_at(&visit.actor, kind, &slug, number, visit.lang).await;
    answer(&visit, page, TrialParams::default()).await
}

async fn answer(visit: &Visit, page: Result<Page, Problem>, trial: TrialParams) -> Response {
    let document = match page {
        Ok(page) => document(visit, page, trial).await,
        Err(problem) => Err(problem),
    };
    visit.answer(document)
}

async fn document(visit: &Visit, mut page: Page, trial: TrialParams) -> Result<Document, Problem> {
    let related = visit.services.related(&visit.actor, page.entry.id, RELATED).await?;
    let parts = filled(visit, std::mem::take(&mut page.rendered.parts)).await?;
    let old = page.revision.summary.number != page.entry.revision_number;
    let hidden = old || page.entry.state != EntryState::Published;
    let draws = page.rendered.has_diagram;
    let kind = page.entry.kind;
    let runs = match kind {
        EntryKind::Experiment => visit.services.experiment_of_entry(&visit.actor, page.entry.id).await?,
        _ => None,
    };
    let registered = match kind {
        EntryKind::Model => Registered::of_card(visit, page.entry.id).await?,
        _ => None,
    };
    let runs = runs.map(|experiment| experiment.id);
    let card = match &page.revision.input.fields {
        EntryFields::Model(model) => Some(Card::of(visit, model).await?),
        _ => None,
    };
    let shown = Shown { page, parts, related, old, runs, card, registered };
    let document = match shown.page.entry.kind {
        EntryKind::Term => term::document(visit.lang, shown)?,
        _ => article::document(shown, trial),
    };
    let document = if draws { document.script(Script::Diagrams) } else { document };
    Ok(if hidden { document.private() } else { document })
}
