//! The figures of a card as rows: each may be bound to a run, and a few empty ones wait for more.

use alluvium_domain::Problem;
use leptos::prelude::*;

use crate::components::field::TextField;
use crate::entry_form::EntryForm;
use crate::entry_form::figures::Column;
use crate::i18n::{format, research as t};

/// Empty rows below those that are filled in.
const SPARE: usize = 2;

#[component]
pub(super) fn FigureRows(form: EntryForm, problem: Option<Problem>) -> impl IntoView {
    let lang = crate::visit::lang();
    let rows = form.rows();
    let shown = rows.iter().filter(|(_, row)| !row.is_empty()).map(|(at, _)| at + 1).max().unwrap_or_default() + SPARE;
    let rows = (0..shown)
        .map(|at| {
            let fields = Column::ALL.map(|column| {
                let name = column.name(at);
                let value = form.results.get(&name).cloned().unwrap_or_default();
                view! { <TextField name label=t::column(column).of(lang) value problem=problem.clone() autocomplete="off" /> }
            });
            view! {
                <fieldset class="figure-row">
                    <legend class="field__label">{format::figure_row(at + 1, lang)}</legend>
                    <div class="figure-row__fields">{fields.collect_view()}</div>
                </fieldset>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field--wide figure-rows">
            <legend class="field__label">{t::FIGURES.of(lang)}</legend>
            <p class="field__hint">{t::FIGURES_HINT.of(lang)}</p>
            {rows}
        </fieldset>
    }
}
