//! How the installation is doing.

use alluvium_domain::{Action, Problem};
use axum::response::Response;
use leptos::prelude::*;

use crate::document::{Document, Section};
use crate::i18n::account as t;
use crate::i18n::common as tc;
use crate::visit::Visit;

/// `GET /admin/status`
pub(crate) async fn show(visit: Visit) -> Response {
    let document = document(&visit).await;
    visit.answer(document)
}

async fn document(visit: &Visit) -> Result<Document, Problem> {
    visit.actor.may(Action::Administer)?;
    let lang = visit.lang;
    let search = visit.services.search_status();
    let ready = visit.services.ready().await;
    let open = visit.actor.anonymous_reading;
    let encoder = search.encoder.unwrap_or_else(|| t::ENCODER_NONE.of(lang).to_owned());
    let dimension = search.dimension.map_or_else(|| "–".to_owned(), |dimension| dimension.to_string());
    let facts = [
        (t::DATABASE, if ready { t::READY } else { t::NOT_READY }.of(lang).to_owned()),
        (t::ENTRIES, search.entries.to_string()),
        (t::ENCODED, format!("{} / {}", search.encoded, search.entries)),
        (t::PASSAGES, search.passages.to_string()),
        (t::ENCODER, encoder),
        (t::DIMENSION, dimension),
        (t::READING, if open { t::ON } else { t::OFF }.of(lang).to_owned()),
        (tc::VERSION, env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let document = Document::new(tc::ADMIN_STATUS.of(lang), Section::Other, move || {
        let facts = facts
            .into_iter()
            .map(|(label, value)| {
                view! {
                    <div class="stat">
                        <dt>{label.of(lang)}</dt>
                        <dd class="num">{value}</dd>
                    </div>
                }
            })
            .collect_view();
        view! {
            <div class="wrap wrap--narrow">
                <div class="page-head">
                    <h1>{tc::ADMIN_STATUS.of(lang)}</h1>
                </div>
                <dl class="stats">{facts}</dl>
            </div>
        }
    });
    Ok(document.private())
}
