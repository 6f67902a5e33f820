//! The revisions of an entry.

use alluvium_domain::{EntryKind, EntrySummary, Problem, RevisionSummary};
use axum::response::Response;
use leptos::prelude::*;

use super::section;
use crate::components::entry::Moment;
use crate::document::Document;
use crate::i18n::{entry as t, format};
use crate::visit::Visit;

/// `GET /articles/{slug}/history` and the same of other kinds
pub(crate) async fn show(visit: Visit, kind: EntryKind, slug: String) -> Response {
    let document = document(&visit, kind, &slug).await;
    visit.answer(document)
}

async fn document(visit: &Visit, kind: EntryKind, slug: &str) -> Result<Document, Problem> {
    let (entry, revisions) = visit.services.revision_list(&visit.actor, kind, slug).await?;
    let title = format!("{} · {}", t::REVISIONS.of(visit.lang), entry.title);
    Ok(Document::new(title, section(kind), move || view! { <History entry revisions /> }).private())
}

#[component]
fn History(entry: EntrySummary, revisions: Vec<RevisionSummary>) -> impl IntoView {
    let lang = crate::visit::lang();
    let url = entry.url();
    let comparable = revisions.len() > 1;
    let latest = entry.revision_number;
    let rows = revisions
        .into_iter()
        .map(|revision| view! { <Row revision latest comparable url=url.clone() /> })
        .collect_view();
    view! {
        <div class="wrap wrap--narrow">
            <div class="page-head">
                <p class="crumb" lang=entry.lang.tag()>
                    <a href=url.clone()>{entry.title.clone()}</a>
                </p>
                <h1>{t::REVISIONS.of(lang)}</h1>
            </div>
            <form class="history" action=format!("{url}/diff")>
                {comparable
                    .then(|| {
                        view! {
                            <p class="history__bar">
                                <button class="button">{t::COMPARE.of(lang)}</button>
                            </p>
                        }
                    })}
                <ol class="history__list">{rows}</ol>
            </form>
        </div>
    }
}

#[component]
fn Row(revision: RevisionSummary, latest: i32, comparable: bool, url: String) -> impl IntoView {
    let lang = crate::visit::lang();
    let number = revision.number;
    let choice = |name: &'static str, label: &'static str, checked: bool| {
        view! {
            <label class="history__choice">
                <input type="radio" name=name value=number.to_string() checked=checked />
                <span>{label}</span>
            </label>
        }
    };
    let here = if number == latest { url.clone() } else { format!("{url}/history/{number}") };
    view! {
        <li class="history__item">
            <div class="history__choices">
                {comparable
                    .then(|| {
                        view! {
                            {choice("from", t::COMPARE_FROM.of(lang), number == latest - 1)}
                            {choice("to", t::COMPARE_TO.of(lang), number == latest)}
                        }
                    })}
            </div>
            <div class="history__what">
                <p>
                    <a class="history__number" href=here>{format::revision(number, lang)}</a>
                    {(number == latest).then(|| view! { <span class="state">{t::CURRENT.of(lang)}</span> })}
                </p>
                <p class="history__note">
                    {if revision.note.is_empty() {
                        view! { <span class="muted">{t::NO_NOTE.of(lang)}</span> }.into_any()
                    } else {
                        revision.note.into_any()
                    }}
                </p>
                <p class="facts">
                    <span class="fact">{revision.author.unwrap_or_else(|| t::BY_SYSTEM.of(lang).to_owned())}</span>
                    <Moment at=revision.created_at />
                    {(number > 1)
                        .then(|| {
                            view! { <a class="fact" href=format!("{url}/diff?from={}&to={number}", number - 1)>{t::CHANGES.of(lang)}</a> }
                        })}
                </p>
            </div>
        </li>
    }
}
