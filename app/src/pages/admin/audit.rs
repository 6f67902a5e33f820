//! The audit log.

use alluvium_domain::{AuditRecord, Problem};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use http::header;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::Empty;
use crate::components::entry::Moment;
use crate::components::table::{DataTable, column_heads};
use crate::document::{Document, Section};
use crate::i18n::common as tc;
use crate::i18n::{account as t, registry as tr};
use crate::visit::Visit;

const PER_PAGE: usize = 50;

/// Where the page begins.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Params {
    before: Option<i64>,
}

/// `GET /admin/audit/export`: the whole log as lines of JSON, each with its hash and the one before.
pub(crate) async fn export(visit: Visit) -> Response {
    let mut after = i64::MIN;
    let mut lines = String::new();
    loop {
        let entries = match visit.services.audit_export(&visit.actor, after).await {
            Ok(entries) => entries,
            Err(problem) => return visit.answer(Err(problem)),
        };
        let Some(last) = entries.last() else { break };
        after = last.id;
        for entry in &entries {
            lines.push_str(&serde_json::to_string(entry).unwrap_or_default());
            lines.push('\n');
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    (headers, lines).into_response()
}

/// `GET /admin/audit`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let document = document(&visit, params).await;
    visit.answer(document)
}

async fn document(visit: &Visit, params: Params) -> Result<Document, Problem> {
    let records = visit.services.audit_list(&visit.actor, params.before, PER_PAGE).await?;
    let lang = visit.lang;
    let document = Document::new(tc::ADMIN_AUDIT.of(lang), Section::Other, move || {
        let older = (records.len() == PER_PAGE).then(|| records.last().map(|record| record.id)).flatten();
        let none = records.is_empty();
        let rows = records.into_iter().map(|record| view! { <Row record /> }).collect_view();
        view! {
            <div class="wrap">
                <div class="page-head">
                    <h1>{tc::ADMIN_AUDIT.of(lang)}</h1>
                </div>
                <p class="lead">{t::AUDIT_LEAD.of(lang)}</p>
                <p>
                    <a class="button button--small" href="/admin/audit/export">{tr::AUDIT_EXPORT.of(lang)}</a>
                </p>
                {if none {
                    view! { <Empty title=t::AUDIT_EMPTY.of(lang) /> }.into_any()
                } else {
                    view! {
                        <DataTable label=tc::ADMIN_AUDIT.of(lang) heads=column_heads(&[t::WHEN, t::WHO, t::WHAT, t::SUBJECT, t::DETAIL])>{rows}</DataTable>
                    }
                        .into_any()
                }}
                <nav class="pagination" aria-label=tc::ADMIN_AUDIT.of(lang)>
                    {params.before.map(|_| view! { <a class="button" href="/admin/audit">{tc::NEWEST.of(lang)}</a> })}
                    {older.map(|id| view! { <a class="button" href=format!("/admin/audit?before={id}")>{tc::OLDER.of(lang)}</a> })}
                </nav>
            </div>
        }
    });
    Ok(document.private())
}

#[component]
fn Row(record: AuditRecord) -> impl IntoView {
    let lang = crate::visit::lang();
    let detail = match &record.detail {
        serde_json::Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect::<Vec<_>>()
            .join(" · "),
        other => other.to_string(),
    };
    view! {
        <tr>
            <td class="num nowrap">
                <Moment at=record.at />
            </td>
            <td>{record.actor.unwrap_or_else(|| t::SYSTEM.of(lang).to_owned())}</td>
            <td>
                <code>{record.action}</code>
            </td>
            <td class="break">{record.subject}</td>
            <td class="break muted">{detail}</td>
        </tr>
    }
}
