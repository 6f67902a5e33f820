//! The page of an entry, at its latest revision or an earlier one: what all kinds share.

use alluvium_domain::entry::{ProposalState, ProposalSummary, entry_url};
use alluvium_domain::search::Related;
use alluvium_domain::tracking::ExperimentId;
use alluvium_domain::{Action, EntryFields, EntryKind, EntryState, Page, Problem, percent_encoded};
use alluvium_services::ProposalFilter;
use axum::Form;
use axum::extract::Path;
use axum::response::{Redirect, Response};
use http::{StatusCode, Uri};

use super::experiments::TrialForm;
use super::models::{Card, Registered};
use super::{article, term};
use crate::components::text::{FilledPart, filled};
use crate::document::{Document, Script, status};
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
    /// Changes that wait for a reviewer, as far as this person may see them.
    pub(super) proposals: Vec<ProposalSummary>,
}

/// `GET /articles/{slug}` and the same of other kinds
pub(crate) async fn show(visit: Visit, kind: EntryKind, slug: String) -> Response {
    let page = visit.services.entry_page(&visit.actor, kind, &slug, visit.lang).await;
    let read = page.as_ref().ok().filter(|_| kind == EntryKind::Article);
    let read = read.map(|page| cookies::has_read(&visit, page.entry.id));
    let response = answer(&visit, page, TrialForm::default()).await;
    match read {
        Some(cookie) => cookies::with_cookie(response, &cookie),
        None => response,
    }
}

/// `POST /experiments/{slug}/trial`: the page with what the figures say. Nothing is kept.
pub(crate) async fn trial(visit: Visit, Path(slug): Path<String>, Form(trial): Form<TrialForm>) -> Response {
    let page = visit.services.entry_page(&visit.actor, EntryKind::Experiment, &slug, visit.lang).await;
    answer(&visit, page, trial).await
}

/// `GET /experiments/{slug}/trial`: where a change of language leads from the answer.
pub(crate) async fn trial_page(Path(slug): Path<String>, uri: Uri) -> Redirect {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::to(&format!("{}{query}#trial", entry_url(EntryKind::Experiment, &percent_encoded(&slug))))
}

/// `GET /articles/{slug}/history/{number}` and the same of other kinds
pub(crate) async fn show_at(visit: Visit, kind: EntryKind, slug: String, number: i32) -> Response {
    let page = visit.services.entry_page_at(&visit.actor, kind, &slug, number, visit.lang).await;
    answer(&visit, page, TrialForm::default()).await
}

async fn answer(visit: &Visit, page: Result<Page, Problem>, trial: TrialForm) -> Response {
    let document = match page {
        Ok(page) => document(visit, page, trial).await,
        Err(problem) => Err(problem),
    };
    visit.answer(document)
}

async fn document(visit: &Visit, mut page: Page, trial: TrialForm) -> Result<Document, Problem> {
    let related = visit.services.related(&visit.actor, page.entry.id, RELATED).await?;
    let parts = filled(visit, std::mem::take(&mut page.rendered.parts)).await;
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
    let proposals = waiting(visit, &page).await?;
    let runs = runs.map(|experiment| experiment.id);
    let code = match trial.is_empty() || kind != EntryKind::Experiment {
        true => StatusCode::OK,
        false => trial.report().err().map_or(StatusCode::OK, |problem| status(problem.kind)),
    };
    let card = match &page.revision.input.fields {
        EntryFields::Model(model) => Some(Card::of(visit, model).await?),
        _ => None,
    };
    let shown = Shown { page, parts, related, old, runs, card, registered, proposals };
    let document = match shown.page.entry.kind {
        EntryKind::Term => term::document(visit.lang, shown)?,
        _ => article::document(shown, trial),
    };
    let document = if draws { document.script(Script::Diagrams) } else { document };
    let document = document.status(code);
    Ok(if hidden { document.private() } else { document })
}

async fn waiting(visit: &Visit, page: &Page) -> Result<Vec<ProposalSummary>, Problem> {
    if visit.actor.may(Action::Write).is_err() {
        return Ok(Vec::new());
    }
    let entry = Some((page.entry.kind, page.entry.slug.to_string()));
    let filter = ProposalFilter { state: Some(ProposalState::Waiting), entry, ..ProposalFilter::default() };
    Ok(visit.services.proposal_list(&visit.actor, &filter).await?.0)
}
