//! The page of an entry, at its latest revision or an earlier one: what articles and terms share.

use alluvium_domain::search::Related;
use alluvium_domain::{EntryKind, EntryState, Page, Problem};
use axum::extract::Path;
use axum::response::Response;

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
}

/// `GET /articles/{slug}`
pub(crate) async fn article(visit: Visit, Path(slug): Path<String>) -> Response {
    let page = visit.services.entry_page(&visit.actor, EntryKind::Article, &slug, visit.lang).await;
    let read = page.as_ref().ok().map(|page| cookies::has_read(&visit, page.entry.id));
    let response = answer(&visit, page).await;
    match read {
        Some(cookie) => cookies::with_cookie(response, &cookie),
        None => response,
    }
}

/// `GET /articles/{slug}/history/{number}`
pub(crate) async fn article_at(visit: Visit, Path((slug, number)): Path<(String, i32)>) -> Response {
    let page = visit.services.entry_page_at(&visit.actor, EntryKind::Article, &slug, number, visit.lang).await;
    answer(&visit, page).await
}

/// `GET /glossary/{slug}`
pub(crate) async fn term(visit: Visit, Path(slug): Path<String>) -> Response {
    let page = visit.services.entry_page(&visit.actor, EntryKind::Term, &slug, visit.lang).await;
    answer(&visit, page).await
}

/// `GET /glossary/{slug}/history/{number}`
pub(crate) async fn term_at(visit: Visit, Path((slug, number)): Path<(String, i32)>) -> Response {
    let page = visit.services.entry_page_at(&visit.actor, EntryKind::Term, &slug, number, visit.lang).await;
    answer(&visit, page).await
}

async fn answer(visit: &Visit, page: Result<Page, Problem>) -> Response {
    let document = match page {
        Ok(page) => document(visit, page).await,
        Err(problem) => Err(problem),
    };
    visit.answer(document)
}

async fn document(visit: &Visit, mut page: Page) -> Result<Document, Problem> {
    let related = visit.services.related(&visit.actor, page.entry.id, RELATED).await?;
    let parts = filled(visit, std::mem::take(&mut page.rendered.parts)).await?;
    let old = page.revision.summary.number != page.entry.revision_number;
    let hidden = old || page.entry.state != EntryState::Published;
    let draws = page.rendered.has_diagram;
    let shown = Shown { page, parts, related, old };
    let document = match shown.page.entry.kind {
        EntryKind::Term => term::document(visit.lang, shown)?,
        _ => article::document(shown),
    };
    let document = if draws { document.script(Script::Diagrams) } else { document };
    Ok(if hidden { document.private() } else { document })
}
