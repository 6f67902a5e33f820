//! The difference of two revisions.

use alluvium_domain::{EntryKind, Problem, Revision};
use alluvium_services::RevisionDiff;
use axum::extract::Query;
use axum::response::Response;
use leptos::prelude::*;
use serde::Deserialize;

use super::section;
use crate::components::diff::DiffView;
use crate::components::entry::Moment;
use crate::components::table::DataTable;
use crate::document::Document;
use crate::i18n::{entry as t, fields, format};
use crate::visit::Visit;

/// Which two revisions; the newest and the one before it where none is named.
#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    from: Option<i32>,
    to: Option<i32>,
}

/// `GET /articles/{slug}/diff` and the same of other kinds
pub(crate) async fn show(visit: Visit, kind: EntryKind, slug: String, Query(params): Query<Params>) -> Response {
    let document = document(&visit, kind, &slug, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, kind: EntryKind, slug: &str, params: Params) -> Result<Document, Problem> {
    let to = match params.to {
        Some(to) => to,
        None => visit.services.entry_source(&visit.actor, kind, slug).await?.0.revision_number,
    };
    let from = params.from.unwrap_or(to.saturating_sub(1).max(1));
    let diff = visit.services.revision_diff(&visit.actor, kind, slug, from, to).await?;
    let title = format!("{} · {}", t::DIFFERENCE.of(visit.lang), diff.entry.title);
    Ok(Document::new(title, section(kind), move || view! { <Difference diff /> }).private())
}

#[component]
fn Difference(diff: RevisionDiff) -> impl IntoView {
    let lang = crate::visit::lang();
    let RevisionDiff { entry, from, to, body, fields } = diff;
    let url = entry.url();
    view! {
        <div class="wrap">
            <div class="page-head">
                <p class="crumb" lang=entry.lang.tag()>
                    <a href=url.clone()>{entry.title}</a>
                    " / "
                    <a href=format!("{url}/history")>{t::REVISIONS.of(lang)}</a>
                </p>
                <h1>{t::DIFFERENCE.of(lang)}</h1>
            </div>
            <div class="diff-sides">
                <Side revision=from url=url.clone() class="diff-side--old" />
                <Side revision=to url=url class="diff-side--new" />
            </div>
            <FieldChanges fields />
            <h2>{t::BODY.of(lang)}</h2>
            <DiffView diff=body />
        </div>
    }
}

/// Fields but the body that differ: name, old, new.
#[component]
pub(crate) fn FieldChanges(fields: Vec<(String, String, String)>) -> impl IntoView {
    let lang = crate::visit::lang();
    let changed = fields
        .into_iter()
        .map(|(field, old, new)| {
            view! {
                <tr>
                    <th scope="row">{fields::name(&field, lang)}</th>
                    <td>
                        <del>{old}</del>
                    </td>
                    <td>
                        <ins>{new}</ins>
                    </td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    (!changed.is_empty()).then(|| {
        view! {
            <h2>{t::FIELDS_CHANGED.of(lang)}</h2>
            <DataTable label=t::FIELDS_CHANGED.of(lang) class="table field-diff" heads=view! { <th scope="col"></th> <th scope="col">{t::OLD.of(lang)}</th> <th scope="col">{t::NEW.of(lang)}</th> }.into_any()>{changed}</DataTable>
        }
    })
}

#[component]
fn Side(revision: Revision, url: String, class: &'static str) -> impl IntoView {
    let lang = crate::visit::lang();
    let summary = revision.summary;
    view! {
        <div class=format!("diff-side {class}")>
            <a href=format!("{url}/history/{}", summary.number)>{format::revision(summary.number, lang)}</a>
            <span class="muted">{summary.author.unwrap_or_else(|| t::BY_SYSTEM.of(lang).to_owned())}</span>
            <Moment at=summary.created_at />
            <span>{summary.note}</span>
        </div>
    }
}
