//! A leaderboard as a table: every number leads to its run.

use alluvium_domain::Lang;
use alluvium_domain::tracking::Measured;
use alluvium_services::tracking::{BesideFirst, Leaderboard, LeaderboardRow};
use leptos::prelude::*;

use super::entry::Day;
use super::table::DataTable;
use crate::i18n::common as tc;
use crate::i18n::{format, runs as t};
use crate::pages::runs::run_url;
use crate::visit::lang;

/// Models by rank, metrics across. How a model stands to the first is said by a paired test where its runs allow one.
#[component]
pub(crate) fn Board(board: Leaderboard) -> impl IntoView {
    let lang = lang();
    let title = format!("{} · {}", board.task, board.dataset);
    let heads = board.metrics.iter().map(|key| view! { <th scope="col" class="num">{key.clone()}</th> }).collect_view();
    let columns =
        (0..board.metrics.len()).map(|column| board.rows.iter().filter_map(move |row| *row.values.get(column)?));
    let decimals: Vec<usize> = columns.map(|column| format::decimals(column.flat_map(figures))).collect();
    let overlaps = board.rows.iter().any(|row| row.beside == Some(BesideFirst::Overlap));
    let pairs = board.rows.iter().any(|row| matches!(row.beside, Some(BesideFirst::Paired { .. })));
    let rows = board
        .rows
        .into_iter()
        .enumerate()
        .map(|(rank, row)| {
            view! { <Row rank row decimals=decimals.clone() /> }
        })
        .collect_view();
    view! {
        <figure class="board">
            <figcaption>
                <strong>{board.task}</strong>
                " · "
                <a href=format!("/datasets/{}", board.dataset)>{board.dataset.clone()}</a>
            </figcaption>
            <DataTable label=title class="table table--dense run-table" heads=view! { <th scope="col" class="num">"#"</th> <th scope="col">{tc::MODEL.of(lang)}</th> {heads} <th scope="col">{t::MEASURED.of(lang)}</th> }.into_any()>{rows}</DataTable>
            {overlaps.then(|| view! { <p class="muted small">{t::OVERLAPS_HINT.of(lang)}</p> })}
            {pairs.then(|| view! { <p class="muted small">{t::PAIRED_HINT.of(lang)}</p> })}
        </figure>
    }
}

#[component]
fn Row(
    rank: usize,
    row: LeaderboardRow,
    /// Of each column.
    decimals: Vec<usize>,
) -> impl IntoView {
    let lang = lang();
    let href = run_url(row.run);
    let cells = row
        .values
        .iter()
        .zip(decimals)
        .map(|(measured, decimals)| {
            let text = measured.map(|measured| view! { <a href=href.clone()><Number measured decimals /></a> });
            view! { <td class="num">{text}</td> }
        })
        .collect_view();
    view! {
        <tr>
            <td class="num">{rank + 1}</td>
            <th scope="row">
                {row.model}
                {row.beside.map(|beside| view! { " " <span class="muted small">{beside_text(beside, lang)}</span> })}
            </th>
            {cells}
            <td class="num nowrap"><Day at=row.at /></td>
        </tr>
    }
}

/// How a model stands to the first, in words that claim no more than the figures.
fn beside_text(beside: BesideFirst, lang: Lang) -> String {
    match beside {
        BesideFirst::Overlap => t::OVERLAPS.of(lang).to_owned(),
        BesideFirst::Paired { difference, interval: (low, high), p, .. } => {
            let verdict = if beside.is_noise() == Some(true) { t::PAIRED_NOISE } else { t::PAIRED_APART };
            let (difference, low, high) = (format::fine(difference), format::fine(low), format::fine(high));
            format!("{} {difference} [{low}, {high}], p = {}", verdict.of(lang), format::p(p))
        }
    }
}

/// A value with its interval below it, with as many decimals as the longest of them, or more.
#[component]
pub(crate) fn Number(
    measured: Measured,
    /// Those of the column that it stands in.
    #[prop(optional)]
    decimals: usize,
) -> impl IntoView {
    let decimals = decimals.max(format::decimals(figures(measured)));
    let interval = measured.interval.map(|(low, high)| {
        let text = format!("[{}, {}]", format::aligned(low, decimals), format::aligned(high, decimals));
        view! { <span class="interval-text">{text}</span> }
    });
    view! { {format::aligned(measured.value, decimals)} {interval} }
}

fn figures(measured: Measured) -> impl Iterator<Item = f64> {
    [measured.value].into_iter().chain(measured.interval.into_iter().flat_map(|(low, high)| [low, high]))
}
