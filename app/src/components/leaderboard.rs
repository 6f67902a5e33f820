//! A leaderboard as a table: every number leads to its run.

use alluvium_domain::tracking::Measured;
use alluvium_services::tracking::{Leaderboard, LeaderboardRow};
use leptos::prelude::*;

use super::entry::Day;
use super::table::DataTable;
use crate::i18n::common as tc;
use crate::i18n::{format, runs as t};
use crate::pages::runs::run_url;
use crate::visit::lang;

/// Models by rank, metrics across. A model whose interval overlaps the best one's is marked: the two may be the same.
#[component]
pub(crate) fn Board(board: Leaderboard) -> impl IntoView {
    let lang = lang();
    let title = format!("{} · {}", board.task, board.dataset);
    let heads = board.metrics.iter().map(|key| view! { <th scope="col" class="num">{key.clone()}</th> }).collect_view();
    let columns =
        (0..board.metrics.len()).map(|column| board.rows.iter().filter_map(move |row| *row.values.get(column)?));
    let decimals: Vec<usize> = columns.map(|column| format::decimals(column.flat_map(figures))).collect();
    let best = board.rows.first().and_then(|row| row.values.first().copied().flatten());
    let rows = board
        .rows
        .into_iter()
        .enumerate()
        .map(|(rank, row)| {
            let own = row.values.first().copied().flatten();
            let tied = rank > 0 && own.zip(best).is_some_and(|(own, best)| own.overlaps(&best));
            view! { <Row rank row decimals=decimals.clone() tied /> }
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
        </figure>
    }
}

#[component]
fn Row(
    rank: usize,
    row: LeaderboardRow,
    /// Of each column.
    decimals: Vec<usize>,
    tied: bool,
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
                {tied.then(|| view! { " " <span class="muted small" title=t::OVERLAPS_HINT.of(lang)>{t::OVERLAPS.of(lang)}</span> })}
            </th>
            {cells}
            <td class="num nowrap"><Day at=row.at /></td>
        </tr>
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
