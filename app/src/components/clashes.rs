//! What two people changed in two ways, and the choice between the two.

use std::collections::BTreeMap;

use alluvium_domain::entry::{Clash, Side};
use leptos::prelude::*;

use super::table::{DataTable, column_heads};
use crate::entry_form::filling::KEEP;
use crate::i18n::{Text, entry as t, fields};

/// What the two sides are called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SideWords {
    pub(crate) theirs: Text,
    pub(crate) mine: Text,
    pub(crate) keep_theirs: Text,
    pub(crate) keep_mine: Text,
}

/// Each field with both texts and a choice, which is open until somebody makes it.
#[component]
pub(crate) fn Clashes(clashes: Vec<Clash>, keep: BTreeMap<String, Side>, words: SideWords) -> impl IntoView {
    clashes
        .into_iter()
        .map(|clash| {
            let kept = keep.get(&clash.field).copied();
            view! { <ClashChoice clash kept words /> }
        })
        .collect_view()
}

#[component]
fn ClashChoice(clash: Clash, kept: Option<Side>, words: SideWords) -> impl IntoView {
    let lang = crate::visit::lang();
    let name = fields::name(&clash.field, lang);
    let control = format!("{KEEP}{}", clash.field);
    let rows = clash
        .stretches
        .into_iter()
        .map(|stretch| {
            view! {
                <tr>
                    <td class="clash__text">{stretch.base}</td>
                    <td class="clash__text">{stretch.theirs}</td>
                    <td class="clash__text">{stretch.mine}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let option = |side: Side, label: Text| {
        view! { <option value=side.code() selected=kept == Some(side)>{label.of(lang)}</option> }
    };
    view! {
        <div class="clash" data-clash=clash.field>
            <h3>{name.clone()}</h3>
            <DataTable label=name class="table" heads=column_heads(&[t::CLASH_BASE, words.theirs, words.mine])>{rows}</DataTable>
            <div class="field">
                <label class="field__label" for=control.clone()>{t::CLASH_KEEP.of(lang)}</label>
                <select class="input" id=control.clone() name=control>
                    <option value="" selected=kept.is_none()>{t::CLASH_OPEN.of(lang)}</option>
                    {option(Side::Theirs, words.keep_theirs)}
                    {option(Side::Mine, words.keep_mine)}
                </select>
            </div>
        </div>
    }
}
