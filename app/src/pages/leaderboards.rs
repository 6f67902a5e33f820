//! Leaderboards: one table for each task and data set, and the same for other programs.

use alluvium_domain::{Problem, with_query};
use alluvium_services::tracking::{BoardFormat, Leaderboard};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Query;
use http::header;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::callout::Empty;
use crate::components::leaderboard::Board;
use crate::document::{Document, Section};
use crate::i18n::runs as t;
use crate::visit::Visit;

/// Which boards, and as what.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    task: String,
    dataset: String,
    /// `csv`, `md` or `tex`; a page where it is empty.
    format: String,
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// `GET /leaderboards`
pub(crate) async fn show(visit: Visit, Query(params): Query<Params>) -> Response {
    let boards = visit.services.leaderboards(&visit.actor, given(&params.task), given(&params.dataset)).await;
    let (format, kind) = match params.format.as_str() {
        "csv" => (BoardFormat::Csv, "text/csv; charset=utf-8"),
        "md" => (BoardFormat::Markdown, "text/markdown; charset=utf-8"),
        "tex" => (BoardFormat::Latex, "application/x-latex; charset=utf-8"),
        _ => return visit.answer(boards.map(|boards| document(&visit, boards))),
    };
    match boards {
        Ok(boards) if boards.is_empty() => visit.answer(Err(Problem::not_found())),
        Ok(boards) => {
            let texts: Vec<String> = boards.iter().map(|board| board.write(format)).collect();
            ([(header::CONTENT_TYPE, kind)], texts.join("\n")).into_response()
        }
        Err(problem) => visit.answer(Err(problem)),
    }
}

fn document(visit: &Visit, boards: Vec<Leaderboard>) -> Document {
    let lang = visit.lang;
    Document::new(t::LEADERBOARDS.of(lang), Section::Experiments, move || {
        let none = boards.is_empty();
        let boards = boards
            .into_iter()
            .map(|board| {
                let exports = [("csv", "CSV"), ("md", "Markdown"), ("tex", "LaTeX")].map(|(format, name)| {
                    let pairs = [("task", board.task.as_str()), ("dataset", &board.dataset), ("format", format)];
                    view! { <a href=with_query("/leaderboards", &pairs)>{name}</a> " " }
                });
                view! {
                    <section class="run-page">
                        <Board board />
                        <p class="muted small">{exports.into_iter().collect_view()}</p>
                    </section>
                }
            })
            .collect_view();
        view! {
            <div class="wrap">
                <p class="crumb"><a href="/runs">{t::RUNS.of(lang)}</a></p>
                <div class="page-head">
                    <h1>{t::LEADERBOARDS.of(lang)}</h1>
                </div>
                <p class="lead">{t::LEADERBOARDS_LEAD.of(lang)}</p>
                {none.then(|| view! { <Empty title=t::NO_LEADERBOARD.of(lang) /> })}
                {boards}
            </div>
        }
    })
}
